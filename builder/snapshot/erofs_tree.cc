#include "builder/snapshot/erofs_tree.h"

#include <algorithm>
#include <cerrno>
#include <functional>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/layer_member.h"
#include "builder/snapshot/path_walk.h"

namespace mbuild::builder {

namespace {

using oci::Entry;
using oci::EntryType;

constexpr std::size_t kNameLimit = 255;
constexpr std::uint32_t kImpliedMode = 0755;
constexpr char kOpaque[] = "trusted.overlay.opaque";

bool is_within(const ErofsNode* directory, const ErofsNode* ancestor) {
  while (directory != ancestor && directory != directory->parent) directory = directory->parent;
  return directory == ancestor;
}

void set_xattr(ErofsNode& node, const std::string& name, const std::string& value) {
  if (!node.xattrs) node.xattrs = std::make_unique<std::map<std::string, std::string>>();
  node.xattrs->insert_or_assign(name, value);
}

void set_metadata(ErofsNode& node, const Entry& entry) {
  node.type = entry.type;
  node.mode = entry.type == EntryType::symlink ? 0777 : entry.mode;
  node.uid = entry.uid;
  node.gid = entry.gid;
  node.mtime = entry.mtime;
  node.link = entry.link;
  node.device_major = entry.device_major;
  node.device_minor = entry.device_minor;
  if (entry.type != EntryType::regular && entry.type != EntryType::directory) return;
  if (node.xattrs) std::erase_if(*node.xattrs, [](const auto& xattr) { return xattr.first != kOpaque; });
  for (const auto& [name, value] : entry.xattrs) {
    if (!is_kept_xattr(name)) continue;
    set_xattr(node, name, value);
  }
}

}  // namespace

ErofsTree::ErofsTree() : root_(make_node()) {
  root_->type = EntryType::directory;
  root_->mode = kImpliedMode;
  root_->parent = root_;
}

ErofsNode* ErofsTree::make_node() {
  return &nodes_.emplace_back();
}

void ErofsTree::make_opaque(ErofsNode* directory) {
  set_xattr(*directory, kOpaque, "y");
}

Result<void> ErofsTree::add(const Entry& entry, std::uint64_t data_offset) {
  ++summary_.entries;
  summary_.bytes += entry.size;
  if (entry.path.empty()) {
    if (entry.type != EntryType::directory) return fail(ErrorKind::corrupt, "the root is not a directory");
    set_metadata(*root_, entry);
    return {};
  }
  const MemberKind kind = kind_of_member(entry.path);
  if (kind == MemberKind::metadata) return {};
  Place at = MBUILD_TRY(place(entry.path, true));
  if (kind == MemberKind::opaque) {
    summary_.whiteouts = true;
    if (at.directory == root_) {
      summary_.hides_lower = true;
    } else {
      make_opaque(at.directory);
    }
    return {};
  }
  if (kind == MemberKind::whiteout) {
    at.name = MBUILD_TRY(whiteout_target(at.name));
    clear(at);
    summary_.whiteouts = true;
    ErofsNode* node = make_node();
    node->type = EntryType::character_device;
    put(at, node);
    return {};
  }
  if (at.name.size() > kNameLimit) return fail_errno(ENAMETOOLONG, "create");
  if (entry.type == EntryType::directory) return add_directory(at, entry);
  if (entry.type == EntryType::hardlink) return add_hardlink(at, entry);
  if (entry.type == EntryType::symlink && entry.link.empty()) return fail_errno(ENOENT, "make symlink");
  clear(at);
  ErofsNode* node = make_node();
  set_metadata(*node, entry);
  node->size = entry.type == EntryType::regular ? entry.size : 0;
  node->data_offset = data_offset;
  put(at, node);
  return {};
}

Result<ErofsTree::Place> ErofsTree::place(const std::string& path, bool make) {
  const std::string parent = parent_path(path);
  if (!last_ || parent != last_path_) {
    last_ = MBUILD_TRY(resolve(parent, make));
    last_path_ = parent;
  }
  return Place{last_, path.substr(parent.empty() ? 0 : parent.size() + 1)};
}

Result<ErofsNode*> ErofsTree::resolve(const std::string& path, bool make) {
  PendingPath pending(path);
  ErofsNode* directory = root_;
  while (!pending.empty()) {
    const std::string name = pending.next();
    if (name == ".") continue;
    if (name == "..") {
      directory = directory->parent;
      continue;
    }
    const auto child = directory->children.find(name);
    ErofsNode* node = child == directory->children.end() ? nullptr : child->second;
    if (node && node->is_directory()) {
      directory = node;
    } else if (node && node->type == EntryType::symlink) {
      if (!pending.follow(node->link)) return fail_errno(ELOOP, name);
      if (node->link.starts_with('/')) directory = root_;
    } else if (node && !node->is_whiteout()) {
      return fail(ErrorKind::corrupt, name + " is not a directory");
    } else if (!make) {
      return fail(ErrorKind::not_found, name + " does not exist");
    } else {
      if (name.size() > kNameLimit) return fail_errno(ENAMETOOLONG, "make directory");
      directory = make_directory(directory, name, node != nullptr);
      directory->implied = true;
    }
  }
  return directory;
}

ErofsNode* ErofsTree::make_directory(ErofsNode* parent, const std::string& name, bool opaque) {
  ErofsNode* node = make_node();
  node->type = EntryType::directory;
  node->mode = kImpliedMode;
  node->parent = parent;
  if (opaque) make_opaque(node);
  clear({parent, name});
  put({parent, name}, node);
  return node;
}

Result<void> ErofsTree::add_directory(const Place& place, const Entry& entry) {
  const auto child = place.directory->children.find(place.name);
  ErofsNode* node = child == place.directory->children.end() ? nullptr : child->second;
  if (!node || !node->is_directory()) {
    node = make_directory(place.directory, place.name, node && node->is_whiteout());
  }
  set_metadata(*node, entry);
  node->implied = false;
  return {};
}

Result<void> ErofsTree::add_hardlink(const Place& place, const Entry& entry) {
  const std::string action = "link to \"" + entry.link + "\"";
  if (entry.link.empty() || entry.link == entry.path) return fail(ErrorKind::corrupt, action);
  const Place from = MBUILD_TRY_AS(action, this->place(entry.link, false));
  const auto found = from.directory->children.find(from.name);
  if (found == from.directory->children.end()) return fail_errno(ENOENT, action);
  ErofsNode* target = found->second;
  if (target->is_directory()) return fail_errno(EPERM, action);
  // What the new name replaces may be, or hold, the target.
  const auto replaced = place.directory->children.find(place.name);
  if (replaced != place.directory->children.end()) {
    if (replaced->second == target && place.directory == from.directory && place.name == from.name) {
      return fail_errno(ENOENT, action);
    }
    if (is_within(from.directory, replaced->second)) return fail_errno(ENOENT, action);
  }
  clear(place);
  put(place, target);
  return {};
}

void ErofsTree::clear(const Place& place) {
  const auto child = place.directory->children.find(place.name);
  if (child == place.directory->children.end()) return;
  // The directory that was resolved last may be below.
  if (child->second->is_directory()) last_ = nullptr;
  drop_names(child->second);
  place.directory->children.erase(child);
}

void ErofsTree::drop_names(ErofsNode* node) {
  std::vector<ErofsNode*> gone = {node};
  while (!gone.empty()) {
    ErofsNode* next = gone.back();
    gone.pop_back();
    if (!next->is_directory()) --next->links;
    for (const auto& [name, child] : next->children) gone.push_back(child);
  }
}

void ErofsTree::put(const Place& place, ErofsNode* node) {
  if (!node->is_directory()) ++node->links;
  place.directory->children[place.name] = node;
}

AppliedLayer ErofsTree::summary() const {
  AppliedLayer summary = summary_;
  const std::function<void(const ErofsNode&, const std::string&)> walk = [&](const ErofsNode& directory,
                                                                             const std::string& path) {
    for (const auto& [name, node] : directory.children) {
      if (!node->is_directory()) continue;
      const std::string child = join_path(path, name);
      if (node->implied) summary.implied_directories.push_back(child);
      walk(*node, child);
    }
  };
  walk(*root_, "");
  std::sort(summary.implied_directories.begin(), summary.implied_directories.end());
  return summary;
}

}  // namespace mbuild::builder
