#!/usr/bin/env python3
"""First figures for the budgets of a build: wall time of mbuild alone, median of N runs.

usage: budgets.py MBUILD [-n RUNS] [--only NAME,...]

Needs docker-registry and skopeo (samples/install_dependencies.sh test). Every figure is of this machine at this
moment: compare only figures of one run.
"""
import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402


class Bench:
    def __init__(self, mbuild, folder, bases):
        self.mbuild, self.folder = mbuild, folder
        harness.BASES = bases
        self.registry = harness.Registry(os.path.join(folder, "registry"))
        self.busybox = self.registry.seed("busybox", "library/busybox")
        self.debian = self.registry.seed("debian", "library/debian")
        self.stores = 0

    def context(self, name, dockerfile, files=()):
        context = os.path.join(self.folder, name)
        for path, size in [("Dockerfile", None), *files]:
            full = os.path.join(context, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as out:
                if size is None:
                    out.write(dockerfile.encode())
                else:
                    out.write(random.Random(path).randbytes(size))
        return context

    def build(self, context, *options, store="store"):
        subprocess.run([self.mbuild, "--root", os.path.join(self.folder, store), "--progress", "quiet", *options, context],
                       check=True, stdout=subprocess.DEVNULL)

    def fresh_store(self):
        self.stores += 1
        return f"store-{self.stores}"

    def cold_pull(self):
        "nothing cached: pull a Debian base from loopback, one RUN"
        context = self.context("cold", f"FROM {self.debian}\nRUN true\n")
        return lambda i: self.build(context, store=self.fresh_store())

    def noop(self):
        "fully cached rebuild: 12 steps, 10,000 context files"
        runs = "".join(f"RUN echo {i} > /f{i}\n" for i in range(8))
        context = self.context("noop", f"FROM {self.busybox} AS b\nCOPY src /src\n{runs}FROM {self.busybox}\n"
                               'COPY --from=b /f0 /f1 /out/\nCMD ["sh"]\n', small_files(10000))
        self.build(context, "-t", "noop")
        time.sleep(1)  # files of this second would be read again: they could still change unnoticed
        self.build(context, "-t", "noop")
        return lambda i: self.build(context, "-t", "noop")

    def empty_runs(self):
        "50 RUN steps that do nothing"
        context = self.context("runs", f"FROM {self.busybox}\n" + "".join(f"RUN true {i}\n" for i in range(50)))
        self.build(context)
        return lambda i: self.build(context, "--no-cache")

    def copy_small(self):
        "COPY of 20,000 small files (80 MB)"
        context = self.context("small", f"FROM {self.busybox}\nCOPY src /src\n", small_files(20000))
        return lambda i: self.build(context, "-t", "small", store=self.fresh_store())

    def incremental(self):
        "one of 20,000 files changes; COPY and 3 RUN"
        context = self.context("incremental", f"FROM {self.busybox}\nCOPY src /src\nRUN wc -c < /src/d0/e0/f0.txt > /o\n"
                               "RUN true\nRUN true 2\n", small_files(20000))
        self.build(context, "-t", "incremental")

        def run(i):
            with open(os.path.join(context, "src/d0/e0/f0.txt"), "w", encoding="utf-8") as out:
                out.write(str(i) * (i + 2))
            self.build(context, "-t", "incremental")
        return run

    def copy_large(self):
        "COPY of one 1 GB file"
        context = self.context("large", f"FROM {self.busybox}\nCOPY big /big\n", [("big", 1 << 30)])
        return lambda i: self.build(context, "-t", "large", store=self.fresh_store())

    def parallel(self):
        "8 independent stages of sleep 1, joined"
        stages = "".join(f"FROM {self.busybox} AS s{i}\nRUN sleep 1 && echo {i} > /o{i}\n" for i in range(8))
        copies = "".join(f"COPY --from=s{i} /o{i} /\n" for i in range(8))
        context = self.context("parallel", f"{stages}FROM {self.busybox}\n{copies}")
        return lambda i: self.build(context, "--no-cache")

    def push(self):
        "build and push a 300 MB layer"
        context = self.context("push", f"FROM {self.busybox}\nCOPY big /big\n", [("big", 300 << 20)])
        return lambda i: self.build(context, "-t", f"{self.registry.host}/bench/push:{i}", "--push",
                                    "--label", f"run={i}", store=self.fresh_store())


def small_files(count, average=4096):
    sizes = random.Random(7)
    return [(f"src/d{i % 97}/e{i % 13}/f{i}.txt", sizes.randrange(1, 2 * average)) for i in range(count)]


def main():
    names = [name for name in vars(Bench) if not name.startswith("_") and getattr(Bench, name).__doc__]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mbuild")
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("--only", default=",".join(names))
    parser.add_argument("--bases", help="folder of make_bases.py; made when missing")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mbuild-bench-")
    try:
        bases = options.bases or os.path.join(folder, "bases")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(harness.__file__), "make_bases.py"), bases], check=True)
        bench = Bench(os.path.abspath(options.mbuild), folder, bases)
        for name in options.only.split(","):
            scenario = getattr(bench, name)
            run, times = scenario(), []
            for i in range(options.n):
                begun = time.perf_counter()
                run(i)
                times.append(time.perf_counter() - begun)
            print(f"{name:12} {statistics.median(times):8.3f} s  ({min(times):.3f} to {max(times):.3f})  {scenario.__doc__}",
                  flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
