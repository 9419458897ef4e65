#include "cli/dockerfile_arguments.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <iterator>
#include <optional>

#include "cli/option_values.h"

namespace mbuild::cli {

namespace {

Result<bool> is_directory(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return fail_errno(errno, "read " + path);
  return S_ISDIR(status.st_mode);
}

builder::BuildRequest request_for(const std::string& file, const std::string& context) {
  builder::BuildRequest request;
  request.context_dir = context;
  if (file == "-")
    request.dockerfile_text = std::string(std::istreambuf_iterator<char>(std::cin), {});
  else
    request.dockerfile_path = file;
  return request;
}

}  // namespace

void add_dockerfile_arguments(CommandLine& line, DockerfileArguments& arguments, bool several) {
  const Option paths =
      line.add_option("PATH", arguments.paths,
                      several ? "Dockerfiles, or the folder of a build (default: .); - reads stdin"
                              : "A Dockerfile, or the folder of a build (default: .); - reads stdin");
  const Option files =
      line.add_option("-f,--file", arguments.files, "A Dockerfile; - reads it from stdin").type_name("FILE");
  if (several) return;
  paths.expected(0, 2);
  files.expected(1, 1);
}

Result<std::vector<builder::BuildRequest>> dockerfile_requests(const DockerfileArguments& arguments) {
  std::optional<std::string> context;
  std::vector<std::string> files = arguments.files;
  for (const std::string& path : arguments.paths) {
    if (path == "-" || !MBUILD_TRY(is_directory(path))) {
      files.push_back(path);
      continue;
    }
    if (context)
      return fail(ErrorKind::invalid_input,
                  fmt::format("{} and {}: there can be one context only", *context, path));
    context = path;
  }
  if (std::count(files.begin(), files.end(), "-") > 1)
    return fail(ErrorKind::invalid_input, "- is given twice: there is one standard input only");
  if (files.empty()) return std::vector{request_for("", context.value_or("."))};
  std::vector<builder::BuildRequest> requests;
  for (const std::string& file : files) requests.push_back(request_for(file, context.value_or("")));
  return requests;
}

void add_stage_arguments(CommandLine& line, StageArguments& arguments) {
  line.add_option("--target", arguments.target, "The stage that would be built (default: the last)")
      .type_name("STAGE");
  line.add_option("--build-arg", arguments.build_args,
                  "Value of an ARG; without =V it is taken from the environment")
      .type_name("K[=V]");
  line.add_option("--build-context", arguments.build_contexts,
                  "A named context; what it refers to is not read")
      .type_name("NAME=SOURCE");
  line.add_option("--platform", arguments.platform,
                  "The platform that would be built for (default: this machine's)")
      .type_name("OS/ARCH[/VARIANT]");
}

Result<void> apply(const StageArguments& arguments, builder::BuildRequest& request) {
  request.target = arguments.target;
  request.platform = arguments.platform;
  for (const std::string& text : arguments.build_args)
    if (auto argument = key_value_or_environment(text)) request.build_args.push_back(*argument);
  for (const std::string& text : arguments.build_contexts) {
    std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(ErrorKind::invalid_input, fmt::format("--build-context {}: must be NAME=SOURCE", text));
    request.build_contexts.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return {};
}

}  // namespace mbuild::cli
