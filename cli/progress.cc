#include "cli/progress.h"

#include <unistd.h>

#include "cli/progress_json.h"
#include "cli/progress_plain.h"
#include "cli/progress_tty.h"

namespace mbuild::cli {

namespace {

class QuietProgress : public builder::BuildObserver {
 public:
  void on_event(const builder::Event&) noexcept override {}
};

}  // namespace

bool parse_progress_mode(const std::string& text, ProgressMode& mode) {
  if (text == "auto")
    mode = ProgressMode::automatic;
  else if (text == "plain")
    mode = ProgressMode::plain;
  else if (text == "tty")
    mode = ProgressMode::tty;
  else if (text == "rawjson")
    mode = ProgressMode::json;
  else if (text == "quiet" || text == "none")
    mode = ProgressMode::quiet;
  else
    return false;
  return true;
}

std::unique_ptr<builder::BuildObserver> make_progress(ProgressMode mode, std::FILE* out) {
  if (mode == ProgressMode::automatic) mode = isatty(fileno(out)) ? ProgressMode::tty : ProgressMode::plain;
  switch (mode) {
    case ProgressMode::tty:
      return std::make_unique<TtyProgress>(out);
    case ProgressMode::json:
      return std::make_unique<JsonProgress>(out);
    case ProgressMode::quiet:
      return std::make_unique<QuietProgress>();
    default:
      return std::make_unique<PlainProgress>(out);
  }
}

}  // namespace mbuild::cli
