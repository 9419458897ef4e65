"""The two builders that cases are given to. build() gives a docker-archive's path, or raises Failed with the output."""
import os
import shlex
import shutil
import stat
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import build_container  # noqa: E402
import docker_engine  # noqa: E402
import ordinary_user  # noqa: E402

BASES = ("busybox",)
CAPABILITY = "security.capability"


class Failed(Exception):
    pass


def run(command, **options):
    done = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300, **options)
    if done.returncode != 0:
        raise Failed(done.stdout)
    return done.stdout


class Mbuild:
    """mbuild on the first rung, with a store for each case, so that no case sees what another left.

    arguments: added to every build.
    """

    def __init__(self, folder, bases, arguments=()):
        self.folder, self.arguments = folder, list(arguments)
        self.program = os.environ.get("MBUILD", "mbuild")
        os.makedirs(folder)
        self.bases = os.path.join(folder, "bases")
        for base in BASES:
            shutil.copytree(os.path.join(bases, base), os.path.join(self.bases, base))
            os.makedirs(os.path.join(folder, "base-" + base))
            with open(os.path.join(folder, "base-" + base, "Dockerfile"), "w", encoding="utf-8") as out:
                out.write(f"FROM {base}\n")

    def give(self, folder):
        """Makes a folder readable for whoever builds."""

    def run(self, commands):
        """Runs commands one after the other; gives what the last printed."""
        for command in commands:
            printed = run(command)
        return printed

    def store_folder(self, number):
        return os.path.join(self.folder, f"store-{number}")

    def remove(self, store):
        shutil.rmtree(store, ignore_errors=True)

    def build(self, case, context, number, *options):
        store = self.store_folder(number)
        archive = os.path.join(self.folder, f"image-{number}.tar")

        def build(*words):
            return [self.program, "--root", store, "--progress", "plain", *self.arguments, *words]

        commands = [build("--build-context", f"{base}=oci-layout://{self.bases}/{base}", "-t", base,
                          os.path.join(self.folder, "base-" + base)) for base in BASES]
        if "parent" in case.sections:
            commands.append(build("-f", os.path.join(context, "Dockerfile.parent"), "-t", "parent", context))
        commands.append(build("-t", "case", "-o", f"type=docker,dest={archive}", *options, *case.options(context),
                              context))
        try:
            self.run(commands)
            return archive
        finally:
            self.remove(store)

    def stop(self):
        """Ends what runs for it."""


class MbuildAsUser(Mbuild):
    """As an ordinary user, who has subordinate ids (rung 2) or has none (rung 3); contexts are given to the user."""

    def __init__(self, folder, bases, arguments, rung):
        super().__init__(folder, bases, ["--isolation", rung, *arguments])
        self.user = ordinary_user.OrdinaryUser(folder, subordinate_ids=rung == "subordinate-ids")
        self.program = shutil.copy(self.program, folder)
        self.give(folder)

    def give(self, folder):
        for directory, folders, files in os.walk(folder):
            for name in folders + files + [""]:
                path = os.path.join(directory, name).rstrip("/")
                mode = os.lstat(path).st_mode
                # A change of owner takes capabilities and set-id bits away.
                capability = (os.getxattr(path, CAPABILITY) if stat.S_ISREG(mode) and CAPABILITY in os.listxattr(path)
                              else None)
                os.lchown(path, self.user.id, self.user.id)
                if not stat.S_ISLNK(mode):
                    os.chmod(path, stat.S_IMODE(mode))
                if capability:
                    os.setxattr(path, CAPABILITY, capability)

    def run(self, commands):
        return super().run([self.user.command(*command) for command in commands])


class MbuildInContainer(Mbuild):
    """In an ordinary container: Docker's default capabilities and system call filter (rung 4)."""

    def __init__(self, folder, bases, arguments):
        super().__init__(folder, bases, ["--isolation", "chroot", *arguments])
        self.engine = docker_engine.DockerEngine(os.path.join(folder, "engine"))
        self.container = build_container.start(self.engine, self.program, os.path.join(self.bases, "busybox"),
                                               os.path.join(folder, "image"), ["-v", f"{os.path.dirname(folder)}:"
                                                                               f"{os.path.dirname(folder)}"])
        self.program = build_container.PROGRAM

    def store_folder(self, number):
        return f"/store-{number}"

    def remove(self, store):
        self.engine.docker("exec", self.container, "rm", "-rf", store)

    def run(self, commands):
        return run(["docker", "exec", self.container, "sh", "-c", " && ".join(map(shlex.join, commands))],
                   env=dict(os.environ, DOCKER_HOST=f"unix://{self.engine.socket}"))

    def stop(self):
        self.engine.docker("rm", "--force", self.container)
        self.engine.stop()


def mbuild_on(rung, folder, bases, arguments):
    """The builder for a rung, by its name as --isolation has it."""
    if rung == "chroot":
        return MbuildInContainer(folder, bases, arguments)
    if rung == "root":
        return Mbuild(folder, bases, arguments)
    return MbuildAsUser(folder, bases, arguments, rung)


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
