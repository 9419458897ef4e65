#include "builder/exec/run_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "builder/context/fingerprint.h"
#include "builder/context/selection.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

SandboxMount data_mount(std::string target, std::string data, std::uint32_t mode) {
  SandboxMount mount;
  mount.kind = SandboxMount::Kind::data;
  mount.target = std::move(target);
  mount.data = std::move(data);
  mount.mode = mode;
  mount.read_only = true;
  return mount;
}

Result<KeyInputs> RunMounts::key_inputs() {
  KeyInputs inputs;
  for (const RunMount& mount : op_.mounts) {
    if (!mount.from) continue;
    const OpValue& source = step_.values[*mount.from];
    std::string name = "--mount " + mount.target + " content";
    if (source.files) {
      SourceTree tree = MBUILD_TRY(source.files->open());
      Selection selection =
          MBUILD_TRY_AS("RUN --mount=target=" + mount.target, select_path(tree, mount.source));
      FingerprintOptions options;
      options.roots_count = true;
      inputs.add(name, MBUILD_TRY(fingerprint(tree, selection, options)));
    } else {
      inputs.add(name, source.tree.fingerprint());
    }
  }
  return inputs;
}

Result<void> RunMounts::open() {
  for (const RunMount& mount : op_.mounts) {
    std::string action = "RUN --mount " + (mount.target.empty() ? mount.id : mount.target);
    switch (mount.type) {
      case RunMount::Type::bind:
        MBUILD_CHECK_AS(action, open_bind(mount));
        break;
      case RunMount::Type::cache:
        MBUILD_CHECK_AS(action, open_cache(mount));
        break;
      case RunMount::Type::secret:
        MBUILD_CHECK_AS(action, open_secret(mount));
        break;
      case RunMount::Type::tmpfs: {
        SandboxMount tmpfs;
        tmpfs.kind = SandboxMount::Kind::tmpfs;
        tmpfs.target = mount.target;
        tmpfs.size_bytes = mount.size_bytes;
        tmpfs.read_only = mount.read_only;
        mounts_.push_back(std::move(tmpfs));
        break;
      }
      case RunMount::Type::ssh:
        return fail(ErrorKind::unsupported,
                    "RUN --mount=type=ssh: ssh agents are not supported by this version");
    }
  }
  return {};
}

Result<void> RunMounts::bind_beneath(int root, const RunMount& mount) {
  Fd source =
      MBUILD_TRY(fs_at::open(root, mount.source.empty() ? "/" : mount.source, O_PATH, fs_at::Links::in_root));
  SandboxMount bind;
  bind.source_fd = source.get();
  bind.target = mount.target;
  bind.read_only = mount.read_only;
  mounts_.push_back(std::move(bind));
  fds_.push_back(std::move(source));
  return {};
}

Result<void> RunMounts::open_bind(const RunMount& mount) {
  const OpValue& source = step_.values[*mount.from];
  if (source.files) {
    // The user's own files: never writable, whatever the Dockerfile says.
    if (!mount.read_only)
      return fail(ErrorKind::unsupported,
                  "a writable bind mount of the build context is not supported by this version");
    return bind_beneath(MBUILD_TRY(source.files->open()).root, mount);
  }
  LayerChain chain = MBUILD_TRY(step_.materialise(source.tree));
  if (mount.read_only) {
    views_.push_back(MBUILD_TRY(step_.services.snapshots.view(chain)));
    return bind_beneath(views_.back()->root(), mount);
  }
  scratch_.push_back(MBUILD_TRY(step_.services.snapshots.prepare(chain)));
  return bind_beneath(scratch_.back()->root(), mount);
}

Result<void> RunMounts::open_cache(const RunMount& mount) {
  MountRequest request;
  request.key = {mount.id, mount.mode, mount.uid, mount.gid, ""};
  request.owner = mount.uid;
  request.group = mount.gid;
  switch (mount.sharing) {
    case RunMount::Sharing::shared:
      request.sharing = MountSharing::shared;
      break;
    case RunMount::Sharing::exclusive:
      request.sharing = MountSharing::private_;
      break;
    case RunMount::Sharing::locked:
      request.sharing = MountSharing::locked;
      break;
  }
  request.cancel = &step_.services.cancelled;
  if (mount.from)
    return fail(ErrorKind::unsupported,
                "initial content (from=) of a cache mount is not supported by this version");
  leases_.push_back(MBUILD_TRY(step_.services.cache_mounts.acquire(request)));
  return bind_beneath(leases_.back().root(), mount);
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

}  // namespace mbuild::builder
