// Builds an image from a Dockerfile given as text: the whole of what a program needs to do.
//
//   embed_sample STORE_DIR CONTEXT_DIR
#include <cstdio>
#include <variant>

#include "builder/build.h"

using namespace mbuild::builder;

namespace {

class Printer : public BuildObserver {
 public:
  void on_event(const Event& event) noexcept override {
    if (const auto* added = std::get_if<StepAdded>(&event)) std::printf("step %s\n", added->step.name.c_str());
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  BuildRequest request;
  request.store_root = argv[1];
  request.context_dir = argv[2];
  request.dockerfile_text = "FROM scratch\nCOPY . /files\nLABEL made.by=embed\n";
  request.tags = {"embedded:latest"};
  Printer printer;
  mbuild::Result<BuiltImage> image = build(request, &printer);
  if (!image) {
    std::fprintf(stderr, "error: %s\n", image.error().message().c_str());
    return 1;
  }
  std::printf("built %s with %zu layer(s)\n", image->image_id.c_str(), image->layers.size());
}
