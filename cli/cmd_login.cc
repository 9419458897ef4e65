#include <fmt/format.h>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/password.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

namespace {

constexpr const char* kHow = "give --username and --password-stdin";

struct Login {
  std::string registry = "docker.io";
  std::string username;
  bool from_stdin = false;
};

Result<std::string> run_login(const builder::RegistryRequest& request, Login login) {
  std::string registry = MBUILD_TRY(builder::registry_name(login.registry));
  if (login.username.empty())
    login.username = MBUILD_TRY(ask_line(fmt::format("User name for {}: ", registry), kHow));
  if (login.username.empty()) return fail(ErrorKind::invalid_input, "no user name was given");
  std::string password = login.from_stdin ? MBUILD_TRY(read_password_from_stdin())
                                          : MBUILD_TRY(ask_password("Password: ", kHow));
  InterruptGuard interrupts(request.cancel);  // only now: ^C at a prompt ends the program as ever
  MBUILD_CHECK(builder::log_in(request, registry, login.username, password));
  return registry;
}

}  // namespace

int cmd_login(std::vector<std::string> arguments) {
  CommandLine line("Log in to a registry: check user name and password there, and keep them.",
                   "mbuild login");
  line.footer(
      "They are kept where config.json (or $REGISTRY_AUTH_FILE) says: in a credential helper, else in\n"
      "the file itself.");
  builder::RegistryRequest request;
  Login login;
  line.add_option("REGISTRY", login.registry, "HOST[:PORT] (default: docker.io)");
  line.add_option("-u,--username", login.username, "The user's name; asked for when missing")
      .type_name("NAME");
  line.add_flag("--password-stdin", login.from_stdin, "Read the password from standard input");
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (login.from_stdin && login.username.empty()) {
    report_error(Error(ErrorKind::invalid_input, "--password-stdin needs --username"));
    return usage;
  }

  Result<std::string> registry = run_login(request, login);
  if (!registry) return report_error(registry.error());
  fmt::print("Logged in to {}\n", *registry);
  return ok;
}

}  // namespace mbuild::cli
