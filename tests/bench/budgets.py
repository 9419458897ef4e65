#!/usr/bin/env python3
"""The budgets of a build: wall time of mbuild, median of N runs, its peak memory, and beside it the machine's limit:
what the bare commands (cp, tar, sha256sum, stat, clone + exec) take for the same bytes, files and processes.

usage: budgets.py MBUILD [-n RUNS] [--only NAME,...]

Needs docker-registry and skopeo (samples/install_dependencies.sh test). Every figure is of this machine at this
moment: compare only figures of one run.
"""
import glob
import hashlib
import os
import statistics
import time

from workload import Workload, arguments, bench_folder, small_files, write_random

ISOLATED = "unshare --mount --pid --fork --net --ipc --uts --cgroup true"


class Bench(Workload):
    """Each scenario gives what a run does, and what the limit of it is measured with; both get the run's number."""

    def cold_pull(self):
        "nothing cached: pull a Debian base from loopback, one RUN"
        context = self.context("cold", f"FROM {self.debian}\nRUN true\n")
        blobs = glob.glob(os.path.join(self.folder, "registry/**/blobs/**/data"), recursive=True)
        layer = max(blobs, key=os.path.getsize)
        return (lambda i: self.build(context, store=self.fresh_store()),
                lambda i: self.shell(f"gzip -dc {layer} | tee cold-{i}.tar | sha256sum"))

    def noop(self):
        "fully cached rebuild: 12 steps, 10,000 context files"
        runs = "".join(f"RUN echo {i} > /f{i}\n" for i in range(8))
        context = self.context("noop", f"FROM {self.busybox} AS b\nCOPY src /src\n{runs}FROM {self.busybox}\n"
                               'COPY --from=b /f0 /f1 /out/\nCMD ["sh"]\n', small_files(10000))
        self.build(context, "-t", "noop")
        time.sleep(1)  # files of this second would be read again: they could still change unnoticed
        self.build(context, "-t", "noop")
        return (lambda i: self.build(context, "-t", "noop"),
                lambda i: self.shell(f"find {context} -printf '%s %T@ %i\\n'"))

    def empty_runs(self):
        "50 RUN steps that do nothing"
        context = self.context("runs", f"FROM {self.busybox}\n" + "".join(f"RUN true {i}\n" for i in range(50)))
        self.build(context)
        return (lambda i: self.build(context, "--no-cache"),
                lambda i: self.shell(f"for i in $(seq 50); do {ISOLATED}; done"))

    def copy_small(self):
        "COPY of 20,000 small files (80 MB)"
        context = self.context("small", f"FROM {self.busybox}\nCOPY src /src\n", small_files(20000))
        return (lambda i: self.build(context, "-t", "small", store=self.fresh_store()),
                lambda i: self.shell(f"tar -C {context} -cf - src | tee small-{i}.tar | sha256sum"))

    def incremental(self):
        "one of 20,000 files changes; COPY and 3 RUN"
        context = self.context("incremental", f"FROM {self.busybox}\nCOPY src /src\nRUN wc -c < /src/d0/e0/f0.txt > /o\n"
                               "RUN true\nRUN true 2\n", small_files(20000))
        self.build(context, "-t", "incremental")
        time.sleep(1)
        self.build(context, "-t", "incremental")

        def run(i):
            with open(os.path.join(context, "src/d0/e0/f0.txt"), "w", encoding="utf-8") as out:
                out.write(str(i) * (i + 2))
            return self.build(context, "-t", "incremental")
        return run, lambda i: self.shell(f"find {context} -printf '%s %T@ %i\\n'; for i in 1 2 3; do {ISOLATED}; done")

    def copy_large(self):
        "COPY of one 1 GB file"
        context = self.context("large", f"FROM {self.busybox}\nCOPY big /big\n", [("big", 1 << 30)])
        return (lambda i: self.build(context, "-t", "large", store=self.fresh_store()),
                lambda i: self.shell(f"tee large-{i} < {context}/big | sha256sum"))

    def parallel(self):
        "8 independent stages of sleep 1, joined"
        stages = "".join(f"FROM {self.busybox} AS s{i}\nRUN sleep 1 && echo {i} > /o{i}\n" for i in range(8))
        copies = "".join(f"COPY --from=s{i} /o{i} /\n" for i in range(8))
        context = self.context("parallel", f"{stages}FROM {self.busybox}\n{copies}")
        return lambda i: self.build(context, "--no-cache"), lambda i: self.shell("sleep 1")

    def push(self):
        "build and push a 300 MB layer"
        context = self.context("push", f"FROM {self.busybox}\nCOPY big /big\n", [("big", 300 << 20)])

        def limit(i):
            path = os.path.join(self.folder, f"blob-{i}")
            with open(path, "wb") as out:
                write_random(out, f"limit {i}", 300 << 20)
            with open(path, "rb") as blob:
                digest = "sha256:" + hashlib.file_digest(blob, "sha256").hexdigest()
            return self.shell(f"tee copy-{i} < {path} | sha256sum") + self.upload(path, digest)
        return (lambda i: self.build(context, "-t", f"{self.registry.host}/bench/push:{i}", "--push", "--label",
                                     f"run={i}", store=self.fresh_store()), limit)


def main():
    names = [name for name, value in vars(Bench).items() if not name.startswith("_") and value.__doc__]
    options = arguments(__doc__, names).parse_args()
    with bench_folder() as folder:
        bench = Bench(options.mbuild, folder, options.bases)
        for name in options.only.split(","):
            scenario = getattr(bench, name)
            run, measure_limit = scenario()
            times, limits, memory = [], [], []
            for i in range(options.n):
                seconds, peak = run(i)
                times.append(seconds)
                memory.append(peak)
                limits.append(measure_limit(i))
            print(f"{name:12} {statistics.median(times):7.3f} s  ({min(times):.3f} to {max(times):.3f})  limit "
                  f"{statistics.median(limits):7.3f} s  {max(memory):4.0f} MB  {scenario.__doc__}", flush=True)


if __name__ == "__main__":
    main()
