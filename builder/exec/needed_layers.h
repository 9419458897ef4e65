// Which layers of an image some of its files are in: the others need not be fetched to copy them.
#pragma once

#include "builder/exec/step.h"

namespace mbuild::builder {

// The uppermost layers of `tree` that decide what `paths` are, fetched from above, twice as many each time.
// Below a file or a link nothing can show any more; a directory, a missing file and a pattern need every
// layer. All of `tree` when nothing of it would have to be fetched.
Result<LayerChain> needed_layers(const Step& step, const Tree& tree, const std::vector<std::string>& paths);

}  // namespace mbuild::builder
