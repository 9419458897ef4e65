// The store after a process was killed, and after the machine was switched off.
#include <sys/wait.h>

#include <thread>

#include "registry/base/compress.h"
#include "registry/base/copy_stream.h"
#include "tests/builder/snapshot/layer_store_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::ElementsAre;
using testing::IsEmpty;

// Gives half of an archive, then kills its process.
class DeadlySource : public ByteSource {
 public:
  explicit DeadlySource(std::string text) : source_(std::move(text), 10'000) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = MBUILD_TRY(source_.read(buffer));
    if (size == 0) ::kill(::getpid(), SIGKILL);
    return size;
  }

 private:
  test::StringSource source_;
};

TEST_F(LayerStoreTest, AKilledImportLeavesNoLayerAndItsWorkIsSwept) {
  const std::string archive =
      tar_of({file("a", std::string(3 << 20, 'a')), file("b", std::string(3 << 20, 'b'))});
  store_.reset();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto own = LayerStore::open(root());
    (void)(*own)->import(std::make_unique<DeadlySource>(archive.substr(0, archive.size() / 2)),
                         descriptor_of(archive), oci::Digest::of(archive), 0);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(left_overs().empty());
  EXPECT_EQ(layers_in_store(), 0u);
  reopen();
  EXPECT_THAT(left_overs(), IsEmpty());
  EXPECT_EQ(must(store().find_imported(oci::Digest::of(archive))), nullptr);
  EXPECT_THAT(try_import(archive), Succeeds());
}

TEST_F(LayerStoreTest, TheWorkOfTheLivingIsLeftAlone) {
  const LayerDraft draft = must(store().folders().make_draft());
  const auto other = must(LayerStore::open(root()));
  EXPECT_TRUE(fs::exists(draft.folder.path() + "/fs"));
}

TEST_F(LayerStoreTest, ALayerWithoutAValidRecordIsNone) {
  const std::string archive = tar_of({file("a", "a")});
  const LayerPtr layer = must(try_import(archive));
  for (const char* text : {"", "{", "{}", "{\"version\": 2}", "[]"}) {
    set_file(info(layer), text);
    EXPECT_THAT(store().find(layer->id), FailsWith(ErrorKind::not_found, layer->id)) << text;
    EXPECT_EQ(must(try_import(archive))->id, layer->id) << text;
    EXPECT_THAT(store().find(layer->id), Succeeds()) << text;
  }
  fs::remove(info(layer));
  EXPECT_THAT(store().find(layer->id), FailsWith(ErrorKind::not_found, ""));
  EXPECT_THAT(try_import(archive), Succeeds());
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(LayerStoreTest, AnotherBootVerifiesWhatWasBuilt) {
  const LayerPtr whole = commit({}, "whole", [](const fs::path& root) { set_file(root / "f", "whole"); });
  const LayerPtr damaged =
      commit({}, "damaged", [](const fs::path& root) { set_file(root / "f", "damaged"); });
  const LayerPtr missing =
      commit({}, "missing", [](const fs::path& root) { set_file(root / "f", "missing"); });
  set_file(tree(damaged) / "f", std::string(7, '\0'));
  fs::remove(tree(missing) / "f");
  EXPECT_THAT(store().find(damaged->id), Succeeds());  // this boot is believed
  reboot();
  EXPECT_THAT(store().find(whole->id), Succeeds());
  EXPECT_THAT(store().find(damaged->id), FailsWith(ErrorKind::not_found, ""));
  EXPECT_THAT(store().find(missing->id), FailsWith(ErrorKind::not_found, ""));
  EXPECT_FALSE(fs::exists(root() + "/layers/" + damaged->id));
  EXPECT_THAT(left_overs(), IsEmpty());
  // Once is enough.
  set_file(tree(whole) / "f", "WHOLE");
  reboot();
}

TEST_F(LayerStoreTest, AnotherBootUnpacksAgainWhatWasPulled) {
  const std::string archive = tar_of({file("f", "content"), file("g", "more")});
  const LayerPtr layer = must(try_import(archive));
  set_file(tree(layer) / "f", "");
  fs::remove(tree(layer) / "g");
  reboot();
  ASSERT_TRUE(must(store().find_imported(oci::Digest::of(archive))));
  EXPECT_EQ(test::TempDir::read_file(tree(layer) / "f"), "content");
  EXPECT_EQ(test::TempDir::read_file(tree(layer) / "g"), "more");

  // A blob that did not reach the disk either: the layer has to be pulled again.
  reboot();
  set_file(root() + "/blobs/sha256/" + oci::Digest::of(archive).hex(), archive.substr(0, 600));
  EXPECT_EQ(must(store().find_imported(oci::Digest::of(archive))), nullptr);
  EXPECT_FALSE(store().blobs().contains(oci::Digest::of(archive)));
  EXPECT_EQ(layers_in_store(), 0u);
  EXPECT_THAT(try_import(archive), Succeeds());
}

TEST_F(LayerStoreTest, AnotherBootDropsDamagedBlobs) {
  const LayerPtr layer = commit({}, "blob", [](const fs::path& root) { set_file(root / "f", "content"); });
  const CompressionOptions gzip{Compression::gzip, std::nullopt, 1};
  const LayerBlob blob = must(store().ensure_blob(*layer, gzip, false));
  set_file(root() + "/blobs/sha256/" + blob.digest.hex(), "");
  reboot();
  EXPECT_EQ(must(store().ensure_blob(*layer, gzip, false)).digest, blob.digest);
  EXPECT_EQ(must(store().blobs().size(blob.digest)), blob.size);
}

}  // namespace
}  // namespace mbuild::builder
