// A store, and what tests do to it: commit, import, look into its records, switch the machine off and on.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "builder/snapshot/layer_store.h"
#include "tests/builder/snapshot/layer_fixture.h"

namespace mbuild::builder {

class LayerStoreTest : public StoreTest {
 protected:
  Result<LayerPtr> import_blob(const std::string& blob, const std::string& plain) {
    return store().import(std::make_unique<test::StringSource>(blob, 777), descriptor_of(blob),
                          oci::Digest::of(plain), 0);
  }
  // Expects that an import fails and leaves nothing.
  void expect_refused(Result<LayerPtr> result, ErrorKind kind, const std::string& text) {
    EXPECT_THAT(result, test::FailsWith(kind, text));
    EXPECT_THAT(left_overs(), testing::IsEmpty());
    EXPECT_EQ(layers_in_store(), 0u);
    EXPECT_TRUE(std::filesystem::is_empty(root() + "/blobs/sha256"));
  }
  LayerPtr commit(const LayerChain& below, const std::string& step,
                  const std::function<void(const std::filesystem::path&)>& change) {
    auto snapshotter = test::must(make_snapshotter(SnapshotterKind::overlay, store()));
    CommitOptions options;
    options.definition = oci::Digest::of(step);
    options.started = std::chrono::system_clock::now();
    auto workspace = test::must(snapshotter->prepare(below));
    change(path_of(workspace->root()));
    return test::must(workspace->commit(options)).layer;
  }
  std::filesystem::path info(const LayerPtr& layer) { return root() + "/layers/" + layer->id + "/info.json"; }
  // As if the machine had been switched off and on.
  void reboot() {
    for (const auto& entry : std::filesystem::directory_iterator(root() + "/layers")) {
      if (!entry.is_directory()) continue;
      std::string text = test::TempDir::read_file(entry.path() / "info.json");
      const std::string key = "\"boot\": \"";
      const std::size_t start = text.find(key) + key.size();
      text.replace(start, text.find('"', start) - start, "an-earlier-boot");
      set_file(entry.path() / "info.json", text);
    }
    reopen();
  }
};

}  // namespace mbuild::builder
