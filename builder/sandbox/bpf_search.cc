#include "builder/sandbox/bpf_search.h"

#include <iterator>
#include <limits>

namespace mbuild::builder {

namespace {

struct Range {
  std::uint32_t first;
  const BpfCode* code;
};

bool same(const BpfCode& a, const BpfCode& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].code != b[i].code || a[i].jt != b[i].jt || a[i].jf != b[i].jf || a[i].k != b[i].k) return false;
  }
  return true;
}

// Conditional jumps reach 255 instructions; the unconditional one reaches anywhere.
void append_jump_over(BpfCode& code, std::uint16_t comparison, std::uint32_t value, bool jump_when,
                      std::size_t distance) {
  if (distance <= std::numeric_limits<std::uint8_t>::max()) {
    const auto near = static_cast<std::uint8_t>(distance);
    code.push_back(BPF_JUMP(comparison, value, static_cast<std::uint8_t>(jump_when ? near : 0),
                            static_cast<std::uint8_t>(jump_when ? 0 : near)));
    return;
  }
  code.push_back(BPF_JUMP(comparison, value, static_cast<std::uint8_t>(jump_when ? 0 : 1),
                          static_cast<std::uint8_t>(jump_when ? 1 : 0)));
  code.push_back(BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(distance)));
}

BpfCode search(const std::vector<Range>& ranges, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return *ranges[begin].code;
  const std::size_t middle = begin + (end - begin) / 2;
  const BpfCode low = search(ranges, begin, middle);
  const BpfCode high = search(ranges, middle, end);
  BpfCode code;
  append_jump_over(code, BPF_JMP | BPF_JGE | BPF_K, ranges[middle].first, true, low.size());
  code.insert(code.end(), low.begin(), low.end());
  code.insert(code.end(), high.begin(), high.end());
  return code;
}

}  // namespace

BpfCode bpf_search(const BpfRanges& ranges) {
  std::vector<Range> merged;
  for (const auto& [first, code] : ranges) {
    if (merged.empty() || !same(*merged.back().code, code)) merged.push_back({first, &code});
  }
  return search(merged, 0, merged.size());
}

void bpf_append_if_equal(BpfCode& code, std::uint32_t value, const BpfCode& body) {
  append_jump_over(code, BPF_JMP | BPF_JEQ | BPF_K, value, false, body.size());
  code.insert(code.end(), body.begin(), body.end());
}

}  // namespace mbuild::builder
