#include "builder/sandbox/process_limits.h"

#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/user_namespace.h"

namespace mbuild::builder {

namespace {

struct Name {
  const char* text;
  int resource;
};
constexpr std::array names = {
    Name{"core", RLIMIT_CORE},         Name{"cpu", RLIMIT_CPU},
    Name{"data", RLIMIT_DATA},         Name{"fsize", RLIMIT_FSIZE},
    Name{"locks", RLIMIT_LOCKS},       Name{"memlock", RLIMIT_MEMLOCK},
    Name{"msgqueue", RLIMIT_MSGQUEUE}, Name{"nice", RLIMIT_NICE},
    Name{"nofile", RLIMIT_NOFILE},     Name{"nproc", RLIMIT_NPROC},
    Name{"rss", RLIMIT_RSS},           Name{"rtprio", RLIMIT_RTPRIO},
    Name{"rttime", RLIMIT_RTTIME},     Name{"sigpending", RLIMIT_SIGPENDING},
    Name{"stack", RLIMIT_STACK},
};

bool may_raise() {
  return is_in_first_user_namespace() && (effective_capabilities() & capability_bit(CAP_SYS_RESOURCE)) != 0;
}

std::string text_of(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

}  // namespace

Result<std::vector<ChildLimit>> kernel_limits(const std::vector<ProcessLimit>& limits) {
  std::vector<ChildLimit> result;
  for (const ProcessLimit& limit : limits) {
    const std::string action = "--ulimit " + limit.name;
    const auto* name =
        std::ranges::find_if(names, [&](const Name& known) { return limit.name == known.text; });
    if (name == names.end()) return fail(ErrorKind::invalid_input, action + ": there is no such limit");
    if (limit.soft > limit.hard)
      return fail(ErrorKind::invalid_input, action + ": the soft limit is above the hard one");
    rlimit own{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(name->resource), &own) != 0)
      return fail_errno(errno, action);
    if (limit.hard > own.rlim_max && !may_raise()) {
      return std::unexpected(
          Error(ErrorKind::unsupported, action + ": mbuild's own hard limit is " + text_of(own.rlim_max) +
                                            ", and raising it takes CAP_SYS_RESOURCE of the machine's root")
              .with_hint("raise it where mbuild is started: ulimit -H, docker run --ulimit"));
    }
    // ~0 is both "unlimited" and RLIM_INFINITY.
    result.push_back({name->resource, {limit.soft, limit.hard}});
  }
  return result;
}

}  // namespace mbuild::builder
