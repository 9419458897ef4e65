#include "registry/base/compress.h"

#include <algorithm>
#include <atomic>
#include <random>

#include "registry/base/copy_stream.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/digest.h"
#include "tests/support/corpus.h"
#include "tests/support/result_matchers.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;

// Compressible, incompressible and repetitive stretches, the same on every run.
std::string sample(std::size_t size) {
  std::mt19937_64 random(size);
  std::string text;
  text.reserve(size + 64);
  while (text.size() < size) {
    switch (random() % 3) {
      case 0:
        text += "entry " + std::to_string(random() % 1000) + " in a list of words that come again\n";
        break;
      case 1:
        for (int i = 0; i < 8; ++i) text += static_cast<char>(random());
        break;
      case 2:
        text.append(random() % 200, static_cast<char>('a' + random() % 26));
        break;
    }
  }
  text.resize(size);
  return text;
}

std::string compress(std::string_view text, const CompressionOptions& options, std::size_t piece = 100'000) {
  StringSink sink;
  auto compressor = must(make_compressor(sink, options));
  for (; text.size() > piece; text.remove_prefix(piece))
    must(compressor->write(bytes_of(text.substr(0, piece))));
  must(compressor->write(bytes_of(text)));
  must(compressor->finish());
  return sink.take();
}

Result<std::string> decompress(const std::string& data, Compression type,
                               std::size_t buffer_size = 64 << 10) {
  const auto source = make_decompressor(std::make_unique<MemorySource>(data), type);
  std::vector<std::byte> buffer(buffer_size);
  std::string text;
  for (;;) {
    const std::size_t size = MBUILD_TRY(source->read(buffer));
    if (size == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
}

struct Setting {
  Compression type;
  std::optional<int> level;
};

class RoundTrip : public testing::TestWithParam<Setting> {};

TEST_P(RoundTrip, GivesTheInputBack) {
  constexpr std::size_t kMega = 1 << 20;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMega - 1, kMega, kMega + 1, 9 * kMega + 12345}) {
    const std::string text = sample(size);
    const std::string data = compress(text, {GetParam().type, GetParam().level, 2});
    EXPECT_TRUE(must(decompress(data, GetParam().type)) == text) << size;
    EXPECT_EQ(detect_compression(bytes_of(data.substr(0, 4))), GetParam().type);
  }
}

TEST_P(RoundTrip, BytesDependOnNeitherThreadsNorPieces) {
  const std::string text = sample(9'500'000);
  const std::string data = compress(text, {GetParam().type, GetParam().level, 1});
  for (const unsigned threads : {0u, 2u, 7u}) {
    EXPECT_TRUE(compress(text, {GetParam().type, GetParam().level, threads}) == data) << threads;
  }
  EXPECT_TRUE(compress(text, {GetParam().type, GetParam().level, 3}, 4093) == data);
  EXPECT_TRUE(compress(text, {GetParam().type, GetParam().level, 2}, 1 << 30) == data);
}

INSTANTIATE_TEST_SUITE_P(Settings, RoundTrip,
                         testing::Values(Setting{Compression::none, std::nullopt},
                                         Setting{Compression::gzip, std::nullopt},
                                         Setting{Compression::gzip, 0}, Setting{Compression::gzip, 1},
                                         Setting{Compression::gzip, 9},
                                         Setting{Compression::zstd, std::nullopt},
                                         Setting{Compression::zstd, 0}, Setting{Compression::zstd, 1},
                                         Setting{Compression::zstd, 9}));

TEST(Compressor, CompressesIncompressibleInputToAboutItsSize) {
  std::mt19937_64 random(1);
  std::string text;
  for (int i = 0; i < 400'000; ++i) text.append(8, static_cast<char>(random()));
  for (char& c : text) c = static_cast<char>(random());
  for (const auto& options :
       {CompressionOptions{Compression::gzip, 0, 1}, CompressionOptions{Compression::gzip, 1, 1},
        CompressionOptions{Compression::gzip, 9, 1}, CompressionOptions{Compression::zstd, 3, 1}}) {
    const std::string data = compress(text, options);
    EXPECT_LT(data.size(), text.size() + text.size() / 100);
    EXPECT_TRUE(must(decompress(data, options.type)) == text);
  }
}

TEST(Compressor, WhatIsCompressedAlreadyIsStored) {
  std::mt19937_64 random(2);
  std::string noise(2 << 20, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  const std::string text = sample(2 << 20);
  const CompressionOptions options{Compression::gzip, 6, 1};
  EXPECT_EQ(compress(noise, options), compress(noise, {Compression::gzip, 0, 1}));
  // Beside something else it does not count.
  EXPECT_LT(compress(noise + text, options).size(), noise.size() + text.size() / 2);
  std::string mixed;
  for (std::size_t i = 0; i < noise.size(); i += 4096) mixed += noise.substr(i, 4096) + text.substr(i, 4096);
  EXPECT_LT(compress(mixed, options).size(), noise.size() + text.size() / 2);
}

TEST(Compressor, GzipHeaderNamesNoTimeAndNoFile) {
  EXPECT_EQ(compress("", {}), std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\0\0\xff\xff\0\0\0\0\0\0\0\0", 23));
}

// The bytes are part of what an image's digest covers, so they may not change from one machine, or version of
// this program, to another without a reason.
TEST(Compressor, GzipBytesArePinned) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("sse4.2")) GTEST_SKIP() << "ISA-L hashes differently without SSE 4.2";
  const std::string text = sample(3'000'000);
  EXPECT_EQ(oci::Digest::of(compress(text, {Compression::gzip, 1, 1})).hex(),
            "ba3924d4880f103e3d54612a0fdf2f1503cfea8b458d9c7c908fa36e023461b0");
  EXPECT_EQ(oci::Digest::of(compress(text, {Compression::gzip, 6, 1})).hex(),
            "e4f477d25c98a6b7a1325bdc7a1509d4a4cf8ed54f88cbd7ffe856bc6d136022");
#else
  GTEST_SKIP() << "pinned on x86-64 only";
#endif
}

TEST(Compressor, HigherLevelsAreNotLarger) {
  const std::string text = sample(400'000);
  const auto size = [&](Compression type, int level) { return compress(text, {type, level, 1}).size(); };
  EXPECT_GT(size(Compression::gzip, 0), text.size());
  EXPECT_LT(size(Compression::gzip, 1), text.size() / 2);
  EXPECT_GT(size(Compression::gzip, 3), size(Compression::gzip, 4));
  EXPECT_GE(size(Compression::gzip, 5), size(Compression::gzip, 9));
  EXPECT_GE(size(Compression::zstd, 1), size(Compression::zstd, 19));
}

TEST(Compressor, RefusesLevelsThatThereAreNot) {
  StringSink sink;
  EXPECT_THAT(make_compressor(sink, {Compression::gzip, 10, 1}),
              FailsWith(ErrorKind::invalid_input, "between 0 and 9"));
  EXPECT_THAT(make_compressor(sink, {Compression::gzip, -1, 1}), FailsWith(ErrorKind::invalid_input, "gzip"));
  EXPECT_THAT(make_compressor(sink, {Compression::zstd, 23, 1}), FailsWith(ErrorKind::invalid_input, "zstd"));
  EXPECT_THAT(make_compressor(sink, {Compression::zstd, -5, 1}), FailsWith(ErrorKind::invalid_input, "-5"));
}

// Takes `limit` bytes, then fails.
class FullSink : public ByteSink {
 public:
  explicit FullSink(std::size_t limit) : limit_(limit) {}
  Result<void> write(ByteView data) override {
    if (data.size() > limit_) return fail(ErrorKind::no_space, "full");
    limit_ -= data.size();
    return {};
  }

 private:
  std::size_t limit_;
};

TEST(Compressor, FailsWithItsOutput) {
  const std::string text = sample(9'000'000);
  for (const Compression type : {Compression::gzip, Compression::zstd}) {
    for (const unsigned threads : {1u, 3u}) {
      for (const std::size_t limit : {0u, 20u, 300'000u}) {
        FullSink sink(limit);
        auto compressor = must(make_compressor(sink, {type, 1, threads}));
        Result<void> result = compressor->write(bytes_of(text));
        if (result) result = compressor->finish();
        EXPECT_THAT(result, FailsWith(ErrorKind::no_space, "full"));
      }
    }
  }
}

TEST(Compressor, CanBeAbandoned) {
  StringSink sink;
  auto compressor = must(make_compressor(sink, {Compression::gzip, 1, 4}));
  must(compressor->write(bytes_of(sample(6'000'000))));
  compressor.reset();
}

TEST(Compressor, EndsWhenItIsCancelled) {
  const std::string text = sample(9'000'000);
  for (const Compression type : {Compression::gzip, Compression::zstd}) {
    for (const unsigned threads : {1u, 3u}) {
      std::atomic<bool> cancel = false;
      StringSink sink;
      auto compressor = must(make_compressor(sink, {type, 1, threads, &cancel}));
      EXPECT_THAT(compressor->write(bytes_of(text)), Succeeds());
      cancel = true;
      EXPECT_THAT(compressor->write(bytes_of(text)), FailsWith(ErrorKind::cancelled, ""));
    }
  }
}

// Made by other programs: with header fields, several members or frames, skippable frames, no checksum.
class ForeignFile : public testing::TestWithParam<std::string> {};

TEST_P(ForeignFile, IsReadWithBuffersOfAnySize) {
  const std::string data = test::corpus("compress/" + GetParam());
  const std::string text = test::corpus("compress/text.txt");
  const Compression type = detect_compression(bytes_of(data));
  for (const std::size_t size : {1u, 7u, 1000u, 1u << 20})
    EXPECT_EQ(must(decompress(data, type, size)), text) << size;
}

TEST_P(ForeignFile, IsCorruptWhenCut) {
  const std::string data = test::corpus("compress/" + GetParam());
  const std::string text = test::corpus("compress/text.txt");
  const Compression type = detect_compression(bytes_of(data));
  for (std::size_t size = 0; size < data.size(); ++size) {
    const auto result = decompress(data.substr(0, size), type);
    // A cut between two members leaves a whole file, if not this one.
    if (result) {
      EXPECT_LT(result->size(), text.size()) << size;
      EXPECT_TRUE(GetParam() == "members.gz" || GetParam() == "frames.zst") << size;
    } else {
      EXPECT_EQ(result.error().kind(), ErrorKind::corrupt) << size;
    }
  }
}

TEST_P(ForeignFile, IsCorruptOrTheSameWithAnyBitFlipped) {
  const std::string text = test::corpus("compress/text.txt");
  std::string data = test::corpus("compress/" + GetParam());
  const Compression type = detect_compression(bytes_of(data));
  const bool checked = GetParam() != "no_checksum.zst" && GetParam() != "frames.zst";
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    const auto flip = [&] { data[bit / 8] = static_cast<char>(data[bit / 8] ^ 1 << bit % 8); };
    flip();
    const auto result = decompress(data, type);
    if (!result) {
      EXPECT_EQ(result.error().kind(), ErrorKind::corrupt) << bit;
    } else if (checked) {
      EXPECT_TRUE(*result == text) << bit;
    }
    flip();
  }
}

TEST_P(ForeignFile, IsCorruptWithAnythingBehind) {
  const std::string data = test::corpus("compress/" + GetParam());
  const Compression type = detect_compression(bytes_of(data));
  for (const std::string& garbage :
       {std::string(1, '\0'), std::string(1024, '\0'), std::string("garbage"), std::string("\x1f\x8b")}) {
    EXPECT_THAT(decompress(data + garbage, type), FailsWith(ErrorKind::corrupt, ""))
        << testing::PrintToString(garbage);
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, ForeignFile,
                         testing::Values("plain.gz", "header_fields.gz", "members.gz", "stored.gz",
                                         "plain.zst", "no_checksum.zst", "frames.zst"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Decompressor, RefusesOtherFormats) {
  for (const Compression type : {Compression::gzip, Compression::zstd}) {
    EXPECT_THAT(decompress("", type), FailsWith(ErrorKind::corrupt, "too early"));
    EXPECT_THAT(decompress("plain text, long enough to be a header", type),
                FailsWith(ErrorKind::corrupt, ""));
  }
  EXPECT_THAT(decompress(test::corpus("compress/plain.gz"), Compression::zstd),
              FailsWith(ErrorKind::corrupt, "zstd"));
  EXPECT_THAT(decompress(test::corpus("compress/plain.zst"), Compression::gzip),
              FailsWith(ErrorKind::corrupt, "gzip"));
}

TEST(Decompressor, PassesUncompressedDataOn) {
  EXPECT_EQ(must(decompress("as it is", Compression::none)), "as it is");
  EXPECT_EQ(must(decompress("", Compression::none)), "");
}

class FailingSource : public ByteSource {
 public:
  Result<std::size_t> read(std::span<std::byte>) override { return fail(ErrorKind::unavailable, "gone"); }
};

TEST(Decompressor, FailsWithItsInput) {
  for (const Compression type : {Compression::none, Compression::gzip, Compression::zstd}) {
    const auto source = make_decompressor(std::make_unique<FailingSource>(), type);
    std::byte buffer[16];
    EXPECT_THAT(source->read(buffer), FailsWith(ErrorKind::unavailable, "gone"));
  }
}

TEST(Decompressor, ABombIsStoppedByALimit) {
  for (const Compression type : {Compression::gzip, Compression::zstd}) {
    const std::string bomb = compress(std::string(50 << 20, '\0'), {type, 9, 2});
    EXPECT_LT(bomb.size(), 1u << 20);
    LimitedSource source(make_decompressor(std::make_unique<MemorySource>(bomb), type), 1 << 20);
    StringSink sink;
    EXPECT_THAT(copy(source, sink), FailsWith(ErrorKind::corrupt, "more than the 1048576 bytes"));
  }
}

TEST(DetectCompression, KnowsTheMagicNumbers) {
  const auto detect = [](const std::string& head) { return detect_compression(bytes_of(head)); };
  EXPECT_EQ(detect(std::string("\x1f\x8b\x08\x00", 4)), Compression::gzip);
  EXPECT_EQ(detect("\x28\xb5\x2f\xfd"), Compression::zstd);
  EXPECT_EQ(detect("\x50\x2a\x4d\x18"), Compression::zstd);
  EXPECT_EQ(detect("\x5f\x2a\x4d\x18"), Compression::zstd);
  for (const std::string& head :
       {std::string(), std::string("\x1f"), std::string("\x1f\x8b"), std::string("\x1f\x8b\x07\x00", 4),
        std::string("BZh9"), std::string("\x60\x2a\x4d\x18"), std::string("\x28\xb5\x2f"),
        std::string(512, '\0')}) {
    EXPECT_EQ(detect(head), Compression::none);
  }
}

TEST(Compression, HasBuildKitsNames) {
  EXPECT_EQ(name_of(Compression::none), "uncompressed");
  EXPECT_EQ(name_of(Compression::gzip), "gzip");
  EXPECT_EQ(name_of(Compression::zstd), "zstd");
}

}  // namespace
}  // namespace mbuild
