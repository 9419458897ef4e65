// JsonProgress: one JSON document a line, as `docker buildx build --progress=rawjson` writes them, for
// programs.
#pragma once

#include <cstdio>
#include <map>
#include <string>

#include "builder/events.h"

namespace mbuild::cli {

// Lines are BuildKit's SolveStatus (moby/buildkit, client/graph.go: vertexes, statuses, logs, warnings);
// times are RFC 3339 in UTC, `data`, `short` and `detail` base64. A vertex's digest is a name of the step
// within this build. One key is ours: a vertex that is complete has
//   "mbuild": {"outcome": "executed|cached|cut-off|failed|cancelled", "reason": TEXT,
//              "cacheable": BOOL, "stage": NAME,
//              "lines": [FIRST, LAST], "resources": {"wall": ns, "cpu": ns, "memory": bytes}}
// where `reason` says why the step was not cached, and keys without a value are left out.
class JsonProgress : public builder::BuildObserver {
 public:
  explicit JsonProgress(std::FILE* out) : out_(out) {}
  void on_event(const builder::Event& event) noexcept override;

 private:
  struct Step {
    builder::StepInfo info;
    std::string started;                          // when
    std::map<std::string, std::string> progress;  // line -> when it began
  };

  void handle(const builder::StepAdded& event);
  void handle(const builder::StepStarted& event);
  void handle(const builder::StepOutput& event);
  void handle(const builder::StepProgress& event);
  void handle(const builder::StepFinished& event);
  void handle(const builder::Notice& event);
  void write_vertex(const Step& step, const builder::StepFinished* finished);

  std::FILE* out_;
  std::map<builder::StepId, Step> steps_;
};

}  // namespace mbuild::cli
