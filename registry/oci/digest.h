// Digest: "sha256:<hex>" (OCI image-spec, descriptor.md, "Digests"), and the hasher that makes one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "registry/base/stream.h"

namespace mbuild::oci {

// A SHA-256 digest; 32 bytes, cheap to copy, usable as a map key.
class Digest {
 public:
  Digest() = default;  // all zero: "no digest"

  // Accepts exactly "sha256:" and 64 lower-case hex digits; other registered algorithms are `unsupported`.
  static Result<Digest> parse(std::string_view text);
  static Digest from_bytes(const std::array<std::uint8_t, 32>& bytes);
  static Digest of(ByteView data);
  static Digest of(std::string_view text);

  std::string hex() const;
  std::string str() const;  // "sha256:<hex>"
  const std::array<std::uint8_t, 32>& bytes() const { return bytes_; }
  bool empty() const { return *this == Digest(); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

// Incremental SHA-256 (OpenSSL EVP, which uses the CPU's SHA instructions). Move-only, not thread-safe.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(ByteView data);
  void update(std::string_view text);
  Digest finish();  // afterwards the hasher is as new

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Passes everything on to `next` (may be null) while hashing and counting it.
class HashingSink : public ByteSink {
 public:
  explicit HashingSink(ByteSink* next) : next_(next) {}
  Result<void> write(ByteView data) override;
  Digest finish() { return hash_.finish(); }
  std::uint64_t size() const { return size_; }

 private:
  ByteSink* next_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace mbuild::oci

template <>
struct std::hash<mbuild::oci::Digest> {
  std::size_t operator()(const mbuild::oci::Digest& digest) const noexcept {
    std::size_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | digest.bytes()[static_cast<std::size_t>(i)];
    return value;
  }
};
