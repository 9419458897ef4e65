// Runs inside a step. Usage: step_helper crash | euid | NUMBER [ARGUMENT...]
// The last makes one system call with numbers as arguments and prints "ok" or the error's name.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "crash") == 0) *static_cast<volatile int*>(nullptr) = 1;
  if (argc == 2 && std::strcmp(argv[1], "euid") == 0) return std::printf("%u\n", ::geteuid()) < 0;
  long numbers[7] = {};
  for (int i = 1; i < argc && i <= 7; ++i) numbers[i - 1] = std::strtol(argv[i], nullptr, 0);
  errno = 0;
  const long result =
      ::syscall(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
  std::puts(result < 0 ? strerrorname_np(errno) : "ok");
  return 0;
}
