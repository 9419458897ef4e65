#include "parser/lint/shell_script.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

ShellScript read(std::string_view text, char escape = '\\') {
  return read_shell_script(text, {0, static_cast<std::uint32_t>(text.size())}, escape);
}

// "cmd,word,word" of each command, with the operator before it.
std::vector<std::string> commands(std::string_view text, char escape = '\\') {
  static const char* const operators[] = {"", "; ", "&& ", "|| ", "| ", "& "};
  std::vector<std::string> result;
  for (const ShellCommand& command : read(text, escape).commands) {
    std::string one = operators[static_cast<int>(command.before)];
    for (const ShellWord& word : command.words) one += (&word == &command.words[0] ? "" : ",") + word.text;
    result.push_back(one + (command.grouped ? " grouped" : ""));
  }
  return result;
}

using Commands = std::vector<std::string>;

TEST(ShellScript, SplitsAtOperators) {
  EXPECT_EQ(commands("a b && c || d; e | f & g"), (Commands{"a,b", "&& c", "|| d", "; e", "| f", "& g"}));
  EXPECT_EQ(commands("a\nb", '\0'), (Commands{"a", "; b"}));
  EXPECT_EQ(commands(""), Commands{});
  EXPECT_EQ(commands("&& ;"), Commands{});
}

TEST(ShellScript, RemovesQuotesAndEscapes) {
  EXPECT_EQ(commands("a 'b c' \"d e\" f\\ g 'h'\"i\"j"), (Commands{"a,b c,d e,f g,hij"}));
  EXPECT_EQ(commands("a '&& b' \"| c\" \\;"), (Commands{"a,&& b,| c,;"}));
  EXPECT_EQ(commands("a \"b\\\"c\" 'unterminated"), (Commands{"a,b\"c,unterminated"}));
}

TEST(ShellScript, JoinsContinuedLines) {
  EXPECT_EQ(commands("a \\\n  b \\\n# comment\n\n  && c"), (Commands{"a,b", "&& c"}));
  EXPECT_EQ(commands("a`\nb \\x", '`'), (Commands{"ab,x"}));
  std::string_view text = "a \\\n  bc";
  EXPECT_EQ(read(text).commands[0].words[1].range, (Range{6, 8}));
}

TEST(ShellScript, SkipsComments) {
  EXPECT_EQ(commands("a # b && c"), (Commands{"a"}));
  EXPECT_EQ(commands("a # b\nc", '\0'), (Commands{"a", "; c"}));
  EXPECT_EQ(commands("a#b"), (Commands{"a#b"}));
}

TEST(ShellScript, DropsRedirections) {
  EXPECT_EQ(commands("a >b 2>&1 <c d"), (Commands{"a,d"}));
  EXPECT_EQ(commands("a &>b && c"), (Commands{"a", "&& c"}));
  EXPECT_EQ(commands("a 2>/dev/null | b"), (Commands{"a", "| b"}));
}

TEST(ShellScript, LooksThroughPrefixesAndCompounds) {
  EXPECT_EQ(commands("A=1 B='2 3' sudo -E a b"), (Commands{"a,b"}));
  EXPECT_EQ(commands("exec env X=1 a"), (Commands{"a"}));
  EXPECT_EQ(commands("if a; then b; fi; c"), (Commands{"a grouped", "; b grouped", "; c"}));
  EXPECT_EQ(commands("for x in 1 2; do a $x; done && b"), (Commands{"; a,$x grouped", "&& b"}));
  EXPECT_EQ(commands("(a && b); c"), (Commands{"; a grouped", "&& b grouped", "; c"}));
  EXPECT_EQ(commands("! a"), (Commands{"a"}));
}

TEST(ShellScript, KnowsVariables) {
  ShellScript script =
      read("A=1; echo $B \"${C:-d}\" '$D' \\$E $(f $G) `h $I`; for J in x; do :; done; read K");
  std::vector<std::string> used;
  for (const ShellWord& word : script.used) used.push_back(word.text);
  EXPECT_EQ(used, (std::vector<std::string>{"B", "C", "G", "I"}));
  EXPECT_EQ(script.assigned, (std::vector<std::string>{"A", "J", "read", "K"}));
  EXPECT_TRUE(script.commands[0].words[1].variable);
  EXPECT_FALSE(script.commands[0].words[3].variable);
}

TEST(ShellScript, NeverReadsPastItsRange) {
  std::string text = "a $ ${ $( ` ' \" \\";
  for (std::uint32_t begin = 0; begin < text.size(); ++begin)
    for (std::uint32_t end = begin; end <= text.size(); ++end) {
      ShellScript script = read_shell_script(text, {begin, end}, '\\');
      for (const ShellCommand& command : script.commands) {
        EXPECT_GE(command.range.begin, begin);
        EXPECT_LE(command.range.end, end);
      }
    }
}

}  // namespace
}  // namespace mbuild::parser
