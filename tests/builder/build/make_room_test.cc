#include "builder/build/make_room.h"

#include "builder/snapshot/layer_folders.h"
#include "tests/builder/snapshot/layer_store_fixture.h"

namespace mbuild::builder {
namespace {

using test::must;
using test::Succeeds;

constexpr std::size_t kSize = 100'000;

class MakeRoomTest : public LayerStoreTest {
 protected:
  LayerPtr layer(const std::string& step) {
    return commit({}, step, [&](const auto& tree) { set_file(tree / "f", step + std::string(kSize, 'x')); });
  }
  // As a process that ends: nothing is pinned any more.
  void end() { reopen(); }
  bool has(const std::string& id) { return must(store().folders().read(id)).has_value(); }
  void used(const std::string& id, std::int64_t time) {
    set_mtime(root() + "/layers/" + id + "/info.json", time * kSecond);
  }
  static oci::Digest key_of(const std::string& step) { return oci::Digest::of(step); }
  ActionCache actions() { return must(ActionCache::open(root())); }
  void record(const std::string& step, const LayerPtr& layer) {
    EXPECT_THAT(actions().store(key_of(step), {layer->id, layer->fingerprint, 1, {}}), Succeeds());
  }
  StoreContents contents() {
    return must(StoreContents::read(root(), store(), must(ImageStore::open(root()))));
  }
};

TEST_F(MakeRoomTest, WhatWasUsedLongestAgoGoesUntilTheRestFits) {
  const LayerPtr old = layer("old"), middle = layer("middle"), young = layer("young");
  record("middle", middle);
  end();
  used(old->id, 1000);
  used(middle->id, 2000);
  used(young->id, 3000);
  const std::uint64_t left = must(make_room(store(), 5 * kSize / 2));
  EXPECT_LE(left, 5 * kSize / 2);
  EXPECT_FALSE(has(old->id));
  EXPECT_TRUE(has(middle->id));
  EXPECT_TRUE(has(young->id));
}

TEST_F(MakeRoomTest, AnotherThatUsesALayerKeepsItAndItsRecords) {
  const LayerPtr kept = layer("kept"), gone = layer("gone");
  record("kept", kept);
  record("gone", gone);
  end();
  const auto other = must(LayerStore::open(root()));
  must(other->find(kept->id));
  EXPECT_LE(must(make_room(store(), 0)), kSize * 3 / 2);
  EXPECT_TRUE(has(kept->id));
  EXPECT_FALSE(has(gone->id));
  EXPECT_TRUE(actions().peek(key_of("kept")));
  EXPECT_FALSE(actions().peek(key_of("gone")));
  EXPECT_THAT(other->tar_info(*kept), Succeeds());
}

TEST_F(MakeRoomTest, WhatAnImageNeedsStays) {
  const LayerPtr needed = layer("needed");
  ImageRecord image;
  image.id = must(store().blobs().put("{}"));
  image.layers = {needed->id};
  image.platform = oci::Platform::host();
  EXPECT_THAT(must(ImageStore::open(root())).put(image), Succeeds());
  end();
  must(make_room(store(), 0));
  EXPECT_TRUE(has(needed->id));
}

TEST_F(MakeRoomTest, ABlobGoesWithTheLastLayerThatHasIt) {
  const auto same = [](const auto& tree) { set_file(tree / "f", "the same"); };
  const LayerPtr one = commit({}, "one", same), two = commit({}, "two", same);
  const auto time = std::optional<std::int64_t>(1);
  const LayerBlob blob = must(store().ensure_blob(*one, {}, false, time));
  ASSERT_EQ(must(store().ensure_blob(*two, {}, false, time)).digest, blob.digest);
  end();
  StoreContents contents = this->contents();
  std::uint64_t before = 0, gone = 0;
  for (const StoredItem& item : contents.items()) before += item.bytes;
  for (const StoredItem& item : std::vector<StoredItem>(contents.items())) {
    ASSERT_TRUE(store().blobs().contains(blob.digest));
    const std::uint64_t told = must(StoreContents(this->contents()).remove(item, true));
    const std::uint64_t bytes = must(contents.remove(item));
    EXPECT_EQ(bytes, told);
    gone += bytes;
  }
  EXPECT_FALSE(store().blobs().contains(blob.digest));
  EXPECT_EQ(gone, before);
}

TEST_F(MakeRoomTest, ABlobThatIsPinnedOutlivesItsLayer) {
  const LayerPtr gone = layer("gone");
  const LayerBlob blob = must(store().ensure_blob(*gone, {}, false));
  end();
  EXPECT_THAT(store().folders().ledger().pin(blob.digest.hex()), Succeeds());
  must(make_room(store(), 0));
  EXPECT_FALSE(has(gone->id));
  EXPECT_TRUE(store().blobs().contains(blob.digest));
}

TEST_F(MakeRoomTest, AKeeperLooksWhenEnoughWasWritten) {
  const LayerPtr old = layer("old");
  end();
  RoomKeeper keeper(store(), kSize / 2);
  keeper.wrote(kSize / 2 / 20 - 1);
  EXPECT_TRUE(has(old->id));
  keeper.wrote(1);
  EXPECT_FALSE(has(old->id));
}

}  // namespace
}  // namespace mbuild::builder
