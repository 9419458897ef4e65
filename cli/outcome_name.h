// How outcomes of steps are called in what programs read.
#pragma once

#include "builder/events.h"

namespace mbuild::cli {

const char* outcome_name(builder::StepOutcome outcome);  // "executed", "cached", "cut-off", ...

}  // namespace mbuild::cli
