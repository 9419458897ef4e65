#include "builder/isolation.h"

#include <gtest/gtest.h>

#include "builder/build/rung.h"
#include "tests/support/result_matchers.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;

TEST(Isolation, NamesAreReadBack) {
  for (const char* name : {"auto", "root", "subordinate-ids", "single-id", "chroot"}) {
    EXPECT_EQ(isolation_name(must(parse_isolation(name))), name);
  }
  EXPECT_THAT(parse_isolation("rootless"), FailsWith(ErrorKind::invalid_input, "must be auto, root,"));
  EXPECT_FALSE(parse_isolation(""));
}

TEST(Isolation, TakesTheBestOrALesserRung) {
  const SandboxProbe user{Rung::subordinate_ids, "not root", "run as root"};
  EXPECT_EQ(must(choose_rung(Isolation::automatic, user)), Rung::subordinate_ids);
  EXPECT_EQ(must(choose_rung(Isolation::subordinate_ids, user)), Rung::subordinate_ids);
  EXPECT_EQ(must(choose_rung(Isolation::chroot, user)), Rung::no_namespaces);
}

TEST(Isolation, SaysWhyABetterRungIsNotThere) {
  const auto refused =
      choose_rung(Isolation::root, {Rung::no_namespaces, "no CAP_SYS_ADMIN", "docker run ..."});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(refused.error().message(), "isolation root: no CAP_SYS_ADMIN");
  EXPECT_EQ(refused.error().hint(), "docker run ...");
}

}  // namespace
}  // namespace mbuild::builder
