#include "builder/build/outputs.h"

#include <chrono>

namespace mbuild::builder {

Result<std::vector<ExportAttributes>> plan_outputs(const BuildRequest& request, bool has_epoch) {
  std::vector<OutputSpec> specs = request.outputs;
  // Pushing is what the image store's output does besides: --push turns it on, or adds one that does.
  bool pushes = false;
  for (OutputSpec& spec : specs) {
    if (!request.push || (spec.type != "image" && spec.type != "registry")) continue;
    spec.attributes["push"] = "true";
    pushes = true;
  }
  if (request.push && !pushes) specs.push_back({"image", {{"push", "true"}}});
  if (request.load) specs.push_back({"docker", {}});
  if (specs.empty()) specs.push_back({"image", {}});

  std::vector<ExportAttributes> outputs;
  for (OutputSpec& spec : specs) {
    bool image = spec.type != "local" && spec.type != "tar";
    if (has_epoch && image) spec.attributes.try_emplace("rewrite-timestamp", "true");
    if (image) spec.attributes.insert(request.annotations.begin(), request.annotations.end());
    outputs.push_back(MBUILD_TRY_AS("--output", parse_export_attributes(spec.type, spec.attributes)));
  }
  return outputs;
}

std::optional<CompressionOptions> wanted_compression(const std::vector<ExportAttributes>& outputs,
                                                     const ExportServices& services) {
  for (const ExportAttributes& output : outputs)
    if (!output.rewrite_timestamp)
      if (auto compression = make_exporter(output, services)->wanted_compression()) {
        compression->cancel = services.cancel;
        return compression;
      }
  return std::nullopt;
}

Result<std::vector<ExportResult>> run_outputs(const std::vector<ExportAttributes>& outputs,
                                              const ExportInput& input, const ExportServices& services,
                                              EventSink& events, StepId first_step) {
  std::vector<ExportResult> results;
  for (StepId id = first_step; const ExportAttributes& output : outputs) {
    std::unique_ptr<Exporter> exporter = make_exporter(output, services);
    events.emit(StepAdded{{id, exporter->title(), "", std::nullopt, {}}});
    events.emit(StepStarted{id});
    auto begun = std::chrono::steady_clock::now();
    Result<ExportResult> result =
        exporter->run(input, [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
          events.emit(StepProgress{id, what, done, total});
        });
    Resources resources;
    resources.wall = std::chrono::steady_clock::now() - begun;
    if (!result) {
      bool cancelled = result.error().kind() == ErrorKind::cancelled;
      events.emit(StepFinished{id, cancelled ? StepOutcome::cancelled : StepOutcome::failed, resources,
                               result.error().message()});
      return std::unexpected(std::move(result).error().context(exporter->title()));
    }
    events.emit(StepFinished{id, StepOutcome::executed, resources, {}});
    results.push_back(std::move(*result));
    ++id;
  }
  return results;
}

}  // namespace mbuild::builder
