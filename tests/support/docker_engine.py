#!/usr/bin/env python3
"""A Docker Engine of a test's own: in a folder, behind a unix socket, without touching the machine's network.

usage: docker_engine.py FOLDER
Starts the engine, prints the path of its socket, and stops it when standard input ends, so that whoever started it
leaves nothing behind however it ends. As a module: DockerEngine(folder).
"""
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def why_not():
    """Why this machine cannot run one; empty when it can."""
    if os.geteuid() != 0:
        return "a Docker Engine needs root"
    missing = [program for program in ("dockerd", "containerd", "runc") if not shutil.which(program)]
    return f"{', '.join(missing)} not found: install docker.io" if missing else ""


class DockerEngine:
    """The storage driver is the engine's own choice: overlay2 where the folder's file system allows it, else vfs."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        # A unix socket's path may have 107 bytes.
        self.socket = os.path.join(self.folder, "docker.sock")
        self.log = os.path.join(self.folder, "log")
        os.makedirs(self.folder, exist_ok=True)
        command = ["dockerd", "--host", f"unix://{self.socket}", "--data-root", f"{self.folder}/data",
                   "--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid", "--group", "root",
                   "--iptables=false", "--ip6tables=false", "--bridge=none", "--config-file", f"{self.folder}/none.json"]
        with open(f"{self.folder}/none.json", "w", encoding="utf-8") as config:
            config.write("{}")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def answers(self):
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait_until_it_answers(self, seconds=60):
        end = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError("the Docker Engine does not start:\n" + log.read()[-4000:])
            time.sleep(0.05)

    def docker(self, *arguments, check=True, stdin=None, timeout=120):
        """Runs the docker command against it; gives the finished process, its output as text."""
        done = subprocess.run(["docker", *map(str, arguments)], env=dict(os.environ, DOCKER_HOST=f"unix://{self.socket}"),
                              stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"docker {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done

    def stop(self):
        """Ends it, its containers and its containerd, and unmounts what it may have left in the folder."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            left = [line.split()[1] for line in mounts if line.split()[1].startswith(self.folder + "/")]
        for path in reversed(left):
            subprocess.run(["umount", "--lazy", path], check=False)


def main():
    reason = why_not()
    if reason:
        sys.exit(reason)
    engine = DockerEngine(sys.argv[1])
    try:
        print(engine.socket, flush=True)
        sys.stdin.read()
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
