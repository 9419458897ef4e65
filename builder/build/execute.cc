#include "builder/build/execute.h"

#include <fcntl.h>

#include <cstdlib>

#include "builder/build/trusted_file.h"
#include "builder/exec/op_executor.h"
#include "builder/exec/scheduler.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargestSecret = 500 << 10;  // BuildKit's limit
// Steps mostly wait: for the network, for each other, for their own children.
constexpr unsigned kStepsAtOnce = 32;

SecretReader secret_reader(const BuildRequest& request) {
  return [&request](const std::string& id) -> Result<std::optional<std::string>> {
    for (const SecretSource& secret : request.secrets) {
      if (secret.id != id) continue;
      if (!secret.environment.empty()) {
        const char* value = std::getenv(secret.environment.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
      }
      return MBUILD_TRY_AS("secret " + id, read_trusted_file(secret.file, kLargestSecret));
    }
    return std::nullopt;
  };
}

// Borrows descriptors that must stay open as long as the build runs.
struct ContextFolders {
  Fd dockerfile;
  Fd index;
  ContextSettings settings;

  static Result<ContextFolders> open(const BuildRequest& request, const std::string& store_root) {
    ContextFolders folders;
    Fd store = MBUILD_TRY(fs_at::open_trusted(store_root, O_RDONLY | O_DIRECTORY));
    folders.index = MBUILD_TRY(fs_at::make_directories(store.get(), "contexts", 0755));
    folders.settings.index_folder = folders.index.get();
    if (request.dockerfile_text && request.dockerfile_path.empty()) return folders;
    std::string path =
        request.dockerfile_path.empty() ? request.context_dir + "/Dockerfile" : request.dockerfile_path;
    std::size_t slash = path.rfind('/');
    folders.dockerfile = MBUILD_TRY(fs_at::open_trusted(
        slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY));
    folders.settings.dockerfile_directory = folders.dockerfile.get();
    folders.settings.dockerfile = path.substr(slash == std::string::npos ? 0 : slash + 1);
    return folders;
  }
};

}  // namespace

Result<Tree> execute_plan(const Plan& plan, Session& session, const BuildRequest& request,
                          EventSink& events) {
  BuildMachine machine = MBUILD_TRY(BuildMachine::open(session, request.isolation));
  ContextFolders folders = MBUILD_TRY(ContextFolders::open(request, session.store_root));
  LayerImports imports(request.cancel.flag().get());
  std::atomic<bool> stopping = false;
  BuildServices services{*session.layers,
                         *machine.snapshots,
                         *machine.sandbox,
                         machine.actions,
                         machine.cache_mounts,
                         machine.history,
                         imports,
                         events,
                         secret_reader(request),
                         folders.settings,
                         *request.cancel.flag(),
                         stopping,
                         request.context_dir + ":" + request.dockerfile_path};
  OpExecutor executor(plan, services);

  std::vector<std::vector<std::size_t>> inputs;
  for (const Op& op : plan.ops) inputs.push_back(op.inputs());
  ScheduleOptions options;
  options.parallelism = request.parallelism ? request.parallelism : kStepsAtOnce;
  options.cancelled = [&request] { return request.cancel.cancelled(); };
  options.on_failure = [&stopping] { stopping = true; };
  Result<void> ran = run_graph(
      inputs, [&](std::size_t id) { return executor.execute(id); }, options);
  executor.save_contexts();
  if (!ran) return std::unexpected(std::move(ran).error());
  return executor.tree(plan.result);
}

}  // namespace mbuild::builder
