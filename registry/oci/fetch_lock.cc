#include "registry/oci/fetch_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "registry/base/fs_at.h"

namespace mbuild::oci {

namespace {

constexpr const char* kFile = ".fetching";
constexpr std::chrono::milliseconds kInterval{50};

off_t position_of(const Digest& digest) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, digest.bytes().data(), sizeof bits);
  return static_cast<off_t>(bits >> 2);
}

}  // namespace

Result<FetchLock> FetchLock::acquire(const ContentStore& store, const Digest& digest,
                                     const std::function<bool()>& cancelled) {
  const std::string action = "wait for blob " + digest.str();
  Fd file =
      MBUILD_TRY_AS(action, fs_at::open(store.fd(), kFile, O_RDWR | O_CREAT, fs_at::Links::refuse, 0644));
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = position_of(digest);
  range.l_len = 1;
  while (::fcntl(file.get(), F_OFD_SETLK, &range) != 0) {
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) return fail_errno(errno, action);
    if (cancelled && cancelled()) return fail(ErrorKind::cancelled, action + ": cancelled");
    std::this_thread::sleep_for(kInterval);
  }
  return FetchLock(std::move(file));
}

}  // namespace mbuild::oci
