"""The two builders that cases are given to. build() gives a docker-archive's path, or raises Failed with the output."""
import os
import pwd
import shutil
import stat
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import docker_engine  # noqa: E402

BASES = ("busybox",)


class Failed(Exception):
    pass


def run(command, **options):
    done = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300, **options)
    if done.returncode != 0:
        raise Failed(done.stdout)
    return done.stdout


class Mbuild:
    """mbuild with a store for each case, so that no case sees what another left.

    user: name of the user to run as, else the caller. arguments: added to every build.
    """

    def __init__(self, folder, bases, arguments=(), user=None):
        self.folder, self.bases, self.arguments = folder, bases, list(arguments)
        self.program = os.environ.get("MBUILD", "mbuild")
        self.user = {}
        os.makedirs(folder)
        if user:
            entry = pwd.getpwnam(user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self.user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [],
                         "env": {"PATH": os.environ["PATH"], "HOME": entry.pw_dir, "USER": user, "TMPDIR": folder}}

    def give(self, folder):
        """Makes a folder the user's, who could not read all of it otherwise."""
        for directory, folders, files in os.walk(folder) if self.user else ():
            for name in folders + files + [""]:
                path = os.path.join(directory, name).rstrip("/")
                mode = os.lstat(path).st_mode
                os.lchown(path, self.user["user"], self.user["group"])
                if not stat.S_ISLNK(mode):
                    os.chmod(path, stat.S_IMODE(mode))  # chown takes set-id bits away

    def call(self, store, *words):
        return run([self.program, "--root", store, "--progress", "plain", *self.arguments, *words], **self.user)

    def prepare(self, store):
        """The base images, under their names, in a new store."""
        for base in BASES:
            context = os.path.join(self.folder, "base-" + base)
            if not os.path.exists(context):
                os.makedirs(context)
                with open(os.path.join(context, "Dockerfile"), "w", encoding="utf-8") as out:
                    out.write(f"FROM {base}\n")
            self.call(store, "--build-context", f"{base}=oci-layout://{self.bases}/{base}", "-t", base, context)

    def build(self, case, context, number, *options):
        store = os.path.join(self.folder, f"store-{number}")
        archive = os.path.join(self.folder, f"image-{number}.tar")
        try:
            self.prepare(store)
            if "parent" in case.sections:
                self.call(store, "-f", os.path.join(context, "Dockerfile.parent"), "-t", "parent", context)
            self.call(store, "-t", "case", "-o", f"type=docker,dest={archive}", *options,
                      *case.options(context), context)
            return archive
        finally:
            shutil.rmtree(store, ignore_errors=True)


class Engine:
    """A Docker Engine with BuildKit, of the caller's own, and the docker command that came with it."""

    why_not = staticmethod(docker_engine.why_not)

    def __init__(self, folder, bases):
        self.folder = folder
        self.engine = docker_engine.DockerEngine(folder)
        # A newer docker command hands builds to a plugin; the one that came with the engine speaks to BuildKit itself.
        self.program = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else "docker"
        for base in BASES:
            archive = os.path.join(folder, base + ".tar")
            run(["skopeo", "copy", "--quiet", f"oci:{bases}/{base}:latest", f"docker-archive:{archive}:{base}:latest"])
            self.docker("load", "--input", archive)

    def docker(self, *words):
        return run([self.program, *words], env=dict(os.environ, DOCKER_BUILDKIT="1", BUILDKIT_PROGRESS="plain",
                                                    DOCKER_HOST=f"unix://{self.engine.socket}"))

    def build(self, case, context, number):
        archive = os.path.join(self.folder, f"image-{number}.tar")
        network = () if "--network" in case.arguments else ("--network", "none")
        if "parent" in case.sections:
            self.docker("build", "--no-cache", *network, "-f", os.path.join(context, "Dockerfile.parent"), "-t",
                        "parent", context)
        self.docker("build", "--no-cache", *network, "-t", "case", *case.options(context), context)
        self.docker("save", "--output", archive, "case")
        return archive

    def stop(self):
        self.engine.stop()
