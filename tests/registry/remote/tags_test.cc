#include "registry/remote/tags.h"

#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::answer;
using test::FailsWith;
using test::must;

TEST(NextLink, FollowsTheRfc) {
  EXPECT_EQ(next_link(R"(</v2/a/tags/list?last=x&n=2>; rel="next")"), "/v2/a/tags/list?last=x&n=2");
  EXPECT_EQ(next_link("<a>; rel=prev, <b>; rel=next"), "b");
  EXPECT_EQ(next_link(R"(<a,b>; title="x"; rel="next")"), "a,b");
  for (const char* field : {"", "<", "<a", "<a>", "a; rel=next", "<a>; rel=prev", ">; rel=next<"})
    EXPECT_EQ(next_link(field), std::nullopt) << field;
}

class TagsTest : public testing::Test {
 protected:
  Endpoint endpoint() { return must(endpoints.home(reference)); }

  oci::Reference reference = must(oci::Reference::parse("reg.example/a:1"));
  test::FakeTime time;
  Endpoints::FindCredentials credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return std::nullopt;
  };
  test::FakeTransport::Handler handler;
  test::FakeTransport transport{
      [this](const Request& r, const std::string& body) { return handler(r, body); }};
  Endpoints endpoints{{Registries(), "mbuild", RetryPolicy(), time.source()}, transport, credentials};
};

TEST_F(TagsTest, FollowsPages) {
  handler = [](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.target.find("last=") == std::string::npos)
      return answer(200, R"({"tags": ["b", "c"]})", {{"Link", R"(</v2/a/tags/list?last=c>; rel="next")"}});
    return answer(200, R"({"tags": ["a"]})");
  };
  EXPECT_EQ(must(list_tags(endpoint())), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(TagsTest, EndsPagesThatDoNotEnd) {
  handler = [](const Request&, const std::string&) -> Result<Response> {
    return answer(200, R"({"tags": ["a"]})", {{"Link", R"(</v2/a/tags/list?last=a>; rel="next")"}});
  };
  EXPECT_THAT(list_tags(endpoint()), FailsWith(ErrorKind::corrupt, "do not end"));
}

TEST_F(TagsTest, TakesNullAndRefusesGarbage) {
  std::string body = R"({"name": "a", "tags": null})";
  handler = [&](const Request&, const std::string&) -> Result<Response> { return answer(200, body); };
  EXPECT_TRUE(must(list_tags(endpoint())).empty());
  body = "<html>";
  EXPECT_THAT(list_tags(endpoint()), FailsWith(ErrorKind::corrupt, "tags of a"));
}

TEST_F(TagsTest, DeletesByTagWhereThatIsPossible) {
  handler = [&](const Request&, const std::string&) -> Result<Response> { return answer(202); };
  EXPECT_THAT(delete_reference(endpoint(), reference), test::Succeeds());
  EXPECT_EQ(transport.lines(), std::vector<std::string>{"DELETE https://reg.example/v2/a/manifests/1"});
}

TEST_F(TagsTest, SaysThatDeletingIsNotAllowed) {
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.method == "DELETE") return answer(405);
    return answer(200, "{}", {{"Content-Type", "application/vnd.oci.image.manifest.v1+json"}});
  };
  auto result = delete_reference(endpoint(), reference);
  EXPECT_THAT(result, FailsWith(ErrorKind::unsupported, "405"));
  EXPECT_NE(result.error().hint().find("does not allow"), std::string::npos);
}

}  // namespace
}  // namespace mbuild::remote
