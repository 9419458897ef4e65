#include "cli/progress_tty.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include "cli/report.h"

namespace mbuild::cli {

using namespace builder;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kOutputLines = 6;
constexpr auto kFrame = 100ms;

struct Size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

Size terminal_size(std::FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

// Control characters would move the cursor and break the redrawing.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\t')
      out += "    ";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
      out += c;
  }
  return out;
}

std::string fit(const std::string& left, const std::string& right, std::size_t columns) {
  std::size_t room = columns > right.size() + 1 ? columns - right.size() - 1 : 0;
  std::string shown = left.size() > room ? left.substr(0, room) : left;
  return fmt::format("{}{}{}", shown, std::string(room - shown.size() + 1, ' '), right);
}

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TtyProgress::TtyProgress(std::FILE* out) : out_(out), ticker_([this] { tick(); }) {}

TtyProgress::~TtyProgress() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  ticker_.join();
  erase();
  std::fflush(out_);
}

void TtyProgress::on_event(const Event& event) noexcept {
  std::lock_guard lock(mutex_);
  std::visit([this](const auto& typed) { handle(typed); }, event);
}

void TtyProgress::tick() {
  std::unique_lock lock(mutex_);
  while (!stop_changed_.wait_for(lock, kFrame, [this] { return stop_; })) {
    erase();
    draw();
    std::fflush(out_);
  }
}

void TtyProgress::handle(const StepAdded& event) {
  steps_[event.step.id].name = printable(event.step.name);
}

void TtyProgress::handle(const StepStarted& event) {
  Step& step = steps_[event.id];
  step.running = true;
  step.started = Clock::now();
}

void TtyProgress::handle(const StepOutput& event) {
  Step& step = steps_[event.id];
  step.partial += event.text;
  std::size_t begin = 0;
  for (std::size_t end; (end = step.partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
    step.output.push_back(printable(std::string_view(step.partial).substr(begin, end - begin)));
    if (step.output.size() > kOutputLines) step.output.pop_front();
  }
  step.partial.erase(0, begin);
}

void TtyProgress::handle(const StepProgress& event) {
  steps_[event.id].detail =
      event.total ? fmt::format("{} {} / {}", event.what, human_size(event.done), human_size(event.total))
                  : fmt::format("{} {}", event.what, human_size(event.done));
}

void TtyProgress::handle(const StepFinished& event) {
  Step& step = steps_[event.id];
  step.running = false;
  ++finished_;
  std::string took = human_seconds(std::chrono::duration<double>(event.resources.wall).count());
  std::size_t columns = terminal_size(out_).columns;
  switch (event.outcome) {
    case StepOutcome::executed:
      settle(fit(" => " + step.name, took, columns));
      break;
    case StepOutcome::cut_off:
      settle(fit(" => SAME " + step.name, took, columns));
      break;
    case StepOutcome::cached:
      settle(fit(" => CACHED " + step.name, "", columns));
      break;
    case StepOutcome::failed:
      settle(fit(" => ERROR " + step.name, took, columns));
      break;
    case StepOutcome::cancelled:
      settle(fit(" => CANCELLED " + step.name, took, columns));
      break;
  }
  if (event.outcome == StepOutcome::failed)
    for (const std::string& line : step.output) settle("    " + line);
  step.output.clear();
}

void TtyProgress::handle(const Notice& event) {
  std::string where = event.source ? fmt::format(" (line {})", event.source->first) : "";
  settle(printable(
      fmt::format(" {}{}{}", event.level == Notice::Level::warning ? "! " : "", event.text, where)));
}

void TtyProgress::settle(const std::string& line) {
  erase();
  fmt::print(out_, "{}\n", line);
  std::fflush(out_);
}

void TtyProgress::erase() {
  if (drawn_lines_ > 0) fmt::print(out_, "\x1b[{}A\x1b[J", drawn_lines_);
  drawn_lines_ = 0;
}

void TtyProgress::draw() {
  Size size = terminal_size(out_);
  std::vector<std::string> lines;
  lines.push_back(fit(fmt::format("[+] Building ({}/{})", finished_, steps_.size()),
                      human_seconds(since(begun_)), size.columns));
  for (const auto& [id, step] : steps_) {
    if (!step.running) continue;
    lines.push_back(fit(" => " + step.name, human_seconds(since(step.started)), size.columns));
    if (!step.detail.empty()) lines.push_back(fit("    " + step.detail, "", size.columns));
    for (const std::string& line : step.output) lines.push_back(fit("    " + line, "", size.columns));
  }
  if (lines.size() + 1 > size.rows) lines.resize(size.rows > 1 ? size.rows - 1 : 1);
  for (const std::string& line : lines) fmt::print(out_, "{}\n", line);
  drawn_lines_ = lines.size();
}

}  // namespace mbuild::cli
