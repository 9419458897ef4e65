// WordSplitter: collects words out of text of which some is quoted, and so does not split.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parser/unicode.h"

namespace mbuild::parser {

class WordSplitter {
 public:
  void add(char32_t c) {
    if (!is_space(c)) return add_quoted(c);
    // Like upstream, quotes around nothing make no word.
    if (!word_.empty()) words_.push_back(std::exchange(word_, {}));
  }
  void add(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      CodePoint c = decode_utf8(text, i);
      add(c.value);
      i += c.length;
    }
  }
  void add_quoted(char32_t c) { append_utf8(word_, c); }
  void add_quoted(std::string_view text) { word_ += text; }

  std::vector<std::string> finish() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    return std::move(words_);
  }

 private:
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace mbuild::parser
