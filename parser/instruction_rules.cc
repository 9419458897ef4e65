// The table of instructions, with their flags.
#include <array>

#include "parser/characters.h"
#include "parser/instruction_reader.h"
#include "parser/keywords.h"

namespace mbuild::parser {

namespace {

constexpr FlagRule add_flags[] = {{"chown", FlagKind::text},    {"chmod", FlagKind::text},
                                  {"link", FlagKind::boolean},  {"keep-git-dir", FlagKind::boolean},
                                  {"checksum", FlagKind::text}, {"unpack", FlagKind::boolean},
                                  {"exclude", FlagKind::list}};
constexpr FlagRule copy_flags[] = {{"from", FlagKind::text},       {"chown", FlagKind::text},
                                   {"chmod", FlagKind::text},      {"link", FlagKind::boolean},
                                   {"parents", FlagKind::boolean}, {"exclude", FlagKind::list}};
constexpr FlagRule from_flags[] = {{"platform", FlagKind::text}};
constexpr FlagRule healthcheck_flags[] = {{"interval", FlagKind::text},
                                          {"timeout", FlagKind::text},
                                          {"start-period", FlagKind::text},
                                          {"start-interval", FlagKind::text},
                                          {"retries", FlagKind::text}};
constexpr FlagRule run_flags[] = {{"mount", FlagKind::list},
                                  {"network", FlagKind::text},
                                  {"security", FlagKind::text},
                                  {"device", FlagKind::list}};

// HEALTHCHECK checks its flags itself: HEALTHCHECK NONE does not.
constexpr std::array<InstructionRule, 18> rules = {{
    {"ADD", add_flags, true, true, read_add},
    {"ARG", {}, false, false, read_arg},
    {"CMD", {}, true, false, read_cmd},
    {"COPY", copy_flags, true, true, read_copy},
    {"ENTRYPOINT", {}, true, false, read_entrypoint},
    {"ENV", {}, true, false, read_env},
    {"EXPOSE", {}, true, false, read_expose},
    {"FROM", from_flags, true, false, read_from},
    {"HEALTHCHECK", healthcheck_flags, false, false, read_healthcheck},
    {"LABEL", {}, true, false, read_label},
    {"MAINTAINER", {}, true, false, read_maintainer},
    {"ONBUILD", {}, true, false, read_onbuild},
    {"RUN", run_flags, true, true, read_run},
    {"SHELL", {}, true, false, read_shell},
    {"STOPSIGNAL", {}, false, false, read_stopsignal},
    {"USER", {}, true, false, read_user},
    {"VOLUME", {}, true, false, read_volume},
    {"WORKDIR", {}, true, false, read_workdir},
}};
static_assert(rules.size() == instruction_keywords.size());

bool is_keyword(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (to_upper(word[i]) != keyword[i]) return false;
  }
  return true;
}

}  // namespace

const InstructionRule* find_rule(std::string_view keyword) {
  for (const InstructionRule& rule : rules) {
    if (is_keyword(keyword, rule.keyword)) return &rule;
  }
  return nullptr;
}

}  // namespace mbuild::parser
