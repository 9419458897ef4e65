#include "tests/support/registry_fixture.h"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/support/run_program.h"

namespace mbuild::test {

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& log) {
  std::vector<std::string> copy = arguments;
  std::vector<char*> argv;
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  int failure = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot run " + arguments[0]);
}

bool BackgroundProgram::running() {
  if (pid_ <= 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = 0;
  return pid_ > 0;
}

BackgroundProgram::~BackgroundProgram() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool has_docker_registry() {
  return has_program("docker-registry");
}

LocalRegistry::LocalRegistry(const Options& options) {
  std::string config = fmt::format(
      "version: 0.1\n"
      "log: {{level: info, accesslog: {{disabled: true}}}}\n"
      "storage:\n"
      "  filesystem: {{rootdirectory: {}}}\n"
      "{}"
      "http:\n"
      "  addr: 127.0.0.1:0\n"
      "  secret: for tests\n"
      "{}{}",
      store().string(), options.storage, options.http, options.extra);
  std::filesystem::path file = folder_.write("config.yml", config);
  program_ = std::make_unique<BackgroundProgram>(std::vector<std::string>{"docker-registry", "serve", file},
                                                 folder_.path() / "log");
  const std::string announcement = "listening on ";
  for (int i = 0; i < 500 && host_.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::string text = log();
    std::size_t begin = text.find(announcement);
    if (begin != text.npos) {
      begin += announcement.size();
      host_ = text.substr(begin, text.find_first_of("\", ", begin) - begin);
    } else if (!program_->running()) {
      throw std::runtime_error("docker-registry does not start: " + text);
    }
  }
  if (host_.empty()) throw std::runtime_error("docker-registry does not listen: " + log());
}

}  // namespace mbuild::test
