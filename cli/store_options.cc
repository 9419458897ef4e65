#include "cli/store_options.h"

#include <algorithm>

#include "builder/build.h"
#include "cli/commands.h"
#include "cli/report.h"

namespace mbuild::cli {

void add_store_options(CommandLine& line, StoreOptions& options, const std::string& group) {
  line.add_option("--root", options.root,
                  "The store (default: $MBUILD_ROOT, else /var/lib/mbuild or the user's data folder)")
      .type_name("DIR")
      .group(group);
  line.add_option("--isolation", options.isolation,
                  "How RUN steps are isolated: auto, root, subordinate-ids, single-id or chroot")
      .environment("MBUILD_ISOLATION")
      .type_name("RUNG")
      .group(group);
}

std::optional<int> enter_store(StoreOptions& options) {
  // The default depends on who the user is, before this process becomes root of its user namespace.
  if (options.root.empty()) options.root = builder::default_store_root();
  Result<builder::Isolation> wanted = builder::parse_isolation(options.isolation);
  if (!wanted) {
    report_error(wanted.error());
    return usage;
  }
  Result<builder::Isolation> entered = builder::enter_isolation(*wanted);
  if (!entered) return report_error(entered.error());
  options.entered = *entered;
  // There owners are noted beside the files, which no other rung would look at.
  if (options.entered == builder::Isolation::single_id) options.root += "/single-id";
  return std::nullopt;
}

}  // namespace mbuild::cli
