#include "cli/build_warnings.h"

#include <fmt/format.h>

namespace mbuild::cli {

void BuildWarnings::on_event(const builder::Event& event) noexcept {
  const auto* notice = std::get_if<builder::Notice>(&event);
  bool waits =
      notice && notice->level == builder::Notice::Level::warning && !notice->code.empty() && notice->source;
  if (waits)
    warnings_.push_back(*notice);
  else if (next_)
    next_->on_event(event);
}

std::string BuildWarnings::text() const {
  if (warnings_.empty()) return "";
  std::string text =
      fmt::format("\n {} found (mbuild check shows the lines):\n",
                  warnings_.size() == 1 ? "1 warning" : fmt::format("{} warnings", warnings_.size()));
  for (const builder::Notice& warning : warnings_)
    text += fmt::format(" - {}: {} (line {})\n", warning.code, warning.text, warning.source->first);
  return text;
}

}  // namespace mbuild::cli
