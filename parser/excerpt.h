// mark_lines(): the lines of a Dockerfile that a message is about, for people.
#pragma once

#include <string>

#include "parser/source.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// The range within one line is underlined, several lines are marked at their side; of more than six only the
// first four and the last are shown:
//
//      7 | FROM alpine as build        8 > ENV A=1 <break>
//        |             ^~              9 >     B=2
//
// Ends in a line break. Control characters but tabs become U+FFFD, so that no file controls a terminal.
std::string mark_lines(const Source& source, Range range);

}  // namespace mbuild::parser

#pragma GCC visibility pop
