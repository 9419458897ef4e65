#include "tests/support/docker_engine.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace mbuild::test {

namespace {

constexpr const char* kScript = MBUILD_TEST_SUPPORT "/docker_engine.py";

struct Pipe {
  Fd reading;
  Fd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

std::string DockerEngine::why_not() {
  if (::geteuid() != 0) return "a Docker Engine needs root";
  for (const char* program : {"dockerd", "containerd", "runc", "docker", "python3"}) {
    if (!has_program(program)) return std::string(program) + " not found: install docker.io";
  }
  return {};
}

DockerEngine::DockerEngine() {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.reading.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, output.writing.get(), 1);
  std::string program = "python3", script = kScript, folder = folder_.str();
  std::array<char*, 4> argv{program.data(), script.data(), folder.data(), nullptr};
  const int failure = ::posix_spawnp(&script_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("python3 does not start");
  output.writing.reset();
  keep_alive_ = std::move(input.writing);
  socket_ = read_line(output.reading.get());
  if (!socket_.empty()) return;
  ::waitpid(script_, nullptr, 0);
  throw std::runtime_error("the Docker Engine does not start");
}

DockerEngine::~DockerEngine() {
  keep_alive_.reset();
  ::waitpid(script_, nullptr, 0);
}

ProgramResult DockerEngine::docker(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "--host", "unix://" + socket_});
  return run_program(std::move(arguments));
}

}  // namespace mbuild::test
