// What an editor waits for on each keystroke: parsing, the stage graph and all checks. And that each grows
// linearly.
#include <benchmark/benchmark.h>

#include <string>

#include "parser/expand.h"
#include "parser/ignore_file.h"
#include "parser/lint.h"
#include "parser/parse.h"
#include "parser/stages.h"

namespace mbuild::parser {
namespace {

// 30 lines of what people write, each stage from the one before or an image.
std::string stage(std::size_t number) {
  const std::string n = std::to_string(number);
  return "# part-" + n + " compiles a part\nFROM --platform=$BUILDPLATFORM golang:1." + n +
         "-alpine AS part-" + n +
         "\nARG VERSION=1.0 TARGETOS TARGETARCH\nARG NPM_TOKEN_FILE\n"
         "ENV PATH=/usr/local/go/bin:$PATH GOFLAGS=\"-mod=vendor -trimpath\" CGO_ENABLED=0\n"
         "LABEL org.opencontainers.image.title=\"part\" org.opencontainers.image.version=$VERSION\n"
         "WORKDIR /src/part\n"
         "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\n    apt-get update \\\n"
         "    # the compiler\n    && apt-get install -y --no-install-recommends \\\n         build-essential "
         "\\\n"
         "         git \\\n    && rm -rf /var/lib/apt/lists/*\n\nCOPY --chown=1000:1000 go.mod go.sum ./\n"
         "COPY --from=part-0 --link /out/lib /usr/lib/part\n"
         "RUN curl -fsSL https://example.com/${VERSION}.tgz | tar xz && chown -R 1000 /usr/lib/part\n"
         "RUN go build -ldflags \"-X main.version=${VERSION}\" -o /out/part ./cmd/part && strip /out/part\n"
         "COPY <<EOF /etc/part.conf\nlisten = 0.0.0.0:80\nversion = $VERSION\nEOF\nEXPOSE 80/tcp 443/tcp\n"
         "HEALTHCHECK --interval=30s CMD curl -f http://localhost/ || exit 1\nUSER 1000:1000\n"
         "ENTRYPOINT [\"/out/part\", \"--config\", \"/etc/part.conf\"]\nCMD serve\n\n";
}

std::string file_of_lines(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines / 30; ++i) text += stage(i);
  return text;
}

void parse_resolve_and_check(benchmark::State& state) {
  const std::string text = file_of_lines(static_cast<std::size_t>(state.range(0)));
  StageOptions options;
  options.platform_args = default_platform_args();
  std::size_t found = 0;
  for (auto _ : state) {
    ParseResult parsed = parse(Source("Dockerfile", text));
    StageResult stages = resolve_stages(parsed.dockerfile, options);
    found = lint(parsed.dockerfile, stages.graph, {}).diagnostics.size();
  }
  state.counters["found"] = static_cast<double>(found);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(parse_resolve_and_check)
    ->RangeMultiplier(10)
    ->Range(300, 30'000)
    ->Complexity()
    ->Unit(benchmark::kMicrosecond);

void check_alone(benchmark::State& state) {
  ParseResult parsed = parse(Source("Dockerfile", file_of_lines(static_cast<std::size_t>(state.range(0)))));
  StageOptions options;
  options.platform_args = default_platform_args();
  StageResult stages = resolve_stages(parsed.dockerfile, options);
  for (auto _ : state) benchmark::DoNotOptimize(lint(parsed.dockerfile, stages.graph, {}));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(check_alone)->RangeMultiplier(10)->Range(300, 30'000)->Complexity()->Unit(benchmark::kMicrosecond);

// A chain, each stage copying from the first and the one before.
void resolve_a_chain_of_stages(benchmark::State& state) {
  std::string text = "FROM a AS s0\n";
  for (long i = 1; i < state.range(0); ++i)
    text += "FROM s" + std::to_string(i - 1) + " AS s" + std::to_string(i) + "\nENV v" + std::to_string(i) +
            "=1\nCOPY --from=s0 x y\n";
  ParseResult parsed = parse(Source("Dockerfile", text));
  for (auto _ : state) {
    StageResult stages = resolve_stages(parsed.dockerfile, {});
    benchmark::DoNotOptimize(lint(parsed.dockerfile, stages.graph, {}));
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(resolve_a_chain_of_stages)
    ->RangeMultiplier(10)
    ->Range(100, 10'000)
    ->Complexity()
    ->Unit(benchmark::kMicrosecond);

void expand_nested(benchmark::State& state) {
  std::string word;
  for (long i = 0; i < state.range(0); ++i) word += "${a:-x";
  word += std::string(static_cast<std::size_t>(state.range(0)), '}');
  auto unset = [](std::string_view) { return std::nullopt; };
  for (auto _ : state) benchmark::DoNotOptimize(expand(word, unset));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(expand_nested)
    ->RangeMultiplier(10)
    ->Range(100, 100'000)
    ->Complexity()
    ->Unit(benchmark::kMicrosecond);

// A context's 10,000 files past an ordinary .dockerignore.
void ignore_ten_thousand_files(benchmark::State& state) {
  auto matcher =
      PatternMatcher::compile({".git", "**/node_modules", "*.log", "dist", "**/*.pyc", "docs/**/*.md",
                               "!docs/README.md", "tmp/", "**/.DS_Store", "build/*/out"});
  std::vector<std::string> paths;
  for (int i = 0; i < 10'000; ++i)
    paths.push_back("src/component-" + std::to_string(i % 97) + "/lib/file-" + std::to_string(i) + ".ts");
  PatternMatcher::State directory;
  for (const char* path : {"src", "src/component-1", "src/component-1/lib"})
    directory = matcher->match_child(directory, path);
  for (auto _ : state)
    for (const std::string& path : paths) benchmark::DoNotOptimize(matcher->match_child(directory, path));
}
BENCHMARK(ignore_ten_thousand_files)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mbuild::parser
