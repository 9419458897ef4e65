"""What differs between two models of an image, as lines of text, and which differences are listed as meant."""
import difflib
import fnmatch
import os
import re
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))


def show(value):
    return "-" if value is None else value if isinstance(value, str) else repr(value)


def differences(ours, theirs, other):
    """Lines like `tree /x: file 0644 ... | engine: file 0600 ...`; other: whose the second model is."""
    if "error" in ours or "error" in theirs:
        return [] if ours.keys() == theirs.keys() else [f"result: {show(ours.get('error', 'an image'))} | "
                                                        f"{other}: {show(theirs.get('error', 'an image'))}"]
    found = []
    for part in ("config", "tree"):
        for key in sorted(ours[part].keys() | theirs[part].keys()):
            mine, yours = ours[part].get(key), theirs[part].get(key)
            if mine != yours:
                found.append(f"{part} {key}: {show(mine)} | {other}: {show(yours)}")
    found += lists("history", ours["history"], theirs["history"], other)
    if len(ours["layers"]) != len(theirs["layers"]):
        found.append(f"layers: {len(ours['layers'])} | {other}: {len(theirs['layers'])}")
    for index, (mine, yours) in enumerate(zip(ours["layers"], theirs["layers"])):
        found += lists(f"layer {index}", mine, yours, other, paired=False)
    return found


def lists(what, ours, theirs, other, paired=True):
    """Where two lists differ; paired: what stands in the same place is one line, not two."""
    found = []
    for _, low, high, other_low, other_high in (
            code for code in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
            if code[0] != "equal"):
        mine, yours = ours[low:high], theirs[other_low:other_high]
        if not paired:
            mine, yours = mine + [None] * len(yours), [None] * len(mine) + yours
        for index in range(max(len(mine), len(yours))):
            pair = [items[index] if index < len(items) else None for items in (mine, yours)]
            found.append(f"{what}: {show(pair[0])} | {other}: {show(pair[1])}")
    return found


class Listed:
    """The differences that a file lists (of a rung, where they name rungs); knows which of them a case met."""

    def __init__(self, file="differences.toml", rung=None):
        self.file, self.rung = file, rung
        with open(os.path.join(HERE, file), "rb") as text:
            self.entries = [entry for entry in tomllib.load(text)["difference"]
                            if rung is None or rung in entry["rungs"]]
        self.met = set()  # (index of the entry, case)

    def unexpected(self, case, found):
        """The lines that no entry explains."""
        return [line for line in found if not self.explained(case, line)]

    def explained(self, case, line):
        for index, entry in enumerate(self.entries):
            if (any(fnmatch.fnmatchcase(case, pattern) for pattern in entry["cases"])
                    and re.search(entry["line"], line)):
                self.met.add((index, case))
                return True
        return False

    def not_met(self, cases):
        """What is out of date, by the cases that were built: of a rung, each case that an entry names and that did
        not show the difference; else entries that explained nothing at all."""
        ran = [(index, case) for index, entry in enumerate(self.entries) for case in cases if case in entry["cases"]]
        if self.rung:
            return [f"{case}: {self.entries[index]['line']}" for index, case in ran if (index, case) not in self.met]
        explained = {index for index, _ in self.met}
        return [self.entries[index]["line"] for index in sorted({index for index, _ in ran} - explained)
                if not any("*" in pattern for pattern in self.entries[index]["cases"])]


def listed_on(rung):
    """What a rung cannot do: rungs.toml."""
    return Listed("rungs.toml", rung)
