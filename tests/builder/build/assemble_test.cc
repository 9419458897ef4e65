#include "builder/build/assemble.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

oci::Digest digest(const char* text) {
  return oci::Digest::of(std::string_view(text));
}

PlannedImage plan_of_two_layers() {
  PlannedImage plan;
  plan.config.diff_ids = {digest("base")};
  oci::HistoryEntry base;
  base.created = "2020-01-01T00:00:00Z";
  base.created_by = "base";
  plan.config.history = {base};
  plan.history = {{"ENV a=1", std::nullopt},
                  {"RUN x", 1},
                  {"CMD", std::nullopt},
                  {"COPY y", 2},
                  {"USER u", std::nullopt}};
  return plan;
}

TEST(Assemble, FillsInTimesAsTheExporterDoes) {
  oci::ImageConfig config = assemble(plan_of_two_layers(), {0, 1000, 2000}, {});
  ASSERT_EQ(config.history.size(), 6u);
  EXPECT_EQ(config.history[0].created, "2020-01-01T00:00:00Z");
  EXPECT_EQ(config.history[1].created, format_time(1000));
  EXPECT_EQ(config.history[2].created, format_time(1000));
  EXPECT_EQ(config.history[3].created, format_time(1000));
  EXPECT_EQ(config.history[4].created, format_time(2000));
  EXPECT_EQ(config.history[5].created, format_time(2000));
  EXPECT_EQ(config.created, format_time(2000));
  EXPECT_TRUE(config.history[1].empty_layer);
  EXPECT_FALSE(config.history[2].empty_layer);
  EXPECT_EQ(config.history[2].comment, "buildkit.dockerfile.v0");
}

TEST(Assemble, EpochReplacesEveryNewTimeAndNoOldOne) {
  AssembleOptions options;
  options.source_date_epoch = 42;
  oci::ImageConfig config = assemble(plan_of_two_layers(), {0, 1000, 2000}, options);
  EXPECT_EQ(config.history[0].created, "2020-01-01T00:00:00Z");
  for (std::size_t i = 1; i < config.history.size(); ++i)
    EXPECT_EQ(config.history[i].created, format_time(42));
  EXPECT_EQ(config.created, "1970-01-01T00:00:42Z");
}

TEST(Assemble, MetadataOnlyImagesAreMadeNow) {
  PlannedImage plan;
  plan.history = {{"CMD", std::nullopt}};
  AssembleOptions options;
  options.now = 7;
  options.labels = {{"k", "v"}};
  oci::ImageConfig config = assemble(plan, {}, options);
  EXPECT_EQ(config.created, format_time(7));
  EXPECT_EQ(config.config.labels.at("k"), "v");
}

TEST(Assemble, MetadataOnTopOfABaseKeepsTheBasesTime) {
  PlannedImage plan = plan_of_two_layers();
  plan.history = {{"CMD", std::nullopt}};
  AssembleOptions options;
  options.now = 7;
  EXPECT_EQ(assemble(plan, {0}, options).created, "2020-01-01T00:00:00Z");
}

TEST(Assemble, HistoryIsBroughtInStepWithTheBaseLayers) {
  PlannedImage plan = plan_of_two_layers();
  plan.config.diff_ids = {digest("base"), digest("more")};
  oci::ImageConfig config = assemble(plan, {0, 0, 1000, 2000}, {});
  std::size_t layers = 0;
  for (const auto& entry : config.history) layers += !entry.empty_layer;
  EXPECT_EQ(layers, 4u);
  EXPECT_EQ(config.history[1].comment, "buildkit.exporter.image.v0");
}

}  // namespace
}  // namespace mbuild::builder
