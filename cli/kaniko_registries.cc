#include "cli/kaniko_registries.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "builder/images.h"
#include "parser/parse.h"
#include "registry/base/json_writer.h"

namespace mbuild::cli {

namespace {

using Mirrors = std::map<std::string, std::vector<std::string>>;

// "a.example=b.example;a.example=c.example" adds to what is known.
Result<void> add_maps(const std::string& text, Mirrors& mirrors) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == pair.size())
      return fail(ErrorKind::invalid_input, fmt::format("--registry-map {}: must be REGISTRY=MIRROR", text));
    std::string from(pair.substr(0, equals));
    if (from == "index.docker.io") from = "docker.io";
    mirrors[from].emplace_back(pair.substr(equals + 1));
  }
  return {};
}

// The registries that the Dockerfile's FROM lines name as they stand.
std::vector<std::string> base_registries(const std::string& dockerfile) {
  std::ifstream file(dockerfile, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::vector<std::string> registries;
  for (const parser::Instruction& instruction :
       parser::parse(parser::Source(dockerfile, text)).dockerfile.instructions)
    if (const auto* from = std::get_if<parser::FromInstruction>(&instruction.body))
      if (const auto name = builder::parse_image_name(from->image.text)) registries.push_back(name->registry);
  return registries;
}

std::string registries_json(const Mirrors& mirrors, bool fallback) {
  JsonWriter json(2);
  json.begin_object().key("mirrors").begin_object();
  for (const auto& [from, to] : mirrors) {
    json.key(from).begin_array();
    for (const std::string& mirror : to) json.value(mirror);
    json.end_array();
  }
  json.end_object().key("fallback").begin_object();
  for (const auto& [from, to] : mirrors) json.key(from).value(fallback);
  json.end_object().end_object();
  return json.take();
}

Result<void> copy(const std::string& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::create_directories(to.parent_path(), error);
  if (!error) std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, error);
  if (error) return fail_errno(error.value(), "read " + from);
  return {};
}

// HOST=FILE[,FILE]: where `names` go in the host's folder of certs.d.
Result<void> add_certificates(const std::vector<std::string>& given, const std::string& option,
                              const std::vector<const char*>& names, const std::string& certificates) {
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    std::string rest = equals == std::string::npos ? "" : text.substr(equals + 1);
    const std::filesystem::path host = std::filesystem::path(certificates) / text.substr(0, equals);
    for (const char* name : names) {
      const std::size_t comma = rest.find(',');
      const std::string file = rest.substr(0, comma);
      rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
      if (equals == 0 || file.empty() || text.substr(0, equals).find('/') != std::string::npos)
        return fail(ErrorKind::invalid_input, fmt::format("{} {}: must be HOST=FILE", option, text));
      MBUILD_CHECK_AS(option, copy(file, host / name));
    }
  }
  return {};
}

}  // namespace

Result<void> set_registries(const KanikoOptions& options, const TemporaryFolder& folder,
                            builder::BuildRequest& request) {
  request.registries.insecure = options.insecure_registries;
  const auto trust_all = [&request](const std::string& registry) {
    request.registries.insecure.push_back(registry);
  };
  if (options.insecure)
    for (const std::string& destination : options.destinations)
      trust_all(MBUILD_TRY_AS("--destination", builder::parse_image_name(destination)).registry);
  if (options.insecure_pull)
    for (const std::string& registry : base_registries(request.dockerfile_path)) trust_all(registry);

  Mirrors mirrors;
  for (const std::string& text : options.maps) MBUILD_CHECK(add_maps(text, mirrors));
  if (!options.mirrors.empty()) mirrors["docker.io"] = options.mirrors;
  if (!mirrors.empty()) {
    request.registries.registries_file = folder.path() + "/registries.json";
    std::ofstream file(request.registries.registries_file);
    file << registries_json(mirrors, !options.skip_default_registry_fallback);
    file.flush();
    if (!file) return fail_errno(errno, "write " + request.registries.registries_file);
  }
  if (options.certificates.empty() && options.client_certificates.empty()) return {};
  request.registries.certificates_dir = folder.path() + "/certs.d";
  MBUILD_CHECK(add_certificates(options.certificates, "--registry-certificate", {"ca.crt"},
                                request.registries.certificates_dir));
  return add_certificates(options.client_certificates, "--registry-client-cert",
                          {"client.cert", "client.key"}, request.registries.certificates_dir);
}

}  // namespace mbuild::cli
