// Cache keys: SHA-256 over a canonical encoding of everything an op can see (DESIGN.md, "Cache").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/plan/op.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// What went into a key, by name, in order: "command", "ENV PATH", "src/main.c". Kept beside the key so that a
// miss can be explained by the first input that differs. Values may be long; they never hold secrets (secrets
// and ssh agents are keyed by id).
class KeyInputs {
 public:
  void add(std::string name, std::string value) { inputs_.emplace_back(std::move(name), std::move(value)); }
  void add(std::string name, const oci::Digest& digest) { add(std::move(name), digest.hex()); }
  // Everything of `other`, after what is here.
  void append(const KeyInputs& other);

  // Injective in the list: names and values are length-prefixed.
  oci::Digest digest() const;
  const std::vector<std::pair<std::string, std::string>>& list() const { return inputs_; }

 private:
  std::vector<std::pair<std::string, std::string>> inputs_;
};

// Bumped when the meaning of a key changes, so that older records are never found.
inline constexpr std::string_view kKeyVersion = "mbuild-key-1";

// The op itself without what flows into it: command, visible variables, user, options, platform. Two ops of
// equal definition do the same to equal inputs.
KeyInputs definition_of(const Op& op);

// Names the step across edits of its text, to find the record that a miss is compared with: the stage and
// the kind of op with its position among those of its kind.
std::string step_identity(const Op& op, std::size_t position);

}  // namespace mbuild::builder
