// Values that no build accepts.
#include <gtest/gtest.h>

#include "tests/parser/lint/lint_checker.h"

namespace mbuild::parser {
namespace {

using Found = std::vector<std::string>;

// The errors on the instruction, in a stage that knows all its variables.
Found errors(const std::string& instruction, const std::string& before = "FROM scratch\n") {
  return found(before + instruction + "\n",
               {"invalid-copy-source", "invalid-chmod", "invalid-checksum", "invalid-port", "invalid-signal",
                "empty-volume", "labs-feature"});
}

TEST(LintValues, CopyTakesNothingRemote) {
  EXPECT_EQ(errors("COPY a https://x.y/z /"), (Found{"invalid-copy-source@https://x.y/z"}));
  EXPECT_EQ(errors("COPY git@github.com:u/r.git /"), (Found{"invalid-copy-source@git@github.com:u/r.git"}));
  EXPECT_EQ(errors("ENV U=http://x\nCOPY $U/y /"), (Found{"invalid-copy-source@$U/y"}));
  EXPECT_EQ(errors("ADD https://x.y/z git@github.com:u/r.git /"), Found{});
  EXPECT_EQ(errors("COPY --from=x http://a/b /"), Found{});  // a path of that stage, however odd
}

TEST(LintValues, Chmod) {
  for (const char* mode : {"0", "755", "07777", "u=rwX,go=rX", "+x", "a-w,u+s", "g=u", "="})
    EXPECT_EQ(errors("COPY --chmod=" + std::string(mode) + " a /"), Found{}) << mode;
  for (const char* mode : {"788", "10000", "0o755", "rwx", "u", "u+x,", "u+y", "+x;"})
    EXPECT_EQ(errors("ADD --chmod=" + std::string(mode) + " a /").size(), 1u) << mode;
  EXPECT_EQ(errors("ARG M=9\nCOPY --chmod=$M a /"), (Found{"invalid-chmod@$M"}));
}

TEST(LintValues, Checksum) {
  std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(errors("ADD --checksum=" + digest + " https://x/y /"), Found{});
  EXPECT_EQ(errors("ADD --checksum=sha512:" + std::string(128, '0') + " https://x/y /"), Found{});
  EXPECT_EQ(errors("ADD --checksum=0123abc https://x/y.git /"), Found{});
  for (const std::string& rest :
       {digest + " a /", digest + " https://x/y https://x/z /", std::string("sha256:abc https://x/y /"),
        "md5:" + std::string(32, 'a') + " https://x/y /", std::string(64, 'a') + " https://x/y /",
        "sha256:" + std::string(64, 'A') + " https://x/y /", std::string("nothex https://x/y.git /")})
    EXPECT_EQ(errors("ADD --checksum=" + rest).size(), 1u) << rest;
}

TEST(LintValues, PortsSignalsAndVolumes) {
  EXPECT_EQ(errors("EXPOSE 80 90-91/udp 99999 x"), (Found{"invalid-port@99999", "invalid-port@x"}));
  EXPECT_EQ(errors("ENV P=\"80 8x\"\nEXPOSE $P"), (Found{"invalid-port@$P"}));
  EXPECT_EQ(errors("STOPSIGNAL SIGTERM\nSTOPSIGNAL SIGFOO"), (Found{"invalid-signal@SIGFOO"}));
  EXPECT_EQ(errors("ARG V\nVOLUME \"\" $V /x"), (Found{"empty-volume@\"\"", "empty-volume@$V"}));
}

TEST(LintValues, WhatDependsOnTheBaseImageIsLeftToTheBuild) {
  EXPECT_EQ(errors("EXPOSE $P\nSTOPSIGNAL $S\nVOLUME $V\nCOPY --chmod=$M a /", "FROM a\n"), Found{});
  EXPECT_EQ(errors("STOPSIGNAL $S"), (Found{"invalid-signal@$S"}));
}

TEST(LintValues, DevicesNeedLabs) {
  EXPECT_EQ(errors("RUN --device=x true"), (Found{"labs-feature@x"}));
  EXPECT_EQ(errors("RUN --device=x true", "# syntax=docker/dockerfile:1-labs\nFROM scratch\n"), Found{});
}

}  // namespace
}  // namespace mbuild::parser
