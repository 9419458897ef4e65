#include "builder/snapshot/implied_directories.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// What one layer says about a directory of the tree.
struct Statement {
  std::optional<FileStatus> status;
  bool final = false;  // nothing below is seen there
};

// Looks directories up in one layer. It goes on from the one before where that leads to the next: from the
// top each time, a deep tree would cost its depth squared or worse.
class LayerDirectories {
 public:
  LayerDirectories(const OpenLayer& layer, const OverlayForm& form) : layer_(layer), form_(form) {}

  const Layer& layer() const { return *layer_.layer; }

  Result<Statement> look_up(const std::string& path) {
    const bool below = last_ && path.size() > last_path_.size() && path.starts_with(last_path_) &&
                       path[last_path_.size()] == '/';
    std::size_t begin = below ? last_path_.size() + 1 : 0;
    Statement statement{std::nullopt, below && last_final_};
    Fd parent = below ? std::move(last_) : Fd();
    last_ = Fd();
    while (begin < path.size()) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string name = path.substr(begin, end - begin);
      begin = end + 1;
      const int above = parent ? parent.get() : layer_.fs;
      auto status = MBUILD_TRY(fs_at::stat_if_exists(above, name, fs_at::Links::refuse));
      if (!status) return statement;
      if (!S_ISDIR(status->st_mode)) return Statement{std::nullopt, true};
      parent = MBUILD_TRY(open_directory(above, name));
      if (MBUILD_TRY(form_.is_opaque(parent.get()))) statement.final = true;
      if (end != path.size()) continue;
      read_owner(parent.get(), *status);
      statement.status = status_of(*status);
    }
    last_ = std::move(parent);
    last_path_ = path;
    last_final_ = statement.final;
    return statement;
  }

 private:
  const OpenLayer& layer_;
  const OverlayForm& form_;
  std::string last_path_;
  Fd last_;  // there, when it is a directory of the layer
  bool last_final_ = false;
};

std::vector<LayerDirectories> directories_of(std::span<const OpenLayer> layers, const OverlayForm& form) {
  std::vector<LayerDirectories> directories;
  for (const OpenLayer& layer : layers) directories.emplace_back(layer, form);
  return directories;
}

struct Effective {
  std::optional<FileStatus> status;
  bool differs = false;  // from what the topmost layer that has the directory shows
};

Result<Effective> effective(std::span<LayerDirectories> layers, const std::string& path) {
  Effective result;
  for (LayerDirectories& directories : layers) {
    const Statement statement = MBUILD_TRY(directories.look_up(path));
    if (statement.status) {
      const auto& implied = directories.layer().implied_directories;  // sorted
      const bool stated = !std::binary_search(implied.begin(), implied.end(), path);
      if (stated) return Effective{statement.status, result.status.has_value()};
      if (!result.status) result.status = statement.status;
    }
    if (statement.final) break;
  }
  return result;
}

}  // namespace

Result<std::map<std::string, FileStatus>> correct_implied_directories(std::span<const OpenLayer> layers,
                                                                      const OverlayForm& form) {
  std::vector<LayerDirectories> directories = directories_of(layers, form);
  std::map<std::string, FileStatus> corrected;
  for (const OpenLayer& open : layers) {
    for (const std::string& path : open.layer->implied_directories) {
      if (corrected.contains(path)) continue;
      const Effective directory = MBUILD_TRY(effective(directories, path));
      if (directory.differs) corrected.emplace(path, *directory.status);
    }
  }
  std::map<std::string, FileStatus> result = corrected;
  for (const auto& [path, status] : corrected) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      if (result.contains(parent)) continue;
      const Effective directory = MBUILD_TRY(effective(directories, parent));
      if (directory.status) result.emplace(parent, *directory.status);
    }
  }
  return result;
}

Result<void> make_corrections(int fs, const std::map<std::string, FileStatus>& directories) {
  for (const auto& [path, status] : directories) MBUILD_TRY(fs_at::make_directories(fs, path, 0700));
  for (const auto& [path, status] : directories) {
    const Fd directory = MBUILD_TRY(open_directory(fs, path));
    const std::array<timespec, 2> times = {timespec_of(status.mtime), timespec_of(status.mtime)};
    if (set_owner(directory.get(), status.uid, status.gid) != 0 ||
        ::fchmod(directory.get(), status.mode & 07777) != 0 ||
        ::futimens(directory.get(), times.data()) != 0) {
      return fail_errno(errno, "set the metadata of " + path);
    }
  }
  return {};
}

}  // namespace mbuild::builder
