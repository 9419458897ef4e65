#include "builder/export/http_response.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::Succeeds;

// The response, when `text` arrives in pieces of `step` bytes and the peer then closes.
Result<HttpResponse> parse(std::string_view text, std::size_t step = SIZE_MAX) {
  HttpResponseParser parser;
  for (; !text.empty() && !parser.complete(); text.remove_prefix(std::min(step, text.size()))) {
    MBUILD_CHECK(parser.feed(text.substr(0, step)));
  }
  if (!parser.complete()) MBUILD_CHECK(parser.end_of_stream());
  return parser.take();
}

TEST(HttpResponse, IsReadInPiecesOfAnySize) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200\r\ncontent-length:  5 \r\n\r\nhello", "hello"},
      {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2 \r\nlo\r\n0\r\nA: b\r\n\r\n",
       "hello"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
  };
  for (const auto& [text, body] : cases) {
    for (const std::size_t step : {1u, 2u, 7u, 1000u}) {
      const auto response = parse(text, step);
      ASSERT_THAT(response, Succeeds()) << text;
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, body) << text;
    }
  }
  EXPECT_EQ(parse("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(HttpResponse, ThatIsNoneIsCorrupt) {
  const char* const cases[] = {
      "SSH-2.0-OpenSSH\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n",
  };
  for (const char* text : cases) {
    for (const std::size_t step : {1u, 1000u})
      EXPECT_THAT(parse(text, step), FailsWith(ErrorKind::corrupt, "")) << text;
  }
}

TEST(HttpResponse, ThatEndsEarlyIsUnavailable) {
  const std::string whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(parse(whole.substr(0, size)),
                FailsWith(ErrorKind::unavailable, "before its answer was complete"))
        << size;
  }
}

TEST(HttpResponse, IsBounded) {
  EXPECT_THAT(parse("HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x')),
              FailsWith(ErrorKind::corrupt, "no end"));
  EXPECT_THAT(parse("HTTP/1.1 200 OK\r\n\r\n" + std::string(17 << 20, 'x')),
              FailsWith(ErrorKind::corrupt, "too long"));
}

}  // namespace
}  // namespace mbuild::builder
