#include "registry/remote/url.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

TEST(Url, TakesItsPartsApart) {
  Url url = must(Url::parse("HTTPS://Registry.Example.COM:8443/v2/?a=b#fragment"));
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "registry.example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/v2/?a=b");
  EXPECT_EQ(url.origin(), "https://registry.example.com:8443");
}

TEST(Url, KnowsTheSchemesOwnPort) {
  EXPECT_EQ(must(Url::parse("https://h")).str(), "https://h/");
  EXPECT_EQ(must(Url::parse("https://h:443/x")).authority(), "h");
  EXPECT_EQ(must(Url::parse("http://h:443/x")).authority(), "h:443");
  EXPECT_EQ(must(Url::parse("http://h?q")).target, "/?q");
}

TEST(Url, TakesIpv6) {
  Url url = must(Url::parse("http://[::1]:5000/v2/"));
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.host_port(), "[::1]:5000");
  EXPECT_THAT(Url::parse("http://[::1/"), FailsWith(ErrorKind::invalid_input, "not closed"));
  EXPECT_THAT(Url::parse("http://[zz]/"), FailsWith(ErrorKind::invalid_input, "IPv6"));
}

TEST(Url, RefusesWhatItCannotMean) {
  for (const char* text : {"", "h", "ftp://h/", "http://", "http://h:0/", "http://h:65536/", "http://h:x/",
                           "http://h/a b", "http://h/\r\nX: y", "http://h\\x/", "//h/"})
    EXPECT_THAT(Url::parse(text), FailsWith(ErrorKind::invalid_input, "")) << text;
}

TEST(Url, RefusesUserInformationWithoutRepeatingIt) {
  auto result = Url::parse("https://user:secret@host/");
  EXPECT_THAT(result, FailsWith(ErrorKind::invalid_input, "user name"));
  EXPECT_EQ(result.error().message().find("secret"), std::string::npos);
}

TEST(Url, ResolvesLocations) {
  Url base = must(Url::parse("https://h:5000/v2/a/b?q=1"));
  EXPECT_EQ(must(base.resolve("/x?y")).str(), "https://h:5000/x?y");
  EXPECT_EQ(must(base.resolve("c")).str(), "https://h:5000/v2/a/c");
  EXPECT_EQ(must(base.resolve("?n=2")).str(), "https://h:5000/v2/a/b?n=2");
  EXPECT_EQ(must(base.resolve("//other/x")).str(), "https://other/x");
  EXPECT_EQ(must(base.resolve("http://other/?u=http://z")).str(), "http://other/?u=http://z");
  EXPECT_EQ(must(base.resolve("/x?u=http://z")).str(), "https://h:5000/x?u=http://z");
}

TEST(Url, AppendsToTheQuery) {
  Url url = must(Url::parse("http://h/x"));
  EXPECT_EQ(url.with_query("a", "1 &").with_query("b", "ä").target, "/x?a=1%20%26&b=%C3%A4");
}

TEST(Url, ShowsNoQueryToPeople) {
  EXPECT_EQ(must(Url::parse("https://h/x?X-Amz-Signature=abc")).display(), "https://h/x");
}

TEST(Url, KnowsLoopback) {
  for (const char* host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "::2", "128.0.0.1"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace mbuild::remote
