"""What the cache says of itself: hits, misses and their reasons; and what a key sees and what it does not."""
import base64
import json
import os

import harness


class Steps(harness.Case):
    def base(self):
        return self.registry().seed("busybox", "library/busybox")

    def steps(self, files, *arguments, **options):
        """Builds; {name without prefix: (outcome, reason)} of the steps that are cached or not."""
        done = self.mbuild("--progress", "rawjson", *arguments, self.context(files), **options)
        steps = {}
        for line in done.stderr.splitlines():
            for vertex in json.loads(line).get("vertexes", []):
                ours = vertex.get("mbuild")
                if ours and ours["cacheable"]:
                    steps[vertex["name"].split("] ", 1)[1]] = (ours["outcome"], ours.get("reason", ""))
        self.log = done.stderr
        return steps

    def mbuild(self, *arguments, **options):  # without a --progress of the harness's own
        return harness.run(harness.MBUILD, "--root", self.store, *arguments, **options)


class Explain(Steps):
    def test_the_first_difference_is_named(self):
        files = {"Dockerfile": f"FROM {self.base()}\nARG VERSION=1.2\nCOPY src /src\nRUN cat /src/main.c > /o\n"
                               "RUN echo $VERSION > /v\nWORKDIR /w\n",
                 "src/main.c": "1", "src/z.c": "1"}
        first = self.steps(files)
        self.assertEqual(set(first.values()), {("executed", "")})
        self.assertEqual({outcome for outcome, _ in self.steps(files).values()}, {"cached"})
        changed = self.steps({**files, "src/main.c": "2"})
        self.assertEqual(changed["COPY src /src"], ("executed", "src/main.c changed"))
        self.assertEqual(changed["RUN cat /src/main.c > /o"],
                         ("executed", "the result of the steps before changed"))
        files["src/main.c"] = "2"
        argument = self.steps(files, "--build-arg", "VERSION=1.3")
        self.assertEqual(argument["RUN echo $VERSION > /v"], ("executed", "variable VERSION 1.2 -> 1.3"))
        self.assertEqual(argument["COPY src /src"][0], "cached")
        os.remove(self.path("context", "src/z.c"))
        del files["src/z.c"]
        self.assertEqual(self.steps(files)["COPY src /src"], ("executed", "src/z.c removed"))

    def test_a_base_image_that_moved(self):
        name = self.registry().seed("busybox", "team/moving")
        files = {"Dockerfile": f"FROM {name}\nRUN echo x > /x\n"}
        self.steps(files)
        self.mbuild("-t", name, "--push", "-q", self.context(
            {"Dockerfile": f"FROM {self.base()}\nRUN echo other > /other\n"}, "other"))
        outcome, reason = self.steps(files, "--pull")["RUN echo x > /x"]
        self.assertEqual(outcome, "cut-off")
        self.assertRegex(reason, f"^image {name} moved to sha256:[0-9a-f]+$")

    def test_bind_mounts_name_their_files(self):
        files = {"Dockerfile": f"FROM {self.base()}\nRUN --mount=target=/ctx cat /ctx/a/b > /b\n", "a/b": "1"}
        self.steps(files)
        run = "RUN --mount=target=/ctx cat /ctx/a/b > /b"
        self.assertEqual(self.steps({**files, "a/b": "2"})[run], ("executed", "a/b (mounted at /ctx) changed"))

    def test_secrets_are_not_told(self):
        files = {"Dockerfile": f"FROM {self.base()}\nARG API_TOKEN\n"
                               "RUN --mount=type=secret,id=s,env=S test -n \"$S\" && echo x > /x\n"}
        environment = {"hidden": "hidden-value-1"}
        self.steps(files, "--build-arg", "API_TOKEN=visible-token-1", "--secret", "id=s,env=hidden", env=environment)
        steps = self.steps(files, "--build-arg", "API_TOKEN=visible-token-2", "--secret", "id=s,env=hidden",
                           env=environment)
        self.assertEqual([reason for _, reason in steps.values()], ["variable API_TOKEN changed"])
        self.assertEqual(self.steps(files, "--build-arg", "API_TOKEN=visible-token-2", "--secret", "id=s,env=hidden",
                                    env={"hidden": "hidden-value-2"}).popitem()[1][0], "cached")
        for directory, _, names in os.walk(os.path.join(self.store, "actions")):
            for name in names:
                with open(os.path.join(directory, name), "rb") as record:
                    content = record.read()
                self.assertNotIn(b"visible-token", content)
                self.assertNotIn(b"hidden-value", content)

    def test_the_report_for_people(self):
        files = {"Dockerfile": f"FROM {self.base()}\nCOPY a /a\nRUN wc -c < /a > /n && rm /a\nRUN echo z > /z\n", "a": "1"}
        self.mbuild("--explain", "-q", self.context(files))
        report = self.mbuild("--explain", "-q", self.context({**files, "a": "2"})).stderr
        self.assertRegex(report, r"miss     \[2/4\] COPY a /a: a changed\n")
        report = self.mbuild("--explain", "-q", "--no-cache", self.context(files)).stderr
        self.assertRegex(report, r"\[3/4\] RUN wc .*: the cache is not to be used")

    def test_a_program_reads_every_line(self):
        files = {"Dockerfile": f"FROM {self.base()}\nRUN echo out; echo err >&2\n"}
        self.steps(files, "-t", "app")
        logs = {1: b"", 2: b""}
        for line in self.log.splitlines():
            for log in json.loads(line).get("logs", []):
                logs[log["stream"]] += base64.b64decode(log["data"])
        self.assertEqual(logs, {1: b"out\n", 2: b"err\n"})


class Keys(Steps):
    """Each change on its own: the steps that run again are exactly those that could see it."""
    DOCKERFILE = """FROM {base} AS one
ARG ONE=1
COPY --chown=1:1 src /src
RUN cat /src/a > /one
FROM {base} AS two
ARG TWO=1
RUN echo two $TWO > /two
FROM {base}
COPY --from=one /one /
COPY --from=two /two /
RUN cat /one /two > /both
"""
    ONE = {"COPY --chown=1:1 src /src", "RUN cat /src/a > /one"}
    TWO = {"RUN echo two $TWO > /two"}
    LAST = {"COPY --from=one /one /", "COPY --from=two /two /", "RUN cat /one /two > /both"}

    def ran(self, files, *arguments, **options):
        return {name for name, (outcome, _) in self.steps(files, *arguments, **options).items() if outcome != "cached"}

    def test_what_a_step_sees_and_what_it_does_not(self):
        files = {"Dockerfile": self.DOCKERFILE.format(base=self.base()), "src/a": "a", "other": "1"}
        self.ran(files)
        self.assertEqual(self.ran(files), set())

        os.utime(self.path("context/src/a"), (1, 1))
        self.assertEqual(self.ran(files), set(), "mtime")
        files["other"] = "2"
        self.assertEqual(self.ran(files), set(), "a file that nobody copies")
        umask = os.umask(0o077)
        try:
            self.assertEqual(self.ran(files), set(), "umask")
        finally:
            os.umask(umask)
        self.assertEqual(self.ran(files, "--build-arg", "ONE=1", "--label", "a=b", "-t", "x"), set())

        self.assertEqual(self.ran(files, "--build-arg", "TWO=2"),
                         self.TWO | {"COPY --from=two /two /", "RUN cat /one /two > /both"}, "another stage's ARG")
        os.chmod(self.path("context/src/a"), 0o700)
        self.assertEqual(self.ran(files) & self.ONE, {"COPY --chown=1:1 src /src", "RUN cat /src/a > /one"}, "mode")
        os.symlink("a", self.path("context/src/l"))
        self.assertIn("COPY --chown=1:1 src /src", self.ran(files), "a new link")
        os.remove(self.path("context/src/l"))
        os.symlink("b", self.path("context/src/l"))
        self.assertIn("COPY --chown=1:1 src /src", self.ran(files), "where a link points")
        moved = self.DOCKERFILE.replace("--chown=1:1", "--chown=2:1")
        self.assertTrue(self.ran({**files, "Dockerfile": moved.format(base=self.base())}), "owner")

    def test_the_order_of_unrelated_lines(self):
        head, rest = f"FROM {self.base()}\n", "RUN echo x > /x\nWORKDIR /w\n"
        labels = ["LABEL a=1\n", "EXPOSE 80\n", "# words\n", "CMD [\"true\"]\n"]
        self.ran({"Dockerfile": head + "".join(labels) + rest})
        self.assertEqual(self.ran({"Dockerfile": head + "".join(reversed(labels)) + "\n" + rest}), set())

    def test_an_equal_result_keeps_all_after_it_cached(self):
        dockerfile = f"FROM {self.base()}\nARG N=1\nRUN : $N && echo same > /same\nRUN echo a > /a\n" \
                     "COPY src /src\nRUN echo b > /b\n"
        files = {"Dockerfile": dockerfile, "src/a": "a"}
        self.ran(files, "-t", "one")
        # ARG is in the environment of every RUN after it; here only one is to see it.
        files["Dockerfile"] = dockerfile.replace("ARG N=1\nRUN : $N", "RUN : 2")
        self.ran(files, "-t", "one")
        files["Dockerfile"] = dockerfile.replace("ARG N=1\nRUN : $N", "RUN : 3")
        steps = self.steps(files, "-t", "two")
        self.assertEqual(steps.pop("RUN : 3 && echo same > /same")[0], "executed")
        self.assertEqual({outcome for outcome, _ in steps.values()}, {"cached"})


if __name__ == "__main__":
    harness.main()
