// One row of the table of COPY cases: a source tree, a root file system, a command and what comes of it.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace mbuild::test {

// Trees are written as in tests/builder/context/tree_text.h.
struct CopyCase {
  const char* name;
  const char* source;
  const char* root;
  // As in a Dockerfile with WORKDIR /work: flags, sources, destination. Sources `<<name=text` are heredocs.
  // Beside the Dockerfile's own flags: --from (the source is a stage), --ignore=PATTERN (of .dockerignore),
  // --add (it is an ADD).
  const char* command;
  // The root file system afterwards, or "error: " and a part of the message.
  const char* expected;
};

inline void PrintTo(const CopyCase& row, std::ostream* out) {
  *out << row.name;
}

// Runs the case twice, with the umask at 022 and at 077: it must not matter.
void run_copy_case(const CopyCase& row);

// Defines the tests of a table, one a row.
#define MBUILD_COPY_CASES(suite, table)                     \
  class suite : public testing::TestWithParam<CopyCase> {}; \
  TEST_P(suite, Copies) {                                   \
    run_copy_case(GetParam());                              \
  }                                                         \
  INSTANTIATE_TEST_SUITE_P(                                 \
      Table, suite, testing::ValuesIn(table),               \
      [](const testing::TestParamInfo<CopyCase>& row) { return std::string(row.param.name); })

}  // namespace mbuild::test
