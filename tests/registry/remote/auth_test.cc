#include "registry/remote/auth.h"

#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::FailsWith;
using test::FakeTransport;
using test::must;

const Headers kBearer = {{"WWW-Authenticate", R"(Bearer realm="https://auth/token",service="reg")"}};
const Headers kBasic = {{"WWW-Authenticate", R"(Basic realm="x")"}};
const Scopes kPull = {"repository:a:pull"};

class AuthTest : public testing::Test {
 protected:
  Authenticator make(std::optional<Credentials> credentials = std::nullopt,
                     const std::string& origin = "https://reg") {
    return Authenticator(
        transport, must(Url::parse(origin)), "mbuild",
        [credentials]() -> Result<std::optional<Credentials>> { return credentials; }, source);
  }

  test::FakeTime time;
  TimeSource source = time.source();
  std::function<Result<Response>(const Request&, const std::string&)> serve =
      [this](const Request&, const std::string&) -> Result<Response> {
    return answer(200, R"({"token": "t)" + std::to_string(++tokens) + R"(", "expires_in": 300})");
  };
  int tokens = 0;
  FakeTransport transport{
      [this](const Request& request, const std::string& body) { return serve(request, body); }};
};

TEST_F(AuthTest, GetsAnAnonymousTokenAndKeepsItUntilItExpires) {
  Authenticator auth = make();
  EXPECT_EQ(auth.authorization(kPull), std::nullopt);
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, std::nullopt)), "Bearer t1");
  EXPECT_EQ(transport.sent.at(0).line, "GET https://auth/token?service=reg&scope=repository%3Aa%3Apull");
  EXPECT_EQ(transport.sent.at(0).authorization, "");
  EXPECT_EQ(auth.authorization(kPull), "Bearer t1");
  EXPECT_EQ(auth.authorization({"repository:b:pull"}), std::nullopt) << "another scope is another token";
  time.now += 295s;
  EXPECT_EQ(auth.authorization(kPull), std::nullopt);
}

TEST_F(AuthTest, AsksForSeveralScopesAtOnce) {
  Authenticator auth = make();
  must(auth.answer_challenge(kBearer, {"repository:a:pull,push", "repository:b:pull"}, std::nullopt));
  EXPECT_EQ(
      transport.sent.at(0).line,
      "GET https://auth/token?service=reg&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull");
}

TEST_F(AuthTest, FetchesOneTokenForManyThreads) {
  Authenticator auth = make();
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, std::nullopt)), "Bearer t1");
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, std::nullopt)), "Bearer t1");
  EXPECT_EQ(transport.sent.size(), 1u);
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, "Bearer t1")), "Bearer t2") << "t1 was refused";
}

TEST_F(AuthTest, ShowsCredentialsToTheRealmAlone) {
  Authenticator auth = make(Credentials("user", "pass"));
  must(auth.answer_challenge(kBearer, kPull, std::nullopt));
  EXPECT_EQ(transport.sent.at(0).authorization, "Basic dXNlcjpwYXNz");
  EXPECT_NE(transport.sent.at(0).line.find("account=user"), std::string::npos);
}

TEST_F(AuthTest, ExchangesAnIdentityToken) {
  Credentials credentials;
  credentials.identity_token = "refresh+1";
  Authenticator auth = make(credentials);
  serve = [](const Request&, const std::string&) -> Result<Response> {
    return answer(200, R"({"access_token": "a"})");
  };
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, std::nullopt)), "Bearer a");
  EXPECT_EQ(transport.sent.at(0).line, "POST https://auth/token");
  EXPECT_EQ(transport.sent.at(0).body,
            "grant_type=refresh_token&service=reg&client_id=mbuild&scope=repository%3Aa%3Apull&"
            "refresh_token=refresh%2B1");
  time.now += 51s;
  EXPECT_EQ(auth.authorization(kPull), std::nullopt) << "60 s when the server does not say";
}

TEST_F(AuthTest, SendsARegistryTokenAsItIs) {
  Credentials credentials;
  credentials.registry_token = "fixed";
  Authenticator auth = make(credentials);
  EXPECT_EQ(must(auth.answer_challenge(kBearer, kPull, std::nullopt)), "Bearer fixed");
  EXPECT_THAT(auth.answer_challenge(kBearer, kPull, "Bearer fixed"),
              FailsWith(ErrorKind::unauthorized, "refused"));
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(AuthTest, RefusesARealmWithoutTls) {
  Headers downgrade = {{"WWW-Authenticate", R"(Bearer realm="http://auth/token")"}};
  Authenticator auth = make(Credentials("user", "pass"));
  EXPECT_THAT(auth.answer_challenge(downgrade, kPull, std::nullopt),
              FailsWith(ErrorKind::unauthorized, "without TLS"));
  EXPECT_TRUE(transport.sent.empty());
  EXPECT_THAT(
      make(Credentials("u", "p"), "http://localhost:5000").answer_challenge(downgrade, kPull, std::nullopt),
      test::Succeeds());
}

TEST_F(AuthTest, UsesBasicWhenAsked) {
  Authenticator auth = make(Credentials("user", "pass"));
  EXPECT_EQ(auth.authorization(kPull), std::nullopt) << "nothing is sent unasked";
  EXPECT_EQ(must(auth.answer_challenge(kBasic, kPull, std::nullopt)), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(auth.authorization(kPull), "Basic dXNlcjpwYXNz");
  EXPECT_THAT(auth.answer_challenge(kBasic, kPull, "Basic dXNlcjpwYXNz"),
              FailsWith(ErrorKind::unauthorized, "refused"));
  EXPECT_THAT(make().answer_challenge(kBasic, kPull, std::nullopt),
              FailsWith(ErrorKind::unauthorized, "no credentials"));
}

TEST_F(AuthTest, SaysWhatTheTokenServerSays) {
  Authenticator auth = make();
  serve = [](const Request&, const std::string&) -> Result<Response> {
    return answer(401, R"({"details":"incorrect username or password"})");
  };
  EXPECT_THAT(auth.answer_challenge(kBearer, kPull, std::nullopt),
              FailsWith(ErrorKind::unauthorized, "incorrect username"));
  for (const char* body : {"", "garbage", "{}", "[]", R"({"token": 5})", R"({"token": ""})"}) {
    serve = [&](const Request&, const std::string&) -> Result<Response> { return answer(200, body); };
    EXPECT_THAT(auth.answer_challenge(kBearer, kPull, std::nullopt), FailsWith(ErrorKind::corrupt, ""))
        << body;
  }
}

TEST_F(AuthTest, GivesUpOnUnknownSchemes) {
  for (Headers headers : {Headers{}, Headers{{"WWW-Authenticate", "Negotiate"}},
                          Headers{{"WWW-Authenticate", "Bearer service=\"x\""}}})
    EXPECT_THAT(make().answer_challenge(headers, kPull, std::nullopt),
                FailsWith(ErrorKind::unauthorized, ""));
}

}  // namespace
}  // namespace mbuild::remote
