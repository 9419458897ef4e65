#include <fmt/format.h>

#include <cstdio>

#include "builder/images.h"
#include "builder/registry.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/registry_options.h"
#include "cli/report.h"
#include "cli/store_options.h"

namespace mbuild::cli {

namespace {

void print_readable(const builder::InspectedImage& inspected) {
  const builder::StoredImage& image = inspected.image;
  fmt::print("Name:      {}\nImage id:  {}\nPlatform:  {}\nCreated:   {}\nSize:      {}\nLayers:\n",
             image.familiar, image.image_id, image.platform, image.created, human_size(image.size_bytes));
  for (const builder::BuiltLayer& layer : inspected.layers)
    fmt::print("  {} {:>9}  {}\n", layer.diff_id.substr(0, 19), human_size(layer.size_bytes),
               layer.created_by);
}

// The bytes as the registry has them: what they hash to is the digest.
int print_raw(const builder::RegistryRequest& request, const std::string& name,
              const builder::RawQuery& query) {
  InterruptGuard interrupts(request.cancel);
  Result<std::string> json = builder::inspect_remote(request, name, query);
  if (!json) return report_error(json.error());
  std::fwrite(json->data(), 1, json->size(), stdout);
  return ok;
}

}  // namespace

int cmd_inspect(std::vector<std::string> arguments) {
  CommandLine line(
      "Show an image of the store: its config as JSON, or what it is made of; with --raw, an image at a "
      "registry.",
      "mbuild inspect");
  StoreOptions store;
  std::string name;
  bool layers = false, raw = false;
  builder::RegistryRequest request;
  builder::RawQuery query;
  line.add_option("IMAGE", name, "Name or id; with --raw a name, or oci:DIR[:TAG][@DIGEST]").required();
  add_store_options(line, store);
  const Option raw_option =
      line.add_flag("--raw", raw, "Print the manifest or index at the registry, byte for byte");
  line.add_flag("--config", query.config, "With --raw: the config of the image instead").needs(raw_option);
  line.add_option("--platform", query.platform, "With --raw: the manifest (or config) of this platform")
      .type_name("OS/ARCH[/VARIANT]")
      .needs(raw_option);
  line.add_flag("--layers", layers, "Print a summary with the layers instead of the config")
      .excludes(raw_option);
  add_registry_options(line, request.access);
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (raw) return print_raw(request, name, query);
  if (auto code = enter_store(store)) return *code;

  Result<builder::InspectedImage> inspected = builder::inspect_image(store.root, name);
  if (!inspected) return report_error(inspected.error());
  if (layers)
    print_readable(*inspected);
  else
    fmt::print("{}\n", inspected->config_json);
  return ok;
}

}  // namespace mbuild::cli
