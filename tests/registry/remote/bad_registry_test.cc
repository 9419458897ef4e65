// The whole client against a registry that misbehaves: every fault gives one clear error or is overcome, no
// wrong blob gets into a store, and no credential goes where it does not belong.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "registry/oci/content_store.h"
#include "registry/remote/base64.h"
#include "registry/remote/client.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::FailsWith;
using test::must;
using test::Peer;
using test::ScriptedServer;
using test::ServedRequest;
using test::Succeeds;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

class BadRegistry : public testing::Test {
 protected:
  using Fault = std::function<bool(const ServedRequest&, Peer&)>;  // true: it has answered

  BadRegistry() {
    options.docker_config_dir = folder.str();
    options.environment = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    options.retry = {.attempts = 4, .first_delay = 5ms, .max_delay = 20ms, .total = 5s};
    options.timeouts = {.connect = 2s, .first_byte = 300ms, .stall = 300ms, .stall_bytes = 1024};
    folder.write("config.json", fmt::format(R"({{"auths": {{"{}": {{"auth": "{}"}}}}}})", server.host(),
                                            base64_encode("user:secret")));
  }

  // A registry of one image that needs a password.
  void serve(const ServedRequest& request, Peer& peer) {
    if (request.target == "/v2/") return peer.answer(200, "{}");
    if (fault && fault(request, peer)) return;
    if (request.header("Authorization") != "Basic " + base64_encode("user:secret"))
      return peer.answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n");
    if (request.target.starts_with("/v2/app/manifests/"))
      return peer.answer(200, image.image.manifest_json, "Content-Type: " + image.image.media_type + "\r\n");
    std::string prefix = "/v2/app/blobs/";
    if (request.target.starts_with(prefix))
      return serve_blob(request, peer, request.target.substr(prefix.size()));
    peer.answer(404);
  }
  void serve_blob(const ServedRequest& request, Peer& peer, const std::string& digest) {
    const std::string& content = image.contents.at(must(oci::Digest::parse(digest)));
    std::string range = request.header("Range");
    if (range.empty()) return peer.answer(200, content);
    std::size_t first = std::stoul(range.substr(6));
    peer.answer(206, content.substr(first),
                fmt::format("Content-Range: bytes {}-{}/{}\r\n", first, content.size() - 1, content.size()));
  }
  bool is_layer(const ServedRequest& request) const {
    return request.target == "/v2/app/blobs/" + layer().digest.str();
  }
  const oci::Descriptor& layer() const { return image.manifest.layers[0]; }
  const std::string& content() const { return image.contents.at(layer().digest); }
  // Answers the first request for the layer with the first `size` bytes of a whole answer.
  Fault cut_once(std::size_t size, bool reset) {
    auto done = std::make_shared<std::atomic<bool>>(false);
    return [=, this](const ServedRequest& request, Peer& peer) {
      if (!is_layer(request) || request.header("Authorization").empty() || done->exchange(true)) return false;
      std::string whole =
          fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", content().size(), content());
      peer.send(std::string_view(whole).substr(0, size));
      reset ? peer.reset() : peer.close();
      return true;
    };
  }

  // What a pull is: resolve, then the layer into a store.
  Result<void> pull() {
    auto client = MBUILD_TRY(RegistryClient::create(options));
    oci::Reference reference = must(oci::Reference::parse(server.host() + "/app:1"));
    ResolvedImage resolved = MBUILD_TRY(client->resolve(reference, kAmd64));
    auto source = MBUILD_TRY(client->open_blob(reference, resolved.manifest.layers[0]));
    auto writer = MBUILD_TRY(store.create());
    std::vector<std::byte> buffer(100'000);
    for (;;) {
      std::size_t count = MBUILD_TRY(source->read(buffer));
      if (count == 0) break;
      MBUILD_CHECK(writer.write(std::span(buffer).first(count)));
    }
    MBUILD_CHECK(writer.commit(resolved.manifest.layers[0].digest));
    return {};
  }
  // The layer is in the store, or nothing is.
  bool store_is_sound() {
    auto names = must(fs_names());
    if (names.empty()) return true;
    auto text = must(store.read(layer().digest));
    return names == std::vector<std::string>{layer().digest.hex()} && text && *text == content();
  }
  Result<std::vector<std::string>> fs_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "blobs/sha256"))
      names.push_back(entry.path().filename());
    return names;
  }

  test::TempDir folder;
  oci::ContentStore store = must(oci::ContentStore::open(folder.str() + "/blobs"));
  test::TestImage image{{test::random_bytes(300'000, 11)}};
  Fault fault;
  ScriptedServer server{[this](const ServedRequest& request, Peer& peer) { serve(request, peer); }};
  ClientOptions options;
};

TEST_F(BadRegistry, ServesWhenItBehaves) {
  EXPECT_THAT(pull(), Succeeds());
  EXPECT_TRUE(store_is_sound());
}

TEST_F(BadRegistry, IsNotAskedInOfflineMode) {
  options.offline = true;
  EXPECT_THAT(pull(), FailsWith(ErrorKind::unsupported, "offline"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(BadRegistry, CutsAnAnswerAnywhere) {
  const std::size_t head = std::string("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n").size();
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{12}, head - 3, head - 1, head,
                           head + 1, head + 4095, head + 4096, head + 65'536, head + 262'144, head + 299'999})
    for (bool reset : {false, true}) {
      fault = cut_once(size, reset);
      EXPECT_THAT(pull(), Succeeds()) << size;
      EXPECT_TRUE(store_is_sound());
      must(store.remove(layer().digest));
    }
}

TEST_F(BadRegistry, SendsWrongBytesOrLengths) {
  std::vector<std::string> bodies = {"", "x", content().substr(0, 299'999) + "!", content() + "x",
                                     std::string(300'000, 'x')};
  for (const std::string& body : bodies) {
    fault = [&](const ServedRequest& request, Peer& peer) {
      if (!is_layer(request) || request.header("Authorization").empty()) return false;
      peer.answer(200, body);
      return true;
    };
    auto pulled = pull();
    ASSERT_FALSE(pulled) << body.size();
    EXPECT_NE(pulled.error().message().find("/v2/app/blobs/"), std::string::npos) << pulled.error().message();
    EXPECT_TRUE(must(fs_names()).empty());
  }
}

TEST_F(BadRegistry, DoesNotEnd) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request)) return false;
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string block = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    while (peer.open()) peer.send(block);
    return true;
  };
  EXPECT_THAT(pull(), FailsWith(ErrorKind::corrupt, "more than its 300000 bytes"));
  EXPECT_TRUE(must(fs_names()).empty());
}

TEST_F(BadRegistry, StallsOnce) {
  std::atomic<bool> stalled = false;
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request) || request.header("Authorization").empty() || stalled.exchange(true)) return false;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + content().substr(0, 100'000));
    peer.wait_for_close();
    return true;
  };
  EXPECT_THAT(pull(), Succeeds());
  EXPECT_TRUE(store_is_sound());
}

TEST_F(BadRegistry, RedirectsInCircles) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request)) return false;
    peer.answer(307, "", "Location: " + request.target + "\r\n");
    return true;
  };
  EXPECT_THAT(pull(), FailsWith(ErrorKind::corrupt, "more than 10 redirects"));
}

TEST_F(BadRegistry, RedirectsToAHostThatWantsThePassword) {
  ScriptedServer cdn([&](const ServedRequest& request, Peer& peer) {
    if (request.target.starts_with("/evil"))
      return peer.answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n");
    peer.answer(200, content());
  });
  std::string target = cdn.url("/blob");
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request) || request.header("Authorization").empty()) return false;
    peer.answer(307, "", "Location: " + target + "\r\n");
    return true;
  };
  EXPECT_THAT(pull(), Succeeds());
  target = cdn.url("/evil");
  EXPECT_THAT(pull(), FailsWith(ErrorKind::unauthorized, cdn.host()));
  for (const ServedRequest& request : cdn.requests()) {
    EXPECT_EQ(request.header("Authorization"), "");
    EXPECT_EQ(request.header("Cookie"), "");
  }
}

TEST_F(BadRegistry, NeverAcceptsThePassword) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!request.target.starts_with("/v2/app")) return false;
    peer.answer(401, "",
                "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Bearer realm=\"garbage\"\r\n");
    return true;
  };
  auto pulled = pull();
  EXPECT_FALSE(pulled);
  EXPECT_EQ(pulled.error().message().find("secret"), std::string::npos);
  EXPECT_LE(server.requests().size(), 4u);
}

TEST_F(BadRegistry, SendsItsTokenServerToALoop) {
  std::string body;
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (request.target.starts_with("/token"))
      peer.answer(200, body);
    else
      peer.answer(401, "", "WWW-Authenticate: Bearer realm=\"" + server.url("/token") + "\"\r\n");
    return true;
  };
  for (std::string answer : {"garbage", "{\"token\": [1]}", "{\"token\": \"t\\r\\nX-Evil: 1\"}",
                             R"({"token": "t"})", R"({"token": "t", "expires_in": -99999999999})"}) {
    body = answer;
    std::size_t before = server.requests().size();
    EXPECT_FALSE(pull()) << answer;
    EXPECT_LE(server.requests().size() - before, 6u) << answer;
  }
}

TEST_F(BadRegistry, SendsGarbageForAManifest) {
  for (std::string body :
       {"", "<html>", "{", "[]", "{}", R"({"schemaVersion": 1})", R"({"schemaVersion": 2, "config": 5})",
        R"({"schemaVersion": 2, "layers": [{"digest": "sha256:x"}]})"}) {
    fault = [&](const ServedRequest& request, Peer& peer) {
      if (!request.target.starts_with("/v2/app/manifests")) return false;
      peer.answer(200, body, "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n");
      return true;
    };
    auto pulled = pull();
    ASSERT_FALSE(pulled) << body;
    EXPECT_TRUE(pulled.error().kind() == ErrorKind::corrupt ||
                pulled.error().kind() == ErrorKind::unsupported)
        << pulled.error().message();
    EXPECT_TRUE(pulled.error().message().starts_with("pull " + server.host() + "/app:1: "))
        << pulled.error().message();
  }
}

TEST_F(BadRegistry, SendsAManifestThatIsNotTheOneAnnounced) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!request.target.starts_with("/v2/app/manifests") || request.header("Authorization").empty())
      return false;
    peer.answer(200, image.image.manifest_json + " ",
                "Docker-Content-Digest: " + image.digest().str() +
                    "\r\nContent-Type: " + image.image.media_type + "\r\n");
    return true;
  };
  EXPECT_THAT(pull(), FailsWith(ErrorKind::corrupt, "the content has the digest"));
}

TEST_F(BadRegistry, IsBusyForAWhile) {
  for (int status : {429, 500, 502, 503, 504, 408}) {
    std::atomic<int> left = 3;
    fault = [&](const ServedRequest& request, Peer& peer) {
      if (!request.target.starts_with("/v2/app/") || left-- <= 0) return false;
      peer.answer(status, "busy", "Retry-After: 0\r\n");
      return true;
    };
    EXPECT_THAT(pull(), Succeeds()) << status;
  }
}

TEST_F(BadRegistry, IsBusyForever) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!request.target.starts_with("/v2/app/")) return false;
    peer.answer(429, R"({"errors": [{"code": "TOOMANYREQUESTS", "message": "pull rate limit"}]})",
                "Retry-After: 3600\r\n");
    return true;
  };
  auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(pull(),
              FailsWith(ErrorKind::unavailable, "429 too many requests: TOOMANYREQUESTS: pull rate limit"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST_F(BadRegistry, SpeaksHttp10AndChunksEverything) {
  for (bool chunked : {false, true}) {
    fault = [&](const ServedRequest& request, Peer& peer) {
      if (request.header("Authorization").empty()) return false;
      std::string body, type;
      if (request.target.starts_with("/v2/app/manifests/")) {
        body = image.image.manifest_json;
        type = "Content-Type: " + image.image.media_type + "\r\n";
      } else {
        body =
            image.contents.at(must(oci::Digest::parse(request.target.substr(request.target.rfind('/') + 1))));
      }
      if (!chunked) {
        peer.send("HTTP/1.0 200 OK\r\n" + type + "\r\n" + body);
        peer.close();
        return true;
      }
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + type + "\r\n");
      for (std::size_t i = 0; i < body.size(); i += 1000) {
        std::string part = body.substr(i, 1000);
        peer.send(fmt::format("{:x}\r\n{}\r\n", part.size(), part));
      }
      peer.send("0\r\n\r\n");
      return true;
    };
    EXPECT_THAT(pull(), Succeeds()) << chunked;
    EXPECT_TRUE(store_is_sound());
  }
}

TEST_F(BadRegistry, RepeatsItsHeaders) {
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request) || request.header("Authorization").empty()) return false;
    peer.answer(200, content(),
                "Content-Length: 300000\r\nDocker-Content-Digest: a\r\nDocker-Content-Digest: b\r\n");
    return true;
  };
  EXPECT_THAT(pull(), Succeeds());
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request) || request.header("Authorization").empty()) return false;
    peer.answer(200, content(), "Content-Length: 1\r\n");
    return true;
  };
  EXPECT_THAT(pull(), FailsWith(ErrorKind::corrupt, "Content-Length"));
}

TEST_F(BadRegistry, IsCancelled) {
  options.cancel = std::make_shared<std::atomic<bool>>(false);
  options.timeouts = {};
  fault = [&](const ServedRequest& request, Peer& peer) {
    if (!is_layer(request)) return false;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nabc");
    *options.cancel = true;
    peer.wait_for_close();
    return true;
  };
  auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(pull(), FailsWith(ErrorKind::cancelled, ""));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

}  // namespace
}  // namespace mbuild::remote
