"""RUN --mount, COPY and ADD that name what is not theirs, and contexts full of links."""
import os

import harness
import hostile


class Mounts(hostile.Hostile):
    def setUp(self):
        super().setUp()
        self.host = self.canary + "/file"
        self.climb = "../" * 20 + self.canary[1:]

    def links(self, name="context"):
        """A context whose links lead to the canaries and to the machine's root."""
        context = self.context({"own/file": "own", "plain": "plain"}, name)
        for link, target in (("absolute", self.canary), ("up", self.climb), ("file", self.host), ("root", "/"),
                             ("process", "/proc/self/root"), ("loop", "loop"), ("own/up", "../up")):
            os.symlink(target, os.path.join(context, link))
        os.mkfifo(os.path.join(context, "pipe"))
        return context

    def attempt(self, dockerfile, *arguments, context=None, check=False, timeout=60):
        """Builds, and looks for the canaries' content in everything that came of it."""
        self.images += 1
        self.out = self.path(f"out{self.images}")
        done = self.mbuild("-f", "-", *self.named(harness.BASES + "/busybox"), "--output", f"type=local,dest={self.out}",
                           *arguments, context or self.links(f"links{self.images}"), stdin=dockerfile, check=check,
                           timeout=timeout, env={"S": "confidential"})
        self.assertNotIn(self.SECRET, done.stdout + done.stderr)
        if done.returncode == 0:
            found = [content for *_, content in hostile.snapshot(self.out + "/got").values() if content]
            self.assertFalse([content for content in found if self.SECRET in content], dockerfile)
        else:
            self.refused(done)
        return done

    def test_sources_of_binds_stay_in_the_context(self):
        self.context({}, "x")
        for source in (self.climb, self.climb + "/file", self.canary, "absolute", "absolute/file", "up", "file", "own/up/file",
                       "root", "root/etc", "process/etc", "own/../..", "../", "loop", "pipe"):
            with self.subTest(source):
                self.attempt(f"FROM base\nRUN --mount=type=bind,source={source},target=/m "
                             "mkdir /got; timeout 2 cp -r /m /got/m; timeout 2 cat /m /m/file; true\n")

    def test_sources_of_binds_stay_in_their_stage(self):
        stage = (f"FROM base AS s\nRUN ln -s / /root-link; ln -s {self.canary} /host; ln -s /proc/1/root /process; "
                 f"ln -s {self.climb} /up; mkfifo /pipe; echo in-stage > /mine\nFROM base\n")
        for source in ("/host", "/host/file", "/up/file", "/process/" + self.canary, "/root-link/" + self.host,
                       "../../.." + self.host, "/pipe"):
            with self.subTest(source):
                self.attempt(stage + f"RUN --mount=from=s,source={source},target=/m mkdir /got; timeout 2 cp -r /m /got/m; timeout 2 cat /m /m/file; true\n")
        done = self.attempt(stage + "RUN --mount=from=s,source=/root-link,target=/m mkdir /got; cp /m/mine /got/\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(harness.read(self.out, "got/mine"), "in-stage\n")

    def test_names_of_contexts_are_no_paths(self):
        for name in ("..", "../x", self.canary, "/", "/proc/self/root", "./", "s/../.."):
            with self.subTest(name):
                for line in (f"RUN --mount=from={name},target=/m cp -r /m /got", f"COPY --from={name} / /got/"):
                    done = self.attempt(f"FROM base\n{line}\n", "--offline")
                    self.assertEqual(done.returncode, 1)

    def test_ids_are_no_paths(self):
        names = sorted(os.listdir(self.canary))
        for name in ("../" * 30 + "x", self.canary + "/planted", "..", ".", "/", "a/../../../b", "%2e%2e", "-", "\\0", "a" * 5000):
            with self.subTest(name[:60]):
                self.attempt(f'FROM base\nRUN --mount=type=cache,"id={name}",target=/c echo x > /c/planted; ls /c\n')
                self.attempt(f'FROM base\nRUN --mount=type=secret,"id={name}" mkdir /got; cp -r /run/secrets /got; true\n')
                self.attempt(f'FROM base\nRUN --mount=type=ssh,"id={name}" echo "$SSH_AUTH_SOCK"\n')
        self.assertEqual(sorted(os.listdir(self.canary)), names)
        inside = os.path.join(self.kept, "mounts")
        self.assertFalse([name for name in os.listdir(os.path.dirname(self.store)) if name == "x"])
        self.assertTrue(os.path.isdir(inside))

    def test_targets_stay_in_the_root_file_system(self):
        prepare = f"FROM base\nRUN ln -s {self.canary} /host; ln -s {self.climb} /up; ln -s /proc/1/root /process; ln -s / /top\n"
        for target in ("/host/new", "/host/sub", "/up/new", self.climb + "/new", "/process/tmp/new", "/top/new/er",
                       "/proc/self/fd/5/x", "/proc/1/root/x", "/dev/new", "/sys/new", "/", "/..", "/proc", "/dev", "."):
            for kind in ("tmpfs", "cache", "bind", "secret,id=s"):
                with self.subTest(f"{kind} {target}"):
                    self.attempt(prepare + f"RUN --mount=type={kind},target={target} echo ran\n", "--secret", "id=s,env=S",
                                 context=self.path("links-once") if os.path.exists(self.path("links-once"))
                                 else self.links("links-once"))

    def test_a_context_is_never_written_to(self):
        context = self.links()
        before = hostile.snapshot(context)
        self.attempt("FROM base\nRUN --mount=type=bind,target=/c,rw echo x > /c/plain; rm -rf /c/own; mkdir /c/new; "
                     "chmod 777 /c; chown 5:5 /c/plain; ln -f /c/plain /c/hard; mv /c/root /c/moved; echo x > /c/absolute/file; "
                     "touch -d @1 /c; true\n", context=context, check=True)
        self.attempt("FROM base\nRUN --mount=type=bind,target=/c echo x > /c/plain; rm -rf /c/own; chmod 777 /c; "
                     "mount -o remount,rw,bind /c && touch /c/new; true\n", context=context, check=True)
        self.attempt("FROM base\nRUN --mount=type=bind,source=plain,target=/f,rw echo x > /f; chmod 777 /f; true\n",
                     context=context, check=True)
        self.assertEqual(hostile.snapshot(context), before)

    def test_copies_of_links_are_links_or_refused(self):
        for verb in ("COPY", "ADD", "COPY --link", "COPY --parents"):
            for source in ("file", "absolute/file", "up/file", "root/etc/passwd", "process/etc/passwd", "own/up/file",
                           self.climb + "/file", self.host, "pipe", "loop", "absolute", "root", "up/", "ab*/file", "*/file"):
                with self.subTest(f"{verb} {source}"):
                    self.attempt(f"FROM base\n{verb} {source} /got/\n")
        done = self.attempt("FROM base\nCOPY . /got/\n", context=self.links("all"))
        self.assertEqual(os.readlink(os.path.join(self.out, "got/absolute")), self.canary, done.stderr)

    def test_ignore_files_and_dockerfiles_are_no_way_out(self):
        for link in (".dockerignore", "Dockerfile"):
            context = self.context({"Dockerfile": "FROM scratch\n", "a": "a"}, "context" + link)
            if os.path.exists(os.path.join(context, link)):
                os.unlink(os.path.join(context, link))
            os.symlink(self.host, os.path.join(context, link))
            done = self.mbuild(context, check=False)
            self.assertNotIn(self.SECRET, harness.read(context, "a"))
            self.assertIn(done.returncode, (0, 1))
        for name in (".dockerignore", "Dockerfile"):
            context = self.context({"Dockerfile": "FROM scratch\nCOPY a /a\n", "a": "a"}, "fifo" + name)
            if os.path.exists(os.path.join(context, name)):
                os.unlink(os.path.join(context, name))
            os.mkfifo(os.path.join(context, name))
            self.refused(self.mbuild(context, check=False, timeout=60))
            self.assertNotEqual(harness.run(harness.MBUILD, "check", context, check=False, timeout=60).returncode, 0)

    def test_destinations_stay_in_the_root_file_system(self):
        prepare = f"FROM base\nRUN ln -s {self.canary} /host; ln -s {self.climb} /up; ln -s /proc/self/cwd /process\n"
        for target in ("/host/planted", "/host/", "/up/planted", "/process/planted", self.climb + "/planted", "/host/sub/file"):
            for line in (f"COPY plain {target}", f"ADD plain {target}", f"COPY --from=base /bin/sh {target}",
                         f"COPY <<E {target}\nx\nE"):
                with self.subTest(line):
                    self.attempt(prepare + line + "\n")

    def test_targets_that_are_swapped_while_they_are_mounted(self):
        """Two stages share a cache: one swaps a folder for a link as fast as it can, the other mounts below it."""
        swap = (f"timeout 4 sh -c 'while true; do rm -rf /c/d; ln -s {self.canary} /c/d; rm /c/d; ln -s / /c/d; rm -f /c/d; "
                "mkdir -p /c/d/e; done' 2> /dev/null; true")
        mounts = "".join(f"FROM base AS u{number}\nRUN --mount=type=cache,id=c,target=/c --mount=type=tmpfs,target=/c/d/e "
                         f"--mount=type=secret,id=s,target=/c/d/e{number} echo {number} > /c/d/e/planted; "
                         "cat /c/d/file /c/d/sub/file > /n 2> /dev/null; true\n" for number in range(6))
        last = "FROM base\n" + "".join(f"COPY --from=u{number} /n /got/n{number}\n" for number in range(6))
        last += "COPY --from=swap /done /done\n"
        for _ in range(2):
            self.attempt(f"FROM base AS swap\nRUN --mount=type=cache,id=c,target=/c {swap}; echo > /done\n{mounts}{last}",
                         "--secret", "id=s,env=S", "--no-cache", timeout=180)


if __name__ == "__main__":
    harness.main()
