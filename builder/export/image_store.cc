#include "builder/export/image_store.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <tuple>

#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kKind = "image";
constexpr std::uint64_t kMaxSize = 1 << 20;
constexpr std::size_t kMinPrefix = 4;  // hex digits of an id; fewer are more likely a typing error

Record to_record(const ImageRecord& image) {
  Record record{std::string(kKind)};
  record.add("name", image.name);
  record.add("id", image.id.str());
  for (const std::string& layer : image.layers) record.add("layer", layer);
  record.add("platform", image.platform.str());
  record.add("created", static_cast<std::uint64_t>(image.created));
  record.add("size", image.size);
  for (const auto& [key, value] : image.annotations) {
    record.add("annotation", key);
    record.add("annotation-value", value);
  }
  for (const ImageRecord& other : image.others) record.add("other", to_record(other).encode());
  return record;
}

std::optional<ImageRecord> from_record(const Record& record, bool is_other = false) {
  const auto name = record.text("name");
  const auto id = oci::Digest::parse(record.text("id").value_or(""));
  const auto platform = oci::Platform::parse(record.text("platform").value_or(""));
  const auto created = record.natural("created");
  const auto size = record.natural("size");
  const auto keys = record.texts("annotation");
  const auto values = record.texts("annotation-value");
  if (!name || !id || !platform || !created || !size || keys.size() != values.size()) return std::nullopt;

  ImageRecord image;
  image.name = *name;
  image.id = *id;
  for (const std::string_view layer : record.texts("layer")) image.layers.emplace_back(layer);
  image.platform = *platform;
  image.created = static_cast<std::int64_t>(*created);
  image.size = *size;
  for (std::size_t i = 0; i < keys.size(); ++i) image.annotations.emplace(keys[i], values[i]);
  if (is_other) return image;
  for (const std::string_view bytes : record.texts("other")) {
    const auto nested = Record::decode(kKind, bytes);
    auto other = nested ? from_record(*nested, true) : std::nullopt;
    if (!other) return std::nullopt;
    image.others.push_back(std::move(*other));
  }
  return image;
}

std::string file_of(const ImageRecord& image) {
  return image_file_name(image.name.empty() ? image.id.str() : image.name);
}

// Only a record that lies where it belongs is one.
std::optional<ImageRecord> read(int dir, const std::string& file) {
  const auto record = read_record(dir, file, kKind, kMaxSize);
  auto image = record ? from_record(*record) : std::nullopt;
  return image && file_of(*image) == file ? image : std::nullopt;
}

// The hex digits of what may be an id or the start of one.
std::optional<std::string_view> id_prefix(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!hex || text.size() < kMinPrefix || text.size() > 64) return std::nullopt;
  return text;
}

Result<void> remove_file(int dir, const std::string& file) {
  if (::unlinkat(dir, file.c_str(), 0) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, "remove the image record " + file);
}

}  // namespace

Result<ImageStore> ImageStore::open(const std::string& store_root) {
  return ImageStore(MBUILD_TRY_AS("open the image store", open_store_folder(store_root, "images")));
}

Result<void> ImageStore::put(const ImageRecord& record) const {
  const std::string& name = record.name.empty() ? record.id.str() : record.name;
  MBUILD_CHECK_AS("record the image " + name, write_record(dir_.get(), file_of(record), to_record(record)));
  return {};
}

std::optional<ImageRecord> ImageStore::find(const oci::Reference& name) const {
  return read(dir_.get(), image_file_name(name.str()));
}

Result<std::optional<ImageRecord>> ImageStore::find(std::string_view text) const {
  const auto name = oci::Reference::parse(text);
  if (name) {
    auto named = find(*name);
    if (named) return named;
  }
  const auto prefix = id_prefix(text);
  if (!prefix && !name) return std::unexpected(name.error());
  if (!prefix) return std::nullopt;

  std::vector<ImageRecord> matching = MBUILD_TRY(with_id_prefix(*prefix));
  if (matching.empty()) return std::nullopt;
  const bool unique = std::all_of(matching.begin(), matching.end(),
                                  [&](const ImageRecord& image) { return image.id == matching.front().id; });
  if (!unique) {
    return fail(ErrorKind::invalid_input,
                "find image " + std::string(text) + ": several images' ids start like that");
  }
  return std::move(matching.front());
}

Result<std::vector<ImageRecord>> ImageStore::with_id_prefix(std::string_view prefix) const {
  std::vector<ImageRecord> images = MBUILD_TRY(list());
  std::erase_if(images, [&](const ImageRecord& image) { return !image.id.hex().starts_with(prefix); });
  return images;
}

Result<std::vector<ImageRecord>> ImageStore::list() const {
  std::vector<ImageRecord> images;
  for (const std::string& file : MBUILD_TRY_AS("list the images", fs_at::list(dir_.get()))) {
    auto image = read(dir_.get(), file);
    if (image) images.push_back(std::move(*image));
  }
  std::sort(images.begin(), images.end(), [](const ImageRecord& a, const ImageRecord& b) {
    return std::tie(a.name, a.id) < std::tie(b.name, b.id);
  });
  return images;
}

Result<void> ImageStore::tag(std::string_view source, const oci::Reference& name) const {
  auto image = MBUILD_TRY(find(source));
  if (!image) return fail(ErrorKind::not_found, "tag " + std::string(source) + ": there is no such image");
  image->name = name.str();
  image->created = std::time(nullptr);
  return put(*image);
}

Result<std::vector<ImageRecord>> ImageStore::remove(std::string_view text) const {
  const auto image = MBUILD_TRY(find(text));
  if (!image) return fail(ErrorKind::not_found, "remove " + std::string(text) + ": there is no such image");
  const auto name = oci::Reference::parse(text);
  const bool by_name = name && name->str() == image->name;

  std::vector<ImageRecord> gone;
  if (by_name) {
    gone.push_back(*image);
  } else {
    gone = MBUILD_TRY(with_id_prefix(image->id.hex()));
  }
  for (const ImageRecord& record : gone) MBUILD_CHECK(remove_file(dir_.get(), file_of(record)));
  return gone;
}

std::string image_file_name(std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::size_t longest = 200;
  std::string file;
  for (const char c : name) {
    const bool keep = plain.find(c) != std::string_view::npos && !(c == '.' && file.empty());
    if (keep) {
      file += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    file += '%';
    file += digits[byte >> 4];
    file += digits[byte & 15];
  }
  if (file.size() <= longest) return file;
  const std::string hash = "%%" + oci::Digest::of(name).hex();
  return file.substr(0, longest - hash.size()) + hash;
}

}  // namespace mbuild::builder
