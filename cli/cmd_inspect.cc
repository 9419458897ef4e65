#include <fmt/format.h>

#include <cstdio>

#include "builder/images.h"
#include "cli/arguments.h"
#include "cli/commands.h"
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

}  // namespace

int cmd_inspect(std::vector<std::string> arguments) {
  CLI::App app("Show an image of the store: its config as JSON, or what it is made of.", "mbuild inspect");
  StoreOptions store;
  std::string name;
  bool layers = false;
  app.add_option("IMAGE", name, "Name or id")->required();
  add_store_options(app, store);
  app.add_flag("--layers", layers, "Print a summary with the layers instead of the config");
  if (auto code = parse_arguments(app, std::move(arguments))) return *code;
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
