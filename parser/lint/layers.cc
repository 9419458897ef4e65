// RecursiveOwnershipLayer, CopyAllBeforeDependencyInstall.
#include <algorithm>
#include <array>

#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/stage_walk.h"

namespace mbuild::parser {

namespace {

bool is_within(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_recursive(const ShellWord& word) {
  return word.text == "--recursive" || (word.text.starts_with('-') && !word.text.starts_with("--") &&
                                        word.text.find('R') != std::string::npos);
}

// `chown -R owner path...`, taken apart; no paths when it is something else.
struct Ownership {
  std::string value;  // owner or mode
  std::vector<std::string> paths;
};
Ownership read_ownership(const ShellCommand& command) {
  Ownership result;
  if (command.name() != "chown" && command.name() != "chmod") return result;
  bool recursive = false;
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const ShellWord& word = command.words[i];
    recursive = recursive || is_recursive(word);
    if (word.text.starts_with('-')) continue;
    if (result.value.empty())
      result.value = word.text;
    else if (!word.variable)
      result.paths.push_back(word.text);
  }
  if (!recursive) result.paths.clear();
  return result;
}

// Moving the owner to the COPY is safe when the RUN does nothing else and follows it at once.
std::vector<Fix> ownership_fixes(const LintContext& context, const WalkStep& step, const ShellScript& script,
                                 const Ownership& ownership, const Instruction& copied, bool chown) {
  const auto& copy = std::get<CopyInstruction>(copied.body);
  const std::vector<const Instruction*>& all = step.stage.instructions;
  auto at = std::find(all.begin(), all.end(), &step.instruction);
  bool follows = at != all.begin() && *std::prev(at) == &copied;
  bool alone = script.commands.size() == 1 && ownership.paths.size() == 1 &&
               ownership.value.find('$') == std::string::npos;
  if (!follows || !alone || (chown ? copy.chown : copy.chmod)) return {};
  // Not every builder that may read the file knows symbolic modes in --chmod.
  if (!chown && ownership.value.find_first_not_of("01234567") != std::string::npos) return {};
  std::string flag = std::string(chown ? " --chown=" : " --chmod=") + ownership.value;
  Fix fix{"Move it to the " + copied.keyword, {}};
  fix.edits.push_back({{copied.keyword_range.end, copied.keyword_range.end}, flag});
  fix.edits.push_back({context.whole_lines(step.instruction), ""});
  return {std::move(fix)};
}

void check_ownership(LintContext& context, const WalkStep& step, const ShellScript& script) {
  for (const ShellCommand& command : script.commands) {
    Ownership ownership = read_ownership(command);
    for (const std::string& written : ownership.paths) {
      std::string path = step.state.absolute(written);
      if (path.empty()) continue;
      const auto& copied = step.state.copied;
      auto found = std::find_if(copied.rbegin(), copied.rend(), [&](const StageState::Copied& copy) {
        return is_within(copy.path, path) || is_within(path, copy.path);
      });
      if (found == copied.rend()) continue;
      bool chown = command.name() == "chown";
      context.report("RecursiveOwnershipLayer",
                     "this stores what was copied to " + found->path + " a second time: use " +
                         found->instruction->keyword + (chown ? " --chown=" : " --chmod=") + ownership.value,
                     command.range,
                     ownership_fixes(context, step, script, ownership, *found->instruction, chown),
                     {{found->instruction->range, "copied here"}});
      return;
    }
  }
}

struct Installer {
  std::string_view program;
  std::string_view subcommand;  // one of its words
  std::string_view manifest;    // what it reads
};
constexpr std::array<Installer, 16> installers{{{"npm", "ci", "package.json and package-lock.json"},
                                                {"npm", "install", "package.json and package-lock.json"},
                                                {"yarn", "install", "package.json and yarn.lock"},
                                                {"pnpm", "install", "package.json and pnpm-lock.yaml"},
                                                {"bun", "install", "package.json and bun.lockb"},
                                                {"pip", "-r", "the requirements file"},
                                                {"pip3", "-r", "the requirements file"},
                                                {"poetry", "install", "pyproject.toml and poetry.lock"},
                                                {"uv", "sync", "pyproject.toml and uv.lock"},
                                                {"pipenv", "install", "Pipfile and Pipfile.lock"},
                                                {"bundle", "install", "Gemfile and Gemfile.lock"},
                                                {"composer", "install", "composer.json and composer.lock"},
                                                {"go", "download", "go.mod and go.sum"},
                                                {"dotnet", "restore", "the project files"},
                                                {"cargo", "fetch", "Cargo.toml and Cargo.lock"},
                                                {"mix", "deps.get", "mix.exs and mix.lock"}}};

const Installer* installer_of(const ShellCommand& command) {
  auto found = std::find_if(installers.begin(), installers.end(), [&](const Installer& one) {
    if (command.name() != one.program || !command.has_word(one.subcommand)) return false;
    // `npm install -g tool` and `npm install tool` install what they name.
    bool names_package =
        one.program == "npm" && one.subcommand == "install" &&
        std::any_of(command.words.begin() + 2, command.words.end(), [](const ShellWord& word) {
          return !word.text.starts_with('-') || word.text == "-g" || word.text == "--global";
        });
    return !names_package;
  });
  return found == installers.end() ? nullptr : &*found;
}

bool copies_everything(const CopyInstruction& copy) {
  if (copy.from || copy.add || !copy.exclude.empty()) return false;
  return std::any_of(copy.sources.begin(), copy.sources.end(), [](const Word& source) {
    return source.text == "." || source.text == "./" || source.text == "/" || source.text == "*";
  });
}

void check_stage_order(LintContext& context, const Stage& stage) {
  const Instruction* everything = nullptr;
  const auto& runs = context.runs(stage);
  auto run = runs.begin();
  for (const Instruction* instruction : stage.instructions) {
    if (const auto* copy = std::get_if<CopyInstruction>(&instruction->body))
      if (copies_everything(*copy) && !everything) everything = instruction;
    if (!std::holds_alternative<RunInstruction>(instruction->body)) continue;
    const RunScript& script = *run++;
    for (const ShellCommand& command : script.script.commands) {
      const Installer* installer = installer_of(command);
      if (!installer) continue;
      // Installed before the copy, or with a cache to install from: a second run costs little.
      if (!everything || !script.run->mounts.empty()) return;
      context.report("CopyAllBeforeDependencyInstall",
                     "any changed file makes `" + std::string(command.name()) +
                         "` install all dependencies again: first copy only " +
                         std::string(installer->manifest) + ", install, then copy the rest",
                     everything->range, {}, {{command.range, "the dependencies are installed here"}});
      return;
    }
  }
}

}  // namespace

void check_layers(LintContext& context) {
  std::vector<std::size_t> next(context.graph.stages.size());
  walk_stages(context.walk_input(), [&](const WalkStep& step) {
    if (!std::holds_alternative<RunInstruction>(step.instruction.body)) return;
    const RunScript& run = context.runs(step.stage)[next[step.stage.index]++];
    check_ownership(context, step, run.script);
  });
  for (const Stage& stage : context.graph.stages) check_stage_order(context, stage);
}

}  // namespace mbuild::parser
