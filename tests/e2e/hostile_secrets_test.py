"""Secrets are grepped for in everything that a build leaves, writes, prints or runs."""
import base64
import gzip
import os
import shutil
import subprocess
import tarfile
import threading
import unittest
import urllib.parse

import harness
import hostile


class Secrets(hostile.Hostile):
    VALUE = "s3cr3t-value-of-the-test-4711"
    FORMS = (VALUE, base64.b64encode(VALUE.encode()).decode(), VALUE.encode().hex(), urllib.parse.quote(VALUE))

    def setUp(self):
        super().setUp()
        self.file = self.path("secret-file")
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(self.VALUE)
        self.seen, self.done = set(), threading.Event()

    def watch(self):
        """Collects the command lines of all processes, the builder's own environment aside."""
        while not self.done.is_set():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as text:
                        self.seen.add(text.read())
                except OSError:
                    continue

    def watched(self, *arguments, **options):
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        try:
            return self.mbuild(*arguments, env={"SECRET": self.VALUE}, **options)
        finally:
            self.done.set()
            watcher.join()

    def found_in(self, data):
        return any(form.encode() in data for form in self.FORMS)

    def leaks(self, folder):
        """Files below that hold the value, also within what is compressed or archived; their names and attributes."""
        found = []
        for where, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(where, name)
                if self.found_in(os.fsencode(path)) or (os.path.islink(path) and self.found_in(os.fsencode(os.readlink(path)))):
                    found.append(path)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                for attribute in os.listxattr(path, follow_symlinks=False):
                    if self.found_in(os.getxattr(path, attribute)):
                        found.append(f"{path} {attribute}")
                with open(path, "rb") as content:
                    data = content.read()
                if data[:2] == b"\x1f\x8b":
                    data = gzip.decompress(data)
                if self.found_in(data):
                    found.append(path)
        return found

    def test_a_secret_is_nowhere(self):
        dockerfile = """FROM base AS first
RUN --mount=type=secret,id=f test "$(cat /run/secrets/f)" = "$(cat /run/secrets/f)" && wc -c < /run/secrets/f > /size
RUN --mount=type=secret,id=e,env=VALUE test -n "$VALUE" && echo ${#VALUE} > /length
RUN --mount=type=secret,id=f,target=/deep/er/name,mode=0444 --mount=type=cache,target=/c cat /deep/er/name > /dev/null; ls -R /deep > /list
RUN --mount=type=secret,id=f --mount=type=secret,id=e,env=VALUE sh -c 'sleep 0.3; test -n "$VALUE"'
FROM base
COPY --from=first /size /length /list /
"""
        context = self.context({"x": "x"})
        meta, layout, archive = self.path("metadata.json"), self.path("layout.tar"), self.path("docker.tar")
        name = f"{self.registry().host}/hostile/secrets:1"
        done = self.watched("-f", "-", *self.named(harness.BASES + "/busybox"), "--secret", f"id=f,src={self.file}", "--secret",
                            "id=e,env=SECRET", "--metadata-file", meta, "--iidfile", self.path("iid"), "--provenance=mode=max",
                            "--sbom=true", "--output", f"type=oci,dest={layout}", "--output",
                            f"type=local,dest={self.path('tree')}", "-t", name, "--push", context, stdin=dockerfile)
        self.assertFalse(self.found_in((done.stdout + done.stderr).encode()), done.stderr)
        self.mbuild("-f", "-", *self.named(harness.BASES + "/busybox"), "--secret", f"id=f,src={self.file}", "--secret",
                    "id=e,env=SECRET", "--output", f"type=docker,dest={archive}", context, stdin=dockerfile,
                    env={"SECRET": self.VALUE})
        self.assertEqual([line for line in self.seen if self.found_in(line)], [])
        for file in (layout, archive):
            with tarfile.open(file) as members:
                members.extractall(file + ".d", filter="data") if hasattr(tarfile, "data_filter") else members.extractall(file + ".d")
        os.unlink(self.file)
        self.assertEqual(self.leaks(self.work), [])
        self.assertEqual(self.leaks(os.path.join(self.folder, "registry")), [])
        self.assertEqual(harness.read(self.path("tree"), "size").strip(), str(len(self.VALUE)))
        self.assertFalse(os.path.lexists(os.path.join(self.path("tree"), "deep")))

    def test_a_failed_step_does_not_show_its_secrets(self):
        dockerfile = "FROM base\nRUN --mount=type=secret,id=f --mount=type=secret,id=e,env=VALUE [ -n \"$VALUE\" ] && exit 7\n"
        done = self.watched("-f", "-", *self.named(harness.BASES + "/busybox"), "--secret", f"id=f,src={self.file}", "--secret",
                            "id=e,env=SECRET", "--on-fail=keep", self.canary, stdin=dockerfile, check=False)
        self.refused(done, "exit code: 7")
        self.assertFalse(self.found_in((done.stdout + done.stderr).encode()))
        os.unlink(self.file)
        self.assertEqual(self.leaks(self.store), [])

    def test_every_rung_keeps_secrets_out(self):
        dockerfile = "FROM base\nRUN --mount=type=secret,id=f --mount=type=secret,id=e,env=VALUE wc -c < /run/secrets/f > /size\n"
        for rung in ("root", "subordinate-ids", "single-id", "chroot"):
            with self.subTest(rung):
                store = self.path("store-" + rung)
                done = self.mbuild("-f", "-", "--isolation", rung, *self.named(harness.BASES + "/busybox"), "--secret",
                                   f"id=f,src={self.file}", "--secret", "id=e,env=SECRET", self.canary, stdin=dockerfile,
                                   env={"SECRET": self.VALUE}, store=store)
                self.assertFalse(self.found_in((done.stdout + done.stderr).encode()))
                self.assertEqual(self.leaks(store), [])

    def test_a_secret_changes_no_key(self):
        """Another value is a cache hit: keys hold no trace of it that could be guessed at."""
        dockerfile = "FROM base\nRUN --mount=type=secret,id=e,env=VALUE echo ${#VALUE} > /length\n"
        options = ("-f", "-", *self.named(harness.BASES + "/busybox"), "--secret", "id=e,env=SECRET", self.canary)
        self.mbuild(*options, stdin=dockerfile, env={"SECRET": self.VALUE})
        self.assertIn("CACHED", self.mbuild(*options, stdin=dockerfile, env={"SECRET": "another"}).stderr)

    def test_the_callers_environment_is_not_the_steps(self):
        dockerfile = "FROM base\nRUN env > /env; cat /proc/1/environ > /one; cat /proc/self/environ >> /one; true\n"
        self.watched("-f", "-", *self.named(harness.BASES + "/busybox"), "--secret", "id=e,env=SECRET", "--output",
                     f"type=local,dest={self.path('tree')}", self.canary, stdin=dockerfile)
        os.unlink(self.file)
        self.assertEqual(self.leaks(self.path("tree")), [])
        self.assertEqual([line for line in self.seen if self.found_in(line)], [])

    def test_passwords_of_addresses_are_not_shown(self):
        context = self.context({"Dockerfile": f"FROM scratch\nADD http://user:{self.VALUE}@127.0.0.1:1/x /x\n"})
        done = self.mbuild("--no-cache", context, check=False)
        self.assertEqual(done.returncode, 1)
        text = done.stderr.replace(f">>> ADD http://user:{self.VALUE}@", "")
        self.assertFalse(self.found_in(text.encode()), text)
        done = self.mbuild(f"http://user:{self.VALUE}@127.0.0.1:1/context.tar", check=False)
        self.assertFalse(self.found_in(done.stderr.encode()), done.stderr)
        self.assertEqual(self.leaks(os.path.join(self.store, "actions")), [])

    @unittest.skipUnless(shutil.which("ssh-agent") and shutil.which("ssh-keygen"), "needs openssh-client")
    def test_keys_for_ssh_are_nowhere(self):
        key = self.path("key")
        harness.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "comment", "-f", key)
        body = harness.read(key).split("\n")
        context = self.context({"x": "x"})
        self.watched("-f", "-", *self.named(harness.BASES + "/busybox"), "--ssh", f"default={key}", "--provenance=mode=max",
                     "--output", f"type=oci,dest={self.path('layout.tar')}", context,
                     stdin="FROM base\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && env > /env; ls /run > /run-list; true\n")
        os.unlink(key)
        line = body[1][:40]
        done = subprocess.run(["grep", "-rl", "--", line, self.store, self.path("layout.tar")], stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.stdout, b"")
        self.assertEqual([seen for seen in self.seen if line.encode() in seen], [])


if __name__ == "__main__":
    harness.main()
