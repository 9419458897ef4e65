#include "builder/export/image_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using oci::Digest;
using oci::Reference;
using test::FailsWith;
using test::must;
using test::Succeeds;
using test::TempDir;

Reference reference(std::string_view text) {
  return must(Reference::parse(text));
}

ImageRecord image(std::string_view name, std::string_view content) {
  ImageRecord record;
  if (!name.empty()) record.name = reference(name).str();
  record.id = Digest::of(content);
  record.layers = {"layer-1", "layer-2", "layer-1"};
  record.platform = must(oci::Platform::parse("linux/arm/v6"));
  record.created = 1700000000;
  record.size = 12345;
  record.annotations = {{"org.example", "a\nb"}};
  return record;
}

class ImageStoreTest : public testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const ImageRecord& record : must(store_.list())) found.push_back(record.name);
    return found;
  }
  std::string id(std::string_view name) const {
    const auto found = store_.find(reference(name));
    return found ? found->id.str() : "";
  }

  TempDir root_;
  ImageStore store_ = must(ImageStore::open(root_.str()));
};

TEST_F(ImageStoreTest, GivesWhatWasPut) {
  ASSERT_THAT(store_.put(image("app:1", "a")), Succeeds());
  const auto found = store_.find(reference("docker.io/library/app:1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "docker.io/library/app:1");
  EXPECT_EQ(found->id, Digest::of("a"));
  EXPECT_EQ(found->layers, (std::vector<std::string>{"layer-1", "layer-2", "layer-1"}));
  EXPECT_EQ(found->platform.str(), "linux/arm/v6");
  EXPECT_EQ(found->created, 1700000000);
  EXPECT_EQ(found->size, 12345u);
  EXPECT_EQ(found->annotations.at("org.example"), "a\nb");
  EXPECT_FALSE(store_.find(reference("app:2")));
}

TEST_F(ImageStoreTest, KeepsTheOtherPlatforms) {
  ImageRecord record = image("app:1", "a");
  record.others = {image("", "b"), image("", "c")};
  record.others[1].platform = must(oci::Platform::parse("linux/arm64"));
  must(store_.put(record));
  const auto found = store_.find(reference("app:1"));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->others.size(), 2u);
  EXPECT_EQ(found->others[0].id, Digest::of("b"));
  EXPECT_EQ(found->others[1].platform.str(), "linux/arm64");
  EXPECT_EQ(found->others[1].layers.size(), 3u);
}

TEST_F(ImageStoreTest, FindsByNameIdAndPrefix) {
  must(store_.put(image("app:1", "a")));
  must(store_.put(image("app:2", "a")));
  must(store_.put(image("other", "b")));
  const std::string hex = Digest::of("a").hex();
  for (const std::string& text :
       {std::string("app:1"), "sha256:" + hex, hex, hex.substr(0, 12), hex.substr(0, 4)}) {
    const auto found = must(store_.find(text));
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->id, Digest::of("a")) << text;
  }
  EXPECT_FALSE(must(store_.find("absent")));
  EXPECT_FALSE(must(store_.find("ffffffffffff")));
  EXPECT_FALSE(must(store_.find(hex.substr(0, 3)))) << "too short to mean an id";
  EXPECT_THAT(store_.find("Not A Name"), FailsWith(ErrorKind::invalid_input, ""));
}

TEST_F(ImageStoreTest, RefusesAPrefixOfSeveralImages) {
  // Two contents whose digests start alike, found by trying.
  std::map<std::string, std::string> seen;
  for (int i = 0;; ++i) {
    const std::string content = std::to_string(i);
    const auto [other, fresh] = seen.emplace(Digest::of(content).hex().substr(0, 4), content);
    if (fresh) continue;
    must(store_.put(image("one", other->second)));
    must(store_.put(image("two", content)));
    EXPECT_THAT(store_.find(other->first), FailsWith(ErrorKind::invalid_input, "several images"));
    return;
  }
}

TEST_F(ImageStoreTest, ANameGoesBeforeAnId) {
  const std::string prefix = Digest::of("a").hex().substr(0, 8);
  must(store_.put(image("app", "a")));
  must(store_.put(image(prefix, "b")));
  EXPECT_EQ(must(store_.find(prefix))->id, Digest::of("b"));
}

TEST_F(ImageStoreTest, MovesAName) {
  must(store_.put(image("app", "a")));
  must(store_.put(image("app", "b")));
  EXPECT_EQ(id("app"), Digest::of("b").str());
  EXPECT_EQ(names().size(), 1u);
}

TEST_F(ImageStoreTest, Tags) {
  must(store_.put(image("app", "a")));
  ASSERT_THAT(store_.tag("app", reference("localhost:5000/team/app:v1")), Succeeds());
  EXPECT_EQ(id("localhost:5000/team/app:v1"), Digest::of("a").str());
  EXPECT_THAT(store_.tag("absent", reference("x")), FailsWith(ErrorKind::not_found, "tag absent"));
}

TEST_F(ImageStoreTest, KeepsAnImageWithoutAName) {
  must(store_.put(image("", "a")));
  EXPECT_EQ(must(store_.find(Digest::of("a").hex().substr(0, 12)))->name, "");
  EXPECT_EQ(names(), std::vector<std::string>{""});
}

TEST_F(ImageStoreTest, RemovesOneNameOrAllOfAnId) {
  for (const char* name : {"app:1", "app:2", "app:3", ""}) must(store_.put(image(name, "a")));
  must(store_.put(image("other", "b")));
  EXPECT_EQ(must(store_.remove("app:1")).size(), 1u);
  EXPECT_EQ(id("app:1"), "");
  EXPECT_NE(id("app:2"), "");
  EXPECT_EQ(must(store_.remove(Digest::of("a").hex().substr(0, 12))).size(), 3u);
  EXPECT_EQ(names(), std::vector<std::string>{"docker.io/library/other:latest"});
  EXPECT_THAT(store_.remove("app:1"), FailsWith(ErrorKind::not_found, "remove app:1"));
}

TEST_F(ImageStoreTest, ListsSortedAndLeavesOutDamage) {
  must(store_.put(image("b", "b")));
  must(store_.put(image("a", "a")));
  must(store_.put(image("c", "c")));
  std::filesystem::resize_file(root_.path() / "images" / image_file_name(reference("b").str()), 50);
  root_.write("images/.tmp-0123", "half");
  root_.write("images/stranger", "hello");
  std::filesystem::copy_file(root_.path() / "images" / image_file_name(reference("a").str()),
                             root_.path() / "images" / image_file_name(reference("d").str()));
  EXPECT_EQ(names(), (std::vector<std::string>{"docker.io/library/a:latest", "docker.io/library/c:latest"}));
  EXPECT_EQ(id("b"), "");
  EXPECT_EQ(id("d"), "") << "a record under another name's file";
}

TEST_F(ImageStoreTest, TwoThreadsTaggingLeaveOneOfTheTwo) {
  must(store_.put(image("one", "a")));
  must(store_.put(image("two", "b")));
  {
    std::vector<std::jthread> threads;
    for (const char* source : {"one", "two"}) {
      threads.emplace_back([&, source] {
        const ImageStore mine = must(ImageStore::open(root_.str()));
        for (int i = 0; i < 200; ++i) {
          must(mine.tag(source, reference("app")));
          const auto found = mine.find(reference("app"));
          if (!found || found->layers.size() != 3) ADD_FAILURE() << "half a record";
        }
      });
    }
  }
  EXPECT_THAT(id("app"), testing::AnyOf(Digest::of("a").str(), Digest::of("b").str()));
  EXPECT_EQ(names().size(), 3u);
}

TEST(ImageFileName, IsSafeAndDistinct) {
  EXPECT_EQ(image_file_name("docker.io/library/debian:bookworm"), "docker.io%2Flibrary%2Fdebian%3Abookworm");
  std::set<std::string> files;
  const std::string longest(300, 'a');
  const std::vector<std::string> hostile = {"a/b",
                                            "a%2Fb",
                                            "a:b",
                                            "A",
                                            "a",
                                            ".",
                                            "..",
                                            "../../etc/passwd",
                                            ".tmp-1",
                                            longest,
                                            longest + "b",
                                            longest + "/b",
                                            std::string("\0", 1)};
  for (const std::string& name : hostile) {
    const std::string file = image_file_name(name);
    EXPECT_TRUE(files.insert(file).second) << name;
    EXPECT_LE(file.size(), 200u);
    EXPECT_EQ(file.find('/'), std::string::npos);
    EXPECT_NE(file[0], '.') << name;
    for (const char c : file.substr(0, 1)) EXPECT_NE(c, '\0');
  }
}

}  // namespace
}  // namespace mbuild::builder
