#include "cli/stored_kind.h"

namespace mbuild::cli {

using builder::StoredKind;

const char* stored_kind_name(StoredKind kind) {
  switch (kind) {
    case StoredKind::layer:
      return "layer";
    case StoredKind::blob:
      return "blob";
    case StoredKind::mount:
      return "mount";
    case StoredKind::context:
      return "context";
  }
  return "";
}

std::optional<StoredKind> stored_kind(const std::string& name) {
  if (name == "layer" || name == "regular") return StoredKind::layer;
  if (name == "blob") return StoredKind::blob;
  if (name == "mount" || name == "exec.cachemount") return StoredKind::mount;
  if (name == "context" || name == "source.local") return StoredKind::context;
  return std::nullopt;
}

}  // namespace mbuild::cli
