#include "builder/snapshot/layer_store.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "registry/base/compress.h"
#include "registry/base/copy_stream.h"
#include "tests/builder/snapshot/layer_store_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kEmptyLayer[] = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

std::string compress(const std::string& plain, Compression type) {
  StringSink sink;
  const auto compressor = must(make_compressor(sink, {type, std::nullopt, 1}));
  must(compressor->write(std::as_bytes(std::span(plain))));
  must(compressor->finish());
  return sink.take();
}

TEST_F(LayerStoreTest, FoldersArePrivate) {
  for (const char* folder : {"", "/layers", "/work"}) {
    EXPECT_EQ(status_at(root() + folder).st_mode & 0777, 0700u) << folder;
  }
}

TEST_F(LayerStoreTest, ImportsEveryCompression) {
  const std::string plain = tar_of({directory("d"), file("d/f", std::string(3'000'000, 'f'))});
  for (const Compression type : {Compression::gzip, Compression::zstd, Compression::none}) {
    const std::string blob = type == Compression::none ? plain : compress(plain, type);
    const LayerPtr layer = must(import_blob(blob, plain));
    EXPECT_EQ(layer->fingerprint, oci::Digest::of(plain));
    EXPECT_EQ(layer->entries, 2u);
    EXPECT_EQ(layer->bytes, 3'000'000u);
    EXPECT_EQ(fs::file_size(tree(layer) / "d/f"), 3'000'000u);
    EXPECT_EQ(must(store().blobs().size(oci::Digest::of(blob))), blob.size());
    EXPECT_THAT(left_overs(), IsEmpty());
  }
  EXPECT_EQ(layers_in_store(), 1u);
  const LayerPtr found = must(store().find_imported(oci::Digest::of(plain)));
  ASSERT_TRUE(found);
  EXPECT_TRUE(tar(found) == plain);
  EXPECT_EQ(must(store().find(found->id))->fingerprint, found->fingerprint);
}

TEST_F(LayerStoreTest, ImportsTheEmptyLayer) {
  const LayerPtr layer = must(try_import(std::string(1024, '\0')));
  EXPECT_TRUE(layer->empty());
  EXPECT_EQ(must(store().tar_info(*layer)).diff_id.str(), kEmptyLayer);
}

TEST_F(LayerStoreTest, FindsOnlyWhatIsThere) {
  EXPECT_THAT(store().find("abc"), FailsWith(ErrorKind::not_found, "abc"));
  for (const char* hostile : {"", "..", "../work", "a/b", "/etc"}) {
    EXPECT_THAT(store().find(hostile), FailsWith(ErrorKind::not_found, hostile));
  }
  EXPECT_EQ(must(store().find_imported(oci::Digest::of("x"))), nullptr);
}

TEST_F(LayerStoreTest, RefusesBlobsThatLie) {
  const std::string plain = tar_of({file("f", "f")});
  const std::string blob = compress(plain, Compression::gzip);
  oci::Descriptor descriptor = descriptor_of(blob);
  const auto import = [&](const std::string& bytes, const oci::Descriptor& as, const oci::Digest& diff_id) {
    return store().import(std::make_unique<test::StringSource>(bytes), as, diff_id, 0);
  };
  expect_refused(import(blob, descriptor, oci::Digest::of("else")), ErrorKind::corrupt, "diffID");
  descriptor.digest = oci::Digest::of("else");
  expect_refused(import(blob, descriptor, oci::Digest::of(plain)), ErrorKind::corrupt, "digest");
  descriptor = descriptor_of(blob);
  descriptor.size += 1;
  expect_refused(import(blob, descriptor, oci::Digest::of(plain)), ErrorKind::corrupt,
                 "bytes of its descriptor");
  descriptor.size -= 2;
  expect_refused(import(blob, descriptor, oci::Digest::of(plain)), ErrorKind::corrupt,
                 "bytes of its descriptor");
  descriptor = descriptor_of(blob);
  expect_refused(import(blob + std::string(1 << 20, '\0'), descriptor, oci::Digest::of(plain)),
                 ErrorKind::corrupt, "more than");
  expect_refused(import(blob.substr(0, blob.size() / 2), descriptor, oci::Digest::of(plain)),
                 ErrorKind::corrupt, "");
  expect_refused(import_blob("no archive", "no archive"), ErrorKind::corrupt, "");
}

TEST_F(LayerStoreTest, RefusesHostileArchivesByName) {
  const std::string up = tar_of({file("a"), file("../../etc/x", "x")});
  expect_refused(try_import(up), ErrorKind::corrupt, "../../etc/x");
  const std::string link = tar_of({file("a"), hardlink("h", "../../../etc/passwd")});
  expect_refused(try_import(link), ErrorKind::corrupt, "\"h\"");
}

TEST_F(LayerStoreTest, BoundsWhatABombUnpacksTo) {
  const std::string plain = tar_of({file("zeros", std::string(50 << 20, '\0'))});
  const std::string blob = compress(plain, Compression::gzip);
  ASSERT_LT(blob.size(), 1u << 20);
  expect_refused(store().import(std::make_unique<test::StringSource>(blob), descriptor_of(blob),
                                oci::Digest::of(plain), 10 << 20),
                 ErrorKind::no_space, "");
  // Nothing but end marks.
  const std::string zeros(30 << 20, '\0');
  const std::string small = compress(zeros, Compression::zstd);
  expect_refused(store().import(std::make_unique<test::StringSource>(small), descriptor_of(small),
                                oci::Digest::of(zeros), 10 << 20),
                 ErrorKind::no_space, "unpacks to more");
}

TEST_F(LayerStoreTest, PassesOnTheSourcesError) {
  const std::string plain = tar_of({file("f", std::string(100'000, 'f'))});
  auto source = std::make_unique<test::StringSource>(plain.substr(0, 60'000), 5000,
                                                     Error(ErrorKind::unavailable, "connection reset"));
  expect_refused(store().import(std::move(source), descriptor_of(plain), oci::Digest::of(plain), 0),
                 ErrorKind::unavailable, "connection reset");
}

TEST_F(LayerStoreTest, TheSecondBlobOfALayerIsRemembered) {
  const std::string plain = tar_of({file("f", "f")});
  const std::string zipped = compress(plain, Compression::gzip);
  const LayerPtr layer = must(import_blob(zipped, plain));
  const LayerPtr same = must(import_blob(compress(plain, Compression::zstd), plain));
  EXPECT_EQ(layer->id, same->id);
  const CompressionOptions zstd{Compression::zstd, std::nullopt, 1};
  EXPECT_EQ(must(store().ensure_blob(*layer, zstd, false)).digest, oci::Digest::of(zipped));
  EXPECT_EQ(must(store().ensure_blob(*layer, zstd, true)).compression, Compression::zstd);
}

TEST_F(LayerStoreTest, PulledBlobsStayAsTheyCame) {
  const std::string plain = tar_of({file("f", std::string(1000, 'f'))});
  const std::string blob = compress(plain, Compression::gzip);
  const LayerPtr layer = must(import_blob(blob, plain));
  const LayerBlob given = must(store().ensure_blob(*layer, {Compression::zstd, 3, 1}, false));
  EXPECT_EQ(given.digest, oci::Digest::of(blob));
  EXPECT_EQ(given.size, blob.size());
  EXPECT_EQ(given.compression, Compression::gzip);
  EXPECT_EQ(given.source, "");
  const LayerBlob forced = must(store().ensure_blob(*layer, {Compression::zstd, 3, 1}, true));
  EXPECT_EQ(forced.compression, Compression::zstd);
  auto opened = must(store().blobs().open_blob(forced.digest));
  ASSERT_TRUE(opened);
  // The clamp is for what is built, not for what is pulled.
  EXPECT_EQ(must(store().tar_info(*layer, 0)).diff_id, oci::Digest::of(plain));
}

TEST_F(LayerStoreTest, WritesGoldenTarballs) {
  const LayerPtr base = import({directory("d"), file("d/gone")});
  const LayerPtr layer = commit({base}, "golden", [](const fs::path& root) {
    fs::remove(root / "d/gone");
    set_file(root / "d/new", "new");
    fs::create_symlink("new", root / "d/link");
    set_mtime(root / "d/new", kBaseTime + 5 * kSecond + 7);
    set_mtime(root / "d/link", -kSecond);
    set_mtime(root / "d", kBaseTime);
  });
  const std::string bytes = tar(layer);
  // What Go's archive/tar writes for these entries in FormatPAX.
  EXPECT_EQ(oci::Digest::of(bytes).hex(), "fc24b82eea4133e9b3de53c9d68999a7adefc7f9c97588a0c7164c93fa93c5e8");
  EXPECT_EQ(must(store().tar_info(*layer)).diff_id, oci::Digest::of(bytes));
  EXPECT_EQ(must(store().tar_info(*layer)).size, bytes.size());
  StringSink again;
  EXPECT_EQ(must(store().write_tar(*layer, again)).diff_id, oci::Digest::of(bytes));
  EXPECT_TRUE(again.str() == bytes);
}

TEST_F(LayerStoreTest, AStepThatDoesNothingMakesTheEmptyLayer) {
  const LayerPtr layer = commit({}, "nothing", [](const fs::path&) {});
  EXPECT_TRUE(layer->empty());
  EXPECT_EQ(must(store().tar_info(*layer)).diff_id.str(), kEmptyLayer);
  EXPECT_EQ(tar(layer), std::string(1024, '\0'));
}

TEST_F(LayerStoreTest, ClampsMtimes) {
  const LayerPtr base = import({file("gone")});
  const LayerPtr layer = commit({base}, "clamp", [](const fs::path& root) {
    set_file(root / "new", "new");
    set_file(root / "old", "old");
    set_mtime(root / "old", 5 * kSecond);
    fs::remove(root / "gone");
  });
  StringSink sink;
  const LayerTar clamped = must(store().write_tar(*layer, sink, 1000));
  auto reader = must(oci::ArchiveReader::open(std::make_unique<test::StringSource>(sink.str()), {}));
  EXPECT_EQ(must(reader.next())->mtime, 0);  // the whiteout
  EXPECT_EQ(must(reader.next())->mtime, 1000 * kSecond);
  EXPECT_EQ(must(reader.next())->mtime, 5 * kSecond);
  EXPECT_EQ(clamped.diff_id, oci::Digest::of(sink.str()));
  EXPECT_NE(must(store().tar_info(*layer)).diff_id, clamped.diff_id);
  EXPECT_EQ(must(store().tar_info(*layer, 1000)).diff_id, clamped.diff_id);
  const CompressionOptions gzip{Compression::gzip, std::nullopt, 1};
  EXPECT_NE(must(store().ensure_blob(*layer, gzip, false, 1000)).digest,
            must(store().ensure_blob(*layer, gzip, false)).digest);
}

TEST_F(LayerStoreTest, MakesBlobsOnce) {
  const LayerPtr layer =
      commit({}, "blob", [](const fs::path& root) { set_file(root / "f", std::string(2'000'000, 'f')); });
  for (const Compression type : {Compression::gzip, Compression::zstd, Compression::none}) {
    const CompressionOptions options{type, std::nullopt, 2};
    const LayerBlob blob = must(store().ensure_blob(*layer, options, false));
    EXPECT_EQ(blob.compression, type);
    auto file = must(store().blobs().open_blob(blob.digest));
    ASSERT_TRUE(file);
    const std::string bytes = test::TempDir::read_file(root() + "/blobs/sha256/" + blob.digest.hex());
    EXPECT_EQ(blob.size, bytes.size());
    const auto plain = make_decompressor(std::make_unique<test::StringSource>(bytes), type);
    EXPECT_TRUE(must(read_all(*plain, 1 << 30)) == tar(layer));
    const auto made = status_at(root() + "/blobs/sha256/" + blob.digest.hex()).st_ino;
    EXPECT_EQ(must(store().ensure_blob(*layer, options, false)).digest, blob.digest);
    EXPECT_EQ(status_at(root() + "/blobs/sha256/" + blob.digest.hex()).st_ino, made);
    // A blob that was pruned is made again.
    must(store().blobs().remove(blob.digest));
    EXPECT_EQ(must(store().ensure_blob(*layer, options, false)).digest, blob.digest);
    EXPECT_TRUE(store().blobs().contains(blob.digest));
  }
}

TEST_F(LayerStoreTest, ThreadsMayImportTheSameAndOtherLayers) {
  std::vector<std::string> tars;
  for (int i = 0; i < 4; ++i) {
    std::vector<Member> members{directory("d")};
    for (int j = 0; j < 50; ++j)
      members.push_back(file("d/" + std::to_string(j), std::string(1000, char('a' + i))));
    tars.push_back(tar_of(members));
  }
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto layer = try_import(tars[static_cast<std::size_t>(i % 4)]);
      if (!layer || (*layer)->entries != 51) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(layers_in_store(), 4u);
  EXPECT_THAT(left_overs(), IsEmpty());
}

TEST_F(LayerStoreTest, ProcessesMayShareTheStore) {
  std::vector<Member> members;
  for (int i = 0; i < 200; ++i) members.push_back(file(std::to_string(i), std::string(5000, 'x')));
  const std::string archive = tar_of(members);
  store_.reset();
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto own = LayerStore::open(root());
      if (!own) ::_exit(1);
      const auto layer = (*own)->import(std::make_unique<test::StringSource>(archive, 1000),
                                        descriptor_of(archive), oci::Digest::of(archive), 0);
      if (!layer || !(*own)->find((*layer)->id)) ::_exit(2);
      own->reset();
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  reopen();
  EXPECT_EQ(layers_in_store(), 1u);
  EXPECT_THAT(left_overs(), IsEmpty());
  EXPECT_TRUE(must(store().find_imported(oci::Digest::of(archive))));
}

}  // namespace
}  // namespace mbuild::builder
