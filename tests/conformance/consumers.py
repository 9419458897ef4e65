#!/usr/bin/env python3
"""Opens what mbuild makes of some cases with other tools: skopeo reads it, umoci unpacks it, a Docker Engine runs it.

What umoci unpacks is compared with what is recorded for the case.
"""
import json
import os
import shutil
import stat
import sys
import tarfile
import tempfile

from builders import Engine, Failed, Mbuild, run
from case import find

# Every kind of file, whiteout and config; each has a busybox to run.
CASES = """
add/archive_gzip add/archive_replaces chmod/octal chown/names copy/identical_again
copy/odd_names copy/wildcard deletions/changed_metadata deletions/directory_made_again deletions/file_and_directory
deletions/file_becomes_directory deletions/renames history/multiline_and_unicode inheritance/config link/copy
link/replaces_symlinks links/hardlinks_by_run links/hardlinks_from_stage metadata/cmd_entrypoint metadata/healthcheck
metadata/labels onbuild/kept run/nothing_changed run/on_scratch special/capability_kept special/copied_from_stage
special/large_ids special/long_names special/old_and_odd_times workdir/belongs_to_user
""".split()
KINDS = {"file": stat.S_ISREG, "dir": stat.S_ISDIR, "symlink": stat.S_ISLNK, "char": stat.S_ISCHR,
         "block": stat.S_ISBLK, "fifo": stat.S_ISFIFO}


def unpacked_wrong(root, tree):
    """What is not in the folder as the recorded tree says."""
    for path, text in tree.items():
        full = root + path
        if text == "absent":
            if os.path.lexists(full):
                yield f"{path} is there"
            continue
        kind, mode, owner = text.split(" ")[:3]
        if not os.path.lexists(full):
            yield f"{path} is missing"
            continue
        status = os.lstat(full)
        if not KINDS[kind](status.st_mode):
            yield f"{path} is no {kind}"
        if mode != "-" and f"{stat.S_IMODE(status.st_mode):04o}" != mode:
            yield f"{path} has mode {stat.S_IMODE(status.st_mode):04o}, not {mode}"
        if f"{status.st_uid}:{status.st_gid}" != owner:
            yield f"{path} belongs to {status.st_uid}:{status.st_gid}, not {owner}"


class Consumers:
    def __init__(self, folder):
        bases = os.environ["MBUILD_BASES"]
        self.folder = folder
        self.mbuild = Mbuild(os.path.join(folder, "mbuild"), bases)
        self.engine = Engine(os.path.join(folder, "engine"), bases)

    def wrong(self, case, number):
        """Lines of what a tool does not make of the case's image."""
        context, layout = (os.path.join(self.folder, f"{name}-{number}") for name in ("context", "layout"))
        case.make_context(context)
        archive = self.mbuild.build(case, context, number, "-o", f"type=oci,dest={layout}.tar")
        with tarfile.open(layout + ".tar") as tar:
            tar.extractall(layout)
        expected = case.expected()

        config = json.loads(run(["skopeo", "inspect", "--config", f"oci-archive:{layout}.tar"]))
        layers = json.loads(run(["skopeo", "inspect", f"oci-archive:{layout}.tar"]))["Layers"]
        if len(layers) != len(config["rootfs"]["diff_ids"]) or len(layers) < len(expected["layers"]):
            yield f"skopeo sees {len(layers)} layers"
        bundle = os.path.join(self.folder, f"bundle-{number}")
        with open(os.path.join(layout, "index.json"), encoding="utf-8") as index:
            tag = json.load(index)["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
        run(["umoci", "unpack", "--image", f"{layout}:{tag}", bundle])
        for line in unpacked_wrong(os.path.join(bundle, "rootfs"), expected["tree"]):
            yield "umoci: " + line
        self.engine.docker("load", "--input", archive)
        shell = "/bin/sh" if "/bin/sh" in expected["tree"] else "/bin/busybox"
        said = self.engine.docker("run", "--rm", "--network", "none", "--entrypoint", shell, "case", *(
            ["-c", "echo runs"] if shell == "/bin/sh" else ["echo", "runs"]))
        if said != "runs\n":
            yield "docker run says " + said
        shutil.rmtree(bundle)


def main():
    missing = [tool for tool in ("skopeo", "umoci") if not shutil.which(tool)]
    reason = f"{', '.join(missing)} not found" if missing else Engine.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    folder, failed = tempfile.mkdtemp(prefix="mbuild-conf-"), 0
    os.chmod(folder, 0o755)
    consumers = Consumers(folder)
    try:
        cases = find(CASES)
        for number, case in enumerate(cases):
            try:
                wrong = list(consumers.wrong(case, number))
            except Failed as failure:
                wrong = [str(failure)]
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok  '} {case.name}", *wrong, sep="\n     ", flush=True)
        if len(cases) != len(CASES):
            failed += 1
            print("FAIL a case of the selection is gone")
    finally:
        consumers.engine.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
