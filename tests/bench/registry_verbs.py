#!/usr/bin/env python3
"""What moving images costs, beside docker and skopeo in the same run: wall time and peak memory, median of N runs.

usage: registry_verbs.py MBUILD [-n RUNS] [--only NAME,...] [--bases FOLDER]

Needs docker-registry, skopeo and, for Docker's figures, root and dockerd. A registry of each run's own receives what
is pushed. docker's memory is that of its engine, and not measured. Compare only figures of one run.
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
        self.mbuild, self.folder, self.runs = mbuild, folder, runs
        self.names = 0
        reason = docker_engine.why_not()
        self.engine = None if reason else docker_engine.DockerEngine(os.path.join(folder, "engine"))
        if reason:
            print("docker is left out:", reason)

    def new(self, name):
        self.names += 1
        return os.path.join(self.folder, f"{name}-{self.names}")

    def measure(self, title, command, prepare=None, clean=None):
        """Runs `command(i)`, which gives the words to run, `runs` times; gives the median of seconds."""
        seconds, memory = [], []
        for i in range(self.runs):
            words = command(i, prepare(i) if prepare else None)
            env = dict(os.environ, DOCKER_HOST=f"unix://{self.engine.socket}") if self.engine else None
            begun = time.perf_counter()
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=env)
            _, status, usage = os.wait4(process.pid, 0)
            seconds.append(time.perf_counter() - begun)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sys.exit(f"{' '.join(words)}: exit {process.returncode}")
            memory.append(usage.ru_maxrss / 1024)
            if clean:
                clean(i)
        print(f"  {title:34} {statistics.median(seconds):8.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})"
              f"  {max(memory):7.0f} MB", flush=True)
        return statistics.median(seconds)

    def registry(self, *_):
        return harness.Registry(self.new("registry"))

    def pull(self):
        "pull and unpack a Debian base"
        registry = self.registry()
        place = registry.seed("debian", "base")
        ours = self.measure("mbuild pull", lambda i, _: [self.mbuild, "pull", "--progress", "quiet", "--root", self.new("store"),
                                                         place])
        skopeo = self.measure("skopeo copy (not unpacked)", lambda i, _: ["skopeo", "copy", "--quiet",
                                                                          "--src-tls-verify=false", f"docker://{place}",
                                                                          f"oci:{self.new('layout')}:x"])
        if self.engine:
            docker = self.measure("docker pull", lambda i, _: ["docker", "pull", "--quiet", place],
                                  clean=lambda i: self.engine.docker("image", "rm", place))
            print(f"  docker / mbuild: {docker / ours:.1f}, skopeo / mbuild: {skopeo / ours:.1f}")
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
        subprocess.run([self.mbuild, "--root", self.new("store"), "--progress", "quiet", "-t", "bench/big:1", "-o",
                        f"type=docker,dest={archive}", context], check=True, stdout=subprocess.DEVNULL)

        def built(_):
            store = self.new("store")
            subprocess.run([self.mbuild, "--root", store, "--progress", "quiet", "-t", "bench/big:1", context], check=True,
                           stdout=subprocess.DEVNULL)
            return store, self.registry()

        ours = self.measure("mbuild push", lambda i, state: [self.mbuild, "push", "--progress", "quiet", "--root", state[0],
                                                             "bench/big:1", f"{state[1].host}/big:1"], built)
        store, _ = built(0)
        self.measure("mbuild push, a second registry", lambda i, registry: [
            self.mbuild, "push", "--progress", "quiet", "--root", store, "bench/big:1", f"{registry.host}/big:1"],
            self.registry)
        skopeo = self.measure("skopeo copy of the archive", lambda i, registry: [
            "skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"docker-archive:{archive}",
            f"docker://{registry.host}/big:1"], self.registry)
        if self.engine:
            with open(archive, "rb") as stdin:
                self.engine.docker("load", stdin=stdin)

            def tagged(_):
                registry = self.registry()
                self.engine.docker("tag", "bench/big:1", f"{registry.host}/big:1")
                return registry
            docker = self.measure("docker push", lambda i, registry: ["docker", "push", "--quiet", f"{registry.host}/big:1"],
                                  tagged)
            print(f"  docker / mbuild: {docker / ours:.1f}, skopeo / mbuild: {skopeo / ours:.1f}")

    def large(self):
        "copy a blob of 2 GB between registries"
        source, place = self.registry(), None
        layout = self.new("layout")
        place = f"{source.host}/large:1"
        self.push_layers(layout, [2_000_000_000], place)
        self.measure("mbuild copy", lambda i, registry: [self.mbuild, "copy", "--progress", "quiet", place,
                                                         f"{registry.host}/large:1"], self.registry)
        self.measure("mbuild copy into a layout", lambda i, _: [self.mbuild, "copy", "--progress", "quiet", place,
                                                                f"oci:{self.new('layout')}:x"])

    def layers(self):
        "images of many small layers"
        for count in (125, 250, 500):
            place = f"{self.registry().host}/layers:1"
            self.push_layers(self.new("layout"), [10_000] * count, place)
            self.measure(f"mbuild copy, {count} layers", lambda i, registry, place=place: [
                self.mbuild, "copy", "--progress", "quiet", place, f"{registry.host}/layers:1"], self.registry)

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
