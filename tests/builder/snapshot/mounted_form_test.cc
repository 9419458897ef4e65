// Layers that are kept as tarballs and mounted.
#include "builder/snapshot/mounted_form.h"

#include "tests/builder/snapshot/layer_store_fixture.h"
#include "tests/support/run_program.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::IsEmpty;

class MountedForm : public LayerStoreTest {
 protected:
  void SetUp() override {
    LayerStoreTest::SetUp();
    if (IsSkipped()) return;
    auto used = store().folders().use_mounts();
    if (!used && used.error().kind() == ErrorKind::unsupported) GTEST_SKIP() << used.error().message();
    must(std::move(used));
  }
  fs::path folder(const LayerPtr& layer) { return root() + "/layers/" + layer->id; }
  std::string read(const LayerPtr& layer, const std::string& path) {
    const Fd tree = must(store().folders().open_tree(layer->id));
    return test::TempDir::read_file(path_of(tree.get()) / path);
  }
};

TEST_F(MountedForm, KeepsTheTarballAndUnpacksNothing) {
  const std::string archive = tar_of({directory("d"), file("d/f", "content"), file("d/.wh.gone")});
  const LayerPtr layer = must(try_import(archive));
  EXPECT_EQ(test::TempDir::read_file(folder(layer) / "tar"), archive);
  EXPECT_TRUE(fs::exists(folder(layer) / "index"));
  EXPECT_FALSE(fs::exists(folder(layer) / "fs"));
  EXPECT_EQ(read(layer, "d/f"), "content");
  EXPECT_TRUE(layer->whiteouts);
  EXPECT_EQ(tar(layer), archive);
  EXPECT_EQ(must(store().tar_info(*layer)).diff_id, oci::Digest::of(archive));
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(MountedForm, ServesThoseWhoCannotMount) {
  const LayerPtr layer = import({directory("d", 0700), file("d/f", "content")});
  reopen();
  EXPECT_EQ(read(layer, "d/f"), "content");
  EXPECT_EQ(status_at(tree(layer) / "d").st_mode & 07777, 0700u);
  EXPECT_EQ(read(layer, "d/f"), "content");
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(MountedForm, UsesWhatIsUnpackedAlready) {
  reopen();
  const LayerPtr layer = import({file("f", "content")});
  EXPECT_TRUE(fs::exists(tree(layer)));
  must(store().folders().use_mounts());
  EXPECT_EQ(read(layer, "f"), "content");
}

TEST_F(MountedForm, SparseArchivesAreUnpacked) {
  const fs::path sparse = dir_.path() / "sparse";
  fs::create_directory(sparse);
  const Fd file(::open((sparse / "f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::pwrite(file.get(), "end", 3, 1 << 20), 3);
  const auto made =
      test::run_program({"tar", "--sparse", "-cf", dir_.str() + "/sparse.tar", "-C", sparse.string(), "f"});
  ASSERT_EQ(made.code, 0) << made.output;
  const LayerPtr layer = must(try_import(dir_.read("sparse.tar")));
  EXPECT_TRUE(fs::exists(tree(layer) / "f"));
  EXPECT_FALSE(fs::exists(folder(layer) / "tar"));
  EXPECT_EQ(read(layer, "f").substr(1 << 20), "end");
}

TEST_F(MountedForm, NothingIsLeftOfHostileArchives) {
  expect_refused(try_import(tar_of({file("f"), file("f/x")})), ErrorKind::corrupt, "f is not a directory");
  must(store().folders().use_mounts());
  const std::string archive = tar_of({file("f", std::string(5000, 'f'))});
  expect_refused(try_import(archive.substr(0, 2000)), ErrorKind::corrupt, "");
}

TEST_F(MountedForm, AnotherBootIndexesAgain) {
  const std::string archive = tar_of({file("f", "content")});
  const LayerPtr layer = must(try_import(archive));
  set_file(folder(layer) / "tar", std::string(archive.size(), '\0'));
  set_file(folder(layer) / "index", "");
  reboot();
  must(store().folders().use_mounts());
  ASSERT_TRUE(must(store().find_imported(oci::Digest::of(archive))));
  EXPECT_EQ(read(layer, "f"), "content");
}

TEST_F(MountedForm, TheSampleMustBeReadable) {
  const auto work = must(WorkArea::open(root() + "/work"));
  EXPECT_THAT(LayerMounts::probe(*work), Succeeds());
}

}  // namespace
}  // namespace mbuild::builder
