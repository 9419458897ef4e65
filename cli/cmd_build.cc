#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "builder/build.h"
#include "builder/reproducible.h"
#include "cli/build_call.h"
#include "cli/build_options.h"
#include "cli/build_warnings.h"
#include "cli/cache_report.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/debug_shell.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/write_file.h"

namespace mbuild::cli {

namespace {

std::string help_footer() {
  std::string text = "Other verbs (mbuild VERB --help):\n";
  for (const Verb& verb : verbs()) text += fmt::format("  {:<26} {}\n", verb.name, verb.summary);
  return text + "\nExit codes: 0 built, 1 the build failed, 2 wrong usage, 130 interrupted.\n";
}

bool writes_to_stdout(const BuildOptions& options) {
  for (const std::string& output : options.outputs)
    if (output == "-" || output.find("dest=-") != std::string::npos) return true;
  return false;
}

void print_summary(const builder::BuiltImage& image, double seconds) {
  std::fprintf(stderr, "Built %s (%zu layers, %s) in %s\n", image.image_id.c_str(), image.layers.size(),
               human_size(image.size_bytes).c_str(), human_seconds(seconds).c_str());
  for (const std::string& tag : image.tags) std::fprintf(stderr, "  as %s\n", tag.c_str());
}

Result<void> write_results(const BuildOptions& options, const builder::BuiltImage& image) {
  if (!options.iid_file.empty()) MBUILD_CHECK(write_file(options.iid_file, image.image_id));
  if (!options.metadata_file.empty()) MBUILD_CHECK(write_file(options.metadata_file, image.metadata_json));
  return {};
}

// What is exported is what was compared: it comes out of the cache.
Result<builder::BuiltImage> build_reproducibly(const builder::BuildRequest& request,
                                               builder::BuildObserver* observer) {
  const auto difference = MBUILD_TRY(builder::verify_reproducible(request, observer));
  if (difference)
    return fail(ErrorKind::step_failed, "two builds without cache differ: " + difference->str());
  return builder::build(request, observer);
}

// The step that has just failed is the newest that is kept.
void look_into_failure(const BuildOptions& options, const std::string& snapshotter) {
  const auto kept = builder::list_kept_steps(options.store.root);
  if (!kept || kept->empty()) return;
  std::fprintf(stderr, "A shell where it failed; leave it with `exit`.\n");
  builder::DebugRequest request;
  request.store_root = options.store.root;
  request.isolation = options.store.entered;
  request.snapshotter = snapshotter;
  request.id = kept->front().id;
  (void)run_debug_shell(request);
  (void)builder::drop_kept_step(options.store.root, kept->front().id);
}

}  // namespace

int cmd_build(std::vector<std::string> arguments) {
  CommandLine line("Build an image from a Dockerfile.", "mbuild");
  line.footer(help_footer());
  BuildOptions options;
  add_build_options(line, options);
  if (auto code = line.parse(std::move(arguments))) return *code;

  if (options.on_fail == "shell" && isatty(STDIN_FILENO) == 0) {
    std::fputs("mbuild: --on-fail=shell needs a terminal: --on-fail=keep is for scripts\n", stderr);
    return usage;
  }
  if (auto code = enter_store(options.store)) return *code;
  Result<builder::BuildRequest> request = to_request(options);
  if (!request) {
    report_error(request.error());
    return usage;
  }
  Result<std::optional<BuildCall>> call = parse_call(options.check ? "check" : options.call);
  if (!call) {
    report_error(call.error());
    return usage;
  }
  if (*call) return run_call(**call, *request);
  request->output_fd = STDOUT_FILENO;
  ProgressMode mode = ProgressMode::automatic;
  parse_progress_mode(options.quiet ? "quiet" : options.progress, mode);

  InterruptGuard interrupts(request->cancel);
  auto begun = std::chrono::steady_clock::now();
  std::string afterwards;
  Result<builder::BuiltImage> image = [&] {
    std::unique_ptr<builder::BuildObserver> progress = make_progress(mode, stderr);
    // A program gets the warnings among the rest; people read them where they look, at the end.
    BuildWarnings warnings(progress.get());
    CacheReport report(mode == ProgressMode::json ? progress.get() : &warnings);
    Result<builder::BuiltImage> built = options.verify_reproducible ? build_reproducibly(*request, &report)
                                                                    : builder::build(*request, &report);
    if (mode != ProgressMode::quiet) afterwards = warnings.text();
    if (options.explain) afterwards += report.text();
    return built;
  }();
  std::fputs(afterwards.c_str(), stderr);
  if (!image) {
    const int code = report_error(image.error(), request->dockerfile_text);
    if (options.on_fail == "shell" && image.error().kind() == ErrorKind::step_failed)
      look_into_failure(options, request->snapshotter);
    return code;
  }
  if (Result<void> written = write_results(options, *image); !written) return report_error(written.error());
  if (options.quiet && !writes_to_stdout(options)) std::printf("%s\n", image->image_id.c_str());
  if (mode != ProgressMode::quiet && mode != ProgressMode::json)
    print_summary(*image, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  return ok;
}

}  // namespace mbuild::cli
