// Throughput of parse(), and that its cost stays linear where a careless parser's would not.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

// One stage as people write them: about 1,000 bytes and 30 lines of every common instruction.
std::string stage(std::size_t number) {
  const std::string n = std::to_string(number);
  return "# stage-" + n + " compiles part " + n +
         " of the application\n"
         "FROM --platform=$BUILDPLATFORM registry.example.com/library/golang:1." +
         n + "-alpine AS stage-" + n +
         "\n"
         "ARG VERSION=1.0." +
         n +
         " TARGETOS TARGETARCH\n"
         "ENV PATH=/usr/local/go/bin:$PATH GOFLAGS=\"-mod=vendor -trimpath\" CGO_ENABLED=0\n"
         "LABEL org.opencontainers.image.title=\"part " +
         n +
         "\" org.opencontainers.image.version=$VERSION\n"
         "WORKDIR /src/part-" +
         n +
         "\n"
         "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\n"
         "    apt-get update \\\n"
         "    # the compiler and what it needs\n"
         "    && apt-get install -y --no-install-recommends \\\n"
         "         build-essential \\\n"
         "         ca-certificates \\\n"
         "         git \\\n"
         "    && rm -rf /var/lib/apt/lists/*\n"
         "\n"
         "COPY --chown=1000:1000 go.mod go.sum ./\n"
         "COPY --from=stage-0 --link /out/lib /usr/lib/part\n"
         "RUN go build -ldflags \"-X main.version=${VERSION}\" -o /out/part-" +
         n + " ./cmd/part && strip /out/part-" + n +
         "\n"
         "COPY <<EOF /etc/part-" +
         n +
         ".conf\n"
         "listen = 0.0.0.0:80\n"
         "threads = 4\n"
         "EOF\n"
         "EXPOSE 80/tcp 443/tcp\n"
         "HEALTHCHECK --interval=30s --timeout=3s CMD curl -f http://localhost/ || exit 1\n"
         "USER 1000:1000\n"
         "ENTRYPOINT [\"/out/part-" +
         n + "\", \"--config\", \"/etc/part-" + n +
         ".conf\"]\n"
         "CMD [\"serve\"]\n\n";
}

std::string file_of_stages(std::size_t stages) {
  std::string text = "# syntax=docker/dockerfile:1\n";
  for (std::size_t i = 0; i < stages; ++i) text += stage(i);
  return text;
}

enum class Freeing { not_measured, measured };

// Parses `text` again and again, the index of its lines included.
void measure(benchmark::State& state, const std::string& text, Freeing freeing = Freeing::not_measured) {
  for (auto _ : state) {
    std::optional<ParseResult> result(parse(Source("Dockerfile", text)));
    if (!result->ok()) state.SkipWithError(result->diagnostics.front().message.c_str());
    benchmark::DoNotOptimize(result);
    if (freeing == Freeing::measured) continue;
    state.PauseTiming();
    result.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void stages(benchmark::State& state) {
  measure(state, file_of_stages(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(stages)->Arg(10)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);

void stages_and_freeing(benchmark::State& state) {
  measure(state, file_of_stages(static_cast<std::size_t>(state.range(0))), Freeing::measured);
}
BENCHMARK(stages_and_freeing)->Arg(10000)->Unit(benchmark::kMillisecond);

void continuations(benchmark::State& state) {
  std::string text = "FROM a\nRUN true";
  for (std::int64_t i = 0; i < state.range(0); ++i) text += " \\\n    && echo " + std::to_string(i);
  measure(state, text);
}
BENCHMARK(continuations)->Arg(1000)->Arg(100000)->Unit(benchmark::kMillisecond);

void names_in_continuations(benchmark::State& state) {
  std::string text = "FROM a\nENV";
  for (std::int64_t i = 0; i < state.range(0); ++i)
    text += " \\\n    NAME_" + std::to_string(i) + "=\"value of it\"";
  measure(state, text);
}
BENCHMARK(names_in_continuations)->Arg(1000)->Arg(100000)->Unit(benchmark::kMillisecond);

void heredoc(benchmark::State& state) {
  std::string text = "FROM a\nRUN <<EOF\n";
  for (std::int64_t i = 0; i < state.range(0); ++i)
    text += "echo line " + std::to_string(i) + " of the script\n";
  measure(state, text + "EOF\n");
}
BENCHMARK(heredoc)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void small_instructions(benchmark::State& state) {
  std::string text = "FROM a\n";
  for (std::int64_t i = 0; i < state.range(0); ++i) text += "RUN a\n";
  measure(state, text);
}
BENCHMARK(small_instructions)->Arg(1000)->Arg(100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mbuild::parser
