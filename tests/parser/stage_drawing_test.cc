#include "parser/stage_drawing.h"

#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

const char* const file =
    "FROM --platform=$BUILDPLATFORM golang:1 AS build\n"
    "FROM build AS test\n"
    "FROM scratch\n"
    "COPY --from=build a b\n"
    "COPY --from=build c d\n"
    "COPY --from=src e f\n"
    "RUN --mount=from=nginx,target=/n true\n";

std::string draw(DrawingFormat format, const std::string& text = file) {
  ParseResult parsed = parse(Source("Dockerfile", text));
  StageOptions options;
  options.platform_args = default_platform_args();
  options.named_contexts = {"src"};
  StageResult stages = resolve_stages(parsed.dockerfile, options);
  return draw_stages(stages.graph, format);
}

TEST(StageDrawing, Text) {
  EXPECT_EQ(draw(DrawingFormat::text),
            "build (linux/amd64)\n"
            "└── FROM golang:1 (image)\n"
            "test  [not needed]\n"
            "└── FROM build\n"
            "stage-2  [target]\n"
            "├── FROM scratch\n"
            "├── COPY build\n"
            "├── COPY src (named context)\n"
            "└── mount nginx (image)\n");
}

TEST(StageDrawing, Dot) {
  std::string dot = draw(DrawingFormat::dot);
  EXPECT_EQ(dot.substr(0, 16), "digraph stages {");
  EXPECT_NE(dot.find("n2 [label=\"stage-2\", style=\"rounded,bold\"];"), std::string::npos) << dot;
  EXPECT_NE(dot.find("n1 [label=\"test\", style=\"rounded\", color=gray, fontcolor=gray];"),
            std::string::npos);
  EXPECT_NE(dot.find("n0 -> n2 [style=dashed];"), std::string::npos);
  EXPECT_EQ(dot.find("n0 -> n2 [style=dashed];"), dot.rfind("n0 -> n2 [style=dashed];"));
}

TEST(StageDrawing, Mermaid) {
  EXPECT_EQ(draw(DrawingFormat::mermaid),
            "flowchart LR\n"
            "  n0(\"build (linux/amd64)\")\n"
            "  n1(\"test\"):::unneeded\n"
            "  n2(\"stage-2\"):::target\n"
            "  n3[\"golang:1\"]\n"
            "  n4[\"scratch\"]\n"
            "  n5[\"src\"]\n"
            "  n6[\"nginx\"]\n"
            "  n3 --> n0\n"
            "  n0 --> n1\n"
            "  n4 --> n2\n"
            "  n0 -. COPY .-> n2\n"
            "  n5 -. COPY .-> n2\n"
            "  n6 -. mount .-> n2\n"
            "  classDef target stroke-width:3px\n"
            "  classDef unneeded opacity:0.4\n");
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

TEST(StageDrawing, Svg) {
  std::string svg = draw(DrawingFormat::svg);
  EXPECT_EQ(count(svg, "<rect "), 7u);
  EXPECT_EQ(count(svg, "marker-end="), 6u);
  EXPECT_EQ(count(svg, "<g "), count(svg, "<g opacity"));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(StageDrawing, EscapesNames) {
  std::string text = "ARG x='<&\"'\nFROM a$x\n";
  EXPECT_NE(draw(DrawingFormat::svg, text).find(">a&lt;&amp;&quot;<"), std::string::npos);
  EXPECT_NE(draw(DrawingFormat::dot, text).find("[label=\"a<&'\","), std::string::npos);
}

TEST(StageDrawing, FormatsByName) {
  EXPECT_EQ(parse_drawing_format("svg"), DrawingFormat::svg);
  EXPECT_EQ(parse_drawing_format("mermaid"), DrawingFormat::mermaid);
  EXPECT_EQ(parse_drawing_format("png"), std::nullopt);
}

TEST(StageDrawing, OfNothing) {
  for (DrawingFormat format :
       {DrawingFormat::text, DrawingFormat::dot, DrawingFormat::mermaid, DrawingFormat::svg})
    EXPECT_NO_FATAL_FAILURE(draw_stages({}, format));
}

}  // namespace
}  // namespace mbuild::parser
