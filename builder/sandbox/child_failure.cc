#include "builder/sandbox/child_failure.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace mbuild::builder {

namespace {

std::string text_of(int errnum) {
  return std::generic_category().message(errnum);
}

ErrorKind kind_of(int errnum) {
  switch (errnum) {
    case ENOENT:
      return ErrorKind::not_found;
    case ENOMEM:
    case EAGAIN:
      return ErrorKind::io;
    default:
      return ErrorKind::invalid_input;
  }
}

Error program_failure(const ChildReport& report, const ChildPlan& plan) {
  const std::string name = plan.arguments[0];
  if (report.path == nullptr && name.find('/') == std::string::npos) {
    return {ErrorKind::not_found, "exec: \"" + name + "\": executable file not found in $PATH"};
  }
  const std::string path = report.path != nullptr ? report.path : name;
  Error error(kind_of(report.errnum), "exec " + path + ": " + text_of(report.errnum));
  if (report.interpreter_missing) {
    return std::move(error).with_hint(
        "the file is there; what is missing is the interpreter that its first line or its ELF header names");
  }
  if (report.errnum == ENOEXEC) {
    return std::move(error).with_hint(
        "the file is a program for another architecture, or a script without a #! line");
  }
  return error;
}

const char* action_of(ChildStage stage) {
  switch (stage) {
    case ChildStage::cgroup:
      return "enter the step's cgroup";
    case ChildStage::cgroup_namespace:
      return "make a cgroup namespace";
    case ChildStage::proc:
      return "mount for the step";
    case ChildStage::root:
      return "enter the step's root";
    case ChildStage::descriptors:
      return "arrange the step's descriptors";
    case ChildStage::masks:
      return "hide from the step";
    case ChildStage::directory:
      return "working directory";
    case ChildStage::owners:
      return "answer for changes of owners";
    case ChildStage::limits:
      return "set the step's limits";
    case ChildStage::seccomp:
      return "load the system call filter";
    case ChildStage::capabilities:
      return "limit the step's capabilities";
    case ChildStage::identity:
      return "change to the step's user";
    case ChildStage::parent:
      return "tie the step to the builder";
    case ChildStage::program:
    case ChildStage::ready:
      return "exec";
  }
  return "start the step";
}

}  // namespace

Error child_failure(const ChildReport& report, const ChildPlan& plan) {
  if (report.stage == ChildStage::program) return program_failure(report, plan);
  std::string action = action_of(report.stage);
  if (report.path != nullptr) action += " " + std::string(report.path);
  if (report.stage == ChildStage::directory) {
    return {kind_of(report.errnum), action + ": " + text_of(report.errnum)};
  }
  if (report.stage == ChildStage::identity) {
    action += " " + std::to_string(plan.uid) + ":" + std::to_string(plan.gid);
    if (report.errnum == EINVAL) {
      return Error(ErrorKind::unsupported, action + ": " + text_of(EINVAL))
          .with_hint("the builder's user namespace does not have this id: it takes subordinate ids");
    }
  }
  return Error::from_errno(report.errnum, action);
}

}  // namespace mbuild::builder
