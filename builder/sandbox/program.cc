#include "builder/sandbox/program.h"

#include <algorithm>
#include <string_view>

namespace mbuild::builder {

namespace {

bool holds_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

// The last PATH counts, as it does for the shell that reads the environment.
std::string_view search_path(const std::vector<std::string>& environment) {
  constexpr std::string_view key = "PATH=";
  std::string_view path;
  for (const std::string_view variable : environment) {
    if (variable.starts_with(key)) path = variable.substr(key.size());
  }
  return path;
}

// Relative directories are passed over: Go's LookPath, which runc uses, refuses what it finds there.
std::vector<std::string> candidates(const std::string& name, std::string_view path) {
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> result;
  while (!path.empty() && !name.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string_view directory = path.substr(0, end);
    if (directory.starts_with('/')) result.push_back(std::string(directory) + "/" + name);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

// execve(2) does not write to the strings, though its type would let it.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<Program> Program::from(const SandboxSpec& spec) {
  if (spec.argv.empty()) return fail(ErrorKind::invalid_input, "run a step: no command");
  if (std::ranges::any_of(spec.argv, holds_nul) || std::ranges::any_of(spec.env, holds_nul) ||
      holds_nul(spec.cwd)) {
    return fail(ErrorKind::invalid_input, "run a step: a NUL byte in its command, environment or directory");
  }
  Program program;
  program.candidates_ = candidates(spec.argv.front(), search_path(spec.env));
  for (const std::string& candidate : program.candidates_) program.programs_.push_back(candidate.c_str());
  program.programs_.push_back(nullptr);
  program.arguments_ = pointers(spec.argv);
  program.environment_ = pointers(spec.env);
  program.directory_ = spec.cwd.c_str();
  return program;
}

void Program::fill(ChildPlan& plan) const {
  plan.programs = programs_.data();
  plan.arguments = arguments_.data();
  plan.environment = environment_.data();
  plan.directory = directory_;
}

}  // namespace mbuild::builder
