// The users and groups that an image's files name.
#include <fcntl.h>
#include <sys/stat.h>

#include <map>

#include "builder/build/session.h"
#include "builder/exec/user_lookup.h"
#include "builder/images.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fs_at.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kFileLimit = 1 << 20;
constexpr std::string_view kPasswd = "etc/passwd", kGroup = "etc/group";

// What the layers from the top down have said so far; a path that is here is settled.
class Texts {
 public:
  bool settled() const { return texts_.contains(kPasswd) && texts_.contains(kGroup); }
  bool wants(std::string_view path) const {
    return (path == kPasswd || path == kGroup) && !texts_.contains(path);
  }
  void settle(std::string_view path, std::string text) { texts_.emplace(path, std::move(text)); }
  // Nothing below shows any more.
  void settle_all() {
    for (const std::string_view path : {kPasswd, kGroup}) settle(path, "");
  }
  const std::string& text(std::string_view path) { return texts_.emplace(path, "").first->second; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

Result<std::string> read_member(oci::ArchiveReader& archive, const oci::Entry& entry) {
  std::string text;
  if (entry.type != oci::EntryType::regular || entry.size > kFileLimit) return text;
  while (const auto block = MBUILD_TRY(archive.read())) {
    text.resize(block->offset);
    text.append(reinterpret_cast<const char*>(block->data.data()), block->data.size());
  }
  return text;
}

// A layer's own members come before its markers only in what they say of the layers below.
Result<void> look_in_archive(std::unique_ptr<ByteSource> source, Texts& texts) {
  oci::ArchiveReader archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(source), {}));
  std::map<std::string, std::string> found;
  std::vector<std::string_view> hidden;
  while (const auto entry = MBUILD_TRY(archive.next())) {
    if (texts.wants(entry->path)) found[entry->path] = MBUILD_TRY(read_member(archive, *entry));
    if (entry->path == "etc/.wh.passwd") hidden.push_back(kPasswd);
    if (entry->path == "etc/.wh.group") hidden.push_back(kGroup);
    if (entry->path == ".wh.etc" || entry->path == "etc/.wh..wh..opq") hidden = {kPasswd, kGroup};
  }
  for (auto& [path, text] : found) texts.settle(path, std::move(text));
  for (const std::string_view path : hidden) texts.settle(path, "");
  return {};
}

Result<void> look_in_tree(int fs, Texts& texts) {
  const auto etc = MBUILD_TRY(fs_at::stat_if_exists(fs, "etc", fs_at::Links::refuse));
  if (etc && !S_ISDIR(etc->st_mode)) texts.settle_all();
  if (!etc || !S_ISDIR(etc->st_mode)) return {};
  for (const std::string_view path : {kPasswd, kGroup}) {
    const auto status = MBUILD_TRY(fs_at::stat_if_exists(fs, path, fs_at::Links::refuse));
    if (!status) continue;
    const bool plain =
        S_ISREG(status->st_mode);  // else a whiteout, or what a name in it would not be read from
    texts.settle(path, plain ? MBUILD_TRY(fs_at::read_file(fs, path, fs_at::Links::refuse, kFileLimit)) : "");
  }
  return {};
}

}  // namespace

Result<ImageUsers> image_users(const std::string& store_root, const std::string& name) {
  const Session session = MBUILD_TRY(Session::open({store_root, {}, {}}));
  const auto record = MBUILD_TRY(session.images.find(std::string_view(name)));
  if (!record) return fail(ErrorKind::not_found, "image " + name + ": not in the store");
  const LayerFolders& folders = session.layers->folders();
  Texts texts;
  for (auto layer = record->layers.rbegin(); layer != record->layers.rend() && !texts.settled(); ++layer) {
    auto archive = MBUILD_TRY(folders.open_archive(*layer));
    if (archive) {
      MBUILD_CHECK(look_in_archive(std::move(archive), texts));
      continue;
    }
    const Fd fs = MBUILD_TRY(folders.open_tree(*layer));
    MBUILD_CHECK(look_in_tree(fs.get(), texts));
  }
  const UserDatabase database = UserDatabase::parse(texts.text(kPasswd), texts.text(kGroup));
  ImageUsers users;
  for (const PasswdEntry& user : database.users) users.users.push_back(user.name);
  for (const GroupEntry& group : database.groups) users.groups.push_back(group.name);
  return users;
}

}  // namespace mbuild::builder
