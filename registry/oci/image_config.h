// ImageConfig: the JSON that says how an image runs and how it came to be (OCI image-spec, config.md), with
// Docker's extensions (moby: image/spec), which are kept in OCI images too, as BuildKit does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/digest.h"
#include "registry/oci/platform.h"

namespace mbuild::oci {

struct HistoryEntry {
  std::optional<std::string> created;  // RFC 3339
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
};

// Durations in nanoseconds; 0 inherits (Docker extension "Healthcheck").
struct Healthcheck {
  std::vector<std::string> test;
  std::int64_t interval = 0;
  std::int64_t timeout = 0;
  std::int64_t start_period = 0;
  std::int64_t start_interval = 0;
  int retries = 0;
};

// The "config" object: what a container of this image starts with.
struct RunConfig {
  std::string user;
  std::set<std::string> exposed_ports;
  std::vector<std::string> env;  // "KEY=value", in order, one a key
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> cmd;
  std::set<std::string> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  bool args_escaped = false;
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> onbuild;
  std::vector<std::string> shell;

  std::optional<std::string> get_env(std::string_view key) const;
  void set_env(std::string_view key, std::string_view value);  // overwrites in place, else appends
};

struct ImageConfig {
  std::optional<std::string> created;  // RFC 3339
  std::string author;
  Platform platform;
  RunConfig config;
  std::vector<Digest> diff_ids;
  std::vector<HistoryEntry> history;

  // Keys of neither specification are dropped, as BuildKit does. `corrupt` for anything that Go's
  // json.Unmarshal would refuse; times are rewritten the way Go would.
  static Result<ImageConfig> parse(std::string_view json);
  // Byte for byte what BuildKit's exporter writes (exporter/containerimage/writer.go): compact, the top
  // level's keys sorted, those below in the order of Go's structs, empty ones left out. Deterministic.
  std::string json() const;
};

}  // namespace mbuild::oci
