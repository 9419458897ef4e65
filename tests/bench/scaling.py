#!/usr/bin/env python3
"""How the cost of a build grows: files, bytes, steps, stages, depth of layers, builds at once. Prints for each size the
median of N runs, the cost of a unit, and the peak memory; a unit's cost that grows with the size is not linear.

usage: scaling.py MBUILD [-n RUNS] [--only NAME,...] [--largest UNITS]

Needs what budgets.py needs, and for 8 GB twice that much room in $TMPDIR.
"""
import os
import shutil
import statistics
import time

from workload import Workload, arguments, bench_folder


class Scaling(Workload):
    """Each scenario has the sizes, and gives for one what a run does."""

    def files(self, count):
        context = self.context(f"files-{count}", f"FROM {self.busybox}\nCOPY src /src\n",
                               [(f"src/d{i % 97}/f{i}", 1000) for i in range(count)])
        return lambda i: self.build(context, store=self.fresh_store())

    def megabytes(self, count):
        context = self.context(f"bytes-{count}", f"FROM {self.busybox}\nCOPY big /big\n", [("big", 1 << 20)])
        with open(os.path.join(context, "big"), "r+b") as big:
            block = big.read()
            for _ in range(count - 1):
                big.write(block)
        return lambda i: self.build(context, store=self.store_that_goes())

    def steps(self, count):
        context = self.context(f"steps-{count}", f"FROM {self.busybox}\n" + "".join(f"RUN true {i}\n" for i in range(count)))
        return lambda i: self.build(context, "--no-cache")

    def stages(self, count):
        chain = "".join(f"FROM {self.busybox} AS s{i}\nCOPY {f'--from=s{i - 1} ' if i else ''}/file /file\n"
                        for i in range(count))
        context = self.context(f"stages-{count}", chain, [("file", 1000)])
        return lambda i: self.build(context, "--no-cache")

    def depth(self, count):
        base = "".join(f"RUN echo {i} > /f{i}\n" for i in range(count - 1))
        context = self.context(f"depth-{count}", f"FROM {self.busybox} AS base\n{base}FROM base AS top\nRUN true\n")
        self.build(context)
        return lambda i: self.build(context, "--no-cache-filter", "top")

    def builds(self, count):
        contexts = [self.context(f"builds-{count}-{i}", f"FROM {self.busybox}\nCOPY src /src\n"
                                 + "".join(f"RUN echo {count} {i} {j} > /o\n" for j in range(5)),
                                 [(f"src/{i}/{j}", 1000) for j in range(200)]) for i in range(count)]

        def run(_):
            begun, peak = time.perf_counter(), 0
            processes = [self.start(context, "--no-cache") for context in contexts]
            for process in processes:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    raise RuntimeError(f"a build of {count} at once: exit {process.returncode}")
                peak = max(peak, usage.ru_maxrss / 1024)
            return time.perf_counter() - begun, peak
        return run

    def store_that_goes(self):
        shutil.rmtree(os.path.join(self.folder, f"store-{self.stores}"), ignore_errors=True)
        return self.fresh_store()


SIZES = {
    "files": [1, 10, 100, 1000, 10000, 100000],
    "megabytes": [1, 16, 128, 1024, 8192],
    "steps": [1, 10, 100, 500, 2000],
    "stages": [1, 10, 100, 1000],
    "depth": [1, 10, 40, 80, 120],
    "builds": [1, 2, 4, 8, 16],
}


def main():
    parser = arguments(__doc__, SIZES)
    parser.add_argument("--largest", type=int, default=1 << 30, help="leave out sizes above this")
    options = parser.parse_args()
    with bench_folder() as folder:
        bench = Scaling(options.mbuild, folder, options.bases)
        for name in options.only.split(","):
            for size in [size for size in SIZES[name] if size <= options.largest]:
                run = getattr(bench, name)(size)
                costs = [run(i) for i in range(options.n)]
                seconds = statistics.median(cost[0] for cost in costs)
                print(f"{name:10} {size:7}  {seconds:8.3f} s  {seconds / size * 1000:9.3f} ms each"
                      f"  {max(cost[1] for cost in costs):4.0f} MB", flush=True)


if __name__ == "__main__":
    main()
