#include "builder/sandbox/identity.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

constexpr std::uint32_t unchanged = ~std::uint32_t{0};

std::vector<std::uint32_t> ids(const IdSet& set) {
  return {set.real, set.effective, set.saved, set.file_access};
}
using Ids = std::vector<std::uint32_t>;

TEST(IdSet, RootBecomesAnotherForGood) {
  IdSet set = IdSet::all(0);
  EXPECT_TRUE(set.set(1000, true));
  EXPECT_EQ(ids(set), (Ids{1000, 1000, 1000, 1000}));
  EXPECT_FALSE(set.set(0, false));
  EXPECT_FALSE(set.set_all(0, unchanged, unchanged, false));
  EXPECT_EQ(ids(set), (Ids{1000, 1000, 1000, 1000}));
}

TEST(IdSet, WhatIsSavedComesBack) {
  IdSet set = IdSet::all(0);
  EXPECT_TRUE(set.set_all(unchanged, 33, unchanged, true));
  EXPECT_EQ(ids(set), (Ids{0, 33, 0, 33}));
  EXPECT_TRUE(set.set(0, false));
  EXPECT_EQ(ids(set), (Ids{0, 0, 0, 0}));
}

TEST(IdSet, RealAndEffectiveSwap) {
  IdSet set{1, 2, 2, 2};
  EXPECT_TRUE(set.set_real_and_effective(2, 1, false));
  EXPECT_EQ(ids(set), (Ids{2, 1, 1, 1}));
  EXPECT_FALSE(set.set_real_and_effective(5, unchanged, false));
  EXPECT_FALSE(set.set_real_and_effective(unchanged, 5, false));
}

TEST(IdSet, TheSavedIdIsNoRealOneToTake) {
  IdSet set{1, 2, 3, 2};
  EXPECT_FALSE(set.set_real_and_effective(3, unchanged, false));
  EXPECT_TRUE(set.set_real_and_effective(unchanged, 3, false));
  EXPECT_EQ(ids(set), (Ids{1, 3, 3, 3}));
}

TEST(IdSet, FileAccessTellsTheOldOne) {
  IdSet set = IdSet::all(0);
  EXPECT_EQ(set.set_file_access(7, true), 0u);
  EXPECT_EQ(set.set_file_access(9, false), 7u);
  EXPECT_EQ(set.file_access, 7u);
  EXPECT_EQ(set.set_file_access(0, false), 7u);
  EXPECT_EQ(set.file_access, 0u);
}

}  // namespace
}  // namespace mbuild::builder
