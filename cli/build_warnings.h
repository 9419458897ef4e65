// BuildWarnings: keeps what the checks of a build found until its progress is over.
#pragma once

#include <string>
#include <vector>

#include "builder/events.h"

namespace mbuild::cli {

// Between a build and the observer that shows its progress: everything passes but the warnings about lines of
// the Dockerfile, which wait. `next` is borrowed and may be null.
class BuildWarnings : public builder::BuildObserver {
 public:
  explicit BuildWarnings(builder::BuildObserver* next) : next_(next) {}
  void on_event(const builder::Event& event) noexcept override;

  // As buildx ends a build with; empty when there was nothing:
  //
  //    2 warnings found (mbuild check shows the lines):
  //    - JSONArgsRecommended: ... (line 3)
  std::string text() const;

 private:
  builder::BuildObserver* next_;
  std::vector<builder::Notice> warnings_;
};

}  // namespace mbuild::cli
