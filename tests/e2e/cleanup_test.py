"""Nothing of a build is left: after success, failure, signals, and kill -9 with the next start."""
import os
import re
import shutil
import signal
import subprocess
import unittest

import harness
from harness import MBUILD, run

USER = 12346
SUBORDINATE = 300000


def cgroups():
    found = []
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(folder, name) for name in names if name.startswith("mbuild-")]
    return found


def processes(word):
    """Those with a word in their command line; it is one that nobody else uses."""
    return {pid for pid, _ in harness.processes(word)}


class AsRoot(harness.Case):
    def setUp(self):
        super().setUp()
        for folder in (self.folder, self.work):
            os.chmod(folder, 0o755)
        self.base = self.path("busybox")
        shutil.copytree(os.path.join(harness.BASES, "busybox"), self.base)
        self.program = self.path("mbuild")
        shutil.copy(MBUILD, self.program)
        self.word = os.path.basename(self.work)

    def command(self, script):
        with open(os.path.join(self.context({}, "context") if os.path.isdir(self.path("context")) else
                               self.context({"keep/": ""}, "context"), "Dockerfile"), "w", encoding="utf-8") as file:
            file.write(f"FROM busybox\nRUN : {self.word}; {script}\n")
        return [self.program, "--root", self.store, "--no-cache", "--progress", "plain", "--build-context",
                f"busybox=oci-layout://{self.base}", "-t", "app", *self.limits(), self.path("context")]

    def limits(self):
        return ["--pids-limit", "100"] if self.cgroups_can_be_made() else []

    @staticmethod
    def cgroups_can_be_made():
        return os.access("/sys/fs/cgroup/pids", os.W_OK) or os.access("/sys/fs/cgroup/cgroup.procs", os.W_OK)

    def start(self, script):
        return subprocess.Popen(self.command(script), stderr=subprocess.PIPE, text=True)

    def mounts(self):
        return [line for line in harness.read("/proc/mounts").splitlines() if self.work in line]

    def left(self):
        """What there is of this test's builds: mounts, processes, cgroups in use by none, folders of work."""
        work = [os.path.join(folder, "work") for folder in (self.store, os.path.join(self.store, "single-id"))]
        entries = [name for folder in work if os.path.isdir(folder) for name in os.listdir(folder) if name != "lock"]
        return {"mounts": self.mounts(), "processes": processes(self.word), "work": entries}

    def assert_nothing_left(self):
        harness.wait_until(lambda: not processes(self.word), "all processes have ended", 5)
        self.assertEqual(self.left(), {"mounts": [], "processes": set(), "work": []})

    def wait_for_output(self, build):
        for line in build.stderr:
            if re.search(r"^#\d+ [\d.]+ started", line):
                return
        self.fail("the build ended early")

    def end(self, build):
        build.stderr.close()
        return build.wait(20)

    def own_cgroups(self, pid):
        return [path for path in cgroups() if f"mbuild-{pid}-" in path]

    def test_success(self):
        build = self.start("sleep 50 & echo done")
        build.stderr.read()
        self.assertEqual(self.end(build), 0)
        self.assert_nothing_left()
        self.assertEqual(self.own_cgroups(build.pid), [])

    def test_failure(self):
        build = self.start("sleep 50 & echo x > /x; false")
        build.stderr.read()
        self.assertEqual(self.end(build), 1)
        self.assert_nothing_left()
        self.assertEqual(self.own_cgroups(build.pid), [])

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                build = self.start("trap '' INT TERM; sleep 50 & echo started; sleep 50")
                self.wait_for_output(build)
                build.send_signal(number)
                build.stderr.read()
                self.assertEqual(self.end(build), 130)
                self.assert_nothing_left()
                self.assertEqual(self.own_cgroups(build.pid), [])

    def test_kill_and_the_next_start(self):
        build = self.start("echo x > /x; sleep 50 & echo started; sleep 50")
        self.wait_for_output(build)
        build.kill()
        self.end(build)
        harness.wait_until(lambda: not processes(self.word), "all processes have ended", 5)
        self.assertEqual(self.mounts(), [])
        self.assertNotEqual(self.left()["work"], [])
        following = self.start("echo next")
        following.stderr.read()
        self.assertEqual(self.end(following), 0)
        self.assert_nothing_left()
        self.assertEqual(self.own_cgroups(build.pid) + self.own_cgroups(following.pid), [])


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("newuidmap"), "needs root and the package uidmap")
class AsUser(AsRoot):
    """The same as an ordinary user with subordinate ids, in a mount namespace of the test's."""

    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        os.makedirs(self.home)
        os.chown(self.home, USER, USER)
        self.store = os.path.join(self.home, "store")
        for name, text in (("passwd", f"root:x:0:0::/:/bin/sh\ncleaner:x:{USER}:{USER}::{self.home}:/bin/sh\n"),
                           ("subuid", f"{USER}:{SUBORDINATE}:65536\n"), ("subgid", f"{USER}:{SUBORDINATE}:65536\n")):
            with open(self.path(name), "w", encoding="utf-8") as out:
                out.write(text)

    def limits(self):
        return []

    def command(self, script):
        binds = " && ".join(f"mount --bind {self.path(name)} /etc/{name}" for name in ("passwd", "subuid", "subgid"))
        words = " ".join(super().command(script))
        return ["unshare", "--mount", "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={self.home}", "sh", "-c",
                f"{binds} && exec setpriv --reuid {USER} --regid {USER} --clear-groups {words}"]


if __name__ == "__main__":
    harness.main()
