#include "builder/export/finish_image.h"

#include "builder/export/rewrite_times.h"
#include "tests/builder/export/export_fixture.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;

class FinishImageTest : public ExportTest {
 protected:
  ImageDraft draft(std::size_t history) {
    ImageDraft result;
    result.config.platform = must(oci::Platform::parse("linux/amd64"));
    result.config.history.resize(history);
    result.layers = {{base_, true}, {top_, false}};
    return result;
  }
};

TEST_F(FinishImageTest, FillsInTheDiffIds) {
  ImageDraft given = draft(2);
  given.config.diff_ids = {oci::Digest::of("nonsense")};
  given.config.history.resize(5);
  for (std::size_t i = 2; i < 5; ++i) given.config.history[i].empty_layer = true;
  const Image image = must(finish_image(std::move(given), std::nullopt, layers_, 2));
  ASSERT_EQ(image.config.diff_ids.size(), 2u);
  EXPECT_EQ(image.config.diff_ids[1], must(layers_.tar_info(*top_)).diff_id);
  EXPECT_EQ(image.layers[1].size, must(layers_.tar_info(*top_)).size);
  EXPECT_EQ(image.id, oci::Digest::of(image.config_json));
  EXPECT_EQ(must(oci::ImageConfig::parse(image.config_json)).diff_ids, image.config.diff_ids);
}

TEST_F(FinishImageTest, CompressesNewLayersInTheSamePass) {
  must(finish_image(draft(2), CompressionOptions{}, layers_, 2));
  EXPECT_EQ(layers_.compressions(), 1) << "the base's layer needs none";
}

TEST_F(FinishImageTest, RefusesAHistoryOfAnotherLength) {
  EXPECT_THAT(finish_image(draft(3), std::nullopt, layers_, 2), FailsWith(ErrorKind::internal, "3 layers"));
}

TEST_F(FinishImageTest, RewritesTheTimesOfLayersThatAreNotFromTheBase) {
  const Image image = must(finish_image(draft(2), std::nullopt, layers_, 2));
  ExportInput given = input({image});
  given.source_date_epoch = 1'000'000'000;
  const auto rewrite = [&](const std::map<std::string, std::string>& attributes) {
    return must(rewrite_times(given, must(parse_export_attributes("image", attributes)), services_))
        .images.front();
  };
  EXPECT_EQ(rewrite({}).id, image.id);
  EXPECT_EQ(rewrite({{"rewrite-timestamp", "true"}, {"source-date-epoch", ""}}).id, image.id) << "no epoch";

  const Image rewritten = rewrite({{"rewrite-timestamp", "true"}});
  EXPECT_NE(rewritten.id, image.id);
  EXPECT_EQ(rewritten.layers[0].layer, base_);
  EXPECT_NE(rewritten.layers[1].diff_id, image.layers[1].diff_id);
  EXPECT_EQ(rewritten.layers[1].rewritten_to, 1'000'000'000);
  EXPECT_EQ(rewritten.config.diff_ids[1], rewritten.layers[1].diff_id);
  EXPECT_EQ(must(layers_.tar_info(*rewritten.layers[1].layer)).diff_id, rewritten.layers[1].diff_id)
      << "it is a layer of the store, and can be exported again";
  EXPECT_EQ(rewrite({{"rewrite-timestamp", "true"}}).id, rewritten.id);

  const Image untouched = rewrite({{"rewrite-timestamp", "true"}, {"source-date-epoch", "2000000000"}});
  EXPECT_EQ(untouched.id, image.id) << "nothing is newer than that";
}

}  // namespace
}  // namespace mbuild::builder
