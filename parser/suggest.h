// "Did you mean": the candidate that a misspelt word was most likely meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mbuild::parser {

// The candidate nearest to `word` by edits (a letter added, lost, changed or swapped with its neighbour),
// letter case aside; the first of several equally near. Empty when none is within two edits, or when the
// edits would leave nothing of the word. Words of more than 64 bytes get no suggestion.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

// " (did you mean x?)" for the end of a message; empty when there is nothing to suggest, or the word itself.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace mbuild::parser
