#include "parser/environment.h"

#include <algorithm>
#include <array>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

// Variables that are for the builder alone: declared like any ARG, but never part of the environment.
constexpr std::array<std::string_view, 2> builder_only = {"BUILDKIT_SBOM_SCAN_CONTEXT",
                                                          "BUILDKIT_SBOM_SCAN_STAGE"};

bool is_builder_only(std::string_view name) {
  return std::find(builder_only.begin(), builder_only.end(), name) != builder_only.end();
}

std::optional<std::string> find(const std::map<std::string, std::string>& map, const std::string& name) {
  auto found = map.find(name);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

std::expected<std::string, EnvironmentError> expand_word(const Word& word, const VariableLookup& lookup,
                                                         char escape, std::vector<std::string>& unset) {
  auto result = expand(word.text, lookup, {.escape = escape});
  if (!result) return std::unexpected(EnvironmentError{&word, std::move(result).error()});
  for (std::string& name : result->unset)
    if (std::find(unset.begin(), unset.end(), name) == unset.end()) unset.push_back(std::move(name));
  return std::move(result->text);
}

}  // namespace

bool is_proxy_variable(std::string_view name) {
  constexpr std::array<std::string_view, 5> names = {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                                     "all_proxy"};
  return std::find(names.begin(), names.end(), to_lower(name)) != names.end();
}

void BuildEnvironment::set(std::string name, std::string value) {
  variables_.insert_or_assign(std::move(name), std::move(value));
}

std::expected<Assignments, EnvironmentError> BuildEnvironment::apply(const EnvInstruction& env, char escape,
                                                                     std::vector<std::string>& unset) {
  Assignments assignments;
  const VariableLookup before = lookup();
  for (const KeyValue& variable : env.variables) {
    auto name = expand_word(variable.key, before, escape, unset);
    if (!name) return std::unexpected(std::move(name).error());
    Assignment& assignment = assignments.emplace_back(std::move(*name), "");
    if (!variable.value) continue;
    auto value = expand_word(*variable.value, before, escape, unset);
    if (!value) return std::unexpected(std::move(value).error());
    assignment.value = std::move(*value);
  }
  for (const Assignment& assignment : assignments) set(assignment.name, *assignment.value);
  return assignments;
}

std::expected<Assignments, EnvironmentError> BuildEnvironment::apply(const ArgInstruction& arg, char escape,
                                                                     std::vector<std::string>& unset) {
  Assignments assignments;
  for (const KeyValue& argument : arg.arguments) {
    Assignment assignment{argument.key.text, find(*build_args_, argument.key.text)};
    if (!assignment.value && argument.value) {
      auto value = expand_word(*argument.value, lookup(), escape, unset);
      if (!value) return std::unexpected(std::move(value).error());
      assignment.value = std::move(*value);
    } else if (!assignment.value) {
      assignment.value = find(*global_values_, assignment.name);
    }
    declare(assignment);
    if (assignment.value && !is_builder_only(assignment.name)) set(assignment.name, *assignment.value);
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

std::optional<std::string> BuildEnvironment::get(std::string_view name) const {
  auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

VariableLookup BuildEnvironment::lookup() const {
  return [this](std::string_view name) { return get(name); };
}

void BuildEnvironment::declare(const Assignment& assignment) {
  auto [place, added] = declared_index_.emplace(assignment.name, declared_.size());
  if (added)
    declared_.push_back(assignment);
  else
    declared_[place->second].value = assignment.value;
}

bool BuildEnvironment::is_declared(std::string_view name) const {
  return declared_index_.contains(name);
}

std::vector<std::pair<std::string, std::string>> BuildEnvironment::arguments() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Assignment& argument : declared_) {
    auto found = variables_.find(argument.name);
    result.emplace_back(argument.name,
                        found != variables_.end() ? found->second : argument.value.value_or(""));
  }
  return result;
}

std::expected<void, EnvironmentError> apply_global(const ArgInstruction& arg, char escape,
                                                   const std::map<std::string, std::string>& build_args,
                                                   std::map<std::string, std::string>& values,
                                                   std::vector<std::string>& unset) {
  const VariableLookup lookup = [&](std::string_view name) { return find(values, std::string(name)); };
  for (const KeyValue& argument : arg.arguments) {
    std::optional<std::string> value = find(build_args, argument.key.text);
    if (!value && argument.value) {
      auto expanded = expand_word(*argument.value, lookup, escape, unset);
      if (!expanded) return std::unexpected(std::move(expanded).error());
      value = std::move(*expanded);
    }
    if (value) values.insert_or_assign(argument.key.text, std::move(*value));
  }
  return {};
}

}  // namespace mbuild::parser
