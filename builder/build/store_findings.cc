#include "builder/build/store_findings.h"

#include "registry/base/fs_at.h"

namespace mbuild::builder {

void StoreFindings::add(std::string path, std::string meaning, const Removal& remove) {
  StoreProblem problem{std::move(path), std::move(meaning), false};
  if (repair_) {
    const Result<void> removed = remove();
    problem.removed = removed.has_value();
    if (!removed) problem.meaning += "; it cannot be removed: " + removed.error().message();
  }
  report.problems.push_back(std::move(problem));
}

void StoreFindings::add_entry(int folder, const std::string& folder_path, const std::string& name,
                              std::string meaning) {
  add(folder_path + "/" + name, std::move(meaning), [&] { return fs_at::remove_tree(folder, name); });
}

}  // namespace mbuild::builder
