// CacheExport and CacheImport over a remote in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "builder/cache/cache_export.h"
#include "builder/cache/cache_import.h"
#include "registry/base/memory_stream.h"
#include "tests/support/result_matchers.h"
#include "tests/support/string_source.h"

namespace mbuild::builder {
namespace {

using oci::Digest;
using test::must;

class MemoryRemote : public CacheRemote {
 public:
  std::string name() const override { return "memory"; }
  Result<std::optional<RemoteDocument>> read_document() override {
    if (text.empty()) return std::nullopt;
    return RemoteDocument{text, {}};
  }
  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Descriptor& blob) override {
    return std::make_unique<test::StringSource>(blobs.at(blob.digest), 7);
  }
  Result<void> put_blob(const oci::Descriptor& blob, const OpenBlob& open) override {
    if (fail_puts) return fail(ErrorKind::unavailable, "full");
    const auto source = MBUILD_TRY(open());
    std::string content(blob.size, '\0');
    MBUILD_TRY(source->read(std::as_writable_bytes(std::span(content))));
    std::lock_guard lock(mutex);
    blobs[blob.digest] = content;
    return {};
  }
  Result<void> write_document(const std::string& document,
                              const std::vector<RemoteDocument::Layer>& named) override {
    text = document;
    for (const auto& layer : named) EXPECT_TRUE(blobs.contains(layer.blob.digest));
    return {};
  }
  std::mutex mutex;
  std::string text;
  std::map<Digest, std::string> blobs;
  bool fail_puts = false;
};

CachedStep step(const char* key) {
  return {Digest::of(key), 0, Digest::of("fingerprint"), 1'700'000'000, 0, 1};
}

CacheExport::MakeBlob blob_of(std::string content) {
  return [content]() -> Result<CacheExport::Blob> {
    return CacheExport::Blob{Digest::of(content), oci::describe(oci::media_type::kOciLayerTar, content),
                             [content]() -> Result<std::unique_ptr<ByteSource>> {
                               return std::make_unique<test::StringSource>(content, 100);
                             }};
  };
}

struct Warnings {
  std::vector<std::string> texts;
  CacheImport::Warn collect() {
    return [this](const std::string& text) { texts.push_back(text); };
  }
};

TEST(CacheTransfer, WhatIsExportedIsFound) {
  const auto remote = std::make_shared<MemoryRemote>();
  {
    CacheExport cache(remote, 2);
    cache.add(step("one"), "layer-a", blob_of("a"));
    cache.add(step("two"), "layer-a", blob_of("a"));
    cache.add(step("three"), "layer-b", blob_of("b"));
    must(cache.finish(nullptr));
  }
  EXPECT_EQ(remote->blobs.size(), 2u);
  Warnings warnings;
  CacheImport import({remote}, {}, warnings.collect());
  const auto hit = import.find(Digest::of("three"));
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->diff_id, Digest::of("b"));
  EXPECT_EQ(hit->step.created, 1'700'000'000);
  EXPECT_FALSE(import.find(Digest::of("four")));
  EXPECT_THAT(warnings.texts, testing::IsEmpty());

  const std::size_t before = import.rejected();
  import.reject(hit->blob.digest, Error(ErrorKind::corrupt, "damaged"));
  EXPECT_GT(import.rejected(), before);
  EXPECT_FALSE(import.find(Digest::of("three")));
  EXPECT_TRUE(import.find(Digest::of("two")));
  EXPECT_THAT(warnings.texts, testing::ElementsAre(testing::HasSubstr("damaged")));
}

TEST(CacheTransfer, StepsThatBegunAnewAreThoseOfTheLastTime) {
  const auto remote = std::make_shared<MemoryRemote>();
  CacheExport cache(remote, 1);
  cache.add(step("wrong"), "layer-a", blob_of("a"));
  cache.start_over();
  cache.add(step("right"), "layer-b", blob_of("b"));
  must(cache.finish(nullptr));
  CacheImport import({remote}, {}, [](const std::string&) {});
  EXPECT_FALSE(import.find(Digest::of("wrong")));
  EXPECT_TRUE(import.find(Digest::of("right")));
}

TEST(CacheTransfer, ABlobThatCannotBeSentIsLeftOut) {
  const auto remote = std::make_shared<MemoryRemote>();
  remote->fail_puts = true;
  CacheExport cache(remote, 1);
  cache.add(step("one"), "layer-a", blob_of("a"));
  const auto done = cache.finish(nullptr);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), testing::HasSubstr("full"));
  EXPECT_EQ(remote->text, "");
}

TEST(CacheTransfer, ACacheThatCannotBeReadIsToldAndLeftOut) {
  const auto good = std::make_shared<MemoryRemote>();
  CacheExport cache(good, 1);
  cache.add(step("one"), "layer-a", blob_of("a"));
  must(cache.finish(nullptr));
  const auto bad = std::make_shared<MemoryRemote>();
  bad->text = "{}";
  Warnings warnings;
  CacheImport import({bad, std::make_shared<MemoryRemote>(), good}, {}, warnings.collect());
  EXPECT_TRUE(import.find(Digest::of("one")));
  EXPECT_THAT(warnings.texts, testing::ElementsAre(testing::HasSubstr("the cache memory is not used")));
}

}  // namespace
}  // namespace mbuild::builder
