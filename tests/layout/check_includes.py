#!/usr/bin/env python3
"""Fails when an include points up: the folder list is the architecture, and this keeps it true.

usage: check_includes.py SOURCE_ROOT | --self-test
"""
import os
import re
import sys
import tempfile

# A folder may include itself and what is listed for it; the longest matching prefix of a path is its folder.
ALLOWED = {
    "parser": [],
    "parser/language": ["parser"],
    "registry/base": [],
    "registry/oci": ["registry/base"],
    "registry/remote": ["registry/oci", "registry/base"],
    "builder/plan": ["parser", "registry", "builder/events.h"],
    "builder/context": ["parser", "registry", "builder/events.h"],
    "builder/cache": ["parser", "registry", "builder/events.h"],
    "builder/snapshot": ["parser", "registry", "builder/events.h"],
    "builder/sandbox": ["parser", "registry", "builder/events.h", "builder/resource_limits.h"],
    "builder/exec": ["builder/plan", "builder/context", "builder/cache", "builder/snapshot",
                     "builder/sandbox", "parser", "registry", "builder/events.h", "builder/resource_limits.h"],
    "builder/export": ["builder/plan", "builder/context", "builder/cache", "builder/snapshot",
                       "builder/sandbox", "parser", "registry", "builder/events.h"],
    "builder": ["parser", "registry", "builder"],
    # The command line sees the facade (headers directly in builder/), the parser, and plain values.
    "cli": ["parser", "builder/*.h", "registry/base"],
}
# Third-party headers that only one file, or one folder, may know.
ONLY_IN = {
    "httplib.h": ["registry/remote/http_transport.cc"],
    "archive.h": ["registry/oci", "builder/snapshot", "builder/context", "builder/export", "builder/exec"],
    "seccomp.h": ["builder/sandbox"],
    "CLI/": ["cli"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    matches = [f for f in ALLOWED if path.startswith(f + "/")]
    return max(matches, key=len) if matches else None


def allowed(target, rules):
    for rule in rules:
        if rule.endswith("/*.h"):
            if os.path.dirname(target) == rule[:-4]:
                return True
        elif target == rule or target.startswith(rule + "/"):
            return True
    return False


def check(root):
    problems = []
    for top in ("parser", "registry", "builder", "cli"):
        for directory, _, files in os.walk(os.path.join(root, top)):
            for name in sorted(files):
                if not name.endswith((".h", ".cc")):
                    continue
                path = os.path.relpath(os.path.join(directory, name), root)
                with open(os.path.join(root, path), encoding="utf-8") as source:
                    for number, line in enumerate(source, 1):
                        match = INCLUDE.match(line)
                        if not match:
                            continue
                        kind, target = match.groups()
                        where = f"{path}:{number}: includes {target}"
                        for header, homes in ONLY_IN.items():
                            if target.startswith(header) and not allowed(path, homes):
                                problems.append(f"{where}, which only {', '.join(homes)} may")
                        if kind == "<" or target.split("/")[0] not in ("parser", "registry", "builder", "cli", "tests"):
                            continue
                        folder = folder_of(path)
                        if folder is None:
                            problems.append(f"{path}: lies in no folder of the architecture")
                            break
                        if not allowed(target, [folder] + ALLOWED[folder]):
                            problems.append(f"{where}, which points up from {folder}")
    return problems


def self_test():
    cases = {
        ("parser/a.h", '#include "registry/base/result.h"'): 1,
        ("registry/base/a.h", '#include "registry/oci/digest.h"'): 1,
        ("registry/remote/a.h", '#include "registry/oci/digest.h"'): 0,
        ("builder/snapshot/a.h", '#include "builder/sandbox/spec.h"'): 1,
        ("builder/exec/a.h", '#include "builder/sandbox/spec.h"'): 0,
        ("builder/exec/a.h", '#include "builder/export/exporter.h"'): 1,
        ("builder/build/a.h", '#include "builder/exec/scheduler.h"'): 0,
        ("cli/a.cc", '#include "builder/build.h"'): 0,
        ("cli/a.cc", '#include "builder/exec/scheduler.h"'): 1,
        ("cli/a.cc", '#include "registry/remote/pull.h"'): 1,
        ("registry/remote/pull.cc", "#include <httplib.h>"): 1,
    }
    failures = 0
    for (path, text), expected in cases.items():
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, os.path.dirname(path)))
            with open(os.path.join(root, path), "w", encoding="utf-8") as out:
                out.write(text + "\n")
            found = check(root)
            if bool(found) != bool(expected):
                failures += 1
                print(f"self-test: {path}: {text}: expected {expected} problems, got {found}")
    return failures


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if self_test() else 0)
    found = check(sys.argv[1])
    print("\n".join(found) if found else "includes point down")
    sys.exit(1 if found else 0)
