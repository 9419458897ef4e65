#include "builder/cache/aws_signature.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "registry/base/trim.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return text;
}

// Parameters in the order of their names, each with a '='.
std::string canonical_query(const std::string& query) {
  std::vector<std::string> parameters;
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    std::string one = query.substr(begin, end - begin);
    if (one.find('=') == std::string::npos) one += '=';
    parameters.push_back(std::move(one));
    begin = end + 1;
  }
  std::sort(parameters.begin(), parameters.end());
  return fmt::format("{}", fmt::join(parameters, "&"));
}

}  // namespace

void sign_aws_request(remote::Request& request, const AwsCredentials& credentials, const std::string& region,
                      const std::string& payload_hash, std::time_t now) {
  const std::string time = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(now));
  request.headers.set("X-Amz-Date", time);
  request.headers.set("X-Amz-Content-Sha256", payload_hash);
  if (!credentials.session_token.empty())
    request.headers.set("X-Amz-Security-Token", credentials.session_token);

  std::map<std::string, std::string> headers{{"host", request.url.authority()}};
  for (const auto& [name, value] : request.headers) headers[lower(name)] = trim(value);
  std::string canonical_headers, names;
  for (const auto& [name, value] : headers) {
    canonical_headers += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::size_t question = std::min(request.url.target.find('?'), request.url.target.size());
  const std::string query =
      question < request.url.target.size() ? request.url.target.substr(question + 1) : "";
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.url.target.substr(0, question),
                  canonical_query(query), canonical_headers, names, payload_hash);

  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + region + "/s3/aws4_request";
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, oci::Digest::of(canonical).hex());
  const std::string key =
      hmac(hmac(hmac(hmac("AWS4" + credentials.secret_key, date), region), "s3"), "aws4_request");
  request.headers.set("Authorization",
                      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                  credentials.access_key, scope, names, hex(hmac(key, to_sign))));
}

}  // namespace mbuild::builder
