// Pictures of the stage graph, for people and documentation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

enum class DrawingFormat { text, dot, mermaid, svg };

// "text", "dot", "mermaid" or "svg".
std::optional<DrawingFormat> parse_drawing_format(std::string_view name);

// Stages, images and named contexts, and what leads from one to the other: FROM (solid), COPY --from
// (dashed), mounts (dotted). The target stands out, and stages that it does not need are faint. Several
// references of one kind between the same two are drawn once. Ends in a line break.
std::string draw_stages(const StageGraph& graph, DrawingFormat format);

}  // namespace mbuild::parser

#pragma GCC visibility pop
