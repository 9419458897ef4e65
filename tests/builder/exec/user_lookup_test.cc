#include "builder/exec/user_lookup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

using test::make_tree;
using test::TemporaryDirectory;

UserDatabase sample() {
  UserDatabase users;
  users.users = {{"root", 0, 0, "/root"},      {"app", 1000, 100, "/home/app"},
                 {"app", 2000, 200, "/other"}, {"twin", 1000, 300, "/home/twin"},
                 {"7", 70, 71, "/seven"},      {"homeless", 5, 5, ""}};
  users.groups = {{"root", 0, {"root"}},
                  {"users", 100, {}},
                  {"docker", 999, {"app", "other"}},
                  {"wheel", 10, {"root", "app"}},
                  {"users", 101, {}}};
  return users;
}

struct ChownCase {
  const char* spec;
  Owner owner;
  std::vector<std::string> unknown;
};

TEST(ResolveChown, Table) {
  const UserDatabase users = sample();
  const ChownCase cases[] = {
      {"0", {0, 0}, {}},
      {"5", {5, 5}, {}},
      {"5:6", {5, 6}, {}},
      {"5:", {5, 0}, {}},
      {"root", {0, 0}, {}},
      {"app", {1000, 100}, {}},
      {"app:", {1000, 0}, {}},
      {"app:docker", {1000, 999}, {}},
      {"app:7", {1000, 7}, {}},
      {"app:root", {1000, 0}, {}},
      {"5:docker", {5, 999}, {}},
      {":docker", {0, 999}, {}},
      {":", {0, 0}, {}},
      {"7", {7, 7}, {}},  // a number is never a name
      {"nobody", {0, 0}, {"user nobody"}},
      {"nobody:6", {0, 6}, {"user nobody"}},
      {"app:nogroup", {1000, 100}, {"group nogroup"}},
      {"5:nogroup", {5, 5}, {"group nogroup"}},
      {"2147483647", {2147483647, 2147483647}, {}},
      {"2147483648", {0, 0}, {"user 2147483648"}},
      {"-1", {0, 0}, {"user -1"}},
      {"5:6:7", {5, 5}, {"group 6:7"}},
  };
  for (const ChownCase& row : cases) {
    const auto resolved = resolve_chown(row.spec, &users);
    ASSERT_TRUE(resolved) << row.spec;
    EXPECT_EQ(resolved->owner.uid, row.owner.uid) << row.spec;
    EXPECT_EQ(resolved->owner.gid, row.owner.gid) << row.spec;
    EXPECT_EQ(resolved->unknown, row.unknown) << row.spec;
  }
}

TEST(ResolveChown, WithoutARootFileSystemOnlyNumbersAreKnown) {
  EXPECT_EQ(resolve_chown("5:6", nullptr).value().owner, (Owner{5, 6}));
  EXPECT_EQ(resolve_chown("root", nullptr).value().owner, (Owner{0, 0}));
  EXPECT_EQ(resolve_chown("root:root", nullptr).value().owner, (Owner{0, 0}));
  const auto user = resolve_chown("app", nullptr);
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().message(), "invalid missing user mount: --chown=app");
  EXPECT_NE(user.error().hint(), "");
  const auto group = resolve_chown("5:grp", nullptr);
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().message(), "invalid missing group mount: --chown=5:grp");
}

TEST(ResolveChown, KnowsWhenNamesAreLookedUp) {
  for (const char* spec : {"0", "5:6", "root", "root:root", "5:", ":5", ""})
    EXPECT_FALSE(chown_needs_users(spec)) << spec;
  for (const char* spec : {"app", "5:grp", ":grp", "app:5"}) EXPECT_TRUE(chown_needs_users(spec)) << spec;
}

struct UserCase {
  const char* spec;
  std::uint32_t uid;
  std::uint32_t gid;
  std::vector<std::uint32_t> groups;
};

TEST(ResolveUser, Table) {
  const UserDatabase users = sample();
  const UserCase cases[] = {
      {"", 0, 0, {0, 10}},  // root with root's groups
      {"root", 0, 0, {0, 10}},
      {"0", 0, 0, {0, 10}},
      {"app", 1000, 100, {100, 999, 10}},
      {"1000", 1000, 100, {100, 999, 10}},  // the first entry of the number
      {"app:", 1000, 100, {100, 999, 10}},
      {"app:docker", 1000, 999, {999}},  // an explicit group drops the others
      {"app:55", 1000, 55, {55}},
      {"1000:100", 1000, 100, {100}},
      {"4:5", 4, 5, {5}},
      {"root:root", 0, 0, {0}},
      {"4", 4, 0, {0}},  // unknown numbers get group 0
      {"7", 7, 0, {0}},  // a number is never a name
      {":docker", 0, 999, {999}},
      {"4:docker", 4, 999, {999}},
  };
  for (const UserCase& row : cases) {
    const auto user = resolve_user(row.spec, users);
    ASSERT_TRUE(user) << row.spec << ": " << user.error().message();
    EXPECT_EQ(user->uid, row.uid) << row.spec;
    EXPECT_EQ(user->gid, row.gid) << row.spec;
    EXPECT_EQ(user->groups, row.groups) << row.spec;
  }
}

TEST(ResolveUser, UnknownNamesAreErrors) {
  const auto message = [](const char* spec) {
    const auto user = resolve_user(spec, sample());
    return user ? "no error" : user.error().message();
  };
  EXPECT_EQ(message("nobody"), "unable to find user nobody: no matching entries in passwd file");
  EXPECT_EQ(message("nobody:5"), "unable to find user nobody: no matching entries in passwd file");
  EXPECT_EQ(message("app:nogroup"), "unable to find group nogroup: no matching entries in group file");
  EXPECT_EQ(message("5:nogroup"), "unable to find group nogroup: no matching entries in group file");
  EXPECT_EQ(message("2147483648"), "uids and gids must be in range 0-2147483647");
  EXPECT_EQ(message("app:99999999999"), "uids and gids must be in range 0-2147483647");
  EXPECT_EQ(message("-5"), "uids and gids must be in range 0-2147483647");
}

TEST(ResolveUser, WithoutFilesRootAndNumbersWork) {
  EXPECT_EQ(resolve_user("", UserDatabase()).value().groups, std::vector<std::uint32_t>{0});
  EXPECT_EQ(resolve_user("12", UserDatabase()).value().uid, 12U);
  EXPECT_FALSE(resolve_user("app", UserDatabase()));
}

TEST(HomeOf, IsTheFirstEntrysOrTheRoot) {
  EXPECT_EQ(home_of(0, sample()), "/root");
  EXPECT_EQ(home_of(1000, sample()), "/home/app");
  EXPECT_EQ(home_of(5, sample()), "/");
  EXPECT_EQ(home_of(4711, sample()), "/");
}

class UserDatabaseTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    make_tree(root_.path(), "d etc");
    std::ofstream(root_.path() + "/etc/" + name, std::ios::binary) << text;
  }
  TemporaryDirectory root_;
};

TEST_F(UserDatabaseTest, ReadsBothFiles) {
  write("passwd", "root:x:0:0:root:/root:/bin/sh\n  app:x:1000:100::/home/app:\r\n");
  write("group", "root:x:0:\nwheel:x:10:root,app\n");
  const UserDatabase users = UserDatabase::read(root_.fd()).value();
  ASSERT_EQ(users.users.size(), 2U);
  EXPECT_EQ(users.users[1].name, "app");
  EXPECT_EQ(users.users[1].gid, 100U);
  EXPECT_EQ(users.users[1].home, "/home/app");
  ASSERT_EQ(users.groups.size(), 2U);
  EXPECT_EQ(users.groups[0].members, std::vector<std::string>());
  EXPECT_EQ(users.groups[1].members, (std::vector<std::string>{"root", "app"}));
}

TEST_F(UserDatabaseTest, MissingFilesHaveNoEntries) {
  EXPECT_TRUE(UserDatabase::read(root_.fd()).value().users.empty());
  make_tree(root_.path(), "f etc =not-a-directory");
  EXPECT_TRUE(UserDatabase::read(root_.fd()).value().users.empty());
}

TEST_F(UserDatabaseTest, SkipsLinesThatMakeNoSense) {
  std::string text = "\n:::\nx\n#c:x:1:1:\nbad:x:abc:1::/:\nneg:x:-1:1::/:\nbig:x:99999999999:1::/:\nnul";
  text += '\0';
  text += "l:x:1:1::/:\nshort:x:1\n\xff\xfe:x:3:3::/:\nok:x:4:5";
  write("passwd", text);
  const UserDatabase users = UserDatabase::read(root_.fd()).value();
  EXPECT_EQ(resolve_chown("ok", &users).value().owner, (Owner{4, 5}));
  EXPECT_EQ(resolve_chown("\xff\xfe", &users).value().owner, (Owner{3, 3}));
  for (const char* name : {"bad", "neg", "big", "short", "x"}) {
    EXPECT_FALSE(resolve_user(name, users)) << name;
  }
}

TEST_F(UserDatabaseTest, FollowsLinksInsideTheRootOnly) {
  make_tree(root_.path(),
            "l etc/passwd >/../../usr/lib/passwd\nf usr/lib/passwd =in:x:1:2::/:\nl etc/group >/etc/group");
  EXPECT_EQ(UserDatabase::read(root_.fd()).error().kind(), ErrorKind::io);  // group is a loop
  make_tree(root_.path(), "d var");
  std::remove((root_.path() + "/etc/group").c_str());
  const UserDatabase users = UserDatabase::read(root_.fd()).value();
  EXPECT_EQ(resolve_chown("in", &users).value().owner, (Owner{1, 2}));
}

TEST_F(UserDatabaseTest, RefusesWhatIsNoRegularFile) {
  make_tree(root_.path(), "p etc/passwd");  // would block whoever opens it
  EXPECT_EQ(UserDatabase::read(root_.fd()).error().kind(), ErrorKind::invalid_input);
  std::remove((root_.path() + "/etc/passwd").c_str());
  make_tree(root_.path(), "d etc/passwd");
  EXPECT_EQ(UserDatabase::read(root_.fd()).error().kind(), ErrorKind::invalid_input);
}

TEST_F(UserDatabaseTest, RefusesFilesAboveTheLimit) {
  write("passwd", "a:x:1:1::/:\n");
  ASSERT_EQ(::truncate((root_.path() + "/etc/passwd").c_str(), (10 << 20) + 1), 0);
  const auto users = UserDatabase::read(root_.fd());
  ASSERT_FALSE(users);
  EXPECT_EQ(users.error().kind(), ErrorKind::invalid_input);
  ASSERT_EQ(::truncate((root_.path() + "/etc/passwd").c_str(), 10 << 20), 0);
  EXPECT_TRUE(UserDatabase::read(root_.fd()));
}

}  // namespace

}  // namespace mbuild::builder
