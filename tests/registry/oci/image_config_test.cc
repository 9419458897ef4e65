#include "registry/oci/image_config.h"

#include "tests/support/corpus.h"
#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

// The .golden files are what Go's encoding/json makes of the .json files through the structs of
// image-spec 1.1 and docker-image-spec and BuildKit's patchImageConfig.
class GoldenConfig : public testing::TestWithParam<std::string> {};

TEST_P(GoldenConfig, IsWrittenAsGoWritesIt) {
  const std::string path = "oci/config/" + GetParam();
  const auto config = ImageConfig::parse(test::corpus(path + ".json"));
  ASSERT_TRUE(config) << config.error().message();
  const std::string golden = test::corpus(path + ".golden");
  EXPECT_EQ(config->json(), golden);
  EXPECT_EQ(must(ImageConfig::parse(golden)).json(), golden);
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoldenConfig, testing::ValuesIn(test::corpus_names("oci/config", ".json")),
                         [](const auto& row) { return row.param; });

TEST(ImageConfig, ReadsEveryField) {
  const ImageConfig image = must(ImageConfig::parse(test::corpus("oci/config/full.json")));
  EXPECT_EQ(image.created, "2023-12-19T01:20:44.5Z");
  EXPECT_EQ(image.platform.str(), "linux/arm64/v8");
  EXPECT_EQ(image.platform.os_version, "1");
  EXPECT_EQ(image.config.user, "1000:1000");
  EXPECT_EQ(image.config.exposed_ports, (std::set<std::string>{"80/tcp", "90/udp"}));
  EXPECT_EQ(image.config.volumes, (std::set<std::string>{"/a", "/z"}));
  EXPECT_EQ(image.config.entrypoint, (std::vector<std::string>{"/bin/sh", "-c"}));
  EXPECT_EQ(image.config.stop_signal, "SIGTERM");
  EXPECT_TRUE(image.config.args_escaped);
  EXPECT_EQ(image.config.healthcheck->interval, 30'000'000'000);
  EXPECT_EQ(image.config.healthcheck->retries, 3);
  EXPECT_EQ(image.config.onbuild.size(), 2u);
  EXPECT_EQ(image.config.shell.size(), 4u);
  EXPECT_EQ(image.diff_ids.size(), 2u);
  ASSERT_EQ(image.history.size(), 3u);
  EXPECT_TRUE(image.history[1].empty_layer);
  EXPECT_FALSE(image.history[2].created);
}

TEST(ImageConfig, TellsAnEmptyCommandFromNone) {
  const ImageConfig image = must(ImageConfig::parse(R"({"config":{"Cmd":[],"Entrypoint":null}})"));
  EXPECT_EQ(image.config.cmd, std::vector<std::string>());
  EXPECT_EQ(image.config.entrypoint, std::nullopt);
}

TEST(ImageConfig, WritesRawInvalidBytesAsGoDoes) {
  ImageConfig image;
  image.author = "a\xff";
  image.history.push_back({.created = std::nullopt, .created_by = "b\xff", .author = "", .comment = ""});
  EXPECT_THAT(image.json(), testing::HasSubstr(R"("author":"a\ufffd")"));
  EXPECT_THAT(image.json(), testing::HasSubstr("\"created_by\":\"b\uFFFD\""));
}

struct Malformed {
  std::string json;
  std::string message;
};

class MalformedConfig : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedConfig, IsCorruptAndSaysWhere) {
  EXPECT_THAT(ImageConfig::parse(GetParam().json), FailsWith(ErrorKind::corrupt, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, MalformedConfig,
    testing::Values(
        Malformed{"", "image config: malformed JSON"}, Malformed{"{", "malformed JSON"},
        Malformed{"{}x", "malformed JSON"},
        Malformed{"[]", "image config: expected an object, found an array"},
        Malformed{"null", "expected an object"}, Malformed{std::string(100000, '['), "malformed JSON"},
        Malformed{R"({"a":)" + std::string(100000, '[') + std::string(100000, ']') + "}", "malformed JSON"},
        Malformed{R"({"author":5})", "image config: author: expected a string, found a number"},
        Malformed{R"({"created":"yesterday"})", "image config: created: \"yesterday\" is not a time"},
        Malformed{R"({"created":""})", "created"},
        Malformed{R"({"created":5})", "created: expected a string"},
        Malformed{R"({"config":[]})", "config: expected an object, found an array"},
        Malformed{R"({"config":{"Env":"A=b"}})", "config.Env: expected an array, found a string"},
        Malformed{R"({"config":{"Env":["A=b",5]}})", "config.Env[1]: expected a string, found a number"},
        Malformed{R"({"config":{"Env":[null]}})", "config.Env[0]: expected a string, found null"},
        Malformed{R"({"config":{"Labels":{"a":true}}})",
                  "config.Labels.a: expected a string, found a boolean"},
        Malformed{R"({"config":{"Volumes":["/a"]}})", "config.Volumes: expected an object"},
        Malformed{R"({"config":{"ArgsEscaped":"yes"}})", "config.ArgsEscaped: expected a boolean"},
        Malformed{R"({"config":{"Healthcheck":{"Interval":"30s"}}})",
                  "config.Healthcheck.Interval: expected a number"},
        Malformed{R"({"config":{"Healthcheck":{"Interval":1.5}}})", "Interval: not an integer"},
        Malformed{R"({"config":{"Healthcheck":{"Retries":99999999999}}})", "Retries: out of range"},
        Malformed{R"({"history":{}})", "history: expected an array"},
        Malformed{R"({"history":[{},7]})", "history[1]: expected an object, found a number"},
        Malformed{R"({"history":[{"empty_layer":1}]})", "history[0].empty_layer: expected a boolean"},
        Malformed{R"({"history":[{"created":"2023-02-30T00:00:00Z"}]})", "history[0].created"},
        Malformed{R"({"rootfs":{"diff_ids":["sha256:12"]}})", "rootfs.diff_ids[0]: digest"},
        Malformed{R"({"rootfs":{"diff_ids":"x"}})", "rootfs.diff_ids: expected an array"},
        Malformed{R"({"os.features":[1]})", "os.features[0]"}));

TEST(RunConfig, FindsVariables) {
  RunConfig config;
  config.env = {"A=1", "AB=2", "C", "D=x=y", "A=late"};
  EXPECT_EQ(config.get_env("A"), "1");
  EXPECT_EQ(config.get_env("AB"), "2");
  EXPECT_EQ(config.get_env("C"), "");
  EXPECT_EQ(config.get_env("D"), "x=y");
  EXPECT_EQ(config.get_env("B"), std::nullopt);
  EXPECT_EQ(config.get_env("a"), std::nullopt);
}

TEST(RunConfig, OverwritesVariablesInPlace) {
  RunConfig config;
  config.env = {"A=1", "C"};
  config.set_env("B", "x");
  config.set_env("A", "2=3");
  config.set_env("C", "");
  EXPECT_EQ(config.env, (std::vector<std::string>{"A=2=3", "C=", "B=x"}));
}

}  // namespace
}  // namespace mbuild::oci
