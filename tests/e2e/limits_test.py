"""Limits of RUN steps, what steps used, and that a limit which cannot be had fails the build at once."""
import json
import os
import re
import unittest

import harness


class Limits(harness.Case):
    def run_step(self, script, *arguments, check=True):
        return self.build({"Dockerfile": f"FROM base\nRUN {script}"}, "--build-context",
                          f"base=oci-layout://{harness.BASES}/busybox", "--network", "none", *arguments, check=check)

    def limited(self, script, *arguments, check=True):
        """The same, but skipped where this machine lends no cgroups."""
        done = self.run_step(script, *arguments, check=False)
        if "cannot be had here" in done.stderr:
            self.skipTest(done.stderr.strip().splitlines()[-1])
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def refused(self, *arguments, code):
        done = self.run_step("echo RAN", *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn("RAN\n", done.stderr)
        return done.stderr

    def test_a_step_that_needs_too_much_memory_is_said_to(self):
        done = self.limited("head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null", "--memory", "32m",
                            check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        found = re.search(r"out of memory: at its peak it had (\d+) bytes of the 33554432 that --memory allows", done.stderr)
        self.assertTrue(found, done.stderr)
        self.assertGreater(int(found.group(1)), 20 << 20)

    def test_processors(self):
        done = self.limited("grep Cpus_allowed_list /proc/self/status", "--cpuset-cpus", "0")
        self.assertRegex(done.stderr, r"Cpus_allowed_list:\s+0\n")
        for options in (["--cpus", "0.2"], ["--cpu-quota", "10000", "--cpu-period", "50000"]):
            metadata = self.path("metadata")
            self.limited("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", "--no-cache", "--metadata-file", metadata,
                         *options)
            step = self.step(metadata)
            self.assertLess(step["cpuSeconds"] * 2, step["seconds"])
        self.limited("true", "--cpu-shares", "512", "--pids-limit", "100", "--memory", "64m", "--memory-swap", "-1")

    def test_processes(self):
        done = self.limited("for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait", "--pids-limit", "5", check=False)
        self.assertIn("can't fork", done.stderr)

    def test_ulimits(self):
        done = self.run_step("ulimit -Sn; ulimit -Hn; ulimit -c", "--ulimit", "nofile=100:200", "--ulimit", "core=0")
        self.assertEqual(re.findall(r"^#\d+ [\d.]+ (\d+)$", done.stderr, re.MULTILINE), ["100", "200", "0"])

    def test_what_cannot_be_had_fails_before_anything_runs(self):
        self.assertIn("--ulimit bogus: there is no such limit", self.refused("--ulimit", "bogus=1", code=1))
        self.assertIn("--cpuset-cpus cannot be had here", self.refused("--cpuset-cpus", "4000", code=1))
        self.assertIn("--cgroup-parent", self.refused("--cgroup-parent", "mbuild-is-not-there", code=1))
        for wrong in (["--memory", "1m"], ["--memory", "x"], ["--memory-swap", "1g"], ["--ulimit", "nofile"],
                      ["--memory", "64m", "--memory-swap", "32m"], ["--ulimit", "nofile=2:1"],
                      ["--cpus", "1", "--cpu-quota", "5000"], ["--cpus", "-1"]):
            self.assertIn(wrong[-2], self.refused(*wrong, code=2))

    @unittest.skipIf(os.geteuid() != 0 or harness.run("capsh", "--has-p=cap_sys_resource", check=False).returncode == 0,
                     "this process may raise its limits")
    def test_a_hard_limit_that_may_not_be_raised_is_refused(self):
        self.assertIn("raising it takes CAP_SYS_RESOURCE", self.refused("--ulimit", "nofile=2000000000", code=1))

    def test_they_are_no_part_of_a_cache_key(self):
        self.run_step("echo x > /x")
        self.assertIn("CACHED", self.run_step("echo x > /x", "--ulimit", "nofile=100").stderr)

    def step(self, metadata):
        steps = json.loads(harness.read(metadata))["mbuild.steps"]
        return next(step for step in steps if "RUN" in step["name"])

    def test_what_a_step_used_is_told(self):
        metadata = self.path("metadata")
        done = self.run_step("dd if=/dev/zero of=/x bs=1M count=20 && sync /x && i=0; "
                             "while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 1", "--metadata-file", metadata)
        step = self.step(metadata)
        self.assertEqual(step["outcome"], "executed")
        self.assertGreater(step["seconds"], 1)
        self.assertGreater(step["cpuSeconds"], 0)
        self.assertGreater(step["writtenBytes"], 20 << 20 - 1)
        self.assertRegex(done.stderr, r"DONE [\d.]+s \(cpu [\d.]+s")


if __name__ == "__main__":
    harness.main()
