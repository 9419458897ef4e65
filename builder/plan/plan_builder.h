// PlanBuilder: collects ops while stages are lowered; equal ones become one op.
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
  // The id of the op, or of an earlier one that does the same. `op.id` is set here.
  OpId add(Op op);

  // The ops so far: those of a platform come after those of the platforms before it.
  std::vector<Op>& ops() { return ops_; }
  std::vector<Op> take() && { return std::move(ops_); }

 private:
  std::vector<Op> ops_;
  std::map<std::string, OpId> sources_;
  std::vector<std::pair<OpId, parser::GitSource>> repositories_;
};

}  // namespace mbuild::builder
