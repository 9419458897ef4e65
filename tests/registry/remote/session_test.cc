#include "registry/remote/session.h"

#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/string_source.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::FailsWith;
using test::must;

const Scopes kScopes = {"repository:a:pull"};

class SessionTest : public testing::Test {
 protected:
  Session make(const std::string& origin = "https://reg") {
    Url url = must(Url::parse(origin));
    auto find = []() -> Result<std::optional<Credentials>> { return Credentials("user", "pass"); };
    auto auth = std::make_unique<Authenticator>(transport, url, "mbuild", find, source);
    return Session(transport, url, std::move(auth),
                   {"reg", {.attempts = 4, .first_delay = 100ms, .total = 1h}, headers}, source);
  }
  Result<Response> get(Session& session, const std::string& url = "https://reg/v2/a",
                       const char* method = "GET") {
    Request request;
    request.method = method;
    request.url = must(Url::parse(url));
    return session.send(request, kScopes);
  }
  // Requires Basic authentication on https://reg and redirects as `redirects` says.
  Result<Response> serve(const Request& request) {
    std::string url = request.url.str();
    if (auto found = redirects.find(url); found != redirects.end())
      return answer(found->second.first, "", {{"Location", found->second.second}});
    if (request.url.host == "reg" && !request.headers.contains("Authorization"))
      return answer(401, "", {{"WWW-Authenticate", "Basic realm=x"}});
    return answer(200, "body of " + url);
  }

  test::FakeTime time;
  TimeSource source = time.source();
  Headers headers;
  std::map<std::string, std::pair<int, std::string>> redirects;
  test::FakeTransport::Handler handler = [this](const Request& r, const std::string&) { return serve(r); };
  test::FakeTransport transport{
      [this](const Request& r, const std::string& body) { return handler(r, body); }};
};

TEST_F(SessionTest, AnswersAChallengeOnceAndRemembers) {
  Session session = make();
  EXPECT_EQ(must(get(session)).status, 200);
  EXPECT_EQ(must(get(session)).status, 200);
  ASSERT_EQ(transport.sent.size(), 3u);
  EXPECT_EQ(transport.sent[0].authorization, "");
  EXPECT_EQ(transport.sent[2].authorization, "Basic dXNlcjpwYXNz");
}

TEST_F(SessionTest, KeepsCredentialsFromOtherOrigins) {
  for (const char* target : {"https://cdn/blob", "https://reg:8443/blob", "https://reg.evil/blob"}) {
    Session session = make();
    transport.sent.clear();
    handler = [&](const Request& request, const std::string&) -> Result<Response> {
      if (request.url.str() == target) return answer(200, std::string("body of ") + target);
      if (!request.headers.contains("Authorization"))
        return answer(401, "", {{"WWW-Authenticate", "Basic realm=x"}});
      return answer(307, "", {{"Location", target}});
    };
    EXPECT_EQ(must(get(session)).body, std::string("body of ") + target);
    EXPECT_EQ(transport.sent.back().line, std::string("GET ") + target);
    EXPECT_EQ(transport.sent.back().authorization, "") << target;
  }
}

TEST_F(SessionTest, KeepsCredentialsFromThePlainHttpOfTheSameHost) {
  redirects = {{"https://reg/v2/a", {302, "http://reg/v2/a"}}};
  Session session = make();
  EXPECT_THAT(get(session), FailsWith(ErrorKind::corrupt, "without TLS"));
  for (const auto& sent : transport.sent)
    EXPECT_EQ(sent.line.find("http://"), std::string::npos) << sent.line;
}

TEST_F(SessionTest, GivesCredentialsToARedirectWithinItsOrigin) {
  redirects = {{"https://reg/v2/a", {301, "/v2/b"}}};
  Session session = make();
  EXPECT_EQ(must(get(session)).body, "body of https://reg/v2/b");
}

TEST_F(SessionTest, KeepsConfiguredHeadersFromOtherOrigins) {
  headers = {{"X-Key", "secret"}};
  redirects = {{"https://reg/v2/a", {307, "https://cdn/x"}}};
  Session session = make();
  EXPECT_EQ(must(get(session)).status, 200);
  EXPECT_EQ(transport.sent.at(0).headers.get("X-Key"), "secret");
  EXPECT_FALSE(transport.sent.back().headers.contains("X-Key"));
}

TEST_F(SessionTest, AnswersNoChallengeOfAnotherHost) {
  redirects = {{"https://reg/v2/a", {307, "https://cdn/x"}}};
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.host == "cdn") return answer(401, "", {{"WWW-Authenticate", "Basic realm=evil"}});
    return serve(request);
  };
  Session session = make();
  EXPECT_THAT(get(session), FailsWith(ErrorKind::unauthorized, "GET https://cdn/x: 401"));
  EXPECT_EQ(transport.sent.size(), 2u);
}

TEST_F(SessionTest, EndsLoops) {
  redirects = {{"https://reg/v2/a", {302, "/v2/a"}}};
  Session redirecting = make();
  EXPECT_THAT(get(redirecting), FailsWith(ErrorKind::corrupt, "more than 10 redirects"));
  handler = [](const Request&, const std::string&) -> Result<Response> {
    return answer(401, R"({"errors":[{"code":"UNAUTHORIZED","message":"no"}]})",
                  {{"WWW-Authenticate", "Basic x=y"}});
  };
  transport.sent.clear();
  Session session = make();
  auto result = get(session);
  EXPECT_THAT(result, FailsWith(ErrorKind::unauthorized, "401 unauthorized: UNAUTHORIZED: no"));
  EXPECT_NE(result.error().hint().find("mbuild login reg"), std::string::npos);
  EXPECT_EQ(transport.sent.size(), 2u);
}

TEST_F(SessionTest, RefusesARedirectToNowhere) {
  for (const char* location : {"ftp://x/", "https://user:pw@cdn/", "http://"}) {
    redirects = {{"https://reg/v2/a", {302, location}}};
    Session session = make();
    EXPECT_FALSE(get(session)) << location;
  }
  handler = [](const Request&, const std::string&) -> Result<Response> { return answer(302); };
  Session session = make();
  EXPECT_THAT(get(session), FailsWith(ErrorKind::corrupt, "no Location"));
}

TEST_F(SessionTest, DoesNotFollowWithAPost) {
  redirects = {{"https://reg/v2/a", {302, "https://reg/v2/b"}}};
  Session session = make();
  EXPECT_EQ(must(get(session, "https://reg/v2/a", "POST")).status, 302);
}

TEST_F(SessionTest, TriesAgainWhatMayPass) {
  int failures = 3;
  handler = [&](const Request&, const std::string&) -> Result<Response> {
    switch (failures--) {
      case 3:
        return fail(ErrorKind::unavailable, "connection reset");
      case 2:
        return answer(503, "", {{"Retry-After", "7"}});
      case 1:
        return answer(429);
      default:
        return answer(200);
    }
  };
  Session session = make();
  EXPECT_EQ(must(get(session)).status, 200);
  EXPECT_EQ(time.sleeps, (std::vector<std::chrono::milliseconds>{100ms, 7s, 400ms}));
}

TEST_F(SessionTest, GivesUpWithTheLastAnswer) {
  handler = [&](const Request&, const std::string&) -> Result<Response> {
    return answer(503, "down for today", {{"Content-Type", "text/plain"}});
  };
  Session session = make();
  EXPECT_THAT(get(session), FailsWith(ErrorKind::unavailable, "503 service unavailable: down for today"));
  EXPECT_EQ(transport.sent.size(), 4u);
}

TEST_F(SessionTest, DoesNotRetryWhatWillNotPass) {
  for (ErrorKind kind : {ErrorKind::corrupt, ErrorKind::invalid_input, ErrorKind::cancelled}) {
    handler = [&](const Request&, const std::string&) -> Result<Response> { return fail(kind, "no"); };
    transport.sent.clear();
    Session session = make();
    EXPECT_THAT(get(session), FailsWith(kind, "no"));
    EXPECT_EQ(transport.sent.size(), 1u);
  }
}

TEST_F(SessionTest, SendsASourceOnce) {
  handler = [](const Request&, const std::string&) -> Result<Response> { return answer(503); };
  Session session = make();
  test::StringSource content("abc");
  Request request;
  request.method = "PATCH";
  request.url = must(Url::parse("https://reg/upload"));
  request.source = &content;
  request.source_size = 3;
  EXPECT_EQ(must(session.send(request, kScopes)).status, 503);
  EXPECT_EQ(transport.sent.size(), 1u);
}

}  // namespace
}  // namespace mbuild::remote
