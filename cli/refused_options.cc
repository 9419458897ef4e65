#include "cli/refused_options.h"

#include <cstdio>
#include <string>

namespace mbuild::cli {

namespace {

struct RefusedOption {
  const char* names;
  const char* why;
};

constexpr RefusedOption kRefused[] = {
    {"--builder", "there is no daemon to choose: mbuild builds in its own process"},
    {"--policy", "source policies are not supported by this version"},
    {"--resource", "--memory, --cpu-quota, --ulimit and their like limit what steps may use"},
    {"--security-opt", "steps always have the seccomp filter; RUN --security=insecure is what goes without"},
    {"--print", "it was renamed: --call"},
};

// As in docker buildx, which takes them for old scripts' sake.
constexpr const char* kIgnored[] = {"--compress", "--rm", "--force-rm", "-D,--debug"};

}  // namespace

void add_refused_options(CommandLine& line) {
  for (const RefusedOption& option : kRefused) line.add_refused_option(option.names, option.why);
  for (const char* names : kIgnored) {
    line.add_ignored_flag(names, [names] {
      const std::string text = names;
      std::fprintf(stderr, "mbuild: %s has no effect\n", text.substr(text.find("--")).c_str());
    });
  }
}

}  // namespace mbuild::cli
