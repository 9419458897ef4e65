"""`mbuild lsp` with clients and beside a server of others: Neovim, vscode-jsonrpc, TypeScript, and
dockerfile-language-server-nodejs. Packages come from npm; tests skip where these are not to be had."""
import json
import os
import re
import shutil
import subprocess
import unittest

import harness
from lsp_client import Client

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ["dockerfile-language-server-nodejs@0.15.0", "vscode-jsonrpc@8.2.1", "vscode-languageserver-protocol@3.17.5",
            "vscode-languageclient@8.1.0", "@types/vscode@1.75.0", "@types/node@18", "typescript@5"]
LUA = """
package.path = "{samples}/?.lua;" .. package.path
require("mbuild").setup({{ cmd = {{ "{mbuild}", "lsp", "--root={store}" }} }})
"""
SCRIPT = """
local function fail(what) io.stderr:write("FAILED: " .. what .. "\\n") vim.cmd("cquit 1") end
local function wait(what, condition) if not vim.wait(20000, condition, 20) then fail(what) end end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, answer in pairs(answers) do return answer.result end
end
vim.cmd("edit {file}")
wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
local found = vim.diagnostic.get(0)[1]
if found.code ~= "unknown-flag" and (found.user_data or {{}}).lsp == nil then fail("code " .. vim.inspect(found)) end
vim.api.nvim_win_set_cursor(0, {{ 1, 17 }})
local where = vim.lsp.util.make_position_params(0, "utf-16")
vim.api.nvim_win_set_cursor(0, {{ 3, 5 }})
local list = ask("textDocument/completion", vim.lsp.util.make_position_params(0, "utf-16"))
if not list or #list.items == 0 then fail("completion") end
where.newName = "compile"
local edit = ask("textDocument/rename", where)
if not edit then fail("rename") end
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
local range = {{ start = {{ line = 2, character = 7 }}, ["end"] = {{ line = 2, character = 11 }} }}
local actions = ask("textDocument/codeAction", {{ textDocument = where.textDocument, range = range,
  context = {{ diagnostics = {{}} }} }})
local done = false
for _, action in ipairs(actions or {{}}) do
  if not done and action.kind == "quickfix" and action.isPreferred then
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    done = true
  end
end
if not done then fail("code action") end
vim.cmd("silent write! {out}")
vim.cmd("qall!")
"""


class Neovim(harness.Case):
    @unittest.skipUnless(shutil.which("nvim"), "neovim is not installed")
    def test_opens_completes_renames_and_fixes(self):
        file, out = self.path("Dockerfile"), self.path("out")
        with open(file, "w") as text:
            text.write("FROM scratch AS build\nFROM scratch\nCOPY --form=build /a /b\nCOPY --from=build /a /b\n")
        init, script = self.path("init.lua"), self.path("script.lua")
        with open(init, "w") as text:
            text.write(LUA.format(samples=os.path.join(harness.SOURCE, "samples", "neovim"), mbuild=harness.MBUILD,
                                  store=self.store))
        with open(script, "w") as text:
            text.write(SCRIPT.format(file=file, out=out))
        done = harness.run("nvim", "--headless", "--clean", "-u", init, "-c", f"luafile {script}",
                           env={"HOME": self.work, "XDG_STATE_HOME": self.work, "XDG_CACHE_HOME": self.work},
                           timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(open(out).read(), "FROM scratch AS compile\nFROM scratch\nCOPY --from=build /a /b\n"
                                           "COPY --from=compile /a /b\n")


class Npm(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("npm") or not shutil.which("node"):
            raise unittest.SkipTest("node and npm are not installed")
        cls.modules = os.path.join(cls.folder, "npm")
        os.makedirs(cls.modules)
        with open(cls.modules + "/package.json", "w") as out:
            out.write('{"private": true}\n')
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=cls.modules,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode != 0:
            raise unittest.SkipTest("the npm registry cannot be reached: " + done.stdout[-300:])

    def test_the_vscode_sample_compiles(self):
        sample = os.path.join(self.modules, "sample")
        shutil.copytree(os.path.join(harness.SOURCE, "samples", "vscode"), sample,
                        ignore=shutil.ignore_patterns("node_modules", "out"))
        harness.run("node", self.modules + "/node_modules/typescript/bin/tsc", "-p", sample, cwd=sample)
        self.assertTrue(os.path.exists(sample + "/out/extension.js"))

    def test_vscode_jsonrpc_drives_a_session(self):
        done = harness.run("node", os.path.join(HERE, "lsp_session.js"), harness.MBUILD, self.store,
                           env={"NODE_PATH": self.modules + "/node_modules"}, timeout=120)
        self.assertIn("session ended", done.stdout)

    def test_answers_at_least_what_the_other_server_answers(self):
        """40 documents, each feature: what differs is listed with its reason, and nothing else does."""
        with open(os.path.join(HERE, "lsp_differences.json")) as text:
            reasons = json.load(text)
        mine = Client([harness.MBUILD, "lsp", f"--root={self.store}"])
        peer = Client(["node", self.modules + "/node_modules/dockerfile-language-server-nodejs/bin/docker-langserver",
                       "--stdio"])
        missing = {}
        for number, text in enumerate(documents()):
            uri = f"file:///documents/{number}/Dockerfile"
            for client in (mine, peer):
                client.open(uri, text)
            for feature, got, theirs in compare(mine, peer, uri, text):
                for one in theirs - got:
                    missing.setdefault(feature, []).append((number, one))
        unexplained = []
        for feature, cases in missing.items():
            known = [reason["match"] for reason in reasons.get(feature, [])]
            unexplained += [(feature, *case) for case in cases
                            if not any(re.search(match, str(case[1])) for match in known)]
        self.assertEqual(unexplained[:20], [], f"{len(unexplained)} differences without a reason")
        for client in (mine, peer):
            client.process.kill()


def documents():
    """40 texts: the corpus' valid files first, then what they leave out."""
    folder = os.path.join(harness.SOURCE, "tests", "corpus", "valid")
    texts = []
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            try:
                text = open(os.path.join(base, name), encoding="utf-8", newline="").read()
            except UnicodeDecodeError:
                continue
            if "\r" not in text and len(text) < 4000:
                texts.append(text)
    return texts[:40]


def places(text):
    """The begin of each word of the first lines, where something could be asked."""
    found = []
    for number, line in enumerate(text.split("\n")[:12]):
        column = 0
        for word in line.split(" "):
            if word:
                found.append((number, len(line[:column].encode("utf-16-le")) // 2 + min(1, len(word) - 1)))
            column += len(word) + 1
    return found[:30]


def where(range_):
    return (range_["start"]["line"], range_["start"]["character"], range_["end"]["line"], range_["end"]["character"])


def compare(mine, peer, uri, text):
    """(feature, what we answer, what they answer) with answers as comparable sets."""
    def both(ask):
        answers = []
        for client in (mine, peer):
            try:
                answers.append(ask(client))
            except Exception:
                answers.append(set())
        return answers

    yield "foldingRange", *both(lambda c: {(f["startLine"], f["endLine"]) for f in c.about("foldingRange", uri) or []})
    yield "documentLink", *both(lambda c: {where(l["range"]) for l in c.about("documentLink", uri) or []})

    def symbols(client):
        found, stack = set(), list(client.about("documentSymbol", uri) or [])
        while stack:
            one = stack.pop()
            found.add((one["name"].upper(), (one.get("selectionRange") or one["location"]["range"])["start"]["line"]))
            stack += one.get("children", [])
        return found
    yield "documentSymbol", *both(symbols)
    for line, column in places(text):
        place = (line, column)
        yield "hover", *both(lambda c: {place} if c.at("hover", uri, *place) else set())

        def definition(client):
            answer = client.at("definition", uri, *place)
            return {(place, where(one["range"])) for one in (answer if isinstance(answer, list) else [answer]) if one}
        yield "definition", *both(definition)
        yield "documentHighlight", *both(
            lambda c: {(place, where(h["range"])) for h in c.at("documentHighlight", uri, *place) or []})
        yield "prepareRename", *both(lambda c: {place} if c.at("prepareRename", uri, *place) else set())
        yield "signatureHelp", *both(
            lambda c: {place} if (c.at("signatureHelp", uri, *place) or {}).get("signatures") else set())

        def completion(client):
            answer = client.at("completion", uri, *place) or []
            items = answer["items"] if isinstance(answer, dict) else answer
            return {(place, item["label"].split(" ")[0].split("=")[0].strip("-")) for item in items}
        yield "completion", *both(completion)


if __name__ == "__main__":
    harness.main()
