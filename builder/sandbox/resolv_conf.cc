#include "builder/sandbox/resolv_conf.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <optional>

#include "builder/sandbox/host_file.h"
#include "builder/sandbox/network_helper.h"

namespace mbuild::builder {

namespace {

constexpr const char* main_path = "/etc/resolv.conf";
constexpr const char* resolved_path = "/run/systemd/resolve/resolv.conf";
constexpr std::string_view resolved_stub = "127.0.0.53";
constexpr std::string_view public_servers =
    "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"
    "nameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844\n";

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// The address of a "nameserver" line.
std::optional<std::string> server_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  constexpr std::string_view keyword = "nameserver";
  if (!line.starts_with(keyword)) return std::nullopt;
  line.remove_prefix(keyword.size());
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == 0 || begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin);
  return std::string(line.substr(0, line.find_first_of(blanks)));
}

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool names_only_the_stub(std::string_view text) {
  std::size_t servers = 0;
  while (!text.empty()) {
    const auto server = server_of(next_line(text));
    if (server && *server != resolved_stub) return false;
    if (server) ++servers;
  }
  return servers != 0;
}

Result<std::string> read_or_empty(const char* path) {
  auto text = read_host_file(path);
  if (!text && text.error().kind() == ErrorKind::not_found) return std::string();
  return text;
}

}  // namespace

std::string resolv_conf(std::string_view host, NetworkMode network) {
  if (network == NetworkMode::host) return std::string(host);
  std::string result;
  bool has_server = false;
  while (!host.empty()) {
    const std::string_view line = next_line(host);
    const auto server = server_of(line);
    if (server && is_loopback(*server)) continue;
    has_server = has_server || server.has_value();
    result.append(line).append("\n");
  }
  if (!has_server && network == NetworkMode::apart)
    result.append("nameserver ").append(forwarded_name_server).append("\n");
  else if (!has_server)
    result += public_servers;
  return result;
}

Result<std::string> host_resolv_conf(NetworkMode network) {
  std::string text = MBUILD_TRY(read_or_empty(main_path));
  if (network != NetworkMode::host && names_only_the_stub(text)) {
    std::string servers = MBUILD_TRY(read_or_empty(resolved_path));
    if (!servers.empty()) text = std::move(servers);
  }
  return resolv_conf(text, network);
}

}  // namespace mbuild::builder
