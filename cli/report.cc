#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "cli/commands.h"

namespace mbuild::cli {

namespace {

constexpr unsigned kContextLines = 2;

std::optional<std::string> read_text(const std::string& path) {
  // A pipe gave what it had when it was read the first time.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::string excerpt(const std::string& text, const SourceLines& where) {
  std::vector<std::string> lines = split_lines(text);
  unsigned first = where.first > kContextLines ? where.first - kContextLines : 1;
  unsigned last = std::min<unsigned>(where.last + kContextLines, static_cast<unsigned>(lines.size()));
  std::string rule(20, '-');
  std::string out = fmt::format("{}:{}\n{}\n", where.file, where.first, rule);
  for (unsigned number = first; number <= last; ++number) {
    bool marked = where.first <= number && number <= where.last;
    out += fmt::format("{:4} | {} {}\n", number, marked ? ">>>" : "   ", lines[number - 1]);
  }
  return out + rule + "\n";
}

int report_error(const Error& error, const std::optional<std::string>& dockerfile) {
  if (error.source() && error.source()->first > 0) {
    std::optional<std::string> text = dockerfile ? dockerfile : read_text(error.source()->file);
    if (text) std::fputs(excerpt(*text, *error.source()).c_str(), stderr);
  }
  std::fprintf(stderr, "ERROR: %s\n", error.message().c_str());
  if (!error.hint().empty()) std::fprintf(stderr, "hint: %s\n", error.hint().c_str());
  return error.kind() == ErrorKind::cancelled ? interrupted : failed;
}

std::string human_size(std::uint64_t bytes) {
  static constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  auto whole = static_cast<long long>(seconds);
  return fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

}  // namespace mbuild::cli
