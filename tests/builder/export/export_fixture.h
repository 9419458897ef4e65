// What tests of exporters share: a store with an image of two layers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/export/exporter.h"
#include "builder/export/finish_image.h"
#include "tests/support/memory_layer_store.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {

class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    services_.layers = &layers_;
    services_.images = &images_;
    services_.threads = 2;
  }

  // An image of these layers; its config says little more than its platform.
  Image make_image(std::vector<LayerPtr> layers, const char* platform = "linux/amd64") {
    ImageDraft draft;
    draft.config.created = "2024-01-02T03:04:05Z";
    draft.config.platform = test::must(oci::Platform::parse(platform));
    draft.config.config.cmd = std::vector<std::string>{"/hello"};
    draft.config.config.env = {"PATH=/bin"};
    for (LayerPtr& layer : layers) {
      oci::HistoryEntry history;
      history.created = "2024-01-02T03:04:05Z";
      history.created_by = "RUN " + layer->id;
      draft.config.history.push_back(history);
      draft.layers.push_back({std::move(layer), false});
    }
    return test::must(finish_image(std::move(draft), std::nullopt, layers_, 2));
  }

  ExportInput input(std::vector<Image> images, std::vector<std::string> names = {"app:1"}) {
    ExportInput result;
    result.images = std::move(images);
    for (const std::string& name : names) result.names.push_back(test::must(oci::Reference::parse(name)));
    return result;
  }

  Result<ExportResult> run(std::string_view type, const std::map<std::string, std::string>& attributes,
                           const ExportInput& what) {
    const ExportAttributes parsed = MBUILD_TRY(parse_export_attributes(type, attributes));
    return make_exporter(parsed, services_)->run(what, {});
  }

  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }

  test::TempDir dir_;
  test::MemoryLayerStore layers_;
  ImageStore images_ = test::must(ImageStore::open(layers_.root()));
  ExportServices services_;
  LayerPtr base_ = layers_.add({test::memory_directory("bin"), test::memory_file("bin/sh", "#!shell", 0755)});
  LayerPtr top_ = layers_.add({test::memory_file("hello", std::string(100'000, 'x') + "hello", 04755)});
};

}  // namespace mbuild::builder
