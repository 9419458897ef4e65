#include "cli/cmd_lsp.h"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <thread>

#include "builder/build.h"
#include "builder/info.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/lsp/background.h"
#include "cli/lsp/framing.h"
#include "cli/lsp/inbox.h"
#include "cli/lsp/server.h"
#include "cli/lsp/stage_shell.h"
#include "cli/report.h"

namespace mbuild::cli {

namespace {

// Whole messages, one at a time, to a descriptor.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}
  // A client that has gone is noticed by the reader.
  void send(const std::string& body) {
    const std::string message = lsp::frame(body);
    std::lock_guard lock(mutex_);
    for (std::size_t written = 0; written < message.size();) {
      const ssize_t count = ::write(fd_, message.data() + written, message.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      written += static_cast<std::size_t>(count);
    }
  }

 private:
  int fd_;
  std::mutex mutex_;
};

void read_messages(int fd, lsp::Inbox& inbox) {
  lsp::MessageReader reader(fd);
  while (true) {
    Result<std::optional<std::string>> message = reader.next();
    if (!message) report_error(message.error());
    if (!message || !*message) break;
    inbox.put(std::move(**message));
  }
  inbox.close();
}

// Serves until the client says `exit` or is gone. The reader's thread may then still wait for input, which
// only the end of the process takes from it: the caller must not return to anything but that.
int serve(const std::string& root) {
  lsp::Inbox& inbox = *new lsp::Inbox;
  Writer writer(STDOUT_FILENO);
  std::thread([&inbox] { read_messages(STDIN_FILENO, inbox); }).detach();
  lsp::BackgroundSurroundings surroundings(root, [&inbox] { inbox.note_change(); });
  lsp::Server server({[&writer](std::string body) { writer.send(body); },
                      [&inbox](const std::string& id) { return inbox.cancelled(id); }, surroundings,
                      builder::version()});
  while (!server.ended()) {
    std::optional<lsp::Inbox::Item> item = inbox.take(false);
    if (!item) {
      server.settle();
      item = inbox.take(true);
    }
    if (item->kind == lsp::Inbox::Item::Kind::end) break;
    if (item->kind == lsp::Inbox::Item::Kind::change)
      server.surroundings_changed();
    else
      server.handle(item->body);
  }
  return server.exit_code();
}

}  // namespace

int cmd_lsp(std::vector<std::string> words) {
  CommandLine line(
      "Serve an editor over standard input and output: the Language Server Protocol 3.17 for Dockerfiles and "
      ".dockerignore files.",
      "mbuild lsp");
  lsp::StageShell shell;
  bool stdio = false;
  line.add_flag("--stdio", stdio, "The default; editors give it");
  line.add_option("--root", shell.root, "The store whose images and last builds are shown").type_name("DIR");
  const Option stage =
      line.add_option("--shell", shell.stage, "Instead: build up to the end of STAGE and open a shell there")
          .type_name("STAGE");
  line.add_option("--file", shell.file, "The Dockerfile of --shell").type_name("FILE").needs(stage);
  line.add_option("--context", shell.context, "Its context").type_name("DIR").needs(stage);
  if (auto code = line.parse(std::move(words))) return *code;
  if (stage.given()) return lsp::run_stage_shell(shell);
  if (shell.root.empty()) shell.root = builder::default_store_root();
  ::signal(SIGPIPE, SIG_IGN);
  return serve(shell.root);
}

}  // namespace mbuild::cli
