#include "registry/oci/checksum.h"

#include <gtest/gtest.h>

#include "registry/base/memory_stream.h"
#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

TEST(Checksum, KnowsThreeAlgorithms) {
  // FIPS 180-4 examples for "abc".
  const std::pair<const char*, const char*> rows[] = {
      {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"sha384",
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
      {"sha512",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
       "454d4423643ce80e2a9ac94fa54ca49f"},
  };
  for (const auto& [algorithm, hex] : rows) {
    StringSink kept;
    ChecksumSink sink(algorithm, kept);
    must(sink.write(bytes_of("a")));
    must(sink.write(bytes_of("bc")));
    EXPECT_EQ(sink.finish(), must(Checksum::parse(std::string(algorithm) + ":" + hex)));
    EXPECT_EQ(kept.str(), "abc");
  }
}

TEST(Checksum, RefusesTheRest) {
  for (const std::string& text :
       {std::string(), std::string("sha256"), "md5:" + std::string(32, '0'), "sha256:" + std::string(63, '0'),
        "sha256:" + std::string(64, 'A'), "sha512:" + std::string(64, '0'), ":" + std::string(64, '0')})
    EXPECT_THAT(Checksum::parse(text), FailsWith(ErrorKind::invalid_input, "checksum")) << text;
}

}  // namespace
}  // namespace mbuild::oci
