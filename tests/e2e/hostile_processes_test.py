"""Steps that misbehave: what they can see and reach, and that they end."""
import os
import signal
import subprocess
import time
import unittest

import harness
import hostile

PERL = "use strict; use POSIX; sub try { my $n = shift; my $c = shift; my $r = syscall($c, @_); printf qq(%s %s\\n), $n, $r < 0 ? $! + 0 : q(ok) } "
EPERM, ESRCH, EACCES, ENOSYS, EAFNOSUPPORT = "1", "3", "13", "38", "97"

needs_namespaces = unittest.skipIf(hostile.RUNG == "chroot", "a step shares the container's processes and devices and has no /proc")


class Processes(hostile.Hostile):
    def step(self, script, base="busybox", user="root", arguments=(), check=True, **options):
        """What a RUN of this shell script printed."""
        self.images += 1
        context = self.context({"Dockerfile": f"FROM base\nUSER {user}\nRUN <<'END'\nexec 2>&1\n{script}\nEND\n"}, f"c{self.images}")
        done = self.mbuild("--build-context", f"base=oci-layout://{harness.BASES}/{base}", "--no-cache", *arguments, context,
                           check=check, **options)
        self.assertNotIn(self.SECRET, done.stdout + done.stderr)
        return done

    def printed(self, script, **options):
        """The lines that the script printed with "> " before them."""
        return [line.split("> ", 1)[1] for line in self.step(script, **options).stderr.split("\n")
                if line.startswith("#") and "> " in line and "RUN" not in line]

    @needs_namespaces
    def test_descriptors_are_three(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        os.set_inheritable(write_end, True)
        command = "exec 2>&-; exec 2>&1; for f in /proc/self/fd/*; do echo \"> ${f##*/} $(readlink $f)\"; done"
        context = self.context({"Dockerfile": f"FROM base\nRUN {command}\n"})
        done = subprocess.run([harness.MBUILD, "--root", self.store, "--progress", "plain", "--build-context",
                               f"base=oci-layout://{harness.BASES}/busybox", context], pass_fds=(write_end,), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        numbers = {line.split("> ")[1].split()[0] for line in done.stderr.split("\n") if "> " in line and "RUN" not in line}
        self.assertTrue({"0", "1", "2"} <= numbers, done.stderr)
        # The shell opens the folder that it lists: one more, which is no link to anything outside.
        self.assertLessEqual(len(numbers), 4, numbers)
        self.assertNotIn(self.work, done.stderr.split("RUN", 1)[1].replace(self.store, ""))

    @needs_namespaces
    def test_credentials_are_dockers(self):
        lines = dict(line.split(":\t", 1) for line in self.printed(
            "sed -n 's/^\\(Cap...\\|Groups\\|Uid\\|NoNewPrivs\\|Seccomp\\):/> &/p' /proc/self/status"))
        for name in ("CapPrm", "CapEff", "CapBnd"):
            self.assertEqual(int(lines[name], 16), 0xA80425FB, name)
        for name in ("CapInh", "CapAmb"):
            self.assertEqual(int(lines[name], 16), 0, name)
        self.assertEqual(lines["Uid"].split(), ["0"] * 4)
        self.assertEqual(lines["Seccomp"], "2")
        lines = dict(line.split(":\t", 1) for line in self.printed(
            "sed -n 's/^\\(Cap...\\|Groups\\):/> &/p' /proc/self/status", user="5:6"))
        for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            self.assertEqual(int(lines[name], 16), 0, name)
        # With the one id there is, a step is in no group that anybody else knows.
        self.assertEqual(lines["Groups"].split(), [] if hostile.RUNG == "single-id" else ["6"])

    def test_groups_of_the_caller_stay_with_him(self):
        context = self.context({"Dockerfile": "FROM base\nRUN echo \"> $(id -G)\"\n"})
        done = subprocess.run([harness.MBUILD, "--root", self.store, "--progress", "plain", "--build-context",
                               f"base=oci-layout://{harness.BASES}/busybox", context], text=True, check=True,
                              extra_groups=[4242, 4343], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertNotIn("4242", done.stderr)
        self.assertNotIn("4343", done.stderr)

    @needs_namespaces
    def test_proc_and_sys_are_not_to_be_written(self):
        files = ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory",
                 "/proc/sys/fs/binfmt_misc/register", "/proc/irq/0/smp_affinity", "/proc/bus/x", "/sys/kernel/uevent_helper",
                 "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/cgroup.procs", "/sys/power/state", "/proc/acpi/x",
                 "/sys/firmware/x")
        before = harness.read("/proc/sys/kernel/core_pattern")
        for line in self.printed("".join(f"(echo x > {name}) 2> /dev/null && echo '> {name} written'\n" for name in files) +
                                 "for f in /proc/kcore /proc/keys /proc/timer_list; do [ \"$(head -c1 $f)\" ] && echo \"> $f read\"; done; true"):
            self.fail(line)
        self.assertEqual(harness.read("/proc/sys/kernel/core_pattern"), before)
        listed = self.printed("mount -t proc p /tmp 2>/dev/null && echo '> mounted'; mount -o remount,rw /proc/sys 2>/dev/null && "
                              "echo '> remounted'; umount /proc/sysrq-trigger 2>/dev/null && echo '> unmasked'; true")
        self.assertEqual(listed, [])

    def test_system_calls_are_refused_as_docker_refuses_them(self):
        calls = {"keyctl": (250, 0, -1, 0, 0), "add_key": (248, 0, 0, 0, 0, -3),
                 "mount": (165, 0, 0, 0, 4096, 0), "umount": (166, 0, 2), "unshare user": (272, 0x10000000),
                 "unshare mount": (272, 0x20000), "setns": (308, 0, 0), "bpf": (321, 0, 0, 0), "init_module": (175, 0, 0, 0),
                 "kexec_load": (246, 0, 0, 0, 0), "reboot": (169, 0, 0, 0, 0), "perf_event_open": (298, 0, 0, -1, -1, 0),
                 "open_by_handle_at": (304, 0, 0, 0), "swapon": (167, 0, 0), "settimeofday": (164, 0, 0), "iopl": (172, 3),
                 "pivot_root": (155, 0, 0), "userfaultfd": (323, 0), "fsopen": (430, 0, 0), "move_mount": (429, 0, 0, 0, 0, 0),
                 "open_tree": (428, 0, 0, 0), "mount_setattr": (442, 0, 0, 0, 0, 0), "io_uring_setup": (425, 1, 0)}
        script = PERL + " ".join(f"try(q({name}), {', '.join(map(str, call))});" for name, call in calls.items())
        results = dict(line.rsplit(" ", 1) for line in self.printed(f"perl -e '{script}' | sed 's/^/> /'", base="debian"))
        self.assertEqual(set(results), set(calls))
        for name in calls:
            self.assertIn(results[name], (EPERM, ENOSYS), name)

    @needs_namespaces
    def test_the_builder_cannot_be_seen_or_traced(self):
        """A step may trace its own processes, as in Docker since Linux 4.8; others it has no number for."""
        script = PERL + f"try(q(attach), 101, 16, {os.getpid()}, 0, 0); try(q(write), 311, {os.getpid()}, 0, 0, 0, 0, 0);"
        results = dict(line.rsplit(" ", 1) for line in self.printed(f"perl -e '{script}' | sed 's/^/> /'", base="debian"))
        self.assertEqual(results["attach"], ESRCH)
        self.assertIn(results["write"], (ESRCH, EPERM, "ok"), "nothing was to be written")
        seen = self.printed("for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline | sed 's/^/> /'; echo; done")
        self.assertFalse([line for line in seen if "mbuild" in line and "--root" in line], seen)
        self.assertLess(len(seen), 10)
        for line in self.printed("for f in /proc/1/root /proc/1/cwd /proc/*/root; do ls $f/.. | sed 's/^/> /'; done"):
            self.assertNotIn("mbuild-e2e", line)

    def test_sockets_are_those_of_docker(self):
        script = PERL + "try(q(raw), 41, 2, 3, 1); try(q(packet), 41, 17, 3, 0x300); try(q(netlink), 41, 16, 3, 0); "
        script += "try(q(vsock), 41, 40, 1, 0); try(q(alg), 41, 38, 5, 0); try(q(inet), 41, 2, 1, 0);"
        results = dict(line.rsplit(" ", 1) for line in self.printed(f"perl -e '{script}' | sed 's/^/> /'", base="debian"))
        self.assertEqual(results["inet"], "ok")
        self.assertEqual(results["raw"], "ok", "Docker's default capabilities have NET_RAW")
        self.assertIn(results["vsock"], (EPERM, EACCES, EAFNOSUPPORT))

    @needs_namespaces
    def test_devices_cannot_be_opened(self):
        for line in self.printed("for d in 'c 1 1' 'c 1 2' 'c 1 4' 'c 1 11' 'b 8 0' 'b 254 0' 'b 7 0' 'c 10 229' 'c 10 237'; do "
                                 "rm -f /n; mknod /n $d 2> /dev/null && (timeout 2 head -c1 /n > /dev/null 2>&1) && echo \"> $d\"; done; true"):
            self.fail("opened " + line)

    def test_a_daemon_ends_with_its_step(self):
        marker = f"sleep {2_000_000 + os.getpid()}"
        begin = time.monotonic()
        self.step(f"(setsid {marker} &) ; setsid sh -c '{marker} & {marker} & exec sleep 1000' > /dev/null 2>&1 < /dev/null & "
                  f"nohup {marker} & (trap '' TERM HUP INT; {marker}) & sleep 0.2; true", timeout=60)
        self.assertLess(time.monotonic() - begin, 30, "the step's output was held open")
        self.assertEqual(harness.processes(marker), [])

    def stopped(self, script, number):
        """Interrupts a build whose step runs this script, once it printed "ready"."""
        context = self.context({"Dockerfile": f"FROM base\nRUN <<'END'\n{script}\nEND\n"}, f"stopped{number}")
        process = subprocess.Popen([harness.MBUILD, "--root", self.store, "--progress", "plain", "--build-context",
                                    f"base=oci-layout://{harness.BASES}/busybox", context], stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "> ready" in line:
                break
        process.send_signal(number)
        begin = time.monotonic()
        _, rest = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertIn(process.returncode, (130, 143, 1), rest)

    def test_a_step_that_ignores_signals_is_stopped(self):
        marker = f"sleep {3_000_000 + os.getpid()}"
        for number in (signal.SIGINT, signal.SIGTERM):
            self.stopped(f"trap '' TERM INT HUP QUIT; echo '> ready'; while true; do {marker}; done", number)
            self.assertEqual(harness.processes(marker), [])

    def test_a_step_that_forks_for_ever_is_stopped(self):
        """With a bound that the machine survives; killed one by one, it would refill itself."""
        marker = f"{4_000_000 + os.getpid()}"
        bomb = ("echo '> ready'; i=0; while [ $i -lt 100 ]; do i=$((i + 1)); (trap '' TERM INT HUP; while true; do "
                f"sleep 0.{marker} & sleep 0.{marker} & sleep 0.05; done) & done; wait")
        self.stopped(bomb, signal.SIGINT)
        self.assertEqual(harness.processes(marker), [])

    def test_a_step_that_forks_without_bound_ends_at_its_limit(self):
        marker = f"{5_000_000 + os.getpid()}"
        bomb = f"bomb() {{ sleep 1.{marker} & bomb & bomb; }}; bomb; wait; exit 7"
        done = self.step(bomb, arguments=("--pids-limit", "40"), check=False, timeout=120)
        if "cannot be had here" in done.stderr:
            self.skipTest(done.stderr.strip().splitlines()[-1])
        self.assertIn("can't fork", self.refused(done))
        self.assertEqual(harness.processes(marker), [])

    def test_a_step_that_fills_its_disk_fails_clearly(self):
        """On a store of 96 MiB: the step sees a full disk, the build says so, and the store is good for another one."""
        os.makedirs(self.store)
        harness.run("mount", "-t", "tmpfs", "-o", "size=96m", "none", self.store)
        try:
            done = self.step("dd if=/dev/zero of=/big bs=1M count=500; exit $?", check=False)
            text = self.refused(done)
            self.assertIn("No space left on device", text)
            done = self.mbuild("-f", "-", *self.named(harness.BASES + "/busybox"), self.canary, check=False,
                               stdin="FROM base\nRUN dd if=/dev/zero of=/a bs=1M count=60\nRUN dd if=/dev/zero of=/b bs=1M count=60\n")
            self.assertIn("No space left on device", self.refused(done))
            self.assertEqual(self.step("echo fine").returncode, 0)
            self.assertEqual(os.listdir(os.path.join(self.kept, "work")), ["lock"])
        finally:
            harness.run("umount", self.store)

    def test_floods_of_output_are_bounded_and_clean(self):
        done = self.step("yes | head -c 3000000; printf '\\033]0;title\\007\\033[2J\\000end\\n'", timeout=120)
        self.assertLess(len(done.stderr), 60_000_000)


if __name__ == "__main__":
    harness.main()
