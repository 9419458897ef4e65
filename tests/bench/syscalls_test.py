#!/usr/bin/env python3
"""A guard of speed that no busy machine upsets: how many system calls a build makes, counted by strace, and how
many pages of memory it touches, as the kernel counts them.

Bounds are about a third above what it was when they were set; whoever makes builds cheaper lowers them.
"""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

MBUILD = os.environ["MBUILD"]
BASES = os.environ["MBUILD_BASES"]
CALLS_PER_FILE = 1.4  # one stat, and what the list of files costs
CALLS_PER_COPIED_FILE = 1.4  # the same: its data comes from the earlier layer's tarball
CALLS_PER_RUN = 850  # a sandbox with its mounts, an overlay, a layer
FAULTS_PER_RUN = 150  # memory that is touched for it, the step's own processes included


class SystemCalls(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="mbuild-calls-")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def build(self, folder, *options, trace=()):
        subprocess.run([*trace, MBUILD, "--root", os.path.join(folder, "store"), "--progress", "quiet",
                        "--build-context", f"busybox=oci-layout://{BASES}/busybox", *options,
                        os.path.join(folder, "context")], check=True, stdout=subprocess.DEVNULL)

    def calls(self, folder, *options):
        out = os.path.join(self.work, "calls")
        self.build(folder, *options, trace=("strace", "-f", "-c", "-o", out))
        with open(out, encoding="utf-8") as table:
            total = [line.split() for line in table if line.rstrip().endswith(" total")]
        return int(total[0][3])

    def context(self, name, dockerfile, files=0):
        folder = os.path.join(self.work, name)
        os.makedirs(os.path.join(folder, "context", "src"))
        for i in range(files):
            with open(os.path.join(folder, "context", "src", f"f{i}"), "w", encoding="utf-8") as out:
                out.write(str(i))
        with open(os.path.join(folder, "context", "Dockerfile"), "w", encoding="utf-8") as out:
            out.write(dockerfile)
        return folder

    def cached(self, files):
        folder = self.context(f"files-{files}", "FROM busybox\nCOPY src /src\nRUN true\n", files)
        time.sleep(1.1)  # files of this second would be read again: they could still change unnoticed
        self.build(folder)
        return self.calls(folder)

    def test_an_unchanged_file_costs_one_stat(self):
        self.assertLess((self.cached(1300) - self.cached(300)) / 1000, CALLS_PER_FILE)

    def test_an_unchanged_file_is_not_opened_to_be_copied_again(self):
        def changed(files):
            folder = self.context(f"again-{files}", "FROM busybox\nCOPY src /src\n", files)
            time.sleep(1.1)
            self.build(folder)
            with open(os.path.join(folder, "context", "src", "f7"), "w", encoding="utf-8") as out:
                out.write("changed")
            return self.calls(folder)
        info = subprocess.run([MBUILD, "info", "--root", os.path.join(self.work, "store")], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        if not re.search(r"Snapshotter: +erofs", info):
            self.skipTest("layers are not kept as tarballs here")
        self.assertLess((changed(1700) - changed(700)) / 1000, CALLS_PER_COPIED_FILE)

    def runs(self, count):
        return self.context(f"runs-{count}", "FROM busybox\n" + "".join(f"RUN true {i}\n" for i in range(count)))

    def test_a_run_costs_little(self):
        def uncached(runs):
            return self.calls(self.runs(runs), "--no-cache")
        self.assertLess((uncached(12) - uncached(2)) / 10, CALLS_PER_RUN)

    def test_a_run_touches_little_memory(self):
        def faults(runs):
            folder = self.runs(runs)
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
            self.build(folder, "--no-cache")
            return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
        self.assertLess((faults(12) - faults(2)) / 10, FAULTS_PER_RUN)


if __name__ == "__main__":
    if not shutil.which("strace"):
        print("skipped: strace is not installed (samples/install_dependencies.sh test)")
        sys.exit(77)
    unittest.main(verbosity=2)
