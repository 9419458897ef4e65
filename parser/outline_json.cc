// Outlines and targets as buildx writes them (moby: frontend/subrequests/{outline,targets}).
#include "parser/location_json.h"
#include "parser/outline.h"

namespace mbuild::parser {

namespace {

void write_text(JsonWriter& writer, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  writer.key(key);
  writer.string(value);
}

void write_true(JsonWriter& writer, std::string_view key, bool value) {
  if (!value) return;
  writer.key(key);
  writer.boolean(true);
}

void write_sources(JsonWriter& writer, const Source& source) {
  writer.key("sources");
  writer.begin_array();
  writer.string(base64(source.text()));
  writer.end();
}

void write_requirements(JsonWriter& writer, const Source& source, std::string_view key,
                        const std::vector<Outline::Requirement>& list) {
  if (list.empty()) return;
  writer.key(key);
  writer.begin_array();
  for (const Outline::Requirement& one : list) {
    writer.begin_object();
    write_text(writer, "name", one.name);
    write_true(writer, "required", one.required);
    write_location(writer, source, one.range);
    writer.end();
  }
  writer.end();
}

void write_arguments(JsonWriter& writer, const Source& source,
                     const std::vector<Outline::Argument>& arguments) {
  if (arguments.empty()) return;
  writer.key("args");
  writer.begin_array();
  for (const Outline::Argument& argument : arguments) {
    writer.begin_object();
    write_text(writer, "name", argument.name);
    write_text(writer, "description", argument.description);
    write_text(writer, "value", argument.value);
    write_location(writer, source, argument.range);
    writer.end();
  }
  writer.end();
}

void write_caches(JsonWriter& writer, const Source& source, const std::vector<Outline::Cache>& caches) {
  if (caches.empty()) return;
  writer.key("cache");
  writer.begin_array();
  for (const Outline::Cache& cache : caches) {
    writer.begin_object();
    write_text(writer, "ID", cache.id);
    write_location(writer, source, cache.range);
    writer.end();
  }
  writer.end();
}

}  // namespace

std::string to_json(const std::vector<TargetSummary>& targets, const Source& source) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("targets");
  writer.begin_array();
  for (const TargetSummary& target : targets) {
    writer.begin_object();
    write_text(writer, "name", target.name);
    write_true(writer, "default", target.is_default);
    write_text(writer, "description", target.description);
    write_text(writer, "base", target.base);
    write_text(writer, "platform", target.platform);
    write_location(writer, source, target.range);
    writer.end();
  }
  writer.end();
  write_sources(writer, source);
  writer.end();
  return writer.text() + "\n";
}

std::string to_json(const Outline& outline, const Source& source) {
  JsonWriter writer;
  writer.begin_object();
  write_text(writer, "name", outline.name);
  write_text(writer, "description", outline.description);
  write_arguments(writer, source, outline.arguments);
  write_requirements(writer, source, "secrets", outline.secrets);
  write_requirements(writer, source, "ssh", outline.ssh);
  write_caches(writer, source, outline.caches);
  write_sources(writer, source);
  writer.end();
  return writer.text() + "\n";
}

}  // namespace mbuild::parser
