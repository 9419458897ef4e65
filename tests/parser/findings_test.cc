#include "parser/findings.h"

#include <boost/json/src.hpp>
#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

namespace json = boost::json;

// "from" with a fix, a word on the second line with a note, and an error over two lines.
std::vector<Findings> sample() {
  Source source("dir/My File", "from a\nRUN b \xF0\x9F\x98\x80 c\nCOPY \\\n x\n");
  Diagnostic casing{
      Severity::warning, "FromAsCasing", "say FROM", {0, 4}, {}, {{"write FROM", {{{0, 4}, "FROM"}}}}};
  Diagnostic hint{Severity::hint, "own-code", "50%, a:b\nc", {18, 19}, {{{0, 4}, "see here"}}, {}};
  Diagnostic error{Severity::error, "missing-arguments", "needs more", {20, 29}, {}, {}};
  return {{source, {casing, hint, error}, ""}};
}

TEST(Findings, CountsErrorsAndWarnings) {
  std::vector<Findings> files = sample();
  EXPECT_TRUE(files[0].has_errors());
  EXPECT_TRUE(files[0].has_warnings());
  files[0].diagnostics.resize(1);
  EXPECT_FALSE(files[0].has_errors());
  files[0].failure = "lint violation found for rules: A";
  EXPECT_TRUE(files[0].has_errors());
  files[0].diagnostics.clear();
  EXPECT_FALSE(files[0].has_warnings());
}

TEST(Findings, FormatNames) {
  EXPECT_EQ(parse_findings_format("sarif"), FindingsFormat::sarif);
  EXPECT_EQ(parse_findings_format("SARIF"), std::nullopt);
}

TEST(Findings, Text) {
  EXPECT_EQ(to_string(sample(), FindingsFormat::text),
            "dir/My File:1:1: warning: FromAsCasing: say FROM\n"
            "    1 | from a\n"
            "      | ^~~~\n"
            "  fix: write FROM\n"
            "  see https://docs.docker.com/go/dockerfile/rule/from-as-casing/\n"
            "\n"
            "dir/My File:2:10: hint: own-code: 50%, a:b\nc\n"
            "    2 | RUN b \xF0\x9F\x98\x80 c\n"
            "      |         ^\n"
            "  note: dir/My File:1:1: see here\n"
            "\n"
            "dir/My File:3:1: error: missing-arguments: needs more\n"
            "    3 > COPY \\\n"
            "    4 >  x\n"
            "\n"
            "Checked 1 file: 1 error, 1 warning, 1 hint.\n");
  std::vector<Findings> clean{{Source("D", ""), {}, ""}, {Source("E", ""), {}, ""}};
  EXPECT_EQ(to_string(clean, FindingsFormat::text), "Checked 2 files: nothing found.\n");
}

TEST(Findings, Json) {
  std::vector<Findings> files = sample();
  files[0].failure = "lint violation found for rules: FromAsCasing";
  json::value value = json::parse(to_string(files, FindingsFormat::json));
  EXPECT_EQ(value.at("version"), 1);
  const json::value& file = value.at("files").at(0);
  EXPECT_EQ(file.at("file"), "dir/My File");
  EXPECT_EQ(file.at("failure"), "lint violation found for rules: FromAsCasing");
  const json::array& diagnostics = file.at("diagnostics").as_array();
  ASSERT_EQ(diagnostics.size(), 3u);
  EXPECT_EQ(diagnostics[0].at("fixes").at(0).at("edits").at(0).at("text"), "FROM");
  EXPECT_EQ(diagnostics[2].at("severity"), "error");
  EXPECT_EQ(diagnostics[2].at("lines"), (json::array{3, 4}));
  EXPECT_EQ(json::parse(to_string({}, FindingsFormat::json)).at("files").as_array().size(), 0u);
}

TEST(Findings, Sarif) {
  std::vector<Findings> files = sample();
  files[0].failure = "it fails";
  json::value value = json::parse(to_string(files, FindingsFormat::sarif));
  EXPECT_EQ(value.at("version"), "2.1.0");
  const json::value& run = value.at("runs").at(0);
  EXPECT_EQ(run.at("columnKind"), "utf16CodeUnits");
  const json::array& rules = run.at("tool").at("driver").at("rules").as_array();
  const json::array& results = run.at("results").as_array();
  ASSERT_EQ(results.size(), 3u);
  for (const json::value& result : results) {
    const json::value& rule = rules.at(static_cast<std::size_t>(result.at("ruleIndex").as_int64()));
    EXPECT_EQ(rule.at("id"), result.at("ruleId"));
    EXPECT_FALSE(rule.at("shortDescription").at("text").as_string().empty());
  }
  EXPECT_EQ(results[0].at("level"), "warning");
  EXPECT_EQ(results[1].at("level"), "note");
  EXPECT_EQ(results[2].at("level"), "error");
  const json::value& place = results[1].at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "dir/My%20File");
  EXPECT_EQ(place.at("region").at("startLine"), 2);
  EXPECT_EQ(place.at("region").at("startColumn"), 10);  // the face is two UTF-16 units
  EXPECT_EQ(place.at("region").at("endColumn"), 11);
  EXPECT_EQ(results[1].at("relatedLocations").at(0).at("message").at("text"), "see here");
  const json::value& change =
      results[0].at("fixes").at(0).at("artifactChanges").at(0).at("replacements").at(0);
  EXPECT_EQ(change.at("insertedContent").at("text"), "FROM");
  EXPECT_EQ(change.at("deletedRegion").at("endColumn"), 5);
  EXPECT_EQ(run.at("invocations").at(0).at("toolExecutionNotifications").at(0).at("message").at("text"),
            "dir/My File: it fails");
}

TEST(Findings, Github) {
  std::vector<Findings> files = sample();
  files[0].failure = "it fails";
  EXPECT_EQ(to_string(files, FindingsFormat::github),
            "::warning file=dir/My File,line=1,col=1,endColumn=4,title=FromAsCasing::say FROM\n"
            "::notice file=dir/My File,line=2,col=10,endColumn=10,title=own-code::50%25, a:b%0Ac\n"
            "::error file=dir/My File,line=3,endLine=4,title=missing-arguments::needs more\n"
            "::error file=dir/My File::it fails\n"
            "Checked 1 file: 1 error, 1 warning, 1 hint.\n");
}

TEST(Findings, GithubNamesAreEscaped) {
  Diagnostic one{Severity::error, "c", "m", {0, 0}, {}, {}};
  std::vector<Findings> files{{Source("a:b,c", ""), {one}, ""}};
  EXPECT_EQ(to_string(files, FindingsFormat::github),
            "::error file=a%3Ab%2Cc,line=1,col=1,endColumn=1,title=c::m\n"
            "Checked 1 file: 1 error, 0 warnings, 0 hints.\n");
}

}  // namespace
}  // namespace mbuild::parser
