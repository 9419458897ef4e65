#include "registry/oci/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <new>

namespace mbuild::oci {

namespace {

constexpr std::string_view kAlgorithm = "sha256";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// Fetched once: OpenSSL 3 looks an algorithm up under a lock at every use of the unfetched kind.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched != nullptr ? fetched : EVP_sha256();
}

int hex_value(char digit) {
  const std::size_t value = kHexDigits.find(digit);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

bool is_algorithm_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '_' || c == '-';
  });
}

std::unexpected<Error> malformed(std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 100;
  return fail(ErrorKind::corrupt,
              "digest \"" + std::string(text.substr(0, kShown)) + "\": " + std::string(why));
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return malformed(text, "no algorithm before a colon");
  const std::string_view algorithm = text.substr(0, colon);
  if (algorithm != kAlgorithm) {
    if (!is_algorithm_name(algorithm)) return malformed(text, "malformed algorithm");
    return fail(ErrorKind::unsupported, "digest algorithm " + std::string(algorithm) + " is not supported");
  }
  const std::string_view hex = text.substr(colon + 1);
  Digest digest;
  if (hex.size() != 2 * digest.bytes_.size()) return malformed(text, "not 64 hexadecimal digits");
  for (std::size_t i = 0; i < digest.bytes_.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return malformed(text, "not 64 lower-case hexadecimal digits");
    digest.bytes_[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

Digest Digest::from_bytes(const std::array<std::uint8_t, 32>& bytes) {
  Digest digest;
  digest.bytes_ = bytes;
  return digest;
}

Digest Digest::of(ByteView data) {
  Sha256 hash;
  hash.update(data);
  return hash.finish();
}

Digest Digest::of(std::string_view text) {
  return of(bytes_of(text));
}

std::string Digest::hex() const {
  std::string text;
  text.reserve(2 * bytes_.size());
  for (const std::uint8_t byte : bytes_) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::string Digest::str() const {
  return std::string(kAlgorithm) + ":" + hex();
}

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {
    if (context == nullptr || EVP_DigestInit_ex(context, sha256_algorithm(), nullptr) != 1) {
      throw std::bad_alloc();
    }
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView data) {
  EVP_DigestUpdate(state_->context, data.data(), data.size());
}

void Sha256::update(std::string_view text) {
  update(bytes_of(text));
}

Digest Sha256::finish() {
  std::array<std::uint8_t, 32> bytes{};
  EVP_DigestFinal_ex(state_->context, bytes.data(), nullptr);
  EVP_DigestInit_ex(state_->context, nullptr, nullptr);
  return Digest::from_bytes(bytes);
}

Result<void> HashingSink::write(ByteView data) {
  hash_.update(data);
  size_ += data.size();
  return next_ != nullptr ? next_->write(data) : Result<void>();
}

}  // namespace mbuild::oci
