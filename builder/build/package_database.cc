#include "builder/build/package_database.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "registry/base/fs_at.h"
#include "registry/base/trim.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargest = 256 << 20;  // of a database; tens of thousands of packages take 100 MB

// Calls `take` with each line, without its end.
template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

Result<std::optional<std::string>> read(int root, std::string_view path) {
  const auto file = MBUILD_TRY(fs_at::open_if_exists(root, path, O_PATH, fs_at::Links::in_root));
  if (!file) return std::nullopt;
  return MBUILD_TRY_AS("read " + std::string(path),
                       fs_at::read_file(root, path, fs_at::Links::in_root, kLargest));
}

// A value of os-release(5): perhaps in quotes.
std::string unquote(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

Result<void> read_os_release(int root, InstalledPackages& found) {
  auto text = MBUILD_TRY(read(root, "etc/os-release"));
  if (!text) text = MBUILD_TRY(read(root, "usr/lib/os-release"));
  if (!text) return {};
  for_each_line(*text, [&](std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view key = line.substr(0, equals);
    const std::string value = unquote(line.substr(equals + 1));
    if (key == "ID") found.distribution = value;
    if (key == "VERSION_ID") found.version = value;
    if (key == "PRETTY_NAME") found.pretty_name = value;
  });
  return {};
}

// Images without dpkg itself keep a stanza a file (distroless).
Result<void> read_dpkg_folder(int root, std::vector<InstalledPackage>& packages) {
  constexpr std::string_view folder = "var/lib/dpkg/status.d";
  const auto dir =
      MBUILD_TRY(fs_at::open_if_exists(root, folder, O_RDONLY | O_DIRECTORY, fs_at::Links::in_root));
  if (!dir) return {};
  for (const std::string& name : MBUILD_TRY(fs_at::list(dir->get()))) {
    if (name.ends_with(".md5sums")) continue;
    const auto text = MBUILD_TRY(read(root, std::string(folder) + "/" + name));
    // There is no Status field here: the stanza is the proof.
    if (text)
      std::ranges::move(parse_dpkg("Status: install ok installed\n" + *text), std::back_inserter(packages));
  }
  return {};
}

}  // namespace

std::vector<InstalledPackage> parse_dpkg(std::string_view status) {
  std::vector<InstalledPackage> packages;
  std::map<std::string, std::string, std::less<>> fields;
  const auto finish = [&] {
    const bool installed = fields["Status"].ends_with(" installed");
    if (installed && !fields["Package"].empty())
      packages.push_back({"deb", fields["Package"], fields["Version"], fields["Architecture"],
                          fields["Maintainer"], "", fields["Homepage"]});
    fields.clear();
  };
  for_each_line(status, [&](std::string_view line) {
    if (line.empty()) return finish();
    const std::size_t colon = line.find(':');
    const bool continued = line.front() == ' ' || line.front() == '\t';
    if (continued || colon == std::string_view::npos) return;
    fields[std::string(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
  });
  finish();
  return packages;
}

std::vector<InstalledPackage> parse_apk(std::string_view installed) {
  std::vector<InstalledPackage> packages;
  InstalledPackage package{"apk", "", "", "", "", "", ""};
  const auto finish = [&] {
    if (!package.name.empty()) packages.push_back(package);
    package = {"apk", "", "", "", "", "", ""};
  };
  for_each_line(installed, [&](std::string_view line) {
    if (line.empty()) return finish();
    if (line.size() < 2 || line[1] != ':') return;
    const std::string value(line.substr(2));
    switch (line[0]) {
      case 'P':
        package.name = value;
        break;
      case 'V':
        package.version = value;
        break;
      case 'A':
        package.architecture = value;
        break;
      case 'm':
        package.supplier = value;
        break;
      case 'L':
        package.license = value;
        break;
      case 'U':
        package.homepage = value;
        break;
      default:
        break;
    }
  });
  finish();
  return packages;
}

Result<InstalledPackages> read_packages(int root) {
  InstalledPackages found;
  MBUILD_CHECK(read_os_release(root, found));
  if (const auto status = MBUILD_TRY(read(root, "var/lib/dpkg/status"))) found.packages = parse_dpkg(*status);
  MBUILD_CHECK(read_dpkg_folder(root, found.packages));
  auto installed = MBUILD_TRY(read(root, "lib/apk/db/installed"));
  if (!installed) installed = MBUILD_TRY(read(root, "usr/lib/apk/db/installed"));
  if (installed) std::ranges::move(parse_apk(*installed), std::back_inserter(found.packages));
  for (const char* path : {"var/lib/rpm", "usr/lib/sysimage/rpm"}) {
    const auto rpm =
        MBUILD_TRY(fs_at::open_if_exists(root, path, O_RDONLY | O_DIRECTORY, fs_at::Links::in_root));
    if (rpm && !MBUILD_TRY(fs_at::list(rpm->get())).empty()) found.unread_rpm = true;
  }
  std::sort(found.packages.begin(), found.packages.end(), [](const auto& a, const auto& b) {
    return std::tie(a.manager, a.name, a.version, a.architecture) <
           std::tie(b.manager, b.name, b.version, b.architecture);
  });
  return found;
}

}  // namespace mbuild::builder
