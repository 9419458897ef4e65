// The fingerprint of a selection: the part of a cache key that stands for files.
#pragma once

#include "builder/context/selection.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

struct FingerprintOptions {
  // Whether the owner, mode and xattrs of a selected directory itself count. They do for a bind mount; a COPY
  // uses only the contents.
  bool roots_count = false;
  unsigned threads = 0;  // as WorkQueue has it
};

// A digest over names, types, modes, owners, link targets, device numbers, xattrs and contents of all that is
// selected; times do not count (SEMANTICS C2). A Merkle tree: a directory's record holds the digest of its
// files' records. The name of a selected directory does not count, that of a selected file does.
//
// Reads the files that the tree's index does not know, and fills in `content` and `xattrs` of all. A file
// that changes while it is read is read again; its description is then the newer one. One that never comes to
// rest is `racy`, which makes the copy compare what it reads. One that is gone is `not_found`.
Result<oci::Digest> fingerprint(const SourceTree& tree, Selection& selection,
                                const FingerprintOptions& options = {});

// What went into the fingerprint, file by file: a path in the tree (a text's name), and a digest of all that
// counts of it but what lies below. In order; compared with an earlier list it tells which file made a
// difference. The selection is fingerprinted.
struct FileDigest {
  std::string path;
  oci::Digest digest;
};
std::vector<FileDigest> list_files(const Selection& selection);

}  // namespace mbuild::builder
