// Layers that are kept as tarballs and mounted.
#include "builder/snapshot/mounted_form.h"

#include "builder/snapshot/archive_layer.h"
#include "builder/snapshot/layer_check.h"
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

// The layer of a step, written as a tree or as a tarball.
class ArchiveLayerTest : public MountedForm {
 protected:
  CommitOptions options() const { return {oci::Digest::of("step"), started_}; }
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

TEST_F(ArchiveLayerTest, IsTheLayerOfATree) {
  const std::string content(100000, 'c');
  ArchiveLayer archive = must(ArchiveLayer::begin(store(), options(), ""));
  must(archive.add(directory("d", 0750).entry));
  for (const auto& [path, data] :
       {std::pair<std::string, std::string>{"d/a", content}, {"d/b", ""}, {"d/c", "c"}}) {
    MemorySource source(data);
    EXPECT_EQ(must(archive.add(file(path, data).entry, source)), oci::Digest::of(data));
  }
  must(archive.add(symlink("d/l", "a").entry));
  const LayerPtr first = must(archive.commit()).layer;
  EXPECT_TRUE(fs::exists(folder(first) / "tar"));
  EXPECT_EQ(read(first, "d/a"), content);
  const std::string bytes = tar(first);
  EXPECT_EQ(must(store().tar_info(*first)).diff_id, oci::Digest::of(bytes));

  auto snapshotter = must(make_snapshotter(SnapshotterKind::erofs, store()));
  auto workspace = must(snapshotter->prepare({}));
  const fs::path root = path_of(workspace->root());
  fs::create_directory(root / "d");
  set_file(root / "d/a", content);
  set_file(root / "d/b", "");
  set_file(root / "d/c", "c");
  fs::create_symlink("a", root / "d/l");
  ASSERT_EQ(::chmod((root / "d").c_str(), 0750), 0);
  for (const char* path : {"d/a", "d/b", "d/c", "d/l", "d"}) set_mtime(root / path, kBaseTime);
  const CommittedLayer second = must(workspace->commit(options()));
  EXPECT_TRUE(second.cut_off);
  EXPECT_EQ(second.layer->id, first->id);
  EXPECT_EQ(second.layer->bytes, first->bytes);
}

TEST_F(ArchiveLayerTest, TakesFilesThatDidNotChangeFromAnEarlierLayer) {
  const auto make = [&](const std::string& earlier, const std::vector<std::string>& taken) {
    ArchiveLayer archive = must(ArchiveLayer::begin(store(), options(), earlier));
    must(archive.add(directory("d").entry));
    std::vector<std::string> unchanged;
    for (const auto& [path, data] :
         {std::pair<std::string, std::string>{"d/a", "old"}, {"d/b", ""}, {"e", "eee"}}) {
      if (must(archive.add_unchanged(file(path, data).entry, oci::Digest::of(data)))) {
        unchanged.push_back(path);
        continue;
      }
      MemorySource source(data);
      EXPECT_EQ(must(archive.add(file(path, data).entry, source)), oci::Digest::of(data));
    }
    EXPECT_EQ(unchanged, taken) << earlier;
    return must(archive.commit()).layer;
  };
  const LayerPtr first = make("", {});
  const std::string bytes = tar(first);
  const auto same = [&](const LayerPtr& layer) { return layer->id == first->id && tar(layer) == bytes; };
  EXPECT_TRUE(same(make(first->id, {"d/a", "d/b", "e"})));
  EXPECT_TRUE(same(make("none of that name", {})));
  // What the store cannot vouch for is looked at, and not believed.
  std::string damaged = bytes;
  damaged[damaged.find("eee")] = 'x';
  set_file(folder(first) / "tar", damaged);
  make(first->id, {"d/a", "d/b"});
  set_file(folder(first) / "tar", bytes.substr(0, 700));
  make(first->id, {});
  fs::remove(folder(first) / "info.json");
  set_file(folder(first) / "tar", bytes);
  make(first->id, {});
}

TEST_F(ArchiveLayerTest, IsVerifiedByItsTarball) {
  ArchiveLayer archive = must(ArchiveLayer::begin(store(), options(), ""));
  MemorySource source(std::string_view("content"));
  must(archive.add(file("f", "content").entry, source));
  const LayerPtr layer = must(archive.commit()).layer;
  EXPECT_EQ(must(find_layer_damage(store(), layer->id)), std::nullopt);
  std::string damaged = tar(layer);
  damaged[damaged.find("content")] = 'x';
  set_file(folder(layer) / "tar", damaged);
  EXPECT_THAT(must(find_layer_damage(store(), layer->id)),
              testing::Optional(testing::HasSubstr("fingerprint")));
  fs::remove(folder(layer) / "tar");
  EXPECT_THAT(must(find_layer_damage(store(), layer->id)), testing::Optional(testing::HasSubstr("no files")));
}

TEST_F(ArchiveLayerTest, LeavesNothingUnlessCommitted) {
  {
    ArchiveLayer archive = must(ArchiveLayer::begin(store(), options(), ""));
    MemorySource shorter(std::string_view("12"));
    must(archive.add(directory("d").entry));
    EXPECT_THAT(archive.add(file("d/f", "123").entry, shorter), FailsWith(ErrorKind::corrupt, "d/f"));
  }
  EXPECT_THAT(left_overs(), IsEmpty());
  EXPECT_EQ(layers_in_store(), 0u);
}

TEST_F(ArchiveLayerTest, AnotherBootVerifiesIt) {
  const auto make = [&](const std::string& name) {
    ArchiveLayer archive = must(ArchiveLayer::begin(store(), options(), ""));
    MemorySource source(name);
    must(archive.add(file(name, name).entry, source));
    return must(archive.commit()).layer;
  };
  const LayerPtr whole = make("whole");
  const LayerPtr damaged = make("damaged");
  const LayerPtr unreadable = make("unreadable");
  std::string bytes = test::TempDir::read_file(folder(damaged) / "tar");
  bytes[512] = 'x';
  set_file(folder(damaged) / "tar", bytes);
  set_file(folder(unreadable) / "index", std::string(4096, '\0'));
  reboot();
  must(store().folders().use_mounts());
  EXPECT_THAT(store().find(whole->id), Succeeds());
  EXPECT_THAT(store().find(damaged->id), FailsWith(ErrorKind::not_found, ""));
  EXPECT_THAT(store().find(unreadable->id), FailsWith(ErrorKind::not_found, ""));
}

TEST_F(MountedForm, TheSampleMustBeReadable) {
  const auto work = must(WorkArea::open(root() + "/work"));
  EXPECT_THAT(LayerMounts::probe(*work), Succeeds());
}

}  // namespace
}  // namespace mbuild::builder
