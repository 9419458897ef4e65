#include "registry/oci/reference.h"

#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct Valid {
  std::string text;
  std::string full;
  std::string familiar;
};

// Rows follow distribution/reference's normalize_test.go and reference_test.go.
class ValidReference : public testing::TestWithParam<Valid> {};

TEST_P(ValidReference, IsNormalised) {
  const auto reference = Reference::parse(GetParam().text);
  ASSERT_TRUE(reference) << reference.error().message();
  EXPECT_EQ(reference->str(), GetParam().full);
  EXPECT_EQ(reference->familiar(), GetParam().familiar);
  // Both forms name the same image again.
  EXPECT_EQ(*Reference::parse(reference->str()), *reference);
  EXPECT_EQ(*Reference::parse(reference->familiar()), *reference);
}

INSTANTIATE_TEST_SUITE_P(
    Docker, ValidReference,
    testing::Values(
        Valid{"debian", "docker.io/library/debian:latest", "debian:latest"},
        Valid{"debian:bookworm", "docker.io/library/debian:bookworm", "debian:bookworm"},
        Valid{"library/debian", "docker.io/library/debian:latest", "debian:latest"},
        Valid{"docker.io/debian", "docker.io/library/debian:latest", "debian:latest"},
        Valid{"docker.io/library/debian", "docker.io/library/debian:latest", "debian:latest"},
        Valid{"index.docker.io/debian", "docker.io/library/debian:latest", "debian:latest"},
        Valid{"index.docker.io/library/debian:1", "docker.io/library/debian:1", "debian:1"},
        Valid{"moby/buildkit", "docker.io/moby/buildkit:latest", "moby/buildkit:latest"},
        Valid{"docker.io/moby/buildkit:v0.12", "docker.io/moby/buildkit:v0.12", "moby/buildkit:v0.12"},
        Valid{"library/foo/bar", "docker.io/library/foo/bar:latest", "library/foo/bar:latest"},
        Valid{"docker.io", "docker.io/library/docker.io:latest", "docker.io:latest"},
        Valid{"localhost", "docker.io/library/localhost:latest", "localhost:latest"},
        Valid{"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"},
        Valid{"localhost/debian", "localhost/debian:latest", "localhost/debian:latest"},
        Valid{"localhost/library/debian", "localhost/library/debian:latest",
              "localhost/library/debian:latest"},
        Valid{"localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app:latest"},
        Valid{"localhost:5000/app:5000", "localhost:5000/app:5000", "localhost:5000/app:5000"},
        Valid{"docker.io/localhost/x", "docker.io/localhost/x:latest", "docker.io/localhost/x:latest"},
        Valid{"docker.io/a.b/x", "docker.io/a.b/x:latest", "docker.io/a.b/x:latest"},
        Valid{"ghcr.io/owner/app", "ghcr.io/owner/app:latest", "ghcr.io/owner/app:latest"},
        Valid{"ghcr.io/app", "ghcr.io/app:latest", "ghcr.io/app:latest"},
        Valid{"Example.COM/app", "Example.COM/app:latest", "Example.COM/app:latest"},
        Valid{"HOST/app", "HOST/app:latest", "HOST/app:latest"},
        Valid{"test.com:443/a/b/c", "test.com:443/a/b/c:latest", "test.com:443/a/b/c:latest"},
        Valid{"127.0.0.1/app", "127.0.0.1/app:latest", "127.0.0.1/app:latest"},
        Valid{"127.0.0.1:8080/app:x", "127.0.0.1:8080/app:x", "127.0.0.1:8080/app:x"},
        Valid{"[::1]/app", "[::1]/app:latest", "[::1]/app:latest"},
        Valid{"[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app:latest", "[2001:db8::1]:5000/app:latest"},
        Valid{"[fe80::1]:5000/app:1", "[fe80::1]:5000/app:1", "[fe80::1]:5000/app:1"},
        Valid{"xn--n3h.com/app", "xn--n3h.com/app:latest", "xn--n3h.com/app:latest"},
        Valid{"a--b.example/app", "a--b.example/app:latest", "a--b.example/app:latest"},
        Valid{"a__b", "docker.io/library/a__b:latest", "a__b:latest"},
        Valid{"a_b", "docker.io/library/a_b:latest", "a_b:latest"},
        Valid{"a.b", "docker.io/library/a.b:latest", "a.b:latest"},
        Valid{"a---b", "docker.io/library/a---b:latest", "a---b:latest"},
        Valid{"foo_bar/baz", "docker.io/foo_bar/baz:latest", "foo_bar/baz:latest"},
        Valid{"foo--bar/x", "docker.io/foo--bar/x:latest", "foo--bar/x:latest"},
        Valid{"0/1/2", "docker.io/0/1/2:latest", "0/1/2:latest"},
        Valid{"app:_", "docker.io/library/app:_", "app:_"},
        Valid{"app:A.b-C_9", "docker.io/library/app:A.b-C_9", "app:A.b-C_9"},
        Valid{"app:" + std::string(128, 'x'), "docker.io/library/app:" + std::string(128, 'x'),
              "app:" + std::string(128, 'x')},
        Valid{"debian@" + kDigest, "docker.io/library/debian@" + kDigest, "debian@" + kDigest},
        Valid{"debian:12@" + kDigest, "docker.io/library/debian:12@" + kDigest, "debian:12@" + kDigest},
        Valid{"localhost:5000/a/b:t@" + kDigest, "localhost:5000/a/b:t@" + kDigest,
              "localhost:5000/a/b:t@" + kDigest},
        // One digit short of, or longer than, an image id.
        Valid{std::string(63, 'a'), "docker.io/library/" + std::string(63, 'a') + ":latest",
              std::string(63, 'a') + ":latest"},
        Valid{std::string(65, 'a'), "docker.io/library/" + std::string(65, 'a') + ":latest",
              std::string(65, 'a') + ":latest"},
        Valid{"library/" + std::string(64, 'a'), "docker.io/library/" + std::string(64, 'a') + ":latest",
              std::string(64, 'a') + ":latest"}));

TEST(Reference, SplitsIntoItsParts) {
  const auto reference = test::must(Reference::parse("localhost:5000/a/b:t@" + kDigest));
  EXPECT_EQ(reference.registry, "localhost:5000");
  EXPECT_EQ(reference.repository, "a/b");
  EXPECT_EQ(reference.tag, "t");
  EXPECT_EQ(reference.digest->str(), kDigest);
  EXPECT_EQ(reference.name(), "localhost:5000/a/b");
}

TEST(Reference, HasNoTagWithOnlyADigest) {
  EXPECT_EQ(test::must(Reference::parse("a@" + kDigest)).tag, "");
}

struct Invalid {
  std::string text;
  std::string message;
  ErrorKind kind = ErrorKind::invalid_input;
};

class InvalidReference : public testing::TestWithParam<Invalid> {};

TEST_P(InvalidReference, NamesThePart) {
  EXPECT_THAT(Reference::parse(GetParam().text), FailsWith(GetParam().kind, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Docker, InvalidReference,
    testing::Values(
        Invalid{"", "repository: it is empty"}, Invalid{":latest", "repository: it is empty"},
        Invalid{"@" + kDigest, "repository: it is empty"}, Invalid{kHex, "are an image id"},
        Invalid{"Debian", "repository: it must be lower-case"},
        Invalid{"docker.io/Library/debian", "repository: it must be lower-case"},
        Invalid{"foo/Foo", "repository: it must be lower-case"},
        Invalid{"/foo", "repository: a component is empty"},
        Invalid{"foo/", "repository: a component is empty"},
        Invalid{"foo//bar", "repository: a component is empty"},
        Invalid{"localhost/", "repository: it is empty"}, Invalid{"-foo", "must begin and end"},
        Invalid{"foo-", "must begin and end"}, Invalid{"-foo/bar", "must begin and end"},
        Invalid{"foo/bar-", "must begin and end"}, Invalid{"foo_/x", "must begin and end"},
        Invalid{"a..b", "may separate"}, Invalid{"a___b", "may separate"}, Invalid{"a._b", "may separate"},
        Invalid{"a-_b", "may separate"}, Invalid{"a b", "it may hold"}, Invalid{" a", "must begin and end"},
        Invalid{"a\n", "must begin and end"},
        Invalid{"a\xC3\xA9"
                "b",
                "it may hold"},
        Invalid{"a$b", "it may hold"}, Invalid{std::string("a\0b", 3), "it may hold"},
        Invalid{"https://github.com/docker/docker", "registry"},
        Invalid{"docker:///docker", "registry: the port"},
        Invalid{"a@b.com/c", "registry: the host name may hold"},
        Invalid{"foo_bar.com/x", "registry: the host name may hold"},
        Invalid{"-a.com/x", "registry: a label"}, Invalid{"a-.com/x", "registry: a label"},
        Invalid{"a..com/x", "registry: the host name has an empty label"},
        Invalid{"a.com./x", "registry: the host name has an empty label"},
        Invalid{".com/x", "registry: the host name has an empty label"},
        Invalid{":5000/x", "registry: the host name is empty"}, Invalid{"a.com:/x", "registry: the port"},
        Invalid{"a.com:x/y", "registry: the port"}, Invalid{"a.com:80:81/x", "registry: the port"},
        Invalid{"::1/x", "registry"}, Invalid{"[::1/x", "registry: no \"]\""},
        Invalid{"[fe80::1%eth0]/x", "registry: malformed IPv6"},
        Invalid{"[::1]5000/x", "registry: something other"}, Invalid{"[::1]:/x", "registry: the port"},
        Invalid{"a:", "tag: it is empty"}, Invalid{"a:.x", "tag: it must begin"},
        Invalid{"a:-x", "tag: it must begin"}, Invalid{"a:b:c", "tag: it may hold"},
        Invalid{"a:b c", "tag: it may hold"}, Invalid{"a:" + std::string(129, 'x'), "tag: it is longer"},
        Invalid{"a@", "digest"}, Invalid{"a@sha256:", "digest"}, Invalid{"a@sha256:abc", "digest"},
        Invalid{"a@sha256:" + std::string(64, 'A'), "digest"},
        Invalid{"a@sha256:" + std::string(64, 'g'), "digest"}, Invalid{"a@" + kHex, "digest"},
        Invalid{"a@" + kDigest + ":t", "digest"}, Invalid{"a@" + kDigest + "@" + kDigest, "digest"},
        Invalid{"a@sha512:" + std::string(128, 'a'), "sha512 is not supported", ErrorKind::unsupported},
        Invalid{std::string(256, 'a'), "repository: it is longer than 255"}));

}  // namespace
}  // namespace mbuild::oci
