"""Cases: what a file in cases/ says, and the build context it describes.

A case is `cases/<topic>/<name>.case`: a line that says what it shows, settings, and sections. What must come out is
beside it, in `<name>.json` (run.py --record writes it).

    COPY of a wildcard takes the contents of matched directories
    args: --build-arg X=1          options of the build; {context} is the context's folder
    error: not found               the build fails, and says this
    engine: no, <reason>           not compared with a Docker Engine, and why
    --- Dockerfile                 the Dockerfile, in the context
    --- context                    a shell script (sh -eu) that runs in the context's folder
    --- parent                     a Dockerfile to build first, with the same context, as the image `parent`

Files of the context that their script does not date older than now get the time FIXED_TIME.
"""
import json
import os
import re
import shlex
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")
FIXED_TIME = 1600000000
SETTINGS = ("args", "error", "engine")


def text(value):
    """JSON in one line, escaped where names are no UTF-8."""
    line = json.dumps(value, ensure_ascii=False)
    return line if line.isprintable() else json.dumps(value)


def written(value, indent=""):
    """JSON with a line for each thing one may want to see alone in a diff."""
    line = text(value)
    if not value or not isinstance(value, (dict, list)) or len(indent + line) < 100 and indent:
        return line
    inner = indent + " "
    items = ([f"{text(key)}: {written(item, inner)}" for key, item in value.items()]
             if isinstance(value, dict) else [written(item, inner) for item in value])
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}{last}"


class Case:
    """name: topic/name. title, dockerfile, parent, script: its parts. expected: the recorded value or None."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.relpath(path, CASES)[:-len(".case")]
        with open(path, encoding="utf-8") as case:
            head, *sections = re.split(r"^--- (\w+)\n", case.read(), flags=re.MULTILINE)
        self.sections = dict(zip(sections[::2], sections[1::2]))
        self.title, *lines = head.strip().split("\n")
        settings = dict(line.split(": ", 1) for line in lines)
        unknown = set(settings) - set(SETTINGS) | set(self.sections) - {"Dockerfile", "context", "parent"}
        if unknown or "Dockerfile" not in self.sections:
            raise ValueError(f"{path}: unknown or missing parts: {unknown or 'Dockerfile'}")
        self.arguments = settings.get("args", "")
        self.error = settings.get("error")
        self.no_engine = settings.get("engine", "").removeprefix("no, ")

    @property
    def expected_path(self):
        return self.path[:-len(".case")] + ".json"

    def expected(self):
        with open(self.expected_path, encoding="utf-8") as recorded:
            return json.load(recorded)

    def record(self, model, confirmed_by):
        value = {"confirmed_by": confirmed_by, **model}
        with open(self.expected_path, "w", encoding="utf-8") as out:
            out.write(written(value) + "\n")

    def options(self, context):
        return shlex.split(self.arguments.replace("{context}", context))

    def make_context(self, folder):
        """Writes the Dockerfile and runs the script in a new folder, whatever the caller's umask and time zone."""
        os.makedirs(folder, mode=0o755)
        for name, section in (("Dockerfile", "Dockerfile"), ("Dockerfile.parent", "parent")):
            if section in self.sections:
                with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                    out.write(self.sections[section])
        before = time.time() - 1
        subprocess.run(["sh", "-euc", "umask 022\n" + self.sections.get("context", "")], cwd=folder, check=True,
                       env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"})
        for directory, folders, files in os.walk(folder, topdown=False):
            for name in files + folders:
                path = os.path.join(directory, name)
                if os.lstat(path).st_mtime >= before:
                    os.utime(path, (FIXED_TIME, FIXED_TIME), follow_symlinks=False)
        os.utime(folder, (FIXED_TIME, FIXED_TIME))


def find(patterns):
    """Cases whose name is one of the patterns, or begins with one and a slash; all without patterns."""
    found = []
    for directory, _, files in sorted(os.walk(CASES)):
        for name in sorted(files):
            if name.endswith(".case"):
                case = Case(os.path.join(directory, name))
                if not patterns or any(case.name == p or case.name.startswith(p.rstrip("/") + "/") for p in patterns):
                    found.append(case)
    return found
