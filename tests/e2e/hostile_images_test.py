"""Hostile base images: files that the builder reads or mounts over are links, pipes, folders or huge; programs and
configurations that want to be run or believed."""
import json
import os
import shutil
import tarfile

import harness
import hostile
from hostile import directory, fifo, hardlink, member, symlink

SCRIPT = "#!/bin/sh\necho ran > /ran-by-the-builder\n"


class Images(hostile.Hostile):
    def run_on(self, dockerfile, *members, files=None, config=None, check=False, arguments=()):
        """Builds on busybox with a layer of these members; gives the process. The tree is in self.out."""
        named = self.layout(hostile.tar(*members), **(config or {}))
        self.out = self.path(f"out{self.images}")
        context = self.context({"x": "content", **(files or {})}, f"context{self.images}")
        return self.mbuild("-f", "-", "--output", f"type=local,dest={self.out}", *named, *arguments, context,
                           stdin=dockerfile, check=check, timeout=60)

    def odd(self, name):
        """What a file of the image could be instead of a file: {description: members}."""
        gone = member(os.path.join(os.path.dirname(name), ".wh." + os.path.basename(name)))
        return {"a link to the host": [gone, symlink(name, self.canary + "/file")],
                "a climbing link": [gone, symlink(name, "../" * 20 + self.canary[1:] + "/file")],
                "a link to a descriptor": [gone, symlink(name, "/proc/self/fd/3")],
                "a link to itself": [gone, symlink(name, os.path.basename(name))],
                "a pipe": [gone, fifo(name)],
                "a folder": [gone, directory(name)]}

    def test_users_are_looked_up_in_regular_files_alone(self):
        with open(os.path.join(self.canary, "file"), encoding="utf-8") as known:
            self.assertIn("canary", known.read())
        for name in ("etc/passwd", "etc/group"):
            for kind, members in self.odd(name).items():
                with self.subTest(f"{name}: {kind}"):
                    user = "app" if name.endswith("passwd") else "0:app"
                    text = self.refused(self.run_on(f"FROM base\nUSER {user}\nRUN id\n", *members))
                    self.assertRegex(text, "look up (users|groups)|unable to find (user|group) app")
                    done = self.run_on(f"FROM base\nCOPY --chown={user} x /y\n", *members)
                    if done.returncode == 0:
                        self.assertIn("is unknown in this image", done.stderr)
                        self.assertEqual(os.stat(os.path.join(self.out, "y")).st_uid, 0)
                    else:
                        self.refused(done, "look up")

    def test_user_files_are_bounded(self):
        large = member("etc/passwd", b"root:x:0:0::/root:/bin/sh\n" * (1 << 20))
        self.refused(self.run_on("FROM base\nUSER root\nRUN true\nUSER app\nRUN true\n", large), "look up users")
        many = member("etc/passwd", b"".join(b"u%d:x:%d:0::/:\n" % (i, i) for i in range(300_000)))
        self.refused(self.run_on("FROM base\nUSER nobody-at-all\nRUN true\n", many), "unable to find user")
        line = member("etc/passwd", b"app:x:5:5:" + b":" * (1 << 20) + b"\n")
        self.assertEqual(self.run_on("FROM base\nUSER app\nRUN [ $(id -u) = 5 ]\n", line).returncode, 0)

    def test_system_folders_that_lead_elsewhere_are_refused(self):
        for name in ("dev", "proc", "sys"):
            for target in (self.canary, "/etc", "../" * 20 + self.canary[1:], "/proc/self/fd/3"):
                with self.subTest(f"{name} -> {target}"):
                    done = self.run_on("FROM base\nRUN true\n", member(f".wh.{name}"), symlink(name, target))
                    self.refused(done, "/" + name)
            done = self.run_on("FROM base\nRUN true\n", member(f".wh.{name}"), fifo(name))
            self.refused(done, "/" + name)

    def test_files_of_the_network_are_mounted_over_or_refused(self):
        for name in ("etc/resolv.conf", "etc/hosts", "etc/hostname"):
            for kind, members in self.odd(name).items():
                with self.subTest(f"{name}: {kind}"):
                    done = self.run_on("FROM base\nRUN cat /etc/resolv.conf /etc/hosts > /seen; echo done\n", *members)
                    if done.returncode == 0:
                        self.assertNotIn(self.SECRET, harness.read(self.out, "seen"))
                        left = os.path.join(self.out, name)
                        self.assertEqual(os.path.islink(left), "link" in kind)
                    else:
                        self.refused(done, "/" + name)
            large = member(name, b"#" * (32 << 20))
            self.assertEqual(self.run_on("FROM base\nRUN true\n", large).returncode, 0)
            self.assertEqual(os.path.getsize(os.path.join(self.out, name)), 32 << 20, "the image's own stays")

    def test_resolv_conf_of_a_base_is_never_written_to(self):
        done = self.run_on("FROM base\nRUN echo mine > /etc/resolv.conf; echo more >> /etc/hosts\n",
                           member("etc/.wh.resolv.conf"), member("etc/.wh.hosts"), symlink("etc/resolv.conf", "../target"),
                           member("target", "untouched"), member("elsewhere", "untouched"), hardlink("etc/hosts", "elsewhere"))
        if done.returncode == 0:
            self.assertEqual(harness.read(self.out, "elsewhere"), "untouched")
        else:
            self.refused(done, "/etc/")

    def test_working_directories_are_of_the_root_file_system(self):
        for number in (*range(3, 12), "..", "255"):
            done = self.run_on(f"FROM base\nWORKDIR /proc/self/fd/{number}\nRUN pwd; ls -a . .. ../..; cat ../../*/file || true\n")
            if done.returncode == 0:
                self.assertNotIn(self.SECRET, done.stdout + done.stderr)
                self.assertNotIn("Dockerfile", done.stderr.split("RUN ", 1)[1])
            else:
                self.refused(done)
        link = [symlink("w", self.canary), symlink("up", "../" * 20 + self.canary[1:]), symlink("p", "/proc/1/root")]
        for name in ("w", "w/sub", "up", "up/new", "p", "p/etc"):
            with self.subTest(name):
                done = self.run_on(f"FROM base\nWORKDIR /{name}\nRUN cat file sub/file 2> /dev/null; pwd > made\n", *link)
                if done.returncode != 0:
                    self.refused(done)
                self.assertNotIn(self.SECRET, done.stdout + done.stderr)
        for config in ("../../../..", "/proc/self/fd/5", "w", self.canary, "/\x01", "a" * 5000):
            done = self.run_on("FROM base\nRUN cat file sub/file; ls /\n", *link, config={"WorkingDir": config})
            self.assertNotIn(self.SECRET, done.stdout + done.stderr)
        self.refused(self.run_on("FROM base\nWORKDIR /x/y\nRUN true\n", member("x", "file")), "/x")
        self.refused(self.run_on("FROM base\nWORKDIR /x\nRUN true\n", fifo("x")), "/x")

    def test_programs_of_the_image_do_no_work_of_the_builder(self):
        names = ("tar", "gzip", "gunzip", "pigz", "unpigz", "xz", "zstd", "git", "git-remote-http", "ssh", "newuidmap",
                 "newgidmap", "mount", "umount", "pasta", "cp", "ldconfig", "id", "getent")
        fakes = [member(f"{folder}/{name}", SCRIPT, mode=0o755) for folder in ("usr/local/bin", "usr/bin", "sbin")
                 for name in names]
        packed = self.path("in.tar.gz")
        with tarfile.open(packed, "w:gz") as archive:
            archive.add(os.path.join(self.canary, "file"), "inner")
        with open(packed, "rb") as data:
            files = {"in.tar.gz": data.read()}
        environment = ["PATH=/usr/local/bin:/usr/bin:/sbin:/bin", "LD_PRELOAD=/ran.so", "GIT_SSH_COMMAND=/usr/bin/git"]
        done = self.run_on("FROM base AS other\nRUN echo 1 > /1\nFROM base\nADD in.tar.gz /in/\nCOPY --from=other /1 /1\n"
                           "RUN --mount=type=cache,target=/c echo 2 > /2\nWORKDIR /deep/er\nCOPY --chown=1:2 x /x\n", *fakes,
                           files=files, config={"Env": environment}, arguments=("-t", "fakes", "--squash"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(harness.read(self.out, "in/inner"), self.SECRET)
        self.assertFalse(os.path.exists(os.path.join(self.out, "ran-by-the-builder")))
        shutil.rmtree(os.path.join(self.out, "in"))

    def test_a_loader_of_the_image_is_not_the_builders(self):
        """Libraries of the base, where the builder's own would be looked for after a chroot."""
        libraries = [member(f"{folder}/{name}", "no library", mode=0o755) for folder in ("lib", "lib64", "usr/lib",
                     "lib/x86_64-linux-gnu") for name in ("libnss_files.so.2", "libnss_dns.so.2", "libgcc_s.so.1")]
        done = self.run_on("FROM base\nUSER 5:6\nRUN id -u > /tmp/id || true\n", directory("tmp", 0o1777), *libraries,
                           member("etc/nsswitch.conf", "passwd: files evil\n"), member("etc/ld.so.preload", "/evil.so\n"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_triggers_change_nothing_but_the_image(self):
        context = self.path("kept")
        triggers = ["RUN --mount=type=bind,target=/context,rw rm -rf /context/* && echo evil > /context/Dockerfile",
                    "RUN --mount=type=bind,target=/context echo evil > /context/Dockerfile || true",
                    "RUN rm -rf /dev/* /proc/1 /sys/kernel; echo evil > /etc/resolv.conf || true; echo evil > /.dockerenv",
                    "COPY . /copied", f"ADD {self.canary} /added"]
        shutil.copytree(self.canary, context)
        before = hostile.snapshot(context)
        named = self.layout(hostile.tar(member("y", "")), OnBuild=triggers)
        done = self.mbuild("-f", "-", *named, context, stdin="FROM base\nRUN true\n", check=False)
        self.refused(done, "not found")  # ADD names a path of the context, never one of the host
        named = self.layout(hostile.tar(member("z", "")), OnBuild=triggers[:-1])
        self.out = self.path("triggered")
        self.mbuild("-f", "-", *named, "--output", f"type=local,dest={self.out}", context, stdin="FROM base\nRUN true\n")
        self.assertEqual(hostile.snapshot(context), before)
        self.assertEqual(harness.read(self.out, "copied/file"), self.SECRET)
        shutil.rmtree(os.path.join(self.out, "copied"))
        for trigger in ("FROM scratch", "ONBUILD RUN true", "MAINTAINER x", "NONSENSE", "RUN <<E\nx\nE\nFROM y", ""):
            named = self.layout(hostile.tar(member("q", "")), OnBuild=[trigger])
            done = self.mbuild("-f", "-", *named, self.canary, stdin="FROM base\nRUN true\n", check=False)
            self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_configurations_that_are_none(self):
        image = hostile.Layout(self.path("strange"))
        strange = {"Env": ["=x", "NOVALUE", "A=" + "x" * 100_000, "B=\nC=d", "PATH="], "User": "\n:\n", "Cmd": [""],
                   "Volumes": {"../../x": {}, self.canary: {}}, "ExposedPorts": {"99999/udp": {}}, "Shell": []}
        done = self.mbuild("-f", "-", *self.named(image.set(**strange).write()), self.canary, check=False,
                           stdin="FROM base\nCOPY sub/file /x\n")
        if done.returncode != 0:
            self.refused(done)
        for number, text in enumerate(("[]", "null", "{", '{"rootfs": 7}', '{"rootfs":{"type":"layers","diff_ids":[]}}',
                                       "[" * 100_000, '{"config": {"Env": "x"}}', '{"history": [{"created": 5}]}')):
            image = hostile.Layout(self.path(f"config{number}"))
            image.manifest["config"].update(digest=image.put(text.encode()), size=len(text))
            manifest = json.dumps(image.manifest).encode()
            folder = image.write()
            index = {"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                                                        "digest": image.put(manifest), "size": len(manifest)}]}
            with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as out:
                json.dump(index, out)
            done = self.mbuild("-f", "-", *self.named(folder), self.canary, stdin="FROM base\nRUN true\n", check=False)
            self.refused(done, "base")

    def test_indexes_that_lead_in_circles_or_are_huge(self):
        for number, text in enumerate(("{}", "[]", '{"schemaVersion": 2, "manifests": 5}', "[" * 1_000_000,
                                       '{"schemaVersion":2,"manifests":[' + ",".join(['{"digest":"x"}'] * 50_000) + "]}",
                                       " " * (64 << 20))):
            folder = hostile.Layout(self.path(f"index{number}")).write()
            with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as out:
                out.write(text)
            done = self.mbuild("-f", "-", *self.named(folder), self.canary, stdin="FROM base\nRUN true\n", check=False)
            self.refused(done)


if __name__ == "__main__":
    harness.main()
