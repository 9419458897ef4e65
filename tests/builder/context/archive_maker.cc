#include "tests/builder/context/archive_maker.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace mbuild::test {

namespace {

using oci::EntryType;

Member member(std::string path, EntryType type, std::uint32_t mode) {
  Member made;
  made.entry.path = std::move(path);
  made.entry.type = type;
  made.entry.mode = mode;
  made.entry.mtime = 1'000'000'000'000'000'000;
  return made;
}

int type_of(EntryType type) {
  switch (type) {
    case EntryType::directory:
      return AE_IFDIR;
    case EntryType::symlink:
      return AE_IFLNK;
    case EntryType::character_device:
      return AE_IFCHR;
    case EntryType::block_device:
      return AE_IFBLK;
    case EntryType::fifo:
      return AE_IFIFO;
    default:
      return AE_IFREG;
  }
}

la_ssize_t append(archive*, void* text, const void* data, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

void check(archive* writer, int status) {
  if (status < ARCHIVE_WARN) throw std::runtime_error(archive_error_string(writer));
}

void add_filter(archive* writer, const std::string& filter) {
  if (filter.empty()) return check(writer, archive_write_add_filter_none(writer));
  check(writer, archive_write_add_filter_by_name(writer, filter.c_str()));
}

void write(archive* writer, const Member& member) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> owner(archive_entry_new(),
                                                                            &archive_entry_free);
  archive_entry* to = owner.get();
  const oci::Entry& from = member.entry;
  archive_entry_set_pathname(to, from.path.c_str());
  archive_entry_set_filetype(to, static_cast<unsigned>(type_of(from.type)));
  archive_entry_set_perm(to, from.mode);
  archive_entry_set_uid(to, from.uid);
  archive_entry_set_gid(to, from.gid);
  archive_entry_set_mtime(to, from.mtime / 1'000'000'000, from.mtime % 1'000'000'000);
  archive_entry_set_size(to, static_cast<la_int64_t>(member.content.size()));
  if (from.type == EntryType::symlink) archive_entry_set_symlink(to, from.link.c_str());
  if (from.type == EntryType::hardlink) archive_entry_set_hardlink(to, from.link.c_str());
  archive_entry_set_rdevmajor(to, from.device_major);
  archive_entry_set_rdevminor(to, from.device_minor);
  for (const auto& [name, value] : from.xattrs) {
    archive_entry_xattr_add_entry(to, name.c_str(), value.data(), value.size());
  }
  check(writer, archive_write_header(writer, to));
  if (!member.content.empty()) archive_write_data(writer, member.content.data(), member.content.size());
}

}  // namespace

Member file(std::string path, std::string content) {
  Member made = member(std::move(path), EntryType::regular, 0644);
  made.content = std::move(content);
  return made;
}

Member directory(std::string path) {
  return member(std::move(path), EntryType::directory, 0755);
}

Member symlink(std::string path, std::string target) {
  Member made = member(std::move(path), EntryType::symlink, 0777);
  made.entry.link = std::move(target);
  return made;
}

Member hardlink(std::string path, std::string first) {
  Member made = member(std::move(path), EntryType::hardlink, 0644);
  made.entry.link = std::move(first);
  return made;
}

std::string make_archive(const std::vector<Member>& members, const std::string& filter) {
  std::string text;
  const std::unique_ptr<archive, decltype(&archive_write_free)> writer(archive_write_new(),
                                                                       &archive_write_free);
  check(writer.get(), archive_write_set_format_pax(writer.get()));
  add_filter(writer.get(), filter);
  check(writer.get(), archive_write_set_bytes_in_last_block(writer.get(), 1));  // no zeros after a frame
  check(writer.get(), archive_write_open(writer.get(), &text, nullptr, &append, nullptr));
  for (const Member& one : members) write(writer.get(), one);
  check(writer.get(), archive_write_close(writer.get()));
  return text;
}

}  // namespace mbuild::test
