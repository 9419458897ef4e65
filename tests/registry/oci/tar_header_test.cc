#include "registry/oci/tar_header.h"

#include <gtest/gtest.h>

#include <functional>

#include "registry/oci/digest.h"

namespace mbuild::oci {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

struct Case {
  std::string label;
  Entry entry;
  std::size_t size;
  std::string_view digest;  // of what Go's archive/tar (1.19, FormatPAX) writes for the same header
};

Entry entry(std::string path, EntryType type, std::uint32_t mode = 0644) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = mode;
  entry.mtime = 1700000000 * kSecond;
  return entry;
}

Entry file(std::string path, std::uint32_t mode = 0644) {
  return entry(std::move(path), EntryType::regular, mode);
}

Entry with(Entry entry, const std::function<void(Entry&)>& change) {
  change(entry);
  return entry;
}

Entry link(std::string path, EntryType type, std::string target, std::uint32_t mode) {
  return with(entry(std::move(path), type, mode), [&](Entry& e) { e.link = std::move(target); });
}

Entry device(std::string path, EntryType type, std::uint32_t mode, std::uint32_t major, std::uint32_t minor) {
  return with(entry(std::move(path), type, mode), [&](Entry& e) {
    e.device_major = major;
    e.device_minor = minor;
  });
}

Entry owned(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid) {
  return with(file("f", mode), [&](Entry& e) {
    e.uid = uid;
    e.gid = gid;
  });
}

Entry dated(std::int64_t mtime, std::uint32_t mode = 0644) {
  return with(file("f", mode), [&](Entry& e) { e.mtime = mtime; });
}

Entry sized(std::uint64_t size) {
  return with(file("f"), [&](Entry& e) { e.size = size; });
}

Entry capable(std::string path, std::string capability) {
  return with(file(std::move(path), 0755), [&](Entry& e) { e.xattrs["security.capability"] = capability; });
}

const Entry kEverything = with(file(repeat("ü", 80), 07777), [](Entry& e) {
  e.uid = e.gid = 3000000;
  e.mtime = -5 * kSecond;
  e.xattrs = {{"security.capability", "\x01\x02"}, {"user.a", "b"}};
});

const std::string kPing("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
                        20);

const Case kCases[] = {
    {"plain", file("etc/passwd"), 512, "cca3eb51b1ac8415e2a6338e11bff72e9334b8d57a2513ab165f08c30aee5c1d"},
    {"ids", owned(06755, 1000, 100), 512, "b2f6e35deb5a16c08d5e5444ebd41dd5da5e1d5de814bfaec51fe43524385186"},
    {"max_ids", owned(0644, 2097151, 2097151), 512,
     "36513e7ccd8449986438a1d8986b24abc716f3df2367ef3c49e2aa7e0b931ab3"},
    {"large_ids", owned(0644, 2097152, 4294967294), 1536,
     "b1d6e11e6786574dcd924314a565cbc13118b2036fb287659798882b53cdcdc8"},
    {"directory", entry("usr/lib", EntryType::directory, 01777), 512,
     "509396bc99ac2bea9a625b8c85bf0f74d53440a605e33f7b9be69b10ac827211"},
    {"symlink", link("lib", EntryType::symlink, "usr/lib", 0777), 512,
     "846826682becf387d03ecf316090df51727b71e2a372777aee06be26cb0299d7"},
    {"hardlink", link("b", EntryType::hardlink, "a", 0644), 512,
     "8e185bbabdd946425ce930456aef8f135a8b7aca2dc049453f3154cf4c518cb8"},
    {"character_device", device("dev/null", EntryType::character_device, 0666, 1, 3), 512,
     "bb080735551fdd39609259a476aac794f6f35e8ea3be12eea12ba72a055e84b3"},
    {"block_device", device("dev/sda", EntryType::block_device, 0660, 8, 0), 512,
     "48ca9b228c6a0a790e5ad76f2d35933c29812fc0b096c2ab0c6426fef8be89c8"},
    {"fifo", entry("p", EntryType::fifo, 0600), 512,
     "cc36ebe389d90e420c865b1526e60fa8d450ebf7abd3abd207d114a94fbdb09d"},
    {"negative_mtime", dated(-kSecond), 1536,
     "144993a3fb4d1ea19241bd7e287935675cd164e7dd5fb364453b9e134b89552c"},
    {"far_mtime", dated(8589934592 * kSecond), 1536,
     "3c9f5b4263e1040dbc226ae6879facf51a65cb7b2e213c6692481a016ef91f03"},
    {"epoch", dated(0, 0), 512, "62d038807b2103e3c12ab3fadbdc1ef4039e47013b9d21feb48a7cbda0693d43"},
    {"nine_gib", sized(std::uint64_t{9} << 30), 1536,
     "7993053bfdb9304ad3d087151237277fb0344b1ded1ef6d34e239940876be6de"},
    {"eight_gib", sized((std::uint64_t{8} << 30) - 1), 512,
     "9a0c5077bbebfd113110c9349e499175afd76e6c182416951ff16afe5e3cdf14"},
    {"name_100", file(repeat("n", 100)), 512,
     "9ea4cd48d70a5cb957caaafd914fac0ac10a0ce7c46be02e45de8e93221b762f"},
    {"name_101", file(repeat("n", 101)), 1536,
     "6f1caf463017e10441b33cedc602a4ee00f85b3e5884eeb7f5be1fc00101cc5f"},
    {"name_255", file("d/" + repeat("n", 255)), 1536,
     "6b4c5eef711aa667aca0e0c0fdb786b0b36e102fcf5b48f7e74e6633d4641afb"},
    {"split", file(repeat("d", 90) + "/" + repeat("n", 90)), 512,
     "0767dd8e79f9a148956e17df40d2e65319f86e153a774e1e6e48f12c455dad60"},
    {"split_largest", file(repeat("d", 155) + "/" + repeat("n", 100)), 512,
     "b2620b1c9dd528d1c96a21c3b90a7159fd939065545263d5eeafc72bc4d6dec0"},
    {"split_too_large", file(repeat("d", 156) + "/" + repeat("n", 100)), 1536,
     "ec8cffc48200575266db97c83b531397c04648d61a1a418ab780ff4880640e3c"},
    {"split_directory", entry(repeat("d", 90) + "/" + repeat("n", 90), EntryType::directory, 0755), 512,
     "55bfaa67607aebccf4c789ac39ea4aa2f30e07f13b0e0c01a5c32a63d3963274"},
    {"directory_100", entry(repeat("d", 99), EntryType::directory, 0755), 512,
     "5baee056f3abfb6a60bd85e98ee5590584e1c79cc4356e3f4ac08f51f1c4f598"},
    {"directory_101", entry(repeat("d", 100), EntryType::directory, 0755), 1536,
     "eee206cdb58fdd8e6bc5da55de7bfd649a05b2aa7d9e5bc9f6288966ac422c80"},
    {"deep_directory", entry(repeat("deep/", 99) + "deep", EntryType::directory, 0755), 1536,
     "3a20bd49388256cfe11fc8de2c865a7fe71f16592787a3d8e6b647d616b90bac"},
    {"cut_at_slash", file(repeat("d", 99) + "/" + repeat("n", 120)), 1536,
     "061611ea2bc9abc6d90959889e0e187947ba9bde3e1882ad506851743f1aa051"},
    {"non_ascii", file("größe/日本.txt"), 1536,
     "690dd8cf935766d2a3dabf37b4a2e01dcf04aa2ea4de5b7d73bfe54056797af8"},
    {"non_ascii_directory", entry("日本", EntryType::directory, 0755), 1536,
     "b109faa9ac22a369643c30599af526bb4d2d9bd8af59a61d79a531e62c7c2fa0"},
    {"not_utf8",
     file("a\xff\xfe"
          "b"),
     1536, "155867ba0c5a405a148f85103f94b9bdc0f318d00fadbbacbb5869695637f2df"},
    {"long_link", link("l", EntryType::symlink, repeat("../", 40) + "x", 0777), 1536,
     "2575b9f8eca38627bc2485ca5e211f8ca661219294fa892af0ff38249b82d70f"},
    {"link_100", link("l", EntryType::symlink, repeat("x", 100), 0777), 512,
     "eb6da6824db5b6190f206e2266ebd1ab6eb6beedf6a1d9612e8ea621877ea35f"},
    {"non_ascii_link", link("l", EntryType::symlink, "é", 0777), 1536,
     "f489e469c14decc38b15c2af5328fcdd3fb816f8f92bac8fb7ec6d651d7b7328"},
    {"capability", capable("bin/ping", kPing), 1536,
     "e3c989e288830ef6f1790a775b087f42132438393d90d0f35056133917fcfc3c"},
    {"capability_split", capable(repeat("d", 90) + "/" + repeat("n", 90), "\x01"), 1536,
     "6e5679896e8a08efccc142bf02eeef41bc97cfdb63622ee282bd433d2064dc1e"},
    {"record_of_99_bytes", file(repeat("é", 43) + "x"), 1536,
     "27346f5025b70e5bb81e6e9b5e6a564849ca1fcdf6ccf7e00d8cf50d4279b8bf"},
    {"record_of_100_bytes", file(repeat("é", 44)), 1536,
     "3b0f57c91338d5eee02fdf2dfae22d37da27715622e99fad36ab351bdf0e13e8"},
    {"record_of_101_bytes", file(repeat("é", 44) + "x"), 1536,
     "7f0fe7a71f51c3e24c91de79b2ca72fb5598694fee91ab532e40ff207b4c7394"},
    {"everything", kEverything, 1536, "f107af5a793c53a817006dfc56cb51f812c92f95fe6333a65a877e070d2b2ac2"},
};

class TarHeader : public testing::TestWithParam<Case> {};

TEST_P(TarHeader, HasTheBytesOfGosWriter) {
  std::string header;
  ASSERT_TRUE(append_tar_header(GetParam().entry, header));
  EXPECT_EQ(header.size(), GetParam().size);
  EXPECT_EQ(Digest::of(header).hex(), GetParam().digest);
}

INSTANTIATE_TEST_SUITE_P(, TarHeader, testing::ValuesIn(kCases),
                         [](const auto& instance) { return instance.param.label; });

TEST(TarHeaderRounding, GoesDownToWholeSeconds) {
  std::string exact;
  std::string later;
  ASSERT_TRUE(append_tar_header(dated(-kSecond), exact));
  ASSERT_TRUE(append_tar_header(dated(-1), later));
  EXPECT_EQ(exact, later);
  exact.clear();
  later.clear();
  ASSERT_TRUE(append_tar_header(dated(7 * kSecond), exact));
  ASSERT_TRUE(append_tar_header(dated(8 * kSecond - 1), later));
  EXPECT_EQ(exact, later);
}

TEST(TarHeaderRefuses, WhatNoFormatHolds) {
  std::string out;
  EXPECT_FALSE(append_tar_header(file(""), out));
  EXPECT_FALSE(append_tar_header(file(std::string("a\0b", 3)), out));
  EXPECT_FALSE(append_tar_header(link("l", EntryType::symlink, std::string("a\0b", 3), 0777), out));
  EXPECT_FALSE(append_tar_header(device("d", EntryType::block_device, 0600, 1 << 21, 0), out));
  EXPECT_FALSE(append_tar_header(capable("c", std::string(1 << 20, 'x')), out));
  EXPECT_EQ(out, "");
}

TEST(TarPadding, FillsTheBlock) {
  EXPECT_EQ(tar_padding(0), 0u);
  EXPECT_EQ(tar_padding(1), 511u);
  EXPECT_EQ(tar_padding(511), 1u);
  EXPECT_EQ(tar_padding(512), 0u);
  EXPECT_EQ(tar_padding((std::uint64_t{9} << 30) + 1), 511u);
}

}  // namespace
}  // namespace mbuild::oci
