"""What the tests with hostile input share: archives and images nobody would make by accident, and canaries.

Every test of a Hostile case ends with the same questions: are the canaries on the host as they were, is nothing
mounted, running or half done, and does an ordinary build work in the same store?
"""
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile

import harness

# The rung that these tests force, as --isolation names it.
RUNG = os.environ.get("MBUILD_ISOLATION", "root")


def member(name, content=None, kind=None, link="", mode=0o644, pax=None, **attributes):
    """One member of a tar: a file of `content`, or of the type `kind` (tarfile.DIRTYPE and its like)."""
    info = tarfile.TarInfo(name)
    info.mode, info.linkname, info.mtime = mode, link, 1_700_000_000
    info.type = kind or tarfile.REGTYPE
    info.pax_headers = pax or {}
    data = (content or "").encode() if not isinstance(content, bytes) else content
    info.size = len(data)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, data


def directory(name, mode=0o755):
    return member(name, kind=tarfile.DIRTYPE, mode=mode)


def symlink(name, target):
    return member(name, kind=tarfile.SYMTYPE, link=target)


def hardlink(name, target):
    return member(name, kind=tarfile.LNKTYPE, link=target)


def device(name, major, minor, kind=tarfile.CHRTYPE):
    return member(name, kind=kind, mode=0o666, devmajor=major, devminor=minor)


def fifo(name):
    return member(name, kind=tarfile.FIFOTYPE, mode=0o666)


def tar(*members):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """An OCI layout: the busybox base with layers on top, each of which may lie about itself."""

    def __init__(self, folder, base="busybox"):
        self.folder = folder
        self.base = os.path.join(harness.BASES, base)
        index = json.loads(harness.read(self.base, "index.json"))
        self.manifest = self.load(index["manifests"][0]["digest"])
        self.config = self.load(self.manifest["config"]["digest"])
        os.makedirs(os.path.join(folder, "blobs", "sha256"))
        for layer in self.manifest["layers"]:
            shutil.copy(os.path.join(self.base, "blobs", *layer["digest"].split(":")), self.blob(layer["digest"]))

    def load(self, name):
        return json.loads(harness.read(self.base, "blobs", *name.split(":")))

    def blob(self, name):
        return os.path.join(self.folder, "blobs", *name.split(":"))

    def put(self, data):
        with open(self.blob(digest(data)), "wb") as out:
            out.write(data)
        return digest(data)

    def layer(self, archive, compressed=None, diff_id=None, **lies):
        data = compressed or gzip.compress(archive, 1)
        descriptor = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": self.put(data),
                      "size": len(data), **lies}
        self.manifest["layers"].append(descriptor)
        self.config["rootfs"]["diff_ids"].append(diff_id or digest(archive))
        self.config.setdefault("history", []).append({"created_by": "hostile"})
        return self

    def set(self, **config):
        self.config.setdefault("config", {}).update(config)
        return self

    def write(self):
        config = json.dumps(self.config).encode()
        self.manifest["config"].update(digest=self.put(config), size=len(config))
        manifest = json.dumps(self.manifest).encode()
        files = {"oci-layout": {"imageLayoutVersion": "1.0.0"},
                 "index.json": {"schemaVersion": 2, "manifests": [
                     {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": self.put(manifest),
                      "size": len(manifest), "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}}
        for name, value in files.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
                json.dump(value, out)
        return self.folder


def snapshot(folder):
    """Everything about a tree that a builder might change."""
    found = {}
    for where, folders, files in os.walk(folder):
        for path in [where] + [os.path.join(where, name) for name in folders + files]:
            status = os.lstat(path)
            content = None
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, encoding="utf-8", errors="replace") as text:
                    content = text.read()
            found[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_mtime_ns,
                           status.st_ctime_ns, content)
    return found


class Hostile(harness.Case):
    SECRET = "canary-content-of-the-host"

    def setUp(self):
        super().setUp()
        self.canary = self.path("canary")
        os.makedirs(os.path.join(self.canary, "sub"))
        for name in ("file", "sub/file"):
            with open(os.path.join(self.canary, name), "w", encoding="utf-8") as out:
                out.write(self.SECRET)
        self.before = snapshot(self.canary)
        self.images = 0
        self.kept = os.path.join(self.store, "single-id") if RUNG == "single-id" else self.store  # what the rung keeps

    def tearDown(self):
        self.assertEqual(snapshot(self.canary), self.before, "the canaries on the host")
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            self.assertEqual([line for line in mounts if self.work in line], [], "mounts are left")
        self.assertEqual(harness.processes(self.store), [], "processes are left")
        work = os.path.join(self.kept, "work")
        if os.path.exists(work):
            self.assertEqual(os.listdir(work), ["lock"], "work is left")
            ordinary = self.context({"Dockerfile": "FROM base\nRUN echo fine > /fine\n"}, "ordinary")
            self.mbuild("--build-context", f"base=oci-layout://{harness.BASES}/busybox", ordinary)
        super().tearDown()

    def layout(self, *layers, **config):
        """An image with these tars as layers; gives the option that names it `base`."""
        self.images += 1
        image = Layout(self.path(f"image{self.images}"))
        for layer in layers:
            image.layer(layer)
        return self.named(image.set(**config).write())

    @staticmethod
    def named(folder):
        return ("--build-context", f"base=oci-layout://{folder}")

    def refused(self, done, *words):
        """One error, exit code 1, with these words in it."""
        self.assertEqual(done.returncode, 1, done.stderr)
        text = done.stderr if isinstance(done.stderr, str) else done.stderr.decode(errors="replace")
        self.assertEqual(sum(line.startswith(("error: ", "ERROR: ")) for line in text.split("\n")), 1, text)
        self.assertNotIn(self.SECRET, text)
        for word in words:
            self.assertIn(word, text)
        return text
