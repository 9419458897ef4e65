#include "registry/remote/certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mbuild::remote {

namespace {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failure;
  fs::directory_iterator iterator(folder, failure);
  for (; !failure && iterator != fs::directory_iterator(); iterator.increment(failure))
    entries.push_back(iterator->path());
  if (failure && failure != std::errc::no_such_file_or_directory && failure != std::errc::not_a_directory)
    return fail(ErrorKind::io, fmt::format("read {}: {}", folder.string(), failure.message()));
  std::ranges::sort(entries);
  return entries;
}

Result<void> add_folder(const fs::path& folder, TlsConfig& config) {
  for (const fs::path& path : MBUILD_TRY(sorted_entries(folder))) {
    std::string extension = path.extension().string();
    if (extension == ".crt") config.ca_files.push_back(path.string());
    if (extension != ".cert" && extension != ".key") continue;
    fs::path certificate = path, key = path;
    certificate.replace_extension(".cert");
    key.replace_extension(".key");
    const fs::path& other = extension == ".cert" ? key : certificate;
    std::error_code ignored;
    if (!fs::exists(other, ignored))
      return fail(ErrorKind::invalid_input,
                  fmt::format("{} has no {}", path.string(), other.filename().string()));
    if (extension == ".cert") config.client_certificates.emplace_back(certificate.string(), key.string());
  }
  return {};
}

}  // namespace

std::vector<std::string> certificate_folders(const Environment& environment) {
  std::vector<std::string> folders;
  if (auto home = environment("HOME")) folders.push_back(*home + "/.config/containers/certs.d");
  folders.emplace_back("/etc/containers/certs.d");
  folders.emplace_back("/etc/docker/certs.d");
  return folders;
}

Result<TlsConfig> load_certificates(const std::vector<std::string>& folders, const std::string& host) {
  TlsConfig config;
  for (const std::string& folder : folders) MBUILD_CHECK(add_folder(fs::path(folder) / host, config));
  return config;
}

}  // namespace mbuild::remote
