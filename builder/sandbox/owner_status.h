// Answers for stat(2) and its kin, so that noted owners show.
#pragma once

#include <optional>

#include "builder/sandbox/process_files.h"

struct seccomp_notif;

namespace mbuild::builder {

bool is_status_call(int number);

// Gives 0 or an errno when the owner of the file that the call asks for is noted, having written what the
// call asked for; nothing when the kernel may as well answer by itself.
std::optional<int> answer_status_call(const seccomp_notif& call, const ProcessFiles& files);

}  // namespace mbuild::builder
