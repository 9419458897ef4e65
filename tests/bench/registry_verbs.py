#!/usr/bin/env python3
"""What moving images costs, beside docker and skopeo in the same run: wall time and peak memory, median of N runs.

usage: registry_verbs.py MBUILD [-n RUNS] [--only NAME,...] [--bases FOLDER]

Needs docker-registry, skopeo and, for Docker's figures, root and dockerd. A registry of each run's own receives what
is pushed. Ways to do the same take turns; the times are those of the first of them. Processor time is that of the
program and of Docker's engine, peak memory that of the program alone (never less than this script's own). Compare
only figures of one run.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e"), os.path.join(HERE, "..", "support")]
import docker_engine  # noqa: E402
import harness  # noqa: E402


class Bench:
    def __init__(self, mbuild, folder, runs):
        self.mbuild, self.folder, self.runs, self.names = mbuild, folder, runs, 0
        reason = docker_engine.why_not()
        self.engine = None if reason else docker_engine.DockerEngine(os.path.join(folder, "engine"))
        if reason:
            print("docker is left out:", reason)

    def new(self, name):
        self.names += 1
        return os.path.join(self.folder, f"{name}-{self.names}")

    def engine_seconds(self):
        """What the engine has used of the processors."""
        if not self.engine:
            return 0
        with open(f"/proc/{self.engine.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def once(self, words):
        """Runs a command; gives wall time, processor time (the engine's included) and peak memory in MB."""
        env = dict(os.environ, DOCKER_HOST=f"unix://{self.engine.socket}") if self.engine else None
        engine, begun = self.engine_seconds(), time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(words)}: exit {process.returncode}")
        return wall, usage.ru_utime + usage.ru_stime + self.engine_seconds() - engine, usage.ru_maxrss / 1024

    def compare(self, *ways):
        """Each way is (title, prepare, command of what that gave, clean); they take turns. Prints medians."""
        figures = {way[0]: [] for way in ways}
        for _ in range(self.runs):
            for title, prepare, command, clean in ways:
                prepared = prepare() if prepare else None
                figures[title].append(self.once(command(prepared)))
                if clean:
                    clean(prepared)
        first = None
        for title, rows in figures.items():
            walls = [row[0] for row in rows]
            wall = statistics.median(walls)
            first = first or wall
            print(f"  {title:34} {wall:8.3f} s  ({min(walls):.3f} to {max(walls):.3f})  {wall / first:5.1f} times  "
                  f"{statistics.median(row[1] for row in rows):7.2f} s CPU  {max(row[2] for row in rows):6.0f} MB", flush=True)

    def registry(self):
        return harness.Registry(self.new("registry"))

    def ours(self, verb, *words):
        return [self.mbuild, verb, "--progress", "quiet", *words]

    def pull(self):
        "pull and unpack a Debian base"
        registry = self.registry()
        place = registry.seed("debian", "base")
        ways = [("mbuild pull", None, lambda _: self.ours("pull", "--root", self.new("store"), place), None),
                ("skopeo copy (not unpacked)", None, lambda _: [
                    "skopeo", "copy", "--quiet", "--src-tls-verify=false", f"docker://{place}", f"oci:{self.new('layout')}:x"],
                 None)]
        if self.engine:
            ways.append(("docker pull", None, lambda _: ["docker", "pull", "--quiet", place],
                         lambda _: self.engine.docker("image", "rm", place)))
        self.compare(*ways)
        registry.process.stop()

    def push(self):
        "push an image with a 300 MB layer, compressed on the way"
        context = self.new("context")
        os.makedirs(context)
        with open(os.path.join(context, "Dockerfile"), "w", encoding="utf-8") as out:
            out.write("FROM scratch\nCOPY big /big\n")
        with open(os.path.join(context, "big"), "wb") as out:  # half of it compresses
            source = random.Random(1)
            for _ in range(300):
                out.write(source.randbytes(1 << 19) + bytes(1 << 19))
        archive = self.new("archive")
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([self.mbuild, "--root", self.new("store"), "--progress", "quiet", "-t", "bench/big:1", "-o",
                        f"type=docker,dest={archive}", context], **quiet)

        def built():
            store = self.new("store")
            subprocess.run([self.mbuild, "--root", store, "--progress", "quiet", "-t", "bench/big:1", context], **quiet)
            return store, self.registry()

        def tagged():
            registry = self.registry()
            self.engine.docker("tag", "bench/big:1", f"{registry.host}/big:1")
            return registry

        def pushed(state):
            return self.ours("push", "--root", state[0], "bench/big:1", f"{state[1].host}/big:1")

        again, _ = built()
        ways = [("mbuild push", built, pushed, lambda state: state[1].process.stop()),
                ("mbuild push to a second registry", lambda: (again, self.registry()), pushed,
                 lambda state: state[1].process.stop()),
                ("skopeo copy of the archive", self.registry, lambda registry: [
                    "skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"docker-archive:{archive}",
                    f"docker://{registry.host}/big:1"], lambda registry: registry.process.stop())]
        if self.engine:
            with open(archive, "rb") as stdin:
                self.engine.docker("load", stdin=stdin)
            ways.append(("docker push", tagged, lambda registry: ["docker", "push", "--quiet", f"{registry.host}/big:1"],
                         lambda registry: registry.process.stop()))
        self.compare(*ways)

    def large(self):
        "copy a blob of 2 GB"
        place = f"{self.registry().host}/large:1"
        self.push_layers(self.new("layout"), [2_000_000_000], place)
        self.compare(("mbuild copy to a registry", self.registry, lambda registry: self.ours(
            "copy", place, f"{registry.host}/large:1"), lambda registry: registry.process.stop()),
                     ("mbuild copy into a layout", None, lambda _: self.ours("copy", place, f"oci:{self.new('layout')}:x"),
                      None))

    def layers(self):
        "images of many small layers"
        ways = []
        for count in (125, 250, 500):
            place = f"{self.registry().host}/layers:1"
            self.push_layers(self.new("layout"), [10_000] * count, place)
            ways.append((f"mbuild copy, {count} layers", self.registry, lambda registry, place=place: self.ours(
                "copy", place, f"{registry.host}/layers:1"), lambda registry: registry.process.stop()))
        self.compare(*ways)

    def push_layers(self, layout, sizes, place):
        """An image of random layers, by way of an OCI layout."""
        os.makedirs(os.path.join(layout, "blobs/sha256"))
        source = random.Random(2)

        def blob(pieces, media_type):
            digest, size = hashlib.sha256(), 0
            path = os.path.join(layout, "blobs/sha256/new")
            with open(path, "wb") as out:
                for piece in pieces:
                    digest.update(piece)
                    out.write(piece)
                    size += len(piece)
            os.rename(path, os.path.join(layout, "blobs/sha256", digest.hexdigest()))
            return {"mediaType": media_type, "digest": "sha256:" + digest.hexdigest(), "size": size}

        def pieces(size):
            for begin in range(0, size, 1 << 20):
                yield source.randbytes(min(1 << 20, size - begin))

        media = "application/vnd.oci.image."
        layers = [blob(pieces(size), media + "layer.v1.tar") for size in sizes]
        config = blob([json.dumps({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {
            "type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}).encode()], media + "config.v1+json")
        manifest = blob([json.dumps({"schemaVersion": 2, "mediaType": media + "manifest.v1+json", "config": config,
                                     "layers": layers}).encode()], media + "manifest.v1+json")
        with open(os.path.join(layout, "index.json"), "w", encoding="utf-8") as out:
            json.dump({"schemaVersion": 2, "manifests": [manifest]}, out)
        subprocess.run([self.mbuild, "copy", "--progress", "quiet", f"oci:{layout}", place], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(layout)

    def stop(self):
        if self.engine:
            self.engine.stop()


def main():
    names = [name for name in vars(Bench) if getattr(Bench, name).__doc__ and name in ("pull", "push", "large", "layers")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mbuild")
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("--only", default=",".join(names))
    parser.add_argument("--bases", help="folder of make_bases.py; made when missing")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mbuild-bench-")
    bench = Bench(os.path.abspath(options.mbuild), folder, options.n)
    try:
        harness.BASES = options.bases or os.path.join(folder, "bases")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(harness.__file__), "make_bases.py"), harness.BASES],
                       check=True)
        for name in options.only.split(","):
            scenario = getattr(bench, name)
            print(f"{name}: {scenario.__doc__}", flush=True)
            scenario()
    finally:
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
