// What names content: images, results of steps, and the other small files.
#include <fcntl.h>

#include <functional>

#include "builder/build/store_check.h"
#include "builder/cache/record.h"
#include "builder/context/download_record.h"
#include "builder/context/stat_index.h"
#include "builder/exec/failed_steps.h"
#include "builder/export/image_store.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

using Meaning = std::optional<std::string>;  // what is wrong, if something is

// Visits the entries of the folder at `path` beneath the store's root; one that is not there has none.
Result<void> for_each_entry(const std::string& root, const std::string& path,
                            const std::function<Result<void>(int folder, const std::string& name)>& visit) {
  auto folder = fs_at::open_trusted(root + "/" + path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder && folder.error().kind() == ErrorKind::not_found) return {};
  if (!folder) return std::unexpected(std::move(folder).error());
  AtomicFile::sweep(folder->get());
  for (const std::string& name : MBUILD_TRY_AS("list " + path, fs_at::list(folder->get())))
    if (!name.starts_with(AtomicFile::kTemporaryPrefix)) MBUILD_CHECK(visit(folder->get(), name));
  return {};
}

// A file that went between the listing and the look at it is nothing that is wrong.
bool is_there(int folder, const std::string& name) {
  return ::faccessat(folder, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<void> check_files(const std::string& root, const std::string& path, StoreFindings& findings,
                         const std::function<Meaning(int folder, const std::string& name)>& judge) {
  return for_each_entry(root, path, [&](int folder, const std::string& name) -> Result<void> {
    ++findings.report.records;
    const Meaning wrong = judge(folder, name);
    if (wrong && is_there(folder, name)) findings.add_entry(folder, path, name, *wrong);
    return {};
  });
}

bool is_hex(const std::string& name, std::size_t size) {
  return name.size() == size && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Of a layer that something names.
Result<Meaning> layer_problem(const Session& session, const StoreFindings& findings, const std::string& id) {
  if (findings.broken_layers.contains(id)) return Meaning("layer " + id + " is broken");
  if (!MBUILD_TRY(session.layers->folders().read(id))) return Meaning("layer " + id + " is not in the store");
  return Meaning();
}

Result<Meaning> image_problem(const Session& session, const StoreFindings& findings,
                              const ImageRecord& record) {
  const auto config = session.layers->blobs().read(record.id);
  if (!config) return Meaning(config.error().message());
  if (!*config) return Meaning("its config, blob " + record.id.str() + ", is not in the store");
  const auto parsed = oci::ImageConfig::parse(**config);
  if (!parsed) return Meaning("its config " + record.id.str() + ": " + parsed.error().message());
  if (parsed->diff_ids.size() != record.layers.size()) return Meaning("its config has other layers");
  for (const std::string& id : record.layers)
    if (Meaning problem = MBUILD_TRY(layer_problem(session, findings, id))) return problem;
  for (const ImageRecord& other : record.others)
    if (Meaning problem = MBUILD_TRY(image_problem(session, findings, other))) return problem;
  return Meaning();
}

std::string file_of(const ImageRecord& record) {
  return image_file_name(record.name.empty() ? record.id.str() : record.name);
}

Result<Meaning> action_problem(const Session& session, const ActionCache& actions,
                               const StoreFindings& findings, const std::string& name) {
  const auto key = oci::Digest::parse("sha256:" + name);
  const auto result = key ? actions.peek(*key) : std::nullopt;
  if (!result) return Meaning("the result of a step: damaged, or foreign");
  if (Meaning problem = MBUILD_TRY(layer_problem(session, findings, result->layer)))
    return Meaning("the result of a step: " + *problem);
  const auto layer = MBUILD_TRY(session.layers->folders().read(result->layer));
  if (layer && layer->layer.fingerprint != result->fingerprint)
    return Meaning("the result of a step: layer " + result->layer + " has another fingerprint");
  return Meaning();
}

Meaning step_problem(int folder, const std::string& name) {
  const auto record = read_record(folder, name, StepHistory::kind, StepHistory::largest);
  const auto step = record ? record->text("step") : std::nullopt;
  if (step && oci::Digest::of(*step).hex() == name) return std::nullopt;
  return "the inputs of a step: damaged, or foreign; a miss of the cache cannot be explained";
}

// `actions/` and `actions/steps/` have a folder for each first byte of their files' names.
Result<void> check_fan_out(const std::string& root, const std::string& path, StoreFindings& findings,
                           const std::function<Result<Meaning>(int, const std::string&)>& judge) {
  return for_each_entry(root, path, [&](int folder, const std::string& name) -> Result<void> {
    if (name == "steps") return {};
    if (!is_hex(name, 2)) {
      findings.add_entry(folder, path, name, "not the store's");
      return {};
    }
    const std::string below = path + "/" + name;
    return for_each_entry(root, below, [&](int files, const std::string& file) -> Result<void> {
      ++findings.report.records;
      const Meaning wrong = MBUILD_TRY(judge(files, file));
      if (wrong && is_there(files, file)) findings.add_entry(files, below, file, *wrong);
      return {};
    });
  });
}

Result<void> check_mounts(const std::string& root, StoreFindings& findings) {
  return for_each_entry(root, "mounts", [&](int folder, const std::string& name) -> Result<void> {
    if (!is_hex(name, 32)) {
      findings.add_entry(folder, "mounts", name, "no cache of RUN --mount=type=cache: not the store's");
      return {};
    }
    const std::string info = name + "/info";
    ++findings.report.records;
    if (!is_there(folder, info) || read_record(folder, info, "mount", 64 << 10)) return {};
    const Fd cache = MBUILD_TRY(fs_at::open(folder, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
    findings.add_entry(cache.get(), "mounts/" + name, "info",
                       "what the cache is for: damaged; the next step says it again");
    return {};
  });
}

Meaning download_problem(const Session& session, int folder, const std::string& name) {
  const auto record = read_download_file(folder, name);
  if (!record) return "what is known of a download: damaged, or foreign";
  if (!session.layers->blobs().contains(record->content))
    return "what is known of a download: its content, blob " + record->content.str() +
           ", is not in the store";
  return std::nullopt;
}

}  // namespace

Result<void> check_images(const Session& session, StoreFindings& findings) {
  std::set<std::string> whole;
  const std::string& root = session.store_root;
  for (const ImageRecord& record : MBUILD_TRY(session.images.list())) {
    ++findings.report.images;
    whole.insert(file_of(record));
    const Meaning wrong = MBUILD_TRY(image_problem(session, findings, record));
    if (!wrong) continue;
    const Fd folder = MBUILD_TRY(fs_at::open_trusted(root + "/images", O_RDONLY | O_DIRECTORY));
    findings.add_entry(folder.get(), "images", file_of(record),
                       "image " + (record.name.empty() ? record.id.str() : record.name) + ": " + *wrong);
  }
  return for_each_entry(root, "images", [&](int folder, const std::string& name) -> Result<void> {
    if (whole.contains(name) || !is_there(folder, name)) return {};
    // It may have been written since the listing.
    for (const ImageRecord& record : MBUILD_TRY(session.images.list())) whole.insert(file_of(record));
    if (!whole.contains(name))
      findings.add_entry(folder, "images", name, "the name of an image: damaged, or foreign");
    return {};
  });
}

Result<void> check_actions(const Session& session, StoreFindings& findings) {
  const auto actions = MBUILD_TRY(ActionCache::open(session.store_root));
  MBUILD_CHECK(check_fan_out(session.store_root, "actions", findings, [&](int, const std::string& name) {
    return action_problem(session, actions, findings, name);
  }));
  return check_fan_out(
      session.store_root, "actions/steps", findings,
      [](int folder, const std::string& name) -> Result<Meaning> { return step_problem(folder, name); });
}

Result<void> check_records(const Session& session, StoreFindings& findings) {
  const std::string& root = session.store_root;
  MBUILD_CHECK(check_mounts(root, findings));
  MBUILD_CHECK(check_files(root, "contexts", findings, [](int folder, const std::string& name) -> Meaning {
    if (is_hex(name, 64) && StatIndex::is_whole(folder, name)) return std::nullopt;
    return "what is known of a context's files: damaged, or foreign; they are read again";
  }));
  MBUILD_CHECK(check_files(root, "downloads", findings, [&](int folder, const std::string& name) {
    return download_problem(session, folder, name);
  }));
  std::set<std::string> kept;
  const auto failed = MBUILD_TRY(FailedSteps::open(root));
  for (const FailedStep& step : MBUILD_TRY(failed.list())) kept.insert(step.id);
  return check_files(root, "failed", findings, [&](int, const std::string& name) -> Meaning {
    if (kept.contains(name)) return std::nullopt;
    return "a step that failed: damaged, or foreign";
  });
}

}  // namespace mbuild::builder
