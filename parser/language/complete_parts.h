// What complete() is put together from. Internal to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/language/complete.h"
#include "parser/language/cursor.h"

namespace mbuild::parser::language {

// Collects what begins with the word at the cursor.
class CompletionList {
 public:
  explicit CompletionList(std::size_t limit) : limit_(limit) {}

  // What is written already, and what an item replaces.
  void set_word(std::string_view written, Range replaced);
  std::string_view word() const { return word_; }

  // Null when it does not fit or there are enough; the item is then left out.
  Completion* add(Completion::Kind kind, std::string label, std::string detail, std::string documentation);

  std::vector<Completion> take() { return std::move(items_); }

 private:
  std::size_t limit_;
  std::string word_;
  Range replaced_;
  std::vector<Completion> items_;
};

struct CompletionPlace {
  const Analysis& analysis;
  const Outside& outside;
  const Cursor& cursor;
  std::uint32_t offset;
};

// Variables behind `$` and `${`; false when the cursor stands behind neither.
bool add_variables(const Analysis& analysis, const Outside& outside, std::uint32_t offset,
                   CompletionList& list);

// Flags, their values, and the arguments of an instruction.
void add_arguments(const CompletionPlace& place, CompletionList& list);

// Stages that COPY --from, mounts and FROM can name here; `indexes` adds their numbers.
void add_stages(const CompletionPlace& place, bool indexes, CompletionList& list);
void add_images(const Outside& outside, CompletionList& list);
// Paths of the context, one component at a time.
void add_files(const Outside& outside, CompletionList& list);
// Where COPY and ADD mostly go to.
void add_working_directory(const CompletionPlace& place, CompletionList& list);
void add_users(const CompletionPlace& place, CompletionList& list);

}  // namespace mbuild::parser::language
