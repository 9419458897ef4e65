#include "builder/snapshot/snapshotter.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <sstream>
#include <thread>

#include "builder/snapshot/overlay_mount.h"
#include "tests/builder/snapshot/layer_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::ElementsAre;
using testing::IsEmpty;

// The lines of the mount table that name `folder`. Other programs mount things meanwhile.
std::vector<std::string> mounts_in(const std::string& folder) {
  std::istringstream table(test::TempDir::read_file("/proc/self/mountinfo"));
  std::vector<std::string> found;
  for (std::string line; std::getline(table, line);) {
    if (line.find(folder) != std::string::npos) found.push_back(line);
  }
  return found;
}

class SnapshotterTest : public StoreTest, public testing::WithParamInterface<SnapshotterKind> {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (IsSkipped()) return;
    auto made = make_snapshotter(GetParam(), store());
    if (!made && GetParam() == SnapshotterKind::erofs) GTEST_SKIP() << made.error().message();
    snapshotter_ = must(std::move(made));
  }
  std::string read(const LayerPtr& layer, const std::string& path) {
    const Fd root = must(store().folders().open_tree(layer->id));
    return test::TempDir::read_file(path_of(root.get()) / path);
  }
  Snapshotter& snapshotter() { return *snapshotter_; }

  CommittedLayer commit(const LayerChain& below, const std::string& definition,
                        const std::function<void(const fs::path&)>& change) {
    CommitOptions options;
    options.definition = oci::Digest::of(definition);
    options.started = std::chrono::system_clock::now();
    auto workspace = must(snapshotter().prepare(below));
    change(path_of(workspace->root()));
    return must(workspace->commit(options));
  }

  std::unique_ptr<Snapshotter> snapshotter_;
};

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_P(SnapshotterTest, AnEmptyChainIsAnEmptyDirectory) {
  const auto view = must(snapshotter().view({}));
  EXPECT_THAT(names_in(path_of(view->root())), IsEmpty());
  EXPECT_EQ(status_at(path_of(view->root())).st_mode & 07777, 0755u);
  const LayerPtr layer = commit({}, "first", [](const fs::path& root) { set_file(root / "f", "f"); }).layer;
  EXPECT_THAT(describe_tar(tar(layer)), ElementsAre("-0644 0:0 f =f"));
}

TEST_P(SnapshotterTest, LayersLieOnEachOther) {
  const LayerPtr bottom =
      import({directory("d"), file("d/a", "1"), file("d/b", "1"), directory("o"), file("o/old")});
  const LayerPtr middle = import({directory("d"), file("d/b", "2"), file("d/.wh.a"), file("d/c", "2")});
  const LayerPtr empty = import({});
  const LayerPtr top = import({directory("o"), file("o/.wh..wh..opq"), file("o/new"), file("d/c", "3")});
  const auto view = must(snapshotter().view({bottom, middle, empty, top}));
  const fs::path root = path_of(view->root());
  EXPECT_THAT(names_in(root), ElementsAre("d", "o"));
  EXPECT_THAT(names_in(root / "d"), ElementsAre("b", "c"));
  EXPECT_THAT(names_in(root / "o"), ElementsAre("new"));
  EXPECT_EQ(test::TempDir::read_file(root / "d/b"), "2");
  EXPECT_EQ(test::TempDir::read_file(root / "d/c"), "3");
}

TEST_P(SnapshotterTest, WhiteoutsOfTheLowestLayerAreNotSeen) {
  const LayerPtr layer = import({file(".wh.gone"), file("f")});
  EXPECT_THAT(names_in(path_of(must(snapshotter().view({layer}))->root())), ElementsAre("f"));
  EXPECT_THAT(names_in(path_of(must(snapshotter().prepare({layer}))->root())), ElementsAre("f"));
}

TEST_P(SnapshotterTest, AnOpaqueRootHidesAllBelow) {
  const LayerPtr bottom = import({file("bottom")});
  const LayerPtr top = import({file(".wh..wh..opq"), file("top")});
  EXPECT_THAT(names_in(path_of(must(snapshotter().view({bottom, top}))->root())), ElementsAre("top"));
  const LayerPtr nothing = import({file(".wh..wh..opq")});
  EXPECT_THAT(names_in(path_of(must(snapshotter().view({bottom, nothing}))->root())), IsEmpty());
}

TEST_P(SnapshotterTest, ImpliedDirectoriesAreThoseBelow) {
  Member tmp = directory("tmp", 01777);
  tmp.entry.uid = 3;
  const LayerPtr bottom = import(
      {directory(".", 0750), tmp, directory("var", 0711), directory("var/x", 0700), directory("gone", 0700)});
  const LayerPtr middle =
      import({file("tmp/a"), file("var/x/a"), file("gone/a"), file("new/a"), file(".wh.gone")});
  const LayerPtr stated = import({directory("var", 0555), file("new/b")});
  const LayerPtr top = import({file("var/b"), file("gone/b")});
  const auto check = [](const fs::path& root) {
    EXPECT_EQ(status_at(root / "tmp").st_mode & 07777, 01777u);
    EXPECT_EQ(status_at(root / "tmp").st_uid, 3u);
    EXPECT_EQ(status_at(root / "tmp").st_mtim.tv_sec, kBaseTime / kSecond);
    EXPECT_EQ(status_at(root / "var").st_mode & 07777, 0555u);
    EXPECT_EQ(status_at(root / "var/x").st_mode & 07777, 0700u);
    EXPECT_EQ(status_at(root / "gone").st_mode & 07777,
              0755u);  // another directory than the one that is gone
    EXPECT_EQ(status_at(root / "new").st_mode & 07777, 0755u);
    EXPECT_THAT(names_in(root / "var/x"), ElementsAre("a"));
    EXPECT_THAT(names_in(root / "gone"), ElementsAre("b"));
  };
  const LayerChain chain{bottom, middle, stated, top};
  check(path_of(must(snapshotter().view(chain))->root()));
  const LayerPtr layer = commit(chain, "implied", [&](const fs::path& root) {
                           check(root);
                           set_file(root / "tmp/new", "");
                         }).layer;
  EXPECT_THAT(describe_tar(tar(layer)), ElementsAre("d1777 3:0 tmp", "-0644 0:0 tmp/new"));
}

TEST_P(SnapshotterTest, TheRootKeepsItsMetadata) {
  Member root = directory(".", 0711);
  root.entry.uid = 5;
  const LayerPtr base = import({root, file("f")});
  const LayerPtr next = commit({base}, "step", [](const fs::path& path) {
                          EXPECT_EQ(status_at(path).st_mode & 07777, 0711u);
                          EXPECT_EQ(status_at(path).st_uid, 5u);
                          set_file(path / "g", "");
                          ::chmod(path.c_str(), 0700);
                        }).layer;
  const auto view = must(snapshotter().view({base, next}));
  EXPECT_EQ(status_at(path_of(view->root())).st_mode & 07777, 0711u);
  EXPECT_EQ(status_at(path_of(view->root())).st_uid, 5u);
}

TEST_P(SnapshotterTest, NothingShowsInTheMountTable) {
  const LayerPtr base = import({file("a")});
  const LayerPtr next = import({file("b")});
  const auto one = must(snapshotter().view({base}));
  const auto two = must(snapshotter().view({base, next}));
  const auto workspace = must(snapshotter().prepare({base, next}));
  EXPECT_THAT(mounts_in(root()), IsEmpty());
}

TEST_P(SnapshotterTest, WhatIsNotCommittedLeavesNothing) {
  const LayerPtr base = import({file("a", "a")});
  const std::size_t layers = layers_in_store();
  {
    const auto workspace = must(snapshotter().prepare({base}));
    set_file(path_of(workspace->root()) / "a", "changed");
    fs::create_directories(path_of(workspace->root()) / "x/y/z");
  }
  EXPECT_EQ(read(base, "a"), "a");
  EXPECT_EQ(layers_in_store(), layers);
  snapshotter_.reset();
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_P(SnapshotterTest, EqualResultsOfOneDefinitionAreOneLayer) {
  const LayerPtr base = import({file("a", "a")});
  const auto change = [](const fs::path& root) { set_file(root / "a", "b"); };
  const CommittedLayer first = commit({base}, "step", change);
  const CommittedLayer second = commit({base}, "step", change);
  const CommittedLayer other_step = commit({base}, "other step", change);
  const CommittedLayer other_result =
      commit({base}, "step", [](const fs::path& root) { set_file(root / "a", "c"); });
  EXPECT_FALSE(first.cut_off);
  EXPECT_TRUE(second.cut_off);
  EXPECT_EQ(first.layer->id, second.layer->id);
  EXPECT_FALSE(other_step.cut_off);
  EXPECT_NE(other_step.layer->id, first.layer->id);
  EXPECT_EQ(other_step.layer->fingerprint, first.layer->fingerprint);
  EXPECT_FALSE(other_result.cut_off);
}

TEST_P(SnapshotterTest, OnlyMtimesOfTheStepsOwnMakingAreNoContent) {
  const auto dated = [&](std::int64_t mtime) {
    return commit({}, "dated",
                  [&](const fs::path& root) {
                    set_file(root / "f", "f");
                    if (mtime != 0) set_mtime(root / "f", mtime);
                  })
        .layer->fingerprint;
  };
  EXPECT_EQ(dated(0), dated(0));
  EXPECT_EQ(dated(kBaseTime), dated(kBaseTime + 1));  // of a second
  EXPECT_NE(dated(kBaseTime), dated(kBaseTime + kSecond));
  EXPECT_NE(dated(kBaseTime), dated(0));
}

TEST_P(SnapshotterTest, ChainsMayBeLong) {
  LayerChain chain{import({directory("d"), file("d/shared", "0")})};
  for (int i = 1; i <= 100; ++i) {
    chain.push_back(
        import({directory("d"), file("d/" + std::to_string(i)), file("d/shared", std::to_string(i))}));
  }
  const auto view = must(snapshotter().view(chain));
  EXPECT_EQ(test::TempDir::read_file(path_of(view->root()) / "d/shared"), "100");
  EXPECT_EQ(names_in(path_of(view->root()) / "d").size(), 101u);
  const LayerPtr layer = commit(chain, "step", [](const fs::path& root) {
                           fs::remove(root / "d/50");
                           set_file(root / "d/51", "changed");
                         }).layer;
  EXPECT_THAT(describe_tar(tar(layer)),
              ElementsAre("d0755 0:0 d", "-0000 0:0 d/.wh.50", "-0644 0:0 d/51 =changed"));
}

TEST_P(SnapshotterTest, WorkspacesAreIndependent) {
  const LayerPtr base = import({directory("d"), file("d/f", "base")});
  std::vector<std::thread> threads;
  std::vector<LayerPtr> layers(8);
  std::atomic<int> failures{0};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    threads.emplace_back([&, i] {
      auto workspace = snapshotter().prepare({base});
      if (!workspace) {
        ++failures;
        return;
      }
      set_file(path_of((*workspace)->root()) / "d/f", std::to_string(i % 4));
      CommitOptions options;
      options.definition = oci::Digest::of("step");
      options.started = std::chrono::system_clock::now() - std::chrono::minutes(1);
      auto committed = (*workspace)->commit(options);
      if (committed) layers[i] = committed->layer;
      if (!committed) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(failures, 0);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i]->id, layers[i % 4]->id);
    EXPECT_THAT(describe_tar(tar(layers[i])),
                ElementsAre("d0755 0:0 d", "-0644 0:0 d/f =" + std::to_string(i % 4)));
  }
  EXPECT_EQ(read(base, "d/f"), "base");
}

TEST_P(SnapshotterTest, LargeFilesAndManyFiles) {
  const LayerPtr layer = commit({}, "large", [](const fs::path& root) {
                           set_file(root / "large", std::string(20 << 20, 'l'));
                           fs::create_directory(root / "many");
                           for (int i = 0; i < 3000; ++i)
                             set_file(root / "many" / std::to_string(i), std::to_string(i));
                         }).layer;
  EXPECT_EQ(layer->entries, 3002u);
  const std::string bytes = tar(layer);
  EXPECT_EQ(must(store().tar_info(*layer)).diff_id, oci::Digest::of(bytes));
  const LayerPtr again = must(try_import(bytes));
  EXPECT_EQ(again->entries, 3002u);
  EXPECT_EQ(again->bytes, layer->bytes);
}

TEST_P(SnapshotterTest, FailsWhenALayerIsGone) {
  const LayerPtr layer = import({file("a")});
  const LayerPtr other = import({file("b")});
  fs::remove_all(root() + "/layers/" + layer->id);
  EXPECT_THAT(snapshotter().view({layer, other}), FailsWith(ErrorKind::not_found, layer->id));
  EXPECT_THAT(snapshotter().prepare({layer}), FailsWith(ErrorKind::not_found, layer->id));
}

std::string kind_name(const testing::TestParamInfo<SnapshotterKind>& instance) {
  return kind_label(instance.param);
}

INSTANTIATE_TEST_SUITE_P(, SnapshotterTest,
                         testing::Values(SnapshotterKind::erofs, SnapshotterKind::overlay,
                                         SnapshotterKind::plain_copy),
                         kind_name);

class OverlayTest : public StoreTest {};

TEST_F(OverlayTest, ViewsAreReadOnly) {
  const auto snapshotter = must(make_snapshotter(SnapshotterKind::overlay, store()));
  const LayerPtr base = import({file("a", "a")});
  const LayerPtr next = import({file("b", "b")});
  for (const LayerChain& chain : {LayerChain{}, LayerChain{base}, LayerChain{base, next}}) {
    const auto view = must(snapshotter->view(chain));
    EXPECT_LT(::open((path_of(view->root()) / "new").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), 0);
    EXPECT_EQ(errno, EROFS);
  }
}

TEST_F(OverlayTest, FiveHundredLayersAreTheKernelsLimit) {
  const auto snapshotter = must(make_snapshotter(SnapshotterKind::overlay, store()));
  LayerChain chain;
  for (int i = 0; i < 499; ++i) chain.push_back(import({file(std::to_string(i))}));
  EXPECT_THAT(snapshotter->prepare(chain), Succeeds());
  EXPECT_EQ(names_in(path_of(must(snapshotter->view(chain))->root())).size(), 499u);
  chain.push_back(import({file("one more")}));
  EXPECT_THAT(snapshotter->view(chain), Succeeds());
  EXPECT_THAT(snapshotter->prepare(chain), FailsWith(ErrorKind::unsupported, "500 layers"));
}

// Kernels before 6.7 take the layers as one string of paths.
TEST_F(OverlayTest, MountsByPathsAsWell) {
  std::vector<LayerPtr> layers;
  std::vector<Fd> directories;
  OverlayStack stack;
  for (int i = 0; i < 300; ++i) {
    layers.push_back(import({directory("d"), file("d/" + std::to_string(i), std::to_string(i))}));
    directories.push_back(must(store().folders().open_tree(layers.back()->id)));
    stack.lower.push_back(directories.back().get());
  }
  LayerDraft draft = must(store().folders().make_draft());
  const WorkFolder work = must(store().folders().work().make_folder());
  const WorkFolder scratch = must(store().folders().work().make_folder());
  const WorkFolder other = must(store().folders().work().make_folder());
  {
    const Fd view = must(mount_overlay_by_paths(stack, store().folders().form(), scratch.fd()));
    EXPECT_EQ(names_in(path_of(view.get()) / "d").size(), 300u);
    EXPECT_LT(::mkdir((path_of(view.get()) / "new").c_str(), 0700), 0);
    stack.upper = draft.fs.get();
    stack.work = work.fd();
    const Fd root = must(mount_overlay_by_paths(stack, store().folders().form(), other.fd()));
    fs::remove(path_of(root.get()) / "d/7");
    set_file(path_of(root.get()) / "d/8", "eight");
    EXPECT_THAT(mounts_in(this->root()), IsEmpty());
  }
  EXPECT_TRUE(S_ISCHR(status_at(path_of(draft.fs.get()) / "d/7").st_mode));
  EXPECT_EQ(test::TempDir::read_file(path_of(draft.fs.get()) / "d/8"), "eight");
}

TEST_F(OverlayTest, SaysWhyTheKernelRefuses) {
  OverlayStack stack;
  const LayerDraft draft = must(store().folders().make_draft());
  stack.lower = {draft.fs.get()};  // one is not enough without an upper folder
  EXPECT_THAT(mount_overlay(stack, store().folders().form()),
              FailsWith(ErrorKind::unsupported, "mount overlay: 1 layers"));
}

}  // namespace
}  // namespace mbuild::builder
