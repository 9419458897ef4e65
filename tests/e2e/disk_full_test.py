"""The disk is full at any moment of a build: it says so, the store stays sound, with room the next build works."""
import os
import subprocess
import sys

import crash_case
from harness import run

ENOUGH = "256m"


class DiskFull(crash_case.CrashCase):
    """The store is a file system of its own, in the mount namespace of this test."""

    def setUp(self):
        super().setUp()
        self.expected = self.built()
        used = run("du", "-sk", "--apparent-size", self.store).stdout
        self.kilobytes = int(used.split()[0])
        self.files = sum(len(folders) + len(files) for _, folders, files in os.walk(self.store))
        self.remove_store()
        os.makedirs(self.store)

    def fill(self, options):
        """A build in a new file system of that size, which has room afterwards. Gives whether the build failed."""
        run("mount", "-t", "tmpfs", "-o", options, "store", self.store)
        try:
            done = run(*self.command(*self.build_words()), env=crash_case.EPOCH, check=False)
            if done.returncode != 0:
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("No space left on device", done.stderr + done.stdout, options)
                # A step's program says so itself, and there may be room again when it has ended.
                if "did not complete successfully" not in done.stderr:
                    self.assertIn(f"hint: make room in {self.store}", done.stderr, options)
            run("mount", "-o", f"remount,size={ENOUGH},nr_inodes=100000", self.store)
            if os.path.isdir(os.path.join(self.store, "blobs/sha256")) and os.path.isdir(os.path.join(self.store, "work")):
                self.assertEqual(self.problems(), [], options)
            self.assertEqual(self.built(), self.expected, options)
            self.assertEqual(self.problems(), [], options)
            return done.returncode != 0
        finally:
            run("umount", "--lazy", self.store)

    def strikes_often(self, failed):
        self.assertIn(True, failed)
        self.assertIn(False, failed, "the largest size is enough")

    def test_of_bytes(self):
        sizes = [4, 64, *(self.kilobytes * part // 10 for part in range(1, 14)), self.kilobytes * 4]
        self.strikes_often([self.fill(f"size={size}k") for size in sizes])

    def test_of_files(self):
        numbers = [2, 5, 12, *(self.files * part // 6 for part in range(1, 8)), self.files * 4]
        self.strikes_often([self.fill(f"size={ENOUGH},nr_inodes={number}") for number in numbers])

    def test_of_a_step_that_does_not_look(self):
        context = self.context({"Dockerfile": "FROM busybox\nRUN head -c 50m /dev/zero > /f; true\n"}, "careless")
        run("mount", "-t", "tmpfs", "-o", "size=20m", "store", self.store)
        try:
            words = [*self.build_words()[:-1], context]
            done = run(*self.command(*words), check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("what it wrote may lack files", done.stderr)
            self.assertIn(f"hint: make room in {self.store}", done.stderr)
            run("mount", "-o", f"remount,size={ENOUGH}", self.store)
            self.assertNotIn("CACHED", run(*self.command(*words)).stderr)
        finally:
            run("umount", "--lazy", self.store)

    def test_of_an_output(self):
        run("mount", "-t", "tmpfs", "-o", "size=512k", "outputs", self.outputs)
        try:
            done = run(*self.command(*self.build_words()), env=crash_case.EPOCH, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("No space left on device", done.stderr)
            self.assertIn(self.archive, done.stderr)
            self.assertEqual(os.listdir(self.outputs), [])
            run("mount", "-o", f"remount,size={ENOUGH}", self.outputs)
            self.assertEqual(self.built(), self.expected)
        finally:
            run("umount", "--lazy", self.outputs)


if __name__ == "__main__":
    if os.geteuid() == 0 and not os.environ.get("MBUILD_OWN_MOUNTS"):
        sys.exit(subprocess.run(["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv],
                                env=dict(os.environ, MBUILD_OWN_MOUNTS="1"), check=False).returncode)
    crash_case.main()
