#include "builder/plan/plan_builder.h"

#include <fmt/format.h>

namespace mbuild::builder {

OpId PlanBuilder::add(Op op) {
  for (const Op& earlier : ops_)
    if (same_work(earlier, op)) return earlier.id;
  op.id = ops_.size();
  ops_.push_back(std::move(op));
  return ops_.back().id;
}

OpId PlanBuilder::scratch() {
  auto [entry, is_new] = sources_.try_emplace("scratch", 0);
  if (is_new) {
    Op op;
    op.body = ScratchOp{};
    op.name = "FROM scratch";
    entry->second = add(std::move(op));
  }
  return entry->second;
}

OpId PlanBuilder::image(ImageSourcePtr image, const oci::Platform& platform, const std::string& stage,
                        const std::optional<SourceLines>& source) {
  auto [entry, is_new] = sources_.try_emplace(
      fmt::format("image {} {} {}", image->name, image->digest.hex(), platform.str()), 0);
  if (is_new) {
    Op op;
    op.name = fmt::format("FROM {}@{}", image->name, image->digest.str());
    op.body = ImageOp{std::move(image)};
    op.platform = platform;
    op.stage = stage;
    op.source = source;
    entry->second = add(std::move(op));
  }
  return entry->second;
}

OpId PlanBuilder::context(const std::string& name, const std::string& location) {
  auto [entry, is_new] = sources_.try_emplace("context " + name, 0);
  if (is_new) {
    Op op;
    op.body = ContextOp{name, location};
    op.name = name.empty() ? "[internal] load build context" : fmt::format("[context {}] load", name);
    entry->second = add(std::move(op));
  }
  return entry->second;
}

OpId PlanBuilder::http(HttpOp http, const std::optional<SourceLines>& source) {
  auto [entry, is_new] =
      sources_.try_emplace(fmt::format("http {} {} {}", http.url, http.name, http.checksum), 0);
  if (is_new) {
    Op op;
    op.name = "[internal] download " + parser::without_password(http.url);
    op.body = std::move(http);
    op.source = source;
    entry->second = add(std::move(op));
  }
  return entry->second;
}

OpId PlanBuilder::git(parser::GitSource repository, const std::optional<SourceLines>& source) {
  for (const auto& [id, known] : repositories_)
    if (known == repository) return id;
  Op op;
  op.name = "[internal] look up " + repository.display();
  op.body = GitOp{repository};
  op.source = source;
  OpId id = add(std::move(op));
  repositories_.emplace_back(id, std::move(repository));
  return id;
}

}  // namespace mbuild::builder
