#include "builder/context/fingerprint.h"

#include "builder/context/content_hash.h"
#include "builder/context/rooted_path.h"

namespace mbuild::builder {

namespace {

// First byte of everything that is hashed here, so that nothing can pass for something else.
enum class Kind : char {
  selection = 'S',
  file = 'F',
  contents = 'C',
  directory = 'D',
  entry = 'E',
  implied_entry = 'I'
};

class Digester {
 public:
  explicit Digester(Kind kind) { add(kind); }
  void add(Kind kind) { add(std::string(1, static_cast<char>(kind))); }
  void add(std::string_view bytes) { hash_.update(bytes); }
  void add(const oci::Digest& digest) { hash_.update(std::as_bytes(std::span(digest.bytes()))); }
  oci::Digest finish() { return hash_.finish(); }

 private:
  oci::Sha256 hash_;
};

oci::Digest digest_of(const SourceDirectory& directory);

oci::Entry entry_of(const SourceFile& file, std::string name) {
  oci::Entry entry;
  entry.path = std::move(name);
  entry.type = file.type;
  // The kernel gives every link the mode 0777, other systems' archives do not.
  entry.mode = file.type == oci::EntryType::symlink ? 0777 : file.mode;
  entry.uid = file.uid;
  entry.gid = file.gid;
  entry.size = file.identity.size;
  entry.link = file.link;
  entry.device_major = file.device_major;
  entry.device_minor = file.device_minor;
  entry.xattrs = file.xattrs;
  return entry;
}

std::string record_of(const SourceFile& file, std::string name) {
  return oci::fingerprint_record(entry_of(file, std::move(name)),
                                 file.children ? digest_of(*file.children) : file.content);
}

void list_directory(const SourceDirectory& directory, std::vector<FileDigest>& files) {
  for (const SourceFile& file : directory.files) {
    files.push_back({join_path(directory.path, file.name),
                     oci::Digest::of(oci::fingerprint_record(entry_of(file, file.name), file.content))});
    if (file.children) list_directory(*file.children, files);
  }
}

oci::Digest digest_of(const SourceDirectory& directory) {
  Digester digester(Kind::directory);
  for (const SourceFile& file : directory.files) {
    digester.add(file.presence == Presence::implied ? Kind::implied_entry : Kind::entry);
    digester.add(record_of(file, file.name));
  }
  return digester.finish();
}

}  // namespace

Result<oci::Digest> fingerprint(const SourceTree& tree, Selection& selection,
                                const FingerprintOptions& options) {
  MBUILD_CHECK(hash_contents(tree, selection, options.threads));
  Digester digester(Kind::selection);
  for (const SelectedSource& source : selection.sources) {
    if (!source.file.children) {
      digester.add(Kind::file);
      digester.add(record_of(source.file, source.name));
    } else if (options.roots_count) {
      digester.add(Kind::directory);
      digester.add(record_of(source.file, ""));
    } else {
      digester.add(Kind::contents);
      digester.add(digest_of(*source.file.children));
    }
  }
  return digester.finish();
}

std::vector<FileDigest> list_files(const Selection& selection) {
  std::vector<FileDigest> files;
  for (const SelectedSource& source : selection.sources) {
    if (source.file.children) {
      list_directory(*source.file.children, files);
    } else {
      files.push_back({join_path(source.directory, source.file.name),
                       oci::Digest::of(oci::fingerprint_record(entry_of(source.file, source.name),
                                                               source.file.content))});
    }
  }
  return files;
}

}  // namespace mbuild::builder
