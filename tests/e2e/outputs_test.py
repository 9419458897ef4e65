"""Every kind of output, read by the tools that people read it with."""
import hashlib
import json
import os
import stat
import tarfile

import harness
from harness import run

FILES = {
    "Dockerfile": """FROM {base}
RUN mkdir -p /data/sub && echo content > /data/file && ln -s file /data/link && ln /data/file /data/hard \\
 && chmod 4755 /data/file && chown 12:34 /data/sub && : > /data/empty
RUN rm /etc/group && rm -r /home && mkdir /home && echo x > "/data/größe und leer"
USER nobody
WORKDIR /data
CMD ["cat", "file"]
""",
}


def listing_of_folder(root):
    result = {}
    for directory, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            key = os.path.relpath(path, root)
            if stat.S_ISLNK(status.st_mode):
                result[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                result[key] = ("dir", stat.S_IMODE(status.st_mode))
            else:
                with open(path, "rb") as data:
                    result[key] = ("file", stat.S_IMODE(status.st_mode), hashlib.sha256(data.read()).hexdigest())
    return result


def listing_of_tar(path):
    result = {}
    with tarfile.open(path) as archive:
        for member in archive:
            key = member.name.rstrip("/").removeprefix("./")
            if not key or key == ".":
                continue
            if member.issym():
                result[key] = ("link", member.linkname)
            elif member.isdir():
                result[key] = ("dir", member.mode & 0o7777)
            else:
                result[key] = ("file", member.mode & 0o7777, hashlib.sha256(archive.extractfile(member).read()).hexdigest())
    return result


class Outputs(harness.Case):
    def files(self):
        base = self.registry().seed("busybox", "library/busybox")
        return {name: text.format(base=base) for name, text in FILES.items()}

    def test_oci_archive_is_read_by_skopeo_and_umoci(self):
        archive = self.path("app.tar")
        self.build(self.files(), "-t", "app:1", "--output", f"type=oci,dest={archive}")
        inspected = json.loads(run("skopeo", "inspect", f"oci-archive:{archive}").stdout)
        self.assertEqual(len(inspected["Layers"]), 4)
        layout = self.path("layout")
        run("skopeo", "copy", "--quiet", f"oci-archive:{archive}", f"oci:{layout}:app")
        bundle = self.path("bundle")
        run("umoci", "unpack", "--image", f"{layout}:app", bundle)
        rootfs = os.path.join(bundle, "rootfs")
        self.assertFalse(os.path.exists(os.path.join(rootfs, "etc/group")))
        self.assertEqual(os.listdir(os.path.join(rootfs, "home")), [])
        self.assertEqual(os.stat(os.path.join(rootfs, "data/file")).st_nlink, 2)
        status = os.stat(os.path.join(rootfs, "data/sub"))
        self.assertEqual((status.st_uid, status.st_gid), (12, 34))

    def test_docker_archive_is_read_by_skopeo(self):
        archive = self.path("app.tar")
        self.build(self.files(), "-t", "app:1", "--output", f"type=docker,dest={archive}")
        inspected = json.loads(run("skopeo", "inspect", f"docker-archive:{archive}").stdout)
        self.assertEqual(len(inspected["Layers"]), 4)
        with tarfile.open(archive) as tar:
            manifest = json.load(tar.extractfile("manifest.json"))
        self.assertEqual(manifest[0]["RepoTags"], ["app:1"])

    def test_local_and_tar_hold_the_same_files(self):
        files = self.files()
        tarball, folder = self.path("root.tar"), self.path("root")
        self.build(files, "--output", f"type=tar,dest={tarball}", "--output", f"type=local,dest={folder}")
        in_tar, in_folder = listing_of_tar(tarball), listing_of_folder(folder)
        self.assertEqual(in_tar, in_folder)
        self.assertEqual(in_folder["data/link"], ("link", "file"))
        self.assertEqual(in_folder["data/file"][1], 0o4755)
        self.assertIn("data/größe und leer", in_folder)
        self.assertNotIn("etc/group", in_folder)
        # What the sandbox needed is not in the image.
        for stub in ("etc/resolv.conf", "etc/hosts", "etc/hostname"):
            self.assertNotIn(stub, in_folder)

    def test_no_output_appears_when_the_build_fails(self):
        archive = self.path("app.tar")
        files = {"Dockerfile": f"FROM {self.registry().seed('busybox', 'library/busybox')}\nRUN exit 3\n"}
        failed = self.build(files, "-t", "app:1", "--output", f"type=oci,dest={archive}", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertFalse(os.path.exists(archive))
        self.assertNotIn("app:1", self.mbuild("images").stdout)

    def test_id_and_metadata_files(self):
        files, iid, metadata = self.files(), self.path("iid"), self.path("metadata.json")
        self.build(files, "-t", "app:1", "--iidfile", iid, "--metadata-file", metadata)
        self.assertIn(harness.read(iid)[7:19], self.mbuild("images").stdout)
        self.assertEqual(json.loads(harness.read(metadata))["containerimage.config.digest"], harness.read(iid))


if __name__ == "__main__":
    harness.main()
