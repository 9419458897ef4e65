#include "builder/build/package_database.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "builder/build/spdx.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using testing::HasSubstr;

TEST(PackageDatabase, DpkgListsWhatIsInstalled) {
  const auto packages = parse_dpkg(
      "Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: all\nDescription: x\n more: "
      "text\n"
      "\nPackage: removed\nStatus: deinstall ok config-files\nVersion: 1\n"
      "\nPackage: half\nStatus: install ok unpacked\nVersion: 1\n"
      "\nStatus: install ok installed\nVersion: nameless\n"
      "\nPackage: last\r\nStatus: install ok installed\r\nMaintainer: Me <me@example.com>\r\n");
  ASSERT_EQ(packages.size(), 2u);
  EXPECT_EQ(packages[0].name, "a");
  EXPECT_EQ(packages[0].version, "1:2-3");
  EXPECT_EQ(packages[1].name, "last");
  EXPECT_EQ(packages[1].supplier, "Me <me@example.com>");
}

TEST(PackageDatabase, ApkListsItsEntries) {
  const auto packages =
      parse_apk("C:Q1x=\nP:musl\nV:1.2\nA:x86_64\nL:MIT\nF:lib\nR:ld.so\n\n\nP:other\nV:2\n");
  ASSERT_EQ(packages.size(), 2u);
  EXPECT_EQ(packages[0].license, "MIT");
  EXPECT_EQ(packages[1].name, "other");
  EXPECT_EQ(packages[1].license, "");
}

TEST(PackageDatabase, DamagedTextGivesWhatIsWhole) {
  EXPECT_TRUE(parse_dpkg("").empty());
  EXPECT_TRUE(parse_dpkg(std::string(1000, ':')).empty());
  EXPECT_TRUE(parse_dpkg(std::string("\0\n\n\n:\n:", 7)).empty());
  EXPECT_TRUE(parse_apk("\n:\nP\nPX\n").empty());
}

class Root : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((dir_.path() / path).parent_path());
    std::ofstream(dir_.path() / path) << text;
  }
  InstalledPackages read() {
    const Fd root(::open(dir_.path().c_str(), O_RDONLY | O_DIRECTORY));
    return test::must(read_packages(root.get()));
  }
  test::TempDir dir_;
};

TEST_F(Root, NothingThereIsNoPackage) {
  EXPECT_TRUE(read().packages.empty());
}

TEST_F(Root, ReadsBothDatabasesAndTheDistribution) {
  write("usr/lib/os-release", "ID=alpine\nVERSION_ID='3.20'\n");
  write("lib/apk/db/installed", "P:musl\nV:1\n\n");
  write("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\n");
  write("var/lib/dpkg/status.d/base.md5sums", "Package: no\n");
  const InstalledPackages found = read();
  EXPECT_EQ(found.version, "3.20");
  ASSERT_EQ(found.packages.size(), 2u);
  EXPECT_EQ(found.packages[0].name, "musl");
  EXPECT_EQ(found.packages[1].name, "base-files");
  EXPECT_FALSE(found.unread_rpm);
}

TEST_F(Root, SymlinksStayInside) {
  std::filesystem::create_directories(dir_.path() / "etc");
  std::filesystem::create_symlink("/etc/passwd", dir_.path() / "etc/os-release");
  EXPECT_EQ(read().distribution, "");
}

TEST_F(Root, AnRpmDatabaseIsNoticed) {
  write("var/lib/rpm/rpmdb.sqlite", "x");
  EXPECT_TRUE(read().unread_rpm);
}

TEST(Spdx, IsAFunctionOfThePackages) {
  InstalledPackages installed;
  installed.distribution = "debian";
  installed.version = "12";
  installed.packages = {{"deb", "lib\"x\"+", "1:2~3+b4", "amd64", "", "GPL", ""}};
  const std::string json = spdx_json(installed, "1970-01-01T00:00:00Z");
  EXPECT_EQ(json, spdx_json(installed, "1970-01-01T00:00:00Z"));
  EXPECT_THAT(json, HasSubstr("pkg:deb/debian/lib%22x%22%2B@1%3A2~3%2Bb4?arch=amd64"));
  EXPECT_THAT(json, HasSubstr("SPDXRef-Package-deb-lib-x---0"));
  installed.packages[0].version = "2";
  const std::string other = spdx_json(installed, "1970-01-01T00:00:00Z");
  EXPECT_NE(json.substr(json.find("documentNamespace"), 110),
            other.substr(other.find("documentNamespace"), 110));
  EXPECT_THAT(json,
              HasSubstr("\"licenseDeclared\":\"NOASSERTION\",\"licenseComments\":\"declared as: GPL\""));
}

}  // namespace
}  // namespace mbuild::builder
