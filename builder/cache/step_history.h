// StepHistory: what each step saw when it last ran, so that a miss can be explained by the first input that
// differs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/base/fd.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// What went into a cache key: (name, value), in order. Names are unique, as a person would say them
// ("variable VERSION", "src/main.c", "image debian:bookworm"); values are texts that may be shown, or digests
// in hex. Bytes.
using NamedInputs = std::vector<std::pair<std::string, std::string>>;

// The store's `actions/steps/<ab>/<digest>` files: one a step, holding the inputs of its last run alone, so
// that the cost is bounded by the number of different steps and their inputs (8 MiB each; what is more is
// summed up). Safe for any number of threads and processes; a damaged record is as good as absent.
class StepHistory {
 public:
  // Of its records; their field "step" is what is named by a file, whose name is its digest.
  static constexpr std::string_view kind = "step";
  static constexpr std::uint64_t largest = 16 << 20;  // bytes

  static Result<StepHistory> open(const std::string& store_root);

  struct Entry {
    oci::Digest key;  // the cache key that the inputs gave
    NamedInputs inputs;
  };
  // `step` names the step across changes of its inputs: the Dockerfile, the stage, the kind and place.
  std::optional<Entry> last(std::string_view step) const;
  Result<void> store(std::string_view step, const Entry& entry) const;

 private:
  explicit StepHistory(Fd dir) : dir_(std::move(dir)) {}
  Fd dir_;
};

// As store() keeps them. Long texts are cut, with a digest of the whole at their end; when all of them exceed
// `limit` bytes, the first ones stay and one more, by count and digest, stands for the rest. Doing it twice
// changes no text.
NamedInputs bounded_inputs(const NamedInputs& inputs, std::size_t limit = 8 << 20);

// One line about the first difference: "src/main.c changed", "variable VERSION 1.2 -> 1.3", "image
// debian:bookworm moved to sha256:0123456789ab"; empty when there is none. `earlier` is as last() gave it.
std::string explain_difference(const NamedInputs& earlier, const NamedInputs& now);

}  // namespace mbuild::builder
