#include "builder/snapshot/layer_ledger.h"

#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "tests/builder/snapshot/layer_store_fixture.h"

namespace mbuild::builder {
namespace {

using test::must;
using test::Succeeds;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

class LayerLedgerTest : public LayerStoreTest {
 protected:
  std::set<std::string> pinned() {
    const auto own = must(LayerStore::open(root()));
    return must(PinnedLayers::hold(own->folders().work())).names();
  }
};

TEST_F(LayerLedgerTest, WhatIsTakenInMadeOrFoundIsPinned) {
  const std::string tar = tar_of({file("a", "text")});
  const LayerPtr pulled = must(import_blob(tar, tar));
  const LayerPtr made = commit({}, "RUN x", [](const auto& tree) { set_file(tree / "x", "x"); });
  const LayerBlob blob = must(store().ensure_blob(*made, {}, false));
  EXPECT_THAT(pinned(), testing::UnorderedElementsAre(pulled->id, made->id, blob.digest.hex()));
  reopen();
  EXPECT_THAT(pinned(), IsEmpty());
  must(store().find(made->id));
  must(store().find_imported(oci::Digest::of(tar)));
  EXPECT_THAT(pinned(), testing::UnorderedElementsAre(pulled->id, made->id));
  EXPECT_FALSE(store().find("../../etc"));
  EXPECT_THAT(pinned(), Not(Contains("../../etc")));
}

TEST_F(LayerLedgerTest, AProcessPinsForAsLongAsItLives) {
  const LayerPtr layer = import({file("a", "text")});
  const std::string id = layer->id;
  store_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto own = LayerStore::open(root());
    const bool found = own && (*own)->find(id);
    if (::write(ready[1], found ? "y" : "n", 1) == 1) ::pause();
    ::_exit(1);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_THAT(pinned(), Contains(id));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_THAT(pinned(), IsEmpty());
  for (const int end : ready) ::close(end);
}

TEST_F(LayerLedgerTest, NobodyPinsWhileThePinnedAreHeld) {
  const auto other = must(LayerStore::open(root()));
  std::atomic<bool> done = false;
  std::thread pinning;
  {
    const PinnedLayers held = must(PinnedLayers::hold(other->folders().work()));
    pinning = std::thread([&] {
      EXPECT_THAT(store().folders().ledger().pin("abc"), Succeeds());
      done = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(done);
  }
  pinning.join();
  EXPECT_THAT(pinned(), Contains("abc"));
}

TEST_F(LayerLedgerTest, WhatCannotBeMadeIsNotPinned) {
  LayerLedger& ledger = store().folders().ledger();
  const auto failing = []() -> Result<std::string> { return fail(ErrorKind::no_space, "full"); };
  EXPECT_THAT(ledger.pin_made(failing), test::FailsWith(ErrorKind::no_space, "full"));
  EXPECT_THAT(ledger.pin_made([]() -> Result<std::string> { return "def"; }), Succeeds());
  EXPECT_THAT(pinned(), testing::ElementsAre("def"));
}

}  // namespace
}  // namespace mbuild::builder
