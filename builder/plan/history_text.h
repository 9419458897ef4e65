// The `created_by` of history entries, word for word as BuildKit writes them (SEMANTICS B1): image ids depend
// on it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "parser/environment.h"
#include "registry/oci/image_config.h"

namespace mbuild::builder::history_text {

using parser::Assignments;

std::string env(const Assignments& variables);  // ENV a=1 b=2
std::string label(const Assignments& labels);
std::string arg(const Assignments& arguments);  // ARG a=1 b
// `args`: those in effect, each once; `argv`: with the shell, as it runs (or its exec form).
std::string run(const std::vector<std::pair<std::string, std::string>>& args,
                const std::vector<std::string>& argv);
struct Copy {
  bool add = false, parents = false;
  std::string chown, chmod;
  std::vector<std::string> sources;  // heredocs last, as "<<NAME"
  std::string destination;
};
std::string copy(const Copy& copy);
std::string workdir(const std::string& path);
std::string cmd(const std::vector<std::string>& argv);
std::string entrypoint(const std::vector<std::string>& argv);
std::string healthcheck(const oci::Healthcheck& check);
std::string expose(const std::vector<std::string>& sorted_ports);
std::string volume(const std::vector<std::string>& paths);
std::string shell(const std::vector<std::string>& shell);
std::string user(const std::string& user);
std::string stop_signal(const std::string& signal);
std::string maintainer(const std::string& name);

}  // namespace mbuild::builder::history_text
