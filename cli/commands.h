// The verbs of the command line. Each parses its own arguments and gives the process's exit code.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace mbuild::cli {

// Documented in the README and in --help.
enum ExitCode { ok = 0, failed = 1, usage = 2, interrupted = 130 };

struct Verb {
  const char* name;
  const char* summary;
  int (*run)(std::vector<std::string> arguments);
};

// In the order in which the help lists them.
std::span<const Verb> verbs();

// The whole program: `mbuild [VERB] ...`; without a verb, "build".
int run(int argc, char** argv);

int cmd_build(std::vector<std::string> arguments);
int cmd_check(std::vector<std::string> arguments);
int cmd_fmt(std::vector<std::string> arguments);
int cmd_graph(std::vector<std::string> arguments);
int cmd_parse(std::vector<std::string> arguments);
int cmd_debug(std::vector<std::string> arguments);
int cmd_executor(std::vector<std::string> arguments);
int cmd_images(std::vector<std::string> arguments);
int cmd_inspect(std::vector<std::string> arguments);
int cmd_du(std::vector<std::string> arguments);
int cmd_prune(std::vector<std::string> arguments);
int cmd_rm(std::vector<std::string> arguments);
int cmd_push(std::vector<std::string> arguments);
int cmd_pull(std::vector<std::string> arguments);
int cmd_copy(std::vector<std::string> arguments);
int cmd_ls_tags(std::vector<std::string> arguments);
int cmd_delete(std::vector<std::string> arguments);
int cmd_store(std::vector<std::string> arguments);
int cmd_sign(std::vector<std::string> arguments);
int cmd_verify(std::vector<std::string> arguments);
int cmd_login(std::vector<std::string> arguments);
int cmd_logout(std::vector<std::string> arguments);
int cmd_info(std::vector<std::string> arguments);
int cmd_version(std::vector<std::string> arguments);

}  // namespace mbuild::cli
