// Loans: contents of a folder that are elsewhere for a time, and find their way back even when the process
// that moved them is killed.
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild {

// Says, in a file, whose contents are where. There from write() on until the object goes; a killed process
// leaves it for return_loans(), as does keep(). Move-only, not thread-safe.
class LoanRecord {
 public:
  // Written into the directory `folder`, which is borrowed. `place`, a directory below it that the caller
  // made, is where the contents of the directory `lender` are about to be moved. Of no use, but no harm, when
  // they are not all on one file system. Needs /proc.
  static Result<LoanRecord> write(int folder, int lender, int place);
  LoanRecord(LoanRecord&& other) noexcept;
  LoanRecord& operator=(LoanRecord&& other) = delete;
  ~LoanRecord();

  // The contents could not be moved back: the file stays when the object goes.
  void keep() { name_.clear(); }

 private:
  LoanRecord(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}

  int folder_;
  std::string name_;  // empty: moved from, or kept
};

// Whether a file in a directory, by its name, is such a record.
bool is_loan_record(std::string_view name);

// Moves back what the records in the directory `folder` tell of, entry by entry; the processes that wrote
// them must be dead. Whatever is in the lender under the same name by now stays, and a record whose folders
// are not what they were (by inode; no symbolic link is followed below `folder`) is void. Can be cut off at
// any point and done again. False when something is still to be returned: the lender is in use by a process
// that holds a flock(2) on it, or the disk is full. What no later try can return is given up.
Result<bool> return_loans(int folder);

}  // namespace mbuild
