// Layer archives: unpacking one ends, and touches nothing outside its folder.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "builder/snapshot/layer_apply.h"
#include "registry/base/fs_at.h"
#include "registry/base/memory_stream.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace mbuild;

void require(bool holds) {
  if (!holds) std::abort();
}

// "fs" is unpacked to; "outside" must stay as it is.
class Playground {
 public:
  Playground() {
    dir_.write("outside/secret", "secret");
    outside_ = state();
  }

  int fresh() {
    require(fs_at::remove_tree(dir_.fd(), "fs").has_value());
    require(::mkdirat(dir_.fd(), "fs", 0755) == 0);
    fs_ = Fd(::openat(dir_.fd(), "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fs_.get();
  }
  bool untouched() const { return state() == outside_ && fs_at::list(dir_.fd())->size() == 2; }

 private:
  std::string state() const {
    std::string text = dir_.read("outside/secret");
    for (const char* path : {"outside", "outside/secret"}) {
      struct stat status {};
      require(::lstat((dir_.path() / path).c_str(), &status) == 0);
      for (const long number : {long(status.st_mode), long(status.st_uid), long(status.st_nlink),
                                long(status.st_mtim.tv_sec), long(status.st_size)}) {
        text += " " + std::to_string(number);
      }
    }
    return text;
  }

  test::TempDir dir_;
  Fd fs_;
  std::string outside_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Playground playground;
  oci::ArchiveOptions options;
  options.limits.bytes = 1 << 20;
  options.limits.entries = 1000;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto archive = oci::ArchiveReader::open(std::make_unique<MemorySource>(bytes), options);
  const int fs = playground.fresh();
  if (archive) {
    const auto applied =
        builder::apply_layer(*archive, fs, builder::OverlayForm(builder::OverlayForm::Xattrs::user));
    require(applied.has_value() || !applied.error().message().empty());
  }
  require(playground.untouched());
  return 0;
}
