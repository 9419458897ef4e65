#include "cli/build_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "cli/command_line.h"
#include "registry/base/fd.h"
#include "tests/support/temp_dir.h"

namespace mbuild::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

Result<builder::BuildRequest> request_of(std::vector<std::string> arguments) {
  CommandLine line("test", "mbuild");
  BuildOptions options;
  add_build_options(line, options);
  if (line.parse(std::move(arguments))) return fail(ErrorKind::invalid_input, "usage");
  return to_request(options);
}

TEST(BuildOptions, EveryOptionReachesTheRequest) {
  setenv("MBUILD_TEST_FROM_ENV", "here", 1);
  auto request = request_of({"-f",
                             "x/Dockerfile",
                             "-t",
                             "a:1",
                             "-t",
                             "b",
                             "--build-arg",
                             "K=V",
                             "--build-arg",
                             "MBUILD_TEST_FROM_ENV",
                             "--build-arg",
                             "MBUILD_TEST_UNSET",
                             "--target",
                             "s",
                             "--no-cache",
                             "--root",
                             "/r",
                             "--build-context",
                             "n=docker-image://x",
                             "--label",
                             "l=1",
                             "--label",
                             "m",
                             "--output",
                             "type=oci,dest=o.tar",
                             "--push",
                             "--pull",
                             "--network",
                             "none",
                             "--jobs",
                             "3",
                             "--insecure",
                             "reg:5000",
                             "--no-cache-filter",
                             "s",
                             "."});
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->dockerfile_path, "x/Dockerfile");
  EXPECT_THAT(request->tags, ElementsAre("a:1", "b"));
  EXPECT_THAT(request->build_args, ElementsAre(Pair("K", "V"), Pair("MBUILD_TEST_FROM_ENV", "here")));
  EXPECT_EQ(request->target, "s");
  EXPECT_TRUE(request->no_cache && request->push && request->pull);
  EXPECT_EQ(request->store_root, "/r");
  EXPECT_THAT(request->build_contexts, ElementsAre(Pair("n", "docker-image://x")));
  EXPECT_THAT(request->labels, ElementsAre(Pair("l", "1"), Pair("m", "")));
  ASSERT_EQ(request->outputs.size(), 1u);
  EXPECT_EQ(request->outputs[0].type, "oci");
  EXPECT_EQ(request->outputs[0].attributes.at("dest"), "o.tar");
  EXPECT_EQ(request->network, "none");
  EXPECT_EQ(request->parallelism, 3u);
  EXPECT_THAT(request->registries.insecure, ElementsAre("reg:5000"));
  EXPECT_THAT(request->no_cache_stages, ElementsAre("s"));
  EXPECT_EQ(request->context_dir, ".");
}

TEST(BuildOptions, RefusesWhatMakesNoSense) {
  EXPECT_FALSE(request_of({}));
  EXPECT_FALSE(request_of({"/no/such/folder"}));
  EXPECT_FALSE(request_of({"--network", "bridge", "."}));
  EXPECT_FALSE(request_of({"--unknown", "."}));
  EXPECT_FALSE(request_of({"--build-context", "nameonly", "."}));
  EXPECT_FALSE(request_of({"--output", "dest=x", "."}));
  EXPECT_FALSE(request_of({"-f", "-", "-"}));
}

TEST(BuildOptions, ShortOutputs) {
  EXPECT_EQ(parse_output("out")->type, "local");
  EXPECT_EQ(parse_output("out")->attributes.at("dest"), "out");
  EXPECT_EQ(parse_output("-")->type, "tar");
}

TEST(BuildOptions, Secrets) {
  EXPECT_EQ(parse_secret("id=a,src=/p")->file, "/p");
  EXPECT_EQ(parse_secret("id=a,env=E")->environment, "E");
  EXPECT_EQ(parse_secret("type=env,id=a,src=E")->environment, "E");
  EXPECT_EQ(parse_secret("id=some-file")->file, "some-file");
  setenv("MBUILD_TEST_SECRET", "x", 1);
  EXPECT_EQ(parse_secret("id=MBUILD_TEST_SECRET")->environment, "MBUILD_TEST_SECRET");
  EXPECT_FALSE(parse_secret("src=/p"));
  EXPECT_FALSE(parse_secret("id=a,type=ssh"));
  EXPECT_FALSE(parse_secret("id=a,what=b"));
}

TEST(BuildOptions, TheCallersEpochIsForwardedUnlessGiven) {
  setenv("SOURCE_DATE_EPOCH", "7", 1);
  EXPECT_THAT(request_of({"."})->build_args, ElementsAre(Pair("SOURCE_DATE_EPOCH", "7")));
  EXPECT_THAT(request_of({"--build-arg", "SOURCE_DATE_EPOCH=9", "."})->build_args,
              ElementsAre(Pair("SOURCE_DATE_EPOCH", "9")));
  unsetenv("SOURCE_DATE_EPOCH");
}

TEST(BuildOptions, ContextsAreDirectoriesOrAddresses) {
  EXPECT_EQ(request_of({"/"})->context_dir, "/");
  EXPECT_EQ(request_of({"https://h/c.tar.gz"})->context_url, "https://h/c.tar.gz");
  EXPECT_EQ(request_of({"git@h:r.git#main"})->context_url, "git@h:r.git#main");
  EXPECT_EQ(request_of({"github.com/a/b"})->context_url, "github.com/a/b");
  EXPECT_FALSE(request_of({"/nonexistent/context"}));
  EXPECT_FALSE(request_of({"/dev/null"}));
  EXPECT_FALSE(request_of({"file:///"}));
}

TEST(BuildOptions, AgentsAreSockets) {
  setenv("SSH_AUTH_SOCK", "/nonexistent/agent", 1);
  EXPECT_EQ(parse_ssh("default").error().kind(), ErrorKind::not_found);
  unsetenv("SSH_AUTH_SOCK");
  EXPECT_NE(parse_ssh("default").error().message().find("there is no ssh agent"), std::string::npos);
  EXPECT_NE(parse_ssh("default=,raw=true").error().message().find("there is no ssh agent"),
            std::string::npos);
  EXPECT_EQ(parse_ssh("=x").error().kind(), ErrorKind::invalid_input);
}

Fd listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST(BuildOptions, AnAgentOrKeysAreToldByTheKindOfFile) {
  const test::TempDir temporary;
  const std::string folder = temporary.path();
  const std::string key = folder + "/key", other = folder + "/other", socket = folder + "/s",
                    second = folder + "/t";
  std::ofstream(key) << "text";
  std::ofstream(other) << "text";
  const Fd listening = listen_at(socket), more = listen_at(second);

  const auto agent = parse_ssh("a=" + socket + ",raw=true");
  ASSERT_TRUE(agent) << agent.error().message();
  EXPECT_EQ(agent->socket, socket);
  EXPECT_TRUE(agent->raw);
  EXPECT_TRUE(agent->keys.empty());
  const auto keys = parse_ssh("default=" + key + "," + other);
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->id, "default");
  EXPECT_THAT(keys->keys, ElementsAre(key, other));
  EXPECT_EQ(keys->socket, "");
  setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  EXPECT_EQ(parse_ssh("default")->socket, socket);
  unsetenv("SSH_AUTH_SOCK");

  for (const std::string& wrong : {socket + "," + key, key + "," + socket, socket + "," + second,
                                   key + ",raw=true", folder, std::string("/dev/null")})
    EXPECT_EQ(parse_ssh("default=" + wrong).error().kind(), ErrorKind::invalid_input) << wrong;
  EXPECT_EQ(parse_ssh("default=" + key + "," + folder + "/none").error().kind(), ErrorKind::not_found);
}

TEST(BuildOptions, OnlyKnownThingsAreAllowed) {
  EXPECT_THAT(request_of({"--allow", "network.host", "--allow", "security.insecure", "/"})->allow,
              ElementsAre("network.host", "security.insecure"));
  EXPECT_FALSE(request_of({"--allow", "device", "/"}));
}

}  // namespace
}  // namespace mbuild::cli
