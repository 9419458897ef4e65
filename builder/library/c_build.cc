// Builds in the C interface.
#include "builder/library/c_error.h"
#include "builder/library/c_request.h"

namespace {

using mbuild::Result;
using namespace mbuild::builder;
using namespace mbuild::library;

mbuild_event empty_event(int kind, std::size_t step) {
  mbuild_event event{};
  event.kind = kind;
  event.step = step;
  event.text = event.stage = "";
  return event;
}

// Tells a C function of what happens.
class Forwarder : public BuildObserver {
 public:
  Forwarder(mbuild_observer observer, void* user) : observer_(observer), user_(user) {}
  void on_event(const Event& event) noexcept override {
    std::visit([this](const auto& one) { tell(one); }, event);
  }

 private:
  void send(mbuild_event& event, const std::string& text) {
    event.text = text.c_str();
    event.size = text.size();
    observer_(&event, user_);
  }
  static void place(mbuild_event& event, const std::optional<mbuild::SourceLines>& lines) {
    if (!lines) return;
    event.first_line = lines->first;
    event.last_line = lines->last;
  }
  void tell(const StepAdded& added) {
    mbuild_event event = empty_event(MBUILD_STEP_ADDED, added.step.id);
    event.stage = added.step.stage.c_str();
    place(event, added.step.source);
    send(event, added.step.name);
  }
  void tell(const StepStarted& started) {
    mbuild_event event = empty_event(MBUILD_STEP_STARTED, started.id);
    observer_(&event, user_);
  }
  void tell(const StepOutput& output) {
    mbuild_event event = empty_event(MBUILD_STEP_OUTPUT, output.id);
    event.stream = output.stream == OutputStream::standard_output ? 1 : 2;
    send(event, output.text);
  }
  void tell(const StepProgress& progress) {
    mbuild_event event = empty_event(MBUILD_STEP_PROGRESS, progress.id);
    event.done = progress.done;
    event.total = progress.total;
    send(event, progress.what);
  }
  void tell(const StepFinished& finished) {
    mbuild_event event = empty_event(MBUILD_STEP_FINISHED, finished.id);
    event.outcome = static_cast<int>(finished.outcome);
    event.wall_ns = static_cast<std::uint64_t>(finished.resources.wall.count());
    event.cpu_ns = static_cast<std::uint64_t>(finished.resources.cpu.count());
    event.peak_memory_bytes = finished.resources.peak_memory_bytes;
    send(event, finished.reason);
  }
  void tell(const Notice& notice) {
    mbuild_event event = empty_event(MBUILD_NOTICE, 0);
    event.stage = notice.code.c_str();
    event.stream = notice.level == Notice::Level::warning;
    place(event, notice.source);
    send(event, notice.text);
  }

  mbuild_observer observer_;
  void* user_;
};

static_assert(static_cast<int>(StepOutcome::cancelled) == MBUILD_STOPPED);

}  // namespace

struct mbuild_image {
  BuiltImage image;
};

extern "C" {

int mbuild_enter_isolation(const char* isolation, mbuild_error** error) {
  return guarded(static_cast<int>(MBUILD_INTERNAL), error, [&] {
    Result<Isolation> wanted = parse_isolation(isolation ? isolation : "auto");
    if (wanted) wanted = enter_isolation(*wanted);
    return wanted ? 0 : give_error(std::move(wanted).error(), error);
  });
}

mbuild_image* mbuild_build(mbuild_request* request, mbuild_observer observer, void* user,
                           mbuild_error** error) {
  return guarded(static_cast<mbuild_image*>(nullptr), error, [&]() -> mbuild_image* {
    Forwarder forwarder(observer, user);
    Result<BuiltImage> image = build(request->request, observer ? &forwarder : nullptr);
    if (image) return new mbuild_image{std::move(*image)};
    give_error(std::move(image).error(), error);
    return nullptr;
  });
}

void mbuild_image_free(mbuild_image* image) {
  delete image;
}
const char* mbuild_image_id(const mbuild_image* image) {
  return image->image.image_id.c_str();
}
const char* mbuild_image_config(const mbuild_image* image) {
  return image->image.config_json.c_str();
}
const char* mbuild_image_metadata(const mbuild_image* image) {
  return image->image.metadata_json.c_str();
}
size_t mbuild_image_layer_count(const mbuild_image* image) {
  return image->image.layers.size();
}
int mbuild_image_layer_get(const mbuild_image* image, size_t index, mbuild_layer* out, size_t size) {
  if (index >= image->image.layers.size()) return 0;
  const BuiltLayer& layer = image->image.layers[index];
  return give<mbuild_layer>({layer.diff_id.c_str(), layer.size_bytes, layer.created_by.c_str()}, out, size);
}

}  // extern "C"
