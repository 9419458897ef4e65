// The parts of a look through the store, in the order in which what one finds explains what the next does.
#pragma once

#include <string>

#include "builder/build/session.h"
#include "builder/build/store_findings.h"

namespace mbuild::builder {

// blobs/: each under the digest of its content.
Result<void> check_blobs(const LayerStore& layers, StoreFindings& findings);

// layers/: each what its record says.
Result<void> check_layers(LayerStore& layers, StoreFindings& findings);

// images/: names that lead to a config and layers that are there.
Result<void> check_images(const Session& session, StoreFindings& findings);

// actions/: results of steps whose layers are there, and the inputs of steps.
Result<void> check_actions(const Session& session, StoreFindings& findings);

// mounts/, contexts/, downloads/ and failed/: records that are whole.
Result<void> check_records(const Session& session, StoreFindings& findings);

// work/: nothing but what processes that live have in the making. Session::open() sweeps it: to be called
// when that is closed.
Result<void> check_work(const std::string& store_root, StoreFindings& findings);

}  // namespace mbuild::builder
