#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "cli/commands.h"

namespace mbuild::cli {

namespace {

// A signal handler has no other way to reach the build; the flag is lock-free.
std::atomic<bool>* cancel_flag = nullptr;
builder::CancelToken* cancel_owner = nullptr;
struct sigaction previous_interrupt;
struct sigaction previous_terminate;

std::atomic<std::time_t> first_signal = 0;

// Signals that come together are one: `timeout`, CI runners and terminals reach a process and its group
// alike.
void on_signal(int) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!cancel_flag->exchange(true))
    first_signal = now.tv_sec;
  else if (now.tv_sec - first_signal >= 2)
    _exit(interrupted);
}

}  // namespace

InterruptGuard::InterruptGuard(builder::CancelToken token) {
  cancel_owner = new builder::CancelToken(std::move(token));
  cancel_flag = cancel_owner->flag().get();
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &previous_interrupt);
  sigaction(SIGTERM, &action, &previous_terminate);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &previous_interrupt, nullptr);
  sigaction(SIGTERM, &previous_terminate, nullptr);
  delete std::exchange(cancel_owner, nullptr);
}

}  // namespace mbuild::cli
