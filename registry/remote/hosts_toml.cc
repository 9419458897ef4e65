#include "registry/remote/hosts_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "registry/remote/text_file.h"
#include "registry/remote/toml.h"

namespace mbuild::remote {

namespace {

constexpr std::string_view kDefaultFolder = "_default";

// What a file is read into, with what its errors need.
struct Reader {
  const std::string& name;
  const std::string& folder;

  std::unexpected<Error> wrong(const TomlEntry& entry, std::string_view why) const {
    return fail(ErrorKind::invalid_input, fmt::format("{}:{}: {}: {}", name, entry.line, entry.key, why));
  }

  std::string path(const std::string& text) const {
    return std::filesystem::path(text).is_absolute() ? text : folder + "/" + text;
  }

  Result<Url> url(const std::string& text) const {
    bool has_scheme = text.find("://") != text.npos;
    Url result = MBUILD_TRY_AS(name, Url::parse(has_scheme ? text : "https://" + text));
    while (result.target.size() > 1 && result.target.ends_with('/')) result.target.pop_back();
    return result;
  }

  Result<bool> boolean(const TomlEntry& entry) const {
    if (const bool* value = entry.value.boolean()) return *value;
    return wrong(entry, "expected true or false");
  }

  // A string or an array of strings.
  Result<std::vector<std::string>> texts(const TomlEntry& entry) const {
    if (const std::string* text = entry.value.text()) return std::vector{*text};
    std::vector<std::string> result;
    const auto* array = entry.value.array();
    if (!array) return wrong(entry, "expected a string or an array of strings");
    for (const TomlValue& element : *array) {
      if (!element.text()) return wrong(entry, "expected an array of strings");
      result.push_back(*element.text());
    }
    return result;
  }

  Result<void> read_capabilities(const TomlEntry& entry, ConfiguredHost& host) const {
    std::vector<std::string> names = MBUILD_TRY(texts(entry));
    auto has = [&](std::string_view wanted) { return std::ranges::find(names, wanted) != names.end(); };
    host.pull = has("pull");
    host.resolve = has("resolve");
    return {};
  }

  // "both.pem", ["certificate.pem", "key.pem"], or an array of such pairs.
  Result<void> read_client(const TomlEntry& entry, ConfiguredHost& host) const {
    auto add = [&](const std::string& certificate, const std::string& key) {
      host.client_certificates.emplace_back(path(certificate), path(key));
    };
    if (const std::string* text = entry.value.text()) {
      add(*text, *text);
      return {};
    }
    const auto* array = entry.value.array();
    if (!array) return wrong(entry, "expected a string or an array");
    if (array->size() == 2 && (*array)[0].text() && (*array)[1].text()) {
      add(*(*array)[0].text(), *(*array)[1].text());
      return {};
    }
    for (const TomlValue& element : *array) {
      const auto* pair = element.array();
      if (element.text()) {
        add(*element.text(), *element.text());
      } else if (pair && pair->size() == 2 && (*pair)[0].text() && (*pair)[1].text()) {
        add(*(*pair)[0].text(), *(*pair)[1].text());
      } else {
        return wrong(entry, "expected pairs of a certificate and a key");
      }
    }
    return {};
  }

  Result<void> read_header(const TomlEntry& entry, ConfiguredHost& host) const {
    for (const std::string& value : MBUILD_TRY(texts(entry))) host.headers.add(entry.key, value);
    return {};
  }

  // Keys that have no meaning here (dial_timeout and the like) are passed over, as containerd does.
  Result<void> read_entry(const TomlEntry& entry, ConfiguredHost& host) const {
    if (entry.key == "capabilities") return read_capabilities(entry, host);
    if (entry.key == "client") return read_client(entry, host);
    if (entry.key == "ca") {
      for (const std::string& file : MBUILD_TRY(texts(entry))) host.ca_files.push_back(path(file));
    } else if (entry.key == "skip_verify") {
      host.skip_verify = MBUILD_TRY(boolean(entry));
    } else if (entry.key == "override_path") {
      host.override_path = MBUILD_TRY(boolean(entry));
    }
    return {};
  }
};

bool is_host_table(const std::vector<std::string>& table) {
  return table.size() >= 2 && table[0] == "host";
}

}  // namespace

Result<HostsFile> parse_hosts_toml(std::string_view text, const std::string& name,
                                   const std::string& folder) {
  TomlDocument document = MBUILD_TRY(parse_toml(text, name));
  Reader reader{name, folder};
  std::vector<std::string> names;
  HostsFile file;
  auto index_of = [&](const std::string& host) -> Result<std::size_t> {
    auto found = std::ranges::find(names, host);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    ConfiguredHost made;
    made.url = MBUILD_TRY(reader.url(host));
    names.push_back(host);
    file.hosts.push_back(std::move(made));
    return names.size() - 1;
  };
  for (const auto& table : document.tables)
    if (is_host_table(table)) MBUILD_CHECK(index_of(table[1]));
  ConfiguredHost server;
  bool has_server = false;
  for (const TomlEntry& entry : document.entries) {
    if (is_host_table(entry.table)) {
      ConfiguredHost& host = file.hosts[MBUILD_TRY(index_of(entry.table[1]))];
      bool header = entry.table.size() == 3 && entry.table[2] == "header";
      MBUILD_CHECK(header ? reader.read_header(entry, host) : reader.read_entry(entry, host));
    } else if (entry.table.empty() && entry.key == "server") {
      if (!entry.value.text()) return reader.wrong(entry, "expected a string");
      server.url = MBUILD_TRY(reader.url(*entry.value.text()));
      has_server = true;
    } else if (entry.table.empty()) {
      MBUILD_CHECK(reader.read_entry(entry, server));
    } else if (entry.table == std::vector<std::string>{"header"}) {
      MBUILD_CHECK(reader.read_header(entry, server));
    }
  }
  if (has_server) file.server = std::move(server);
  return file;
}

std::string ConfiguredHost::api_root() const {
  std::string path = url.target == "/" ? "" : url.target;
  return override_path ? path : path + "/v2";
}

Result<std::optional<HostsFile>> load_hosts_toml(const std::string& folder, const std::string& host) {
  for (std::string_view name : {std::string_view(host), kDefaultFolder}) {
    std::string place = fmt::format("{}/{}", folder, name);
    auto text = MBUILD_TRY(read_text_file(place + "/hosts.toml"));
    if (text) return parse_hosts_toml(*text, place + "/hosts.toml", place);
  }
  return std::nullopt;
}

Result<void> add_hosts_tls(const std::string& folder, const Url& url, TlsConfig& config) {
  std::error_code failure;
  std::filesystem::directory_iterator iterator(folder, failure);
  for (; !failure && iterator != std::filesystem::directory_iterator(); iterator.increment(failure)) {
    auto file = MBUILD_TRY(load_hosts_toml(folder, iterator->path().filename()));
    if (!file) continue;
    if (file->server) file->hosts.push_back(*file->server);
    for (const ConfiguredHost& host : file->hosts) {
      if (host.url.origin() != url.origin()) continue;
      config.verify = config.verify && !host.skip_verify;
      config.ca_files.insert(config.ca_files.end(), host.ca_files.begin(), host.ca_files.end());
      config.client_certificates.insert(config.client_certificates.end(), host.client_certificates.begin(),
                                        host.client_certificates.end());
    }
  }
  return {};
}

}  // namespace mbuild::remote
