// What the mounted form of a layer shows is what the unpacked form has.
#include "builder/snapshot/layer_index.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "builder/snapshot/erofs_mount.h"
#include "tests/builder/snapshot/layer_fixture.h"

namespace mbuild::builder {
namespace {

using oci::EntryType;
using test::FailsWith;
using test::must;

std::string xattrs_of(const std::filesystem::path& path) {
  std::array<char, 4096> names{};
  const ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
  std::map<std::string, std::string> found;
  for (ssize_t at = 0; at < size;) {
    const std::string name(names.data() + at);
    at += static_cast<ssize_t>(name.size()) + 1;
    std::string value(65536, '\0');
    const ssize_t length = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    found[name] = value.substr(0, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  }
  std::string text;
  for (const auto& [name, value] : found) text += " [" + name + "=" + value + "]";
  return text;
}

std::string describe(const std::filesystem::path& path) {
  const struct stat status = status_at(path);
  // When a whiteout was made nobody knows.
  if (S_ISCHR(status.st_mode) && status.st_rdev == 0) return "whiteout";
  const bool is_directory = S_ISDIR(status.st_mode);
  std::string line =
      fmt::format("{:o} {}:{} {}.{} {}", status.st_mode, status.st_uid, status.st_gid, status.st_mtim.tv_sec,
                  status.st_mtim.tv_nsec, is_directory ? 0 : status.st_nlink);
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) line += fmt::format(" {:x}", status.st_rdev);
  if (S_ISLNK(status.st_mode)) line += " -> " + std::filesystem::read_symlink(path).string();
  if (S_ISREG(status.st_mode)) line += " =" + test::TempDir::read_file(path);
  return line + xattrs_of(path);
}

// Relative path -> everything about the file.
std::map<std::string, std::string> describe_tree(const std::filesystem::path& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    files[entry.path().lexically_relative(root).string()] = describe(entry.path());
  }
  return files;
}

class IndexLayer : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ownership, devices and trusted xattrs need root";
    const auto mounted = mount(tar_of({file("f", "x")}));
    if (!mounted && mounted.error().kind() == ErrorKind::unsupported) {
      GTEST_SKIP() << "cannot mount EROFS from files here: " << mounted.error().message();
    }
  }

  static Result<LayerIndex> index(const std::string& tar) {
    auto reader = MBUILD_TRY(oci::ArchiveReader::open(std::make_unique<test::StringSource>(tar, 777), {}));
    return index_layer(reader);
  }

  Result<Fd> mount(const std::string& tar) {
    const LayerIndex made = MBUILD_TRY(index(tar));
    dir_.write("tar", tar);
    dir_.write("index", made.image);
    const Fd archive(::openat(dir_.fd(), "tar", O_RDONLY | O_CLOEXEC));
    const Fd image(::openat(dir_.fd(), "index", O_RDONLY | O_CLOEXEC));
    return mount_erofs(image.get(), archive.get());
  }

  // Both forms accept the archive and are equal, or neither does.
  void expect_equal_forms(const std::string& tar) {
    const std::string name = "fs" + std::to_string(next_++);
    std::filesystem::create_directory(dir_.path() / name);
    const Fd fs(::openat(dir_.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto reader = oci::ArchiveReader::open(std::make_unique<test::StringSource>(tar), {});
    ASSERT_TRUE(reader);
    const auto applied = apply_layer(*reader, fs.get(), OverlayForm(OverlayForm::Xattrs::trusted));
    const auto indexed = index(tar);
    ASSERT_EQ(applied.has_value(), indexed.has_value())
        << (applied ? indexed.error().message() : applied.error().message());
    if (!applied) return;
    EXPECT_EQ(applied->entries, indexed->content.entries);
    EXPECT_EQ(applied->bytes, indexed->content.bytes);
    EXPECT_EQ(applied->whiteouts, indexed->content.whiteouts);
    EXPECT_EQ(applied->hides_lower, indexed->content.hides_lower);
    EXPECT_EQ(applied->implied_directories, indexed->content.implied_directories);
    const Fd mounted = must(mount(tar));
    EXPECT_EQ(describe_tree(path_of(mounted.get())), describe_tree(dir_.path() / name));
  }
  void expect_equal_forms(const std::vector<Member>& members) { expect_equal_forms(tar_of(members)); }

  test::TempDir dir_;
  int next_ = 0;
};

Member with_xattr(Member member, const std::string& name, const std::string& value) {
  member.entry.xattrs[name] = value;
  return member;
}

TEST_F(IndexLayer, ShowsAllThatAMemberSays) {
  Member owned = file("d/owned", "data", 04711);
  owned.entry.uid = 70000;
  owned.entry.gid = 3000000000;
  Member old = file("d/old");
  old.entry.mtime = -5 * kSecond;
  expect_equal_forms({directory("d", 01777), owned, old, file("d/large", std::string(70000, 'x')),
                      file("d/block", std::string(512, 'b')), symlink("s", "../d/owned"),
                      symlink("long", std::string(1000, 'l')), hardlink("h", "d/owned"),
                      device("c", EntryType::character_device, 1, 3),
                      device("b", EntryType::block_device, 259, 70000), member("p", EntryType::fifo, 0620),
                      file(std::string(255, 'n'), "long name")});
}

TEST_F(IndexLayer, KeepsTheXattrsThatLayersKeep) {
  expect_equal_forms({with_xattr(file("f", "x"), "user.note", std::string(3000, 'v')),
                      with_xattr(directory("d"), "user.empty", ""),
                      with_xattr(file("g"), "trusted.overlay.opaque", "y"),
                      with_xattr(directory("d"), "user.other", "second")});
  expect_equal_forms({with_xattr(file("f"), "user.", "")});
}

TEST_F(IndexLayer, HasDirectoriesOfAnySize) {
  for (const int count : {0, 1, 8, 9, 20, 40, 1000, 5000}) {
    std::vector<Member> members = {directory("d"), file("d/-"), file("d/+x"), file("d/..."), file("d/..a")};
    for (int i = 0; i < count; ++i) members.push_back(file(fmt::format("d/{:x}", i * 7919 % 100003), "x"));
    expect_equal_forms(members);
  }
}

TEST_F(IndexLayer, MeansTheSameByNames) {
  expect_equal_forms({directory("d"), file("d/.wh.gone"), directory("o"), file("o/.wh..wh..opq"), file("o/f"),
                      file(".wh.d2"), directory("d2"), file(".wh..wh.plnk/x"), file("a/b/c/implied")});
  expect_equal_forms({file("x", "1"), file(".wh.x"), file("x/y", "below a whiteout")});
  expect_equal_forms({file(".wh..wh..opq"), file("f")});
  expect_equal_forms({file(".wh.")});
  expect_equal_forms({file(".wh...")});
}

TEST_F(IndexLayer, ReplacesAndFollows) {
  expect_equal_forms({directory("d"), file("d/f", "1"), hardlink("h", "d/f"), file("d", "now a file"),
                      directory("d", 0700), file("d/g", "2"), hardlink("d/g2", "d/g"), file("d/g", "3")});
  expect_equal_forms({symlink("l", "../../real"), file("l/f", "through a link"), symlink("abs", "/l/x"),
                      file("abs/y"), symlink("loop", "loop")});
  expect_equal_forms({symlink("loop", "loop"), file("loop/x")});
  expect_equal_forms({file("f"), file("f/x")});
  expect_equal_forms({hardlink("h", "missing")});
  expect_equal_forms({directory("d"), hardlink("h", "d")});
  expect_equal_forms({directory("a"), file("a/f"), hardlink("a", "a/f")});
}

TEST_F(IndexLayer, RefusesWhatIsNoTar) {
  EXPECT_THAT(index("no tar at all"), FailsWith(ErrorKind::corrupt, "archive"));
}

TEST_F(IndexLayer, IsEqualForRandomArchives) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t below) { return random() % below; };
  const std::array<std::string, 9> names = {"a", "b", "c", "d", "-", ".wh.a", ".wh.b", ".wh..wh..opq", "zz"};
  const auto path = [&] {
    std::string result;
    for (std::size_t depth = 1 + pick(3); depth-- > 0;) {
      const std::string& name = names[pick(depth == 0 ? names.size() : 5)];
      result += (result.empty() ? "" : "/") + name;
    }
    return result;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<Member> members;
    for (std::size_t count = pick(14); count-- > 0;) {
      switch (pick(6)) {
        case 0:
          members.push_back(directory(path(), 0700 + static_cast<std::uint32_t>(pick(64))));
          break;
        case 1:
          members.push_back(symlink(path(), pick(2) ? path() : "/" + path()));
          break;
        case 2:
          members.push_back(hardlink(path(), path()));
          break;
        case 3:
          members.push_back(
              device(path(), EntryType::character_device, 0, static_cast<std::uint32_t>(pick(4))));
          break;
        default:
          members.push_back(with_xattr(file(path(), std::string(pick(1500), 'x')), "user.n", path()));
      }
    }
    expect_equal_forms(members);
    if (HasFailure()) {
      for (const std::string& line : describe_tar(tar_of(members))) ADD_FAILURE() << line;
      break;
    }
  }
}

}  // namespace
}  // namespace mbuild::builder
