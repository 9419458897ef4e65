#include "registry/remote/proxy.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::must;

Result<ProxyRules> rules(std::map<std::string, std::string> variables) {
  return ProxyRules::from_environment([variables](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

bool proxied(const std::string& no_proxy, const std::string& url) {
  auto made = must(rules({{"HTTP_PROXY", "p:1"}, {"HTTPS_PROXY", "p:2"}, {"NO_PROXY", no_proxy}}));
  return made.proxy_for(must(Url::parse(url))).has_value();
}

TEST(Proxy, ChoosesByScheme) {
  auto made = must(rules({{"http_proxy", "http://user:pw@Proxy:3128/"}, {"HTTPS_PROXY", "other"}}));
  auto plain = made.proxy_for(must(Url::parse("http://h/")));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "proxy");
  EXPECT_EQ(plain->port, 3128);
  EXPECT_EQ(plain->authorization, "Basic dXNlcjpwdw==");
  auto tls = made.proxy_for(must(Url::parse("https://h/")));
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->host, "other");
  EXPECT_EQ(tls->authorization, "");
}

TEST(Proxy, LowerCaseWinsAndEmptyMeansNone) {
  auto made = must(rules({{"http_proxy", ""}, {"HTTP_PROXY", "p"}}));
  EXPECT_FALSE(made.proxy_for(must(Url::parse("http://h/"))));
}

TEST(Proxy, NeverServesLoopback) {
  EXPECT_FALSE(proxied("", "http://127.0.0.1:5000/"));
  EXPECT_FALSE(proxied("", "https://localhost/"));
  EXPECT_TRUE(proxied("", "http://h/"));
}

TEST(Proxy, HonoursNoProxy) {
  EXPECT_FALSE(proxied("*", "http://h/"));
  EXPECT_FALSE(proxied("x, example.com", "http://a.example.com/"));
  EXPECT_FALSE(proxied(".example.com", "http://a.EXAMPLE.com/"));
  EXPECT_FALSE(proxied("example.com:8080", "http://example.com:8080/"));
  EXPECT_TRUE(proxied("example.com:8080", "http://example.com/"));
  EXPECT_TRUE(proxied("example.com", "http://badexample.com/"));
  EXPECT_FALSE(proxied("10.0.0.0/8", "http://10.9.8.7/"));
  EXPECT_TRUE(proxied("10.0.0.0/8", "http://11.0.0.1/"));
  EXPECT_FALSE(proxied("10.0.0.128/25", "http://10.0.0.200/"));
  EXPECT_TRUE(proxied("10.0.0.128/25", "http://10.0.0.100/"));
  EXPECT_FALSE(proxied("fd00::/8", "http://[fd12::1]/"));
  EXPECT_TRUE(proxied("fd00::/8", "http://10.0.0.1/"));
  EXPECT_TRUE(proxied("10.0.0.0/99", "http://10.0.0.1/"));
}

TEST(Proxy, RefusesOtherKindsByNameWithoutTheirPassword) {
  auto socks = rules({{"HTTPS_PROXY", "socks5://u:secret@p"}});
  EXPECT_THAT(socks, test::FailsWith(ErrorKind::unsupported, "HTTPS_PROXY"));
  auto broken = rules({{"HTTP_PROXY", "http://u:secret@p:x"}});
  EXPECT_THAT(broken, test::FailsWith(ErrorKind::invalid_input, "HTTP_PROXY"));
  EXPECT_EQ(broken.error().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace mbuild::remote
