#include "cli/commands.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "cli/cmd_lsp.h"

namespace mbuild::cli {

namespace {

constexpr std::array kVerbs = {
    Verb{"build", "Build an image from a Dockerfile (the default)", cmd_build},
    Verb{"check", "Find mistakes in Dockerfiles, and what could be better", cmd_check},
    Verb{"fmt", "Bring Dockerfiles into one style", cmd_fmt},
    Verb{"graph", "Draw a Dockerfile's stages", cmd_graph},
    Verb{"parse", "Show a Dockerfile as it is read, or as JSON", cmd_parse},
    Verb{"lsp", "Serve an editor with what is known of Dockerfiles", cmd_lsp},
    Verb{"debug", "Look into a step that failed", cmd_debug},
    Verb{"executor", "Build and push with kaniko's options", cmd_executor},
    Verb{"images", "List the images of the store", cmd_images},
    Verb{"inspect", "Show an image's config, layers and history", cmd_inspect},
    Verb{"rm", "Remove images from the store", cmd_rm},
    Verb{"du", "Show what takes room in the store", cmd_du},
    Verb{"prune", "Make room in the store", cmd_prune},
    Verb{"store", "Check the store, and remove what is broken", cmd_store},
    Verb{"push", "Send an image to a registry", cmd_push},
    Verb{"pull", "Fetch an image from a registry into the store", cmd_pull},
    Verb{"copy", "Copy an image between registries and OCI layouts", cmd_copy},
    Verb{"ls-tags", "List the tags of a repository", cmd_ls_tags},
    Verb{"delete", "Delete images at a registry", cmd_delete},
    Verb{"sign", "Sign an image at a registry, as cosign does", cmd_sign},
    Verb{"verify", "Check an image's signature", cmd_verify},
    Verb{"login", "Log in to a registry", cmd_login},
    Verb{"logout", "Forget the credentials of a registry", cmd_logout},
    Verb{"info", "Show what this machine lets a build do", cmd_info},
    Verb{"version", "Show the version", cmd_version},
};

}  // namespace

std::span<const Verb> verbs() {
  return kVerbs;
}

int run(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string_view name = argc > 0 ? argv[0] : "";
  if (name.substr(name.rfind('/') + 1) == "executor") return cmd_executor(std::move(arguments));
  if (arguments.empty()) {
    std::fputs(
        "mbuild: a build needs a context: `mbuild .` builds the Dockerfile of this directory.\n"
        "Try `mbuild --help`.\n",
        stderr);
    return usage;
  }
  if (arguments.front() == "--version") return cmd_version({});
  for (const Verb& verb : kVerbs) {
    if (arguments.front() != verb.name) continue;
    arguments.erase(arguments.begin());
    return verb.run(std::move(arguments));
  }
  return cmd_build(std::move(arguments));
}

}  // namespace mbuild::cli
