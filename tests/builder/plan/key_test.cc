#include "builder/plan/key.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

Op run_op() {
  RunOp run;
  run.argv = {"/bin/sh", "-c", "make"};
  run.env = {{"A", "1"}};
  Op op;
  op.body = run;
  op.platform = *oci::Platform::parse("linux/amd64");
  return op;
}

template <class Change>
oci::Digest changed(Change change) {
  Op op = run_op();
  change(op, std::get<RunOp>(op.body));
  return definition_of(op).digest();
}

TEST(Key, EverythingARunSeesCounts) {
  oci::Digest same = definition_of(run_op()).digest();
  EXPECT_EQ(same, definition_of(run_op()).digest());
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.argv.back() = "make all"; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.argv = {"/bin/sh", "-cmake"}; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.env = {{"A", "2"}}; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.env = {{"A", ""}, {"1", ""}}; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.user = "u"; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.cwd = "/w"; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.network = "none"; }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.mounts.push_back({}); }));
  EXPECT_NE(same, changed([](Op&, RunOp& run) { run.scripts.push_back({"EOF", "#!"}); }));
  EXPECT_NE(same, changed([](Op& op, RunOp&) { op.platform = *oci::Platform::parse("linux/arm64"); }));
}

TEST(Key, WhatItDoesNotSeeDoesNotCount) {
  oci::Digest same = definition_of(run_op()).digest();
  EXPECT_EQ(same, changed([](Op&, RunOp& run) { run.unkeyed_env = {{"HTTP_PROXY", "x"}}; }));
  EXPECT_EQ(same, changed([](Op& op, RunOp&) { op.name = "[2/3] RUN make"; }));
  EXPECT_EQ(same, changed([](Op& op, RunOp&) { op.source = SourceLines{"D", 1, 2}; }));
  EXPECT_EQ(same, changed([](Op&, RunOp& run) { run.rootfs = 7; }));
}

TEST(Key, TheListIsEncodedWithoutAmbiguity) {
  KeyInputs one, two;
  one.add("a", "bc");
  two.add("ab", "c");
  EXPECT_NE(one.digest(), two.digest());
}

TEST(Key, CopiesAreTheSameOnEveryPlatform) {
  Op op;
  op.body = CopyOp{};
  oci::Digest before = definition_of(op).digest();
  op.platform = *oci::Platform::parse("linux/arm64");
  EXPECT_EQ(before, definition_of(op).digest());
}

}  // namespace
}  // namespace mbuild::builder
