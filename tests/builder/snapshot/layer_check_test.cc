#include "builder/snapshot/layer_check.h"

#include "tests/builder/snapshot/layer_store_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::must;
using testing::HasSubstr;
using testing::Optional;

class LayerCheckTest : public LayerStoreTest {
 protected:
  std::optional<std::string> damage(const LayerPtr& layer) {
    return must(find_layer_damage(store(), layer->id));
  }
  fs::path tree(const LayerPtr& layer) const { return root() + "/layers/" + layer->id + "/fs"; }
  LayerPtr imported() { return must(try_import(tar_of({file("a", "text"), file("b", "other")}))); }
};

TEST_F(LayerCheckTest, AWholeLayerHasNone) {
  EXPECT_EQ(damage(imported()), std::nullopt);
}

TEST_F(LayerCheckTest, ALayerThatIsNotThereHasNone) {
  EXPECT_EQ(must(find_layer_damage(store(), "00")), std::nullopt);
}

TEST_F(LayerCheckTest, FilesOfAPulledLayerAreComparedWithItsBlob) {
  const LayerPtr layer = imported();
  fs::resize_file(tree(layer) / "a", 2);
  EXPECT_THAT(damage(layer), Optional(HasSubstr("not those of its blob")));
}

TEST_F(LayerCheckTest, ModesAreComparedToo) {
  const LayerPtr layer = imported();
  fs::permissions(tree(layer) / "a", fs::perms::owner_exec, fs::perm_options::add);
  EXPECT_THAT(damage(layer), Optional(HasSubstr("not those of its blob")));
}

TEST_F(LayerCheckTest, APulledLayerWithoutItsBlobIsDamaged) {
  const LayerPtr layer = imported();
  for (const auto& blob : fs::directory_iterator(root() + "/blobs/sha256")) fs::remove(blob.path());
  EXPECT_THAT(damage(layer), Optional(HasSubstr("its blob is not in the store")));
}

TEST_F(LayerCheckTest, FilesAndRecordMustBeThere) {
  const LayerPtr layer = imported();
  fs::remove_all(tree(layer));
  EXPECT_THAT(damage(layer), Optional(HasSubstr("it has no files")));
  set_file(info(layer), "{");
  EXPECT_THAT(damage(layer), Optional(HasSubstr("info.json is missing or damaged")));
}

}  // namespace
}  // namespace mbuild::builder
