// Checksum: "<algorithm>:<hex>" of what a user says a download must be: sha256, sha384 or sha512 (the
// registered ones of OCI image-spec descriptor.md, and sha384 of opencontainers/go-digest).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "registry/base/stream.h"

namespace mbuild::oci {

struct Checksum {
  std::string algorithm;
  std::string hex;

  // `invalid_input` for other algorithms and for anything but the right number of lower-case hex digits.
  static Result<Checksum> parse(std::string_view text);
  std::string str() const { return algorithm + ":" + hex; }
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

// Passes everything on to `next` (borrowed) while hashing it with the algorithm of a Checksum.
class ChecksumSink : public ByteSink {
 public:
  ChecksumSink(const std::string& algorithm, ByteSink& next);
  ~ChecksumSink() override;
  Result<void> write(ByteView data) override;
  Checksum finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mbuild::oci
