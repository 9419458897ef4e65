#include "builder/export/daemon_load.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

#include "builder/export/docker_engine.h"
#include "tests/builder/export/export_fixture.h"
#include "tests/support/docker_engine.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;

// A server behind a unix socket that answers one request after another with what a test prepared.
class FakeDaemon {
 public:
  explicit FakeDaemon(std::vector<std::string> answers) : answers_(std::move(answers)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 5), 0);
    thread_ = std::jthread([this] { serve(); });
  }
  ~FakeDaemon() { ::shutdown(listener_.get(), SHUT_RDWR); }
  std::string socket() const { return dir_.str() + "/socket"; }
  // After the daemon has answered everything.
  std::string request(std::size_t number) {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    return number < requests_.size() ? requests_[number] : "";
  }

 private:
  void serve() {
    for (const std::string& answer : answers_) {
      const Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      requests_.push_back(read_request(peer.get()));
      if (::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
    }
  }
  // Up to the end of the head, or of a chunked body.
  static std::string read_request(int peer) {
    std::string text;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(peer, buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
      const bool chunked = text.find("chunked") != std::string::npos;
      if (text.ends_with(chunked ? "\r\n0\r\n\r\n" : "\r\n\r\n")) break;
      if (text.starts_with("POST /refused")) break;
    }
    return text;
  }

  test::TempDir dir_;
  std::vector<std::string> answers_;
  Fd listener_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

std::string answer(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

Result<void> write_hello(ByteSink& sink) {
  return sink.write(std::as_bytes(std::span(std::string_view("hello"))));
}

TEST(UnixHttp, GetsAndPosts) {
  FakeDaemon daemon({answer("200 OK", "one"), answer("201 Created", "two")});
  UnixHttp http(daemon.socket());
  EXPECT_EQ(must(http.get("/a?b=c")).body, "one");
  const auto posted = must(http.post("/d", "application/x-tar", write_hello));
  EXPECT_EQ(posted.status, 201);
  EXPECT_TRUE(daemon.request(0).starts_with("GET /a?b=c HTTP/1.1\r\nHost: "));
  EXPECT_NE(daemon.request(1).find("Content-Type: application/x-tar\r\n"), std::string::npos);
  EXPECT_TRUE(daemon.request(1).ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
}

TEST(UnixHttp, FailsWhenNobodyIsThere) {
  EXPECT_THAT(UnixHttp("/nonexistent/socket").get("/"),
              FailsWith(ErrorKind::unavailable, "/nonexistent/socket"));
  EXPECT_THAT(UnixHttp(std::string(200, 'x')).get("/"), FailsWith(ErrorKind::invalid_input, "too long"));
}

TEST(UnixHttp, GivesTheAnswerOfAPeerThatDoesNotListenToTheEnd) {
  FakeDaemon daemon({answer("413 Too Large", "no more")});
  const auto response =
      UnixHttp(daemon.socket()).post("/refused", "text/plain", [](ByteSink& sink) -> Result<void> {
        const std::vector<std::byte> much(1 << 20);
        for (int i = 0; i < 64; ++i) MBUILD_CHECK(sink.write(much));
        return {};
      });
  ASSERT_THAT(response, Succeeds());
  EXPECT_EQ(response->status, 413);
}

TEST(UnixHttp, StopsWhenCancelledAndWhenTheBodyFails) {
  FakeDaemon daemon({"", ""});
  std::atomic<bool> cancel = false;
  UnixHttp http(daemon.socket(), &cancel);
  EXPECT_THAT(
      http.post("/", "text/plain", [](ByteSink&) -> Result<void> { return fail(ErrorKind::io, "no body"); }),
      FailsWith(ErrorKind::io, "no body"));
  cancel = true;
  EXPECT_THAT(http.get("/"), testing::Not(Succeeds()));
}

TEST(DockerEngineApi, TurnsErrorsIntoItsOwnMessages) {
  FakeDaemon daemon(
      {answer("500 Internal", R"({"message":"disk on fire"})"),
       answer("200 OK",
              "{\"stream\":\"x\"}\n{\"errorDetail\":{\"message\":\"bad\"},\"error\":\"bad tar\"}\n"),
       answer("404 Not Found", R"({"message":"No such image"})"), answer("200 OK", "[]"),
       answer("200 OK", "nonsense")});
  DockerEngine engine(daemon.socket(), nullptr);
  EXPECT_THAT(engine.load(write_hello), FailsWith(ErrorKind::unavailable, "500 disk on fire"));
  EXPECT_THAT(engine.load(write_hello), FailsWith(ErrorKind::unavailable, "bad tar"));
  EXPECT_EQ(must(engine.has_image(oci::Digest::of("x"))), false);
  EXPECT_TRUE(must(engine.layer_chains()).empty());
  EXPECT_THAT(engine.layer_chains(), FailsWith(ErrorKind::corrupt, "images"));
}

TEST(DockerEngineApi, ChainIdIsThatOfTheSpecification) {
  const auto a = must(oci::Digest::parse("sha256:" + std::string(64, 'a')));
  const auto b = must(oci::Digest::parse("sha256:" + std::string(64, 'b')));
  EXPECT_EQ(chain_id({}, a), a);
  EXPECT_EQ(chain_id(a, b), oci::Digest::of(a.str() + " " + b.str()));
}

// One engine for all tests: it takes a moment to start.
class DaemonLoadTest : public ExportTest {
 protected:
  static void SetUpTestSuite() {
    if (test::DockerEngine::why_not().empty()) engine_ = std::make_unique<test::DockerEngine>();
  }
  static void TearDownTestSuite() { engine_.reset(); }
  void SetUp() override {
    if (!engine_) GTEST_SKIP() << test::DockerEngine::why_not();
    services_.docker_socket = engine_->socket();
    services_.output_fd = -1;
  }
  std::string docker(std::vector<std::string> arguments) {
    const auto done = engine_->docker(std::move(arguments));
    EXPECT_EQ(done.code, 0) << done.output;
    return done.output;
  }
  std::string id_of(const std::string& name) {
    return docker({"image", "inspect", "--format", "{{.Id}}", name});
  }

  static inline std::unique_ptr<test::DockerEngine> engine_;
};

// Counts the bytes of layers that were asked for.
class CountingLayers : public test::MemoryLayerStore {
 public:
  Result<LayerTar> write_tar(const Layer& layer, ByteSink& sink, std::optional<std::int64_t> clamp) override {
    sent.push_back(layer.id);
    return MemoryLayerStore::write_tar(layer, sink, clamp);
  }
  std::vector<std::string> sent;
};

TEST_F(DaemonLoadTest, ADockerArchiveLoads) {
  const Image image = make_image({base_, top_, base_});
  for (const char* compression : {"gzip", "uncompressed"}) {
    must(run("docker", {{"dest", path("app.tar")}, {"compression", compression}},
             input({image}, {"archive:1", "archive:2"})));
    docker({"load", "--input", path("app.tar")});
    EXPECT_EQ(id_of("archive:2"), image.id.str() + "\n");
    docker({"image", "rm", "archive:1", "archive:2"});
  }
}

TEST_F(DaemonLoadTest, LoadsOverTheSocketUnderEveryName) {
  const Image image = make_image({base_, top_});
  const auto result = must(run("docker", {}, input({image}, {"socket:1", "localhost:5000/team/socket:2"})));
  EXPECT_EQ(id_of("socket:1"), image.id.str() + "\n");
  EXPECT_EQ(id_of("localhost:5000/team/socket:2"), image.id.str() + "\n");
  EXPECT_EQ(result.config, image.id);
  EXPECT_EQ(result.names[0], "docker.io/library/socket:1");
  const std::string created = docker({"create", "socket:1"});
  docker({"cp", created.substr(0, 64) + ":/hello", path("hello")});
  EXPECT_EQ(dir_.read("hello").size(), 100'005u);
}

TEST_F(DaemonLoadTest, SendsOnlyWhatTheEngineLacks) {
  CountingLayers layers;
  services_.layers = &layers;
  const LayerPtr below = layers.add({test::memory_file("below", "unique to this test")});
  const LayerPtr above = layers.add({test::memory_file("above", "unique to this test too")});
  const auto finish = [&](std::vector<LayerPtr> chain) {
    ImageDraft draft;
    draft.config.platform = must(oci::Platform::parse("linux/amd64"));
    for (LayerPtr& layer : chain) draft.layers.push_back({std::move(layer), false});
    Image image = must(finish_image(std::move(draft), std::nullopt, layers, 1));
    layers.sent.clear();
    return image;
  };
  const Image first = finish({below});
  must(run("docker", {}, input({first}, {"lacks:1"})));
  EXPECT_EQ(layers.sent, std::vector<std::string>{below->id});

  const Image second = finish({below, above});
  must(run("docker", {}, input({second}, {"lacks:2"})));
  EXPECT_EQ(layers.sent, std::vector<std::string>{above->id});
  EXPECT_EQ(id_of("lacks:2"), second.id.str() + "\n");

  layers.sent.clear();
  must(run("docker", {}, input({second}, {"lacks:3"})));
  EXPECT_TRUE(layers.sent.empty()) << "it only needs another name";
  EXPECT_EQ(id_of("lacks:3"), second.id.str() + "\n");

  const Image swapped = finish({above, below});
  must(run("docker", {}, input({swapped}, {"lacks:4"})));
  EXPECT_EQ(layers.sent.size(), 2u) << "a layer counts at its place alone";
}

TEST_F(DaemonLoadTest, AnImageWithoutLayersLoads) {
  const Image image = make_image({});
  ASSERT_THAT(run("docker", {}, input({image}, {"nothing:1"})), Succeeds());
  EXPECT_EQ(id_of("nothing:1"), image.id.str() + "\n");
}

TEST_F(DaemonLoadTest, AnEngineThatIsNotThereIsNamed) {
  services_.docker_socket = path("absent.sock");
  const auto result = run("docker", {}, input({make_image({base_})}));
  EXPECT_THAT(result, FailsWith(ErrorKind::unavailable, "absent.sock"));
  EXPECT_NE(result.error().hint(), "");
}

}  // namespace
}  // namespace mbuild::builder
