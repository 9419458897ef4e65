#include "builder/cache/signed_index.h"

#include <algorithm>

#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/remote/base64.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kType = "application/vnd.mbuild.cache.v1+json";

// What is signed (dsse: protocol.md, "PAE").
std::string signed_text(std::string_view payload) {
  std::string text = "DSSEv1 " + std::to_string(kType.size()) + " ";
  text += kType;
  text += " " + std::to_string(payload.size()) + " ";
  text += payload;
  return text;
}

bool signed_by(const std::string& text, std::string_view signature,
               const std::vector<remote::PublicKey>& keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const remote::PublicKey& key) { return key.verify(text, signature); });
}

}  // namespace

Result<std::string> wrap_index(std::string_view index, const remote::PrivateKey* key) {
  JsonWriter json;
  json.begin_object().key("payloadType").value(kType);
  json.key("payload").value(remote::base64_encode(index));
  json.key("signatures").begin_array();
  if (key) {
    const std::string signature = MBUILD_TRY_AS("sign the cache", key->sign(signed_text(index)));
    json.begin_object().key("sig").value(remote::base64_encode(signature)).end_object();
  }
  return json.end_array().end_object().take();
}

Result<std::string> unwrap_index(std::string_view envelope, const std::vector<remote::PublicKey>& keys) {
  const JsonObject json = MBUILD_TRY(JsonObject::parse(envelope, "cache"));
  if (MBUILD_TRY(json.text("payloadType")) != kType) return json.wrong("payloadType", "not mbuild's cache");
  auto payload = remote::base64_decode(MBUILD_TRY(json.text("payload")));
  if (!payload) return json.wrong("payload", "not base64");
  if (keys.empty()) return std::move(*payload);

  const std::string text = signed_text(*payload);
  const auto signatures = MBUILD_TRY(json.objects("signatures"));
  if (signatures.empty()) return fail(ErrorKind::corrupt, "the cache is not signed");
  for (const JsonObject& one : signatures) {
    const auto signature = remote::base64_decode(MBUILD_TRY(one.text("sig")));
    if (signature && signed_by(text, *signature, keys)) return std::move(*payload);
  }
  return fail(ErrorKind::corrupt, "the cache is not signed by a key that is asked for");
}

}  // namespace mbuild::builder
