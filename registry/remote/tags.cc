#include "registry/remote/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "registry/base/json.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

constexpr std::size_t kMaxPages = 10'000;

bool names_next(std::string_view parameters) {
  std::size_t rel = parameters.find("rel=");
  if (rel == parameters.npos) return false;
  std::string_view value = parameters.substr(rel + 4);
  if (value.starts_with('"')) value.remove_prefix(1);
  return equal_ignoring_case(value.substr(0, 4), "next");
}

}  // namespace

std::optional<std::string> next_link(std::string_view field) {
  while (true) {
    std::size_t open = field.find('<');
    std::size_t close = field.find('>', open == field.npos ? field.size() : open);
    if (close == field.npos) return std::nullopt;
    std::string_view target = field.substr(open + 1, close - open - 1);
    field.remove_prefix(close + 1);
    std::string_view parameters = field.substr(0, field.find(",<"));
    parameters = parameters.substr(0, parameters.find(", <"));
    if (names_next(parameters)) return std::string(target);
  }
}

Result<std::vector<std::string>> list_tags(const Endpoint& endpoint) {
  std::vector<std::string> tags;
  std::set<std::string> asked;
  Request request;
  request.url = endpoint.url("tags/list").with_query("n", "1000");
  for (;;) {
    if (!asked.insert(request.url.str()).second || asked.size() > kMaxPages)
      return fail(ErrorKind::corrupt, fmt::format("GET {}: the pages do not end", request.url.display()));
    Response response = MBUILD_TRY(endpoint.session->expect_ok(request, endpoint.pull_scopes()));
    JsonObject page = MBUILD_TRY(JsonObject::parse(response.body, "tags of " + endpoint.repository));
    auto names = MBUILD_TRY(page.texts("tags"));
    if (names) tags.insert(tags.end(), names->begin(), names->end());
    auto link = next_link(response.headers.get("Link").value_or(""));
    if (!link) break;
    request.url = MBUILD_TRY(request.url.resolve(*link));
  }
  std::ranges::sort(tags);
  return tags;
}

Result<void> delete_reference(const Endpoint& endpoint, const oci::Reference& reference) {
  Scopes scopes = {"repository:" + endpoint.repository + ":pull,push,delete"};
  Request request;
  request.method = "DELETE";
  request.url = endpoint.url("manifests/" + manifest_name(reference));
  Response response = MBUILD_TRY(endpoint.session->send(request, scopes));
  if (response.ok()) return {};
  bool by_tag = !reference.digest;
  if (by_tag && (response.status == 400 || response.status == 405)) {
    oci::Reference pinned = reference;
    pinned.digest = MBUILD_TRY(head_manifest(endpoint, reference)).digest;
    return delete_reference(endpoint, pinned);
  }
  Error refused = response_error("DELETE", request.url, response);
  if (refused.kind() == ErrorKind::unsupported)
    refused = std::move(refused).with_hint("the registry does not allow deleting (storage.delete.enabled)");
  return std::unexpected(std::move(refused));
}

}  // namespace mbuild::remote
