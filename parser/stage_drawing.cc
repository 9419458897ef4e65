#include "parser/stage_drawing.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "parser/stage_diagram.h"

namespace mbuild::parser {

namespace {

DiagramBox::Kind kind_of(StageReference::Kind kind) {
  switch (kind) {
    case StageReference::Kind::scratch:
      return DiagramBox::Kind::scratch;
    case StageReference::Kind::named_context:
      return DiagramBox::Kind::named_context;
    case StageReference::Kind::stage:
      return DiagramBox::Kind::stage;
    case StageReference::Kind::image:
      break;
  }
  return DiagramBox::Kind::image;
}

std::string_view verb(StageReference::Use use) {
  switch (use) {
    case StageReference::Use::base:
      return "FROM";
    case StageReference::Use::copy:
      return "COPY";
    case StageReference::Use::mount:
      break;
  }
  return "mount";
}

// In quotes for dot and mermaid, which know no common escape.
std::string quoted_label(std::string_view text) {
  std::string result(1, '"');
  for (char c : text) result += c == '"' || c == '\\' ? '\'' : c;
  result += '"';
  return result;
}

std::string label_of(const DiagramBox& box) {
  return box.detail.empty() ? box.label : box.label + " (" + box.detail + ")";
}

}  // namespace

StageDiagram make_diagram(const StageGraph& graph) {
  StageDiagram diagram;
  diagram.stages = graph.stages.size();
  for (const Stage& stage : graph.stages) {
    bool needed = std::binary_search(graph.needed.begin(), graph.needed.end(), stage.index);
    diagram.boxes.push_back({DiagramBox::Kind::stage, stage.display_name(), stage.platform,
                             stage.index == graph.target, needed, 0});
  }
  std::map<std::pair<DiagramBox::Kind, std::string>, std::size_t> others;
  std::set<std::tuple<std::size_t, std::size_t, StageReference::Use>> drawn;
  for (const Stage& stage : graph.stages) {
    for (const StageReference& reference : stage.dependencies) {
      std::size_t from = reference.stage;
      if (reference.kind != StageReference::Kind::stage) {
        std::string name = reference.kind == StageReference::Kind::scratch ? "scratch" : reference.name;
        auto [place, added] = others.emplace(std::pair(kind_of(reference.kind), name), diagram.boxes.size());
        if (added) diagram.boxes.push_back({kind_of(reference.kind), name, "", false, false, 0});
        from = place->second;
        diagram.boxes[from].needed |= diagram.boxes[stage.index].needed;
      }
      if (drawn.emplace(from, stage.index, reference.use).second)
        diagram.arrows.push_back({from, stage.index, reference.use});
    }
  }
  // Arrows come by stage, and lead from earlier stages only.
  for (const DiagramArrow& arrow : diagram.arrows)
    diagram.boxes[arrow.to].column =
        std::max(diagram.boxes[arrow.to].column, diagram.boxes[arrow.from].column + 1);
  return diagram;
}

std::string draw_text(const StageDiagram& diagram) {
  std::string result;
  std::size_t next = 0;
  for (std::size_t stage = 0; stage < diagram.stages; ++stage) {
    const DiagramBox& box = diagram.boxes[stage];
    result += label_of(box) + (box.target ? "  [target]" : box.needed ? "" : "  [not needed]") + "\n";
    while (next < diagram.arrows.size() && diagram.arrows[next].to == stage) {
      const DiagramArrow& arrow = diagram.arrows[next++];
      bool last = next == diagram.arrows.size() || diagram.arrows[next].to != stage;
      const DiagramBox& from = diagram.boxes[arrow.from];
      result += last ? "└── " : "├── ";
      result.append(verb(arrow.use)).append(1, ' ').append(from.label);
      if (from.kind == DiagramBox::Kind::image) result += " (image)";
      if (from.kind == DiagramBox::Kind::named_context) result += " (named context)";
      result += "\n";
    }
  }
  return result;
}

std::string draw_dot(const StageDiagram& diagram) {
  std::string result = "digraph stages {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < diagram.boxes.size(); ++i) {
    const DiagramBox& box = diagram.boxes[i];
    std::string style = box.kind == DiagramBox::Kind::stage ? "rounded" : "dashed";
    if (box.target) style += ",bold";
    result += "  n" + std::to_string(i) + " [label=" + quoted_label(label_of(box)) + ", style=\"" + style +
              "\"" + (box.needed ? "" : ", color=gray, fontcolor=gray") + "];\n";
  }
  for (const DiagramArrow& arrow : diagram.arrows) {
    std::string_view style = arrow.use == StageReference::Use::base   ? "solid"
                             : arrow.use == StageReference::Use::copy ? "dashed"
                                                                      : "dotted";
    result += "  n" + std::to_string(arrow.from) + " -> n" + std::to_string(arrow.to) + " [style=";
    result.append(style).append("];\n");
  }
  return result + "}\n";
}

std::string draw_mermaid(const StageDiagram& diagram) {
  std::string result = "flowchart LR\n";
  for (std::size_t i = 0; i < diagram.boxes.size(); ++i) {
    const DiagramBox& box = diagram.boxes[i];
    bool stage = box.kind == DiagramBox::Kind::stage;
    result += "  n" + std::to_string(i) + (stage ? "(" : "[") + quoted_label(label_of(box)) +
              (stage ? ")" : "]") +
              (box.target   ? ":::target"
               : box.needed ? ""
                            : ":::unneeded") +
              "\n";
  }
  for (const DiagramArrow& arrow : diagram.arrows) {
    result += "  n" + std::to_string(arrow.from);
    if (arrow.use == StageReference::Use::base)
      result += " --> n";
    else
      result.append(" -. ").append(verb(arrow.use)).append(" .-> n");
    result += std::to_string(arrow.to) + "\n";
  }
  return result + "  classDef target stroke-width:3px\n  classDef unneeded opacity:0.4\n";
}

std::optional<DrawingFormat> parse_drawing_format(std::string_view name) {
  if (name == "text") return DrawingFormat::text;
  if (name == "dot") return DrawingFormat::dot;
  if (name == "mermaid") return DrawingFormat::mermaid;
  if (name == "svg") return DrawingFormat::svg;
  return std::nullopt;
}

std::string draw_stages(const StageGraph& graph, DrawingFormat format) {
  StageDiagram diagram = make_diagram(graph);
  switch (format) {
    case DrawingFormat::dot:
      return draw_dot(diagram);
    case DrawingFormat::mermaid:
      return draw_mermaid(diagram);
    case DrawingFormat::svg:
      return draw_svg(diagram);
    case DrawingFormat::text:
      break;
  }
  return draw_text(diagram);
}

}  // namespace mbuild::parser
