"""Pulling and pushing: short names through mirrors, Docker's and OCI's types, compressions, digests, platforms."""
import json
import os

import harness
from harness import run


class Registries(harness.Case):
    def pushed(self, *copy_options, repository="team/base", tag="1", source="busybox"):
        registry = self.registry()
        run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", *copy_options, f"oci:{harness.BASES}/{source}:latest",
            f"docker://{registry.host}/{repository}:{tag}")
        return f"{registry.host}/{repository}:{tag}"

    def check_base(self, base, *arguments):
        out = self.tree({"Dockerfile": f"FROM {base}\nRUN echo ran > /ran\n"}, *arguments)
        self.assertEqual(harness.read(out, "ran"), "ran\n")

    def test_short_names_through_a_mirror(self):
        self.registry().seed("busybox", "library/busybox")
        config = self.path("registries.json")
        with open(config, "w", encoding="utf-8") as text:
            json.dump({"mirrors": {"docker.io": [f"http://{self.registry().host}"]}, "fallback": {"docker.io": False}}, text)
        self.check_base("busybox", "--registries", config)

    def test_docker_v2_manifests(self):
        self.check_base(self.pushed("--format", "v2s2", tag="docker"))

    def test_zstd_layers(self):
        self.check_base(self.pushed("--dest-compress-format", "zstd", tag="zstd"))

    def test_plain_layers(self):
        layout = self.path("plain")
        run("skopeo", "copy", "--quiet", f"oci:{harness.BASES}/busybox:latest", f"dir:{layout}", "--dest-decompress")
        reference = f"{self.registry().host}/team/plain:1"
        run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"dir:{layout}", f"docker://{reference}")
        self.check_base(reference)

    def test_by_digest(self):
        base = self.pushed(tag="digest")
        digest = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{base}").stdout)["Digest"]
        self.check_base(f"{self.registry().host}/team/base@{digest}")
        wrong = "sha256:" + "0" * 64
        failed = self.build({"Dockerfile": f"FROM {self.registry().host}/team/base@{wrong}\n"}, check=False)
        self.assertEqual(failed.returncode, 1)

    def test_pull_then_build_without_the_registry(self):
        base = self.pushed(tag="offline")
        self.mbuild("pull", base)
        self.assertIn("offline", self.mbuild("images").stdout)
        repository = os.path.join(self.folder, "registry/data/docker/registry/v2/repositories/team/base/_manifests/tags/offline")
        os.rename(repository, repository + ".gone")
        try:
            self.check_base(base)
        finally:
            os.rename(repository + ".gone", repository)

    def test_what_was_pushed_is_what_skopeo_pulls(self):
        name = f"{self.registry().host}/team/out:1"
        self.build({"Dockerfile": f"FROM {self.pushed()}\nRUN echo a > /a\n"}, "-t", name, "--push",
                   "--metadata-file", self.path("metadata"))
        digest = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{name}").stdout)["Digest"]
        self.assertEqual(json.loads(harness.read(self.path("metadata")))["containerimage.digest"], digest)

    def test_rm(self):
        self.mbuild("pull", self.pushed(tag="rm"))
        self.mbuild("rm", f"{self.registry().host}/team/base:rm")
        self.assertNotIn("team/base", self.mbuild("images").stdout)
        self.assertEqual(self.mbuild("rm", "nothing:here", check=False).returncode, 1)


if __name__ == "__main__":
    harness.main()
