// OwnerSupervisor: lets a step in a user namespace of one id change owners of files and its own ids.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "builder/sandbox/identity.h"
#include "builder/sandbox/identity_table.h"
#include "builder/sandbox/process_files.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

struct seccomp_notif;

namespace mbuild::builder {

// Answers the calls of owner_call_filter() (seccomp_unotify(2)) in a thread of its own: owners are noted as
// set_owner() notes them and shown again, ids are believed but never had. What a process creates that gave up
// root belongs to root all the same (see note_creator() for a step whose user is not root). Outlives the
// step.
class OwnerSupervisor {
 public:
  // For a step whose first process has the identity `first`.
  static Result<std::unique_ptr<OwnerSupervisor>> start(Identity first);

  OwnerSupervisor(const OwnerSupervisor&) = delete;
  OwnerSupervisor& operator=(const OwnerSupervisor&) = delete;
  ~OwnerSupervisor();

  // The socket on which the step's child sends the listener that loading the filter gave it (SCM_RIGHTS).
  int child_socket() const { return child_socket_.get(); }

 private:
  // What a call is answered with: a value, or an errno, or what the kernel says.
  struct Answer {
    std::int64_t value = 0;
    int error = 0;
    bool by_kernel = false;
  };

  OwnerSupervisor(Fd socket, Fd child_socket, Fd stop, Fd stop_writer, ProcessFiles files, Identity first);

  void run();
  bool wait_for(int descriptor) const;
  Fd receive_listener() const;
  void answer_calls(int listener);
  Answer answer(const seccomp_notif& call);
  Answer answer_ids(const seccomp_notif& call, Identity& who) const;
  Answer change_owner(const seccomp_notif& call, const Identity& who) const;
  Answer change_owner_at(pid_t thread, int directory, const std::string& path, int flags, uid_t uid,
                         gid_t gid) const;

  Fd socket_;
  Fd child_socket_;
  Fd stop_;
  Fd stop_writer_;
  ProcessFiles files_;
  IdentityTable identities_;
  std::thread thread_;
};

}  // namespace mbuild::builder
