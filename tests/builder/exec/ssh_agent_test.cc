#include "builder/exec/ssh_agent.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <mutex>
#include <vector>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using Bytes = std::vector<unsigned char>;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

Bytes read_bytes(int fd, std::size_t size) {
  Bytes bytes(size);
  const ssize_t count = ::recv(fd, bytes.data(), size, MSG_WAITALL);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

// Answers every message with its own type plus 100, and remembers the types.
class FakeAgent {
 public:
  explicit FakeAgent(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = address_of(path);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::jthread([this] { accept_all(); });
  }
  ~FakeAgent() { ::shutdown(listener_.get(), SHUT_RDWR); }

  std::vector<int> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void accept_all() {
    for (;;) {
      const Fd one(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!one) return;
      while (answer(one.get())) {
      }
    }
  }
  bool answer(int fd) {
    const Bytes head = read_bytes(fd, 5);
    if (head.size() < 5) return false;
    read_bytes(fd, head[3] - 1u);
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(head[4]);
    }
    const Bytes reply = {0, 0, 0, 1, static_cast<unsigned char>(head[4] + 100)};
    return ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) == 5;
  }

  Fd listener_;
  mutable std::mutex mutex_;
  std::vector<int> seen_;
  std::jthread thread_;
};

class SshAgentTest : public testing::Test {
 protected:
  Fd connect() const {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(folder_.str() + "/step");
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static int ask(int fd, unsigned char type) {
    const Bytes message = {0, 0, 0, 3, type, 1, 2};
    EXPECT_EQ(::send(fd, message.data(), message.size(), MSG_NOSIGNAL), 7);
    const Bytes reply = read_bytes(fd, 5);
    return reply.size() == 5 ? reply[4] : -1;
  }

  test::TempDir folder_;
  std::string path_ = folder_.str() + "/agent";
  FakeAgent agent_{path_};
};

TEST_F(SshAgentTest, PassesOnListingAndSigningAlone) {
  const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, false, 0600, 0, 0}));
  const Fd step = connect();
  EXPECT_EQ(ask(step.get(), 11), 111);
  EXPECT_EQ(ask(step.get(), 13), 113);
  for (const unsigned char forbidden : {1, 17, 18, 19, 20, 22, 23, 25, 26, 27})
    EXPECT_EQ(ask(step.get(), forbidden), 5);
  EXPECT_EQ(ask(step.get(), 11), 111);
  EXPECT_EQ(agent_.seen(), (std::vector<int>{11, 13, 11}));
}

TEST_F(SshAgentTest, RawPassesOnEverything) {
  const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, true, 0600, 0, 0}));
  EXPECT_EQ(ask(connect().get(), 17), 117);
}

TEST_F(SshAgentTest, ServesSeveralConnections) {
  const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, false, 0600, 0, 0}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(connect().get(), 11), 111);
}

TEST_F(SshAgentTest, DropsWhatIsNoMessage) {
  const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, false, 0600, 0, 0}));
  const Fd step = connect();
  const Bytes huge = {0xff, 0xff, 0xff, 0xff, 11};
  EXPECT_EQ(::send(step.get(), huge.data(), huge.size(), MSG_NOSIGNAL), 5);
  EXPECT_TRUE(read_bytes(step.get(), 1).empty());
}

TEST_F(SshAgentTest, EndsWithOpenConnections) {
  Fd step;
  {
    const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, false, 0600, 0, 0}));
    step = connect();
    EXPECT_EQ(ask(step.get(), 11), 111);
  }
  EXPECT_TRUE(read_bytes(step.get(), 1).empty());
}

TEST_F(SshAgentTest, TheSocketIsTheSteps) {
  const SshAgentProxy proxy = must(SshAgentProxy::start(folder_.fd(), "step", {path_, false, 0640, 7, 8}));
  struct stat status {};
  ASSERT_EQ(::fstat(proxy.socket(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(status.st_uid, 7u);
  EXPECT_EQ(status.st_gid, 8u);
}

TEST_F(SshAgentTest, AnAgentThatIsNotThereIsAnError) {
  EXPECT_THAT(SshAgentProxy::start(folder_.fd(), "step", {path_ + "x", false, 0600, 0, 0}),
              FailsWith(ErrorKind::not_found, "ssh agent"));
}

}  // namespace
}  // namespace mbuild::builder
