// A store in a folder of the test's own, and layers described as text.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <memory>
#include <string>
#include <vector>

#include "builder/snapshot/layer_folders.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/archive_reader.h"
#include "registry/oci/archive_writer.h"
#include "tests/support/result_matchers.h"
#include "tests/support/string_source.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBaseTime = 1600000000 * kSecond;

struct Member {
  oci::Entry entry;
  std::string data;
};

inline Member member(std::string path, oci::EntryType type, std::uint32_t mode) {
  Member result;
  result.entry.path = std::move(path);
  result.entry.type = type;
  result.entry.mode = mode;
  result.entry.mtime = kBaseTime;
  return result;
}
inline Member directory(std::string path, std::uint32_t mode = 0755) {
  return member(std::move(path), oci::EntryType::directory, mode);
}
inline Member file(std::string path, std::string data = "", std::uint32_t mode = 0644) {
  Member result = member(std::move(path), oci::EntryType::regular, mode);
  result.entry.size = data.size();
  result.data = std::move(data);
  return result;
}
inline Member symlink(std::string path, std::string target) {
  Member result = member(std::move(path), oci::EntryType::symlink, 0777);
  result.entry.link = std::move(target);
  return result;
}
inline Member hardlink(std::string path, std::string target) {
  Member result = member(std::move(path), oci::EntryType::hardlink, 0644);
  result.entry.link = std::move(target);
  return result;
}
inline Member device(std::string path, oci::EntryType type, std::uint32_t major, std::uint32_t minor) {
  Member result = member(std::move(path), type, 0600);
  result.entry.device_major = major;
  result.entry.device_minor = minor;
  return result;
}

inline std::string tar_of(const std::vector<Member>& members) {
  StringSink sink;
  oci::ArchiveWriter writer(sink);
  for (const Member& each : members) {
    MemorySource data(each.data);
    test::must(each.data.empty() ? writer.add(each.entry) : writer.add(each.entry, data));
  }
  test::must(writer.finish());
  return sink.take();
}

inline oci::Descriptor descriptor_of(const std::string& blob) {
  oci::Descriptor descriptor;
  descriptor.digest = oci::Digest::of(blob);
  descriptor.size = blob.size();
  return descriptor;
}

// One line a member: type, mode, owner, path, then what the type calls for.
inline std::vector<std::string> describe_tar(const std::string& tar) {
  constexpr std::string_view kTypes = "-dlhcbp";
  auto reader = test::must(oci::ArchiveReader::open(std::make_unique<test::StringSource>(tar), {}));
  std::vector<std::string> lines;
  while (auto entry = test::must(reader.next())) {
    std::string line = fmt::format("{}{:04o} {}:{} {}", kTypes[static_cast<std::size_t>(entry->type)],
                                   entry->mode, entry->uid, entry->gid, entry->path);
    if (!entry->link.empty()) line += " -> " + entry->link;
    if (entry->type == oci::EntryType::character_device || entry->type == oci::EntryType::block_device) {
      line += fmt::format(" {},{}", entry->device_major, entry->device_minor);
    }
    std::string data;
    while (auto block = test::must(reader.read())) {
      data.append(reinterpret_cast<const char*>(block->data.data()), block->data.size());
    }
    if (!data.empty()) line += data.size() <= 40 ? " =" + data : fmt::format(" ={} bytes", data.size());
    for (const auto& [name, value] : entry->xattrs) line += fmt::format(" [{}:{}]", name, value.size());
    lines.push_back(std::move(line));
  }
  return lines;
}

inline void set_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("write " + path.string());
}

inline void set_mtime(const std::filesystem::path& path, std::int64_t mtime) {
  const timespec time{mtime / kSecond, mtime % kSecond};
  const timespec times[] = {time, time};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
}

inline struct stat status_at(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

inline const char* kind_label(SnapshotterKind kind) {
  switch (kind) {
    case SnapshotterKind::erofs:
      return "erofs";
    case SnapshotterKind::overlay:
      return "overlay";
    case SnapshotterKind::plain_copy:
      return "copy";
  }
  return "";
}

// The path of what a descriptor refers to, for functions that take paths.
inline std::filesystem::path path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd) + "/";
}

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ownership, devices and trusted xattrs need root";
    store_ = test::must(LayerStore::open(root()));
  }

  std::string root() const { return dir_.str() + "/store"; }
  LayerStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    store_ = test::must(LayerStore::open(root()));
  }

  Result<LayerPtr> try_import(const std::string& tar, std::uint64_t limit = 0) {
    return store_->import(std::make_unique<test::StringSource>(tar), descriptor_of(tar), oci::Digest::of(tar),
                          limit);
  }
  LayerPtr import(const std::vector<Member>& members) { return test::must(try_import(tar_of(members))); }

  std::filesystem::path tree(const LayerPtr& layer) { return root() + "/layers/" + layer->id + "/fs"; }
  std::string tar(const LayerPtr& layer) {
    StringSink sink;
    test::must(store_->write_tar(*layer, sink));
    return sink.take();
  }
  // What is left in work/ once the store is closed.
  std::vector<std::string> left_overs() {
    reopen();
    std::vector<std::string> found;
    for (const auto& session : std::filesystem::directory_iterator(root() + "/work")) {
      if (!session.is_directory()) continue;
      for (const auto& left : std::filesystem::directory_iterator(session)) {
        if (left.path().filename() != "lock") found.push_back(left.path().string());
      }
    }
    return found;
  }
  std::size_t layers_in_store() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root() + "/layers"))
      count += entry.is_directory();
    return count;
  }

  test::TempDir dir_;
  std::unique_ptr<LayerStore> store_;
};

}  // namespace mbuild::builder
