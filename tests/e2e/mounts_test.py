"""RUN --mount with every option, and what RUN may be allowed."""
import os
import shutil
import subprocess
import threading
import unittest

import harness


class Mounts(harness.Case):
    def base(self):
        return self.registry().seed("busybox", "library/busybox")

    def fails(self, dockerfile, message, *arguments, **options):
        done = self.build({"Dockerfile": dockerfile}, *arguments, check=False, **options)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(message, done.stderr)

    def test_a_context_is_mounted_as_a_build_sees_it(self):
        context = self.context({"Dockerfile": f"""FROM {self.base()}
RUN --mount=target=/c ls -lnR /c > /plain; ls /c/ignored > /ignored 2>&1 || true
RUN --mount=target=/c,rw echo changed > /c/d/f && cat /c/d/f > /changed && touch /c/new
RUN --mount=target=/f,source=d/f cat /f > /file
RUN --mount=target=/f,source=d/f,rw echo own > /f && cat /f > /own
RUN --mount=target=/c touch /c/x 2> /refused || true
""", "d/f": "text", "ignored": "secret", ".dockerignore": "ignored\n"})
        for directory, folders, files in os.walk(context):
            for name in folders + files:
                os.chown(os.path.join(directory, name), 1234, 1234)
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", context)
        self.assertNotIn("1234", harness.read(out, "plain"))
        self.assertIn("No such file", harness.read(out, "ignored"))
        self.assertEqual(harness.read(out, "changed"), "changed\n")
        self.assertEqual(harness.read(out, "file"), "text")
        self.assertEqual(harness.read(out, "own"), "own\n")
        self.assertIn("Read-only", harness.read(out, "refused"))
        self.assertEqual(harness.read(context, "d/f"), "text")
        self.assertFalse(os.path.exists(os.path.join(context, "new")))

    def test_writes_to_a_stage_are_thrown_away(self):
        out = self.tree({"Dockerfile": f"""FROM {self.base()} AS s
RUN mkdir /d && echo 1 > /d/f
FROM {self.base()}
RUN --mount=from=s,source=/d,target=/m,rw echo 2 > /m/f && cat /m/f > /a
RUN --mount=from=s,source=/d,target=/m cat /m/f > /b
"""})
        self.assertEqual((harness.read(out, "a"), harness.read(out, "b")), ("2\n", "1\n"))

    def test_a_cache_begins_with_what_from_holds(self):
        dockerfile = f"""FROM {self.base()} AS s
RUN mkdir -p /seed/deep && echo %s > /seed/deep/f && chown 5:6 /seed/deep/f
FROM {self.base()}
ARG N=1
RUN --mount=type=cache,target=/c,from=s,source=/seed ls -n /c/deep/f > /list; cat /c/deep/f > /got; echo more >> /c/deep/f
RUN --mount=type=cache,target=/c cat /c/deep/f > /other 2>&1 || true
"""
        out = self.tree({"Dockerfile": dockerfile % "one"})
        self.assertEqual(harness.read(out, "got"), "one\n")
        self.assertRegex(harness.read(out, "list"), r" 5 +6 ")
        self.assertIn("No such file", harness.read(out, "other"))
        out = self.tree({"Dockerfile": dockerfile % "one"}, "--build-arg", "N=2")
        self.assertEqual(harness.read(out, "got"), "one\nmore\n", "it is kept between builds")
        out = self.tree({"Dockerfile": dockerfile % "two"})
        self.assertEqual(harness.read(out, "got"), "two\n", "another beginning is another cache")

    def test_caches_are_told_apart_by_id_and_owner(self):
        out = self.tree({"Dockerfile": f"""FROM {self.base()}
RUN --mount=type=cache,id=a,target=/c,mode=0700,uid=7,gid=8 stat -c '%a %u:%g' /c > /top && touch /c/mine
RUN --mount=type=cache,id=a,target=/x,mode=0700,uid=7,gid=8 ls /x > /same
RUN --mount=type=cache,id=a,target=/x ls /x > /plain
RUN --mount=type=cache,id=a,target=/1,sharing=locked --mount=type=cache,id=a,target=/2,sharing=locked touch /1/t && ls /2 > /twice
"""})
        self.assertEqual(harness.read(out, "top"), "700 7:8\n")
        self.assertEqual(harness.read(out, "same"), "mine\n")
        self.assertEqual(harness.read(out, "plain"), "")
        self.assertIn("t\n", harness.read(out, "twice"))

    def concurrent(self, sharing):
        """Two builds at once that both stay in the cache for a while; what each saw of the other."""
        seen = {}

        def build(name):
            context = self.context({"Dockerfile": f"""FROM {self.base()}
RUN --mount=type=cache,id=both,target=/c,sharing={sharing} touch /c/{name}; for i in 1 2 3 4 5 6; do sleep 0.5; ls /c; done > /seen; rm /c/{name}
"""}, name=name)
            out = self.path("out-" + name)
            self.mbuild("--output", f"type=local,dest={out}", context)
            seen[name] = harness.read(out, "seen").split()

        self.base()
        threads = [threading.Thread(target=build, args=(name,)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return "two" in seen["one"] or "one" in seen["two"]

    def test_sharing_between_processes(self):
        self.assertTrue(self.concurrent("shared"))
        self.assertFalse(self.concurrent("locked"))
        self.assertFalse(self.concurrent("private"))

    def test_tmpfs(self):
        out = self.tree({"Dockerfile": f"""FROM {self.base()}
RUN --mount=type=tmpfs,target=/t,size=1m df -k /t | tail -1 > /size; dd if=/dev/zero of=/t/x bs=1M count=2 2> /full || true
"""})
        self.assertIn("1024", harness.read(out, "size"))
        self.assertIn("No space", harness.read(out, "full"))
        self.assertFalse(os.path.lexists(os.path.join(out, "t")))

    def test_secrets(self):
        out = self.tree({"Dockerfile": f"""FROM {self.base()}
RUN --mount=type=secret,id=a,target=/etc/a,mode=0440,uid=3,gid=4 stat -c '%a %u:%g' /etc/a > /where; wc -c < /etc/a > /size
RUN --mount=type=secret,id=a,env=A echo ${{#A}} > /env; ls /run/secrets >> /env 2>&1 || true
RUN --mount=type=secret,id=a,env=A,target=/b [ "$(cat /b)" = "$A" ] && echo same > /both
RUN --mount=type=secret,id=none,target=/n --mount=type=secret,id=none,env=N [ ! -e /n ] && echo "[$N]" > /absent
"""}, "--secret", "id=a,env=SECRET", env={"SECRET": "v4lue"})
        self.assertEqual(harness.read(out, "where"), "440 3:4\n")
        self.assertEqual(harness.read(out, "size").strip(), "5")
        self.assertTrue(harness.read(out, "env").startswith("5\n"))
        self.assertEqual(harness.read(out, "both"), "same\n")
        self.assertEqual(harness.read(out, "absent"), "[]\n")
        self.fails(f"FROM {self.base()}\nRUN --mount=type=secret,id=none,required true\n", "secret none: not found")

    def test_missing_sources(self):
        self.fails(f"FROM {self.base()}\nRUN --mount=target=/m,source=nope true\n", '"/nope": not found')
        self.fails(f"FROM {self.base()} AS s\nFROM {self.base()}\nRUN --mount=from=s,source=/nope,target=/m true\n", "nope")
        self.fails(f"FROM {self.base()} AS s\nFROM {self.base()}\nRUN --mount=type=cache,from=s,source=/nope,target=/m true\n",
                   "nope")
        self.fails(f"FROM {self.base()}\nRUN --mount=type=ssh,required true\n", 'no SSH key "default" forwarded')

    @unittest.skipUnless(shutil.which("ssh-agent") and shutil.which("ssh-keygen"), "needs openssh-client")
    def test_ssh(self):
        agent = self.path("agent")
        process = harness.Process(["ssh-agent", "-D", "-a", agent], self.path("agent.log"))
        harness.wait_until(lambda: os.path.exists(agent), "ssh-agent listens")
        harness.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a-key", "-f", self.path("key"))
        harness.run("ssh-add", "-q", self.path("key"), env={"SSH_AUTH_SOCK": agent})
        debian = self.registry().seed("debian", "library/debian")
        # One request each: list the keys (11), remove all of them (19).
        ask = ("use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die $!; "
               "$s->syswrite(pack('NC', 1, shift)); $s->sysread(my $h, 5); my ($l, $t) = unpack('NC', $h); "
               "$s->sysread(my $r, $l - 1) if $l > 1; print qq($t ), index($r // q(), q(a-key)) >= 0 ? 1 : 0, qq(\\n)")
        out = self.tree({"Dockerfile": f"""FROM {debian}
RUN --mount=type=ssh [ "$SSH_AUTH_SOCK" = /run/buildkit/ssh_agent.0 ] && perl -e '{ask}' 11 > /listed
RUN --mount=type=ssh perl -e '{ask}' 19 > /removed
RUN --mount=type=ssh,id=other,target=/o,mode=0666,uid=9 stat -c '%a %u' /o > /mode; echo "$SSH_AUTH_SOCK" >> /mode
RUN --mount=type=ssh,id=absent [ -z "$SSH_AUTH_SOCK" ] && echo none > /none
USER nobody
RUN --mount=type=ssh,uid=65534 perl -e '{ask}' 11 > /tmp/by-user
"""}, "--ssh", "default", "--ssh", f"other={agent}", env={"SSH_AUTH_SOCK": agent})
        self.assertEqual(harness.read(out, "listed"), "12 1\n")
        self.assertEqual(harness.read(out, "removed"), "5 0\n")
        self.assertEqual(harness.read(out, "mode"), "666 9\n/o\n")
        self.assertEqual(harness.read(out, "none"), "none\n")
        self.assertEqual(harness.read(out, "tmp/by-user"), "12 1\n")
        self.assertFalse(os.path.lexists(os.path.join(out, "run/buildkit")))
        self.assertIn("a-key", harness.run("ssh-add", "-l", env={"SSH_AUTH_SOCK": agent}).stdout)
        process.stop()

    def key(self, name, passphrase=""):
        harness.run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "comment-" + name, "-f", self.path(name))
        return self.path(name)

    @unittest.skipUnless(shutil.which("ssh-agent") and shutil.which("ssh-keygen"), "needs openssh-client")
    def test_key_files(self):
        keys = [self.key("one"), self.key("two")]
        debian = self.registry().seed("debian", "library/debian")
        ask = ("use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die $!; "
               "$s->syswrite(pack(q(NC), 1, shift)); $s->sysread(my $h, 5); my ($l, $t) = unpack(q(NC), $h); "
               "$s->sysread(my $r, $l - 1) if $l > 1; print qq($t ), join(q( ), ($r // q()) =~ /comment-\\w+/g), qq(\\n)")
        dockerfile = f"""FROM {debian}
RUN --mount=type=ssh perl -e '{ask}' 19 > /removed && perl -e '{ask}' 11 > /listed
USER nobody
RUN --mount=type=ssh,id=other,uid=65534 perl -e '{ask}' 11 > /tmp/other
"""
        options = ("--ssh", "default=" + ",".join(keys), "--ssh", "other=" + keys[1])
        out = self.tree({"Dockerfile": dockerfile}, *options, env=self.searched())
        self.assertEqual(harness.read(out, "removed"), "5 \n")
        self.assertEqual(harness.read(out, "listed"), "12 comment-one comment-two\n")
        self.assertEqual(harness.read(out, "tmp/other"), "12 comment-two\n")
        self.assertEqual(self.agents(), [])

        # Killed, a builder takes its agents with it.
        context = self.context({"Dockerfile": f"FROM {debian}\nRUN --mount=type=ssh sleep 100\n"})
        builder = subprocess.Popen([harness.MBUILD, "--root", self.store, *options, context], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=dict(os.environ, **self.searched()))
        harness.wait_until(lambda: len(self.agents()) == 2, "both agents run")
        builder.kill()
        builder.wait()
        harness.wait_until(lambda: not self.agents(), "the agents end")

    def agents(self):
        """The agents of builders that were given self.searched()."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                command, environment = (harness.read("/proc", pid, name) for name in ("cmdline", "environ"))
            except (OSError, UnicodeDecodeError):
                continue
            if command.startswith("ssh-agent\0-D") and self.searched()["PATH"] in environment:
                found.append(pid)
        return found

    def searched(self):
        return {"PATH": f"{os.environ['PATH']}:{self.work}"}

    @unittest.skipUnless(shutil.which("ssh-agent") and shutil.which("ssh-keygen"), "needs openssh-client")
    def test_keys_that_cannot_be_added(self):
        dockerfile = f"FROM {self.base()}\nRUN true\n"
        locked, wide, text = self.key("locked", "a passphrase"), self.key("wide"), self.path("text")
        os.chmod(wide, 0o644)
        with open(text, "w", encoding="utf-8") as file:
            os.chmod(text, 0o600)
            file.write("no key")
        self.fails(dockerfile, f"{locked} to an ssh agent: it has a passphrase", "--ssh", f"default={locked}")
        self.fails(dockerfile, f"{wide} to an ssh agent: its permissions", "--ssh", f"default={wide}")
        self.fails(dockerfile, f"{text} to an ssh agent: it is no private key", "--ssh", f"default={text}")
        programs = self.path("programs")
        os.mkdir(programs)
        self.fails(dockerfile, "openssh-client", "--ssh", f"default={self.key('good')}", env={"PATH": programs})

    def test_what_has_to_be_allowed(self):
        self.fails(f"FROM {self.base()}\nRUN --security=insecure true\n", "security.insecure is not allowed")
        self.fails(f"FROM {self.base()}\nRUN --network=host true\n", "network.host is not allowed")
        self.fails(f"FROM {self.base()}\nRUN --device=vendor.com/x=y true\n", "--device")
        out = self.tree({"Dockerfile": f"""FROM {self.base()}
RUN --security=insecure grep CapEff /proc/self/status > /insecure
RUN grep CapEff /proc/self/status > /sandbox
RUN --network=host ls /sys/class/net > /host
RUN --network=none ls /sys/class/net > /none
"""}, "--allow", "security.insecure", "--allow", "network.host")
        capabilities = {name: int(harness.read(out, name).split()[1], 16) for name in ("insecure", "sandbox")}
        self.assertEqual(capabilities["sandbox"], 0xA80425FB)
        self.assertGreater(capabilities["insecure"], capabilities["sandbox"])
        self.assertEqual(harness.read(out, "none"), "lo\n")
        wrong = self.mbuild("--allow", "everything", self.path("context"), check=False)
        self.assertEqual(wrong.returncode, 2)


if __name__ == "__main__":
    harness.main()
