"""Several platforms in one build: the index that comes out, and what each platform's steps see."""
import json
import os
import shutil
import struct
import tarfile

import harness
from harness import run

PLATFORMS = "linux/amd64,linux/arm64,linux/arm/v7"
ARGUMENTS = """FROM --platform=$BUILDPLATFORM {base} AS tools
ARG BUILDARCH
RUN echo built on $BUILDARCH > /tool
FROM scratch
ARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT TARGETSTAGE
COPY --from=tools /tool /tool
COPY file-$TARGETARCH$TARGETVARIANT /file
LABEL platform=$TARGETPLATFORM os=$TARGETOS stage=$TARGETSTAGE
"""


def static_program(machine, code):
    """A 64-bit little-endian ELF file with nothing but this code."""
    address = 0x400000
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, address + 120, 64, 0, 0,
                                                             64, 56, 1, 0, 0, 0)
    size = 120 + len(code)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, address, address, size, size, 4096) + code


# mov x0, #0; mov x8, #93 (exit); svc #0
ARM64_TRUE = static_program(183, struct.pack("<III", 0xD2800000, 0xD2800BA8, 0xD4000001))


class Platforms(harness.Case):
    def files(self):
        base = self.registry().seed("busybox", "library/busybox")
        return {"Dockerfile": ARGUMENTS.format(base=base), "file-amd64": "x86", "file-arm64": "arm64",
                "file-armv7": "armv7"}

    def check_index(self, index, read_blob):
        self.assertEqual([entry["platform"]["architecture"] for entry in index["manifests"]], ["amd64", "arm64", "arm"])
        self.assertEqual(index["manifests"][2]["platform"]["variant"], "v7")
        for entry, platform in zip(index["manifests"], PLATFORMS.split(",")):
            config = json.loads(read_blob(json.loads(read_blob(entry["digest"]))["config"]["digest"]))
            self.assertEqual(config["architecture"], platform.split("/")[1])
            self.assertEqual(config["config"]["Labels"], {"platform": platform, "os": "linux", "stage": "default"})

    def test_oci_archive_holds_an_index(self):
        archive = self.path("app.tar")
        built = self.build(self.files(), "--platform", PLATFORMS, "-t", "app:1", "-o", f"type=oci,dest={archive}")
        layout = self.path("layout")
        with tarfile.open(archive) as tar:
            tar.extractall(layout)

        def read_blob(digest):
            return harness.read(layout, "blobs", *digest.split(":"))

        root = json.loads(harness.read(layout, "index.json"))["manifests"][0]
        self.assertEqual(root["mediaType"], "application/vnd.oci.image.index.v1+json")
        self.check_index(json.loads(read_blob(root["digest"])), read_blob)
        # The stage of the build's own platform ran once.
        self.assertEqual(built.stderr.count("RUN echo built on"), 1, built.stderr)
        copy = self.path("copy")
        run("skopeo", "copy", "--quiet", "--all", f"oci-archive:{archive}", f"oci:{copy}:app")
        for architecture in ("amd64", "arm64"):
            inspected = json.loads(run("skopeo", "--override-arch", architecture, "inspect", f"oci:{copy}:app").stdout)
            self.assertEqual(inspected["Architecture"], architecture)
            single = self.path(architecture)
            run("skopeo", "--override-arch", architecture, "copy", "--quiet", f"oci:{copy}:app", f"oci:{single}:app")
            run("umoci", "unpack", "--image", f"{single}:app", self.path("bundle-" + architecture))
            file = harness.read(self.path("bundle-" + architecture), "rootfs", "file")
            self.assertEqual(file, {"amd64": "x86", "arm64": "arm64"}[architecture])

    def test_registry_gets_an_index_and_serves_as_base(self):
        name = f"{self.registry().host}/team/multi:1"
        self.build(self.files(), "--platform", PLATFORMS, "-t", name, "--push")
        index = self.registry().manifest("team/multi", "1")
        self.assertEqual(len(index["manifests"]), 3)
        for platform, content in (("linux/arm64", "arm64"), ("linux/arm/v7", "armv7"), ("linux/arm/v8", "armv7")):
            out = self.path("out")
            shutil.rmtree(out, ignore_errors=True)
            self.build({"Dockerfile": f"FROM {name}\n"}, "--pull", "--platform", platform, "-o", out,
                       store=self.path("other"))
            self.assertEqual(harness.read(out, "file"), content)
        missing = self.build({"Dockerfile": f"FROM {name}\n"}, "--pull", "--platform", "linux/s390x", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("linux/arm64", missing.stderr)

    def test_the_store_keeps_all_of_them(self):
        name = f"{self.registry().host}/team/stored:1"
        self.build(self.files(), "--platform", PLATFORMS, "-t", name)
        self.assertIn(PLATFORMS, self.mbuild("images").stdout)
        out = self.path("out")
        self.build({"Dockerfile": f"FROM {name}\n"}, "--platform", "linux/arm64", "-o", out)
        self.assertEqual(harness.read(out, "file"), "arm64")
        self.mbuild("push", name)
        self.assertEqual(len(self.registry().manifest("team/stored", "1")["manifests"]), 3)

    def test_local_and_tar_have_a_folder_for_each(self):
        folder, tarball = self.path("root"), self.path("root.tar")
        self.build(self.files(), "--platform", PLATFORMS, "-o", folder, "-o", f"type=tar,dest={tarball}")
        self.assertEqual(sorted(os.listdir(folder)), ["linux_amd64", "linux_arm64", "linux_arm_v7"])
        self.assertEqual(harness.read(folder, "linux_arm_v7", "file"), "armv7")
        with tarfile.open(tarball) as tar:
            self.assertIn("linux_arm64/file", tar.getnames())
        self.build({"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"}, "--platform", "linux/arm64", "-o",
                   f"type=local,dest={self.path('split')},platform-split=true")
        self.assertEqual(os.listdir(self.path("split")), ["linux_arm64"])
        clash = self.build(self.files(), "--platform", PLATFORMS, "-o",
                           f"type=local,dest={self.path('flat')},platform-split=false", check=False)
        self.assertIn("platform-split", clash.stderr)

    def test_docker_takes_one_platform(self):
        refused = self.build(self.files(), "--platform", PLATFORMS, "-o", f"type=docker,dest={self.path('d.tar')}",
                             check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("type=oci", refused.stderr)
        self.assertFalse(os.path.exists(self.path("d.tar")))

    def test_one_platform_may_be_an_index_too(self):
        layout = self.path("layout")
        self.build({"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"}, "--build-arg", "BUILDKIT_MULTI_PLATFORM=true",
                   "-o", f"type=oci,tar=false,dest={layout}")
        root = json.loads(harness.read(layout, "index.json"))["manifests"][0]
        self.assertTrue(root["mediaType"].endswith("index.v1+json"))

    def test_bad_platforms_are_refused(self):
        for bad in ("linux/amd64,/", "linux/a/b/c", "pdp11/x/y/z"):
            refused = self.build({"Dockerfile": "FROM scratch\n"}, "--platform", bad, check=False)
            self.assertNotEqual(refused.returncode, 0, bad)

    def test_a_foreign_step_runs_or_says_what_is_missing(self):
        files = {"Dockerfile": "FROM scratch\nCOPY --chmod=755 true /true\nRUN [\"/true\"]\n", "true": ARM64_TRUE}
        built = self.build(files, "--platform", "linux/arm64", "-t", "arm:1", check=False)
        registered = "/proc/sys/fs/binfmt_misc/qemu-aarch64"
        if os.uname().machine == "aarch64" or (os.path.exists(registered) and "F" in harness.read(registered)):
            self.assertEqual(built.returncode, 0, built.stderr)
        else:
            self.assertEqual(built.returncode, 1)
            self.assertIn("qemu-user-static binfmt-support", built.stderr)
            self.assertIn(">>> RUN", built.stderr)


if __name__ == "__main__":
    harness.main()
