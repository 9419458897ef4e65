// ChmodMode: the value of --chmod.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// Octal ("755", at most 07777) or symbolic as chmod(1) has it ("u=rwX,go-w,+t"), with a umask of 0. The
// symbolic grammar is that of BSD's setmode(3), which BuildKit uses (dchapes/mode), quirks included: in a
// clause without "ugoa", "t" hides the other letters. "X" counts after "=" too, as on Linux.
class ChmodMode {
 public:
  // `invalid_input` in BuildKit's words (dockerfile2llb/convert_copy.go) for anything else.
  static Result<ChmodMode> parse(std::string_view text);

  // The permission bits (07777) of a file that had `mode`. Symlinks have none to change.
  std::uint32_t apply(std::uint32_t mode, bool is_directory) const;

  // Of directories that a copy makes on the way to its destination: octal modes reach those too, but for the
  // set-id and sticky bits; symbolic ones do not (SEMANTICS, items 5 and 34).
  std::uint32_t created_directory_mode() const;

 private:
  // What one letter or group of letters does, in order.
  struct Step {
    enum class Kind { set, clear, set_if_executable, copy_class } kind = Kind::set;
    std::uint32_t bits = 0;  // set, clear, set_if_executable
    char from = 'u';         // copy_class: whose rwx bits
    char operation = '=';    // copy_class: '+', '-' or '='
    std::uint32_t to = 0;    // copy_class: the rwx bits of those that get them
  };
  class Parser;

  bool octal_ = false;
  std::uint32_t octal_mode_ = 0;
  std::vector<Step> steps_;
};

}  // namespace mbuild::builder
