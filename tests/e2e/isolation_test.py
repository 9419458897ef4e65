"""The ladder of isolation: root, a user with subordinate ids, a container without privileges build the same image."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import unittest

import harness
from harness import MBUILD, run

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "support"))
import build_container  # noqa: E402
import docker_engine  # noqa: E402
from ordinary_user import OrdinaryUser  # noqa: E402

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
USER, SUBORDINATE = OrdinaryUser.id, OrdinaryUser.first_subordinate

DOCKERFILE = r"""
FROM busybox AS made
RUN echo 'root:x:0:0:root:/root:/bin/sh' > /etc/passwd; echo 'app:x:1000:1000::/home/app:/bin/sh' >> /etc/passwd; \
    echo 'app:x:1000:' > /etc/group
RUN mkdir /data && chown app:app /data && echo hi > /data/f && chown 1000:33 /data/f && chmod 4755 /data/f
RUN --mount=type=cache,target=/c --mount=type=bind,target=/in echo x >> /c/log; cat /c/log /in/f > /data/log
RUN --mount=type=secret,id=s,target=/deep/secret cat /deep/secret | wc -c > /data/size
USER app
WORKDIR /home/app
RUN id > id; echo $HOME > home; test -c /dev/null && echo x > /dev/null
USER root
COPY --chown=app:app f /f
COPY --from=busybox --chmod=6755 /bin/sh /bin/suid
RUN rm /bin/yes; ln -s /f /g; ln /f /h; mkdir -p /x/y && chmod 1777 /x; chown -h app /g
FROM scratch
COPY --from=made / /
WORKDIR /w
RUN rm -r /x && mkdir /x && touch /x/new
"""


class Isolation(harness.Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        os.chmod(self.work, 0o755)
        self.context({"Dockerfile": DOCKERFILE, "f": "content\n"})
        self.base = self.path("busybox")
        shutil.copytree(os.path.join(harness.BASES, "busybox"), self.base)
        with open(self.path("secret"), "w", encoding="utf-8") as secret:
            secret.write("confidential")

    def arguments(self, root="", folder=None):
        folder = folder or self.work
        return ["--progress", "plain", "--build-context", f"busybox=oci-layout://{folder}/busybox",
                "--secret", f"id=s,src={folder}/secret", "-t", "app", *(["--root", root] if root else []),
                f"{folder}/context"]

    def built(self, done):
        return re.search(r"Built (sha256:[0-9a-f]{64})", done.stderr).group(1)

    def image_as(self, isolation):
        store = self.path(isolation)
        folder = os.path.join(store, "single-id") if isolation == "single-id" else store
        done = run(MBUILD, "--isolation", isolation, *self.arguments(store), env=EPOCH)
        self.assertNotIn("confidential", done.stdout + done.stderr)
        self.assertEqual(os.listdir(os.path.join(folder, "work")), ["lock"])
        return self.built(done)

    def as_user(self, *command, ids=True, check=True):
        """Runs a command as an ordinary user who has subordinate ids or not."""
        user = OrdinaryUser(self.work, subordinate_ids=ids)
        return run(*user.command(*command, environment=EPOCH), check=check)

    def program(self):
        """The program where every user finds it."""
        copy = self.path("mbuild")
        if not os.path.exists(copy):
            shutil.copy(MBUILD, copy)
        return copy

    def test_every_rung_builds_the_same_image(self):
        expected = self.image_as("root")
        for isolation in ("subordinate-ids", "single-id", "chroot"):
            with self.subTest(isolation):
                self.assertEqual(self.image_as(isolation), expected)

    def test_a_user_with_subordinate_ids_builds_the_same_image(self):
        expected = self.image_as("root")
        info = self.as_user(self.program(), "info").stdout
        self.assertIn("rung 2 of 4", info)
        self.assertIn(f"{self.path('home')}/.local/share/mbuild", info)
        self.assertEqual(self.built(self.as_user(self.program(), *self.arguments())), expected)
        again = self.as_user(self.program(), *self.arguments())
        self.assertIn("CACHED", again.stderr)
        self.assertEqual(self.built(again), expected)
        self.assertIn("app:latest", self.as_user(self.program(), "images").stdout)
        store = self.path("home/.local/share/mbuild")
        self.assertEqual(os.listdir(os.path.join(store, "work")), ["lock"])
        self.assertTrue(any(SUBORDINATE <= os.lstat(os.path.join(folder, name)).st_uid < SUBORDINATE + 65536
                            for folder, _, names in os.walk(store) for name in names))

    def test_a_user_with_one_id_builds_the_same_image(self):
        expected = self.image_as("root")
        info = self.as_user(self.program(), "info", ids=False).stdout
        self.assertIn("rung 3 of 4", info)
        self.assertIn("has no subordinate ids", info)
        self.assertEqual(self.built(self.as_user(self.program(), *self.arguments(), ids=False)), expected)
        again = self.as_user(self.program(), *self.arguments(), ids=False)
        self.assertIn("CACHED", again.stderr)
        self.assertEqual(self.built(again), expected)
        self.assertIn("app:latest", self.as_user(self.program(), "images", ids=False).stdout)

    def test_a_package_installs_on_every_rung(self):
        """dpkg, apt's own user, users made and given files by a package's script."""
        package = self.path("package")
        for name, text, mode in (
                ("DEBIAN/control", "Package: sample\nVersion: 1\nArchitecture: all\nMaintainer: None <none@example.com>\n"
                                   "Description: sample\n", 0o644),
                ("DEBIAN/postinst", "#!/bin/sh\nset -e\ngroupadd -r sample\nuseradd -r -g sample sample\n"
                                    "chown sample:sample /opt/sample/f\n"
                                    "install -d -o sample -g sample -m 2750 /var/lib/sample\n"
                                    "su sample -s /bin/sh -c 'id -un' > /var/lib/sample/who\n", 0o755),
                ("opt/sample/f", "content\n", 0o644)):
            file = os.path.join(package, name)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8") as out:
                out.write(text)
            os.chmod(file, mode)
        context = self.context({"Dockerfile": "FROM debian\nCOPY sample.deb /tmp/\nRUN apt-get install -y /tmp/sample.deb && "
                                              "stat -c '%U %G %a %n' /opt/sample/f /var/lib/sample > /owners\n"}, "debian")
        run("dpkg-deb", "--root-owner-group", "-b", package, os.path.join(context, "sample.deb"))
        listings = {}
        for isolation in ("root", "subordinate-ids", "single-id", "chroot"):
            tar = self.path(isolation + ".tar")
            run(MBUILD, "--isolation", isolation, "--root", self.path(isolation), "--build-context",
                f"debian=oci-layout://{harness.BASES}/debian", "--output", f"type=tar,dest={tar}", context, env=EPOCH)
            with tarfile.open(tar) as archive:
                listings[isolation] = {
                    (entry.name, entry.type, entry.mode, entry.uid, entry.gid, entry.linkname) for entry in archive
                    if not entry.isdev() and not entry.name.startswith("var/log/apt")}
                owners = archive.extractfile("owners").read().decode()
                who = archive.extractfile("var/lib/sample/who").read().decode()
            self.assertEqual(owners, "sample sample 644 /opt/sample/f\nsample sample 2750 /var/lib/sample\n", isolation)
            self.assertEqual(who, "sample\n")
        for isolation in ("subordinate-ids", "single-id", "chroot"):
            self.assertEqual(listings[isolation] ^ listings["root"], set(), isolation)

    def test_a_cache_survives_a_builder_killed_while_its_step_had_it(self):
        """Without mounts the contents of a cache are moved into the step's root and back."""
        mount = "RUN --mount=type=cache,target=/tmp/deep/c"
        arguments = ["--isolation", "chroot", "--root", self.store, "--progress", "plain", "--build-context",
                     f"busybox=oci-layout://{self.base}"]
        first = self.context({"Dockerfile": f"FROM busybox\n{mount} mkdir /tmp/deep/c/d && echo old > /tmp/deep/c/d/f\n"})
        run(MBUILD, *arguments, first)
        second = self.context({"Dockerfile": f"FROM busybox\n{mount} echo new > /tmp/deep/c/g; echo it has it; sleep 100\n"})
        with subprocess.Popen([MBUILD, *arguments, second], stderr=subprocess.PIPE, text=True) as builder:
            self.assertTrue(any(line.endswith("it has it\n") for line in builder.stderr))
            self.assertEqual(len(glob.glob(os.path.join(self.store, "work/*/*/*/tmp/deep/c/d/f"))), 1)
            builder.kill()
        third = self.context({"Dockerfile": f"FROM busybox\n{mount} cat /tmp/deep/c/d/f /tmp/deep/c/g\n"})
        shown = run(MBUILD, *arguments, third).stderr
        self.assertRegex(shown, r"(?s) old\n.* new\n")
        self.assertEqual(os.listdir(os.path.join(self.store, "work")), ["lock"])

    def test_a_user_gets_what_a_local_output_holds(self):
        out = self.path("home/out")
        self.as_user(self.program(), *self.arguments(), "--output", f"type=local,dest={out}")
        self.assertEqual(harness.read(out, "f"), "content\n")
        self.assertEqual(os.stat(os.path.join(out, "f")).st_uid, USER)

    def test_a_rung_that_is_not_there_is_refused(self):
        done = self.as_user(self.program(), "--isolation", "root", *self.arguments(), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("isolation root: not root", done.stderr)
        done = self.as_user(self.program(), "--isolation", "subordinate-ids", *self.arguments(), ids=False, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no subordinate ids", done.stderr)
        self.assertIn("hint: usermod --add-subuids", done.stderr)
        done = run(MBUILD, "--isolation", "none", *self.arguments(self.store), check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("must be auto, root,", done.stderr)

    def test_an_ordinary_container_builds_the_same_image(self):
        """Docker's default capabilities and system call filter: no namespaces, no mounts."""
        if docker_engine.why_not():
            self.skipTest(docker_engine.why_not())
        expected = self.image_as("root")
        engine = docker_engine.DockerEngine(self.path("engine"))
        try:
            build_container.load_image(engine, MBUILD, self.base, self.path("image"))
            inside = ["run", "--rm", "--network", "none", "-v", f"{self.work}:/work:ro", "-e", "SOURCE_DATE_EPOCH",
                      build_container.IMAGE]
            os.environ.update(EPOCH)
            info = engine.docker(*inside, "/mbuild", "info").stdout
            self.assertIn("rung 4 of 4", info)
            self.assertRegex(info, r"Snapshotter: +copy\n")
            self.assertEqual(self.built(engine.docker(*inside, "/mbuild", *self.arguments(folder="/work"))), expected)
        finally:
            os.environ.pop("SOURCE_DATE_EPOCH")
            engine.stop()


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("the users and containers of this test need root")
    unittest.main(verbosity=2)
