// A text with `|` where the cursor is.
#pragma once

#include <memory>
#include <string>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

struct MarkedText {
  explicit MarkedText(std::string marked) {
    offset = static_cast<std::uint32_t>(marked.find('|'));
    if (offset < marked.size()) marked.erase(offset, 1);
    analysis = std::make_unique<Analysis>(Source("Dockerfile", std::move(marked)), AnalysisOptions());
  }
  std::unique_ptr<Analysis> analysis;
  std::uint32_t offset = 0;
};

}  // namespace mbuild::parser::language
