#include "cli/dockerfile_arguments.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace mbuild::cli {
namespace {

class DockerfileArgumentsTest : public testing::Test {
 protected:
  DockerfileArgumentsTest() {
    directory_.write("a.Dockerfile", "FROM a\n");
    directory_.write("b.Dockerfile", "FROM b\n");
  }
  std::string file(const std::string& name) const { return folder() + "/" + name; }
  std::string folder() const { return directory_.str(); }

  test::TempDir directory_;
};

TEST_F(DockerfileArgumentsTest, NothingMeansTheFolder) {
  auto requests = dockerfile_requests({});
  ASSERT_TRUE(requests);
  ASSERT_EQ(requests->size(), 1u);
  EXPECT_EQ(requests->front().context_dir, ".");
  EXPECT_EQ(requests->front().dockerfile_path, "");
}

TEST_F(DockerfileArgumentsTest, FilesAndOneFolderInAnyOrder) {
  auto requests = dockerfile_requests({{file("a.Dockerfile"), folder()}, {file("b.Dockerfile")}});
  ASSERT_TRUE(requests);
  ASSERT_EQ(requests->size(), 2u);
  EXPECT_EQ((*requests)[0].dockerfile_path, file("b.Dockerfile"));
  EXPECT_EQ((*requests)[1].dockerfile_path, file("a.Dockerfile"));
  EXPECT_EQ((*requests)[1].context_dir, folder());
}

TEST_F(DockerfileArgumentsTest, FilesAloneHaveNoContext) {
  auto requests = dockerfile_requests({{file("a.Dockerfile")}, {}});
  ASSERT_TRUE(requests);
  EXPECT_EQ(requests->front().context_dir, "");
}

TEST_F(DockerfileArgumentsTest, RefusesWhatCannotBeMeant) {
  EXPECT_FALSE(dockerfile_requests({{folder(), folder()}, {}}));
  EXPECT_FALSE(dockerfile_requests({{file("missing")}, {}}));
  EXPECT_FALSE(dockerfile_requests({{"-"}, {"-"}}));
}

TEST_F(DockerfileArgumentsTest, StageArgumentsReachTheRequest) {
  builder::BuildRequest request;
  ASSERT_TRUE(apply({{"K=V"}, {"n=src"}, "build", "linux/arm64"}, request));
  EXPECT_EQ(request.build_args, (std::vector<std::pair<std::string, std::string>>{{"K", "V"}}));
  EXPECT_EQ(request.build_contexts, (std::vector<std::pair<std::string, std::string>>{{"n", "src"}}));
  EXPECT_EQ(request.target, "build");
  EXPECT_EQ(request.platform, "linux/arm64");
  EXPECT_FALSE(apply({{}, {"nameonly"}, "", ""}, request));
}

}  // namespace
}  // namespace mbuild::cli
