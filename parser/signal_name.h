// STOPSIGNAL: names and numbers of signals (moby/sys: signal).
#pragma once

#include <string_view>

namespace mbuild::parser {

// A number from 1, or a Linux signal's name in any case, with or without "SIG", RTMIN+n and RTMAX-n included.
bool is_signal(std::string_view text);

}  // namespace mbuild::parser
