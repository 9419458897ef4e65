// What a program in C says of the build it wants.
#include "builder/library/c_request.h"

#include <cstdlib>
#include <map>

#include "builder/library/c_error.h"

namespace {

using mbuild::Error;
using mbuild::ErrorKind;
using mbuild::fail;
using mbuild::Result;
using namespace mbuild::builder;
using namespace mbuild::library;

Result<std::pair<std::string, std::string>> pair_of(const std::string& value, char separator) {
  const std::size_t at = value.find(separator);
  if (at == std::string::npos || at == 0)
    return fail(ErrorKind::invalid_input, "\"" + value + "\" is not NAME" + separator + "VALUE");
  return std::pair(value.substr(0, at), value.substr(at + 1));
}

using Set = Result<void> (*)(BuildRequest&, const std::string&);

template <std::string BuildRequest::*member>
Result<void> set_text(BuildRequest& request, const std::string& value) {
  request.*member = value;
  return {};
}

template <std::vector<std::string> BuildRequest::*member>
Result<void> add_text(BuildRequest& request, const std::string& value) {
  (request.*member).push_back(value);
  return {};
}

template <std::vector<std::pair<std::string, std::string>> BuildRequest::*member, char separator = '='>
Result<void> add_pair(BuildRequest& request, const std::string& value) {
  (request.*member).push_back(MBUILD_TRY(pair_of(value, separator)));
  return {};
}

Result<bool> flag_of(const std::string& value) {
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  return fail(ErrorKind::invalid_input, "\"" + value + "\" is neither 1 nor 0");
}

template <bool BuildRequest::*member>
Result<void> set_flag(BuildRequest& request, const std::string& value) {
  request.*member = MBUILD_TRY(flag_of(value));
  return {};
}

Result<void> set_context(BuildRequest& request, const std::string& value) {
  (value.find("://") == std::string::npos ? request.context_dir : request.context_url) = value;
  return {};
}

// A name alone takes its value from the environment, as on the command line.
Result<void> add_build_arg(BuildRequest& request, const std::string& value) {
  if (value.find('=') != std::string::npos) return add_pair<&BuildRequest::build_args>(request, value);
  if (const char* found = std::getenv(value.c_str())) request.build_args.emplace_back(value, found);
  return {};
}

const std::map<std::string_view, Set>& options() {
  static const std::map<std::string_view, Set> all = {
      {"root", set_text<&BuildRequest::store_root>},
      {"context", set_context},
      {"file", set_text<&BuildRequest::dockerfile_path>},
      {"target", set_text<&BuildRequest::target>},
      {"platform", set_text<&BuildRequest::platform>},
      {"tag", add_text<&BuildRequest::tags>},
      {"build-arg", add_build_arg},
      {"build-context", add_pair<&BuildRequest::build_contexts>},
      {"label", add_pair<&BuildRequest::labels>},
      {"annotation", add_pair<&BuildRequest::annotations>},
      {"add-host", add_pair<&BuildRequest::hosts, ':'>},
      {"allow", add_text<&BuildRequest::allow>},
      {"network", set_text<&BuildRequest::network>},
      {"snapshotter", set_text<&BuildRequest::snapshotter>},
      {"no-cache-filter", add_text<&BuildRequest::no_cache_stages>},
      {"no-cache", set_flag<&BuildRequest::no_cache>},
      {"pull", set_flag<&BuildRequest::pull>},
      {"push", set_flag<&BuildRequest::push>},
      {"load", set_flag<&BuildRequest::load>},
      {"squash", set_flag<&BuildRequest::squash>},
      {"sbom", set_flag<&BuildRequest::sbom>},
      {"insecure",
       [](BuildRequest& request, const std::string& value) -> Result<void> {
         request.registries.insecure.push_back(value);
         return {};
       }},
      {"offline",
       [](BuildRequest& request, const std::string& value) -> Result<void> {
         request.registries.offline = MBUILD_TRY(flag_of(value));
         return {};
       }},
  };
  return all;
}

}  // namespace

extern "C" {

mbuild_request* mbuild_request_new(void) {
  return guarded(static_cast<mbuild_request*>(nullptr), nullptr, [] { return new mbuild_request; });
}
void mbuild_request_free(mbuild_request* request) {
  delete request;
}

int mbuild_request_set(mbuild_request* request, const char* option, const char* value, mbuild_error** error) {
  return guarded(static_cast<int>(MBUILD_INTERNAL), error, [&] {
    const auto found = options().find(option);
    if (found == options().end())
      return give_error(Error(ErrorKind::invalid_input, std::string("there is no option ") + option), error);
    Result<void> set = found->second(request->request, value);
    return set ? 0 : give_error(std::move(set).error().context(option), error);
  });
}

void mbuild_request_set_dockerfile(mbuild_request* request, const char* text, size_t size) {
  request->request.dockerfile_text = std::string(text, size);
}

void mbuild_request_set_file(mbuild_request* request, const char* path, const void* data, size_t size) {
  request->request.context_files.emplace_back(path, std::string(static_cast<const char*>(data), size));
}

int mbuild_request_add_output(mbuild_request* request, const char* type, const char* const* attributes,
                              size_t count, mbuild_error** error) {
  return guarded(static_cast<int>(MBUILD_INTERNAL), error, [&] {
    OutputSpec output{type, {}};
    for (std::size_t i = 0; i < count; ++i) {
      auto attribute = pair_of(attributes[i], '=');
      if (!attribute) return give_error(std::move(attribute).error().context("output"), error);
      output.attributes.insert(std::move(*attribute));
    }
    request->request.outputs.push_back(std::move(output));
    return 0;
  });
}

void mbuild_request_cancel(mbuild_request* request) {
  request->request.cancel.cancel();
}

}  // extern "C"
