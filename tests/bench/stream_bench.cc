// Throughput of what every layer passes through: SHA-256, gzip and zstd both ways, and file copies. Bytes per
// second are of the uncompressed data. $MBUILD_BENCH_FILE names a file to compress instead of the generated
// text, such as a tar of a root file system.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "registry/base/compress.h"
#include "registry/base/copy_file.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/digest.h"

namespace mbuild {
namespace {

constexpr std::size_t kSize = 64 << 20;

// Words of a small vocabulary with numbers and some noise between them: compresses to about 40 %.
std::string generate() {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < kSize) {
    for (int i = 0; i < 6; ++i) text += "word" + std::to_string(random() % 4000) + ' ';
    for (int i = 0; i < 12; ++i) text += static_cast<char>(random());
    text += '\n';
  }
  return text;
}

const std::string& input() {
  static const std::string text = [] {
    const char* path = std::getenv("MBUILD_BENCH_FILE");
    if (path == nullptr) return generate();
    std::ifstream file(path, std::ios::binary);
    std::string contents((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    contents.resize(std::min(contents.size(), 4 * kSize));
    return contents;
  }();
  return text;
}

class CountingSink : public ByteSink {
 public:
  Result<void> write(ByteView data) override {
    size += data.size();
    return {};
  }
  std::size_t size = 0;
};

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input().size()));
}

void sha256(benchmark::State& state) {
  input();
  for (auto _ : state) benchmark::DoNotOptimize(oci::Digest::of(input()));
  set_bytes(state);
}
BENCHMARK(sha256)->Unit(benchmark::kMillisecond)->UseRealTime();

// What a context of many small files costs a file.
void sha256_of_4_kb(benchmark::State& state) {
  const std::string_view text = std::string_view(input()).substr(0, 4096);
  for (auto _ : state) benchmark::DoNotOptimize(oci::Digest::of(text));
  state.SetBytesProcessed(state.iterations() * 4096);
}
BENCHMARK(sha256_of_4_kb);

void compress(benchmark::State& state) {
  CompressionOptions options;
  options.type = state.range(0) == 0 ? Compression::gzip : Compression::zstd;
  options.level = static_cast<int>(state.range(1));
  options.threads = static_cast<unsigned>(state.range(2));
  input();
  CountingSink sink;
  for (auto _ : state) {
    sink.size = 0;
    auto compressor = make_compressor(sink, options);
    if (!(*compressor)->write(bytes_of(input())) || !(*compressor)->finish()) state.SkipWithError("failed");
  }
  set_bytes(state);
  state.counters["ratio_%"] = 100.0 * static_cast<double>(sink.size) / static_cast<double>(input().size());
}
BENCHMARK(compress)
    ->ArgNames({"zstd", "level", "threads"})
    ->ArgsProduct({{0}, {1, 6}, {1, 2}})
    ->ArgsProduct({{1}, {1, 3}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void decompress(benchmark::State& state) {
  CompressionOptions options;
  options.type = state.range(0) == 0 ? Compression::gzip : Compression::zstd;
  StringSink compressed;
  auto compressor = make_compressor(compressed, options);
  if (!(*compressor)->write(bytes_of(input())) || !(*compressor)->finish()) state.SkipWithError("failed");
  for (auto _ : state) {
    const auto source = make_decompressor(std::make_unique<MemorySource>(compressed.str()), options.type);
    CountingSink sink;
    if (!copy(*source, sink) || sink.size != input().size()) state.SkipWithError("failed");
  }
  set_bytes(state);
}
BENCHMARK(decompress)->ArgName("zstd")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void copy_between_files(benchmark::State& state) {
  const Fd from(::memfd_create("from", MFD_CLOEXEC));
  if (::write(from.get(), input().data(), input().size()) < 0) state.SkipWithError("failed");
  for (auto _ : state) {
    const Fd to(::memfd_create("to", MFD_CLOEXEC));
    if (!copy_file(from.get(), to.get())) state.SkipWithError("failed");
  }
  set_bytes(state);
}
BENCHMARK(copy_between_files)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace mbuild
