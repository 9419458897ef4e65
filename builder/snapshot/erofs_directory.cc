#include "builder/snapshot/erofs_directory.h"

#include <string_view>
#include <vector>

#include "builder/snapshot/erofs_format.h"

namespace mbuild::builder {

namespace {

struct Name {
  std::string_view name;
  const ErofsNode* node;
};

// "." and ".." have their places in the order: "-" comes before them.
std::vector<Name> names_of(const ErofsNode& directory) {
  std::vector<Name> names;
  names.reserve(directory.children.size() + 2);
  bool dots = false;
  const auto add_dots = [&] {
    names.push_back({".", &directory});
    names.push_back({"..", directory.parent});
    dots = true;
  };
  for (const auto& [name, node] : directory.children) {
    if (!dots && name > ".") add_dots();
    names.push_back({name, node});
  }
  if (!dots) add_dots();
  return names;
}

// Calls `block` with the names of each block: [first, last).
template <class Block>
void split(const std::vector<Name>& names, Block block) {
  std::size_t first = 0;
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint64_t size = erofs::kDirentSize + names[i].name.size();
    if (used + size > erofs::kBlock) {
      block(first, i, used);
      first = i;
      used = 0;
    }
    used += size;
  }
  block(first, names.size(), used);
}

std::uint64_t file_type(const ErofsNode& node) {
  switch (node.type) {
    case oci::EntryType::directory:
      return 2;
    case oci::EntryType::character_device:
      return 3;
    case oci::EntryType::block_device:
      return 4;
    case oci::EntryType::fifo:
      return 5;
    case oci::EntryType::symlink:
      return 7;
    default:
      return 1;
  }
}

}  // namespace

std::uint64_t directory_size(const ErofsNode& directory) {
  std::uint64_t size = 0;
  split(names_of(directory), [&](std::size_t, std::size_t, std::uint64_t used) {
    size = erofs::round_up(size, erofs::kBlock) + used;
  });
  return size;
}

std::string encode_directory(const ErofsNode& directory) {
  const std::vector<Name> names = names_of(directory);
  std::string out;
  split(names, [&](std::size_t first, std::size_t last, std::uint64_t used) {
    const std::uint64_t start = erofs::round_up(out.size(), erofs::kBlock);
    out.resize(start + used);
    std::uint64_t name_offset = (last - first) * erofs::kDirentSize;
    for (std::size_t i = first; i < last; ++i) {
      const std::uint64_t entry = start + (i - first) * erofs::kDirentSize;
      erofs::put(out, entry, names[i].node->position / erofs::kInodeSlot, 8);
      erofs::put(out, entry + 8, name_offset, 2);
      erofs::put(out, entry + 10, file_type(*names[i].node), 1);
      erofs::put(out, start + name_offset, names[i].name);
      name_offset += names[i].name.size();
    }
  });
  return out;
}

std::uint64_t directory_links(const ErofsNode& directory) {
  std::uint64_t links = 2;
  for (const auto& [name, node] : directory.children) links += node->is_directory() ? 1 : 0;
  return links;
}

}  // namespace mbuild::builder
