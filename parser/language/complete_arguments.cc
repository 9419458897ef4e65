// Completion of flags, their values, and arguments.
#include <algorithm>

#include "parser/characters.h"
#include "parser/language/complete_parts.h"
#include "parser/language/instruction_docs.h"

namespace mbuild::parser::language {

namespace {

using Kind = Completion::Kind;

bool repeatable(std::string_view flag) {
  return flag == "mount" || flag == "device" || flag == "exclude";
}

void add_flags(const CompletionPlace& place, const InstructionDoc& doc, CompletionList& list) {
  for (const FlagDoc& flag : doc.flags) {
    const std::string name = "--" + std::string(flag.name);
    const bool used = std::ranges::any_of(place.cursor.words, [&](const CursorWord& word) {
      return word.text == name || word.text.starts_with(name + "=");
    });
    if (used && !repeatable(flag.name)) continue;
    list.add(Kind::flag, name + (flag.boolean ? "" : "="), "", std::string(flag.summary));
  }
}

// The cursor's word from `begin` on, as what is completed.
void narrow(const CompletionPlace& place, std::size_t begin, CompletionList& list) {
  const CursorWord& word = place.cursor.current;
  Range range = word.range;
  range.begin = std::min(range.begin + static_cast<std::uint32_t>(begin), place.offset);
  range.end = place.offset;
  list.set_word(std::string_view(word.text).substr(begin), range);
}

void add_mount(const CompletionPlace& place, std::size_t value_begin, CompletionList& list) {
  const std::string& word = place.cursor.current.text;
  const std::string_view value = std::string_view(word).substr(value_begin);
  std::string_view type = "bind";
  if (const std::size_t at = value.find("type="); at != std::string_view::npos)
    type = value.substr(at + 5, value.find(',', at) == std::string_view::npos ? std::string_view::npos
                                                                              : value.find(',', at) - at - 5);
  const std::size_t field = std::max(word.rfind(',') + 1, value_begin);
  const std::size_t equals = word.find('=', field);
  if (equals == std::string::npos) {
    narrow(place, field, list);
    for (const FlagDoc& key : mount_keys(type)) {
      if (value.find(std::string(key.name) + "=") != std::string_view::npos) continue;
      list.add(Kind::flag, std::string(key.name) + (key.boolean ? "" : "="), "", std::string(key.summary));
    }
    return;
  }
  const std::string_view key = std::string_view(word).substr(field, equals - field);
  narrow(place, equals + 1, list);
  if (key == "from") {
    add_stages(place, false, list);
    add_images(place.outside, list);
  }
  if (key == "source" || key == "src") add_files(place.outside, list);
  for (const FlagDoc& known : mount_keys(type))
    if (known.name == key)
      for (std::string_view text : known.values) list.add(Kind::value, std::string(text), "", "");
}

void add_flag_value(const CompletionPlace& place, const InstructionDoc& doc, std::size_t equals,
                    CompletionList& list) {
  const std::string name = place.cursor.current.text.substr(2, equals - 2);
  if (name == "mount") return add_mount(place, equals + 1, list);
  narrow(place, equals + 1, list);
  if (name == "from") {
    add_stages(place, true, list);
    add_images(place.outside, list);
  }
  if (name == "chown") add_users(place, list);
  if (name == "exclude") add_files(place.outside, list);
  if (const FlagDoc* flag = find_flag_doc(doc, name))
    for (std::string_view value : flag->values) list.add(Kind::value, std::string(value), "", "");
}

void add_values(CompletionList& list, std::initializer_list<std::string_view> values) {
  for (std::string_view value : values) list.add(Kind::value, std::string(value), "", "");
}

void add_from(const CompletionPlace& place, CompletionList& list) {
  if (place.cursor.arguments() == 1) return add_values(list, {"AS"});
  if (place.cursor.arguments() != 0) return;
  add_stages(place, false, list);
  list.add(Kind::image, "scratch", "nothing at all", "");
  add_images(place.outside, list);
}

}  // namespace

void add_arguments(const CompletionPlace& place, CompletionList& list) {
  const Cursor& cursor = place.cursor;
  const InstructionDoc* doc = find_instruction_doc(cursor.keyword);
  if (!doc) return;
  const std::string& word = cursor.current.text;
  const bool flags_allowed = cursor.arguments() == 0;
  if (flags_allowed && word.starts_with("-")) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) return add_flag_value(place, *doc, equals, list);
    return add_flags(place, *doc, list);
  }
  if (cursor.keyword == "FROM") add_from(place, list);
  if (cursor.keyword == "COPY" || cursor.keyword == "ADD") {
    const bool elsewhere = std::ranges::any_of(
        cursor.words, [](const CursorWord& flag) { return flag.text.starts_with("--from="); });
    if (word.starts_with('[') || word.starts_with('"')) {
      narrow(place,
             word.find_first_not_of("[\"") == std::string::npos ? word.size() : word.find_first_not_of("[\""),
             list);
    }
    if (!elsewhere) add_files(place.outside, list);
    if (cursor.arguments() > 0) add_working_directory(place, list);
  }
  if (cursor.keyword == "USER") add_users(place, list);
  if (cursor.keyword == "STOPSIGNAL")
    add_values(list, {"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGWINCH"});
  if (cursor.keyword == "HEALTHCHECK" && cursor.arguments() == 0) add_values(list, {"CMD", "NONE"});
  if (cursor.keyword == "EXPOSE" && word.find('/') != std::string::npos) {
    narrow(place, word.find('/') + 1, list);
    add_values(list, {"tcp", "udp", "sctp"});
  }
  if (cursor.keyword == "ARG")
    for (const BuiltInArgument& argument : built_in_arguments())
      list.add(Kind::variable, std::string(argument.name), "", std::string(argument.summary));
  if (flags_allowed && word.empty()) add_flags(place, *doc, list);
}

}  // namespace mbuild::parser::language
