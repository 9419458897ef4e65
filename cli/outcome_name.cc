#include "cli/outcome_name.h"

namespace mbuild::cli {

const char* outcome_name(builder::StepOutcome outcome) {
  switch (outcome) {
    case builder::StepOutcome::executed:
      return "executed";
    case builder::StepOutcome::cached:
      return "cached";
    case builder::StepOutcome::cut_off:
      return "cut-off";
    case builder::StepOutcome::failed:
      return "failed";
    case builder::StepOutcome::cancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace mbuild::cli
