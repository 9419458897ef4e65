#include "builder/sandbox/bpf_search.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

BpfCode give(std::uint32_t value) {
  return {BPF_STMT(BPF_RET | BPF_K, value)};
}

// Runs code of comparisons, jumps and returns on a value in the accumulator.
std::uint32_t evaluate(const BpfCode& code, std::uint32_t accumulator) {
  for (std::size_t at = 0; at < code.size(); ++at) {
    const sock_filter& step = code[at];
    if (step.code == (BPF_RET | BPF_K)) return step.k;
    if (step.code == (BPF_JMP | BPF_JA)) {
      at += step.k;
    } else {
      const bool holds =
          step.code == (BPF_JMP | BPF_JGE | BPF_K) ? accumulator >= step.k : accumulator == step.k;
      at += holds ? step.jt : step.jf;
    }
  }
  ADD_FAILURE() << "the program does not end";
  return 0;
}

TEST(BpfSearchTest, FindsTheRangeOfEveryNumber) {
  BpfRanges ranges;
  for (std::uint32_t i = 0; i < 1000; ++i) ranges[i * 10] = give(i);
  const BpfCode code = bpf_search(ranges);
  for (std::uint32_t number = 0; number < 9990; ++number)
    ASSERT_EQ(evaluate(code, number), number / 10) << number;
  EXPECT_EQ(evaluate(code, UINT32_MAX), 999u);
}

TEST(BpfSearchTest, JoinsNeighboursThatDoTheSame) {
  const BpfCode code = bpf_search({{0, give(1)}, {5, give(1)}, {9, give(2)}});
  EXPECT_EQ(code.size(), 3u);
}

TEST(BpfSearchTest, OneRangeNeedsNoComparison) {
  EXPECT_EQ(bpf_search({{0, give(7)}}).size(), 1u);
}

TEST(BpfSearchTest, JumpsOverBodiesOfAnyLength) {
  for (const std::size_t length : {1u, 255u, 256u, 3000u}) {
    BpfCode code;
    bpf_append_if_equal(code, 42, BpfCode(length, give(1).front()));
    code.push_back(give(2).front());
    EXPECT_EQ(evaluate(code, 42), 1u) << length;
    EXPECT_EQ(evaluate(code, 43), 2u) << length;
  }
}

}  // namespace
}  // namespace mbuild::builder
