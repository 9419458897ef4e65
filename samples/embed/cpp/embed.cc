// Builds an image from a Dockerfile given as text, with a file of the context that was never saved, and can be stopped.
//
//   embed STORE_DIR CONTEXT_DIR
#include <csignal>
#include <cstdio>
#include <variant>

#include "builder/build.h"
#include "builder/isolation.h"

using namespace mbuild::builder;

namespace {

class Printer : public BuildObserver {
 public:
  void on_event(const Event& event) noexcept override {
    if (const auto* added = std::get_if<StepAdded>(&event)) std::printf("step %s\n", added->step.name.c_str());
    if (const auto* finished = std::get_if<StepFinished>(&event))
      if (finished->outcome == StepOutcome::cached) std::printf("step %zu is cached\n", finished->id);
  }
};

CancelToken cancel;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  // An ordinary user becomes root of a user namespace; that must come before the first thread.
  mbuild::Result<Isolation> isolation = enter_isolation(Isolation::automatic);
  if (!isolation) {
    std::fprintf(stderr, "error: %s\n", isolation.error().message().c_str());
    return 1;
  }
  std::signal(SIGINT, [](int) { cancel.cancel(); });

  BuildRequest request;
  request.isolation = *isolation;
  request.store_root = argv[1];
  request.context_dir = argv[2];
  request.dockerfile_text = "FROM scratch\nCOPY . /files\nLABEL made.by=embed\n";
  request.context_files = {{"unsaved.txt", "as the editor shows it\n"}};
  request.tags = {"embedded:latest"};
  request.cancel = cancel;
  Printer printer;
  mbuild::Result<BuiltImage> image = build(request, &printer);
  if (!image) {
    std::fprintf(stderr, "error: %s\n", image.error().message().c_str());
    return 1;
  }
  std::printf("built %s with %zu layer(s)\n", image->image_id.c_str(), image->layers.size());
}
