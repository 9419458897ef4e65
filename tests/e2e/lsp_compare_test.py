"""`mbuild lsp` beside dockerfile-language-server-nodejs: the same documents and requests to both. What the other answers
is answered at least as well: more is fine, less or something else is a difference. Those that are meant are explained
in lsp_differences.json; any other fails. The other server is looked for in $MBUILD_NODE_MODULES; without it this skips.

With $MBUILD_LIST_DIFFERENCES it prints all of them, the meant ones with their reason."""
import collections
import glob
import json
import os
import re
import shutil
import unittest

import harness
from lsp_client import CAPABILITIES, Client, RequestFailed, span

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "dockerfile-language-server-nodejs"
WITH_ALL = {
    **CAPABILITIES,
    "workspace": {"applyEdit": True, "configuration": False},
    "textDocument": {
        **CAPABILITIES["textDocument"],
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "rename": {"prepareSupport": True},
        "semanticTokens": {"tokenTypes": [], "tokenModifiers": [], "formats": ["relative"], "requests": {"full": True}},
    },
}

Difference = collections.namedtuple("Difference", "feature document place line theirs ours")


def documents():
    """40 files: the largest of the parser's corpus, which have the most to ask about."""
    def largest(folder, count):
        paths = glob.glob(os.path.join(harness.SOURCE, "tests/corpus", folder, "*.Dockerfile"))
        return sorted(paths, key=lambda path: (-os.path.getsize(path), path))[:count]
    for path in largest("valid", 30) + largest("invalid", 10):
        with open(path, "rb") as file:
            try:
                yield os.path.basename(path), file.read().decode()
            except UnicodeDecodeError:
                continue  # not to be sent in a JSON text


def range_of(value):
    return (value["start"]["line"], value["start"]["character"], value["end"]["line"], value["end"]["character"])


def place_of(value):
    begin, end = value["start"], value["end"]
    return f"{begin['line']}:{begin['character']}-{end['line']}:{end['character']}"


def apply_edits(text, edits):
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(position):
        line = min(position["line"], len(lines) - 1)
        return min(starts[line] + position["character"], starts[line] + len(lines[line]))
    for edit in sorted(edits or [], key=lambda edit: range_of(edit["range"]), reverse=True):
        text = text[:offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]):]
    return text


class Server:
    """One of the two. Answers come in a form that can be compared."""

    def __init__(self, command):
        self.client = Client(command, capabilities=WITH_ALL)
        legend = self.client.server["capabilities"]["semanticTokensProvider"]["legend"]
        self.token_types = legend["tokenTypes"]

    def open(self, uri, text):
        self.client.open(uri, text)
        self.uri, self.text = uri, text
        self.found = self.client.wait_for("textDocument/publishDiagnostics", lambda p: p["uri"] == uri)["diagnostics"]

    def ask(self, method, position=None, **more):
        try:
            if position is None:
                return self.client.about(method, self.uri, **more)
            return self.client.at(method, self.uri, *position, **more)
        except RequestFailed:
            return None

    def diagnostics(self, position=None):
        return {str(found["range"]["start"]["line"]): found["message"] for found in self.found}

    def completion(self, position):
        answer = self.ask("completion", position) or []
        items = answer["items"] if isinstance(answer, dict) else answer
        return {re.match(r"\$?\{?([^=} ]*)", item["label"])[1]: item["label"] for item in items}

    def hover(self, position):
        answer = self.ask("hover", position)
        return {"hover": answer["contents"]} if answer and answer["contents"] else {}

    def signatureHelp(self, position):
        answer = self.ask("signatureHelp", position)
        return {"signature": answer["signatures"]} if answer and answer["signatures"] else {}

    def definition(self, position):
        answer = self.ask("definition", position)
        answers = answer if isinstance(answer, list) else [answer] if answer else []
        return {place_of(one.get("range") or one["targetSelectionRange"]): "" for one in answers}

    def documentHighlight(self, position):
        return {place_of(one["range"]): "" for one in self.ask("documentHighlight", position) or []}

    def prepareRename(self, position):
        answer = self.ask("prepareRename", position)
        return {place_of(answer.get("range", answer)): ""} if answer and ("range" in answer or "start" in answer) else {}

    def rename(self, position):
        answer = self.ask("rename", position, newName="renamed") or {}
        edits = (answer.get("changes") or {}).get(self.uri) or []
        for change in answer.get("documentChanges") or []:
            edits = edits + change["edits"]
        return {apply_edits(self.text, edits): ""} if edits else {}

    def documentSymbol(self, position=None):
        found = {}

        def collect(symbols):
            for symbol in symbols or []:
                found[str(symbol.get("location", symbol)["range"]["start"]["line"])] = symbol["name"]
                collect(symbol.get("children"))
        collect(self.ask("documentSymbol"))
        return found

    def foldingRange(self, position=None):
        return {f"{fold['startLine']}-{fold['endLine']}": fold.get("kind", "") for fold in self.ask("foldingRange") or []}

    def documentLink(self, position=None):
        found = {}
        for link in self.ask("documentLink") or []:
            if "target" not in link:
                link = self.client.request("documentLink/resolve", link)
            found[f"{link['range']['start']['line']} {link.get('target').rstrip('/')}"] = ""
        return found

    def semanticTokens(self, position=None):
        """Every word that has a colour, whatever it is."""
        data = self.ask("semanticTokens/full")["data"]
        found, line, character = {}, 0, 0
        lines = self.text.split("\n")
        for i in range(0, len(data), 5):
            character = data[i + 1] + (character if data[i] == 0 else 0)
            line += data[i]
            for word in re.finditer(r"[\w.-]+", lines[line][character:character + data[i + 2]]):
                found[f"{line}:{character + word.start()} {word[0]}"] = self.token_types[data[i + 3]]
        return found

    def formatting(self, position=None):
        edits = self.ask("formatting", options={"tabSize": 4, "insertSpaces": True})
        return {apply_edits(self.text, edits): ""} if edits else {}

    def rangeFormatting(self, position):
        edits = self.ask("rangeFormatting", range=span(position[0], 0, 0, position[0] + 1),
                         options={"tabSize": 4, "insertSpaces": True})
        return {apply_edits(self.text, edits): ""} if edits else {}

    def onTypeFormatting(self, position):
        edits = self.ask("onTypeFormatting", position, ch="\\", options={"tabSize": 4, "insertSpaces": True})
        return {apply_edits(self.text, edits): ""} if edits else {}

    def codeAction(self, position):
        there = [found for found in self.found if found["range"]["start"]["line"] == position[0]]
        actions = self.ask("codeAction", range=span(position[0], 0, 1000), context={"diagnostics": there})
        return {"actions": [action["title"] for action in actions]} if actions else {}


def word_places(text):
    """Where words begin, and once within each."""
    for number, line in enumerate(text.split("\n")):
        for word in re.finditer(r"[\w.-]+", line):
            yield number, word.start()
            if word.end() - word.start() > 1:
                yield number, word.start() + 1


def typing_places(text):
    """Where somebody may be typing: line ends, after a blank, and after what begins a flag or a variable."""
    for number, line in enumerate(text.split("\n")):
        places = {0, len(line)} | {found.end() for found in re.finditer(r"[ \t]+|--|\$\{?|=", line)}
        yield from ((number, place) for place in sorted(places))


def line_places(text):
    return ((number, 0) for number in range(text.count("\n") + 1))


def line_ends(text):
    return ((number, len(line)) for number, line in enumerate(text.split("\n")) if line.endswith("\\"))


FEATURES = {
    "diagnostics": None, "documentSymbol": None, "foldingRange": None, "documentLink": None, "semanticTokens": None,
    "formatting": None, "rangeFormatting": line_places, "onTypeFormatting": line_ends, "completion": typing_places,
    "hover": word_places, "signatureHelp": typing_places, "definition": word_places, "documentHighlight": word_places,
    "prepareRename": word_places, "rename": word_places, "codeAction": line_places,
}


def cut_at(text, place):
    return text[:place], text[place:]


def compare(ours, theirs):
    """All that the other server answers and ours does not; and how much was asked."""
    asked, differences = collections.Counter(), []
    for name, text in documents():
        for server in (ours, theirs):
            server.open(f"file:///compare/{name}/Dockerfile", text)
        lines = text.split("\n")
        for feature, places in FEATURES.items():
            for position in places(text) if places else [None]:
                asked[feature] += 1
                here, there = getattr(ours, feature)(position), getattr(theirs, feature)(position)
                place = "" if position is None else f"{position[0]}:{position[1]}"
                line = "" if position is None else "|".join(cut_at(lines[position[0]], position[1]))
                for key, value in there.items():
                    if key not in here:
                        differences.append(Difference(feature, name, place, line, f"{key} {value}".strip(), here))
    return asked, differences


def reasons():
    with open(os.path.join(HERE, "lsp_differences.json"), encoding="utf-8") as file:
        return json.load(file)


def reason_of(difference, table):
    """The first entry of the table that is about this difference. In the pattern of the line the place is a `|`, and
    `{0}` what the other server offers there."""
    offered = re.escape(difference.theirs.split(" ")[0])
    for entry in table:
        if (re.fullmatch(entry["feature"], difference.feature)
                and re.search(entry.get("document", ""), difference.document)
                and re.search(entry.get("line", "").replace("{0}", offered), difference.line)
                and re.search(entry.get("theirs", ""), difference.theirs)):
            return entry["why"]
    return None


class Compare(harness.Case):
    def servers(self):
        modules = os.environ.get("MBUILD_NODE_MODULES", "")
        other = os.path.join(modules, PACKAGE, "bin/docker-langserver")
        if not modules or not shutil.which("node") or not os.path.exists(other):
            raise unittest.SkipTest(f"$MBUILD_NODE_MODULES names no node_modules folder with {PACKAGE}")
        return (Server([harness.MBUILD, "lsp", f"--root={self.store}"]), Server(["node", other, "--stdio"]))

    def test_what_the_other_answers_is_answered(self):
        ours, theirs = self.servers()
        asked, differences = compare(ours, theirs)
        table = reasons()
        unexplained = [difference for difference in differences if reason_of(difference, table) is None]
        counts = collections.Counter(difference.feature for difference in differences)
        for feature, count in asked.items():
            print(f"{feature}: {count} asked, {counts[feature]} differences")
        if os.environ.get("MBUILD_LIST_DIFFERENCES"):
            for difference in differences:
                print(f"{difference.feature} {difference.document} {difference.place}: theirs {difference.theirs!r}, ours "
                      f"{difference.ours!r}: {reason_of(difference, table)}")
        self.assertEqual([], unexplained[:20], f"{len(unexplained)} differences without a reason")


if __name__ == "__main__":
    harness.main()
