#!/usr/bin/env python3
"""Makes small base images out of installed Debian packages, as OCI image layouts.

usage: make_base.py busybox|toolchain LAYOUT_DIR

busybox     a shell and its tools (busybox-static)
toolchain   the same with a C compiler: tcc, linking statically against musl; `cc` compiles a program

The layout can be given to a build with `--build-context NAME=oci-layout://LAYOUT_DIR`, or copied into a
registry with `skopeo copy oci:LAYOUT_DIR:latest docker://...`. The bytes depend on the packages alone.
"""
import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
CC = """#!/bin/sh
# Compiles and links statically against musl: cc [-c] [-o OUT] [OPTION...] FILE...
libc={musl}
compile="tcc -nostdinc -I/usr/include/{triple_musl} -I{tcc}/include"
for argument; do
  [ "$argument" = -c ] && exec $compile "$@"
done
exec $compile -static -nostdlib $libc/crt1.o $libc/crti.o "$@" $libc/libc.a {tcc}/libtcc1.a $libc/crtn.o
"""


class Rootfs:
    """Files of a root file system, by path."""

    def __init__(self):
        self.files = {}

    def directory(self, path, mode=0o755):
        parent = os.path.dirname(path)
        if parent and parent not in self.files:
            self.directory(parent)
        self.files.setdefault(path, ("dir", mode, None))

    def add(self, path, kind, mode, data):
        parent = os.path.dirname(path)
        if parent:
            self.directory(parent)
        self.files[path] = (kind, mode, data)

    def text(self, path, text, mode=0o644):
        self.add(path, "file", mode, text.encode())

    def link(self, path, target):
        self.add(path, "link", 0o777, target)

    def copy(self, source, path=None):
        """A file or tree of this machine, symlinks in the path to it resolved, those inside kept."""
        path = (path or source).lstrip("/")
        if os.path.isdir(source):
            self.directory(path)
            for name in sorted(os.listdir(source)):
                self.copy(os.path.join(source, name), os.path.join(path, name))
        elif os.path.islink(source) and path != source.lstrip("/"):
            self.link(path, os.readlink(source))
        else:
            with open(source, "rb") as data:
                self.add(path, "file", os.stat(source).st_mode & 0o777, data.read())

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, (kind, mode, data) in sorted(self.files.items()):
                info = tarfile.TarInfo(path)
                info.mode = mode
                if kind == "dir":
                    info.type = tarfile.DIRTYPE
                elif kind == "link":
                    info.type, info.linkname = tarfile.SYMTYPE, data
                else:
                    info.size = len(data)
                archive.addfile(info, io.BytesIO(data) if kind == "file" else None)
        return out.getvalue()


def add_busybox(root):
    root.copy("/bin/busybox", "bin/busybox")
    for applet in subprocess.check_output(["/bin/busybox", "--list"], text=True).split():
        if applet != "busybox":
            root.link("bin/" + applet, "busybox")
    for path in ("dev", "etc", "home", "proc", "root", "sys", "usr/bin", "var"):
        root.directory(path)
    root.directory("tmp", 0o1777)
    root.text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n")
    root.text("etc/group", "root:x:0:\nnogroup:x:65534:\n")


def shared_libraries(program):
    for line in subprocess.check_output(["ldd", program], text=True).splitlines():
        for word in line.split():
            if word.startswith("/"):
                yield word


def add_toolchain(root):
    machine = platform.machine()
    gnu, musl = f"/usr/lib/{machine}-linux-gnu/tcc", f"/usr/lib/{machine}-linux-musl"
    root.copy("/usr/bin/tcc")
    for library in shared_libraries("/usr/bin/tcc"):
        root.copy(os.path.realpath(library), library)
    for path in (gnu, musl, f"/usr/include/{machine}-linux-musl"):
        root.copy(path)
    root.text("usr/bin/cc", CC.format(musl=musl, tcc=gnu, triple_musl=f"{machine}-linux-musl"), 0o755)


def write_layout(directory, layer, compression_level=6):
    """Writes an OCI layout with one image, `latest`, of one layer: the bytes of a tar."""
    blobs = os.path.join(directory, "blobs", "sha256")
    os.makedirs(blobs, exist_ok=True)

    def blob(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as out:
            out.write(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    config = {
        "created": "1970-01-01T00:00:00Z",
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "samples/toolchain/make_base.py"}],
    }
    kind = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind + "manifest.v1+json",
        "config": blob(json.dumps(config).encode(), kind + "config.v1+json"),
        "layers": [blob(gzip.compress(layer, compression_level, mtime=0), kind + "layer.v1.tar+gzip")],
    }
    descriptor = blob(json.dumps(manifest).encode(), kind + "manifest.v1+json")
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    for name, value in (("index.json", {"schemaVersion": 2, "manifests": [descriptor]}),
                        ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
            json.dump(value, out)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("busybox", "toolchain"):
        sys.exit(__doc__)
    root = Rootfs()
    add_busybox(root)
    if sys.argv[1] == "toolchain":
        add_toolchain(root)
    write_layout(sys.argv[2], root.tar())


if __name__ == "__main__":
    main()
