// Records of the store (action cache, step history): whatever lies in the file is a result that can be
// written again, or as good as absent. The input's digest is put right half of the time, else nothing would
// get past it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "builder/cache/action_cache.h"
#include "builder/cache/record.h"
#include "builder/cache/step_history.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace mbuild;
using namespace mbuild::builder;

void require(bool holds) {
  if (!holds) std::abort();
}

const oci::Digest kKey = oci::Digest::of("key");
const std::string kStep = "step";

struct Store {
  test::TempDir root;
  ActionCache actions = *ActionCache::open(root.str());
  StepHistory steps = *StepHistory::open(root.str());
};

std::string place_of(const std::string& hex) {
  return hex.substr(0, 2) + "/" + hex;
}

std::string proven(std::string_view body) {
  return std::string(body) + "sha256 " + oci::Digest::of(body).hex() + "\n";
}

void check_record(std::string_view kind, std::string_view bytes) {
  const auto record = Record::decode(kind, bytes);
  if (!record) return;
  const std::string once = record->encode();
  const auto again = Record::decode(kind, once);
  require(again.has_value());
  require(again->encode() == once);
}

// A result is what a file of ours could have said: it survives being confirmed.
void check_action(const Store& store, std::string_view bytes) {
  store.root.write("actions/" + place_of(kKey.hex()), bytes);
  const auto found = store.actions.find(kKey);
  if (!found) return;
  require(!found->layer.empty() && found->created >= 0);
  require(found->resources.wall.count() >= 0 && found->resources.cpu.count() >= 0);
  require(store.actions.confirm(kKey, *found).has_value());
  const auto again = store.actions.find(kKey);
  require(again && again->layer == found->layer && again->fingerprint == found->fingerprint);
  require(!again->needs_check && again->created == found->created);
}

void check_step(const Store& store, std::string_view bytes) {
  store.root.write("actions/steps/" + place_of(oci::Digest::of(kStep).hex()), bytes);
  const auto entry = store.steps.last(kStep);
  if (!entry) return;
  require(explain_difference(entry->inputs, bounded_inputs(entry->inputs)).size() < (1 << 20));
  require(store.steps.store(kStep, *entry).has_value());
  require(store.steps.last(kStep).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Store store;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_record("action", input);
  const std::string bytes = proven(input);
  check_record("action", bytes);
  check_action(store, input.starts_with('!') ? std::string(input.substr(1)) : bytes);
  check_step(store, bytes);
  return 0;
}
