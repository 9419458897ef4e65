#include "builder/build/provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "builder/export/attestation.h"
#include "parser/remote_source.h"
#include "registry/base/json_writer.h"
#include "registry/oci/reference.h"
#include "registry/remote/base64.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kBuildType =
    "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";

// The ops that the image comes from, in the plan's order.
std::vector<const Op*> ops_behind(const Plan& plan, OpId result) {
  std::vector<bool> needed(plan.ops.size(), false);
  needed[result] = true;
  for (std::size_t i = plan.ops.size(); i-- > 0;)
    if (needed[i])
      for (OpId input : plan.ops[i].inputs()) needed[input] = true;
  std::vector<const Op*> ops;
  for (const Op& op : plan.ops)
    if (needed[op.id]) ops.push_back(&op);
  return ops;
}

template <class Body>
bool has_any(const std::vector<const Op*>& ops) {
  return std::any_of(ops.begin(), ops.end(),
                     [](const Op* op) { return std::holds_alternative<Body>(op->body); });
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "https://user:token@host/x" -> "https://xxxxx:xxxxx@host/x", as BuildKit hides them.
std::string without_credentials(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t begin = scheme + 3, slash = text.find('/', begin);
  const std::size_t at = text.rfind('@', slash == std::string::npos ? slash : slash - 1);
  if (at == std::string::npos || at < begin) return text;
  return text.substr(0, begin) + "xxxxx:xxxxx" + text.substr(at);
}

// The frontend's options that mode=min tells of; mode=max tells of all.
std::map<std::string, std::string> request_args(const BuildRequest& request, bool full) {
  std::map<std::string, std::string> args;
  for (const auto& [name, source] : request.build_contexts)
    args["context:" + name] = without_credentials(source);
  if (!full) return args;
  for (const auto& [name, value] : request.build_args) args["build-arg:" + name] = value;
  for (const auto& [name, value] : request.labels) args["label:" + name] = value;
  if (!request.target.empty()) args["target"] = request.target;
  if (!request.platform.empty()) args["platform"] = request.platform;
  if (request.no_cache) args["no-cache"] = "";
  if (!request.network.empty()) args["force-network-mode"] = request.network;
  return args;
}

void write_secrets(JsonWriter& json, const std::vector<const Op*>& ops) {
  std::map<std::string, bool> secrets, agents;  // id -> whether a step cannot do without
  for (const Op* op : ops)
    if (const auto* run = std::get_if<RunOp>(&op->body))
      for (const RunMount& mount : run->mounts) {
        if (mount.type == RunMount::Type::secret) secrets[mount.id] |= mount.required;
        if (mount.type == RunMount::Type::ssh) agents[mount.id] |= mount.required;
      }
  for (const auto& [key, ids] : {std::pair("secrets", &secrets), std::pair("ssh", &agents)}) {
    if (ids->empty()) continue;
    json.key(key).begin_array();
    for (const auto& [id, required] : *ids) {
      json.begin_object().key("id").value(id);
      if (!required) json.key("optional").value(true);
      json.end_object();
    }
    json.end_array();
  }
}

std::string name_of(const ContextOp& context) {
  return context.name.empty() ? "context" : context.name;
}

bool is_local(const ContextOp& context) {
  return parser::context_kind(context.location) == parser::SourceKind::local;
}

void write_locals(JsonWriter& json, const BuildRequest& request, const std::vector<const Op*>& ops) {
  std::set<std::string> locals;
  for (const Op* op : ops)
    if (const auto* context = std::get_if<ContextOp>(&op->body); context && is_local(*context))
      locals.insert(name_of(*context));
  if (!request.dockerfile_text) locals.insert("dockerfile");
  if (locals.empty()) return;
  json.key("locals").begin_array();
  for (const std::string& name : locals) json.begin_object().key("name").value(name).end_object();
  json.end_array();
}

void write_dependencies(JsonWriter& json, const std::vector<const Op*>& ops) {
  std::map<std::string, oci::Digest> dependencies;
  for (const Op* op : ops) {
    const auto* source = std::get_if<ImageOp>(&op->body);
    if (!source) continue;
    const auto name = oci::Reference::parse(source->image->name);
    dependencies[name ? image_purl(*name, op->platform) : source->image->name] = source->image->digest;
  }
  if (dependencies.empty()) return;
  json.key("resolvedDependencies").begin_array();
  for (const auto& [uri, digest] : dependencies) {
    json.begin_object().key("uri").value(uri);
    json.key("digest").begin_object().key("sha256").value(digest.hex()).end_object().end_object();
  }
  json.end_array();
}

// What the op does, in the shape of BuildKit's LLB.
struct WriteWork {
  JsonWriter& json;

  void operator()(const ScratchOp&) const { source("scratch"); }
  void operator()(const ImageOp& op) const {
    source("docker-image://" + op.image->name + "@" + op.image->digest.str());
  }
  void operator()(const ContextOp& op) const {
    source(is_local(op) ? "local://" + name_of(op) : parser::without_password(op.location));
  }
  void operator()(const RunOp& op) const {
    json.key("exec").begin_object().key("meta").begin_object();
    json.nonempty("args", op.argv);
    std::vector<std::string> env;
    for (const auto& [name, value] : op.env) env.push_back(name + "=" + value);
    json.nonempty("env", env);
    json.key("cwd").value(op.cwd);
    json.nonempty("user", op.user);
    json.end_object().end_object();
  }
  void operator()(const CopyOp& op) const {
    json.key("file").begin_object().key("actions").begin_array();
    for (const CopySource& source : op.sources)
      for (const std::string& path : source.paths) copy(path, op.destination);
    for (const InlineFile& file : op.inline_files) copy("<<" + file.name, op.destination);
    json.end_array().end_object();
  }
  void operator()(const WorkdirOp& op) const {
    json.key("file").begin_object().key("actions").begin_array().begin_object();
    json.key("mkdir").begin_object().key("path").value(op.path).end_object();
    json.end_object().end_array().end_object();
  }
  void operator()(const HttpOp& op) const { source(parser::without_password(op.url)); }
  void operator()(const GitOp& op) const { source(op.repository.display()); }

 private:
  void source(const std::string& identifier) const {
    json.key("source").begin_object().key("identifier").value(identifier).end_object();
  }
  void copy(const std::string& from, const std::string& to) const {
    json.begin_object().key("copy").begin_object();
    json.key("src").value(from).key("dest").value(to).end_object().end_object();
  }
};

std::map<OpId, std::string> step_names(const std::vector<const Op*>& ops) {
  std::map<OpId, std::string> names;
  for (const Op* op : ops) names[op->id] = fmt::format("step{}", names.size());
  return names;
}

void write_steps(JsonWriter& json, const std::vector<const Op*>& ops) {
  const auto names = step_names(ops);
  json.key("buildConfig").begin_object().key("llbDefinition").begin_array();
  for (const Op* op : ops) {
    json.begin_object().key("id").value(names.at(op->id));
    json.key("op").begin_object().key("Op").begin_object();
    std::visit(WriteWork{json}, op->body);
    json.end_object().end_object();
    std::vector<std::string> inputs;
    for (OpId input : op->inputs()) inputs.push_back(names.at(input) + ":0");
    json.nonempty("inputs", inputs);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_sources(JsonWriter& json, const parser::Dockerfile& dockerfile,
                   const std::vector<const Op*>& ops) {
  const auto names = step_names(ops);
  json.key("source").begin_object().key("locations").begin_object();
  for (const Op* op : ops) {
    if (!op->source || op->source->first == 0) continue;
    json.key(names.at(op->id)).begin_object().key("locations").begin_array().begin_object();
    json.key("ranges").begin_array().begin_object();
    for (const auto& [key, line] :
         {std::pair("start", op->source->first), std::pair("end", op->source->last)})
      json.key(key).begin_object().key("line").value(static_cast<std::uint64_t>(line)).end_object();
    json.end_object().end_array().end_object().end_array().end_object();
  }
  json.end_object();
  json.key("infos").begin_array().begin_object();
  json.key("filename").value(base_name(dockerfile.source.name()));
  json.key("language").value("Dockerfile");
  json.key("data").value(remote::base64_encode(dockerfile.source.text()));
  json.end_object().end_array().end_object();
}

void write_descriptor(JsonWriter& json, const oci::Descriptor& layer) {
  json.begin_object().key("mediaType").value(layer.media_type);
  json.key("digest").value(layer.digest.str()).key("size").value(layer.size).end_object();
}

// Of each step that made a layer: the layers up to it.
void write_layers(JsonWriter& json, const PlannedImage& image, const std::vector<const Op*>& ops,
                  const std::vector<oci::Descriptor>& layers) {
  const auto names = step_names(ops);
  std::vector<OpId> makers;
  for (const PlannedHistory& entry : image.history)
    if (entry.layer) makers.push_back(*entry.layer);
  if (layers.empty() || layers.size() < makers.size()) return;
  json.key("layers").begin_object();
  for (std::size_t i = 0; i < makers.size(); ++i) {
    json.key(names.at(makers[i]) + ":0").begin_array().begin_array();
    for (std::size_t layer = 0; layer <= layers.size() - makers.size() + i; ++layer)
      write_descriptor(json, layers[layer]);
    json.end_array().end_array();
  }
  json.end_object();
}

void write_metadata(JsonWriter& json, const ProvenanceFacts& facts, const std::vector<const Op*>& ops,
                    const std::vector<oci::Descriptor>& layers) {
  const ProvenanceRequest& wanted = *facts.request->provenance;
  // Digests of downloads and commits of repositories are not among the materials.
  const bool complete = !has_any<ContextOp>(ops) && !has_any<HttpOp>(ops) && !has_any<GitOp>(ops);
  const bool offline = std::all_of(ops.begin(), ops.end(), [](const Op* op) {
    const auto* run = std::get_if<RunOp>(&op->body);
    return !run || run->network == "none";
  });
  json.key("metadata").begin_object();
  json.key("invocationId").value(facts.invocation_id);
  json.key("startedOn").value(facts.started.str());
  json.key("finishedOn").value(facts.finished.str());
  json.key("buildkit_metadata").begin_object();
  if (wanted.full) {
    write_sources(json, *facts.dockerfile, ops);
    write_layers(json, facts.plan->images[facts.image], ops, layers);
  }
  json.end_object();
  json.key("buildkit_hermetic").value(complete && offline);
  json.key("buildkit_completeness").begin_object();
  json.key("request").value(wanted.full).key("resolvedDependencies").value(complete).end_object();
  json.key("buildkit_reproducible").value(wanted.reproducible);
  json.end_object();
}

}  // namespace

std::string provenance_predicate(const ProvenanceFacts& facts, const std::vector<oci::Descriptor>& layers) {
  const BuildRequest& request = *facts.request;
  const bool full = request.provenance->full;
  const auto ops = ops_behind(*facts.plan, facts.plan->images[facts.image].result);
  JsonWriter json;
  json.begin_object().key("buildDefinition").begin_object();
  json.key("buildType").value(kBuildType);
  json.key("externalParameters").begin_object();
  json.key("configSource").begin_object();
  json.key("path").value(base_name(facts.dockerfile->source.name())).end_object();
  json.key("request").begin_object().key("frontend").value("dockerfile.v0");
  json.nonempty("args", request_args(request, full));
  if (full) write_secrets(json, ops);
  write_locals(json, request, ops);
  json.end_object().end_object();
  json.key("internalParameters").begin_object();
  json.key("builderPlatform").value(oci::Platform::host().str());
  if (full) write_steps(json, ops);
  json.end_object();
  write_dependencies(json, ops);
  json.end_object();

  json.key("runDetails").begin_object();
  json.key("builder").begin_object().key("id").value(request.provenance->builder_id).end_object();
  write_metadata(json, facts, ops, layers);
  json.end_object().end_object();
  return json.take();
}

}  // namespace mbuild::builder
