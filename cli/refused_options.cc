#include "cli/refused_options.h"

#include <fmt/format.h>

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
    {"--cgroup-parent", "steps get a cgroup beside mbuild's own; start mbuild in the one they are to be in"},
    {"--ulimit", "steps have mbuild's own limits: set them with ulimit before starting it"},
    {"--policy", "source policies are not supported by this version"},
    {"--resource",
     "limits of steps are not supported by this version; start mbuild in a cgroup that has them"},
    {"-m,--memory",
     "limits of steps are not supported by this version; start mbuild in a cgroup that has them"},
    {"--memory-swap", "limits of steps are not supported by this version"},
    {"-c,--cpu-shares", "limits of steps are not supported by this version"},
    {"--cpu-period", "limits of steps are not supported by this version"},
    {"--cpu-quota", "limits of steps are not supported by this version"},
    {"--cpuset-cpus",
     "limits of steps are not supported by this version; taskset(1) sets mbuild's, and theirs"},
    {"--cpuset-mems",
     "limits of steps are not supported by this version; numactl(8) sets mbuild's, and theirs"},
    {"--security-opt", "steps always have the seccomp filter; RUN --security=insecure is what goes without"},
    {"--print", "it was renamed: --call"},
};

// As in docker buildx, which takes them for old scripts' sake.
constexpr const char* kIgnored[] = {"--compress", "--rm", "--force-rm", "-D,--debug"};

}  // namespace

void add_refused_options(CLI::App& app) {
  for (const RefusedOption& option : kRefused) {
    app.add_option_function<std::string>(option.names,
                                         [option](const std::string&) {
                                           const std::string names = option.names;
                                           throw CLI::ValidationError(names.substr(names.find("--")),
                                                                      option.why);
                                         })
        ->group("")
        ->trigger_on_parse();
  }
  for (const char* names : kIgnored) {
    app.add_flag_function(names,
                          [names](std::int64_t) {
                            const std::string text = names;
                            std::fprintf(stderr, "mbuild: %s has no effect\n",
                                         text.substr(text.find("--")).c_str());
                          })
        ->group("");
  }
}

}  // namespace mbuild::cli
