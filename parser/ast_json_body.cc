#include "parser/ast_json_body.h"

#include "parser/diagnostic_json.h"

namespace mbuild::parser {

namespace {

constexpr JsonWriter::Layout line = JsonWriter::Layout::line;

void write_flag(JsonWriter& writer, std::string_view key, bool value) {
  writer.key(key);
  writer.boolean(value);
}

void write_number(JsonWriter& writer, std::string_view key, long long value) {
  writer.key(key);
  writer.number(value);
}

void write_word(JsonWriter& writer, const Word& word) {
  writer.begin_object(line);
  write(writer, "text", word.text);
  write(writer, "range", word.range);
  writer.end();
}
void write_word(JsonWriter& writer, std::string_view key, const Word& word) {
  writer.key(key);
  write_word(writer, word);
}
void write_word(JsonWriter& writer, std::string_view key, const std::optional<Word>& word) {
  if (word) write_word(writer, key, *word);
}

void write_words(JsonWriter& writer, std::string_view key, const std::vector<Word>& words) {
  writer.key(key);
  writer.begin_array();
  for (const Word& word : words) write_word(writer, word);
  writer.end();
}

void write_pairs(JsonWriter& writer, std::string_view key, const std::vector<KeyValue>& pairs) {
  writer.key(key);
  writer.begin_array();
  for (const KeyValue& pair : pairs) {
    writer.begin_object(line);
    write_word(writer, "key", pair.key);
    write_word(writer, "value", pair.value);
    writer.end();
  }
  writer.end();
}

void write_strings(JsonWriter& writer, std::string_view key, const std::vector<std::string>& strings) {
  writer.key(key);
  writer.begin_array(line);
  for (const std::string& string : strings) writer.string(string);
  writer.end();
}

void write_command(JsonWriter& writer, const Command& command) {
  writer.key("command");
  writer.begin_object(line);
  write_flag(writer, "exec_form", command.exec_form);
  write_strings(writer, "words", command.words);
  write(writer, "range", command.range);
  writer.end();
}

void write_heredocs(JsonWriter& writer, const std::vector<Heredoc>& heredocs) {
  writer.key("heredocs");
  writer.begin_array();
  for (const Heredoc& heredoc : heredocs) {
    writer.begin_object(line);
    write(writer, "name", heredoc.name);
    write(writer, "body", heredoc.body);
    write_flag(writer, "expand", heredoc.expand);
    write_flag(writer, "strip_tabs", heredoc.strip_tabs);
    write(writer, "descriptor", heredoc.descriptor);
    write(writer, "range", heredoc.range);
    write(writer, "body_range", heredoc.body_range);
    writer.end();
  }
  writer.end();
}

struct BodyWriter {
  JsonWriter& writer;

  void operator()(const FromInstruction& from) const {
    write_word(writer, "image", from.image);
    write_word(writer, "stage_name", from.stage_name);
    if (from.stage_name) write(writer, "as_range", from.as_range);
    write_word(writer, "platform", from.platform);
  }
  void operator()(const ArgInstruction& arg) const { write_pairs(writer, "arguments", arg.arguments); }
  void operator()(const EnvInstruction& env) const {
    write_pairs(writer, "variables", env.variables);
    write_flag(writer, "legacy_form", env.legacy_form);
  }
  void operator()(const LabelInstruction& label) const {
    write_pairs(writer, "labels", label.labels);
    write_flag(writer, "legacy_form", label.legacy_form);
  }
  void operator()(const RunInstruction& run) const {
    write_command(writer, run.command);
    write_heredocs(writer, run.heredocs);
    write_words(writer, "mounts", run.mounts);
    write_word(writer, "network", run.network);
    write_word(writer, "security", run.security);
    write_words(writer, "devices", run.devices);
  }
  void operator()(const CopyInstruction& copy) const {
    write_words(writer, "sources", copy.sources);
    write_word(writer, "destination", copy.destination);
    write_flag(writer, "json_form", copy.json_form);
    write_heredocs(writer, copy.heredocs);
    write_word(writer, "from", copy.from);
    write_word(writer, "chown", copy.chown);
    write_word(writer, "chmod", copy.chmod);
    write_flag(writer, "link", copy.link);
    write_flag(writer, "parents", copy.parents);
    write_words(writer, "exclude", copy.exclude);
    write_word(writer, "checksum", copy.checksum);
    if (copy.keep_git_dir) write_flag(writer, "keep_git_dir", *copy.keep_git_dir);
    if (copy.unpack) write_flag(writer, "unpack", *copy.unpack);
  }
  void operator()(const WorkdirInstruction& workdir) const { write_word(writer, "path", workdir.path); }
  void operator()(const UserInstruction& user) const { write_word(writer, "user", user.user); }
  void operator()(const CmdInstruction& cmd) const { write_command(writer, cmd.command); }
  void operator()(const EntrypointInstruction& entrypoint) const {
    write_command(writer, entrypoint.command);
  }
  void operator()(const ExposeInstruction& expose) const { write_words(writer, "ports", expose.ports); }
  void operator()(const VolumeInstruction& volume) const {
    write_words(writer, "paths", volume.paths);
    write_flag(writer, "json_form", volume.json_form);
  }
  void operator()(const StopSignalInstruction& stop) const { write_word(writer, "signal", stop.signal); }
  void operator()(const HealthcheckInstruction& healthcheck) const {
    write_flag(writer, "none", healthcheck.none);
    if (healthcheck.none) return;
    write_command(writer, healthcheck.command);
    write_number(writer, "interval", healthcheck.interval);
    write_number(writer, "timeout", healthcheck.timeout);
    write_number(writer, "start_period", healthcheck.start_period);
    write_number(writer, "start_interval", healthcheck.start_interval);
    write_number(writer, "retries", healthcheck.retries);
  }
  void operator()(const ShellInstruction& shell) const { write_strings(writer, "shell", shell.shell); }
  void operator()(const MaintainerInstruction& maintainer) const {
    write_word(writer, "name", maintainer.name);
  }
  void operator()(const OnbuildInstruction&) const {}
};

}  // namespace

void write_body(JsonWriter& writer, const InstructionBody& body) {
  std::visit(BodyWriter{writer}, body);
}

}  // namespace mbuild::parser
