#!/usr/bin/env python3
"""Builds the conformance cases and compares what comes out with what is recorded and with a Docker Engine.

usage: run.py [options] [TOPIC | TOPIC/CASE]...
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

from builders import BASES, Engine, Failed, mbuild_on
from case import find
from compare import Listed, differences, listed_on
from image import model
from layer_rules import broken


RUNGS = ("root", "subordinate-ids", "single-id", "chroot")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="TOPIC[/CASE]")
    parser.add_argument("--record", action="store_true", help="write what comes out as what must come out, where "
                        "the engine agrees (differences.toml aside) or the case says why it is not asked")
    parser.add_argument("--no-engine", action="store_true", help="compare with what is recorded only")
    parser.add_argument("--ask-anyway", action="store_true", help="compare with the engine also where a case says no: "
                        "shows whether its reason still holds")
    parser.add_argument("--mbuild-arg", action="append", default=[], metavar="OPTION", help="give it to every build")
    parser.add_argument("--rung", default="root", choices=RUNGS, help="where mbuild builds: as root, as an ordinary "
                        "user with subordinate ids or without, or in an ordinary container; what comes out must be "
                        "what is recorded, rungs.toml aside, and the engine is asked on the first rung only")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="only the I-th of N equal parts of the cases")
    parser.add_argument("--show", action="store_true", help="print what mbuild made of each case")
    parser.add_argument("--keep", action="store_true", help="leave the work folder behind and say where it is")
    arguments = parser.parse_args()
    arguments.no_engine |= arguments.rung != "root"
    return arguments


def base_layers(bases):
    """diffIDs of the base images' layers."""
    found = set()
    for base in BASES:
        layout = os.path.join(bases, base)
        manifest = blob(layout, read_json(layout, "index.json")["manifests"][0])
        found.update(blob(layout, manifest["config"])["rootfs"]["diff_ids"])
    return found


def blob(layout, descriptor):
    return read_json(layout, "blobs", *descriptor["digest"].split(":"))


def read_json(*path):
    with open(os.path.join(*path), encoding="utf-8") as text:
        return json.load(text)


class Runner:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        bases = os.environ["MBUILD_BASES"]
        self.base_layers = base_layers(bases)
        self.listed = Listed()
        self.on_rung = listed_on(arguments.rung)
        self.mbuild = mbuild_on(arguments.rung, os.path.join(folder, "mbuild"), bases, arguments.mbuild_arg)
        self.engine = None if arguments.no_engine else Engine(os.path.join(folder, "engine"), bases)

    def asked(self, case):
        return bool(self.engine) and (not case.no_engine or self.arguments.ask_anyway)

    def outcome(self, builder, case, context, number):
        """The model of the image, or {"error": the output}."""
        started = time.time() - 2
        try:
            archive = builder.build(case, context, number)
        except Failed as failure:
            return {"error": str(failure)}
        try:
            made = model(archive, started, self.base_layers)
            if builder is self.mbuild:
                self.against_rules = list(broken(archive, self.base_layers))
            return made
        finally:
            if not self.arguments.keep:
                os.unlink(archive)

    def run(self, case, number):
        """Gives the lines of what is wrong with the case, but for what the rung cannot do."""
        return self.on_rung.unexpected(case.name, self.build_and_compare(case, number))

    def build_and_compare(self, case, number):
        context = os.path.join(self.folder, f"context-{number}")
        self.against_rules = []
        case.make_context(context)
        self.mbuild.give(context)
        mine = self.outcome(self.mbuild, case, context, number)
        if self.arguments.show:
            print(json.dumps(mine, indent=1) if "error" not in mine else mine["error"])
        if "error" in mine and (not case.error or case.error not in mine["error"]):
            return ["mbuild fails: " + mine["error"].strip()[-1500:]]
        if "error" not in mine and case.error:
            return [f"mbuild builds what must fail with: {case.error}"]
        wrong, confirmed_by = self.against_rules, "SEMANTICS"
        if self.asked(case):
            confirmed_by = "Docker Engine"
            theirs = self.outcome(self.engine, case, context, number)
            wrong += self.listed.unexpected(case.name, differences(mine, theirs, "engine"))
        if self.arguments.record and not wrong and not case.error:
            case.record(mine, confirmed_by)
        if not case.error:
            wrong += differences(mine, case.expected(), "recorded") if os.path.exists(case.expected_path) else [
                "nothing is recorded for it"]
        return wrong


def main():
    arguments = options()
    sys.stdout.reconfigure(errors="backslashreplace")  # names that are no UTF-8
    part, parts = map(int, arguments.part.split("/"))
    cases = find(arguments.cases)[part - 1::parts]
    if not cases:
        sys.exit(f"no such case: {' '.join(arguments.cases)}")
    if arguments.rung != "root" and os.geteuid() != 0 or arguments.rung == "chroot" and Engine.why_not():
        print(f"skipped: {Engine.why_not() or 'users are made by root only'}")
        sys.exit(77)
    if not arguments.no_engine and Engine.why_not():
        print(f"not compared with a Docker Engine: {Engine.why_not()}")
        arguments.no_engine = True
    folder = tempfile.mkdtemp(prefix="mbuild-conf-")
    os.chmod(folder, 0o755)
    runner = Runner(arguments, folder)
    failed, compared = 0, 0
    try:
        for number, case in enumerate(cases):
            wrong = runner.run(case, number)
            compared += runner.asked(case)
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok  '} {case.name}", *wrong, sep="\n     ", flush=True)
        for listed in [runner.on_rung] + ([runner.listed] if runner.engine else []):
            for line in listed.not_met([case.name for case in cases]):
                failed += 1
                print(f"FAIL {listed.file}: not met any more: {line}")
    finally:
        runner.mbuild.stop()
        if runner.engine:
            runner.engine.stop()
        if arguments.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(cases)} cases, {compared} of them compared with a Docker Engine, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
