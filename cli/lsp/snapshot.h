// Snapshot: what was found around one Dockerfile.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/lsp/store_memory.h"
#include "parser/language/outside.h"

namespace mbuild::cli::lsp {

// Immutable but for the store's memory, which it shares.
class Snapshot : public parser::language::Outside {
 public:
  // Knows nothing yet.
  explicit Snapshot(std::shared_ptr<StoreMemory> store) : store_(std::move(store)) {}

  // Reads the context's ignore file and lists its files (50,000 at most, the ones near the top first), and
  // the last build of the Dockerfile. What cannot be read is not there.
  static std::shared_ptr<const Snapshot> take(const std::string& dockerfile, const std::string& context,
                                              std::shared_ptr<StoreMemory> store,
                                              const std::string& store_root);

  std::vector<parser::language::ContextFile> files(std::string_view folder) const override;
  std::shared_ptr<const parser::PatternMatcher> ignored() const override { return ignored_; }
  std::vector<std::string> images() const override { return store_->images(); }
  std::optional<parser::language::ImageFacts> image(std::string_view name) const override {
    return store_->image(name);
  }
  std::optional<parser::language::ImageUsers> users(std::string_view image) const override {
    return store_->users(image);
  }
  parser::language::LastBuild last_build() const override { return last_build_; }

 private:
  void read_ignore_file(const std::string& dockerfile, const std::string& context);
  void list_files(const std::string& context);

  std::shared_ptr<StoreMemory> store_;
  std::shared_ptr<const parser::PatternMatcher> ignored_;
  std::map<std::string, std::vector<parser::language::ContextFile>, std::less<>> folders_;
  parser::language::LastBuild last_build_;
};

}  // namespace mbuild::cli::lsp
