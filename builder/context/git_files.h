// GitFiles: the files of one commit of a repository, for ADD or as a build context.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "builder/context/download.h"
#include "builder/context/git_program.h"
#include "builder/context/scratch_folder.h"
#include "builder/context/source_files.h"
#include "parser/remote_source.h"

namespace mbuild::builder {

struct GitFilesRequest {
  parser::GitSource source;
  FindSecret secrets;  // GIT_AUTH_TOKEN[.host] and GIT_AUTH_HEADER[.host]; may be empty
  std::string ssh_socket;
  remote::Environment environment = remote::process_environment;
  remote::CancelFlag cancel;
  int work = -1;  // where folders may be made; borrowed as long as this lives
  std::string work_name;
};

// version() asks the repository which commit is meant, open() fetches that commit alone (the whole history
// when the server cannot do so), with its submodules unless they are not wanted.
class GitFiles final : public SourceFiles {
 public:
  explicit GitFiles(GitFilesRequest request) : request_(std::move(request)) {}

  Result<std::string> version() override;
  Result<SourceTree> open() override;
  // When the commit was made, as the committer says.
  Result<std::optional<std::int64_t>> time() override;

 private:
  struct Commit {
    std::string id;   // hex
    std::string ref;  // that leads to it, in full; empty: the id was given
  };
  Result<const GitProgram*> program();
  Result<const Commit*> commit();
  Result<Commit> find_commit();
  Result<void> check_out();
  Result<std::int64_t> read_time(const std::string& folder, const Commit& commit);
  Result<void> fetch(const std::string& folder, const Commit& commit);

  const GitFilesRequest request_;
  std::string remote_;  // without user information that stands for a password
  std::mutex mutex_;
  std::optional<GitProgram> program_;
  std::optional<Commit> commit_;
  std::int64_t time_ = 0;
  ScratchFolder folder_;
  Fd root_;  // the folder, or the subdirectory that is meant
};

}  // namespace mbuild::builder
