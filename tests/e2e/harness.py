"""What end-to-end tests share: the program under test, a registry, base images, temporary folders.

Each test is a program of its own, run by ctest with MBUILD (the executable) and MBUILD_BASES (a folder with the
base images' OCI layouts, made by make_bases.py).
"""
import atexit
import http.server
import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

MBUILD = os.environ.get("MBUILD", "mbuild")
BASES = os.environ.get("MBUILD_BASES", "")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*command, check=True, env=None, stdin=None, cwd=None, timeout=300):
    """Runs a command; on failure raises with everything it printed."""
    done = subprocess.run([str(word) for word in command], env=dict(os.environ, **(env or {})), input=stdin, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          text=not isinstance(stdin, bytes))
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done


def on_a_terminal(command, announcement, typed, cwd=None, timeout=60):
    """Runs a command on a terminal of its own; types when a prompt follows the announcement. Gives the exit code and
    all that was shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(cwd or ".")
        os.execvp(command[0], command)
    said, asked = b"", False
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break
        if not asked and b"# " in said.partition(announcement.encode())[2]:
            asked = True
            os.write(terminal, typed.encode())
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


class Process:
    """A server that ends with the test, by its own id."""

    def __init__(self, command, log, env=None):
        self.log = open(log, "wb")
        self.process = subprocess.Popen([str(word) for word in command], stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, **(env or {})))
        atexit.register(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def processes(word):
    """The other processes whose command line has the word: (id, command line)."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as text:
                command = text.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in command and int(pid) != os.getpid():
            found.append((int(pid), command))
    return found


class HttpServer:
    """Answers with a handler class on a loopback port until it is stopped; with `tls`, an SSLContext, over TLS."""

    def __init__(self, handler, tls=None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Registry:
    """Debian's docker-registry on a loopback port. `settings` are merged into its configuration."""

    def __init__(self, folder, settings=None):
        self.host = f"127.0.0.1:{free_port()}"
        os.makedirs(folder, exist_ok=True)
        config = os.path.join(folder, "config.yml")
        values = {"version": 0.1, "log": {"level": "error"},
                  "storage": {"filesystem": {"rootdirectory": os.path.join(folder, "data")},
                              "delete": {"enabled": True}},
                  "http": {"addr": self.host}}
        for key, value in (settings or {}).items():
            values[key] = {**values[key], **value} if key in values else value
        with open(config, "w", encoding="utf-8") as out:
            json.dump(values, out)
        self.host = values["http"]["addr"]
        self.process = Process(["docker-registry", "serve", config], os.path.join(folder, "log"))
        wait_until(self.answers, "docker-registry answers")

    def answers(self):
        try:
            socket.create_connection(self.host.split(":"), timeout=2).close()
            return True
        except OSError:
            return False

    def seed(self, base, repository, tag="latest"):
        """Puts a base image's layout into the registry; gives its reference."""
        reference = f"{self.host}/{repository}:{tag}"
        run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{BASES}/{base}:latest",
            f"docker://{reference}")
        return reference

    def manifest(self, repository, tag="latest"):
        request = urllib.request.Request(f"http://{self.host}/v2/{repository}/manifests/{tag}", headers={
            "Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
                      "application/vnd.docker.distribution.manifest.v2+json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


class Case(unittest.TestCase):
    """A test with a folder and a store of its own, and a registry for the whole class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mbuild-e2e-")
        cls._registry = None

    @classmethod
    def tearDownClass(cls):
        if cls._registry:
            cls._registry.process.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def registry(cls):
        if cls._registry is None:
            cls._registry = Registry(os.path.join(cls.folder, "registry"))
        return cls._registry

    def setUp(self):
        self.work = tempfile.mkdtemp(dir=self.folder)
        self.store = os.path.join(self.work, "store")

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def context(self, files, name="context"):
        """A build context: {"path": text or bytes}; a path that ends in / is an empty directory."""
        for path, content in files.items():
            full = self.path(name, path)
            os.makedirs(full if path.endswith("/") else os.path.dirname(full), exist_ok=True)
            if not path.endswith("/"):
                with open(full, "wb") as out:
                    out.write(content.encode() if isinstance(content, str) else content)
        return self.path(name)

    def mbuild(self, *arguments, check=True, env=None, stdin=None, store=None, timeout=300):
        words = list(arguments)
        verbs = ("images", "inspect", "rm", "push", "pull", "info")
        verb = [words.pop(0)] if words and words[0] in verbs else []
        progress = [] if verb else ["--progress", "plain"]
        return run(MBUILD, *verb, "--root", store or self.store, *progress, *words, check=check, env=env, stdin=stdin,
                   timeout=timeout)

    def build(self, files, *arguments, **options):
        """Builds a context given as files; gives the finished process."""
        return self.mbuild(*arguments, self.context(files), **options)

    def config(self, name="app:latest"):
        return json.loads(self.mbuild("inspect", name).stdout)

    def tree(self, files, *arguments, **options):
        """Builds and gives the folder that type=local writes."""
        out = self.path("out")
        shutil.rmtree(out, ignore_errors=True)
        self.build(files, "--output", f"type=local,dest={out}", *arguments, **options)
        return out


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as text:
        return text.read()


def main():
    missing = [tool for tool in ("docker-registry", "skopeo") if not shutil.which(tool)]
    if missing:
        sys.exit(f"end-to-end tests need {', '.join(missing)}: run samples/install_dependencies.sh test")
    unittest.main(verbosity=2)
