#include "tests/builder/exec/copy_case.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "builder/context/fingerprint.h"
#include "builder/exec/copy_engine.h"
#include "builder/exec/copy_target.h"
#include "builder/exec/user_lookup.h"
#include "tests/builder/context/tree_text.h"

namespace mbuild::test {

using namespace builder;

namespace {

struct Command {
  SelectRequest request;
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::string> ignore;
  std::string destination;
  std::string chown;
  std::string chmod;
  bool from_stage = false;
  bool add = false;
};

// Whether `word` is `flag` with a value, which is put in `value`.
bool takes(const std::string& word, std::string_view flag, std::string& value) {
  if (!word.starts_with(flag)) return false;
  value = word.substr(flag.size());
  return true;
}

Command parse(const std::string& text) {
  Command command;
  std::vector<std::string> operands;
  std::istringstream words(text);
  for (std::string word, value; words >> word;) {
    if (takes(word, "--chown=", command.chown) || takes(word, "--chmod=", command.chmod)) continue;
    if (takes(word, "--exclude=", value)) {
      command.request.exclude.push_back(value);
    } else if (takes(word, "--ignore=", value)) {
      command.ignore.push_back(value);
    } else if (word == "--parents") {
      command.request.parents = true;
    } else if (word == "--from") {
      command.from_stage = true;
    } else if (word == "--add") {
      command.add = true;
    } else if (word.starts_with("<<")) {
      const std::size_t equals = word.find('=');
      command.texts.emplace_back(word.substr(2, equals - 2), word.substr(equals + 1));
    } else {
      operands.push_back(word);
    }
  }
  command.destination = operands.back();
  operands.pop_back();
  command.request.sources = operands;
  return command;
}

Result<void> run(const Command& command, const SourceTree& tree, int root) {
  CopyOptions options;
  options.unpack = command.add;
  if (!command.chmod.empty()) options.chmod = MBUILD_TRY(ChmodMode::parse(command.chmod));
  if (!command.chown.empty()) {
    const UserDatabase users = MBUILD_TRY(UserDatabase::read(root));
    options.chown = MBUILD_TRY(resolve_chown(command.chown, &users)).owner;
  }
  Selection selection = MBUILD_TRY(select(tree, command.request));
  for (const auto& [name, text] : command.texts) add_text(selection, name, text);
  MBUILD_CHECK(fingerprint(tree, selection));
  const std::string destination = absolute_destination("/work", command.destination);
  const CopyOutcome outcome = MBUILD_TRY(copy_files(tree, selection, root, destination, options));
  EXPECT_TRUE(outcome.changed.empty());
  return {};
}

void run_once(const CopyCase& row) {
  const TemporaryDirectory source;
  const TemporaryDirectory root;
  make_tree(source.path(), row.source);
  make_tree(root.path(), row.root);
  const Command command = parse(row.command);
  SourceTree tree{.root = source.fd(),
                  .ignore = {},
                  .ownership = command.from_stage ? Ownership::keep : Ownership::root,
                  .index = nullptr,
                  .immutable = command.from_stage};
  tree.ignore = parser::PatternMatcher::compile(command.ignore).value();

  const Result<void> result = run(command, tree, root.fd());
  const std::string expected = row.expected;
  if (expected.starts_with("error: ")) {
    ASSERT_FALSE(result) << tree_text(root.path());
    EXPECT_PRED2([](const std::string& a, const std::string& b) { return a.find(b) != std::string::npos; },
                 result.error().message() + " | " + result.error().hint(), expected.substr(7));
    return;
  }
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(tree_text(root.path(), expected), normal_tree_text(expected));
}

class Umask {
 public:
  explicit Umask(mode_t mask) : previous_(::umask(mask)) {}
  ~Umask() { ::umask(previous_); }

 private:
  mode_t previous_;
};

}  // namespace

void run_copy_case(const CopyCase& row) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and device nodes need root";
  for (const mode_t mask : {022, 077}) {
    const Umask umask(mask);
    SCOPED_TRACE(testing::Message() << "umask " << mask);
    run_once(row);
  }
}

}  // namespace mbuild::test
