// The store as a whole: what `mbuild store verify|repair` do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

// Something in the store that is not what it says it is.
struct StoreProblem {
  std::string path;      // of the file or folder, beneath the store's root
  std::string meaning;   // what is wrong, and what follows from it
  bool removed = false;  // by repair_store()
};

struct StoreReport {
  std::uint64_t blobs = 0;
  std::uint64_t layers = 0;
  std::uint64_t images = 0;   // names
  std::uint64_t records = 0;  // all other small files: results of steps, their inputs, caches, downloads
  std::uint64_t bytes = 0;    // of blobs
  std::vector<StoreProblem> problems;  // causes before what follows from them
};

// Reads everything that a build could use: each blob against its digest; each layer against its record,
// fingerprint and diffIDs (a pulled one against its blob, unpacked again); that names lead to configs, and
// these and the results of steps to layers; that every record is whole; that nothing of processes that died
// is left. Changes nothing, but that what dead processes left goes, as at each start of a build. Beside the
// folders of a store, whatever else lies in its root is not looked at.
//
// Builds may run meanwhile; what they are making is left alone. `not_found` when there is no store at
// `store_root`, which may not be empty.
Result<StoreReport> verify_store(const std::string& store_root);

// The same, and removes what is wrong, so that the next build makes it anew. Sound things stay. What cannot
// be removed stays as well, and its problem says why.
Result<StoreReport> repair_store(const std::string& store_root);

}  // namespace mbuild::builder

#pragma GCC visibility pop
