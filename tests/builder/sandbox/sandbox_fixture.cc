#include "tests/builder/sandbox/sandbox_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "builder/sandbox/capabilities.h"

namespace mbuild::builder {

namespace {

namespace fs = std::filesystem;

constexpr const char* busybox = "/bin/busybox";
constexpr const char* applets[] = {
    "awk",    "cat",      "chmod",    "chown", "cut",   "dd",     "df", "echo",  "env",   "find",  "grep",
    "head",   "hostname", "id",       "ip",    "kill",  "ln",     "ls", "mkdir", "mknod", "mount", "mv",
    "ps",     "pwd",      "readlink", "rm",    "rmdir", "setsid", "sh", "sleep", "sort",  "stat",  "su",
    "sysctl", "tail",     "test",     "touch", "true",  "umount", "wc", "yes"};

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void SandboxTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "steps on rung 1 need root";
  if ((effective_capabilities() & capability_bit(CAP_SYS_ADMIN)) == 0) {
    GTEST_SKIP() << "steps on rung 1 need CAP_SYS_ADMIN";
  }
  if (!fs::exists(busybox)) GTEST_SKIP() << "no static " << busybox << " to make a root file system of";
  std::string name = fs::temp_directory_path() / "mbuild-sandbox-XXXXXX";
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  directory_ = name;
  rootfs_ = directory_ + "/rootfs";
  for (const char* folder : {"/bin", "/etc", "/tmp", "/root", "/proc", "/sys", "/dev", "/usr/lib"}) {
    fs::create_directories(path(folder));
  }
  ::chmod(rootfs_.c_str(), 0755);
  fs::copy_file(busybox, path("/bin/busybox"));
  for (const char* applet : applets) fs::create_symlink("busybox", path("/bin/") + applet);
  fs::copy_file(MBUILD_STEP_HELPER, path(helper_path));
  rootfs_fd_.reset(::open(rootfs_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  ASSERT_TRUE(rootfs_fd_);
  auto sandbox = make_sandbox(Rung::root);
  ASSERT_TRUE(sandbox) << sandbox.error().message();
  sandbox_ = std::move(*sandbox);
}

void SandboxTest::TearDown() {
  sandbox_.reset();
  rootfs_fd_.reset();
  if (!directory_.empty()) fs::remove_all(directory_);
}

void SandboxTest::write_file(const std::string& in_rootfs, const std::string& contents, unsigned mode) const {
  fs::create_directories(fs::path(path(in_rootfs)).parent_path());
  std::ofstream(path(in_rootfs)) << contents;
  ::chmod(path(in_rootfs).c_str(), mode);
}

std::string SandboxTest::read_file(const std::string& in_rootfs) const {
  return read_all(path(in_rootfs));
}

SandboxSpec SandboxTest::program(std::vector<std::string> argv) const {
  SandboxSpec spec;
  spec.rootfs_fd = rootfs_fd_.get();
  spec.argv = std::move(argv);
  spec.env = {"PATH=/bin"};
  return spec;
}

SandboxSpec SandboxTest::shell(const std::string& script) const {
  return program({"/bin/sh", "-c", script});
}

Result<Ran> SandboxTest::run(const SandboxSpec& spec) const {
  Ran ran;
  const auto collect = [&](OutputStream stream, std::string_view text) {
    (stream == OutputStream::standard_output ? ran.output : ran.error_output) += text;
  };
  ran.exit = MBUILD_TRY(sandbox_->run(spec, collect, [] { return false; }));
  return ran;
}

Ran SandboxTest::run_well(const SandboxSpec& spec) const {
  auto ran = run(spec);
  if (ran) return *ran;
  ADD_FAILURE() << "the step did not start: " << ran.error().message();
  return {};
}

std::string SandboxTest::output_of(const std::string& script) const {
  const Ran ran = run_well(shell(script));
  EXPECT_EQ(ran.exit.code, 0) << script << "\n" << ran.error_output;
  return ran.output;
}

std::string own_mounts() {
  return read_all("/proc/self/mountinfo");
}

std::string own_status(const std::string& key) {
  const std::string text = read_all("/proc/self/status");
  const std::size_t begin = text.find("\n" + key + ":\t") + key.size() + 3;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace mbuild::builder
