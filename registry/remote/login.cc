#include "registry/remote/login.h"

#include "registry/remote/setup.h"

namespace mbuild::remote {

Result<std::string> registry_name(std::string_view text) {
  bool has_scheme = text.find("://") != text.npos;
  Url url =
      MBUILD_TRY_AS("registry", Url::parse(has_scheme ? std::string(text) : "https://" + std::string(text)));
  std::string name = url.authority();
  if (name == "index.docker.io" || name == "registry-1.docker.io") return "docker.io";
  return name;
}

Result<void> log_in(const ClientOptions& options, const std::string& registry,
                    const Credentials& credentials) {
  std::string action = "log in to " + registry;
  Registries registries = MBUILD_TRY(load_registries(options));
  auto transport = MBUILD_TRY(make_transport(options, registries));
  auto endpoints =
      make_endpoints(options, std::move(registries), *transport,
                     [&](const std::string&, const std::string&) -> Result<std::optional<Credentials>> {
                       return credentials;
                     });
  oci::Reference anything;
  anything.registry = registry;
  Endpoint endpoint = MBUILD_TRY_AS(action, endpoints->home(anything));
  Request request;
  request.url = endpoint.session->origin();
  request.url.target = "/v2/";
  auto answer = endpoint.session->expect_ok(request, {});
  // The hint of every other 401, to log in, is no help here.
  if (!answer) return fail(answer.error().kind(), action + ": " + answer.error().message());
  CredentialStore store(options.docker_config_dir, options.environment, options.cancel);
  MBUILD_CHECK_AS(action, store.store(registry, credentials));
  return {};
}

Result<bool> log_out(const ClientOptions& options, const std::string& registry) {
  CredentialStore store(options.docker_config_dir, options.environment, options.cancel);
  return MBUILD_TRY_AS("log out of " + registry, store.erase(registry));
}

}  // namespace mbuild::remote
