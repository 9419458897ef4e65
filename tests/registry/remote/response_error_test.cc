#include "registry/remote/response_error.h"

#include <gtest/gtest.h>

#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

std::string message(int status, const std::string& body, const std::string& type = "application/json") {
  Url url = test::must(Url::parse("https://h/v2/x/manifests/1?token=secret"));
  return response_error("GET", url, test::answer(status, body, {{"Content-Type", type}})).message();
}

TEST(ResponseError, ShowsTheServersCodesAndMessages) {
  EXPECT_EQ(
      message(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}}]})"),
      "GET https://h/v2/x/manifests/1: 404 not found: MANIFEST_UNKNOWN: manifest unknown");
  EXPECT_EQ(message(400, R"({"errors":[{"code":"A"},{"message":"b"}]})"),
            "GET https://h/v2/x/manifests/1: 400 bad request: A; b");
  EXPECT_EQ(message(401, R"({"details":"incorrect username or password"})"),
            "GET https://h/v2/x/manifests/1: 401 unauthorized: incorrect username or password");
}

TEST(ResponseError, ShowsALineOfTextButNoPage) {
  EXPECT_EQ(message(503, "upstream\r\n\x1b[31mgone", "text/plain"),
            "GET https://h/v2/x/manifests/1: 503 service unavailable: upstream [31mgone");
  EXPECT_EQ(message(502, "<html>", "text/html"), "GET https://h/v2/x/manifests/1: 502 bad gateway");
  EXPECT_LT(message(500, std::string(100'000, 'x'), "text/plain").size(), 500u);
}

TEST(ResponseError, TellsKindsApart) {
  Url url = test::must(Url::parse("https://h/"));
  auto kind = [&](int status) { return response_error("GET", url, test::answer(status)).kind(); };
  EXPECT_EQ(kind(401), ErrorKind::unauthorized);
  EXPECT_EQ(kind(403), ErrorKind::unauthorized);
  EXPECT_EQ(kind(404), ErrorKind::not_found);
  EXPECT_EQ(kind(405), ErrorKind::unsupported);
  EXPECT_EQ(kind(429), ErrorKind::unavailable);
  EXPECT_EQ(kind(503), ErrorKind::unavailable);
  EXPECT_EQ(kind(400), ErrorKind::invalid_input);
}

}  // namespace
}  // namespace mbuild::remote
