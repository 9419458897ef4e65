#include <fmt/format.h>

#include <cstdlib>

#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"

namespace mbuild::cli {

namespace {

// $COSIGN_PASSWORD, set or empty, as cosign reads it.
std::string password_of_environment() {
  const char* password = std::getenv("COSIGN_PASSWORD");
  return password ? password : "";
}

int make_keys(const std::string& prefix) {
  Result<void> made = builder::generate_key_pair(prefix, password_of_environment());
  if (!made) return report_error(made.error());
  fmt::print("{0}.key\n{0}.pub\n", prefix);
  return ok;
}

}  // namespace

int cmd_sign(std::vector<std::string> arguments) {
  CommandLine line("Sign an image at a registry, in cosign's form.", "mbuild sign");
  line.footer(
      "What the name means now is signed, by its digest, which is printed. $COSIGN_PASSWORD opens the key.\n"
      "`cosign verify --key X.pub` and `mbuild verify` check it.");
  builder::RegistryRequest request;
  std::vector<std::string> images;
  std::string key, prefix;
  const Option image_option = line.add_option("IMAGE", images, "A name as in FROM");
  const Option key_option =
      line.add_option("--key", key, "The private key: PEM, or cosign.key").type_name("FILE");
  line.add_option("--generate-key", prefix, "Only make a key pair: PREFIX.key and PREFIX.pub")
      .type_name("PREFIX")
      .excludes(image_option)
      .excludes(key_option);
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (!prefix.empty()) return make_keys(prefix);
  if (images.empty() || key.empty()) {
    report_error(Error(ErrorKind::invalid_input, "sign needs --key FILE and an IMAGE"));
    return usage;
  }

  InterruptGuard interrupts(request.cancel);
  for (const std::string& image : images) {
    Result<std::string> digest = builder::sign_remote(request, image, key, password_of_environment());
    if (!digest) return report_error(digest.error());
    fmt::print("{}\n", *digest);
  }
  return ok;
}

}  // namespace mbuild::cli
