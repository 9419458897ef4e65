#include "parser/mount.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

using testing::StartsWith;

Mount read(std::string_view value) {
  auto mount = read_mount(value);
  EXPECT_TRUE(mount.has_value()) << value << ": " << mount.error().message;
  return mount ? *mount : Mount{};
}
std::string error(std::string_view value) {
  auto mount = read_mount(value);
  return mount ? "" : mount.error().message;
}

TEST(Mount, BindIsTheDefault) {
  Mount mount = read("from=base,source=/a,target=/b");
  EXPECT_EQ(mount.type, MountType::bind);
  EXPECT_EQ(mount.from, "base");
  EXPECT_EQ(mount.source, "/a");
  EXPECT_EQ(mount.target, "/b");
  EXPECT_FALSE(mount.read_only);
}

TEST(Mount, OtherNamesAndCases) {
  EXPECT_EQ(read("TYPE=Bind,SRC=/A,Dst=/B").source, "/A");
  EXPECT_EQ(read("destination=/b").target, "/b");
  EXPECT_EQ(read("target=/b,ro").read_only, true);
  EXPECT_EQ(read("target=/b,rw").read_only, false);
  EXPECT_EQ(read("target=/b,readwrite=false").read_only, true);
  EXPECT_EQ(read("target=/b,readonly=0").read_only, false);
}

TEST(Mount, CsvQuotes) {
  EXPECT_EQ(read("\"target=/a,b\",ro").target, "/a,b");
  EXPECT_EQ(read("\"target=/a\"\"b\"").target, "/a\"b");
  EXPECT_THAT(error("target=\"/a\""), StartsWith("failed to parse csv mounts: "));
  EXPECT_THAT(error("\"target=/a"), StartsWith("failed to parse csv mounts: "));
  EXPECT_THAT(error("\"target=/a\"b"), StartsWith("failed to parse csv mounts: "));
  EXPECT_THAT(error(""), StartsWith("failed to parse csv mounts: "));
}

TEST(Mount, Cache) {
  Mount mount = read("type=cache,id=x,target=/c,sharing=Private,mode=1777,uid=1,gid=4294967295");
  EXPECT_EQ(mount.type, MountType::cache);
  EXPECT_EQ(mount.id, "x");
  EXPECT_EQ(mount.sharing, CacheSharing::exclusive);
  EXPECT_EQ(mount.mode, 01777u);
  EXPECT_EQ(mount.uid, 1u);
  EXPECT_EQ(mount.gid, 4294967295u);
}

TEST(Mount, TheTypeMayStandLast) {
  EXPECT_EQ(read("sharing=locked,target=/c,type=cache").sharing, CacheSharing::locked);
}

TEST(Mount, TmpfsSizes) {
  EXPECT_EQ(read("type=tmpfs,target=/t").size, std::nullopt);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=0").size, 0u);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=512").size, 512u);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=64m").size, 64u << 20);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=1.5GiB").size, 3u << 29);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=10KB").size, 10240u);
  EXPECT_EQ(read("type=tmpfs,target=/t,size=5 b").size, 5u);
  for (std::string size : {"", "m", "-1", "1x", "1mx", "1.2.3", "1e9", "9223372036854775808", "9999999p"})
    EXPECT_THAT(error("type=tmpfs,target=/t,size=" + size), StartsWith("invalid value for size: ")) << size;
}

TEST(Mount, Secret) {
  Mount mount = read("type=secret,id=s,target=/x,required,mode=0444,env=E");
  EXPECT_EQ(mount.id, "s");
  EXPECT_TRUE(mount.required);
  EXPECT_EQ(mount.mode, 0444u);
  EXPECT_EQ(mount.env, "E");
  EXPECT_EQ(read("type=secret,source=s").id, "s");
  EXPECT_EQ(read("type=secret,source=s").source, "");
  EXPECT_FALSE(read("type=secret,id=s,required=false").required);
}

TEST(Mount, Errors) {
  EXPECT_EQ(error("tpye=bind,target=/a"), "unexpected key 'tpye' in 'tpye=bind' (did you mean type?)");
  EXPECT_EQ(error("target=/a,foo=b"), "unexpected key 'foo' in 'foo=b'");
  EXPECT_EQ(error("target"), "invalid field 'target' must be a key=value pair");
  EXPECT_EQ(error("type=bnid,target=/a"), "unsupported mount type \"bnid\" (did you mean bind?)");
  EXPECT_EQ(error("type=cache,target=/a,sharing=lock"), "unsupported sharing value \"lock\"");
  EXPECT_EQ(error("type=cache,target=/a,sharing=lockd"),
            "unsupported sharing value \"lockd\" (did you mean locked?)");
  EXPECT_THAT(error("target=/a,ro=maybe"), StartsWith("invalid value for ro: maybe"));
  EXPECT_EQ(error("type=cache,target=/a,mode=8"), "invalid value 8 for mode");
  EXPECT_EQ(error("type=cache,target=/a,mode=0o755"), "invalid value 0o755 for mode");
  EXPECT_EQ(error("type=cache,target=/a,uid=-1"), "invalid value -1 for uid");
  EXPECT_EQ(error("type=cache,target=/a,gid=4294967296"), "invalid value 4294967296 for gid");
  EXPECT_EQ(error("target=/a,mode=755"), "mode not allowed for \"bind\" type mounts");
  EXPECT_EQ(error("type=tmpfs,target=/a,uid=1"), "uid not allowed for \"tmpfs\" type mounts");
  EXPECT_EQ(error("target=/a,required"), "unexpected key 'required' for mount type 'bind'");
  EXPECT_EQ(error("target=/a,size=1"), "unexpected key 'size' for mount type 'bind'");
  EXPECT_EQ(error("target=/a,env=x"), "unexpected key 'env' for mount type 'bind'");
  EXPECT_EQ(error("target=/a,sharing=shared"), "invalid cache sharing set for bind mount");
  EXPECT_EQ(error("type=secret,id=a,sharing=shared"), "secret mount should not define sharing");
  EXPECT_EQ(error("type=secret,id=a,from=b"), "secret mount should not have a from");
  EXPECT_EQ(error("type=secret"), "invalid secret mount. one of source, target required");
  EXPECT_EQ(error("type=secret,id=a,source=b"), "both source and id can't be set");
  EXPECT_EQ(error("type=cache"), "missing target of cache mount: add target=/path");
  EXPECT_EQ(error("target=/"), "invalid mount target \"/\"");
  EXPECT_EQ(error("target=/a/.."), "invalid mount target \"/a/..\"");
  EXPECT_EQ(error("target=/a,from=$x"),
            "'from' doesn't support variable expansion, define alias stage instead");
}

TEST(Mount, AnErrorPointsAtItsField) {
  auto mount = read_mount("type=cache,foo=x,target=/a");
  ASSERT_FALSE(mount);
  EXPECT_EQ(mount.error().begin, 11u);
  EXPECT_EQ(mount.error().end, 16u);
}

TEST(Mount, ValuesAreExpandedOneByOne) {
  auto expand = [](std::string_view value) -> std::expected<std::string, std::string> {
    if (value == "$bad") return std::unexpected("bad variable");
    return value == "$x" ? "/a,ro" : std::string(value);
  };
  auto mount = read_mount("target=$x,from=y$", expand);
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->target, "/a,ro");
  EXPECT_EQ(mount->from, "y$");
  EXPECT_FALSE(mount->read_only);
  EXPECT_EQ(read_mount("target=$bad", expand).error().message, "bad variable");
}

TEST(Mount, Defaults) {
  EXPECT_EQ(with_defaults(read("target=/a"), 0).read_only, true);
  EXPECT_EQ(with_defaults(read("target=/a,rw"), 0).read_only, false);
  EXPECT_EQ(with_defaults(read("type=tmpfs,target=/a"), 0).read_only, false);

  Mount cache = with_defaults(read("type=cache,target=/a//b/"), 0);
  EXPECT_EQ(cache.id, "/a/b");
  EXPECT_EQ(cache.target, "/a//b/");
  EXPECT_EQ(cache.read_only, false);
  EXPECT_EQ(cache.sharing, CacheSharing::shared);
  EXPECT_EQ(cache.mode, 0755u);

  Mount secret = with_defaults(read("type=secret,id=a/b"), 0);
  EXPECT_EQ(secret.target, "/run/secrets/b");
  EXPECT_EQ(secret.mode, 0400u);
  EXPECT_EQ(with_defaults(read("type=secret,target=/x/y"), 0).id, "y");
  EXPECT_EQ(with_defaults(read("type=secret,id=a,env=E"), 0).target, "");
  EXPECT_EQ(with_defaults(read("type=secret,id=a,env=E,target=/t"), 0).target, "/t");

  Mount ssh = with_defaults(read("type=ssh"), 2);
  EXPECT_EQ(ssh.id, "default");
  EXPECT_EQ(ssh.target, "/run/buildkit/ssh_agent.2");
  EXPECT_EQ(ssh.mode, 0600u);
  EXPECT_EQ(ssh.uid, 0u);
}

TEST(MountFrom, IsFoundBeforeExpansion) {
  auto from = find_mount_from("type=bind,target=$X,from=Base,ro");
  ASSERT_TRUE(from && *from);
  EXPECT_EQ((*from)->name, "Base");
  EXPECT_EQ((*from)->begin, 25u);
  EXPECT_EQ((*from)->end, 29u);
  auto quoted = find_mount_from("\"from=a,b\"");
  ASSERT_TRUE(quoted && *quoted);
  EXPECT_EQ((*quoted)->name, "a,b");
  EXPECT_EQ((*quoted)->end, 9u);
  EXPECT_FALSE(*find_mount_from("type=cache,target=/x"));
  EXPECT_FALSE(*find_mount_from("from="));
  EXPECT_FALSE(find_mount_from("from=a${b}"));
  EXPECT_FALSE(find_mount_from("a\"b"));
}

TEST(MountInRun, WhatNeedsNoVariablesIsReported) {
  auto problem = [](std::string text) {
    ParseResult result = parse(Source("Dockerfile", "FROM a\nRUN " + text + " x"));
    if (result.ok()) return std::string();
    return std::string(result.dockerfile.source.text(result.diagnostics[0].range)) + ": " +
           result.diagnostics[0].message;
  };
  EXPECT_EQ(problem("--mount=type=bogus,target=/a"), "");
  EXPECT_EQ(problem("--mount=target=/a,from=$b"),
            "from=$b: 'from' doesn't support variable expansion, define alias stage instead");
  EXPECT_THAT(problem("--mount='target=\"/a'"), StartsWith("'target=\"/a': failed to parse csv mounts: "));
  EXPECT_THAT(problem("--mount="), StartsWith(": failed to parse csv mounts: it is empty"));
}

}  // namespace
}  // namespace mbuild::parser
