"""copy, delete, sign and verify, against docker-registry."""
import base64
import json
import os

import harness
from harness import run
from layout import LAYER, MANIFEST, Layout
from registry_client import Client


class Copy(Client):
    def test_between_registries_as_skopeo_does(self):
        source = self.registry().seed("busybox", "team/source")
        other = self.server("other")
        ours = self.verb("copy", source, f"{other.host}/ours:1").stdout.strip()
        run("skopeo", "copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false",
            f"docker://{source}", f"docker://{other.host}/theirs:1")
        for name in ("ours", "theirs"):
            text = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{other.host}/{name}:1").stdout
            self.assertEqual(self.digest(text), ours)
            self.assertEqual(self.raw(f"{other.host}/{name}:1"), text)
        config = json.loads(self.raw(f"{other.host}/ours:1", "--config"))
        self.assertIn("rootfs", config)
        self.verb("copy", source, f"{self.registry().host}/team/mounted:1")

    def test_layouts_both_ways(self):
        source = self.registry().seed("busybox", "team/layout")
        layout = self.path("layout")
        digest = self.verb("copy", source, f"oci:{layout}:one").stdout.strip()
        self.assertEqual(self.digest(self.raw(f"oci:{layout}:one")), digest)
        self.verb("copy", f"oci:{layout}:one", f"oci:{layout}:two")
        self.assertEqual(self.verb("ls-tags", f"oci:{layout}").stdout, "one\ntwo\n")
        run("skopeo", "copy", "--quiet", f"oci:{layout}:two", f"oci:{self.path('theirs')}:x")
        self.verb("copy", f"oci:{self.path('theirs')}:x", f"{self.registry().host}/team/back:1")
        self.assertEqual(self.digest(self.raw(f"{self.registry().host}/team/back:1")), digest)
        self.verb("delete", f"oci:{layout}:one")
        self.assertEqual(self.verb("ls-tags", f"oci:{layout}").stdout, "two\n")
        self.assertIn("no image called one", self.fails("copy", f"oci:{layout}:one", f"oci:{layout}:three"))

    def index(self):
        """An index of two platforms with an attestation-like referrer; gives its place and digest."""
        layout = Layout(self.path("index"))
        digests = []
        for arch in ("amd64", "arm64"):
            digests.append({**layout.image([(f"layer of {arch}".encode(), LAYER)], arch),
                            "platform": {"os": "linux", "architecture": arch}})
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": digests}
        entry = layout.blob(index, index["mediaType"])
        layout.name(entry, "multi")
        place = f"{self.registry().host}/team/multi:1"
        self.assertEqual(self.verb("copy", f"oci:{layout.folder}:multi", place).stdout.strip(), entry["digest"])
        return place, entry, digests

    def test_platforms(self):
        place, entry, children = self.index()
        self.assertEqual(self.digest(self.raw(place)), entry["digest"])
        self.assertEqual(self.digest(self.raw(place, "--platform", "linux/arm64")), children[1]["digest"])
        self.assertEqual(json.loads(self.raw(place, "--platform", "arm64", "--config"))["architecture"], "arm64")
        one = self.verb("copy", "--platform", "linux/arm64", place, f"oci:{self.path('one')}").stdout.strip()
        self.assertEqual(one, children[1]["digest"])
        self.assertIn("linux/amd64, linux/arm64",
                      self.fails("copy", "--platform", "linux/s390x", place, f"oci:{self.path('one')}"))
        self.fails("copy", "--all", "--platform", "linux/arm64", place, "oci:x", code=2)

    def test_referrers(self):
        place, entry, _ = self.index()
        layout = Layout(self.path("index"))
        referrer = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/x-test",
                    "config": layout.blob(b"{}", "application/vnd.oci.empty.v1+json"), "layers": [],
                    "subject": entry}
        descriptor = layout.blob(referrer, MANIFEST)
        layout.name(descriptor, "multi")
        repository = place.rsplit(":", 1)[0]
        self.verb("copy", f"oci:{layout.folder}:multi", f"{repository}@{descriptor['digest']}")
        self.verb("sign", "--generate-key", self.path("key"))
        self.verb("sign", "--key", self.path("key.key"), place)
        target = f"{self.registry().host}/elsewhere/multi:1"
        self.verb("copy", place, target)
        self.fails("verify", "--key", self.path("key.pub"), target)
        self.verb("copy", "--referrers", place, target)
        self.verb("verify", "--key", self.path("key.pub"), target)
        self.raw(f"{self.registry().host}/elsewhere/multi@{descriptor['digest']}")

    def test_errors(self):
        self.assertIn("404", self.fails("copy", f"{self.registry().host}/absent:1", f"oci:{self.path('x')}"))
        self.assertIn("repository", self.fails("copy", "team/UPPER", f"oci:{self.path('x')}"))
        offline = self.fails("copy", "--offline", f"{self.registry().host}/absent:1", f"oci:{self.path('x')}")
        self.assertIn("offline", offline)
        self.fails("copy", "--limit-rate", "fast", "a", "b", code=2)


class Delete(Client):
    def test_by_tag_and_digest(self):
        place = self.registry().seed("busybox", "team/delete", "1")
        self.verb("copy", place, f"{self.registry().host}/team/delete:2")
        self.assertEqual(self.verb("ls-tags", f"{self.registry().host}/team/delete").stdout, "1\n2\n")
        digest = self.digest(self.raw(place))
        self.verb("delete", f"{self.registry().host}/team/delete@{digest}")
        self.fails("inspect", "--raw", place)
        self.assertIn("404", self.fails("delete", f"{self.registry().host}/team/delete@{digest}"))

    def test_not_enabled(self):
        kept = self.server("kept", storage={"delete": {"enabled": False}})
        place = kept.seed("busybox", "app")
        self.assertIn("storage.delete.enabled", self.fails("delete", place))
        self.raw(place)


class Signatures(Client):
    def test_sign_and_verify(self):
        place = self.registry().seed("busybox", "team/signed")
        self.assertIn("no signature", self.signed_by("none", place, check=False))
        self.verb("sign", "--generate-key", self.path("none"), check=False)
        digest = self.verb("sign", "--key", self.path("none.key"), place).stdout.strip()
        self.assertEqual(self.verb("verify", "--key", self.path("none.pub"), place).stdout.strip(), digest)
        self.assertEqual(os.stat(self.path("none.key")).st_mode & 0o777, 0o600)
        self.assertIn("exists", self.fails("sign", "--generate-key", self.path("none")))
        self.assertIn("another key", self.signed_by("other", place, check=False))

        # What cosign would do, with openssl: the layer's bytes, signed with the key.
        tag = f"{self.registry().host}/team/signed:{digest.replace(':', '-')}.sig"
        self.verb("copy", tag, f"oci:{self.path('signature')}")
        layer = json.loads(self.raw(f"oci:{self.path('signature')}"))["layers"][0]
        blob = self.path("signature/blobs/sha256", layer["digest"].split(":")[1])
        with open(self.path("binary"), "wb") as out:
            out.write(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))
        run("openssl", "dgst", "-sha256", "-verify", self.path("none.pub"), "-signature", self.path("binary"), blob)
        self.assertEqual(json.loads(harness.read(blob))["critical"]["image"]["docker-manifest-digest"], digest)

    def signed_by(self, name, place, check=True):
        self.verb("sign", "--generate-key", self.path(name))
        return self.verb("verify", "--key", self.path(name + ".pub"), place, check=check).stderr

    def test_encrypted_key(self):
        place = self.registry().seed("busybox", "team/encrypted")
        secret = {"COSIGN_PASSWORD": "secret"}
        self.verb("sign", "--generate-key", self.path("k"), env=secret)
        self.assertIn("ENCRYPTED", harness.read(self.path("k.key")))
        self.assertIn("password", self.fails("sign", "--key", self.path("k.key"), place))
        self.verb("sign", "--key", self.path("k.key"), place, env=secret)
        self.fails("sign", "--key", self.path("k.key"), code=2)

    def test_policy_stops_a_build(self):
        place = self.registry().seed("busybox", "policy/app")
        self.verb("sign", "--generate-key", self.path("p"))
        with open(self.path("registries.json"), "w", encoding="utf-8") as out:
            json.dump({"verify": {f"{self.registry().host}/policy": [self.path("p.pub")]}}, out)
        policy = ("--registries", self.path("registries.json"))
        self.assertIn("verify policy", self.fails("pull", "--root", self.store, *policy, place))
        self.verb("sign", "--key", self.path("p.key"), place)
        self.verb("pull", "--root", self.store, *policy, place)


if __name__ == "__main__":
    harness.main()
