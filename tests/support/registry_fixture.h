// LocalRegistry: Debian's docker-registry on an ephemeral loopback port, with a store of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace mbuild::test {

// A program that runs beside the test, killed and reaped by its pid on destruction.
class BackgroundProgram {
 public:
  BackgroundProgram(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  BackgroundProgram(const BackgroundProgram&) = delete;
  ~BackgroundProgram();
  bool running();

 private:
  pid_t pid_ = 0;
};

// Whether the tests that need it can run at all.
bool has_docker_registry();

class LocalRegistry {
 public:
  // `extra` is appended to its configuration: top-level keys but version, log, storage and http. `http`
  // holds lines for below "http:", `storage` for below "storage:", each indented by two.
  struct Options {
    std::string http;
    std::string storage = "  delete: {enabled: true}\n";
    std::string extra;
  };
  explicit LocalRegistry(const Options& options);
  LocalRegistry() : LocalRegistry(Options()) {}

  std::string host() const { return host_; }  // "127.0.0.1:<port>"
  std::filesystem::path store() const { return folder_.path() / "store"; }
  std::string log() const { return folder_.read("log"); }

 private:
  TempDir folder_;
  std::string host_;
  std::unique_ptr<BackgroundProgram> program_;
};

}  // namespace mbuild::test
