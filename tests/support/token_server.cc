#include "tests/support/token_server.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>

#include "registry/base/json_writer.h"
#include "registry/remote/base64.h"
#include "tests/support/test_ca.h"

namespace mbuild::test {

namespace {

constexpr const char* kIssuer = "test issuer";
constexpr const char* kService = "test service";

std::string base64url(std::string_view data) {
  std::string text = remote::base64_encode(data);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

// The values of `key` in "a=b&c=d".
std::vector<std::string> values(std::string_view form, std::string_view key) {
  std::vector<std::string> result;
  while (!form.empty()) {
    std::string_view field = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(field.size() + 1, form.size()));
    if (field.starts_with(std::string(key) + "="))
      result.push_back(percent_decode(field.substr(key.size() + 1)));
  }
  return result;
}

}  // namespace

class TokenServer::Key {
 public:
  explicit Key(const std::string& folder) {
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=token", "-keyout",
             folder + "/key", "-out", folder + "/crt"});
    FILE* file = std::fopen((folder + "/key").c_str(), "r");
    key_ = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    file = std::fopen((folder + "/crt").c_str(), "r");
    X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    unsigned char* der = nullptr;
    int size = i2d_X509(certificate, &der);
    certificate_ = remote::base64_encode({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    X509_free(certificate);
  }
  ~Key() { EVP_PKEY_free(key_); }
  Key(const Key&) = delete;

  // A JSON Web Token, RFC 7519, signed with RS256.
  std::string sign(const std::string& claims) const {
    JsonWriter header;
    header.begin_object().key("typ").value("JWT").key("alg").value("RS256");
    header.key("x5c").begin_array().value(certificate_).end_array().end_object();
    std::string text = base64url(header.str()) + "." + base64url(claims);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_size(key_)), '\0');
    std::size_t size = signature.size();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return text + "." + base64url(signature);
  }

 private:
  EVP_PKEY* key_ = nullptr;
  std::string certificate_;
};

TokenServer::TokenServer(const Options& options)
    : options_(options),
      key_(std::make_unique<Key>(folder_.str())),
      server_(std::make_unique<ScriptedServer>(
          [this](const ServedRequest& request, Peer& peer) { serve(request, peer); })) {}

TokenServer::~TokenServer() {
  server_.reset();
}

std::string TokenServer::registry_config() const {
  return fmt::format(
      "auth:\n  token: {{realm: \"{}\", service: \"{}\", issuer: \"{}\", rootcertbundle: {}/crt}}\n",
      server_->url("/token"), kService, kIssuer, folder_.str());
}

std::string TokenServer::token(const std::vector<std::string>& scopes, bool may_push) const {
  std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  JsonWriter claims;
  claims.begin_object().key("iss").value(kIssuer).key("aud").value(kService).key("sub").value("");
  claims.key("nbf").value(now - 10).key("iat").value(now);
  claims.key("exp").value(now + options_.lifetime.count()).key("jti").value("1");
  claims.key("access").begin_array();
  for (const std::string& scope : scopes) {
    std::size_t first = scope.find(':'), last = scope.rfind(':');
    claims.begin_object().key("type").value(scope.substr(0, first));
    claims.key("name").value(scope.substr(first + 1, last - first - 1)).key("actions").begin_array();
    std::string actions = scope.substr(last + 1) + ",";
    while (!actions.empty()) {
      std::string action = actions.substr(0, actions.find(','));
      actions.erase(0, action.size() + 1);
      if (may_push || action == "pull") claims.value(action);
    }
    claims.end_array().end_object();
  }
  claims.end_array().end_object();
  return key_->sign(claims.str());
}

void TokenServer::serve(const ServedRequest& request, Peer& peer) const {
  std::string query = request.target.substr(std::min(request.target.find('?') + 1, request.target.size()));
  std::vector<std::string> scopes = values(query, "scope");
  std::string authorization = request.header("Authorization");
  bool known = authorization == "Basic " + remote::base64_encode(options_.username + ":" + options_.password);
  if (request.method == "POST") {
    auto refresh = values(request.body, "refresh_token");
    known = !refresh.empty() && refresh[0] == options_.identity_token;
    std::string all = values(request.body, "scope").at(0) + " ";
    for (; !all.empty(); all.erase(0, all.find(' ') + 1)) scopes.push_back(all.substr(0, all.find(' ')));
    if (!known) return peer.answer(401, R"({"error_description": "unknown refresh token"})");
  } else if (!authorization.empty() && !known) {
    return peer.answer(401, R"({"details": "incorrect username or password"})");
  }
  JsonWriter body;
  body.begin_object().key("token").value(token(scopes, known));
  body.key("expires_in").value(std::int64_t{options_.lifetime.count()}).end_object();
  peer.answer(200, body.str());
}

}  // namespace mbuild::test
