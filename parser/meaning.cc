#include "parser/meaning.h"

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

// Values one after the other, each with its length, so that no two lists of values give the same text.
class Writer {
 public:
  void add(std::string_view text) { result_.append(std::to_string(text.size())).append(1, ':').append(text); }
  void add(bool value) { result_ += value ? '1' : '0'; }
  void add(long long value) { add(std::to_string(value)); }
  void add(const Word& word) { add(word.text); }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const KeyValue& pair) {
    add(pair.key);
    add(pair.value);
  }
  void add(const Heredoc& heredoc) {
    add(heredoc.name);
    add(heredoc.body);
    add(heredoc.expand);
    add(heredoc.strip_tabs);
    add(heredoc.descriptor);
  }
  void add(const Command& command) {
    add(command.exec_form);
    add(command.words);
  }
  void add(const Flag& flag) {
    add(flag.name);
    add(flag.value);
  }
  template <class T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  template <class T>
  void add(const std::vector<T>& list) {
    add(static_cast<long long>(list.size()));
    for (const T& one : list) add(one);
  }
  template <class... T>
  void all(const T&... values) {
    (add(values), ...);
  }

  void add(const Instruction& instruction);

  std::string finish() { return std::move(result_); }

 private:
  void body(const FromInstruction& from) { all(from.image, from.stage_name, from.platform); }
  void body(const ArgInstruction& arg) { add(arg.arguments); }
  void body(const EnvInstruction& env) { all(env.variables, env.legacy_form); }
  void body(const LabelInstruction& label) { all(label.labels, label.legacy_form); }
  void body(const RunInstruction& run) {
    all(run.command, run.heredocs, run.mounts, run.network, run.security, run.devices);
  }
  void body(const CopyInstruction& copy) {
    all(copy.add, copy.sources, copy.destination, copy.json_form, copy.heredocs, copy.from, copy.chown,
        copy.chmod, copy.link, copy.parents, copy.exclude, copy.checksum, copy.keep_git_dir, copy.unpack);
  }
  void body(const WorkdirInstruction& workdir) { add(workdir.path); }
  void body(const UserInstruction& user) { add(user.user); }
  void body(const CmdInstruction& cmd) { add(cmd.command); }
  void body(const EntrypointInstruction& entrypoint) { add(entrypoint.command); }
  void body(const ExposeInstruction& expose) { add(expose.ports); }
  void body(const VolumeInstruction& volume) { all(volume.paths, volume.json_form); }
  void body(const StopSignalInstruction& signal) { add(signal.signal); }
  void body(const HealthcheckInstruction& health) {
    all(health.none, health.command, health.interval, health.timeout, health.start_period,
        health.start_interval, static_cast<long long>(health.retries));
  }
  void body(const ShellInstruction& shell) { add(shell.shell); }
  void body(const MaintainerInstruction& maintainer) { add(maintainer.name); }
  void body(const OnbuildInstruction& onbuild) { all(onbuild.trigger, *onbuild.inner); }

  std::string result_;
};

void Writer::add(const Instruction& instruction) {
  add(instruction.keyword);
  std::visit([this](const auto& value) { body(value); }, instruction.body);
  add(instruction.flags);
  add(static_cast<long long>(instruction.comments.size()));
  for (const Comment& comment : instruction.comments) add(trim(comment.text));
}

}  // namespace

std::string meaning_of(const Instruction& instruction) {
  Writer writer;
  writer.add(instruction);
  return writer.finish();
}

std::string meaning_of(const Dockerfile& dockerfile) {
  Writer writer;
  for (const Directive& directive : dockerfile.directives) writer.all(directive.name, directive.value);
  writer.add(std::string(1, dockerfile.escape));
  writer.add(dockerfile.instructions);
  return writer.finish();
}

}  // namespace mbuild::parser
