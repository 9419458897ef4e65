"""A limit of the store holds while builds write, and takes nothing away from those that run."""
import glob
import json
import os
import subprocess

import harness

SIZE = 5_000_000
LIMIT = 32_000_000
WAIT = ("--mount=type=cache,id={name},target=/gate touch /gate/waiting && "
        "until [ -e /gate/go ]; do sleep 0.05; done && echo {name} > /after")


def random_file(name):
    return f"head -c {SIZE} /dev/urandom > /data/{name} && sha256sum /data/{name} >> /data/sums"


class Quota(harness.Case):
    def setUp(self):
        super().setUp()
        self.base = self.registry().seed("busybox", "library/busybox")
        self.verb("prune", "--set-quota", str(LIMIT))

    def verb(self, *words):
        return harness.run(harness.MBUILD, *words[:1], "--root", self.store, *words[1:])

    def total(self):
        return sum(item["bytes"] for item in json.loads(self.verb("du", "--json").stdout)["items"])

    def verify(self):
        done = harness.run(harness.MBUILD, "store", "verify", "--root", self.store, "--json")
        self.assertEqual(json.loads(done.stdout)["problems"], [])

    def layers(self):
        """The layers of the store that are as large as a step of these builds makes them."""
        sizes = {}
        for path in glob.glob(os.path.join(self.store, "layers", "*", "info.json")):
            record = json.loads(harness.read(path))
            if record["bytes"] >= SIZE:
                sizes[os.path.basename(os.path.dirname(path))] = record["bytes"]
        return set(sizes)

    def build_earlier(self, name):
        """Leaves a layer that no image needs; gives it."""
        before = self.layers()
        self.build({"Dockerfile": f"FROM {self.base} AS one\nRUN mkdir /data && {random_file(name)}\n"
                                  f"FROM {self.base}\nCOPY --from=one /data/sums /sums\n"}, "-q")
        return self.layers() - before

    def start(self, name, files):
        """A build whose steps make so many files, waits, and then copies them into an image of that name."""
        steps = "".join(f"RUN {random_file(name + str(i))}\n" for i in range(files))
        context = self.context({"Dockerfile": f"FROM {self.base} AS one\nRUN mkdir /data\n{steps}"
                                              f"RUN {WAIT.format(name=name)}\n"
                                              f"FROM {self.base}\nCOPY --from=one /data /data\n"}, name)
        build = subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", "-t", name, "--output",
                                  "type=image", "--output", f"type=local,dest={self.path('out-' + name)}", context],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(build.kill)  # with all it started, should the test fail
        return build

    def gates(self):
        return glob.glob(os.path.join(self.store, "mounts", "**", "waiting"), recursive=True)

    def finish(self, process, name):
        for gate in self.gates():
            with open(os.path.join(os.path.dirname(gate), "go"), "w", encoding="utf-8"):
                pass
        with process:
            output, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, output)
        out = self.path("out-" + name)
        sums = harness.read(out, "data", "sums")
        harness.run("sha256sum", "-c", "-", stdin=sums.replace("/data/", out + "/data/"))
        self.assertIn(name, self.verb("images").stdout)

    def test_it_holds_while_a_build_runs(self):
        earlier = set().union(*(self.build_earlier(f"earlier{i}") for i in range(4)))
        self.assertEqual(len(earlier), 4)
        build = self.start("app", 4)
        harness.wait_until(self.gates, "the build waits")
        self.assertIsNone(build.poll())
        self.assertLessEqual(self.total(), LIMIT)
        left = self.layers()
        self.assertLess(len(left & earlier), 4)
        self.assertEqual(len(left - earlier), 4)
        self.verify()
        self.finish(build, "app")
        self.verify()

    def test_what_another_build_uses_stays(self):
        earlier = self.build_earlier("earlier")
        first = self.start("first", 1)
        harness.wait_until(self.gates, "the first build waits")
        used = self.layers() - earlier
        self.assertEqual(len(used), 1)
        second = self.start("second", 6)
        harness.wait_until(lambda: len(self.gates()) == 2, "the second build waits")
        self.assertFalse(self.layers() & earlier)
        self.assertEqual(len(self.layers() - used), 6)
        self.assertTrue(used <= self.layers())
        self.finish(second, "second")
        self.finish(first, "first")
        self.verify()

    def test_a_build_that_needs_what_went_makes_it_again(self):
        earlier = self.build_earlier("earlier")
        self.finish_at_once(self.start("app", 6), "app")
        self.assertFalse(self.layers() & earlier)
        self.build_earlier("earlier")
        self.verify()

    def finish_at_once(self, process, name):
        harness.wait_until(self.gates, "the build waits")
        self.finish(process, name)


if __name__ == "__main__":
    harness.main()
