// The tree and its diagnostics as JSON, for tools that do not link the library.
#pragma once

#include <string>

#include "parser/parse.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// One object. The format is stable: a later version adds keys and changes none; "version" counts changes that
// could not be avoided.
//
//   version       1
//   file          the source's name
//   escape        "\\" or "`"
//   directives    [{name, value, range, value_range}]
//   comments      [{text, range}], every one in order
//   instructions  [{keyword, lines, range, keyword_range, flags, comments, original, blank_line, ...}]
//   diagnostics   [{severity, code, message, lines, range, related, fixes}]
//
// Ranges are [begin, end): byte offsets into the file. `lines` is [first, last], counted from 1. Keys are the
// names of the members in ast.h and diagnostic.h, and so are those that the kind of instruction adds:
//
//   FROM          image, stage_name, as_range, platform
//   ARG           arguments        ENV   variables, legacy_form      LABEL  labels, legacy_form
//   RUN           command, heredocs, mounts, network, security, devices
//   COPY, ADD     sources, destination, json_form, heredocs, from, chown, chmod, link, parents, exclude;
//                 ADD also checksum, keep_git_dir, unpack
//   WORKDIR path  USER user  STOPSIGNAL signal  MAINTAINER name  EXPOSE ports  VOLUME paths, json_form
//   CMD, ENTRYPOINT  command       SHELL  shell
//   HEALTHCHECK   none, command, interval, timeout, start_period, start_interval (nanoseconds), retries
//   ONBUILD       trigger, inner (an instruction)
//
// A word is {text, range}; a name with a value is {key, value}, both words; a command is {exec_form, words,
// range}; a heredoc is {name, body, expand, strip_tabs, descriptor, range, body_range}. What an instruction
// does not have is left out; lists are there even when they are empty. Bytes that are no UTF-8 become U+FFFD.
// Ends with a line break.
std::string to_json(const ParseResult& result);

}  // namespace mbuild::parser

#pragma GCC visibility pop
