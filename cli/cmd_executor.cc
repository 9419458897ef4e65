// `mbuild executor`, or mbuild under the name `executor`: kaniko's command line.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/kaniko_request.h"
#include "cli/progress.h"
#include "cli/report.h"

namespace mbuild::cli {

namespace {

// Where kaniko's image has its credentials, for pipelines that put them there.
void find_credentials() {
  constexpr const char* folder = "/kaniko/.docker";
  if (std::getenv("DOCKER_CONFIG") == nullptr && ::access("/kaniko/.docker/config.json", R_OK) == 0)
    ::setenv("DOCKER_CONFIG", folder, 0);
}

ProgressMode mode_of(const std::string& verbosity) {
  const bool quiet = verbosity == "error" || verbosity == "fatal" || verbosity == "panic";
  return quiet ? ProgressMode::quiet : ProgressMode::plain;
}

}  // namespace

int cmd_executor(std::vector<std::string> arguments) {
  CommandLine line("Build and push an image with kaniko's options.", "mbuild executor");
  KanikoOptions options;
  add_kaniko_options(line, options);
  if (auto code = line.parse(std::move(arguments))) return *code;
  apply_kaniko_environment(options);
  find_credentials();
  if (auto code = enter_store(options.store)) return *code;

  Result<KanikoBuild> build = make_kaniko_build(options);
  if (!build) {
    report_error(build.error());
    return usage;
  }
  InterruptGuard interrupts(build->request.cancel);
  Result<builder::BuiltImage> image = [&] {
    const auto progress = make_progress(mode_of(options.verbosity), stderr);
    return builder::build(build->request, progress.get());
  }();
  if (!image) return report_error(image.error());
  if (auto written = write_kaniko_results(options, *image); !written) return report_error(written.error());
  return ok;
}

}  // namespace mbuild::cli
