#include "builder/cache/action_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "builder/cache/record.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using oci::Digest;
using test::must;
using test::Succeeds;
using test::TempDir;

const Digest kKey = Digest::of("key");

ActionResult sample() {
  return {.layer = "layer-1",
          .fingerprint = Digest::of("content"),
          .created = 1700000000,
          .resources = {std::chrono::milliseconds(1500), std::chrono::milliseconds(900), 12 << 20}};
}

class ActionCacheTest : public testing::Test {
 protected:
  std::filesystem::path file(const Digest& key = kKey) const {
    return root_.path() / "actions" / key.hex().substr(0, 2) / key.hex();
  }
  // The record on disk with one field replaced, its digest right.
  void rewrite(std::string_view field, const std::string& value) const {
    const auto old = Record::decode("action", TempDir::read_file(file()));
    Record changed("action");
    for (const char* name : {"key", "layer", "fingerprint", "created", "wall", "cpu", "memory", "boot"}) {
      changed.add(name, name == field ? value : std::string(*old->text(name)));
    }
    root_.write("actions/" + kKey.hex().substr(0, 2) + "/" + kKey.hex(), changed.encode());
  }

  TempDir root_;
  ActionCache cache_ = must(ActionCache::open(root_.str()));
};

TEST_F(ActionCacheTest, GivesWhatWasStored) {
  EXPECT_FALSE(cache_.find(kKey));
  ASSERT_THAT(cache_.store(kKey, sample()), Succeeds());
  const auto found = cache_.find(kKey);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->layer, "layer-1");
  EXPECT_EQ(found->fingerprint, Digest::of("content"));
  EXPECT_EQ(found->created, 1700000000);
  EXPECT_EQ(found->resources.wall, std::chrono::milliseconds(1500));
  EXPECT_EQ(found->resources.cpu, std::chrono::milliseconds(900));
  EXPECT_EQ(found->resources.peak_memory_bytes, 12u << 20);
  EXPECT_FALSE(found->needs_check);
  EXPECT_FALSE(cache_.find(Digest::of("other")));
}

TEST_F(ActionCacheTest, ReplacesAndRemoves) {
  must(cache_.store(kKey, sample()));
  ActionResult other = sample();
  other.layer = "layer-2";
  must(cache_.store(kKey, other));
  EXPECT_EQ(cache_.find(kKey)->layer, "layer-2");
  EXPECT_THAT(cache_.remove(kKey), Succeeds());
  EXPECT_FALSE(cache_.find(kKey));
  EXPECT_THAT(cache_.remove(kKey), Succeeds());
}

TEST_F(ActionCacheTest, IsSeenByAnotherProcessOnTheFolder) {
  must(cache_.store(kKey, sample()));
  EXPECT_TRUE(must(ActionCache::open(root_.str())).find(kKey));
}

TEST_F(ActionCacheTest, TakesARecordUnderAnotherKeysNameAsAbsent) {
  must(cache_.store(kKey, sample()));
  const Digest other = Digest::of("other");
  std::filesystem::create_directories(file(other).parent_path());
  std::filesystem::copy_file(file(), file(other));
  EXPECT_FALSE(cache_.find(other));
}

TEST_F(ActionCacheTest, TakesADamagedRecordAsAbsentAndReplacesIt) {
  must(cache_.store(kKey, sample()));
  std::filesystem::resize_file(file(), 40);
  EXPECT_FALSE(cache_.find(kKey));
  std::filesystem::resize_file(file(), 0);
  EXPECT_FALSE(cache_.find(kKey));
  must(cache_.store(kKey, sample()));
  EXPECT_TRUE(cache_.find(kKey));
}

TEST_F(ActionCacheTest, TakesNonsenseValuesAsAbsent) {
  for (const auto& [field, value] : {std::pair{"layer", ""},
                                     {"fingerprint", "sha256:12"},
                                     {"created", "yesterday"},
                                     {"wall", "-1"},
                                     {"cpu", "18446744073709551615"},
                                     {"created", "9223372036854775808"},
                                     {"key", ""}}) {
    must(cache_.store(kKey, sample()));
    rewrite(field, value);
    EXPECT_FALSE(cache_.find(kKey)) << field;
  }
}

TEST_F(ActionCacheTest, TakesAHugeFileAsAbsent) {
  must(cache_.store(kKey, sample()));
  rewrite("layer", std::string(1 << 20, 'x'));
  EXPECT_FALSE(cache_.find(kKey));
}

TEST_F(ActionCacheTest, AsksForACheckOfWhatAnEarlierBootWroteUntilItIsConfirmed) {
  must(cache_.store(kKey, sample()));
  rewrite("boot", "00000000-0000-0000-0000-000000000000");
  const auto found = cache_.find(kKey);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->needs_check);
  ASSERT_THAT(cache_.confirm(kKey, *found), Succeeds());
  EXPECT_FALSE(cache_.find(kKey)->needs_check);
  EXPECT_EQ(cache_.find(kKey)->layer, "layer-1");
}

TEST_F(ActionCacheTest, MarksTheTimeOfTheLastUse) {
  must(cache_.store(kKey, sample()));
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file().c_str(), old, 0), 0);
  cache_.find(kKey);
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_GT(status.st_mtim.tv_sec, 1700000000);
}

TEST_F(ActionCacheTest, ServesManyThreadsAtOnce) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      const ActionCache mine = must(ActionCache::open(root_.str()));
      for (int i = 0; i < 200; ++i) {
        ActionResult result = sample();
        result.layer = "layer-" + std::to_string(thread);
        must(mine.store(Digest::of(std::to_string(i % 10)), result));
        const auto found = mine.find(Digest::of(std::to_string(i % 10)));
        if (!found || !found->layer.starts_with("layer-")) ADD_FAILURE() << "a record was lost";
      }
    });
  }
}

}  // namespace
}  // namespace mbuild::builder
