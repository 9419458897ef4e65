#!/usr/bin/env python3
"""Makes the base images of the end-to-end tests as OCI layouts, unless they are there already.

usage: make_bases.py FOLDER

busybox    samples/toolchain/make_base.py busybox
toolchain  samples/toolchain/make_base.py toolchain
debian     Debian 12 with gcc, by mmdebstrap from the package mirror that this machine uses
"""
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAKE_BASE = os.path.join(SOURCE, "samples", "toolchain", "make_base.py")


def load_make_base():
    spec = importlib.util.spec_from_file_location("make_base", MAKE_BASE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_debian(layout):
    with tempfile.TemporaryDirectory() as folder:
        tarball = os.path.join(folder, "rootfs.tar")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=gcc,libc6-dev",
                        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
                        "bookworm", tarball], check=True)
        with open(tarball, "rb") as layer:
            load_make_base().write_layout(layout, layer.read(), compression_level=1)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in ("busybox", "toolchain", "debian"):
        layout = os.path.join(folder, name)
        if os.path.exists(os.path.join(layout, "index.json")):
            continue
        partial = layout + ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        if name == "debian":
            make_debian(partial)
        else:
            subprocess.run([MAKE_BASE, name, partial], check=True)
        os.rename(partial, layout)
        print(f"made {layout}")


if __name__ == "__main__":
    main()
