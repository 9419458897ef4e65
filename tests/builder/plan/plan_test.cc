#include "builder/plan/plan.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

template <class Body>
OpId add(Plan& plan, Body body) {
  Op op;
  op.body = std::move(body);
  plan.ops.push_back(std::move(op));
  return plan.ops.size() - 1;
}

OpId add_run(Plan& plan, OpId rootfs) {
  RunOp run;
  run.rootfs = rootfs;
  return add(plan, std::move(run));
}

TEST(OpsOfImages, AreWhatTheLayersOfTheResultsComeFrom) {
  Plan plan;
  const OpId tools = add(plan, ImageOp{});
  const OpId compiled = add_run(plan, tools);
  const OpId base = add(plan, ImageOp{});
  WorkdirOp workdir;
  workdir.rootfs = base;
  const OpId made = add(plan, workdir);
  CopyOp copy;
  copy.rootfs = made;
  copy.sources.push_back({.from = compiled, .paths = {"/out"}});
  const OpId copied = add(plan, copy);
  const OpId other = add_run(plan, made);
  PlannedImage first, second;
  first.result = copied;
  second.result = other;
  plan.images = {first, second};
  EXPECT_EQ(ops_of_images(plan), (std::set<OpId>{base, made, copied, other}));
  EXPECT_TRUE(ops_of_images(Plan()).empty());
}

}  // namespace
}  // namespace mbuild::builder
