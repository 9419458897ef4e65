#include "cli/pseudo_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace mbuild::cli {

namespace {

constexpr int kPollMilliseconds = 100;  // how late a change of the window's size may be

void follow_size(int master) {
  winsize ours{}, theirs{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &ours) != 0 || ::ioctl(master, TIOCGWINSZ, &theirs) != 0) return;
  if (ours.ws_row != theirs.ws_row || ours.ws_col != theirs.ws_col) ::ioctl(master, TIOCSWINSZ, &ours);
}

// False when there is nothing more to come.
bool pass_on(int from, int to) {
  char buffer[4096];
  const ssize_t count = ::read(from, buffer, sizeof buffer);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count <= 0) return false;
  for (ssize_t done = 0; done < count;) {
    const ssize_t written = ::write(to, buffer + done, static_cast<std::size_t>(count - done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += written;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<PseudoTerminal>> PseudoTerminal::connect() {
  const std::string action = "open a terminal for the shell";
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0)
    return fail(ErrorKind::unsupported, action + ": standard input is no terminal");
  Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return fail_errno(errno, action);
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) return fail_errno(errno, action);
  Fd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return fail_errno(errno, action);
  return std::unique_ptr<PseudoTerminal>(new PseudoTerminal(std::move(master), std::move(slave), before));
}

PseudoTerminal::PseudoTerminal(Fd master, Fd slave, const termios& before)
    : master_(std::move(master)), slave_(std::move(slave)), before_(before) {
  follow_size(master_.get());
  termios raw = before_;
  ::cfmakeraw(&raw);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  carrier_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
}

PseudoTerminal::~PseudoTerminal() {
  slave_.reset();  // the program has gone: what it wrote last ends the carrying
  carrier_.request_stop();
  carrier_.join();
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

void PseudoTerminal::carry(const std::stop_token& stop) {
  bool typing = true;
  for (;;) {
    pollfd entries[] = {{master_.get(), POLLIN, 0}, {typing ? STDIN_FILENO : -1, POLLIN, 0}};
    const int ready = ::poll(entries, 2, kPollMilliseconds);
    if (ready < 0 && errno != EINTR) return;
    if (ready == 0 && stop.stop_requested()) return;
    follow_size(master_.get());
    if (entries[0].revents != 0 && !pass_on(master_.get(), STDOUT_FILENO)) return;
    if (entries[1].revents != 0) typing = pass_on(STDIN_FILENO, master_.get());
  }
}

}  // namespace mbuild::cli
