// The instructions of a Dockerfile by name (moby: frontend/dockerfile/command/command.go).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace mbuild::parser {

inline constexpr std::array<std::string_view, 18> instruction_keywords = {
    "ADD",   "ARG",        "CMD",     "COPY", "ENTRYPOINT", "ENV",  "EXPOSE",     "FROM",   "HEALTHCHECK",
    "LABEL", "MAINTAINER", "ONBUILD", "RUN",  "SHELL",      "USER", "STOPSIGNAL", "VOLUME", "WORKDIR"};

// Whether `word`, in upper case, is an instruction.
constexpr bool is_instruction_keyword(std::string_view word) {
  return std::find(instruction_keywords.begin(), instruction_keywords.end(), word) !=
         instruction_keywords.end();
}

}  // namespace mbuild::parser
