#include "builder/plan/history_text.h"

#include <gtest/gtest.h>

namespace mbuild::builder::history_text {
namespace {

TEST(HistoryText, Assignments) {
  EXPECT_EQ(env({{"a", "1"}, {"b", "x y"}}), "ENV a=1 b=x y");
  EXPECT_EQ(arg({{"a", "1"}, {"b", std::nullopt}}), "ARG a=1 b");
  EXPECT_EQ(label({{"k", ""}}), "LABEL k=");
}

TEST(HistoryText, Run) {
  EXPECT_EQ(run({}, {"/bin/sh", "-c", "make all"}), "RUN /bin/sh -c make all # buildkit");
  EXPECT_EQ(run({{"A", "1"}, {"B", ""}}, {"/bin/sh", "-c", "x"}), "RUN |2 A=1 B= /bin/sh -c x # buildkit");
}

TEST(HistoryText, Copy) {
  EXPECT_EQ(copy({.add = false,
                  .parents = false,
                  .chown = "",
                  .chmod = "",
                  .sources = {"a", "b"},
                  .destination = "/c/"}),
            "COPY a b /c/ # buildkit");
  EXPECT_EQ(copy({.add = true,
                  .parents = false,
                  .chown = "1:2",
                  .chmod = "0644",
                  .sources = {"<<EOF"},
                  .destination = "/f"}),
            "ADD --chown=1:2 --chmod=0644 <<EOF /f # buildkit");
}

TEST(HistoryText, Metadata) {
  EXPECT_EQ(cmd({"sh", "-c"}), R"(CMD ["sh" "-c"])");
  EXPECT_EQ(entrypoint({}), "ENTRYPOINT []");
  EXPECT_EQ(expose({"80/tcp", "90/udp"}), "EXPOSE [80/tcp 90/udp]");
  EXPECT_EQ(volume({"/a", "/b"}), "VOLUME [/a /b]");
  EXPECT_EQ(shell({"/bin/bash", "-c"}), "SHELL [/bin/bash -c]");
  oci::Healthcheck check;
  check.test = {"CMD-SHELL", "x"};
  check.interval = 30'000'000'000;
  EXPECT_EQ(
      healthcheck(check),
      "HEALTHCHECK {Test:[CMD-SHELL x] Interval:30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}");
}

}  // namespace
}  // namespace mbuild::builder::history_text
