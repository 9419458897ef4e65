#include "builder/plan/heredoc_text.h"

namespace mbuild::builder {

std::string heredoc_text(const parser::Heredoc& heredoc) {
  if (!heredoc.strip_tabs) return heredoc.body;
  std::string text;
  bool at_start = true;
  for (char c : heredoc.body) {
    if (at_start && c == '\t') continue;
    text += c;
    at_start = c == '\n';
  }
  return text;
}

}  // namespace mbuild::builder
