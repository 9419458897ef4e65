"""Looking into a step that failed: --on-fail and the verb debug."""
import re
import subprocess

import harness
from harness import run

DOCKERFILE = """FROM {base} AS tools
RUN echo tool > /tool
FROM {base}
ENV COLOR=blue
ARG WHO=nobody
USER nobody
WORKDIR /work
COPY --chown=nobody . .
RUN --mount=type=cache,target=/cache,uid=65534 --mount=type=bind,from=tools,target=/tools \\
    --mount=type=bind,target=/source --mount=type=secret,id=key,env=KEY \\
    echo half > made && echo cached > /cache/file; exit 7
"""


class Debug(harness.Case):
    def build_and_fail(self, *arguments, **options):
        base = self.registry().seed("busybox", "library/busybox")
        failed = self.build({"Dockerfile": DOCKERFILE.format(base=base), "file": "content\n"}, "--secret", "id=key,env=SECRET",
                            *arguments, check=False, env={"SECRET": "hush-hush"}, **options)
        self.assertEqual(failed.returncode, 1)
        return failed

    def debug(self, *arguments, check=True, stdin=""):
        return run(harness.MBUILD, "debug", "--root", self.store, *arguments, check=check, stdin=stdin)

    def test_a_kept_step_is_as_it_was_left(self):
        failed = self.build_and_fail("--on-fail=keep")
        found = re.search("mbuild debug shell ([a-z0-9]+)", failed.stderr)
        self.assertTrue(found, failed.stderr)
        step = found.group(1)
        self.assertIn(step, self.debug("list").stdout)
        script = "pwd; cat made file /cache/file /tools/tool /source/file; echo $COLOR $WHO $KEY .; id -u; exit 5\n"
        shell = self.debug("shell", step, check=False, stdin=script)
        self.assertEqual(shell.returncode, 5, shell.stderr)
        self.assertEqual(shell.stdout.split(),
                         ["/work", "half", "content", "cached", "tool", "content", "blue", "nobody", ".", "65534"])
        command = self.debug("shell", step, "--", "cat", "/work/made")
        self.assertEqual(command.stdout, "half\n")
        # What is done in there is not kept, and neither are secrets.
        self.debug("shell", step, stdin="echo other > made\n")
        self.assertEqual(self.debug("shell", stdin="cat made\n").stdout, "half\n")
        leaked = subprocess.run(["grep", "-r", "hush-hush", self.store], stdout=subprocess.PIPE)
        self.assertEqual(leaked.stdout, b"")
        self.debug("drop", step)
        self.assertNotIn(step, self.debug("list").stdout)
        missing = self.debug("shell", step, check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn(step, missing.stderr)

    def test_the_next_build_is_not_misled(self):
        self.build_and_fail("--on-fail=keep")
        self.build_and_fail()

    def test_only_ten_are_kept(self):
        for _ in range(12):
            self.build_and_fail("--on-fail=keep")
        self.assertEqual(len(self.debug("list").stdout.splitlines()), 11)  # and the heading

    def test_a_shell_on_a_terminal(self):
        refused = self.build({"Dockerfile": "FROM scratch\n"}, "--on-fail=shell", check=False)
        self.assertEqual(refused.returncode, 2)
        base = self.registry().seed("busybox", "library/busybox")
        context = self.context({"Dockerfile": f"FROM {base}\nRUN echo half > /made; exit 7\n"})
        code, said = harness.on_a_terminal([harness.MBUILD, "--root", self.store, "--progress=plain", "--on-fail=shell",
                                            context], "leave it with", "cat /made; exit\n")
        self.assertEqual(code, 1, said)
        self.assertIn("half\r\n", said)
        self.assertEqual(len(self.debug("list").stdout.splitlines()), 1)


if __name__ == "__main__":
    harness.main()
