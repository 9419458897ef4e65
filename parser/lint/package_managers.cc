// AptListsLeftBehind, AptUpdateAlone, AptInstallWithoutYes, PackageCacheLeftBehind.
#include <algorithm>
#include <array>

#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/mount.h"
#include "parser/path.h"

namespace mbuild::parser {

namespace {

bool is_apt(const ShellCommand& command) {
  return command.name() == "apt-get" || command.name() == "apt" || command.name() == "aptitude";
}
bool is_apt(const ShellCommand& command, std::string_view subcommand) {
  return is_apt(command) && command.has_word(subcommand);
}

template <class Predicate>
const ShellCommand* find(const ShellScript& script, Predicate predicate) {
  auto found = std::find_if(script.commands.begin(), script.commands.end(), predicate);
  return found == script.commands.end() ? nullptr : &*found;
}

// Whether the script removes something at or below one of the places, or a mount keeps it out of the layer.
bool cleans(const LintContext& context, const RunScript& run,
            std::initializer_list<std::string_view> places) {
  auto concerns = [&](std::string_view path) {
    return std::any_of(places.begin(), places.end(),
                       [&](std::string_view place) { return path.find(place) != std::string_view::npos; });
  };
  for (const ShellCommand& command : run.script.commands) {
    bool removes = command.name() == "rm" || command.name() == "find" || command.name() == "rmdir";
    if (removes && concerns(context.text(command.range))) return true;
  }
  for (const Word& mount : run.run->mounts) {
    auto read = read_mount(mount.text);
    if (!read) continue;
    std::string target = clean_path(read->target);
    bool covers =
        concerns(target + "/") ||
        std::any_of(places.begin(), places.end(), [&](std::string_view p) { return p.starts_with(target); });
    if (covers && (read->type == MountType::cache || read->type == MountType::tmpfs)) return true;
  }
  return false;
}

// Adding to the end of the script is safe when it is one line of commands that depend on each other.
std::vector<Fix> append_fix(const LintContext& context, const RunScript& run, std::string command) {
  const ShellScript& script = run.script;
  bool simple = run.run->heredocs.empty() &&
                std::none_of(script.commands.begin(), script.commands.end(), [](const ShellCommand& c) {
                  return c.grouped || c.before == ShellOperator::background ||
                         c.before == ShellOperator::or_else || c.before == ShellOperator::pipe;
                });
  std::string_view text = context.text(script.range);
  if (!simple || text.empty() || script.commands.back().range.end != script.range.end) return {};
  return {insert("Add `" + command + "`", script.range.end, " && " + command)};
}

void check_apt_lists(LintContext& context, const RunScript& run) {
  const ShellCommand* update = find(run.script, [](const ShellCommand& c) { return is_apt(c, "update"); });
  if (!update || cleans(context, run, {"/var/lib/apt"})) return;
  context.report("AptListsLeftBehind",
                 "the package lists stay in this layer (some 20 to 50 MB): end the RUN with `rm -rf "
                 "/var/lib/apt/lists/*`, or mount a cache there",
                 update->range, append_fix(context, run, "rm -rf /var/lib/apt/lists/*"));
}

// The word after which an option can be put in.
std::uint32_t end_of_word(const ShellCommand& command, std::string_view word) {
  for (const ShellWord& one : command.words)
    if (one.text == word) return one.range.end;
  return command.words.front().range.end;
}

bool answers_yes(const ShellCommand& command) {
  return std::any_of(command.words.begin() + 1, command.words.end(), [](const ShellWord& word) {
    const std::string& text = word.text;
    if (text == "--yes" || text == "--assume-yes" || text == "--trivial-only" ||
        text.starts_with("--quiet=2") || text == "-q=2" || text == "--assume-no" ||
        text.starts_with("--simulate") || text == "--download-only")
      return true;
    bool letters = text.starts_with('-') && !text.starts_with("--") && text.find('=') == std::string::npos;
    return word.variable ||
           (letters && (text.find('y') != std::string::npos || text.find("qq") != std::string::npos));
  });
}

void check_apt_yes(LintContext& context, const RunScript& run) {
  for (std::size_t i = 0; i < run.script.commands.size(); ++i) {
    const ShellCommand& command = run.script.commands[i];
    if (!is_apt(command, "install") || command.before == ShellOperator::pipe || answers_yes(command))
      continue;
    if (context.text(run.script.range).find("APT::Get::Assume-Yes") != std::string_view::npos) continue;
    context.report(
        "AptInstallWithoutYes",
        "`" + std::string(command.name()) + " install` asks for a confirmation that never comes: add -y",
        command.range, {insert("Add -y", end_of_word(command, "install"), " -y")});
  }
}

void check_update_alone(LintContext& context, const Stage& stage) {
  const RunScript* alone = nullptr;
  for (const RunScript& run : context.runs(stage)) {
    bool updates = find(run.script, [](const ShellCommand& c) { return is_apt(c, "update"); });
    bool installs = find(run.script, [](const ShellCommand& c) { return is_apt(c, "install"); });
    if (updates && !installs && run.run->mounts.empty() && !alone) alone = &run;
    if (!installs || updates) continue;
    if (!alone) return;
    context.report(
        "AptUpdateAlone",
        "when this is cached, a changed list of packages below is installed from outdated lists: update "
        "and install in one RUN",
        alone->instruction->range, {}, {{run.instruction->range, "installed here"}});
    return;
  }
}

struct PackageManager {
  std::string_view program;
  std::string_view subcommand;
  std::string_view option;  // keeps the cache out; empty: clean afterwards
  std::string_view cleaner;
  std::string_view cache;  // the folder
};
constexpr std::array<PackageManager, 7> package_managers{
    {{"apk", "add", "--no-cache", "", "/var/cache/apk"},
     {"pip", "install", "--no-cache-dir", "", "/root/.cache"},
     {"pip3", "install", "--no-cache-dir", "", "/root/.cache"},
     {"dnf", "install", "", "dnf clean all", "/var/cache/dnf"},
     {"microdnf", "install", "", "microdnf clean all", "/var/cache"},
     {"yum", "install", "", "yum clean all", "/var/cache/yum"},
     {"zypper", "install", "", "zypper clean --all", "/var/cache/zypp"}}};

bool cleaned_by_command(const ShellScript& script, const PackageManager& manager) {
  return find(script, [&](const ShellCommand& c) {
    return (c.name() == manager.program || c.name() == "yum" || c.name() == "dnf") &&
           (c.has_word("clean") || c.has_word("purge"));
  });
}

// Whether ENV tells pip to keep no cache.
bool pip_cache_is_off(const Stage& stage, const std::vector<Stage>& stages) {
  for (const Stage* one = &stage;; one = &stages[one->base.stage]) {
    for (const Instruction* instruction : one->instructions)
      if (instruction->original.find("PIP_NO_CACHE_DIR") != std::string::npos) return true;
    if (one->base.kind != StageReference::Kind::stage) return false;
  }
}

void check_cache(LintContext& context, const Stage& stage, const RunScript& run, const ShellCommand& command,
                 const PackageManager& manager) {
  bool pip = manager.program.starts_with("pip");
  // The variants of both options that mean the same.
  bool has_option = !manager.option.empty() && (command.has_word(manager.option) ||
                                                command.has_word("--no-cache") || command.has_word("-d"));
  if (has_option || cleaned_by_command(run.script, manager)) return;
  if (cleans(context, run, {manager.cache, "/var/cache"})) return;
  if (pip && (pip_cache_is_off(stage, context.graph.stages) || run.run->mounts.size() > 0)) return;
  std::vector<Fix> fixes;
  std::string advice;
  if (!manager.option.empty()) {
    advice = "add " + std::string(manager.option);
    fixes = {insert("Add " + std::string(manager.option), end_of_word(command, manager.subcommand),
                    " " + std::string(manager.option))};
  } else {
    advice = "end the RUN with `" + std::string(manager.cleaner) + "`";
    fixes = append_fix(context, run, std::string(manager.cleaner));
  }
  context.report("PackageCacheLeftBehind",
                 "what " + std::string(manager.program) + " downloads stays in this layer: " + advice +
                     ", or mount a cache at " + std::string(manager.cache),
                 command.range, std::move(fixes));
}

void check_caches(LintContext& context, const Stage& stage, const RunScript& run) {
  for (const ShellCommand& command : run.script.commands)
    for (const PackageManager& manager : package_managers)
      if (command.name() == manager.program && command.has_word(manager.subcommand)) {
        check_cache(context, stage, run, command, manager);
        return;
      }
}

}  // namespace

void check_package_managers(LintContext& context) {
  for (const Stage& stage : context.graph.stages) {
    check_update_alone(context, stage);
    for (const RunScript& run : context.runs(stage)) {
      check_apt_yes(context, run);
      // What a stage leaves behind that is only copied from goes nowhere.
      if (!context.is_shipped(stage)) continue;
      check_apt_lists(context, run);
      check_caches(context, stage, run);
    }
  }
}

}  // namespace mbuild::parser
