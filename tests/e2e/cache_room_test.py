"""Room in the store: du, prune, limits, many builds at once, and builds that are not the same twice."""
import json
import os
import subprocess

import harness


class Room(harness.Case):
    def base(self):
        return self.registry().seed("busybox", "library/busybox")

    def verb(self, name, *arguments, check=True):
        return harness.run(harness.MBUILD, name, "--root", self.store, *arguments, check=check)

    def items(self):
        return json.loads(self.verb("du", "--json").stdout)["items"]

    def files(self, size=2000):
        return {"Dockerfile": f"FROM {self.base()} AS one\nRUN head -c {size}000 /dev/urandom > /big\n"
                              "RUN --mount=type=cache,id=c,target=/c head -c 500000 /dev/urandom > /c/x && echo y > /y\n"
                              f"FROM {self.base()}\nCOPY --from=one /y /y\n"}

    def test_du_tells_what_and_why(self):
        self.build(self.files(), "-t", "app")
        items = self.items()
        self.assertEqual({item["kind"] for item in items}, {"layer", "blob", "mount"} | {i["kind"] for i in items})
        big = max(items, key=lambda item: item["bytes"] if "neededBy" not in item else 0)
        self.assertGreaterEqual(big["bytes"], 2_000_000)
        self.assertTrue(any(item.get("neededBy") == "image docker.io/library/app:latest" for item in items))
        self.assertIn("cache mount c", self.verb("du").stdout)
        self.assertRegex(self.verb("du").stdout, r"Total .*, of which `mbuild prune` can free ")

    def test_prune_leaves_what_images_need(self):
        self.build(self.files(), "-t", "app", "--iidfile", self.path("iid"))
        self.assertIn("Would free", self.verb("prune", "--dry-run").stdout)
        self.assertEqual(self.verb("prune", "--filter", "until=1h").stdout, "Freed 0 B\n")
        self.verb("prune", "--filter", "type=mount")
        self.assertFalse([item for item in self.items() if item["kind"] == "mount"])
        before = sum(item["bytes"] for item in self.items())
        self.verb("prune", "--keep-storage", str(before))
        self.assertEqual(sum(item["bytes"] for item in self.items()), before)
        self.verb("prune")
        self.assertTrue(all("neededBy" in item for item in self.items()))
        out = self.path("app.tar")
        self.mbuild("inspect", "app")
        self.build({"Dockerfile": "FROM app\n"}, "--output", f"type=oci,dest={out}")
        self.verb("rm", "app")
        self.verb("prune", "-a", "-f")
        self.assertEqual(self.items(), [])
        self.build(self.files(), "-t", "app")

    def test_a_limit_holds_after_each_build(self):
        self.verb("prune", "--set-quota", "6MB")
        for size in (2000, 2001, 2002, 2003):
            self.build(self.files(size), "-q")
            self.assertLessEqual(sum(item["bytes"] for item in self.items()), 6_000_000)

    def test_wrong_words(self):
        for arguments in (("--filter", "until=soon"), ("--filter", "size=1"), ("--filter", "type=x"),
                          ("--keep-storage", "much")):
            self.assertEqual(self.verb("prune", *arguments, check=False).returncode, 2, arguments)

    def test_pruning_waits_for_builds(self):
        context = self.context({"Dockerfile": f"FROM {self.base()}\nRUN echo a > /a\nRUN sleep 2\nRUN cat /a\n"})
        build = subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", context],
                                 stderr=subprocess.PIPE, text=True)
        for line in build.stderr:
            if "RUN sleep 2" in line:
                break
        self.verb("prune")
        self.assertIsNotNone(build.poll())
        self.assertEqual(build.wait(), 0)
        build.stderr.close()

    def test_sixteen_builds_at_once(self):
        base = self.base()
        common = f"FROM {base} AS common\nRUN echo common > /common && sleep 0.1\n"
        for i in range(16):
            self.context({"Dockerfile": common + f"FROM {base}\nCOPY --from=common /common /c\nCOPY f /f\n"
                                        "RUN cat /c /f > /both\n", "f": f"{i}"}, f"context{i}")
        running = [subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", "-t", f"app:{i}",
                                     "--output", "type=image", "--output", f"type=local,dest={self.path(f'out{i}')}",
                                     self.path(f"context{i}")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                   for i in range(16)]
        for process in running:
            output, _ = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, output.decode())
        for i in range(16):
            self.assertEqual(harness.read(self.path(f"out{i}"), "both"), f"common\n{i}")
        self.assertEqual(self.mbuild("images").stdout.count("app:"), 16)
        # No record is lost: every one of them is there for the next build.
        for i in range(16):
            again = self.mbuild("-t", f"app:{i}", self.path(f"context{i}"))
            self.assertNotIn("DONE", "".join(line for line in again.stderr.splitlines(True) if "RUN" in line))
            self.assertEqual(again.stderr.count(" CACHED"), 4, again.stderr)

    def test_no_cache_and_no_cache_filter(self):
        context = self.context({"Dockerfile": f"FROM {self.base()} AS one\nRUN echo 1 > /1\nFROM {self.base()} AS two\n"
                                              "RUN echo 2 > /2\nFROM one\nCOPY --from=two /2 /2\n"})
        self.mbuild(context)
        self.assertEqual(self.mbuild(context).stderr.count(" CACHED"), 3)
        self.assertEqual(self.mbuild("--no-cache", context).stderr.count(" CACHED"), 0)
        self.assertEqual(self.mbuild("--no-cache-filter", "two", context).stderr.count(" CACHED"), 2)
        self.assertEqual(self.mbuild("--no-cache-filter", "ONE,two", context).stderr.count(" CACHED"), 1)


class Reproducible(harness.Case):
    def verify(self, dockerfile, **options):
        base = self.registry().seed("busybox", "library/busybox")
        return self.build({"Dockerfile": f"FROM {base}\n{dockerfile}\n"}, "-t", "app", "--verify-reproducible", **options)

    def test_a_build_that_is(self):
        self.verify("RUN echo x > /x && mkdir /d && ln -s x /d/l\nRUN cat /x > /y")
        self.assertIn("app:latest", self.mbuild("images").stdout)

    def test_the_first_file_and_byte(self):
        failed = self.verify("RUN echo x > /x\nRUN echo same > /a && printf 'head ' > /b && cat /proc/sys/kernel/random/uuid >> /b", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stderr, r"two builds without cache differ: RUN .*uuid.*: /b: content differs from byte ([5-9]|1\d) on")
        self.assertNotIn("app:latest", self.mbuild("images").stdout)

    def test_files_that_come_and_go(self):
        failed = self.verify("RUN touch /f$(cat /proc/sys/kernel/random/uuid)", check=False)
        self.assertRegex(failed.stderr, r"/f[0-9a-f-]+: only in the (first|second) build")


if __name__ == "__main__":
    harness.main()
