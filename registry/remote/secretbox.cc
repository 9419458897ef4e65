#include "registry/remote/secretbox.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

namespace mbuild::remote {

namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they are");

constexpr std::size_t kKeySize = 32, kNonceSize = 24, kTagSize = 16, kBlockSize = 64;
using Words = std::array<std::uint32_t, 16>;

std::uint32_t word(std::string_view bytes, std::size_t index) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + index * 4, 4);
  return value;
}

// Salsa20's matrix: constants on the diagonal, the key in two halves, 16 bytes of input in the middle.
Words matrix(std::string_view key, std::string_view input) {
  constexpr std::string_view kConstants = "expand 32-byte k";
  Words words{};
  for (std::size_t i = 0; i < 4; ++i) {
    words[i * 5] = word(kConstants, i);
    words[1 + i] = word(key, i);
    words[11 + i] = word(key, 4 + i);
    words[6 + i] = word(input, i);
  }
  return words;
}

void quarter(Words& x, std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
  x[b] ^= std::rotl(x[a] + x[d], 7);
  x[c] ^= std::rotl(x[b] + x[a], 9);
  x[d] ^= std::rotl(x[c] + x[b], 13);
  x[a] ^= std::rotl(x[d] + x[c], 18);
}

void twenty_rounds(Words& x) {
  for (int i = 0; i < 10; ++i) {
    quarter(x, 0, 4, 8, 12);
    quarter(x, 5, 9, 13, 1);
    quarter(x, 10, 14, 2, 6);
    quarter(x, 15, 3, 7, 11);
    quarter(x, 0, 1, 2, 3);
    quarter(x, 5, 6, 7, 4);
    quarter(x, 10, 11, 8, 9);
    quarter(x, 15, 12, 13, 14);
  }
}

std::string hsalsa20(std::string_view key, std::string_view input) {
  Words x = matrix(key, input);
  twenty_rounds(x);
  std::string derived;
  for (std::size_t i : {0, 5, 10, 15, 6, 7, 8, 9}) derived.append(reinterpret_cast<const char*>(&x[i]), 4);
  return derived;
}

// As many bytes as asked for, rounded up to a block.
std::string key_stream(std::string_view key, std::string_view nonce, std::size_t size) {
  std::string stream;
  for (std::uint64_t counter = 0; stream.size() < size; ++counter) {
    std::string input(nonce);
    input.append(reinterpret_cast<const char*>(&counter), 8);
    const Words begin = matrix(key, input);
    Words x = begin;
    twenty_rounds(x);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += begin[i];
    stream.append(reinterpret_cast<const char*>(x.data()), kBlockSize);
  }
  return stream;
}

bool authentic(std::string_view key, std::string_view text, std::string_view tag) {
  std::array<unsigned char, kTagSize> computed{};
  std::size_t size = 0;
  std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> mac(EVP_MAC_fetch(nullptr, "POLY1305", nullptr), EVP_MAC_free);
  std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context(EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free);
  auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
  return context && EVP_MAC_init(context.get(), bytes(key), key.size(), nullptr) == 1 &&
         EVP_MAC_update(context.get(), bytes(text), text.size()) == 1 &&
         EVP_MAC_final(context.get(), computed.data(), &size, computed.size()) == 1 && size == tag.size() &&
         CRYPTO_memcmp(computed.data(), tag.data(), size) == 0;
}

}  // namespace

std::optional<std::string> open_secretbox(std::string_view key, std::string_view nonce,
                                          std::string_view box) {
  if (key.size() != kKeySize || nonce.size() != kNonceSize || box.size() < kTagSize) return std::nullopt;
  std::string_view tag = box.substr(0, kTagSize);
  std::string text(box.substr(kTagSize));
  std::string stream =
      key_stream(hsalsa20(key, nonce.substr(0, 16)), nonce.substr(16), kKeySize + text.size());
  if (!authentic(std::string_view(stream).substr(0, kKeySize), text, tag)) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ stream[kKeySize + i]);
  OPENSSL_cleanse(stream.data(), stream.size());
  return text;
}

}  // namespace mbuild::remote
