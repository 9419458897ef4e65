#include "builder/plan/history_text.h"

#include <fmt/format.h>

#include "builder/plan/go_format.h"

namespace mbuild::builder::history_text {

namespace {

std::string assignments(std::string text, const Assignments& list) {
  for (const auto& [name, value] : list) {
    text += " " + name;
    if (value) text += "=" + *value;
  }
  return text;
}

}  // namespace

std::string env(const Assignments& variables) {
  return assignments("ENV", variables);
}
std::string label(const Assignments& labels) {
  return assignments("LABEL", labels);
}
std::string arg(const Assignments& arguments) {
  return assignments("ARG", arguments);
}

std::string run(const std::vector<std::pair<std::string, std::string>>& args,
                const std::vector<std::string>& argv) {
  std::string text = "RUN ";
  if (!args.empty()) {
    text += fmt::format("|{} ", args.size());
    for (const auto& [name, value] : args) text += fmt::format("{}={} ", name, value);
  }
  return fmt::format("{}{} # buildkit", text, fmt::join(argv, " "));
}

std::string copy(const Copy& copy) {
  std::string text = copy.add ? "ADD" : "COPY";
  if (copy.parents) text += " --parents";
  if (!copy.chown.empty()) text += " --chown=" + copy.chown;
  if (!copy.chmod.empty()) text += " --chmod=" + copy.chmod;
  return fmt::format("{} {} {} # buildkit", text, fmt::join(copy.sources, " "), copy.destination);
}

std::string workdir(const std::string& path) {
  return "WORKDIR " + path;
}
std::string cmd(const std::vector<std::string>& argv) {
  return "CMD " + go_format::quote_list(argv);
}
std::string entrypoint(const std::vector<std::string>& argv) {
  return "ENTRYPOINT " + go_format::quote_list(argv);
}

std::string healthcheck(const oci::Healthcheck& check) {
  using go_format::duration;
  return fmt::format(
      "HEALTHCHECK {{Test:{} Interval:{} Timeout:{} StartPeriod:{} StartInterval:{} Retries:{}}}",
      go_format::list(check.test), duration(check.interval), duration(check.timeout),
      duration(check.start_period), duration(check.start_interval), check.retries);
}

std::string expose(const std::vector<std::string>& sorted_ports) {
  return "EXPOSE " + go_format::list(sorted_ports);
}
std::string volume(const std::vector<std::string>& paths) {
  return "VOLUME " + go_format::list(paths);
}
std::string shell(const std::vector<std::string>& shell) {
  return "SHELL " + go_format::list(shell);
}
std::string user(const std::string& user) {
  return "USER " + user;
}
std::string stop_signal(const std::string& signal) {
  return "STOPSIGNAL " + signal;
}
std::string maintainer(const std::string& name) {
  return "MAINTAINER " + name;
}

}  // namespace mbuild::builder::history_text
