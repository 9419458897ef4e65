"""`mbuild lsp` with the clients of others: Neovim and vscode-jsonrpc; and the samples for editors. What comes
from npm is looked for in $MBUILD_NODE_MODULES; without it those tests skip."""
import os
import shutil
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ["vscode-jsonrpc@8.2.0", "vscode-languageserver-protocol@3.17.5",
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
vim.cmd("edit @FILE@")
wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
if not vim.tbl_contains(vim.tbl_map(function(one) return one.message end, vim.diagnostic.get(0)),
  "unknown flag: --form (did you mean from?)") then fail("diagnostic") end
vim.api.nvim_win_set_cursor(0, { 1, 17 })
local where = vim.lsp.util.make_position_params(0, "utf-16")
vim.api.nvim_win_set_cursor(0, { 3, 5 })
local list = ask("textDocument/completion", vim.lsp.util.make_position_params(0, "utf-16"))
if not list or #list.items == 0 then fail("completion") end
where.newName = "compile"
local edit = ask("textDocument/rename", where)
if not edit then fail("rename") end
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
local range = { start = { line = 2, character = 7 }, ["end"] = { line = 2, character = 11 } }
local actions = ask("textDocument/codeAction", { textDocument = where.textDocument, range = range,
  context = { diagnostics = {} } })
local done = false
for _, action in ipairs(actions or {}) do
  if not done and action.kind == "quickfix" and action.isPreferred then
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    done = true
  end
end
if not done then fail("code action") end
vim.cmd("silent write! @OUT@")
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
            text.write(SCRIPT.replace("@FILE@", file).replace("@OUT@", out))
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
        # Nothing is fetched from elsewhere by a test.
        cls.modules = os.environ.get("MBUILD_NODE_MODULES", "")
        if not cls.modules or not shutil.which("node"):
            raise unittest.SkipTest("$MBUILD_NODE_MODULES names no node_modules folder with " + ", ".join(PACKAGES))

    def test_the_vscode_sample_compiles(self):
        sample = self.path("sample")
        shutil.copytree(os.path.join(harness.SOURCE, "samples", "vscode"), sample,
                        ignore=shutil.ignore_patterns("node_modules", "out"))
        os.symlink(self.modules, sample + "/node_modules")
        harness.run("node", self.modules + "/typescript/bin/tsc", "-p", sample, cwd=sample)
        self.assertTrue(os.path.exists(sample + "/out/extension.js"))

    def test_vscode_jsonrpc_drives_a_session(self):
        done = harness.run("node", os.path.join(HERE, "lsp_session.js"), harness.MBUILD, self.store,
                           env={"NODE_PATH": self.modules}, timeout=120)
        self.assertIn("session ended", done.stdout)


if __name__ == "__main__":
    harness.main()
