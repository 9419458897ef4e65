"""`mbuild lsp`: one test a feature, at exact places."""
import os

import harness
from lsp_client import Client, RequestFailed, span

TEXT = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.20
# build compiles everything
FROM alpine:${VERSION} AS build
ARG VERSION
ENV NAME="😀" DIR=/src
WORKDIR $DIR
RUN --mount=type=bind,from=build,target=/x echo ${NAME} && \\
    make VERSION=$VERSION
RUN <<EOT
echo $NAME
EOT

FROM scratch AS release
COPY --from=build /app /app
COPY --from=0 /lib /lib
CMD ./app --serve
"""


class Editor(harness.Case):
    def setUp(self):
        super().setUp()
        self.context = self.path("context")
        os.makedirs(self.context + "/src/deep")
        for name in ("main.c", "secret.key", "src/a.c", "src/deep/b.c"):
            with open(os.path.join(self.context, name), "w") as out:
                out.write("x")
        with open(self.context + "/.dockerignore", "w") as out:
            out.write("*.key\n")
        self.uri = "file://" + self.context + "/Dockerfile"

    def start(self, text=TEXT, **more):
        client = Client([harness.MBUILD, "lsp", f"--root={self.store}"], **more)
        self.addCleanup(lambda: client.process.poll() is None and client.process.kill())
        client.open(self.uri, text)
        return client

    def complete(self, client, text):
        """What is offered at the `|` of the text, label to item."""
        before = text[:text.index("|")]
        client.change(self.uri, {"text": text.replace("|", "", 1)})
        line = before.count("\n")
        column = len(before.split("\n")[-1].encode("utf-16-le")) // 2
        return {i["label"]: i for i in client.at("completion", self.uri, line, column)["items"]}


class Features(Editor):
    def test_completes_instructions_flags_and_values(self):
        client = self.start()
        self.assertEqual(set(self.complete(client, "FROM scratch\nE|")), {"ENTRYPOINT", "ENV", "EXPOSE"})
        self.assertNotIn("FROM", self.complete(client, "FROM scratch\nONBUILD |"))
        offered = self.complete(client, "FROM scratch\nCOPY --chown=1 --c|")
        self.assertEqual(set(offered), {"--chmod="})
        self.assertEqual(offered["--chmod="]["textEdit"], {"range": span(1, 15, 18), "newText": "--chmod="})
        self.assertEqual(set(self.complete(client, "FROM scratch\nRUN --network=|")), {"default", "none", "host"})
        self.assertIn("secret", self.complete(client, "FROM scratch\nRUN --mount=type=|"))
        keys = self.complete(client, "FROM scratch\nRUN --mount=type=cache,|")
        self.assertIn("sharing=", keys)
        self.assertNotIn("env=", keys)
        self.assertIn("locked", self.complete(client, "FROM scratch\nRUN --mount=type=cache,sharing=lo|"))
        self.assertIn("AS", self.complete(client, "FROM scratch |"))
        self.assertIn("UndefinedVar", self.complete(client, "# check=skip=Und|\nFROM scratch\n"))

    def test_completes_stages_and_variables(self):
        client = self.start()
        offered = self.complete(client, TEXT + "COPY --from=|")
        self.assertEqual(offered["build"]["detail"], "FROM alpine:${VERSION}")
        self.assertIn("0", offered)
        self.assertNotIn("release", offered)
        self.assertIn("release", self.complete(client, TEXT + "FROM |"))
        at = TEXT.index("RUN <<EOT")
        offered = self.complete(client, TEXT[:at] + "LABEL a=${N|" + "\n" + TEXT[at:])
        self.assertEqual(offered["NAME"]["detail"], "😀")
        self.assertEqual(offered["NAME"]["textEdit"]["newText"], "NAME}")
        self.assertIn("ENV on line 6", offered["NAME"]["documentation"]["value"])
        self.assertEqual(set(self.complete(client, "ARG A=1\nFROM x:$|")) & {"A", "PATH"}, {"A"})

    def test_completes_files_past_dockerignore(self):
        client = self.start()
        harness.wait_until(lambda: "main.c" in self.complete(client, "FROM scratch\nCOPY |"), "the files are listed")
        offered = self.complete(client, "FROM scratch\nCOPY |")
        self.assertIn("main.c", offered)
        self.assertIn("src/", offered)
        self.assertNotIn("secret.key", offered)
        self.assertEqual(set(self.complete(client, "FROM scratch\nCOPY main.c src/|")), {"src/a.c", "src/deep/"})
        self.assertNotIn("main.c", self.complete(client, "FROM scratch\nCOPY --from=x |"))

    def users(self, image, store):
        client = Client([harness.MBUILD, "lsp", f"--root={store}"])
        self.addCleanup(client.process.kill)
        client.open(self.uri, f"FROM {image}\n")
        harness.wait_until(lambda: self.complete(client, f"FROM {image}\nUSER |"), "the users are known")
        groups = self.complete(client, f"FROM {image}\nCOPY --chown=root:|")
        return list(self.complete(client, f"FROM {image}\nUSER |")), [name.split(":")[1] for name in groups]

    def test_users_of_the_base_image(self):
        """The uppermost file counts."""
        base = self.registry().seed("busybox", "library/busybox")
        self.mbuild("-t", "app:1", "-f", "-", self.context, stdin=f"""FROM {base}
RUN mkdir -p /etc && echo 'old:x:1:1::/:/bin/sh' > /etc/passwd && echo 'wheel:x:10:' > /etc/group
RUN printf 'root:x:0:0::/:/bin/sh\\nguest:x:7:7::/:/bin/sh\\n' > /etc/passwd
RUN touch /other
""")
        self.assertEqual(self.users("app:1", self.store), (["root", "guest"], ["wheel"]))

    def test_users_whatever_form_layers_have(self):
        name = self.registry().seed("debian", "library/debian")
        for snapshotter in ("", "overlay"):
            store = self.path("store-" + snapshotter)
            environment = {"MBUILD_SNAPSHOTTER": snapshotter} if snapshotter else {}
            self.mbuild("pull", name, store=store, env=environment)
            users, groups = self.users(name, store)
            self.assertIn("www-data", users)
            self.assertIn("shadow", groups)

    def test_images_of_the_store(self):
        harness.run(harness.MBUILD, f"--root={self.store}", "-t", "team/app:1", "-f", "-", self.context,
                    stdin="FROM scratch\nCOPY main.c /\nENV COLOUR=red\nUSER 7\nENTRYPOINT [\"/main\"]\n")
        client = self.start("FROM team/app:1\nRUN echo $COLOUR\n")
        harness.wait_until(lambda: "COLOUR=red" in client.at("hover", self.uri, 0, 7)["contents"]["value"],
                           "the image is known")
        text = client.at("hover", self.uri, 0, 7)["contents"]["value"]
        for part in ("in 1 layer", "ENTRYPOINT `/main`", "USER `7`", "sha256:"):
            self.assertIn(part, text)
        self.assertIn("`red`", client.at("hover", self.uri, 1, 12)["contents"]["value"])
        self.assertIn("base image", client.at("hover", self.uri, 1, 12)["contents"]["value"])
        self.assertIn("team/app:1", self.complete(client, "FROM te|"))

    def test_hover(self):
        client = self.start()
        hover = client.at("hover", self.uri, 5, 1)
        self.assertEqual(hover["range"], span(5, 0, 3))
        self.assertIn("ENV <name>=<value>", hover["contents"]["value"])
        self.assertIn("`3.20`", client.at("hover", self.uri, 8, 20)["contents"]["value"])
        self.assertIn("ARG on line 5", client.at("hover", self.uri, 8, 20)["contents"]["value"])
        self.assertIn("`/src`", client.at("hover", self.uri, 6, 10)["contents"]["value"])
        self.assertIn("compiles everything", client.at("hover", self.uri, 14, 13)["contents"]["value"])
        self.assertIn("stage", client.at("hover", self.uri, 14, 9)["contents"]["value"])
        self.assertIn("syntax", client.at("hover", self.uri, 0, 4)["contents"]["value"])
        self.assertIsNone(client.at("hover", self.uri, 12, 0))

    def test_hover_sees_the_value_before_an_assignment(self):
        client = self.start("FROM scratch\nENV A=1\nENV A=$A-2\nLABEL a=$A\n")
        self.assertIn("`1`", client.at("hover", self.uri, 2, 7)["contents"]["value"])
        self.assertIn("`1-2`", client.at("hover", self.uri, 2, 4)["contents"]["value"])
        self.assertIn("`1-2`", client.at("hover", self.uri, 3, 10)["contents"]["value"])

    def test_signature_help(self):
        client = self.start("FROM scratch\nCOPY a \nHEALTHCHECK \nENTRYPOINT [\"a\", \n")
        help_ = client.at("signatureHelp", self.uri, 1, 7)
        signature = help_["signatures"][help_["activeSignature"]]
        begin, end = signature["parameters"][help_["activeParameter"]]["label"]
        self.assertEqual(signature["label"][begin:end], "<destination>")
        self.assertEqual(len(client.at("signatureHelp", self.uri, 2, 12)["signatures"]), 2)
        help_ = client.at("signatureHelp", self.uri, 3, 17)
        self.assertIn("[", help_["signatures"][help_["activeSignature"]]["label"])
        self.assertIsNone(client.at("signatureHelp", self.uri, 1, 2))

    def test_definition_references_and_highlights(self):
        client = self.start()
        self.assertEqual([l["range"] for l in client.at("definition", self.uri, 14, 14)], [span(3, 26, 31)])
        self.assertEqual([l["range"] for l in client.at("definition", self.uri, 15, 12)], [span(3, 26, 31)])
        self.assertEqual([l["range"] for l in client.at("definition", self.uri, 6, 10)], [span(5, 14, 17)])
        self.assertEqual([l["range"] for l in client.at("definition", self.uri, 11, 1)], [span(9, 6, 9)])
        names = client.at("references", self.uri, 5, 5, context={"includeDeclaration": True})
        self.assertEqual([l["range"] for l in names], [span(5, 4, 8), span(7, 50, 54), span(10, 6, 10)])
        self.assertEqual(len(client.at("references", self.uri, 5, 5, context={"includeDeclaration": False})), 2)
        version = client.at("documentHighlight", self.uri, 1, 5)
        self.assertEqual([h["range"]["start"]["line"] for h in version], [1, 3, 4, 8])
        self.assertIsNone(client.at("definition", self.uri, 16, 6))

    def test_rename(self):
        client = self.start()
        self.assertEqual(client.at("prepareRename", self.uri, 14, 14),
                         {"range": span(14, 12, 17), "placeholder": "build"})
        self.assertIsNone(client.at("prepareRename", self.uri, 15, 12))
        edits = client.at("rename", self.uri, 3, 27, newName="compile")["changes"][self.uri]
        self.assertEqual([e["range"] for e in edits], [span(3, 26, 31), span(14, 12, 17)])
        edits = client.at("rename", self.uri, 9, 7, newName="END")["changes"][self.uri]
        self.assertEqual([e["range"] for e in edits], [span(9, 6, 9), span(11, 0, 3)])
        for wrong in ("release", "9a", ""):
            with self.assertRaises(RequestFailed) as refused:
                client.at("rename", self.uri, 3, 27, newName=wrong)
            self.assertEqual(refused.exception.code, -32803)

    def test_symbols_folds_and_selections(self):
        client = self.start()
        symbols = client.about("documentSymbol", self.uri)
        self.assertEqual([s["name"] for s in symbols], ["syntax", "ARG", "build", "release"])
        self.assertEqual([c["name"] for c in symbols[2]["children"]], ["ARG", "ENV", "WORKDIR", "RUN", "RUN"])
        self.assertEqual([c["name"] for c in symbols[2]["children"][1]["children"]], ["NAME", "DIR"])
        folds = [(f["startLine"], f["endLine"]) for f in client.about("foldingRange", self.uri)]
        self.assertEqual(folds, [(3, 11), (7, 8), (9, 11), (13, 16)])
        selection = client.about("selectionRange", self.uri, positions=[{"line": 14, "character": 14}])[0]
        chain = []
        while selection:
            chain.append(selection["range"])
            selection = selection.get("parent")
        self.assertEqual(chain[:4], [span(14, 12, 17), span(14, 5, 17), span(14, 5, 27), span(14, 0, 27)])
        self.assertEqual(chain[-1], span(0, 0, 0, 17))

    def test_links(self):
        client = self.start("FROM alpine:3 AS a\nFROM quay.io/a/b\nCOPY --from=nginx / /\nADD https://x.org/a /\n"
                            "COPY main.c src /\n")
        harness.wait_until(lambda: len(client.about("documentLink", self.uri)) == 5, "the files are listed")
        self.assertEqual([l["target"] for l in client.about("documentLink", self.uri)],
                         ["https://hub.docker.com/_/alpine", "https://quay.io/repository/a/b",
                          "https://hub.docker.com/_/nginx", "https://x.org/a",
                          "file://" + self.context + "/main.c"])

    def test_semantic_tokens(self):
        client = self.start("FROM scratch AS a\nENV N=\"😀\" M=$N\n# c\n")
        data = client.about("semanticTokens/full", self.uri)["data"]
        legend = client.server["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
        line = column = 0
        tokens = []
        for i in range(0, len(data), 5):
            column = data[i + 1] + (column if data[i] == 0 else 0)
            line += data[i]
            tokens.append((line, column, data[i + 2], legend[data[i + 3]], data[i + 4]))
        self.assertEqual(tokens, [(0, 0, 4, "keyword", 0), (0, 5, 7, "namespace", 0), (0, 13, 2, "keyword", 0),
                                  (0, 16, 1, "class", 1), (1, 0, 3, "keyword", 0), (1, 4, 1, "variable", 1),
                                  (1, 6, 4, "string", 0), (1, 11, 1, "variable", 1), (1, 13, 1, "string", 0), (1, 14, 1, "variable", 0),
                                  (2, 0, 3, "comment", 0)])
        part = client.about("semanticTokens/range", self.uri, range=span(2, 0, 3))["data"]
        self.assertEqual(part, [2, 0, 3, 0, 0])

    def test_formatting(self):
        client = self.start("from  scratch\nrun a \\\nb\nenv  a=b\n")
        edits = client.about("formatting", self.uri, options={"tabSize": 4, "insertSpaces": True})
        self.assertIn({"range": span(0, 0, 4), "newText": "FROM"}, edits)
        part = client.about("rangeFormatting", self.uri, range=span(3, 0, 3),
                            options={"tabSize": 4, "insertSpaces": True})
        self.assertTrue(part)
        self.assertTrue(all(e["range"]["start"]["line"] == 3 for e in part))
        typed = client.at("onTypeFormatting", self.uri, 2, 0, ch="\n", options={})
        self.assertEqual(typed, [{"range": span(2, 0, 0), "newText": "    "}])
        self.assertEqual(client.at("onTypeFormatting", self.uri, 3, 0, ch="\n", options={}), [])
        client.change(self.uri, {"text": "FROM scratch\nCOPY a \\\n  b \\\n  c\n"})
        typed = client.at("onTypeFormatting", self.uri, 1, 8, ch="\\", options={})
        self.assertEqual(typed, [{"range": span(2, 0, 2), "newText": "    "}])

    def test_code_actions(self):
        client = self.start("FROM scratch\nCMD ./app --serve\nMAINTAINER me\n")
        actions = client.about("codeAction", self.uri, range=span(1, 0, 9), context={"diagnostics": []})
        rewrite = next(a for a in actions if a["kind"] == "refactor.rewrite")
        self.assertEqual(rewrite["edit"]["changes"][self.uri],
                         [{"range": span(1, 4, 17), "newText": "[\"./app\", \"--serve\"]"}])
        only = client.about("codeAction", self.uri, range=span(1, 0, 3),
                            context={"diagnostics": [], "only": ["refactor"]})
        self.assertEqual({a["kind"] for a in only}, {"refactor.rewrite"})
        self.assertTrue(any(a["title"].startswith("Skip ") for a in actions))


class Builds(Editor):
    """What the last build says, and builds from the editor."""

    def test_hints_lenses_and_builds(self):
        text = ("FROM scratch AS one\nCOPY main.c /\n\nFROM scratch AS two\nCOPY --from=one /main.c /m\n"
                "COPY src /src\n")
        with open(self.context + "/Dockerfile", "w") as out:
            out.write(text)
        client = self.start(text)
        everything = span(0, 0, 0, 99)
        self.assertEqual(client.about("inlayHint", self.uri, range=everything), [])
        lenses = client.about("codeLens", self.uri)
        self.assertEqual([l["command"]["title"] for l in lenses],
                         ["Build one", "Shell in one", "Build two", "Shell in two"])
        command = lenses[2]["command"]
        done = client.request("workspace/executeCommand",
                              {"command": command["command"], "arguments": command["arguments"]}, timeout=120)
        self.assertEqual(done, {"exitCode": 0})
        kinds = [client.wait_for("$/progress")["value"]["kind"] for _ in range(3)]
        self.assertEqual(kinds[:2], ["begin", "report"])
        harness.wait_until(lambda: len(client.about("inlayHint", self.uri, range=everything)) == 3, "hints come")
        hints = client.about("inlayHint", self.uri, range=everything)
        self.assertEqual([h["position"] for h in hints],
                         [{"line": 1, "character": 13}, {"line": 4, "character": 26}, {"line": 5, "character": 13}])
        self.assertRegex(hints[2]["label"], r"^\d+ ms, 2 B$")
        self.assertIn("Ran in the last build", hints[2]["tooltip"])
        # The second build finds all of it; an edit shows from where on it will not.
        client.request("workspace/executeCommand", {"command": "mbuild.buildStage",
                                                    "arguments": [self.uri, "two"]}, timeout=120)
        harness.wait_until(lambda: "cached" in client.about("inlayHint", self.uri, range=everything)[0]["label"],
                           "the second build is seen")
        client.change(self.uri, {"range": span(4, 24, 26), "text": "/n"})
        rebuilds = [l for l in client.about("codeLens", self.uri) if "Rebuilds" in l["command"]["title"]]
        self.assertEqual([(l["range"]["start"]["line"], l["command"]["title"][:27]) for l in rebuilds],
                         [(4, "Rebuilds from here: 2 steps")])

    def test_an_unsaved_buffer_builds_as_shown(self):
        client = self.start("FROM scratch\nCOPY nothing-like-this /\n")
        self.assertEqual(client.request("workspace/executeCommand", {
            "command": "mbuild.buildStage", "arguments": [self.uri]}, timeout=120), {"exitCode": 1})
        client.change(self.uri, {"text": "FROM scratch\nCOPY main.c /\n"})
        self.assertEqual(client.request("workspace/executeCommand", {
            "command": "mbuild.buildStage", "arguments": [self.uri]}, timeout=120), {"exitCode": 0})
        self.assertFalse(os.path.exists(self.context + "/Dockerfile"))

    def test_shell_command_and_unknown_ones(self):
        client = self.start()
        shell = client.request("workspace/executeCommand", {"command": "mbuild.shellInStage",
                                                            "arguments": [self.uri, "build"]})
        self.assertIn("--shell=build", shell["terminal"])
        with self.assertRaises(RequestFailed):
            client.request("workspace/executeCommand", {"command": "rm", "arguments": []})

    def test_a_shell_in_a_stage(self):
        """The command that the server gives opens a terminal in the stage as it is after its last step."""
        base = self.registry().seed("busybox", "library/busybox")
        text = f"FROM {base} AS one\nWORKDIR /made\nRUN echo half > file\nFROM one\nRUN echo whole > file\n"
        with open(self.context + "/Dockerfile", "w") as out:
            out.write(text)
        client = self.start(text)
        answer = client.request("workspace/executeCommand", {"command": "mbuild.shellInStage",
                                                             "arguments": [self.uri, "one"]})
        _, said = harness.on_a_terminal(answer["terminal"], "leave it with", "cat file; pwd; exit\n", cwd=answer["cwd"])
        self.assertIn("half\r\n/made\r\n", said)


if __name__ == "__main__":
    harness.main()
