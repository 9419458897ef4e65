"""What the benchmarks of builds share: a registry with the base images, contexts, builds with their cost, and what
the bare commands of this machine take for the same work."""
import argparse
import contextlib
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402


class Workload:
    def __init__(self, mbuild, folder, bases):
        self.mbuild, self.folder = mbuild, folder
        bases = bases or os.path.join(folder, "bases")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(harness.__file__), "make_bases.py"), bases], check=True)
        harness.BASES = bases
        self.registry = harness.Registry(os.path.join(folder, "registry"))
        self.busybox = self.registry.seed("busybox", "library/busybox")
        self.debian = self.registry.seed("debian", "library/debian")
        self.stores = 0

    def context(self, name, dockerfile, files=()):
        """`files`: pairs of path and size. Their content is random, of one seed for each path."""
        context = os.path.join(self.folder, name)
        for path, size in [("Dockerfile", None), *files]:
            full = os.path.join(context, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as out:
                if size is None:
                    out.write(dockerfile.encode())
                else:
                    write_random(out, path, size)
        return context

    def start(self, context, *options, store="store"):
        return subprocess.Popen([self.mbuild, "--root", os.path.join(self.folder, store), "--progress", "quiet",
                                 *options, context], stdout=subprocess.DEVNULL)

    def build(self, context, *options, store="store"):
        """Gives the seconds and the peak resident memory (MB) of the build and its steps' processes."""
        begun = time.perf_counter()
        process = self.start(context, *options, store=store)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"exit {process.returncode}: mbuild {context}")
        return time.perf_counter() - begun, usage.ru_maxrss / 1024

    def fresh_store(self):
        self.stores += 1
        return f"store-{self.stores}"

    def shell(self, command):
        """The seconds of a command, in the folder of the benchmark."""
        begun = time.perf_counter()
        subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return time.perf_counter() - begun

    def upload(self, path, digest):
        """The seconds of a blob's way into the registry, in one request."""
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(self.registry.host)
        connection.request("POST", "/v2/bench/limit/blobs/uploads/")
        place = connection.getresponse()
        place.read()
        with open(path, "rb") as blob:
            connection.request("PUT", f"{place.headers['Location']}&digest={digest}", blob,
                               {"Content-Length": str(os.path.getsize(path)), "Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise RuntimeError(f"upload: {answer.status}")
        return time.perf_counter() - begun


def arguments(description, names):
    """Of a benchmark whose scenarios have these names."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mbuild", type=os.path.abspath)
    parser.add_argument("-n", type=int, default=3, metavar="RUNS")
    parser.add_argument("--only", default=",".join(names), metavar="NAME,...")
    parser.add_argument("--bases", help="folder of make_bases.py; made when missing")
    return parser


@contextlib.contextmanager
def bench_folder():
    folder = tempfile.mkdtemp(prefix="mbuild-bench-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_random(out, seed, size):
    source = random.Random(seed)
    while size > 0:
        out.write(source.randbytes(min(size, 16 << 20)))
        size -= 16 << 20


def small_files(count, average=4096):
    sizes = random.Random(7)
    return [(f"src/d{i % 97}/e{i % 13}/f{i}.txt", sizes.randrange(1, 2 * average)) for i in range(count)]
