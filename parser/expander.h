// Expander: the machine behind expand(), for one word. Internal to expand.cc and expand_operation.cc.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "parser/expand.h"
#include "parser/word_splitter.h"

namespace mbuild::parser {

// The open constructs are kept in a vector instead of the call stack. All of them write to the end of one
// buffer; a construct that closes replaces what was written since it was opened.
class Expander {
 public:
  Expander(std::string_view word, const VariableLookup& lookup, const ExpandOptions& options,
           WordSplitter* splitter)
      : word_(word), lookup_(lookup), options_(options), splitter_(splitter) {}

  std::expected<Expansion, ExpandError> run();

 private:
  struct Frame {
    enum class Kind { double_quote, operand, pattern, replacement };
    Kind kind;
    std::size_t opened;  // offset in word_ of its `$` or quote
    std::size_t begin;   // size of output_ when it was opened
    bool raw_escapes;
    std::string_view name = {};
    std::string_view operation = {};  // ":-", "#", "//", ...
    std::string pattern = {};         // of "/" and "//", once read
  };

  bool at_end() const { return position_ == word_.size(); }
  bool next_is(char c) const { return !at_end() && word_[position_] == c; }
  bool raw_escapes() const { return frames_.empty() ? options_.raw_escapes : frames_.back().raw_escapes; }
  void fail(std::string message, std::size_t offset);
  void fail_at_end();
  void fail_size();
  void fail_missing(const Frame& frame, bool set);
  void fail_pattern(const Frame& frame, std::string_view pattern, const std::string& cause);

  void step();
  void step_in_double_quote();
  bool is_special(char c, char stop) const;
  void read_text(char stop);
  void read_escape();
  void read_single_quote();
  void read_dollar();
  void read_braced(std::size_t opened);
  std::string_view read_name();
  std::string_view take_code_point();
  void close();
  void close_operand(const Frame& frame);
  void close_replacement(const Frame& frame);
  void remove_affix(const Frame& frame, const std::string& value);
  void keep_as_written(const Frame& frame, const std::string& word);
  void replace_output(const Frame& frame, std::string_view text);

  std::optional<std::string> look_up(std::string_view name);
  bool spend(std::size_t bytes);
  void append(std::string_view text);
  void write_text(std::string_view text);
  void write_quoted(std::string_view text);
  void write_value(std::string_view text);

  std::string_view word_;
  const VariableLookup& lookup_;
  const ExpandOptions& options_;
  WordSplitter* splitter_;
  std::size_t position_ = 0;
  std::string output_;
  std::size_t spent_ = 0;  // bytes that operations have read and written, also those since replaced
  std::vector<Frame> frames_;
  std::vector<std::string> unset_;
  std::unordered_set<std::string_view> unset_names_;
  std::optional<ExpandError> error_;
};

}  // namespace mbuild::parser
