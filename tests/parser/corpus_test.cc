// Every file under tests/corpus/{valid,invalid} against the tree and diagnostics kept beside it
// (corpus/README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "parser/ast_json.h"
#include "tests/parser/tree_properties.h"

namespace mbuild::parser {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

std::vector<fs::path> files(const std::string& folder) {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(fs::path(MBUILD_TEST_CORPUS) / folder)) {
    if (entry.path().extension() == ".Dockerfile") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end(),
            [](const fs::path& a, const fs::path& b) { return a.stem() < b.stem(); });
  return result;
}

ParseResult parse_file(const fs::path& path) {
  return parse(Source("Dockerfile", read_file(path)));
}

class Corpus : public testing::TestWithParam<fs::path> {};

TEST_P(Corpus, GivesTheKeptResult) {
  const ParseResult result = parse_file(GetParam());
  EXPECT_EQ(result.ok(), GetParam().parent_path().filename() == "valid");
  EXPECT_THAT(broken_properties(result), IsEmpty());
  fs::path expected = GetParam();
  expected.replace_extension(".json");
  if (std::getenv("MBUILD_UPDATE_CORPUS") != nullptr)
    std::ofstream(expected, std::ios::binary) << to_json(result);
  EXPECT_EQ(to_json(result), read_file(expected));
}

std::string test_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Valid, Corpus, testing::ValuesIn(files("valid")), test_name);
INSTANTIATE_TEST_SUITE_P(Invalid, Corpus, testing::ValuesIn(files("invalid")), test_name);

TEST(CorpusFolders, EveryFileHasItsRuleAndResult) {
  for (const std::string folder : {"valid", "invalid"}) {
    std::ifstream rules(fs::path(MBUILD_TEST_CORPUS) / folder / "RULES");
    std::vector<std::string> with_rule, with_file;
    for (std::string line; std::getline(rules, line);) {
      const std::size_t colon = line.find(": ");
      ASSERT_NE(colon, std::string::npos) << line;
      with_rule.push_back(line.substr(0, colon));
    }
    for (const fs::path& file : files(folder)) {
      with_file.push_back(file.stem().string());
      EXPECT_TRUE(fs::exists(fs::path(file).replace_extension(".json"))) << file;
    }
    EXPECT_EQ(with_rule, with_file) << folder;
  }
}

// Deletes, repeats, inserts or cuts something somewhere.
std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view pieces[] = {
      "\\\n",          "\n", "#", "<<EOF ",   "\"", "'", "--x=",     "[\"",  "$",
      "\r\n",          "\t", "=", "ONBUILD ", "\\", "`", "\xC2\xA0", "\xFF", "RUN <<A <<B\n",
      " \\ \n# c\n\n", "<<-"};
  const std::size_t at = random() % (text.size() + 1);
  const std::size_t length = std::min<std::size_t>(random() % 8, text.size() - at);
  switch (random() % 4) {
    case 0:
      return text.erase(at, length);
    case 1:
      return text.insert(at, text.substr(at, length));
    case 2:
      return text.insert(at, pieces[random() % std::size(pieces)]);
    default:
      return text.substr(0, at);
  }
}

TEST(CorpusMutations, KeepEveryProperty) {
  std::mt19937 random(1);  // always the same mutations
  for (const std::string folder : {"valid", "invalid"}) {
    for (const fs::path& file : files(folder)) {
      std::string text = read_file(file);
      if (text.size() > 4096) continue;
      for (int i = 0; i < 20; ++i) {
        text = mutated(text, random);
        ASSERT_THAT(broken_properties(parse(Source("Dockerfile", text))), IsEmpty()) << file << "\n" << text;
        ASSERT_THAT(broken_properties(parse_trigger(text)), IsEmpty()) << file << "\n" << text;
      }
    }
  }
}

}  // namespace
}  // namespace mbuild::parser
