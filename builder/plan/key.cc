#include "builder/plan/key.h"

#include <fmt/format.h>

namespace mbuild::builder {

namespace {

void append_sized(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

std::string join_sized(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) append_sized(out, word);
  return out;
}

std::string_view name_of(RunMount::Type type) {
  switch (type) {
    case RunMount::Type::bind:
      return "bind";
    case RunMount::Type::cache:
      return "cache";
    case RunMount::Type::tmpfs:
      return "tmpfs";
    case RunMount::Type::secret:
      return "secret";
    case RunMount::Type::ssh:
      return "ssh";
  }
  return "";
}

// The content of bind sources is keyed where it is known, when the op runs; here only what is written down.
std::string describe(const RunMount& mount) {
  return join_sized({std::string(name_of(mount.type)), mount.source, mount.target,
                     mount.read_only ? "ro" : "rw", mount.id,
                     fmt::format("{} {} {:o} {}:{} {}", static_cast<int>(mount.sharing), mount.required,
                                 mount.mode, mount.uid, mount.gid, mount.size_bytes),
                     mount.environment});
}

class DefinitionWriter {
 public:
  explicit DefinitionWriter(KeyInputs& inputs) : inputs_(inputs) {}

  void operator()(const ScratchOp&) { inputs_.add("kind", "scratch"); }
  void operator()(const ImageOp& op) {
    inputs_.add("kind", "image");
    inputs_.add("image " + op.image->name, op.image->digest);
  }
  void operator()(const ContextOp& op) {
    inputs_.add("kind", "context");
    inputs_.add("context", op.name);
  }
  void operator()(const HttpOp& op) {
    inputs_.add("kind", "http");
    inputs_.add("url", op.url);
  }
  void operator()(const GitOp& op) {
    inputs_.add("kind", "git");
    inputs_.add("repository", op.repository.display());
  }
  void operator()(const WorkdirOp& op) {
    inputs_.add("kind", "workdir");
    inputs_.add("path", op.path);
    inputs_.add("user", op.user);
  }
  void operator()(const CopyOp& op) {
    inputs_.add("kind", op.add ? "add" : "copy");
    inputs_.add("destination", op.destination);
    inputs_.add("--chown", op.chown);
    inputs_.add("--chmod", op.chmod);
    std::string unpacked;  // of the sources, in order
    for (const CopySource& source : op.sources) unpacked += source.unpack ? 'u' : '-';
    inputs_.add("options", fmt::format("link={} parents={} unpack={}", op.link, op.parents, unpacked));
    for (const InlineFile& file : op.inline_files) inputs_.add("<<" + file.name, file.text);
  }
  void operator()(const RunOp& op) {
    inputs_.add("kind", "run");
    inputs_.add("command", join_sized(op.argv));
    for (const auto& [name, value] : op.env) inputs_.add("variable " + name, value);
    inputs_.add("user", op.user);
    inputs_.add("working directory", op.cwd);
    inputs_.add("--network", op.network);
    inputs_.add("--security", op.insecure ? "insecure" : "sandbox");
    // Only what is there: options that nobody gave leave keys as they are.
    if (!op.hostname.empty()) inputs_.add("host name", op.hostname);
    for (const auto& [name, address] : op.hosts) inputs_.add("--add-host", name);  // names only (C2)
    for (const RunMount& mount : op.mounts) inputs_.add("--mount " + mount.target, describe(mount));
    for (const RunScript& script : op.scripts) inputs_.add("<<" + script.name, script.text);
  }

 private:
  KeyInputs& inputs_;
};

}  // namespace

void KeyInputs::append(const KeyInputs& other) {
  inputs_.insert(inputs_.end(), other.inputs_.begin(), other.inputs_.end());
}

oci::Digest KeyInputs::digest() const {
  std::string encoded(kKeyVersion);
  for (const auto& [name, value] : inputs_) {
    append_sized(encoded, name);
    append_sized(encoded, value);
  }
  return oci::Digest::of(encoded);
}

KeyInputs definition_of(const Op& op) {
  KeyInputs inputs;
  std::visit(DefinitionWriter(inputs), op.body);
  // A copy is the same on every platform (SEMANTICS C2); what runs is not.
  if (std::holds_alternative<RunOp>(op.body)) inputs.add("platform", op.platform.str());
  return inputs;
}

std::string step_identity(const Op& op, std::size_t position) {
  return fmt::format("{}/{}/{}", op.stage, op.body.index(), position);
}

}  // namespace mbuild::builder
