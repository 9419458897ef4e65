#include "cli/lsp/settings.h"

#include <boost/json.hpp>

#include <algorithm>

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

std::string text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

bool flag(const json::object& object, std::string_view name, bool otherwise) {
  const json::value* value = object.if_contains(name);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

template <typename Each>
void each_text(const json::object& object, std::string_view name, Each each) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_object()) return;
  for (const auto& [key, item] : value->get_object())
    if (item.is_string()) each(std::string(key), std::string(item.get_string()));
}

}  // namespace

Settings read_settings(const json::value& section) {
  Settings settings;
  if (!section.is_object()) return settings;
  const json::object& given = section.get_object();
  each_text(given, "buildArgs", [&](std::string name, std::string value) {
    settings.arguments.push_back("--build-arg=" + name + "=" + value);
    settings.analysis.stages.build_args[std::move(name)] = std::move(value);
  });
  each_text(given, "buildContexts", [&](std::string name, std::string value) {
    settings.arguments.push_back("--build-context=" + name + "=" + value);
    settings.analysis.stages.named_contexts.push_back(std::move(name));
  });
  settings.analysis.stages.target = text(given, "target");
  settings.context = text(given, "context");
  settings.hints = flag(given, "hints", true);
  settings.lenses = flag(given, "lenses", true);
  if (const json::value* rules = given.if_contains("rules"); rules && rules->is_array())
    for (const json::value& rule : rules->get_array())
      if (rule.is_string()) settings.analysis.enable.emplace_back(rule.get_string());
  if (const json::value* indent = given.if_contains("indent"); indent && indent->is_int64())
    settings.format.indent = static_cast<unsigned>(std::clamp<std::int64_t>(indent->get_int64(), 0, 16));
  return settings;
}

}  // namespace mbuild::cli::lsp
