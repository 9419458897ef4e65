// The diagram as SVG: boxes in columns, arrows from left to right.
#include <algorithm>

#include "parser/stage_diagram.h"
#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

constexpr std::size_t margin = 20;
constexpr std::size_t box_height = 36;
constexpr std::size_t row_height = 56;
constexpr std::size_t column_gap = 70;
constexpr std::size_t letter_width = 8;  // of a 13 px monospaced font
constexpr std::size_t padding = 24;

struct Place {
  std::size_t x = 0;
  std::size_t y = 0;
  std::size_t width = 0;
};

std::string escaped(std::string_view text) {
  std::string result;
  std::string valid;
  append_valid_utf8(valid, text);
  for (char c : valid) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

std::string label_of(const DiagramBox& box) {
  return box.detail.empty() ? box.label : box.label + " " + box.detail;
}

class Picture {
 public:
  explicit Picture(const StageDiagram& diagram) : diagram_(diagram), places_(diagram.boxes.size()) {
    arrange();
  }

  std::string draw() const {
    std::string size = std::to_string(width_) + " " + std::to_string(height_);
    std::string result =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" +
        std::to_string(width_) + "\" height=\"" + std::to_string(height_) +
        "\" font-family=\"monospace\" font-size=\"13\">\n"
        "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
        "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n";
    for (const DiagramArrow& arrow : diagram_.arrows) result += draw_arrow(arrow);
    for (std::size_t i = 0; i < places_.size(); ++i) result += draw_box(i);
    return result + "</svg>\n";
  }

 private:
  void arrange();
  std::string draw_box(std::size_t index) const;
  std::string draw_arrow(const DiagramArrow& arrow) const;

  const StageDiagram& diagram_;
  std::vector<Place> places_;
  std::size_t width_ = 0;
  std::size_t height_ = 0;
};

void Picture::arrange() {
  std::size_t columns = 0;
  for (const DiagramBox& box : diagram_.boxes) columns = std::max(columns, box.column + 1);
  std::vector<std::size_t> widths(columns);
  std::vector<std::size_t> rows(columns);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const DiagramBox& box = diagram_.boxes[i];
    places_[i].width = decode_utf8(label_of(box)).size() * letter_width + padding;
    places_[i].y = margin + rows[box.column]++ * row_height;
    widths[box.column] = std::max(widths[box.column], places_[i].width);
    height_ = std::max(height_, places_[i].y + box_height + margin);
  }
  std::vector<std::size_t> starts(columns);
  std::size_t x = margin;
  for (std::size_t column = 0; column < columns; ++column) {
    starts[column] = x;
    width_ = x + widths[column] + margin;
    x += widths[column] + column_gap;
  }
  for (std::size_t i = 0; i < places_.size(); ++i) places_[i].x = starts[diagram_.boxes[i].column];
}

std::string Picture::draw_box(std::size_t index) const {
  const DiagramBox& box = diagram_.boxes[index];
  const Place& place = places_[index];
  bool stage = box.kind == DiagramBox::Kind::stage;
  std::string result = box.needed ? "<g>" : "<g opacity=\"0.4\">";
  result += "<rect x=\"" + std::to_string(place.x) + "\" y=\"" + std::to_string(place.y) + "\" width=\"" +
            std::to_string(place.width) + "\" height=\"" + std::to_string(box_height) + "\" rx=\"" +
            (stage ? "8" : "0") + "\" fill=\"" + (stage ? "#eef4ff" : "#ffffff") +
            "\" stroke=\"#345\" stroke-width=\"" + (box.target ? "3" : "1") + "\"" +
            (stage ? "" : " stroke-dasharray=\"4 3\"") + "/>";
  result += "<text x=\"" + std::to_string(place.x + place.width / 2) + "\" y=\"" +
            std::to_string(place.y + box_height / 2 + 5) + "\" text-anchor=\"middle\">" +
            escaped(label_of(box)) + "</text></g>\n";
  return result;
}

std::string Picture::draw_arrow(const DiagramArrow& arrow) const {
  const Place& from = places_[arrow.from];
  const Place& to = places_[arrow.to];
  auto point = [](std::size_t x, std::size_t y) { return std::to_string(x) + " " + std::to_string(y); };
  std::size_t x1 = from.x + from.width;
  std::size_t y1 = from.y + box_height / 2;
  std::size_t y2 = to.y + box_height / 2;
  std::string path = "M" + point(x1, y1) + "C" + point(x1 + column_gap / 2, y1) + " " +
                     point(to.x - column_gap / 2, y2) + " " + point(to.x, y2);
  std::string dashes = arrow.use == StageReference::Use::base   ? ""
                       : arrow.use == StageReference::Use::copy ? " stroke-dasharray=\"6 4\""
                                                                : " stroke-dasharray=\"2 4\"";
  return "<path d=\"" + path + "\" fill=\"none\" stroke=\"#345\"" + dashes +
         " marker-end=\"url(#arrow)\"/>\n";
}

}  // namespace

std::string draw_svg(const StageDiagram& diagram) {
  return Picture(diagram).draw();
}

}  // namespace mbuild::parser
