"""`mbuild lsp`: a session's frame, documents, and diagnostics that are those of `mbuild check`."""
import glob
import json
import os
import time

import harness
from lsp_client import Client, RequestFailed, span

URI = "file:///nowhere/Dockerfile"
HERE = os.path.dirname(os.path.abspath(__file__))


def units(text):
    return len(text.encode("utf-16-le")) // 2


class Session(harness.Case):
    def start(self, **more):
        client = Client([harness.MBUILD, "lsp", f"--root={self.work}/store"], **more)
        self.addCleanup(lambda: client.process.poll() is None and client.process.kill())
        return client

    def test_lifecycle(self):
        client = self.start(initialize=False)
        with self.assertRaises(RequestFailed) as early:
            client.request("textDocument/hover", {})
        self.assertEqual(early.exception.code, -32002)
        result = client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.assertEqual(result["serverInfo"]["name"], "mbuild")
        self.assertEqual(result["capabilities"]["positionEncoding"], "utf-16")
        with self.assertRaises(RequestFailed) as unknown:
            client.request("textDocument/nonsense", {})
        self.assertEqual(unknown.exception.code, -32601)
        with self.assertRaises(RequestFailed) as wrong:
            client.request("textDocument/hover", {"textDocument": 7})
        self.assertEqual(wrong.exception.code, -32602)
        client.send_text("{no json")
        self.assertEqual(client.close(), 0)

    def test_exit_without_shutdown_fails(self):
        client = self.start()
        client.notify("exit")
        self.assertEqual(client.process.wait(10), 1)

    def test_end_of_input_ends_it(self):
        client = self.start()
        client.process.stdin.close()
        self.assertEqual(client.process.wait(10), 1)

    def test_edits_count_utf16_units(self):
        client = self.start()
        client.open(URI, "FROM scratch\nLABEL a=\"😀é\" b=1\n")
        # Behind the emoji (two units) and the letter (one).
        client.change(URI, {"range": span(1, 12, 12), "text": "x"})
        client.change(URI, {"range": span(0, 5, 12), "text": "alpine:3"}, {"range": span(1, 0, 0), "text": "RUM\n"})
        found = client.diagnostics(URI)
        self.assertEqual([(d["code"], d["range"]) for d in found], [("unknown-instruction", span(1, 0, 3))])
        symbols = client.about("documentSymbol", URI)
        self.assertEqual([(child["name"], child["detail"]) for child in symbols[0]["children"]],
                         [("RUM", ""), ("LABEL", "a=\"😀éx\" b=1")])
        self.assertEqual(client.close(), 0)

    def test_edits_count_bytes_where_the_client_offers_it(self):
        client = self.start(capabilities={"general": {"positionEncodings": ["utf-8", "utf-16"]}})
        self.assertEqual(client.server["capabilities"]["positionEncoding"], "utf-8")
        client.open(URI, "FROM scratch AS b\nLABEL a=\"😀\" b=$x\n")
        client.change(URI, {"range": span(1, 13, 13), "text": "y"})
        self.assertEqual(client.about("documentSymbol", URI)[0]["name"], "b")
        self.assertEqual(client.at("documentHighlight", URI, 1, len("LABEL a=\"😀y\" b=$".encode())),
                         [{"range": span(1, 19, 20), "kind": 2}])

    def test_many_random_edits_give_the_same_text(self):
        import random
        chance = random.Random(7)
        client = self.start()
        text = "FROM scratch\nCOPY <<A /b\n😀 body é\nA\nLABEL x=😀\n"
        client.open(URI, text)
        for _ in range(200):
            lines = text.split("\n")
            a, b = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
            b = min(b, a + 6)
            new = chance.choice(["", "x", "😀", "\n", "é\nRUN a\n", "$y"])

            def place(offset):
                before = text[:offset].split("\n")
                return {"line": len(before) - 1, "character": units(before[-1])}
            client.change(URI, {"range": {"start": place(a), "end": place(b)}, "text": new})
            text = text[:a] + new + text[b:]
        got = [(d["code"], d["range"], d["message"]) for d in client.diagnostics(URI)]
        client.change(URI, {"text": text})
        self.assertEqual(got, [(d["code"], d["range"], d["message"]) for d in client.diagnostics(URI)])

    def test_diagnostics_are_those_of_check(self):
        client = self.start()
        corpus = os.path.join(harness.SOURCE, "tests", "corpus")
        files = sorted(glob.glob(corpus + "/invalid/*") + glob.glob(corpus + "/valid/*"))
        compared = 0
        for path in [f for f in files if os.path.isfile(f)][:150]:
            try:
                text = open(path, encoding="utf-8", newline="").read()
            except UnicodeDecodeError:
                continue
            if "\r" in text.replace("\r\n", "\n"):
                continue
            copy = os.path.join(self.work, "Dockerfile")
            with open(copy, "w", encoding="utf-8", newline="") as out:
                out.write(text)
            done = harness.run(harness.MBUILD, "check", "-f", copy, "--format=json", check=False)
            expected = [(d["code"], d["message"]) for d in json.loads(done.stdout)["files"][0]["diagnostics"]]
            uri = f"file://{self.work}/{compared}/Dockerfile"
            client.open(uri, text)
            got = [(d["code"], d["message"]) for d in client.diagnostics(uri)]
            self.assertEqual(got, expected, path)
            compared += 1
        self.assertGreater(compared, 50)

    def test_related_places_and_fixes(self):
        client = self.start()
        client.open(URI, "FROM alpine AS a\nFROM alpine AS a\nCOPY --form=a /x /y\n")
        found = {d["code"]: d for d in client.diagnostics(URI)}
        self.assertIn("unknown-flag", found)
        duplicate = found["DuplicateStageName"]
        self.assertEqual(duplicate["relatedInformation"][0]["location"]["range"]["start"]["line"], 0)
        actions = client.about("codeAction", URI, range=found["unknown-flag"]["range"],
                               context={"diagnostics": [found["unknown-flag"]]})
        fix = next(a for a in actions if a["kind"] == "quickfix")
        self.assertEqual(fix["edit"]["changes"][URI], [{"range": span(2, 7, 11), "newText": "from"}])
        self.assertEqual(fix["diagnostics"], [found["unknown-flag"]])
        self.assertTrue(any(a["kind"] == "source.fixAll.mbuild" for a in actions))

    def test_cancelled_requests(self):
        client = self.start()
        client.open(URI, "FROM scratch\n" + "ENV a=b\n" * 50000)
        busy = client.begin("textDocument/semanticTokens/full", {"textDocument": {"uri": URI}})
        later = client.begin("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
        client.notify("$/cancelRequest", {"id": later})
        client.finish(busy)
        with self.assertRaises(RequestFailed) as cancelled:
            client.finish(later)
        self.assertEqual(cancelled.exception.code, -32800)

    def test_configuration(self):
        from lsp_client import CAPABILITIES
        wants = dict(CAPABILITIES, workspace={"configuration": True})
        client = self.start(capabilities=wants)
        client.replies["workspace/configuration"] = [{"buildArgs": {"VERSION": "9"}, "rules": ["UnpinnedBaseImage"]}]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait_for("workspace/configuration")
        client.open(URI, "ARG VERSION=1\nFROM alpine\nARG VERSION\nRUN echo $VERSION\n")
        harness.wait_until(lambda: "`9`" in (client.at("hover", URI, 3, 12) or {"contents": {"value": ""}})[
            "contents"]["value"], "the setting counts")
        # Those from before the settings came may be on their way.
        harness.wait_until(lambda: any(d["code"] == "UnpinnedBaseImage" for d in client.diagnostics(URI)), "the rule counts")

    def test_ignore_files(self):
        client = self.start()
        uri = "file:///nowhere/.dockerignore"
        client.open(uri, "# all\n*\n!src\n[a\n", language="ignore")
        found = client.diagnostics(uri)
        self.assertEqual([(d["code"], d["range"]["start"]["line"]) for d in found], [("invalid-pattern", 3)])
        self.assertEqual(client.about("semanticTokens/full", uri)["data"][:5], [0, 0, 5, 0, 0])
        self.assertIsNone(client.at("hover", uri, 0, 0))

    def test_a_large_document_stays_usable(self):
        client = self.start()
        text = "FROM scratch AS a\n" + "".join(f"ENV V{i}=$V{i - 1}\n" for i in range(20000))
        client.open(URI, text)
        client.diagnostics(URI)
        begun = time.monotonic()
        client.change(URI, {"range": span(20000, 0, 0), "text": "RUN echo $V5\n"})
        hover = client.at("hover", URI, 5, 5)
        self.assertIn("V4", hover["contents"]["value"])
        client.diagnostics(URI)
        self.assertLess(time.monotonic() - begun, 60)
        self.assertEqual(client.close(), 0)


if __name__ == "__main__":
    harness.main()
