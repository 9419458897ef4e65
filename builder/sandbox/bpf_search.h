// Classic BPF that looks a number up in ranges by binary search.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <vector>

namespace mbuild::builder {

using BpfCode = std::vector<sock_filter>;

// Numbers from a key up to the next key share the key's value; the first key is 0. Neighbours may be equal.
using BpfRanges = std::map<std::uint32_t, BpfCode>;

// Code that runs the code of the range that the accumulator is in. Every range's code must end in a return.
BpfCode bpf_search(const BpfRanges& ranges);

// Appends a jump over `body`, taken unless the accumulator equals `value`, and `body` itself.
void bpf_append_if_equal(BpfCode& code, std::uint32_t value, const BpfCode& body);

}  // namespace mbuild::builder
