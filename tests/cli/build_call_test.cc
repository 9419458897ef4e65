#include "cli/build_call.h"

#include <gtest/gtest.h>

namespace mbuild::cli {
namespace {

using Method = BuildCall::Method;

builder::CheckedDockerfile checked(const std::string& text,
                                   std::vector<std::pair<std::string, std::string>> args = {}) {
  builder::BuildRequest request;
  request.dockerfile_text = text;
  request.build_args = std::move(args);
  Result<builder::CheckedDockerfile> result = builder::check_dockerfile(request);
  EXPECT_TRUE(result) << result.error().message();
  return std::move(*result);
}

TEST(BuildCall, Methods) {
  EXPECT_FALSE(parse_call("build")->has_value());
  EXPECT_EQ((*parse_call("check"))->method, Method::check);
  EXPECT_EQ((*parse_call("lint"))->method, Method::check);
  EXPECT_EQ((*parse_call("outline"))->method, Method::outline);
  EXPECT_EQ((*parse_call("targets"))->method, Method::targets);
  EXPECT_FALSE((*parse_call("targets"))->json);
  EXPECT_TRUE((*parse_call("targets,format=json"))->json);
  EXPECT_TRUE((*parse_call("check,format=text,ignorestatus=true"))->ignore_status);
}

TEST(BuildCall, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "lnit", "check,format=xml", "check,colour=red", "format=json"})
    EXPECT_FALSE(parse_call(text)) << text;
}

TEST(BuildCall, ReportOfACleanFile) {
  EXPECT_EQ(check_report(checked("FROM scratch\nCOPY a /\n")), "Check complete, no warnings found.\n");
}

TEST(BuildCall, ReportOfWarnings) {
  std::string text = check_report(checked("FROM scratch\nCMD x\nMAINTAINER me\n"));
  EXPECT_TRUE(
      text.starts_with("Check complete, 2 warnings have been found!\n\nWARNING: JSONArgsRecommended - "
                       "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/\n"))
      << text;
  EXPECT_NE(text.find("Dockerfile:2\n--------------------\n   1 |     FROM scratch\n   2 | >>> CMD x\n"),
            std::string::npos)
      << text;
}

TEST(BuildCall, OnlyBuildKitsRulesCount) {
  EXPECT_EQ(check_report(checked("FROM scratch\nRUN apt-get update && apt-get install -y git\n")),
            "Check complete, no warnings found.\n");
}

TEST(BuildCall, ReportOfErrorsAndFailure) {
  std::string text = check_report(checked("FROM scratch\nRNU x\n"));
  EXPECT_TRUE(text.starts_with("unknown instruction: RNU")) << text;
  EXPECT_NE(text.find("2 | >>> RNU x"), std::string::npos) << text;
  text = check_report(checked("FROM scratch\nCMD x\n", {{"BUILDKIT_DOCKERFILE_CHECK", "error=true"}}));
  EXPECT_TRUE(text.starts_with("Check complete, 1 warning has been found!\n")) << text;
  EXPECT_TRUE(text.ends_with("\nlint violation found for rules: JSONArgsRecommended\n")) << text;
}

TEST(BuildCall, ReportAsJson) {
  std::string text = check_report_json(checked("FROM scratch\nCMD x\n"));
  for (const char* part : {"\"ruleName\": \"JSONArgsRecommended\"", "\"filename\": \"Dockerfile\"",
                           "\"data\": \"RlJPTSBzY3JhdGNoCkNNRCB4Cg==\"", "\"language\": \"Dockerfile\""})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("buildError"), std::string::npos);
  EXPECT_NE(check_report_json(checked("RUN x\n")).find("\"buildError\""), std::string::npos);
}

TEST(BuildCall, ABadCheckArgumentIsAnError) {
  builder::BuildRequest request;
  request.dockerfile_text = "FROM scratch\n";
  request.build_args = {{"BUILDKIT_DOCKERFILE_CHECK", "error=perhaps"}};
  EXPECT_FALSE(builder::check_dockerfile(request));
}

}  // namespace
}  // namespace mbuild::cli
