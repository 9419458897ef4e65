// HttpTransport against a server that misbehaves on the wire.
#include "registry/remote/http_transport.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "registry/base/memory_stream.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_server.h"
#include "tests/support/string_source.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::FailsWith;
using test::must;
using test::Peer;
using test::ScriptedServer;
using test::ServedRequest;

class HttpTransportTest : public testing::Test {
 protected:
  HttpTransportTest() {
    options.timeouts = {.connect = 2s, .first_byte = 400ms, .stall = 400ms, .stall_bytes = 1024};
  }
  Transport& transport() {
    if (!transport_) transport_ = make_http_transport(options);
    return *transport_;
  }
  Request get(const std::string& url) {
    Request request;
    request.url = must(Url::parse(url));
    return request;
  }
  // The response to a GET that the server answers with `raw`, and then closes the connection.
  Result<Response> raw(std::string text, bool reset = false) {
    ScriptedServer server([&](const ServedRequest&, Peer& peer) {
      peer.send(text);
      reset ? peer.reset() : peer.close();
    });
    return transport().send(get(server.url()));
  }

  HttpTransportOptions options;
  std::unique_ptr<Transport> transport_;
};

TEST_F(HttpTransportTest, SendsAndReceives) {
  options.user_agent = "agent/1";
  ScriptedServer server([](const ServedRequest& request, Peer& peer) {
    peer.answer(201, "you said " + request.body, "X-One: 1\r\nX-One: 2\r\n");
  });
  Request request = get(server.url("/a%2Fb?c=d%20e"));
  request.method = "POST";
  request.body = "hello";
  request.headers.set("Content-Type", "text/plain");
  Response response = must(transport().send(request));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "you said hello");
  EXPECT_EQ(response.headers.all("x-one").size(), 2u);
  ServedRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.line(), "POST /a%2Fb?c=d%20e");
  EXPECT_EQ(seen.header("Host"), server.host());
  EXPECT_EQ(seen.header("User-Agent"), "agent/1");
  EXPECT_EQ(seen.header("Content-Length"), "5");
}

TEST_F(HttpTransportTest, KeepsHeaderValuesAsTheyAre) {
  const std::string location = "https://cdn/x?sig=a%2Bb%2F%3D%25&state=%zz%";
  Response response =
      must(raw("HTTP/1.1 307 100% Temporary\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(response.headers.get("Location"), location);
}

TEST_F(HttpTransportTest, ReusesAConnection) {
  ScriptedServer server([](const ServedRequest&, Peer& peer) { peer.answer(200, "x"); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(must(transport().send(get(server.url()))).body, "x");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransportTest, OpensAnotherWhenTheServerClosesAfterAnAnswer) {
  ScriptedServer server([](const ServedRequest&, Peer& peer) {
    peer.answer(200, "x");
    peer.close();
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(must(transport().send(get(server.url()))).body, "x");
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpTransportTest, SendsAgainOnAConnectionThatHadGoneStale) {
  int count = 0;
  ScriptedServer server([&](const ServedRequest&, Peer& peer) {
    if (++count == 2) return peer.close();  // without an answer
    peer.answer(200, "x");
  });
  EXPECT_THAT(transport().send(get(server.url())), test::Succeeds());
  EXPECT_THAT(transport().send(get(server.url())), test::Succeeds());
  EXPECT_EQ(count, 3);
}

TEST_F(HttpTransportTest, DoesNotSendAgainOnAFreshConnection) {
  ScriptedServer server([&](const ServedRequest&, Peer& peer) { peer.close(); });
  EXPECT_THAT(transport().send(get(server.url())),
              FailsWith(ErrorKind::unavailable, "closed the connection"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(HttpTransportTest, TakesChunkedBodies) {
  EXPECT_EQ(must(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"))
                .body,
            "abc0123456789");
}

TEST_F(HttpTransportTest, TakesHttp10AndBodiesThatEndWithTheConnection) {
  EXPECT_EQ(must(raw("HTTP/1.0 200 OK\r\n\r\nuntil the end")).body, "until the end");
  EXPECT_EQ(must(raw("HTTP/1.1 200 \r\n\r\nuntil the end")).body, "until the end");
}

TEST_F(HttpTransportTest, NoticesACutEverywhere) {
  const std::string answer = "HTTP/1.1 200 OK\r\nX-Y: z\r\nContent-Length: 10\r\n\r\n0123456789";
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n";
  for (const std::string& whole : {answer, chunked})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      auto result = raw(whole.substr(0, size), size % 2 == 1);
      EXPECT_FALSE(result) << size << " bytes of " << whole;
      if (!result) {
        EXPECT_TRUE(result.error().kind() == ErrorKind::unavailable ||
                    result.error().kind() == ErrorKind::corrupt);
      }
    }
}

TEST_F(HttpTransportTest, RefusesWhatIsNotHttp) {
  for (const char* text : {"garbage\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "HTTP/2 200\r\n\r\n",
                           "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nabcde",
                           "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde",
                           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabcde",
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabcde",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeX\r\n0\r\n\r\n"}) {
    auto result = raw(text);
    EXPECT_THAT(result, FailsWith(ErrorKind::corrupt, "")) << text;
  }
}

TEST_F(HttpTransportTest, TakesEqualDuplicateLengths) {
  EXPECT_EQ(must(raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde")).body,
            "abcde");
}

TEST_F(HttpTransportTest, BoundsTheHead) {
  EXPECT_THAT(raw("HTTP/1.1 200 " + std::string(1'000'000, 'a')), FailsWith(ErrorKind::corrupt, "too long"));
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100'000; ++i) many += fmt::format("X-{}: y\r\n", i);
  EXPECT_THAT(raw(many), FailsWith(ErrorKind::corrupt, "too long"));
}

TEST_F(HttpTransportTest, BoundsACollectedBody) {
  ScriptedServer server([](const ServedRequest& request, Peer& peer) {
    peer.send(fmt::format("HTTP/1.1 {} X\r\n\r\n", request.target == "/bad" ? 500 : 200));
    std::string block(1 << 20, 'x');
    while (peer.open()) peer.send(block);
  });
  Request request = get(server.url());
  request.max_body = 1000;
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::corrupt, "more than 1000 bytes"));
  request.url.target = "/bad";
  Response failed = must(transport().send(request));
  EXPECT_EQ(failed.status, 500);
  EXPECT_LE(failed.body.size(), 1000u);
}

TEST_F(HttpTransportTest, StreamsABodyIntoASink) {
  std::string content = test::random_bytes(5'000'000, 1);
  ScriptedServer server([&](const ServedRequest&, Peer& peer) { peer.answer(200, content); });
  StringSink sink;
  Request request = get(server.url());
  request.receive = [&](const Response& head) -> Result<ByteSink*> {
    EXPECT_EQ(head.headers.get("Content-Length"), "5000000");
    return &sink;
  };
  EXPECT_EQ(must(transport().send(request)).body, "");
  EXPECT_TRUE(sink.str() == content);
}

TEST_F(HttpTransportTest, StopsWhenTheSinkFails) {
  ScriptedServer server(
      [&](const ServedRequest&, Peer& peer) { peer.answer(200, std::string(1 << 20, 'x')); });
  class Full : public ByteSink {
    Result<void> write(ByteView) override { return fail(ErrorKind::no_space, "disk full"); }
  } full;
  Request request = get(server.url());
  request.receive = [&](const Response&) -> Result<ByteSink*> { return &full; };
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::no_space, "disk full"));
}

TEST_F(HttpTransportTest, SendsASource) {
  std::string content = test::random_bytes(3'000'000, 2);
  ScriptedServer server([&](const ServedRequest&, Peer& peer) { peer.answer(201); });
  test::StringSource source(content, 7777);
  Request request = get(server.url());
  request.method = "PUT";
  request.source = &source;
  request.source_size = content.size();
  EXPECT_EQ(must(transport().send(request)).status, 201);
  EXPECT_TRUE(server.requests().at(0).body == content);
}

TEST_F(HttpTransportTest, NoticesASourceThatIsTooShortOrFails) {
  ScriptedServer server([&](const ServedRequest&, Peer& peer) { peer.answer(201); });
  Request request = get(server.url());
  request.method = "PUT";
  request.source_size = 100;
  test::StringSource brief("abc");
  request.source = &brief;
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::corrupt, "97 bytes early"));
  test::StringSource broken("abc", 10, Error(ErrorKind::io, "disk"));
  request.source = &broken;
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::io, "disk"));
}

TEST_F(HttpTransportTest, HearsAnAnswerThatComesBeforeTheRequestIsSent) {
  ScriptedServer server(
      [&](const ServedRequest&, Peer& peer) {
        peer.answer(401, "token expired");
        peer.wait_for_close();
      },
      /*before_body=*/true);
  std::string content(64 << 20, 'x');
  test::StringSource source(content, 1 << 20);
  Request request = get(server.url());
  request.method = "PUT";
  request.source = &source;
  request.source_size = content.size();
  Response response = must(transport().send(request));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.body, "token expired");
}

TEST_F(HttpTransportTest, SendsAHeadAndExpectsNoBody) {
  ScriptedServer server([&](const ServedRequest& request, Peer& peer) {
    peer.send(request.method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"
                                       : "HTTP/1.1 204 No Content\r\n\r\n");
  });
  Request request = get(server.url());
  request.method = "HEAD";
  EXPECT_EQ(must(transport().send(request)).headers.get("Content-Length"), "12345");
  EXPECT_EQ(must(transport().send(get(server.url()))).status, 204);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransportTest, WaitsOnlySoLongForTheFirstByte) {
  ScriptedServer server([&](const ServedRequest&, Peer& peer) { peer.wait_for_close(); });
  auto start = Clock::now();
  EXPECT_THAT(transport().send(get(server.url())),
              FailsWith(ErrorKind::unavailable, "read the answer: timed out"));
  EXPECT_LT(Clock::now() - start, 2s);
}

TEST_F(HttpTransportTest, TakesADripForAStall) {
  ScriptedServer server([&](const ServedRequest&, Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (peer.open()) {
      peer.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  auto start = Clock::now();
  EXPECT_THAT(transport().send(get(server.url())),
              FailsWith(ErrorKind::unavailable, "read the body: timed out"));
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(HttpTransportTest, StopsSendingToAPeerThatDoesNotRead) {
  ScriptedServer server([&](const ServedRequest&, Peer&) { std::this_thread::sleep_for(1500ms); }, true);
  std::string content(64 << 20, 'x');
  test::StringSource source(content);
  Request request = get(server.url());
  request.method = "PUT";
  request.source = &source;
  request.source_size = content.size();
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::unavailable, "send the request: timed out"));
}

TEST_F(HttpTransportTest, IsCancelledWithin100Milliseconds) {
  options.timeouts = {};
  options.cancel = std::make_shared<std::atomic<bool>>(false);
  for (bool in_body : {false, true}) {
    *options.cancel = false;
    ScriptedServer server([&](const ServedRequest&, Peer& peer) {
      if (in_body) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nxyz");
      peer.wait_for_close();
    });
    Clock::time_point set;
    std::jthread canceller([&] {
      std::this_thread::sleep_for(100ms);
      set = Clock::now();
      *options.cancel = true;
    });
    EXPECT_THAT(transport().send(get(server.url())), FailsWith(ErrorKind::cancelled, "cancelled"));
    auto end = Clock::now();
    canceller.join();
    EXPECT_LT(end - set, 150ms);
  }
}

TEST_F(HttpTransportTest, SaysWhyItCannotConnect) {
  EXPECT_THAT(transport().send(get("http://127.0.0.1:1/")),
              FailsWith(ErrorKind::unavailable, "Connection refused"));
  EXPECT_THAT(transport().send(get("http://name.invalid/")),
              FailsWith(ErrorKind::invalid_input, "name.invalid"));
}

TEST_F(HttpTransportTest, RefusesHeadersThatWouldSplit) {
  Request request = get("http://127.0.0.1:1/");
  request.headers.set("Authorization", "Bearer a\r\nX-Evil: 1");
  EXPECT_THAT(transport().send(request), FailsWith(ErrorKind::invalid_input, "line break"));
}

TEST_F(HttpTransportTest, GoesThroughAProxy) {
  ScriptedServer proxy([](const ServedRequest&, Peer& peer) { peer.answer(200, "from the proxy"); });
  options.proxies =
      must(ProxyRules::from_environment([&](const std::string& name) -> std::optional<std::string> {
        return name == "http_proxy" ? std::optional("http://u:p@" + proxy.host()) : std::nullopt;
      }));
  EXPECT_EQ(must(transport().send(get("http://registry.invalid/v2/?x=y"))).body, "from the proxy");
  EXPECT_EQ(proxy.requests().at(0).line(), "GET http://registry.invalid/v2/?x=y");
  EXPECT_EQ(proxy.requests().at(0).header("Proxy-Authorization"), "Basic dTpw");
  EXPECT_EQ(proxy.requests().at(0).header("Host"), "registry.invalid");
}

TEST_F(HttpTransportTest, ReportsAProxyThatRefusesATunnel) {
  ScriptedServer proxy([](const ServedRequest&, Peer& peer) { peer.answer(403, "no"); });
  options.proxies =
      must(ProxyRules::from_environment([&](const std::string& name) -> std::optional<std::string> {
        return name == "https_proxy" ? std::optional(proxy.host()) : std::nullopt;
      }));
  EXPECT_THAT(transport().send(get("https://registry.invalid/")),
              FailsWith(ErrorKind::unavailable, "CONNECT was refused: HTTP/1.1 403"));
  EXPECT_EQ(proxy.requests().at(0).line(), "CONNECT registry.invalid:443");
}

TEST_F(HttpTransportTest, LimitsItsRate) {
  options.bytes_per_second = 2'000'000;
  ScriptedServer server(
      [&](const ServedRequest&, Peer& peer) { peer.answer(200, std::string(1'000'000, 'x')); });
  auto start = Clock::now();
  EXPECT_THAT(transport().send(get(server.url())), test::Succeeds());
  EXPECT_GT(Clock::now() - start, 300ms);
}

}  // namespace
}  // namespace mbuild::remote
