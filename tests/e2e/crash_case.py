"""What the tests of crashes share: a build with a bit of everything, whose result is the same whenever it is built."""
import hashlib
import json
import os
import re
import shutil
import sys
import tarfile

import harness
from harness import BASES, MBUILD, run

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
DOCKERFILE = r"""
FROM busybox AS tools
RUN --mount=type=cache,target=/cache echo tool > /cache/tool && mkdir /tools && cp /cache/tool /tools/ && ln /tools/tool /tools/same
RUN set -e; i=0; while [ $i -lt 200 ]; do echo $i > /tools/$i; i=$((i+1)); done
FROM busybox AS data
COPY files /data
RUN --mount=type=bind,from=tools,source=/tools,target=/t cp -r /t /data/t && rm /data/0 && chown -R 5:6 /data
FROM busybox
COPY --from=tools /tools /tools
COPY --from=data --chown=7:8 /data /data
RUN set -e; rm /tools/7; cat /data/* 2>/dev/null | wc -c > /size; head -c 300000 /dev/zero > /zeros
ADD archive.tar /unpacked/
"""


class CrashCase(harness.Case):
    """Builds as root, unless command() is another's."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        os.chmod(self.work, 0o755)
        files = {f"files/{i}": f"file {i}\n" * 50 for i in range(100)}
        self.source = self.context({"Dockerfile": DOCKERFILE, **files})
        run("tar", "--sort=name", "--mtime=@1500000000", "--owner=0", "--group=0", "-cf",
            os.path.join(self.source, "archive.tar"), "-C", self.source, "files")
        for base in ("busybox",):
            shutil.copytree(os.path.join(BASES, base), self.path(base))
        self.program = shutil.copy(MBUILD, self.work)
        self.outputs = self.path("outputs")
        os.makedirs(self.outputs)
        self.archive = os.path.join(self.outputs, "app.tar")

    def command(self, *words):
        """A command of mbuild as whoever builds here."""
        return [self.program, *words]

    def build_words(self):
        return ["--progress", "plain", "--root", self.store, "-t", "app", "--build-context",
                f"busybox=oci-layout://{self.path('busybox')}", "--output", f"type=oci,dest={self.archive}",
                "--output", "type=image", self.source]

    def built(self):
        """Builds; gives the image's id, and the digest of each file of what was exported."""
        done = run(*self.command(*self.build_words()), env=EPOCH)
        with tarfile.open(self.archive) as archive:
            files = {member.name: hashlib.sha256(archive.extractfile(member).read()).hexdigest()
                     for member in archive if member.isfile()}
        return re.search(r"Built (sha256:[0-9a-f]{64})", done.stderr).group(1), files

    def problems(self, verb="verify"):
        """What is wrong with the store, as lines."""
        done = run(*self.command("store", verb, "--root", self.store, "--json"), check=False)
        if not done.stdout:
            return [done.stderr]
        return [f"{problem['path']}: {problem['meaning']}" for problem in json.loads(done.stdout)["problems"]]

    def remove_store(self):
        shutil.rmtree(self.store, ignore_errors=True)


def main():
    if os.geteuid() != 0:
        sys.exit("the users and mounts of this test need root")
    harness.main()
