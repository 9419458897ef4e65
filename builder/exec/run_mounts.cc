#include "builder/exec/run_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "builder/context/fingerprint.h"
#include "builder/exec/copy_engine.h"
#include "builder/exec/step_cache.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// A file that vanishes while the files are looked at is looked for again this many times.
constexpr int kTries = 3;

bool reowned(const SourceDirectory& directory) {
  for (const SourceFile& file : directory.files)
    if (file.reowned || (file.children && reowned(*file.children))) return true;
  return false;
}

// Whether the step may see the files where they are: as a build context has them, they belong to 0:0, and
// what is ignored is not there (SEMANTICS A9).
bool seen_as_they_lie(const SourceTree& tree, const Selection& selection) {
  if (!tree.ignore.empty()) return false;
  for (const SelectedSource& source : selection.sources)
    if (source.file.reowned || (source.file.children && reowned(*source.file.children))) return false;
  return true;
}

bool has_variable(const Environment& env, std::string_view name) {
  for (const auto& [known, value] : env)
    if (known == name) return true;
  return false;
}

}  // namespace

SandboxMount data_mount(std::string target, std::string data, std::uint32_t mode) {
  SandboxMount mount;
  mount.kind = SandboxMount::Kind::data;
  mount.target = std::move(target);
  mount.data = std::move(data);
  mount.mode = mode;
  mount.read_only = true;
  return mount;
}

Result<void> RunMounts::select(const RunMount& mount, Files& files) const {
  FingerprintOptions options;
  options.roots_count = true;
  for (int attempt = 1;; ++attempt) {
    auto selection = select_path(files.tree, mount.source);
    if (selection) {
      auto content = fingerprint(files.tree, *selection, options);
      if (content) {
        files.identity = content->hex();
        files.selection = std::move(*selection);
        return {};
      }
      selection = std::unexpected(std::move(content).error());
    }
    if (selection.error().kind() != ErrorKind::not_found || attempt == kTries)
      return std::unexpected(std::move(selection).error());
  }
}

Result<KeyInputs> RunMounts::key_inputs() {
  KeyInputs inputs;
  for (const RunMount& mount : op_.mounts) {
    if (!mount.from) continue;
    const OpValue& source = step_.values[*mount.from];
    Files& files = files_[&mount];
    if (source.files) {
      files.tree = MBUILD_TRY(source.files->open());
      MBUILD_CHECK_AS("RUN --mount=target=" + mount.target, select(mount, files));
    } else {
      files.identity = source.tree.fingerprint().hex();
    }
    inputs.add("--mount " + mount.target + std::string(kMountContent), files.identity);
  }
  return inputs;
}

NamedInputs RunMounts::files() const {
  NamedInputs files;
  for (const RunMount& mount : op_.mounts) {
    if (!mount.from || !step_.values[*mount.from].files) continue;
    for (FileDigest& file : list_files(files_.at(&mount).selection))
      files.emplace_back(file.path + mounted_at(mount.target), file.digest.hex());
  }
  return files;
}

Result<void> RunMounts::open() {
  MBUILD_CHECK(lease_caches());
  for (const RunMount& mount : op_.mounts)
    MBUILD_CHECK_AS("RUN --mount " + (mount.target.empty() ? mount.id : mount.target), open_mount(mount));
  return {};
}

Result<void> RunMounts::open_mount(const RunMount& mount) {
  switch (mount.type) {
    case RunMount::Type::bind:
      return open_bind(mount);
    case RunMount::Type::cache:
      return open_cache(mount);
    case RunMount::Type::secret:
      return open_secret(mount);
    case RunMount::Type::tmpfs:
      return open_tmpfs(mount);
    case RunMount::Type::ssh:
      return open_ssh(mount);
  }
  return fail(ErrorKind::internal, "a mount of no type");
}

Result<void> RunMounts::bind_beneath(int root, const std::string& path, const RunMount& mount) {
  Fd source = MBUILD_TRY(fs_at::open(root, path.empty() ? "/" : path, O_PATH, fs_at::Links::in_root));
  SandboxMount bind;
  bind.source_fd = source.get();
  bind.target = mount.target;
  bind.read_only = mount.read_only;
  mounts_.push_back(std::move(bind));
  fds_.push_back(std::move(source));
  return {};
}

// The step gets files of its own: it may write to them, and they are as the build context has them.
Result<void> RunMounts::bind_copy(const RunMount& mount, const Files& files) {
  scratch_.push_back(MBUILD_TRY(step_.services.snapshots.prepare({})));
  const int root = scratch_.back()->root();
  CopyOptions options;
  options.accept_changes = true;  // as they would show in a mount of the files themselves
  MBUILD_CHECK(copy_files(files.tree, files.selection, root, "/", options));
  const SelectedSource& source = files.selection.sources.front();
  if (!source.file.is_directory()) return bind_beneath(root, source.name, mount);
  const Fd directory = MBUILD_TRY(fs_at::open(root, "/", O_RDONLY | O_DIRECTORY, fs_at::Links::in_root));
  MBUILD_CHECK(apply_metadata(directory.get(), landing_of(source.file, options), source.file.xattrs));
  return bind_beneath(root, "", mount);
}

Result<void> RunMounts::open_bind(const RunMount& mount) {
  const OpValue& source = step_.values[*mount.from];
  const Files& files = files_.at(&mount);
  if (source.files) {
    if (mount.read_only && seen_as_they_lie(files.tree, files.selection))
      return bind_beneath(files.tree.root, mount.source, mount);
    return bind_copy(mount, files);
  }
  LayerChain chain = MBUILD_TRY(step_.materialise(source.tree));
  if (mount.read_only) {
    views_.push_back(MBUILD_TRY(step_.services.snapshots.view(chain)));
    return bind_beneath(views_.back()->root(), mount.source, mount);
  }
  scratch_.push_back(MBUILD_TRY(step_.services.snapshots.prepare(chain)));
  return bind_beneath(scratch_.back()->root(), mount.source, mount);
}

Result<void> RunMounts::open_tmpfs(const RunMount& mount) {
  SandboxMount tmpfs;
  tmpfs.kind = SandboxMount::Kind::tmpfs;
  tmpfs.target = mount.target;
  tmpfs.size_bytes = mount.size_bytes;
  tmpfs.read_only = mount.read_only;
  mounts_.push_back(std::move(tmpfs));
  return {};
}

Result<void> RunMounts::open_secret(const RunMount& mount) {
  std::optional<std::string> value = MBUILD_TRY(step_.services.secrets(mount.id));
  if (!value && mount.required)
    return std::unexpected(Error(ErrorKind::not_found, fmt::format("secret {}: not found", mount.id))
                               .with_hint(fmt::format("give it with --secret id={},src=FILE", mount.id)));
  if (!mount.environment.empty()) environment_.push_back(mount.environment + "=" + value.value_or(""));
  if (mount.target.empty() || !value) return {};
  SandboxMount file = data_mount(mount.target, std::move(*value), mount.mode);
  file.uid = mount.uid;
  file.gid = mount.gid;
  mounts_.push_back(std::move(file));
  return {};
}

Result<int> RunMounts::work_folder() {
  if (!work_) work_ = MBUILD_TRY(step_.services.layers.folders().work().make_folder());
  return work_->fd();
}

Result<void> RunMounts::open_ssh(const RunMount& mount) {
  const auto agent = step_.services.agents.find(mount.id);
  if (agent == step_.services.agents.end()) {
    if (!mount.required) return {};
    return std::unexpected(
        Error(ErrorKind::not_found, fmt::format("no SSH key \"{}\" forwarded from the client", mount.id))
            .with_hint(fmt::format("give an agent with --ssh {}", mount.id)));
  }
  const SshAgentSettings settings{agent->second.socket, agent->second.raw, mount.mode, mount.uid, mount.gid};
  const std::string name = fmt::format("agent{}", agents_.size());
  agents_.push_back(MBUILD_TRY(SshAgentProxy::start(MBUILD_TRY(work_folder()), name, settings)));
  SandboxMount bind;
  bind.source_fd = agents_.back().socket();
  bind.target = mount.target;
  mounts_.push_back(std::move(bind));
  if (agents_.size() == 1 && !has_variable(op_.env, "SSH_AUTH_SOCK"))
    environment_.push_back("SSH_AUTH_SOCK=" + mount.target);
  return {};
}

}  // namespace mbuild::builder
