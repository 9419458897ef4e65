"""Containers with mbuild in them, as CI systems run builds: made by a test's own Docker Engine, with its defaults."""
import os
import re
import shutil
import subprocess

PROGRAM = "/mbuild"
IMAGE = "builder"


def load_image(engine, mbuild, busybox, folder):
    """Makes the image IMAGE of the program, with its libraries, over busybox (an OCI layout), in a folder to be made."""
    content = os.path.join(folder, "content")
    libraries = subprocess.run(["ldd", mbuild], check=True, capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", libraries):
        os.makedirs(content + os.path.dirname(library), exist_ok=True)
        shutil.copy(os.path.realpath(library), content + library)
    shutil.copy(mbuild, content + PROGRAM)
    with open(os.path.join(content, "Dockerfile"), "w", encoding="utf-8") as out:
        out.write("FROM busybox\nRUN mkdir -p /tmp /root; chmod 1777 /tmp\nCOPY . /\n")
    archive = os.path.join(folder, "image.tar")
    subprocess.run([mbuild, "--root", os.path.join(folder, "store"), "--progress", "quiet", "--build-context",
                    f"busybox=oci-layout://{busybox}", "-t", IMAGE, "--output", f"type=docker,dest={archive}", content],
                   check=True)
    engine.docker("load", "-i", archive)


def start(engine, mbuild, busybox, folder, options=()):
    """Starts a container that only waits for `docker exec`; gives its id."""
    load_image(engine, mbuild, busybox, folder)
    return engine.docker("run", "--detach", "--network", "none", *options, IMAGE, "sleep", "100000").stdout.strip()
