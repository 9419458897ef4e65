// Rules that BuildKit has not, each with what breaks it and what does not.
#include <gtest/gtest.h>

#include "tests/parser/lint/lint_checker.h"

namespace mbuild::parser {
namespace {

using Found = std::vector<std::string>;

TEST(OwnLint, UnpinnedBaseImage) {
  std::string text = "FROM alpine:3 AS x\nFROM scratch\nCOPY --from=nginx a /\nFROM x\n";
  EXPECT_EQ(lint_text(text).found, Found{});
  LintOptions options;
  options.enable = {"UnpinnedBaseImage"};
  EXPECT_EQ(lint_text(text, options).found, (Found{"UnpinnedBaseImage@alpine:3", "UnpinnedBaseImage@nginx"}));
  EXPECT_EQ(lint_text("FROM alpine:3@sha256:" + std::string(64, 'a') + "\n", options).found, Found{});
}

TEST(OwnLint, PossibleStageTypo) {
  Linted linted = lint_text("FROM a AS builder\nFROM b\nCOPY --from=bulider x y\n");
  EXPECT_EQ(linted.found, (Found{"PossibleStageTypo@bulider"}));
  EXPECT_EQ(linted.fixed, "FROM a AS builder\nFROM b\nCOPY --from=builder x y\n");
  EXPECT_EQ(lint_text("FROM a AS builder\nFROM buildr\n").found, (Found{"PossibleStageTypo@buildr"}));
  EXPECT_EQ(lint_text("FROM a AS builder\nFROM b\nCOPY --from=builder:1 x y\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a AS builder\nFROM b\nCOPY --from=nginx x y\n").found, Found{});
  EXPECT_EQ(lint_text("FROM node AS nodes\nFROM b\nCOPY --from=node x y\n").found, Found{});
}

TEST(OwnLint, NotAJsonArray) {
  Linted linted = lint_text("FROM a\nENTRYPOINT ['app', 'x y']\n");
  EXPECT_EQ(linted.found[0], "JSONArgsRecommended@['app', 'x y']");
  EXPECT_EQ(linted.found[1], "NotAJsonArray@['app', 'x y']");
  EXPECT_EQ(lint_text("FROM a\nRUN [\"a\", \"b\",]\n").fixed, "FROM a\nRUN [\"a\", \"b\"]\n");
  EXPECT_EQ(lint_text("FROM a\nRUN [ -f x ]\nRUN [ \"$x\" = y ] && z\nCMD [\"a\"]\n").found, Found{});
  EXPECT_EQ(found("FROM a\nONBUILD RUN ['a']\n", {"NotAJsonArray"}), (Found{"NotAJsonArray@['a']"}));
}

TEST(OwnLint, ExecFormNotExpanded) {
  EXPECT_EQ(lint_text("FROM a\nCMD [\"java\", \"-jar\", \"$JAR\"]\n").found,
            (Found{"ExecFormNotExpanded@[\"java\", \"-jar\", \"$JAR\"]"}));
  EXPECT_EQ(lint_text("FROM a\nRUN [\"a\", \"&&\", \"b\"]\n").found.size(), 1u);
  EXPECT_EQ(lint_text("FROM a\nCMD [\"/bin/sh\", \"-c\", \"echo $HOME && x\"]\nRUN [\"a\", \"cost: 5$\"]\n"
                      "ENTRYPOINT [\"awk\", \"{print $NF}\"]\n")
                .found,
            Found{});
}

TEST(OwnLint, RecursiveOwnershipLayer) {
  Linted linted = lint_text("FROM a\nWORKDIR /app\nCOPY src ./\nRUN chown -R app:app /app\n");
  EXPECT_EQ(linted.found, (Found{"RecursiveOwnershipLayer@chown -R app:app /app"}));
  EXPECT_EQ(linted.fixed, "FROM a\nWORKDIR /app\nCOPY --chown=app:app src ./\n");
  EXPECT_EQ(lint_text("FROM a\nCOPY x /app/\nRUN true && chmod -R 755 /app\n").found,
            (Found{"RecursiveOwnershipLayer@chmod -R 755 /app"}));
  EXPECT_EQ(lint_text("FROM a AS x\nCOPY x /app/\nFROM x\nRUN chown --recursive 1 /app/data\n").found.size(),
            1u);
  EXPECT_EQ(lint_text("FROM a\nCOPY x /app/\nRUN chown app /app\nRUN chown -R app /data\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nRUN chown -R app /app\nCOPY x /app/\n").found, Found{});
  EXPECT_EQ(lint_text("FROM a\nCOPY x lib/\nRUN chown -R app lib\n").found, Found{});  // WORKDIR is not known
  EXPECT_EQ(lint_text("FROM a\nCOPY x /application\nRUN chown -R app /app\n").found, Found{});
}

TEST(OwnLint, CopyAllBeforeDependencyInstall) {
  EXPECT_EQ(lint_text("FROM node\nWORKDIR /a\nCOPY . .\nRUN npm ci\n").found,
            (Found{"CopyAllBeforeDependencyInstall@COPY . ."}));
  EXPECT_EQ(
      lint_text("FROM python\nCOPY ./ /a\nRUN --mount=type=secret,id=x pip install --no-cache-dir -r r.txt\n")
          .found,
      Found{});
  EXPECT_EQ(
      lint_text("FROM node\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev\n").found,
      Found{});
  EXPECT_EQ(lint_text("FROM node\nCOPY . .\nRUN npm install -g tool\nRUN npm run build\n").found, Found{});
  EXPECT_EQ(lint_text("FROM node\nCOPY --from=x . .\nRUN npm ci\n").found, Found{});
  EXPECT_EQ(lint_text("FROM go\nCOPY . .\nRUN go mod download\n").found.size(), 1u);
}

TEST(OwnLint, AptListsLeftBehind) {
  Linted linted = lint_text("FROM debian\nRUN apt-get update && apt-get install -y curl\n");
  EXPECT_EQ(linted.found, (Found{"AptListsLeftBehind@apt-get update"}));
  EXPECT_EQ(linted.fixed,
            "FROM debian\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n");
  linted = lint_text("FROM debian\nRUN apt-get update \\\n # why\n && apt-get install -y \\\n    curl\n");
  EXPECT_EQ(linted.fixed,
            "FROM debian\nRUN apt-get update \\\n # why\n && apt-get install -y \\\n    curl && rm -rf "
            "/var/lib/apt/lists/*\n");
  EXPECT_EQ(
      lint_text("FROM debian\nRUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*\n")
          .found,
      Found{});
  EXPECT_EQ(
      lint_text(
          "FROM debian\nRUN --mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt "
          "apt-get update && apt-get install -y x\n")
          .found,
      Found{});
  EXPECT_EQ(
      lint_text(
          "FROM debian\nRUN --mount=type=tmpfs,target=/var/lib apt-get update && apt-get install -y x\n")
          .found,
      Found{});
  // A stage that is only copied from leaves nothing behind.
  EXPECT_EQ(
      lint_text(
          "FROM debian AS b\nRUN apt-get update && apt-get install -y x\nFROM scratch\nCOPY --from=b x y\n")
          .found,
      Found{});
  EXPECT_EQ(lint_text("FROM debian AS b\nRUN apt-get update && apt-get install -y x\nFROM b\n").found.size(),
            1u);
  EXPECT_EQ(lint_text("FROM debian\nRUN <<EOF\napt-get update\napt-get install -y x\nEOF\n").found,
            (Found{"AptListsLeftBehind@apt-get update"}));
  EXPECT_EQ(lint_text("FROM debian\nRUN echo 'apt-get update'\n").found, Found{});
}

TEST(OwnLint, AptUpdateAlone) {
  EXPECT_EQ(found("FROM debian\nRUN apt-get update\nRUN apt-get install -y x\n", {"AptUpdateAlone"}),
            (Found{"AptUpdateAlone@RUN apt-get update"}));
  EXPECT_EQ(found("FROM debian\nRUN apt-get update && apt-get install -y x\nRUN apt-get install -y y\n",
                  {"AptUpdateAlone"}),
            Found{});
  EXPECT_EQ(found("FROM debian\nRUN apt-get update\n", {"AptUpdateAlone"}), Found{});
}

TEST(OwnLint, AptInstallWithoutYes) {
  Linted linted = lint_text("FROM debian\nRUN apt-get install curl\n");
  EXPECT_EQ(linted.found, (Found{"AptInstallWithoutYes@apt-get install curl"}));
  EXPECT_EQ(linted.fixed, "FROM debian\nRUN apt-get install -y curl\n");
  for (const char* right :
       {"apt-get -y install x", "apt-get install -qq x", "apt-get install --yes x",
        "apt-get install x --assume-yes", "yes | apt-get install x", "apt-get install $OPTS x",
        "DEBIAN_FRONTEND=noninteractive apt-get install -yq x", "apt-get update-x"})
    EXPECT_EQ(found("FROM debian\nRUN " + std::string(right) + "\n", {"AptInstallWithoutYes"}), Found{})
        << right;
}

TEST(OwnLint, PackageCacheLeftBehind) {
  Linted linted = lint_text("FROM alpine\nRUN apk add curl\n");
  EXPECT_EQ(linted.found, (Found{"PackageCacheLeftBehind@apk add curl"}));
  EXPECT_EQ(linted.fixed, "FROM alpine\nRUN apk add --no-cache curl\n");
  linted = lint_text("FROM fedora\nRUN dnf install -y x\n");
  EXPECT_EQ(linted.fixed, "FROM fedora\nRUN dnf install -y x && dnf clean all\n");
  EXPECT_EQ(lint_text("FROM python\nRUN pip install x\n").fixed,
            "FROM python\nRUN pip install --no-cache-dir x\n");
  for (const char* right :
       {"apk add --no-cache x", "apk --no-cache add x", "apk add x && rm -rf /var/cache/apk/*",
        "yum install -y x && yum clean all", "pip install --no-cache-dir x",
        "--mount=type=cache,target=/root/.cache/pip pip install x",
        "--mount=type=cache,target=/var/cache/apk apk add x", "pip install x && pip cache purge", "npm ci"})
    EXPECT_EQ(found("FROM alpine\nRUN " + std::string(right) + "\n", {"PackageCacheLeftBehind"}), Found{})
        << right;
  EXPECT_EQ(lint_text("FROM python\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x\n").found, Found{});
}

TEST(OwnLint, PipeWithoutPipefail) {
  Linted linted = lint_text("FROM a\nRUN curl -fsSL https://x/y | tar xz\n");
  EXPECT_EQ(linted.found, (Found{"PipeWithoutPipefail@curl -fsSL https://x/y"}));
  EXPECT_EQ(linted.fixed, "FROM a\nRUN curl -fsSL https://x/y | tar xz\n");  // `sh` may not know the option
  EXPECT_EQ(lint_text("FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN wget -O- x | sh\n").fixed,
            "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN set -o pipefail && wget -O- x | sh\n");
  EXPECT_EQ(lint_text("FROM a\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl x | sh\n").found,
            Found{});
  EXPECT_EQ(lint_text("FROM a\nRUN set -o pipefail; curl x | sh\nRUN cat x | sort\nRUN curl x -o y || true\n")
                .found,
            Found{});
}

TEST(OwnLint, CommandHasNoEffect) {
  Linted linted = lint_text("FROM a\nRUN cd /app\nRUN export A=1\n");
  EXPECT_EQ(linted.found, (Found{"CommandHasNoEffect@cd /app", "CommandHasNoEffect@export A=1"}));
  EXPECT_EQ(linted.fixed, "FROM a\nWORKDIR /app\nENV A=1\n");
  EXPECT_EQ(lint_text("FROM a\nRUN cd /app && make\nRUN . ./env; make\nRUN cd $(mktemp -d)\nRUN cd\n").found,
            Found{});
}

TEST(OwnLint, GlobalArgNotInStage) {
  Linted linted = lint_text("ARG VERSION=1\nFROM a\nRUN echo \"v${VERSION}\" $VERSION\n");
  EXPECT_EQ(linted.found, (Found{"GlobalArgNotInStage@${VERSION"}));
  EXPECT_EQ(linted.fixed, "ARG VERSION=1\nFROM a\nARG VERSION\nRUN echo \"v${VERSION}\" $VERSION\n");
  for (const char* right :
       {"ARG VERSION\nRUN echo $VERSION", "ENV VERSION=2\nRUN echo $VERSION",
        "RUN VERSION=$(cat v) && echo $VERSION", "RUN echo '$VERSION'", "RUN echo \\$VERSION",
        "RUN for VERSION in 1 2; do echo $VERSION; done", "RUN read VERSION < x; echo $VERSION"})
    EXPECT_EQ(lint_text("ARG VERSION=1\nFROM a\n" + std::string(right) + "\n").found, Found{}) << right;
  EXPECT_EQ(lint_text("ARG V=1\nFROM a\nRUN x=$(echo $V)\n").found.size(), 1u);
}

TEST(OwnLint, SecretInCommandLine) {
  std::string token = "ghp_" + std::string(18, 'a') + std::string(18, '7');
  EXPECT_EQ(lint_text("FROM a\nRUN git clone https://" + token + "@github.com/x\n").found,
            (Found{"SecretInCommandLine@" + token}));
  EXPECT_EQ(lint_text("FROM a\nADD https://me:s3cr3t@host/x /\n").found,
            (Found{"SecretInCommandLine@s3cr3t"}));
  EXPECT_EQ(lint_text("FROM a\nENV K=AKIA1234567890ABCDEF\n").found,
            (Found{"SecretInCommandLine@AKIA1234567890ABCDEF"}));
  EXPECT_EQ(lint_text("FROM a\nCOPY <<EOF /k\n-----BEGIN RSA PRIVATE KEY-----\nEOF\n").found.size(), 1u);
  EXPECT_EQ(lint_text("FROM a\nRUN wget --header 'Authorization: Bearer abc123def456ghi' x\n").found,
            (Found{"SecretInCommandLine@abc123def456ghi"}));
  EXPECT_EQ(
      lint_text("FROM a\nRUN wget https://$USER:$PASS@h/x https://u:${P}@h/ https://h:8080/a@b git@h:x\n"
                "RUN x --header \"Authorization: Bearer $TOKEN\" ghp_short AKIA_not_one\n")
          .found,
      Found{});
}

TEST(OwnLint, AddOfPlainFiles) {
  Linted linted = lint_text("FROM a\nADD src conf.json /app/\n");
  EXPECT_EQ(linted.found, (Found{"AddOfPlainFiles@ADD"}));
  EXPECT_EQ(linted.fixed, "FROM a\nCOPY src conf.json /app/\n");
  for (const char* right : {"ADD rootfs.tar.xz /", "ADD https://x/y /", "ADD git@h:x.git /", "ADD $x /",
                            "ADD *.x /", "ADD --unpack=false x /", "COPY x /"})
    EXPECT_EQ(lint_text("FROM a\nARG x\n" + std::string(right) + "\n").found, Found{}) << right;
}

}  // namespace
}  // namespace mbuild::parser
