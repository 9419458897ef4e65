#include "builder/export/docker_engine.h"

#include <fmt/format.h>

#include <cstdlib>

#include "registry/base/json.h"
#include "registry/remote/url.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kLookedAt = 50;  // of its images; each costs a request

// The message of an error response, or its text when it is no JSON.
std::string message_of(const HttpResponse& response) {
  const auto json = JsonObject::parse(response.body, "answer");
  const auto message = json ? json->text("message") : Result<std::string>(std::string());
  return message && !message->empty() ? *message : response.body.substr(0, 500);
}

std::unexpected<Error> refused(const std::string& action, const HttpResponse& response) {
  const ErrorKind kind = response.status == 404 ? ErrorKind::not_found : ErrorKind::unavailable;
  return fail(kind, fmt::format("{}: {} {}", action, response.status, message_of(response)));
}

// A stream of JSON objects, one a line, whose last may tell of a failure under a 200.
Result<void> check_stream(const std::string& body) {
  std::string_view rest = body;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto object = JsonObject::parse(line, "answer");
    const auto error = object ? object->text("error") : Result<std::string>(std::string());
    if (error && !error->empty()) return fail(ErrorKind::unavailable, *error);
  }
  return {};
}

Result<std::vector<std::string>> image_ids(const std::string& body) {
  const JsonObject list = MBUILD_TRY(JsonObject::parse("{\"images\":" + body + "}", "images"));
  std::vector<std::string> ids;
  for (const JsonObject& image : MBUILD_TRY(list.objects("images")))
    ids.push_back(MBUILD_TRY(image.text("Id")));
  return ids;
}

Result<std::vector<std::string>> diff_ids(const std::string& body) {
  const JsonObject image = MBUILD_TRY(JsonObject::parse(body, "image"));
  const auto rootfs = MBUILD_TRY(image.object("RootFS"));
  if (!rootfs) return std::vector<std::string>();
  return MBUILD_TRY(rootfs->texts("Layers")).value_or(std::vector<std::string>());
}

}  // namespace

oci::Digest chain_id(const oci::Digest& parent, const oci::Digest& diff_id) {
  return parent.empty() ? diff_id : oci::Digest::of(parent.str() + " " + diff_id.str());
}

Result<std::string> docker_socket() {
  constexpr std::string_view unix_socket = "unix://";
  const char* host = std::getenv("DOCKER_HOST");
  const std::string text = host ? host : "";
  if (text.empty()) return "/var/run/docker.sock";
  if (text.starts_with(unix_socket)) return text.substr(unix_socket.size());
  return std::unexpected(
      Error(ErrorKind::unsupported, fmt::format("DOCKER_HOST={}: only unix:// sockets are supported", text))
          .with_hint("dest=FILE writes an archive for `docker load`"));
}

Result<bool> DockerEngine::keeps_images_in_containerd() {
  const HttpResponse response = MBUILD_TRY(http_.get("/info"));
  if (response.status != 200) return refused("ask the Docker Engine about itself", response);
  return response.body.find("io.containerd.snapshotter") != std::string::npos;
}

Result<bool> DockerEngine::has_image(const oci::Digest& id) {
  const HttpResponse response = MBUILD_TRY(http_.get("/images/" + id.str() + "/json"));
  if (response.status == 200) return true;
  if (response.status == 404) return false;
  return refused("ask the Docker Engine for image " + id.str(), response);
}

Result<std::set<oci::Digest>> DockerEngine::layer_chains() {
  const HttpResponse list = MBUILD_TRY(http_.get("/images/json"));
  if (list.status != 200) return refused("list the Docker Engine's images", list);
  std::set<oci::Digest> chains;
  std::vector<std::string> ids = MBUILD_TRY(image_ids(list.body));
  if (ids.size() > kLookedAt) ids.resize(kLookedAt);  // the newest come first
  for (const std::string& id : ids) {
    const HttpResponse image =
        MBUILD_TRY(http_.get("/images/" + remote::percent_encode(id, "-._/") + "/json"));
    if (image.status != 200) continue;  // removed meanwhile
    oci::Digest chain;
    for (const std::string& layer : MBUILD_TRY(diff_ids(image.body))) {
      chain = chain_id(chain, MBUILD_TRY(oci::Digest::parse(layer)));
      chains.insert(chain);
    }
  }
  return chains;
}

Result<void> DockerEngine::tag(const oci::Digest& id, const oci::Reference& name) {
  const std::string target =
      fmt::format("/images/{}/tag?repo={}&tag={}", id.str(), remote::percent_encode(name.name(), "-._/"),
                  remote::percent_encode(name.tag, "-._/"));
  const HttpResponse response =
      MBUILD_TRY(http_.post(target, "text/plain", [](ByteSink&) { return Result<void>(); }));
  if (response.status / 100 == 2) return {};
  return refused("tag " + name.familiar() + " in the Docker Engine", response);
}

Result<void> DockerEngine::load(const std::function<Result<void>(ByteSink&)>& write_tar) {
  const std::string action = "load into the Docker Engine";
  const HttpResponse response =
      MBUILD_TRY_AS(action, http_.post("/images/load?quiet=1", "application/x-tar", write_tar));
  if (response.status != 200) return refused(action, response);
  MBUILD_CHECK_AS(action, check_stream(response.body));
  return {};
}

}  // namespace mbuild::builder
