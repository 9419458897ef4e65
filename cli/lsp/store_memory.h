// StoreMemory: the images of the local store, as they were when the store was last looked into.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "parser/language/outside.h"

namespace mbuild::cli::lsp {

// Thread-safe. Answers at once; update() is what reads, in the thread of its caller.
class StoreMemory {
 public:
  explicit StoreMemory(std::string root) : root_(std::move(root)) {}

  std::vector<std::string> images() const;
  // nullopt also for an image that nobody has asked for before; update() finds out about it then.
  std::optional<parser::language::ImageFacts> image(std::string_view name);
  // The same. Asked for apart, since to find out is to read layers.
  std::optional<parser::language::ImageUsers> users(std::string_view image);

  // Reads the names, and what was asked for. Makes nothing: a store that is not there has no images. Whether
  // anything is different now.
  bool update();
  bool has_questions() const;

 private:
  template <typename Fact>
  struct Known {
    std::map<std::string, std::optional<Fact>, std::less<>> facts;
    std::set<std::string, std::less<>> asked;

    std::optional<Fact> find(std::string_view name);
    void forget();
  };

  std::optional<parser::language::ImageFacts> read_image(const std::string& name) const;
  std::optional<parser::language::ImageUsers> read_users(const std::string& name) const;
  template <typename Fact>
  bool answer(Known<Fact>& known, std::optional<Fact> (StoreMemory::*read)(const std::string&) const);

  const std::string root_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> ids_;  // of the names, as last seen
  Known<parser::language::ImageFacts> images_;
  Known<parser::language::ImageUsers> users_;
};

}  // namespace mbuild::cli::lsp
