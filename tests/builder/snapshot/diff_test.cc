// What of a change reaches the layer (SEMANTICS B3), case by case, with every snapshotter.
#include "builder/snapshot/diff.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <functional>

#include "tests/builder/snapshot/layer_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using oci::EntryType;
using test::must;
using testing::ElementsAreArray;

const std::string kCapability("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);

std::vector<Member> base_layer() {
  Member ping = file("bin/ping", "elf", 0755);
  ping.entry.xattrs["security.capability"] = kCapability;
  Member owned = file("home/f", "f");
  owned.entry.uid = owned.entry.gid = 1000;
  return {directory("bin"),          ping,
          directory("dev"),          device("dev/null", EntryType::character_device, 1, 3),
          directory("dir"),          file("dir/a", "a"),
          file("dir/b", "b"),        directory("dir/sub"),
          file("dir/sub/c", "c"),    file("file", "content"),
          directory("home"),         owned,
          symlink("link", "file"),   file("twin1", "twin"),
          hardlink("twin2", "twin1")};
}

using Root = const fs::path&;

struct Case {
  std::string label;
  std::function<void(Root)> change;
  std::vector<std::string> layer;
};

void write(const fs::path& path, std::string_view text) {
  set_file(path, text);
}

void make_socket(const fs::path& path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

const Case kCases[] = {
    {"nothing", [](Root) {}, {}},
    {"create_file", [](Root r) { write(r / "new", "n"); }, {"-0644 0:0 new =n"}},
    {"create_below_a_directory",
     [](Root r) { write(r / "dir/sub/new", "n"); },
     {"d0755 0:0 dir", "d0755 0:0 dir/sub", "-0644 0:0 dir/sub/new =n"}},
    {"create_directory", [](Root r) { fs::create_directory(r / "new"); }, {"d0755 0:0 new"}},
    {"order_is_that_of_a_walk",
     [](Root r) {
       fs::create_directories(r / "n/m");
       write(r / "n/z", "");
       write(r / "n.a", "");
       write(r / "n/m/x", "");
       write(r / "n-", "");
     },
     {"d0755 0:0 n", "d0755 0:0 n/m", "-0644 0:0 n/m/x", "-0644 0:0 n/z", "-0644 0:0 n-", "-0644 0:0 n.a"}},
    {"change_content", [](Root r) { write(r / "file", "changed"); }, {"-0644 0:0 file =changed"}},
    {"change_content_and_hide_it",
     [](Root r) {
       write(r / "file", "CONTENT");
       set_mtime(r / "file", kBaseTime);
     },
     {"-0644 0:0 file =CONTENT"}},
    {"write_the_same_at_the_same_time",
     [](Root r) {
       write(r / "file", "content");
       set_mtime(r / "file", kBaseTime);
     },
     {}},
    {"write_the_same_within_the_second",
     [](Root r) {
       write(r / "file", "content");
       set_mtime(r / "file", kBaseTime + 999);
     },
     {}},
    {"write_the_same_later",
     [](Root r) {
       write(r / "file", "content");
       set_mtime(r / "file", kBaseTime + kSecond);
     },
     {"-0644 0:0 file =content"}},
    {"recreate_the_same",
     [](Root r) {
       fs::remove(r / "dir/a");
       write(r / "dir/a", "a");
       set_mtime(r / "dir/a", kBaseTime);
     },
     {}},
    {"touch_directory_only", [](Root r) { set_mtime(r / "dir", kBaseTime + kSecond); }, {}},
    {"create_and_remove",
     [](Root r) {
       write(r / "dir/new", "n");
       fs::remove(r / "dir/new");
     },
     {}},
    {"delete_file", [](Root r) { fs::remove(r / "file"); }, {"-0000 0:0 .wh.file"}},
    {"delete_in_directory",
     [](Root r) { fs::remove(r / "dir/a"); },
     {"d0755 0:0 dir", "-0000 0:0 dir/.wh.a"}},
    {"delete_tree", [](Root r) { fs::remove_all(r / "dir"); }, {"-0000 0:0 .wh.dir"}},
    {"replace_tree",
     [](Root r) {
       fs::remove_all(r / "dir");
       fs::create_directories(r / "dir/sub");
       write(r / "dir/new", "n");
       write(r / "dir/sub/d", "d");
     },
     {"d0755 0:0 dir", "-0000 0:0 dir/.wh.a", "-0000 0:0 dir/.wh.b", "-0644 0:0 dir/new =n",
      "d0755 0:0 dir/sub", "-0000 0:0 dir/sub/.wh.c", "-0644 0:0 dir/sub/d =d"}},
    {"replace_tree_by_an_equal_one",
     [](Root r) {
       fs::remove_all(r / "dir");
       fs::create_directories(r / "dir/sub");
       for (const char* name : {"dir/a", "dir/b", "dir/sub/c"}) {
         write(r / name, std::string_view(name).substr(std::string_view(name).size() - 1));
         set_mtime(r / name, kBaseTime);
       }
     },
     {}},
    {"replace_tree_by_an_empty_one",
     [](Root r) {
       fs::remove_all(r / "dir");
       fs::create_directories(r / "dir");
     },
     {"d0755 0:0 dir", "-0000 0:0 dir/.wh.a", "-0000 0:0 dir/.wh.b", "-0000 0:0 dir/.wh.sub"}},
    {"rename_file",
     [](Root r) { fs::rename(r / "file", r / "moved"); },
     {"-0000 0:0 .wh.file", "-0644 0:0 moved =content"}},
    {"rename_over_file",
     [](Root r) { fs::rename(r / "file", r / "dir/a"); },
     {"d0755 0:0 dir", "-0644 0:0 dir/a =content", "-0000 0:0 .wh.file"}},
    {"move_directory_by_copy",
     [](Root r) {
       fs::copy(r / "dir", r / "moved", fs::copy_options::recursive);
       fs::remove_all(r / "dir");
     },
     {"-0000 0:0 .wh.dir", "d0755 0:0 moved", "-0644 0:0 moved/a =a", "-0644 0:0 moved/b =b",
      "d0755 0:0 moved/sub", "-0644 0:0 moved/sub/c =c"}},
    {"chmod_file", [](Root r) { ::chmod((r / "file").c_str(), 04711); }, {"-4711 0:0 file =content"}},
    {"chmod_to_the_same", [](Root r) { ::chmod((r / "file").c_str(), 0644); }, {}},
    {"chmod_and_back",
     [](Root r) {
       ::chmod((r / "file").c_str(), 0600);
       ::chmod((r / "file").c_str(), 0644);
     },
     {}},
    {"chmod_directory", [](Root r) { ::chmod((r / "dir").c_str(), 01777); }, {"d1777 0:0 dir"}},
    {"chown_file", [](Root r) { ::chown((r / "file").c_str(), 12, 34); }, {"-0644 12:34 file =content"}},
    {"chown_directory",
     [](Root r) { ::chown((r / "dir/sub").c_str(), 1, 2); },
     {"d0755 0:0 dir", "d0755 1:2 dir/sub"}},
    {"chown_symlink", [](Root r) { ::lchown((r / "link").c_str(), 3, 4); }, {"l0777 3:4 link -> file"}},
    {"retarget_symlink",
     [](Root r) {
       fs::remove(r / "link");
       fs::create_symlink("elsewhere", r / "link");
     },
     {"l0777 0:0 link -> elsewhere"}},
    {"recreate_symlink",
     [](Root r) {
       fs::remove(r / "link");
       fs::create_symlink("file", r / "link");
       set_mtime(r / "link", kBaseTime);
     },
     {}},
    {"file_becomes_directory",
     [](Root r) {
       fs::remove(r / "file");
       fs::create_directory(r / "file");
       write(r / "file/x", "x");
     },
     {"d0755 0:0 file", "-0644 0:0 file/x =x"}},
    {"directory_becomes_file",
     [](Root r) {
       fs::remove_all(r / "dir");
       write(r / "dir", "d");
     },
     {"-0644 0:0 dir =d"}},
    {"directory_becomes_symlink",
     [](Root r) {
       fs::remove_all(r / "dir");
       fs::create_symlink("bin", r / "dir");
     },
     {"l0777 0:0 dir -> bin"}},
    {"new_hardlinks",
     [](Root r) {
       write(r / "z", "zz");
       fs::create_hard_link(r / "z", r / "dir/z");
       fs::create_hard_link(r / "z", r / "y");
     },
     {"d0755 0:0 dir", "-0644 0:0 dir/z =zz", "h0644 0:0 y -> dir/z", "h0644 0:0 z -> dir/z"}},
    {"hardlink_to_an_old_file",
     [](Root r) { fs::create_hard_link(r / "file", r / "hard"); },
     {"-0644 0:0 hard =content"}},
    {"change_one_of_two_names",
     [](Root r) {
       fs::remove(r / "twin1");
       write(r / "twin1", "other");
     },
     {"-0644 0:0 twin1 =other"}},
    {"set_capability",
     [](Root r) {
       ASSERT_EQ(::lsetxattr((r / "file").c_str(), "security.capability", kCapability.data(), 20, 0), 0);
     },
     {"-0644 0:0 file =content [security.capability:20]"}},
    {"remove_capability",
     [](Root r) { ASSERT_EQ(::lremovexattr((r / "bin/ping").c_str(), "security.capability"), 0); },
     {"d0755 0:0 bin", "-0755 0:0 bin/ping =elf"}},
    {"keep_capability",
     [](Root r) { ::chmod((r / "bin/ping").c_str(), 0555); },
     {"d0755 0:0 bin", "-0555 0:0 bin/ping =elf [security.capability:20]"}},
    {"other_xattrs_do_not_count",
     [](Root r) {
       ASSERT_EQ(::lsetxattr((r / "file").c_str(), "user.note", "x", 1, 0), 0);
       write(r / "new", "n");
       ASSERT_EQ(::lsetxattr((r / "new").c_str(), "user.note", "x", 1, 0), 0);
     },
     {"-0644 0:0 new =n"}},
    {"devices",
     [](Root r) {
       ASSERT_EQ(::mknod((r / "dev/tty").c_str(), S_IFCHR | 0620, ::makedev(5, 0)), 0);
       ASSERT_EQ(::mknod((r / "dev/loop").c_str(), S_IFBLK | 0660, ::makedev(7, 300)), 0);
       ::chmod((r / "dev/loop").c_str(), 0660);
     },
     {"d0755 0:0 dev", "b0660 0:0 dev/loop 7,300", "c0600 0:0 dev/tty 5,0"}},
    {"change_device_number",
     [](Root r) {
       fs::remove(r / "dev/null");
       ASSERT_EQ(::mknod((r / "dev/null").c_str(), S_IFCHR | 0600, ::makedev(1, 5)), 0);
       set_mtime(r / "dev/null", kBaseTime);
     },
     {"d0755 0:0 dev", "c0600 0:0 dev/null 1,5"}},
    {"recreate_device",
     [](Root r) {
       fs::remove(r / "dev/null");
       ASSERT_EQ(::mknod((r / "dev/null").c_str(), S_IFCHR | 0600, ::makedev(1, 3)), 0);
       set_mtime(r / "dev/null", kBaseTime);
     },
     {}},
    {"fifo", [](Root r) { ASSERT_EQ(::mkfifo((r / "pipe").c_str(), 0640), 0); }, {"p0640 0:0 pipe"}},
    {"sockets_are_left_out", [](Root r) { make_socket(r / "dir/socket"); }, {}},
    {"a_socket_does_not_replace_a_file",
     [](Root r) {
       fs::remove(r / "file");
       make_socket(r / "file");
     },
     {}},
    {"non_ascii_names",
     [](Root r) {
       write(r / "größe", "1");
       write(r / "\xff\xfe", "2");
       write(r / "new\nline", "3");
     },
     {"-0644 0:0 größe =1", "-0644 0:0 new\nline =3", "-0644 0:0 \xff\xfe =2"}},
    {"names_of_255_bytes",
     [](Root r) {
       fs::create_directory(r / std::string(255, 'd'));
       write(r / std::string(255, 'd') / std::string(255, 'f'), "x");
     },
     {"d0755 0:0 " + std::string(255, 'd'),
      "-0644 0:0 " + std::string(255, 'd') + "/" + std::string(255, 'f') + " =x"}},
    {"large_ids",
     [](Root r) { ::chown((r / "file").c_str(), 4294967294, 3000000); },
     {"-0644 4294967294:3000000 file =content"}},
    {"root_metadata_is_dropped", [](Root r) { ::chmod(r.c_str(), 0700); }, {}},
    {"names_like_whiteouts_are_kept", [](Root r) { write(r / ".wh.odd", "x"); }, {"-0644 0:0 .wh.odd =x"}},
};

class Diff : public StoreTest,
             public testing::WithParamInterface<std::tuple<SnapshotterKind, std::size_t>> {};

TEST_P(Diff, GivesTheLayer) {
  const auto& [kind, index] = GetParam();
  const Case& c = kCases[index];
  auto made = make_snapshotter(kind, store());
  if (!made && kind == SnapshotterKind::erofs) GTEST_SKIP() << made.error().message();
  auto snapshotter = must(std::move(made));
  const LayerPtr base = import(base_layer());
  CommitOptions options;
  options.definition = oci::Digest::of("step");
  options.started = std::chrono::system_clock::now();

  auto workspace = must(snapshotter->prepare({base}));
  c.change(path_of(workspace->root()));
  const CommittedLayer committed = must(workspace->commit(options));
  workspace.reset();
  const std::string layer_tar = tar(committed.layer);
  EXPECT_THAT(describe_tar(layer_tar), ElementsAreArray(c.layer));
  EXPECT_EQ(committed.layer->entries, c.layer.size());
  EXPECT_FALSE(committed.cut_off);

  // The unpacked form says the same as the tarball: on top of the base both give one tree. (Nothing says in a
  // tarball that a name which looks like a whiteout is none; BuildKit leaves it at that, too.)
  if (c.label == "names_like_whiteouts_are_kept") return;
  const LayerPtr again = must(try_import(layer_tar));
  const auto local = must(snapshotter->view({base, committed.layer}));
  const auto pulled = must(snapshotter->view({base, again}));
  DirectoryTree pulled_tree(pulled->root());
  const std::function<void(const std::string&)> compare = [&](const std::string& path) {
    const Fd ours = must(open_directory(local->root(), path));
    const auto left = must(read_directory(ours.get()));
    const auto right = must(pulled_tree.list(path));
    ASSERT_EQ(left.size(), right.size()) << path;
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].name, right[i].name);
      EXPECT_EQ(left[i].status.mode, right[i].status.mode) << left[i].name;
      EXPECT_EQ(left[i].status.uid, right[i].status.uid) << left[i].name;
      EXPECT_EQ(left[i].link, right[i].link) << left[i].name;
      if (!left[i].status.is_directory()) {
        EXPECT_EQ(left[i].status.size, right[i].status.size) << left[i].name;
        EXPECT_EQ(whole_seconds(left[i].status.mtime), whole_seconds(right[i].status.mtime)) << left[i].name;
      } else {
        compare(join_path(path, left[i].name));
      }
    }
  };
  compare("");
  EXPECT_EQ(status_at(path_of(local->root())).st_mode & 07777, 0755u);
}

TEST_P(Diff, AnEqualRunGivesTheSameLayer) {
  const auto& [kind, index] = GetParam();
  auto made = make_snapshotter(kind, store());
  if (!made && kind == SnapshotterKind::erofs) GTEST_SKIP() << made.error().message();
  auto snapshotter = must(std::move(made));
  const LayerPtr base = import(base_layer());
  const auto run = [&](mode_t mask) {
    const mode_t before = ::umask(mask);
    CommitOptions options;
    options.definition = oci::Digest::of("step");
    options.started = std::chrono::system_clock::now();
    auto workspace = must(snapshotter->prepare({base}));
    ::umask(before);
    kCases[index].change(path_of(workspace->root()));
    ::umask(mask);
    CommittedLayer committed = must(workspace->commit(options));
    ::umask(before);
    return committed;
  };
  const CommittedLayer first = run(0);
  const std::string before = tar(first.layer);
  const CommittedLayer second = run(077);
  EXPECT_FALSE(first.cut_off);
  EXPECT_TRUE(second.cut_off);
  EXPECT_EQ(first.layer->id, second.layer->id);
  EXPECT_EQ(first.layer->fingerprint, second.layer->fingerprint);
  EXPECT_TRUE(tar(second.layer) == before);
}

std::vector<std::size_t> all_cases() {
  std::vector<std::size_t> indexes(std::size(kCases));
  for (std::size_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
  return indexes;
}

std::string case_name(const testing::TestParamInfo<Diff::ParamType>& instance) {
  const auto& [kind, index] = instance.param;
  return std::string(kind_label(kind)) + "_" + kCases[index].label;
}

INSTANTIATE_TEST_SUITE_P(, Diff,
                         testing::Combine(testing::Values(SnapshotterKind::erofs, SnapshotterKind::overlay,
                                                          SnapshotterKind::plain_copy),
                                          testing::ValuesIn(all_cases())),
                         case_name);

}  // namespace
}  // namespace mbuild::builder
