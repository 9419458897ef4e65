#include "builder/export/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

namespace mbuild::builder {

namespace {

using Setter = std::function<Result<void>(ExportAttributes&, std::string_view value)>;

struct Attribute {
  std::string_view name;
  std::vector<ExportType> types;
  Setter set;
};

// As Go's strconv.ParseBool; an attribute without a value is true.
Result<bool> parse_boolean(std::string_view value) {
  for (const char* yes : {"", "1", "t", "T", "true", "TRUE", "True"}) {
    if (value == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (value == no) return false;
  }
  return fail(ErrorKind::invalid_input, fmt::format("\"{}\" is neither true nor false", value));
}

template <class Integer>
Result<Integer> parse_integer(std::string_view value) {
  Integer number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value.empty() || error != std::errc() || end != value.data() + value.size()) {
    return fail(ErrorKind::invalid_input, fmt::format("\"{}\" is not a number", value));
  }
  return number;
}

Result<Compression> parse_compression(std::string_view value) {
  for (const Compression known : {Compression::none, Compression::gzip, Compression::zstd}) {
    if (value == name_of(known)) return known;
  }
  return fail(ErrorKind::invalid_input,
              fmt::format("\"{}\" is not a supported compression: uncompressed, gzip or zstd", value));
}

Result<std::vector<oci::Reference>> parse_names(std::string_view list) {
  std::vector<oci::Reference> names;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view text = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (text.empty()) continue;
    names.push_back(MBUILD_TRY(oci::Reference::parse(text)));
    if (names.back().digest) {
      return fail(ErrorKind::invalid_input, fmt::format("\"{}\": a result cannot be named by digest", text));
    }
  }
  return names;
}

Setter boolean(bool ExportAttributes::*member) {
  return [member](ExportAttributes& attributes, std::string_view value) -> Result<void> {
    attributes.*member = MBUILD_TRY(parse_boolean(value));
    return {};
  };
}

// There is one mode: files of the image replace others, nothing else is touched.
Result<void> check_mode(ExportAttributes&, std::string_view value) {
  if (value == "copy") return {};
  return fail(ErrorKind::invalid_input, fmt::format("\"{}\" is not supported: only copy is", value));
}

Result<void> set_epoch(ExportAttributes& attributes, std::string_view value) {
  attributes.source_date_epoch.emplace();
  if (!value.empty()) *attributes.source_date_epoch = MBUILD_TRY(parse_integer<std::int64_t>(value));
  return {};
}

const std::vector<Attribute>& known_attributes() {
  using enum ExportType;
  using Attributes = ExportAttributes;
  using Value = std::string_view;
  static const std::vector<Attribute> known = {
      {"name",
       {image, oci, docker},
       [](Attributes& a, Value v) -> Result<void> {
         a.names = MBUILD_TRY(parse_names(v));
         return {};
       }},
      {"dest",
       {oci, docker, local, tar},
       [](Attributes& a, Value v) -> Result<void> {
         a.dest = v;
         return {};
       }},
      {"compression",
       {image, oci, docker},
       [](Attributes& a, Value v) -> Result<void> {
         a.compression.type = MBUILD_TRY(parse_compression(v));
         return {};
       }},
      {"compression-level",
       {image, oci, docker},
       [](Attributes& a, Value v) -> Result<void> {
         a.compression.level = MBUILD_TRY(parse_integer<int>(v));
         return {};
       }},
      {"platform-split",
       {local, tar},
       [](Attributes& a, Value v) -> Result<void> {
         a.platform_split = MBUILD_TRY(parse_boolean(v));
         return {};
       }},
      {"attestation-prefix",
       {local, tar},
       [](Attributes& a, Value v) -> Result<void> {
         if (v.find('/') != Value::npos)
           return fail(ErrorKind::invalid_input, fmt::format("\"{}\" holds a slash", v));
         a.attestation_prefix = v;
         return {};
       }},
      {"source-date-epoch", {image, oci, docker, local, tar}, set_epoch},
      {"mode", {local}, check_mode},
      {"oci-mediatypes", {image, oci, docker}, boolean(&Attributes::oci_media_types)},
      {"force-compression", {image, oci, docker}, boolean(&Attributes::force_compression)},
      {"rewrite-timestamp", {image, oci, docker}, boolean(&Attributes::rewrite_timestamp)},
      {"tar", {oci, docker}, boolean(&Attributes::tar)},
      {"store", {image}, boolean(&Attributes::store)},
      {"push", {image}, boolean(&Attributes::push)},
      {"push-by-digest", {image}, boolean(&Attributes::push_by_digest)},
      {"registry.insecure", {image}, boolean(&Attributes::insecure)},
      {"name-canonical", {image}, boolean(&Attributes::name_canonical)},
  };
  return known;
}

Result<ExportAttributes> defaults_of(std::string_view type) {
  constexpr std::pair<std::string_view, ExportType> types[] = {
      {"image", ExportType::image},   {"registry", ExportType::image}, {"oci", ExportType::oci},
      {"docker", ExportType::docker}, {"local", ExportType::local},    {"tar", ExportType::tar},
  };
  for (const auto& [name, value] : types) {
    if (name != type) continue;
    ExportAttributes attributes;
    attributes.type = value;
    attributes.oci_media_types = value != ExportType::docker;
    attributes.push = name == "registry";
    return attributes;
  }
  return fail(
      ErrorKind::invalid_input,
      fmt::format("output type \"{}\" is unknown: there are image, registry, oci, docker, local and tar",
                  type));
}

bool takes_annotations(ExportType type) {
  return type != ExportType::local && type != ExportType::tar;
}

Result<void> set_attribute(ExportAttributes& attributes, std::string_view name, std::string_view value) {
  if (takes_annotations(attributes.type)) {
    auto annotation = MBUILD_TRY(parse_annotation(name, value));
    if (annotation) {
      attributes.annotations.push_back(std::move(*annotation));
      return {};
    }
  }
  for (const Attribute& attribute : known_attributes()) {
    if (attribute.name != name) continue;
    if (std::find(attribute.types.begin(), attribute.types.end(), attributes.type) == attribute.types.end())
      break;
    MBUILD_CHECK_AS("attribute " + std::string(name), attribute.set(attributes, value));
    return {};
  }
  return fail(ErrorKind::invalid_input, fmt::format("it has no attribute \"{}\"", name));
}

Result<void> check_level(const CompressionOptions& compression) {
  if (!compression.level) return {};
  const auto range = [&](int low, int high) -> Result<void> {
    if (*compression.level >= low && *compression.level <= high) return {};
    return fail(ErrorKind::invalid_input, fmt::format("attribute compression-level: {} goes from {} to {}",
                                                      name_of(compression.type), low, high));
  };
  switch (compression.type) {
    case Compression::none:
      return {};
    case Compression::gzip:
      return range(0, 9);
    case Compression::zstd:
      return range(0, 22);
  }
  return {};
}

Result<void> check_together(ExportAttributes& attributes) {
  MBUILD_CHECK(check_level(attributes.compression));
  // Docker's media types have none for zstd (BuildKit does the same).
  if (attributes.compression.type == Compression::zstd) attributes.oci_media_types = true;
  const bool needs_dest = attributes.type == ExportType::local || !attributes.tar;
  if (needs_dest && (attributes.dest.empty() || attributes.dest == "-")) {
    return fail(ErrorKind::invalid_input, "attribute dest: a directory is needed");
  }
  return {};
}

}  // namespace

Result<ExportAttributes> parse_export_attributes(std::string_view type,
                                                 const std::map<std::string, std::string>& given) {
  ExportAttributes attributes = MBUILD_TRY(defaults_of(type));
  const std::string action = "output type " + std::string(type);
  for (const auto& [name, value] : given) MBUILD_CHECK_AS(action, set_attribute(attributes, name, value));
  MBUILD_CHECK_AS(action, check_together(attributes));
  return attributes;
}

}  // namespace mbuild::builder
