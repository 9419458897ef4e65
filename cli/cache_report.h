// CacheReport: `--explain`: what the cache did for each step, told when the build is over.
#pragma once

#include <map>
#include <string>

#include "builder/events.h"

namespace mbuild::cli {

// Between a build and the observer that shows its progress; everything passes. `next` is borrowed and may be
// null.
class CacheReport : public builder::BuildObserver {
 public:
  explicit CacheReport(builder::BuildObserver* next) : next_(next) {}
  void on_event(const builder::Event& event) noexcept override;

  // A line for each RUN, COPY, ADD and WORKDIR that came to an end, in the order of the file:
  //
  //   hit      [build 2/4] COPY go.mod .
  //   miss     [build 3/4] COPY . .: src/main.c changed
  //   cut-off  [build 4/4] RUN make: src/main.c changed; it gave what an earlier run gave
  std::string text() const;

 private:
  struct Step {
    std::string name;
    std::string line;
  };
  builder::BuildObserver* next_;
  std::map<builder::StepId, Step> steps_;
};

}  // namespace mbuild::cli
