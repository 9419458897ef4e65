"""The store and its cache: what runs again, what does not, and several builds at once."""
import hashlib
import os
import re
import subprocess
import threading

import harness


def executed(process):
    """Names of the steps that ran, without their stage prefix."""
    names, ran = {}, []
    for line in process.stderr.splitlines():
        if match := re.match(r"#(\d+) (\[.*|FROM .*)$", line):
            names.setdefault(match[1], re.sub(r"^\[[^]]*\] ", "", match[2]))
        elif match := re.match(r"#(\d+) DONE", line):
            ran.append(names.get(match[1], "?"))
    return [name for name in ran if name.split()[0] in ("RUN", "COPY", "ADD", "WORKDIR")]


class Cache(harness.Case):
    def files(self, **changes):
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"""FROM {base} AS one
COPY a.txt /a
RUN cat /a > /from-a
FROM {base} AS two
COPY b.txt /b
RUN cat /b > /from-b
FROM {base}
COPY --from=one /from-a /
COPY --from=two /from-b /
RUN cat /from-a /from-b > /both
""", "a.txt": "a", "b.txt": "b"}
        files.update(changes)
        return files

    def test_an_unchanged_build_runs_nothing_and_gives_the_same_image(self):
        self.build(self.files(), "-t", "app", "--iidfile", self.path("first"))
        again = self.build(self.files(), "-t", "app", "--iidfile", self.path("second"))
        self.assertEqual(executed(again), [])
        self.assertEqual(harness.read(self.path("first")), harness.read(self.path("second")))

    def test_a_changed_file_reruns_what_depends_on_it(self):
        self.build(self.files())
        again = self.build(self.files(**{"b.txt": "changed"}))
        self.assertEqual(sorted(executed(again)),
                         ["COPY --from=two /from-b /", "COPY b.txt /b", "RUN cat /b > /from-b",
                          "RUN cat /from-a /from-b > /both"])

    def test_a_large_copy_with_a_few_changes_is_the_same_image_as_from_nothing(self):
        """Files that did not change come from the earlier layer where it is kept as a tarball."""
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"FROM {base}\nCOPY src /deep/src\n"}
        files.update({f"src/{i % 7}/f{i}": f"{i:05}" * (i % 50) for i in range(700)})
        files.update({"src/0.txt": "after the folder 0", "src/" + "l" * 150: "long", "src/large": "x" * 2_000_000})
        options = ("--build-arg", "SOURCE_DATE_EPOCH=1700000000", "--iidfile", self.path("id"))
        self.build(files, *options)
        changed = self.context({"src/1/f15": "54321" * 15, "src/3/new": "new", "src/0.txt": "AFTER the folder 0"})
        os.unlink(os.path.join(changed, "src/5/f5"))
        os.unlink(os.path.join(changed, "src/6/f6"))
        os.symlink("f13", os.path.join(changed, "src/6/f6"))
        self.mbuild(*options, changed)
        again = harness.read(self.path("id"))
        self.mbuild(*options, changed, store=self.path("another"))
        self.assertEqual(harness.read(self.path("id")), again)
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", changed)
        for name in ("1/f15", "3/new", "0.txt", "4/f18", "large", "l" * 150, "6/f13"):
            self.assertEqual(harness.read(out, "deep/src", name), harness.read(changed, "src", name), name)

    def test_times_alone_change_nothing(self):
        self.build(self.files())
        os.utime(self.path("context", "a.txt"), (1, 1))
        self.assertEqual(executed(self.build(self.files())), [])

    def test_a_step_with_an_equal_result_keeps_the_rest_cached(self):
        files = self.files(**{"Dockerfile": f"""FROM {self.registry().seed('busybox', 'library/busybox')}
COPY a.txt /a
RUN wc -c < /a > /size && rm /a
RUN echo expensive > /result
"""})
        self.build(files)
        again = self.build(dict(files, **{"a.txt": "z"}))
        self.assertIn("COPY a.txt /a", executed(again))

    def test_no_cache_runs_everything(self):
        self.build(self.files())
        self.assertEqual(len(executed(self.build(self.files(), "--no-cache"))), 7)

    def test_a_build_arg_counts_only_where_it_is_seen(self):
        files = self.files(**{"Dockerfile": f"""FROM {self.registry().seed('busybox', 'library/busybox')}
RUN echo before > /before
ARG VERSION=1
RUN echo $VERSION > /after
"""})
        self.build(files)
        again = self.build(files, "--build-arg", "VERSION=2")
        self.assertEqual(executed(again), ["RUN echo $VERSION > /after"])

    def test_only_the_targets_stages_run(self):
        done = self.build(self.files(), "--target", "one")
        self.assertEqual(executed(done), ["COPY a.txt /a", "RUN cat /a > /from-a"])

    def test_builds_at_once_in_one_store(self):
        context = self.context(self.files())
        command = [harness.MBUILD, "--root", self.store, "--progress", "plain", "--iidfile"]
        running = [subprocess.Popen([*command, self.path(f"iid{i}"), "-t", f"app:{i}", context],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for i in range(4)]
        for process in running:
            output, _ = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, output.decode())
        self.assertEqual(self.mbuild("images").stdout.count("app:"), 4)
        self.assertEqual(executed(self.build(self.files())), [])

    def test_independent_stages_run_at_the_same_time(self):
        base = self.registry().seed("busybox", "library/busybox")
        # Each waits for the other through a cache that both share: one after the other they would never end.
        meet = "RUN --mount=type=cache,id=meet,target=/meet touch /meet/{} && i=0; while [ ! -e /meet/{} ]; do " \
               "i=$((i+1)); [ $i -lt 600 ] || exit 1; usleep 50000; done; echo met > /met"
        files = {"Dockerfile": f"FROM {base} AS x\n{meet.format('x', 'y')}\nFROM {base} AS y\n"
                               f"{meet.format('y', 'x')}\nFROM scratch\nCOPY --from=x /met /x\nCOPY --from=y /met /y\n"}
        self.build(files)


    def test_a_record_of_an_earlier_boot_is_checked_once(self):
        self.build(self.files(), "-t", "app")
        records = []
        for directory, _, names in os.walk(os.path.join(self.store, "actions")):
            if os.path.basename(os.path.dirname(directory)) != "steps":
                records += [os.path.join(directory, name) for name in names]
        for path in records:
            with open(path, "rb") as record:
                body = record.read()
            body = re.sub(rb"boot 36:[0-9a-f-]{36}", b"boot 36:" + b"0" * 36, body[:body.rindex(b"sha256 ")])
            with open(path, "wb") as record:
                record.write(body + b"sha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n")
        self.assertEqual(executed(self.build(self.files(), "-t", "app")), [])
        confirmed = 0
        for path in records:
            with open(path, "rb") as record:
                confirmed += b"confirmed 3:yes" in record.read()
        self.assertGreater(confirmed, 0)

    def test_a_file_that_never_comes_to_rest_is_copied_and_not_cached(self):
        base = self.registry().seed("busybox", "library/busybox")
        context = self.context({"Dockerfile": f"FROM {base}\nCOPY log /log\n", "log": "x" * (24 << 20)})
        stop = threading.Event()

        def write():
            with open(os.path.join(context, "log"), "ab") as log:
                while not stop.is_set():
                    log.write(b"y")
                    log.flush()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            done = self.mbuild("-t", "app", context)
        finally:
            stop.set()
            writer.join()
        self.assertIn("goes on changing while it is copied", done.stderr)
        self.assertEqual(executed(self.mbuild("-t", "app", context)), ["COPY log /log"])
        self.assertEqual(executed(self.mbuild("-t", "app", context)), [])

    def test_the_store_is_its_owners(self):
        self.build(self.files(), "-t", "app")
        self.assertEqual(os.stat(self.store).st_mode & 0o777, 0o700)
        os.chmod(self.store, 0o755)  # as it may have been made
        self.assertEqual(executed(self.build(self.files(), "-t", "app")), [])


class Reproducible(harness.Case):
    def test_two_stores_one_image(self):
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"FROM {base} AS b\nRUN mkdir /d && date > /dev/null && echo x > /d/x && ln -s x /d/l\n"
                               f"FROM {base}\nWORKDIR /w\nCOPY --from=b /d /d\nCOPY src /src\nRUN echo y > /y\n",
                 "src/f": "f"}
        ids = []
        for store in ("one", "two"):
            os.utime(self.context(files), None)
            self.build(files, "-t", "app", "--iidfile", self.path("iid"), store=self.path(store),
                       env={"SOURCE_DATE_EPOCH": "1700000000"})
            ids.append(harness.read(self.path("iid")))
        self.assertEqual(ids[0], ids[1])


if __name__ == "__main__":
    harness.main()
