#include "registry/oci/checksum.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace mbuild::oci {

namespace {

std::size_t hex_digits(std::string_view algorithm) {
  if (algorithm == "sha256") return 64;
  if (algorithm == "sha384") return 96;
  if (algorithm == "sha512") return 128;
  return 0;
}

const EVP_MD* method_of(std::string_view algorithm) {
  if (algorithm == "sha384") return EVP_sha384();
  if (algorithm == "sha512") return EVP_sha512();
  return EVP_sha256();
}

}  // namespace

Result<Checksum> Checksum::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return fail(ErrorKind::invalid_input,
                fmt::format("checksum \"{}\": must be ALGORITHM:HEX, such as sha256:...", text));
  Checksum checksum{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  const std::size_t digits = hex_digits(checksum.algorithm);
  if (digits == 0)
    return fail(ErrorKind::invalid_input, fmt::format("checksum \"{}\": unsupported digest algorithm; use "
                                                      "sha256, sha384 or sha512",
                                                      text));
  if (checksum.hex.size() != digits ||
      checksum.hex.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(ErrorKind::invalid_input, fmt::format("checksum \"{}\": invalid digest: {} has {} lower-case "
                                                      "hex digits",
                                                      text, checksum.algorithm, digits));
  return checksum;
}

struct ChecksumSink::State {
  std::string algorithm;
  ByteSink& next;
  EVP_MD_CTX* context;
};

ChecksumSink::ChecksumSink(const std::string& algorithm, ByteSink& next)
    : state_(new State{algorithm, next, EVP_MD_CTX_new()}) {
  EVP_DigestInit_ex(state_->context, method_of(algorithm), nullptr);
}

ChecksumSink::~ChecksumSink() {
  EVP_MD_CTX_free(state_->context);
}

Result<void> ChecksumSink::write(ByteView data) {
  EVP_DigestUpdate(state_->context, data.data(), data.size());
  return state_->next.write(data);
}

Checksum ChecksumSink::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, bytes.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return {state_->algorithm, std::move(hex)};
}

}  // namespace mbuild::oci
