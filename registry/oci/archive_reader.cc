#include "registry/oci/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace mbuild::oci {

namespace {

constexpr std::size_t kReadSize = 256 << 10;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

constexpr std::string_view kLimitHint =
    "if you trust where it comes from, allow more with --max-unpacked-size";

// A hostile name must not fill the terminal.
std::string quoted(std::string_view name) {
  constexpr std::size_t kShown = 200;
  if (name.size() <= kShown) return fmt::format("\"{}\"", name);
  return fmt::format("\"{}...\" ({} bytes)", name.substr(0, kShown), name.size());
}

std::string_view or_empty(const char* text) {
  return text ? std::string_view(text) : std::string_view();
}

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
struct LocaleDeleter {
  using pointer = locale_t;
  void operator()(locale_t locale) const { ::freelocale(locale); }
};
using LocaleOwner = std::unique_ptr<locale_t, LocaleDeleter>;

// Names are bytes. libarchive converts them to the encoding of the thread's locale, and normalises them when
// that is UTF-8 ("u" and a combining diaeresis become one letter: another file); in the C locale it warns and
// leaves them as they are.
class ByteNames {
 public:
  explicit ByteNames(locale_t c_locale) : previous_(::uselocale(c_locale)) {}
  ByteNames(const ByteNames&) = delete;
  ByteNames& operator=(const ByteNames&) = delete;
  ~ByteNames() { ::uselocale(previous_); }

 private:
  locale_t previous_;
};

Result<EntryType> type_of(archive_entry* from, const std::string& name) {
  if (archive_entry_hardlink(from)) return EntryType::hardlink;
  switch (archive_entry_filetype(from)) {
    case AE_IFREG:
      return EntryType::regular;
    case AE_IFDIR:
      return EntryType::directory;
    case AE_IFLNK:
      return EntryType::symlink;
    case AE_IFCHR:
      return EntryType::character_device;
    case AE_IFBLK:
      return EntryType::block_device;
    case AE_IFIFO:
      return EntryType::fifo;
    default:
      return fail(ErrorKind::corrupt, name + ": a file of unknown type");
  }
}

Result<std::uint32_t> id_of(std::int64_t id, const std::string& name) {
  if (id >= 0 && id < UINT32_MAX) return static_cast<std::uint32_t>(id);
  return fail(ErrorKind::corrupt, fmt::format("{}: {} is no user or group id", name, id));
}

std::int64_t mtime_of(archive_entry* from) {
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(std::int64_t{archive_entry_mtime(from)}, kNanosecondsPerSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, std::int64_t{archive_entry_mtime_nsec(from)}, &nanoseconds)) {
    return archive_entry_mtime(from) < 0 ? INT64_MIN : INT64_MAX;
  }
  return nanoseconds;
}

void copy_xattrs(archive_entry* from, Entry& entry) {
  archive_entry_xattr_reset(from);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
    if (name) entry.xattrs.insert_or_assign(name, std::string(static_cast<const char*>(value), size));
  }
}

}  // namespace

std::optional<std::string> clean_member_path(std::string_view path, ArchiveOptions::Escape escape) {
  std::string clean;
  clean.reserve(path.size());
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      if (!clean.empty()) clean += '/';
      clean += name;
      continue;
    }
    if (clean.empty() && escape == ArchiveOptions::Escape::refuse) return std::nullopt;
    const std::size_t parent = clean.rfind('/');
    clean.resize(parent == std::string::npos ? 0 : parent);
  }
  return clean;
}

struct ArchiveReader::State {
  State(std::unique_ptr<ByteSource> from, const ArchiveOptions& with)
      : source(std::move(from)),
        options(with),
        buffer(std::make_unique_for_overwrite<std::byte[]>(kReadSize)),
        names(::newlocale(LC_ALL_MASK, "C", locale_t{})),
        reader(archive_read_new()) {}

  static ssize_t read_callback(archive* reader, void* data, const void** bytes);
  Error failure(const std::string& action);
  Result<Entry> convert(archive_entry* from);
  Result<std::string> clean(std::string_view path, std::string_view what);
  Result<void> count(const Entry& entry);

  std::unique_ptr<ByteSource> source;
  ArchiveOptions options;
  std::unique_ptr<std::byte[]> buffer;
  std::optional<Error> source_error;
  bool source_ended = false;
  std::uint64_t source_size = 0;
  bool sparse = false;  // the current member
  std::string current;  // the member's name, for errors
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  LocaleOwner names;
  std::unique_ptr<archive, ArchiveDeleter> reader;  // last: it uses the others
};

ssize_t ArchiveReader::State::read_callback(archive* reader, void* data, const void** bytes) {
  auto& state = *static_cast<State*>(data);
  auto size = state.source->read({state.buffer.get(), kReadSize});
  if (!size) {
    state.source_error = std::move(size).error();
    archive_set_error(reader, EIO, "read error");
    return -1;
  }
  state.source_ended = *size == 0;
  state.source_size += *size;
  *bytes = state.buffer.get();
  return static_cast<ssize_t>(*size);
}

// The source's own error when it failed, else what libarchive found wrong with the bytes.
Error ArchiveReader::State::failure(const std::string& action) {
  if (source_error) return Error(*source_error).context(action);
  const std::string_view cause = or_empty(archive_error_string(reader.get()));
  return {ErrorKind::corrupt, fmt::format("{}: {}", action, cause.empty() ? "not a tar archive" : cause)};
}

Result<std::string> ArchiveReader::State::clean(std::string_view path, std::string_view what) {
  if (path.size() > options.limits.path) {
    return fail(ErrorKind::corrupt,
                fmt::format("{}: {} is longer than {} bytes", current, what, options.limits.path));
  }
  auto cleaned = clean_member_path(path, options.escape);
  if (cleaned) return std::move(*cleaned);
  return fail(ErrorKind::corrupt, fmt::format("{}: {} leads out of the archive", current, what));
}

Result<Entry> ArchiveReader::State::convert(archive_entry* from) {
  const std::string_view path = or_empty(archive_entry_pathname(from));
  current = "archive member " + quoted(path);
  Entry entry;
  entry.path = MBUILD_TRY(clean(path, "the name"));
  entry.type = MBUILD_TRY(type_of(from, current));
  entry.mode = archive_entry_perm(from) & 07777;
  entry.uid = MBUILD_TRY(id_of(archive_entry_uid(from), current));
  entry.gid = MBUILD_TRY(id_of(archive_entry_gid(from), current));
  entry.mtime = mtime_of(from);
  if (entry.type == EntryType::hardlink) {
    entry.link = MBUILD_TRY(clean(or_empty(archive_entry_hardlink(from)), "the hardlink's target"));
  } else if (entry.type == EntryType::symlink) {
    entry.link = or_empty(archive_entry_symlink(from));
    if (entry.link.size() > options.limits.path) {
      return fail(ErrorKind::corrupt, current + ": the symlink's target is too long");
    }
  } else if (entry.type == EntryType::regular) {
    if (archive_entry_size(from) < 0) return fail(ErrorKind::corrupt, current + ": a negative size");
    entry.size = static_cast<std::uint64_t>(archive_entry_size(from));
  } else {
    entry.device_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(from));
    entry.device_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(from));
  }
  copy_xattrs(from, entry);
  return entry;
}

Result<void> ArchiveReader::State::count(const Entry& entry) {
  if (++entries > options.limits.entries) {
    return fail(ErrorKind::no_space,
                fmt::format("{}: more than {} members", current, options.limits.entries));
  }
  if (entry.size > options.limits.bytes - bytes) {
    return std::unexpected(
        Error(ErrorKind::no_space,
              fmt::format("{}: the archive unpacks to more than the {} bytes that are allowed", current,
                          options.limits.bytes))
            .with_hint(std::string(kLimitHint)));
  }
  bytes += entry.size;
  return {};
}

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::open(std::unique_ptr<ByteSource> source, const ArchiveOptions& options) {
  auto state = std::make_unique<State>(std::move(source), options);
  archive* reader = state->reader.get();
  if (!reader || !state->names) return fail(ErrorKind::no_space, "open archive: out of memory");
  archive_read_support_format_tar(reader);
  archive_read_support_format_empty(reader);
  if (options.decompress) {
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_zstd(reader);
  }
  const ByteNames guard(state->names.get());
  if (archive_read_open(reader, state.get(), nullptr, &State::read_callback, nullptr) != ARCHIVE_OK) {
    return std::unexpected(state->failure("open archive"));
  }
  return ArchiveReader(std::move(state));
}

Result<std::optional<Entry>> ArchiveReader::next() {
  const ByteNames guard(state_->names.get());
  archive_entry* from = nullptr;
  const int status = archive_read_next_header(state_->reader.get(), &from);
  if (status == ARCHIVE_EOF) return std::nullopt;
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return std::unexpected(
        state_->failure(state_->current.empty() ? "read archive" : "after " + state_->current));
  }
  state_->sparse = archive_entry_sparse_count(from) > 0;
  Entry entry = MBUILD_TRY(state_->convert(from));
  MBUILD_CHECK(state_->count(entry));
  return std::optional<Entry>(std::move(entry));
}

bool ArchiveReader::met_member() const {
  return !state_->current.empty();
}

Result<std::optional<ArchiveBlock>> ArchiveReader::read() {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  do {
    const int status = archive_read_data_block(state_->reader.get(), &data, &size, &offset);
    if (status == ARCHIVE_EOF) return std::nullopt;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      return std::unexpected(state_->failure(state_->current));
  } while (size == 0);
  return ArchiveBlock{static_cast<std::uint64_t>(offset),
                      ByteView(static_cast<const std::byte*>(data), size)};
}

std::optional<std::uint64_t> ArchiveReader::data_offset() const {
  if (state_->sparse) return std::nullopt;
  return static_cast<std::uint64_t>(archive_filter_bytes(state_->reader.get(), 0));
}

Result<void> ArchiveReader::drain() {
  while (!state_->source_ended) {
    const std::size_t size = MBUILD_TRY(state_->source->read({state_->buffer.get(), kReadSize}));
    state_->source_ended = size == 0;
    state_->source_size += size;
  }
  return {};
}

std::uint64_t ArchiveReader::source_size() const {
  return state_->source_size;
}

}  // namespace mbuild::oci
