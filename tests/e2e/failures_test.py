"""What goes wrong: one clear error, a non-zero exit code, and nothing left behind."""
import os
import signal
import subprocess
import time

import harness


def mounts_and_processes(marker):
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        found = [line for line in mounts if marker in line]
    found += [command for _, command in harness.processes(marker)]
    return found


class Failures(harness.Case):
    def base(self):
        return self.registry().seed("busybox", "library/busybox")

    def failing(self, dockerfile, *arguments, code=1, files=None):
        done = self.build(dict({"Dockerfile": dockerfile}, **(files or {})), *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_a_failed_step_shows_its_lines_its_output_and_its_code(self):
        text = self.failing(f"FROM {self.base()}\nRUN true\nRUN echo some output && \\\n    exit 7\nRUN true\n")
        self.assertIn("some output", text)
        self.assertIn("   3 | >>> RUN echo some output && \\\n   4 | >>>     exit 7\n", text)
        self.assertIn("did not complete successfully: exit code: 7", text)
        self.assertEqual(self.mbuild("images").stdout.count("\n"), 1)

    def test_every_mistake_of_the_file_at_once(self):
        text = self.failing("FROM scratch\nRNU x\nCOPY a\n")
        self.assertIn("unknown instruction: RNU", text)
        self.assertIn("did you mean", text.lower())
        self.assertIn("line 3", text)
        self.assertIn(">>> RNU x", text)

    def test_missing_files(self):
        text = self.failing(f"FROM {self.base()}\nCOPY nothing.txt /\n")
        self.assertIn("nothing.txt", text)
        self.assertIn("not found", text)
        self.assertIn(">>> COPY nothing.txt /", text)

    def test_missing_image(self):
        text = self.failing(f"FROM {self.registry().host}/no/such:image\n")
        self.assertIn("no/such", text)
        self.assertIn(">>> FROM", text)

    def test_missing_dockerfile_and_context(self):
        done = self.mbuild(self.context({"x": "x"}), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("-f", done.stderr)
        self.assertEqual(self.mbuild(self.path("nowhere"), check=False).returncode, 2)

    def test_what_is_not_built_yet_is_refused_by_name(self):
        for line, word in (("ADD https://example.invalid/x /x", "https://example.invalid/x"),
                           ("RUN --security=insecure true", "--security=insecure")):
            text = self.failing(f"FROM {self.base()}\n{line}\n")
            self.assertIn(word, text)
            self.assertIn(">>> " + line.split()[0], text)

    def test_bad_usage(self):
        for arguments in (["--no-such-option"], ["--network", "bridge"], ["--output", "dest=x"]):
            self.assertEqual(self.mbuild(*arguments, self.context({"Dockerfile": "FROM scratch\n"}), check=False).returncode, 2)

    def test_unknown_user(self):
        text = self.failing(f"FROM {self.base()}\nUSER nosuchuser\nRUN true\n")
        self.assertIn("nosuchuser", text)

    def test_unknown_program(self):
        text = self.failing(f"FROM {self.base()}\nRUN [\"/no/such/program\"]\n")
        self.assertIn("/no/such/program", text)

    def test_a_broken_registry_blob_is_noticed(self):
        registry, base = self.registry(), self.base()
        registry.seed("toolchain", "broken/image")
        digest = registry.manifest("broken/image")["layers"][0]["digest"].split(":")[1]
        blob = os.path.join(self.folder, "registry/data/docker/registry/v2/blobs/sha256", digest[:2], digest, "data")
        with open(blob, "r+b") as data:
            data.seek(1000)
            data.write(b"\0" * 64)
        text = self.failing(f"FROM {registry.host}/broken/image\nRUN true\n")
        self.assertIn(digest[:12], text)
        self.build({"Dockerfile": f"FROM {base}\nRUN true\n"})

    def work_in_progress(self):
        return [name for name in os.listdir(os.path.join(self.store, "work")) if name != "lock"]

    def stop_with(self, number):
        marker = f"sleep {1000000 + 100 * os.getpid() + number}"
        context = self.context({"Dockerfile": f"FROM {self.base()}\nRUN trap '' TERM INT; {marker} & {marker}\n"})
        process = subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", "-t", "x", context],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        harness.wait_until(lambda: len(mounts_and_processes(marker)) >= 2, "the step runs")
        begun = time.monotonic()
        process.send_signal(number)
        _, text = process.communicate(timeout=20)
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(process.returncode, 130, text)
        self.assertEqual(mounts_and_processes(marker), [])
        self.assertEqual(mounts_and_processes(self.store), [])
        self.assertEqual(self.work_in_progress(), [])
        return text

    def test_interrupt_stops_the_build_and_cleans_up(self):
        self.stop_with(signal.SIGINT)

    def test_terminate_does_the_same(self):
        self.stop_with(signal.SIGTERM)

    def test_killed_builders_leave_nothing_that_the_next_one_does_not_sweep(self):
        marker = f"sleep {1000000 + 100 * os.getpid()}"
        files = {"Dockerfile": f"FROM {self.base()}\nRUN {marker}\n"}
        process = subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", self.context(files)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        harness.wait_until(lambda: mounts_and_processes(marker), "the step runs")
        process.kill()
        process.wait()
        harness.wait_until(lambda: not mounts_and_processes(marker), "the step dies with its builder", 5)
        self.build({"Dockerfile": f"FROM {self.base()}\nRUN true\n"})
        self.assertEqual(self.work_in_progress(), [])


if __name__ == "__main__":
    harness.main()
