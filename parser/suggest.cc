#include "parser/suggest.h"

#include <algorithm>
#include <array>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t most_edits = 2;

using Row = std::array<std::size_t, longest_word + most_edits + 1>;

// Optimal string alignment distance, row by row.
std::size_t distance(std::string_view a, std::string_view b) {
  Row before_previous{}, previous{}, current{};
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool same = to_lower(a[i - 1]) == to_lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
      bool swapped = i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) &&
                     to_lower(a[i - 2]) == to_lower(b[j - 1]);
      if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
    }
    before_previous = previous;
    previous = current;
  }
  return previous[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > longest_word) return {};
  std::string_view best;
  // In a short word two edits would leave too little of it.
  std::size_t best_distance = (word.size() <= 4 ? 1 : most_edits) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > word.size() + most_edits || word.size() > candidate.size() + most_edits) continue;
    std::size_t edits = distance(word, candidate);
    if (edits >= best_distance || edits >= std::min(word.size(), candidate.size())) continue;
    best = candidate;
    best_distance = edits;
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best = closest(word, candidates);
  return best.empty() || best == word ? "" : " (did you mean " + std::string(best) + "?)";
}

}  // namespace mbuild::parser
