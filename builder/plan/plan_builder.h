// PlanBuilder: collects ops while stages are lowered; equal sources become one op.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "builder/plan/op.h"

namespace mbuild::builder {

class PlanBuilder {
 public:
  OpId scratch();
  OpId image(ImageSourcePtr image, const oci::Platform& platform, const std::string& stage,
             const std::optional<SourceLines>& source);
  OpId context(const std::string& name, const std::string& location);
  OpId http(HttpOp http, const std::optional<SourceLines>& source);
  OpId git(parser::GitSource repository, const std::optional<SourceLines>& source);
  // `op.id` is set here.
  OpId add(Op op);

  Op& op(OpId id) { return ops_[id]; }
  std::vector<Op> take() && { return std::move(ops_); }

 private:
  std::vector<Op> ops_;
  std::map<std::string, OpId> sources_;
  std::vector<std::pair<OpId, parser::GitSource>> repositories_;
};

}  // namespace mbuild::builder
