// StageDiagram: the boxes and arrows that every drawing of the stage graph has. Internal to draw_stages().
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "parser/stages.h"

namespace mbuild::parser {

struct DiagramBox {
  enum class Kind { stage, image, named_context, scratch };
  Kind kind = Kind::stage;
  std::string label;
  std::string detail;  // of a stage: its platform
  bool target = false;
  bool needed = true;
  std::size_t column = 0;  // everything that leads to a box stands in an earlier column
};

// From what is used to what uses it.
struct DiagramArrow {
  std::size_t from;
  std::size_t to;
  StageReference::Use use;
};

struct StageDiagram {
  std::vector<DiagramBox> boxes;     // the stages first, by index
  std::vector<DiagramArrow> arrows;  // by `to`, in order of use
  std::size_t stages = 0;
};

StageDiagram make_diagram(const StageGraph& graph);

std::string draw_text(const StageDiagram& diagram);
std::string draw_dot(const StageDiagram& diagram);
std::string draw_mermaid(const StageDiagram& diagram);
std::string draw_svg(const StageDiagram& diagram);

}  // namespace mbuild::parser
