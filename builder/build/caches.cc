#include "builder/build/caches.h"

#include <algorithm>
#include <chrono>

#include "builder/build/request_options.h"
#include "builder/cache/signed_index.h"
#include "builder/exec/mount_archive.h"
#include "builder/export/pack.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fd_stream.h"
#include "registry/remote/setup.h"

namespace mbuild::builder {

namespace {

constexpr unsigned kUploadsAtOnce = 4;

OpenBlob from_store(LayerStore& layers, const oci::Digest& digest) {
  return [&layers, digest]() -> Result<std::unique_ptr<ByteSource>> {
    auto file = MBUILD_TRY(layers.blobs().open_blob(digest));
    if (!file) return fail(ErrorKind::not_found, "blob " + digest.str() + " is no longer in the store");
    return std::make_unique<FdSource>(std::move(*file), digest.str());
  };
}

// `--build-arg BUILDKIT_INLINE_CACHE=1` is how BuildKit's frontend is told.
bool asks_for_inline(const BuildRequest& request) {
  return std::any_of(request.build_args.begin(), request.build_args.end(), [](const auto& argument) {
    return argument.first == "BUILDKIT_INLINE_CACHE" && argument.second == "1";
  });
}

}  // namespace

Result<std::unique_ptr<BuildCaches>> BuildCaches::open(const BuildRequest& request, Session& session,
                                                       EventSink& events) {
  std::unique_ptr<BuildCaches> caches(new BuildCaches(request, session, events));
  if (asks_for_inline(request)) caches->inline_ = MBUILD_TRY(parse_cache_spec("inline", {}, CacheUse::store));
  if (request.cache_from.empty() && request.cache_to.empty()) return caches;
  const remote::ClientOptions client = client_options(request.registries, request.cancel);
  caches->transport_ =
      MBUILD_TRY(remote::make_transport(client, MBUILD_TRY(remote::load_registries(client))));
  CacheServices services;
  services.registry = session.registry.get();
  services.http = caches->transport_.get();
  services.platform = MBUILD_TRY(target_platforms(request)).front();
  MBUILD_CHECK_AS("--cache-from", caches->open_imports(services));
  MBUILD_CHECK_AS("--cache-to", caches->open_exports(services));
  return caches;
}

Result<void> BuildCaches::open_imports(const CacheServices& services) {
  std::vector<remote::PublicKey> keys;
  for (const std::string& file : request_.cache_verify_keys)
    keys.push_back(MBUILD_TRY_AS("--cache-verify-key", remote::PublicKey::load(file)));
  std::vector<std::shared_ptr<CacheRemote>> remotes;
  for (const CacheLocation& location : request_.cache_from) {
    const CacheSpec spec = MBUILD_TRY(parse_cache_spec(location.type, location.attributes, CacheUse::import));
    remotes.emplace_back(MBUILD_TRY(make_cache_remote(spec, CacheUse::import, services)));
  }
  if (remotes.empty()) return {};
  import_ = std::make_unique<CacheImport>(std::move(remotes), std::move(keys),
                                          [this](const std::string& text) { warn(text); });
  return {};
}

Result<void> BuildCaches::open_exports(const CacheServices& services) {
  for (const CacheLocation& location : request_.cache_to) {
    CacheSpec spec = MBUILD_TRY(parse_cache_spec(location.type, location.attributes, CacheUse::store));
    if (!spec.sign_key.empty())  // before the build, not after it
      MBUILD_TRY_AS("sign-key", remote::PrivateKey::load(spec.sign_key, request_.cache_key_password));
    std::shared_ptr<CacheRemote> remote = MBUILD_TRY(make_cache_remote(spec, CacheUse::store, services));
    if (!remote) {
      inline_ = std::move(spec);
      continue;
    }
    auto work = std::make_unique<CacheExport>(remote, kUploadsAtOnce);
    exports_.push_back({std::move(spec), std::move(remote), std::move(work)});
  }
  return {};
}

void BuildCaches::warn(const std::string& text) const {
  events_.emit(Notice{Notice::Level::warning, "", text, std::nullopt});
}

void BuildCaches::begin(const Plan& plan) {
  in_result_ = ops_of_images(plan);
  kept_.clear();
  for (Export& target : exports_) target.work->start_over();
  rejected_ = import_ ? import_->rejected() : 0;
}

bool BuildCaches::must_begin_anew() const {
  return import_ && import_->rejected() > rejected_;
}

Result<CachedStep> BuildCaches::describe(const oci::Digest& key, const TreeLayer& layer) const {
  CachedStep step;
  step.key = key;
  step.fingerprint = layer.fingerprint;
  step.created = layer.created;
  if (const ForeignSource* foreign = layer.handle->foreign()) {
    step.touched_from = foreign->layer.touched_from;
    step.touched_to = foreign->layer.touched_to;
    return step;
  }
  const LayerPtr known = MBUILD_TRY(layer.handle->get(*session_.layers, nullptr));
  const auto record = MBUILD_TRY(session_.layers->folders().read(known->id));
  if (!record) return fail(ErrorKind::not_found, "layer " + known->id + " is not in the store");
  step.touched_from = record->touched_from;
  step.touched_to = record->touched_to;
  return step;
}

// What another cache has is handed on as it is; the rest is made.
CacheExport::MakeBlob BuildCaches::blob_maker(const TreeLayer& layer,
                                              const CompressionOptions& compression) const {
  if (const ForeignSource* foreign = layer.handle->foreign()) {
    const CacheExport::Blob blob{foreign->blob.diff_id, foreign->blob.descriptor, foreign->blob.open};
    return [blob]() -> Result<CacheExport::Blob> { return blob; };
  }
  return [&layers = *session_.layers, handle = layer.handle, compression]() -> Result<CacheExport::Blob> {
    const LayerPtr known = MBUILD_TRY(handle->get(layers, nullptr));
    const LayerBlob made = MBUILD_TRY(layers.ensure_blob(*known, compression, false));
    CacheExport::Blob blob;
    blob.diff_id = MBUILD_TRY(layers.tar_info(*known)).diff_id;
    blob.descriptor = describe_blob(made);
    blob.open = from_store(layers, made.digest);
    return blob;
  };
}

void BuildCaches::on_result(OpId op, const oci::Digest& key, const TreeLayer& layer) {
  if (inline_) {
    std::lock_guard lock(mutex_);
    kept_.push_back({key, layer});
  }
  if (exports_.empty()) return;
  const Result<CachedStep> step = describe(key, layer);
  if (!step) return;  // pruned meanwhile: there is nothing to keep
  const ForeignSource* foreign = layer.handle->foreign();
  const std::string name = foreign ? foreign->layer.id : (*layer.handle->get(*session_.layers, nullptr))->id;
  for (Export& target : exports_)
    if (target.spec.all_stages || in_result_.contains(op))
      target.work->add(*step, name, blob_maker(layer, target.spec.compression));
}

Result<void> BuildCaches::annotate(Image& image, const Tree& tree, std::optional<std::int64_t> epoch) {
  if (!inline_ || image.layers.size() != tree.layers.size()) return {};
  CacheIndex index;
  for (std::size_t i = 0; i < tree.layers.size(); ++i) {
    const ImageLayer& layer = image.layers[i];
    CachedLayer entry{layer.diff_id, std::nullopt};
    // With an epoch it is the layer with its times cut that the image gets.
    if (epoch && !layer.from_base)
      entry.diff_id = MBUILD_TRY(session_.layers->tar_info(*layer.layer, epoch)).diff_id;
    index.layers.push_back(entry);
    for (const Kept& kept : kept_) {
      if (kept.layer.handle != tree.layers[i].handle) continue;
      CachedStep step = MBUILD_TRY(describe(kept.key, kept.layer));
      step.layer = i;
      index.steps.push_back(step);
    }
  }
  std::optional<remote::PrivateKey> key;
  if (!inline_->sign_key.empty())
    key = MBUILD_TRY(remote::PrivateKey::load(inline_->sign_key, request_.cache_key_password));
  image.annotations[kInlineCacheAnnotation] = MBUILD_TRY(wrap_index(index.encode(), key ? &*key : nullptr));
  return {};
}

// Of every RUN of the plan, whether it ran or not: a cache that is exported replaces the one before.
void BuildCaches::add_mounts(Export& target, const Plan& plan, const MountCache& mounts) {
  std::set<std::string> added;
  for (const Op& op : plan.ops) {
    const auto* run = std::get_if<RunOp>(&op.body);
    for (const RunMount& mount : run ? run->mounts : std::vector<RunMount>()) {
      if (mount.type != RunMount::Type::cache || mount.from) continue;
      const MountCacheKey key{mount.id, mount.mode, mount.uid, mount.gid, ""};
      const std::string identity = identity_of(key);
      if (!added.insert(identity).second) continue;
      auto lease = mounts.find(key);
      if (lease && *lease) {
        auto held = std::make_shared<MountLease>(std::move(**lease));
        target.work->add_mount(identity, [held, &layers = *session_.layers]() -> Result<CacheExport::Blob> {
          const PackedMount packed = MBUILD_TRY(pack_mount(held->root(), layers.blobs(), 1));
          return CacheExport::Blob{packed.diff_id, packed.blob, from_store(layers, packed.blob.digest)};
        });
      } else if (const auto known = import_ ? import_->find_mount(identity) : std::nullopt) {
        target.work->add_mount(identity, [known = *known]() -> Result<CacheExport::Blob> {
          return CacheExport::Blob{known.blob.digest, known.blob, known.open};
        });
      }
    }
  }
}

Result<void> BuildCaches::finish_one(Export& target) {
  std::optional<remote::PrivateKey> key;
  if (!target.spec.sign_key.empty())
    key = MBUILD_TRY(remote::PrivateKey::load(target.spec.sign_key, request_.cache_key_password));
  return target.work->finish(key ? &*key : nullptr);
}

Result<void> BuildCaches::finish(const Plan& plan, const MountCache& mounts, StepId first_step) {
  for (Export& target : exports_)
    if (target.spec.mounts) add_mounts(target, plan, mounts);
  for (StepId id = first_step; Export & target : exports_) {
    const std::string title = "exporting the cache to " + target.remote->name();
    events_.emit(StepAdded{{id, title, "", std::nullopt, {}}});
    events_.emit(StepStarted{id});
    const auto begun = std::chrono::steady_clock::now();
    const Result<void> done = finish_one(target);
    Resources resources;
    resources.wall = std::chrono::steady_clock::now() - begun;
    events_.emit(StepFinished{id++, done ? StepOutcome::executed : StepOutcome::failed, resources,
                              done ? std::string() : done.error().message()});
    if (done) continue;
    if (!target.spec.ignore_error) return std::unexpected(Error(done.error()).context(title));
    warn(title + ": " + done.error().message());
  }
  return {};
}

}  // namespace mbuild::builder
