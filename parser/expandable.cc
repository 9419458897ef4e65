#include "parser/expandable.h"

#include <algorithm>

namespace mbuild::parser {

namespace {

using Words = std::vector<const Word*>;

void add(Words& words, const std::optional<Word>& word) {
  if (word) words.push_back(&*word);
}
void add(Words& words, const std::vector<Word>& list) {
  for (const Word& word : list) words.push_back(&word);
}
void add(Words& words, const std::vector<KeyValue>& pairs) {
  for (const KeyValue& pair : pairs) {
    words.push_back(&pair.key);
    add(words, pair.value);
  }
}
void add(Words& words, const CopyInstruction& copy) {
  add(words, copy.chown);
  add(words, copy.chmod);
  add(words, copy.checksum);
  add(words, copy.sources);
  words.push_back(&copy.destination);
}

}  // namespace

std::vector<const Word*> expandable_words(const Instruction& instruction) {
  Words words;
  const InstructionBody& body = instruction.body;
  if (const auto* from = std::get_if<FromInstruction>(&body)) {
    add(words, from->platform);
    words.push_back(&from->image);
  }
  if (const auto* env = std::get_if<EnvInstruction>(&body)) add(words, env->variables);
  if (const auto* label = std::get_if<LabelInstruction>(&body)) add(words, label->labels);
  if (const auto* copy = std::get_if<CopyInstruction>(&body)) add(words, *copy);
  if (const auto* workdir = std::get_if<WorkdirInstruction>(&body)) words.push_back(&workdir->path);
  if (const auto* user = std::get_if<UserInstruction>(&body)) words.push_back(&user->user);
  if (const auto* expose = std::get_if<ExposeInstruction>(&body)) add(words, expose->ports);
  if (const auto* volume = std::get_if<VolumeInstruction>(&body)) add(words, volume->paths);
  if (const auto* signal = std::get_if<StopSignalInstruction>(&body)) words.push_back(&signal->signal);
  std::stable_sort(words.begin(), words.end(),
                   [](const Word* a, const Word* b) { return a->range.begin < b->range.begin; });
  return words;
}

}  // namespace mbuild::parser
