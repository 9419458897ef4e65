#include "builder/context/download_record.h"

#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"
#include "registry/base/json.h"
#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargest = 64 << 10;

// URLs may hold passwords: the file says which it is for by digest alone.
std::string name_of(const std::string& url) {
  return oci::Digest::of(url).hex() + ".json";
}

Result<DownloadRecord> parse(const std::string& text) {
  const JsonObject object = MBUILD_TRY(JsonObject::parse(text, "download"));
  DownloadRecord record;
  record.etag = MBUILD_TRY(object.text("etag"));
  record.last_modified = MBUILD_TRY(object.text("lastModified"));
  record.content = MBUILD_TRY(oci::Digest::parse(MBUILD_TRY(object.text("content"))));
  record.size = MBUILD_TRY(object.natural("size"));
  return record;
}

}  // namespace

std::optional<DownloadRecord> read_download_record(int folder, const std::string& url) {
  return read_download_file(folder, name_of(url));
}

std::optional<DownloadRecord> read_download_file(int folder, const std::string& name) {
  const auto text = fs_at::read_file(folder, name, fs_at::Links::refuse, kLargest);
  if (!text) return std::nullopt;
  auto record = parse(*text);
  if (!record) return std::nullopt;
  return std::move(*record);
}

Result<void> write_download_record(int folder, const std::string& url, const DownloadRecord& record) {
  JsonWriter json;
  json.begin_object();
  json.nonempty("etag", record.etag);
  json.nonempty("lastModified", record.last_modified);
  json.key("content").value(record.content.str());
  json.key("size").value(record.size);
  json.end_object();
  AtomicFile file = MBUILD_TRY(AtomicFile::create(folder, name_of(url), 0600));
  MBUILD_CHECK(file.write(json.str()));
  return file.commit();
}

}  // namespace mbuild::builder
