"""The verbs that look at Dockerfiles: check, parse, fmt, graph, and build --call."""
import base64
import json
import os
import stat
import subprocess

import harness

MESSY = """\
# syntax=docker/dockerfile:1
from  alpine:3.20   as Build
run apt-get update && \\

    apt-get install -y git
WORKDIR src
COPY --from=nothing /a /b


CMD echo $HOME
"""

STAGES = """\
ARG VERSION=3.20
# build compiles everything
FROM alpine:$VERSION AS build
ARG FLAGS=-O2
RUN --mount=type=secret,id=token,required=true --mount=type=cache,target=/cache make

FROM scratch AS docs
COPY --from=build /docs /

# release is what is shipped
FROM scratch AS release
COPY --from=build /app /app
"""


class Language(harness.Case):
    def run_verb(self, *arguments, code=0, stdin=None, cwd=None):
        done = harness.run(harness.MBUILD, *arguments, check=False, stdin=stdin, cwd=cwd or self.work)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def file(self, text, name="Dockerfile"):
        return os.path.join(self.context({name: text}), name)


class Check(Language):
    def test_text_has_excerpts_fixes_and_a_summary(self):
        text = self.run_verb("check", "-f", self.file(MESSY)).stdout
        self.assertIn("Dockerfile:2:1: warning: ", text)
        self.assertIn("    2 | from  alpine:3.20   as Build\n", text)
        self.assertIn("^~", text)
        self.assertIn("  fix: ", text)
        self.assertIn("StageNameCasing", text)
        self.assertIn("https://docs.docker.com/go/dockerfile/rule/stage-name-casing/", text)
        self.assertRegex(text, r"Checked 1 file: 0 errors, \d+ warnings, \d+ hints?\.\n$")

    def test_a_clean_file(self):
        done = self.run_verb("check", self.file("FROM scratch\nCOPY a /\n"))
        self.assertEqual(done.stdout, "Checked 1 file: nothing found.\n")

    def test_errors_fail_it_and_none_hides_the_next(self):
        text = self.run_verb("check", self.file("FROM scratch\nRNU x\nCOPY a\nFROM b AS 9\n"), code=1).stdout
        for word in ("unknown instruction: RNU (did you mean RUN?)", "COPY requires", "invalid name for build stage"):
            self.assertIn(word, text)
        self.assertIn("Checked 1 file: 3 errors", text)

    def test_strict_fails_on_warnings_too(self):
        path = self.file("FROM scratch\nCMD x\n")
        self.run_verb("check", path)
        self.run_verb("check", "--strict", path, code=1)
        self.run_verb("check", "--strict", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all", path)

    def test_the_check_directive_and_what_replaces_it(self):
        path = self.file("# check=error=true\nFROM scratch\nCMD x\n")
        self.assertIn("lint violation found for rules: JSONArgsRecommended", self.run_verb("check", path, code=1).stdout)
        self.run_verb("check", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=JSONArgsRecommended;error=true", path)
        self.run_verb("check", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=error=maybe", path, code=2)

    def test_folder_standard_input_and_several_files(self):
        context = self.context({"Dockerfile": "FROM scratch\nCMD x\n", "other": "FROM scratch\n", "lower/dockerfile":
                                "FROM scratch\nRNU\n"})
        self.assertIn("JSONArgs", self.run_verb("check", context).stdout)
        self.assertIn("JSONArgs", self.run_verb("check", cwd=context).stdout)
        self.assertIn("JSONArgs", self.run_verb("check", "-", stdin="FROM scratch\nCMD x\n").stdout)
        self.assertIn("JSONArgs", self.run_verb("check", "-f", "-", stdin="FROM scratch\nCMD x\n").stdout)
        self.run_verb("check", os.path.join(context, "lower"), code=1)
        text = self.run_verb("check", "-f", "other", "Dockerfile", cwd=context).stdout
        self.assertIn("Checked 2 files: 0 errors, 1 warning, 0 hints.", text)

    def test_files_that_the_context_ignores(self):
        context = self.context({"Dockerfile": "FROM scratch\nCOPY secret.txt /\n", ".dockerignore": "*.txt\n"})
        self.assertIn("CopyIgnoredFile", self.run_verb("check", context).stdout)
        self.assertNotIn("CopyIgnoredFile", self.run_verb("check", os.path.join(context, "Dockerfile")).stdout)
        self.context({"Dockerfile.dockerignore": "other\n"})
        self.assertNotIn("CopyIgnoredFile", self.run_verb("check", context).stdout)
        self.context({"Dockerfile.dockerignore": "[\n"})
        self.assertIn("Dockerfile.dockerignore", self.run_verb("check", context, code=2).stderr)

    def test_target_and_build_args(self):
        path = self.file("ARG BASE\nFROM ${BASE:?needed} AS build\nFROM scratch\n")
        self.run_verb("check", "--target", "build", path, code=1)
        self.run_verb("check", "--target", "build", "--build-arg", "BASE=alpine", path)
        done = self.run_verb("check", "--target", "biuld", "--build-arg", "BASE=x", path, code=1)
        self.assertIn("did you mean build?", done.stdout)

    def test_rules_off_by_default(self):
        path = self.file("FROM alpine:3\n")
        self.assertNotIn("UnpinnedBaseImage", self.run_verb("check", path).stdout)
        self.assertIn("UnpinnedBaseImage", self.run_verb("check", "--enable", "UnpinnedBaseImage", path).stdout)
        self.assertIn("did you mean UnpinnedBaseImage?",
                      self.run_verb("check", "--enable", "UnpinedBaseImage", path, code=2).stderr)

    def test_all_rules_are_listed(self):
        text = self.run_verb("check", "--rules").stdout
        for rule in ("JSONArgsRecommended", "ExposeInvalidFormat", "AptListsLeftBehind", "RecursiveOwnershipLayer",
                     "CopyAllBeforeDependencyInstall", "UnpinnedBaseImage", "SecretInCommandLine"):
            self.assertIn(rule + " ", text)

    def test_json(self):
        data = json.loads(self.run_verb("check", "--format", "json", self.file(MESSY)).stdout)
        self.assertEqual(data["version"], 1)
        file = data["files"][0]
        codes = {one["code"] for one in file["diagnostics"]}
        self.assertLessEqual({"StageNameCasing", "NoEmptyContinuation", "WorkdirRelativePath", "AptListsLeftBehind"}, codes)
        for one in file["diagnostics"]:
            self.assertLessEqual(one["range"][0], one["range"][1])
            self.assertTrue(one["message"])

    def test_a_fix_of_the_json_can_be_applied(self):
        path = self.file(MESSY)
        file = json.loads(self.run_verb("check", "--format", "json", path).stdout)["files"][0]
        text = MESSY.encode()
        edits = [edit for one in file["diagnostics"] for fix in one["fixes"][:1] for edit in fix["edits"]]
        self.assertTrue(edits)
        end = len(text) + 1
        for edit in sorted(edits, key=lambda edit: edit["range"], reverse=True):
            if edit["range"][1] <= end:
                text = text[:edit["range"][0]] + edit["text"].encode() + text[edit["range"][1]:]
                end = edit["range"][0]
        with open(path, "wb") as out:
            out.write(text)
        left = json.loads(self.run_verb("check", "--format", "json", path).stdout)["files"][0]["diagnostics"]
        self.assertLess(len(left), len(file["diagnostics"]))

    def test_sarif(self):
        path = self.file("FROM alpine AS Build\nRUN apt-get update && apt-get install -y git\nRNU x\n", "My Dockerfile")
        data = json.loads(self.run_verb("check", "--format", "sarif", path, code=1).stdout)
        self.assertEqual(data["version"], "2.1.0")
        self.assertTrue(data["$schema"].endswith("sarif-2.1.0.json"))
        (run,) = data["runs"]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        self.assertGreaterEqual(len(run["results"]), 3)
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertIn(result["level"], ("error", "warning", "note"))
            self.assertTrue(result["message"]["text"])
            place = result["locations"][0]["physicalLocation"]
            self.assertTrue(place["artifactLocation"]["uri"].endswith("/My%20Dockerfile"))
            region = place["region"]
            self.assertLessEqual((region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"]))
            self.assertGreaterEqual(region["startColumn"], 1)
            for fix in result.get("fixes", []):
                self.assertTrue(fix["artifactChanges"][0]["replacements"])

    def test_github(self):
        text = self.run_verb("check", "--format", "github", self.file("FROM scratch\nCMD x\nRNU\n"), code=1).stdout
        self.assertRegex(text, r"(?m)^::warning file=.*Dockerfile,line=2,col=5,endColumn=5,title=JSONArgsRecommended::")
        self.assertRegex(text, r"(?m)^::error file=.*Dockerfile,line=3,.*title=unknown-instruction::")

    def test_bad_usage(self):
        path = self.file("FROM scratch\n")
        for arguments in (["--format", "xml", path], ["--no-such", path], ["missing"], ["-f", "missing"],
                          [self.work, self.context({"x": ""})], ["--platform", "a/b/c/d", path],
                          ["--build-context", "x", path], ["-", "-f", "-"]):
            self.run_verb("check", *arguments, code=2, stdin="")


class Parse(Language):
    def test_the_tree_as_json(self):
        tree = json.loads(self.run_verb("parse", "--json", self.file(MESSY)).stdout)
        self.assertEqual(tree["version"], 1)
        self.assertEqual(tree["directives"][0]["value"], "docker/dockerfile:1")
        self.assertEqual([one["keyword"] for one in tree["instructions"]], ["FROM", "RUN", "WORKDIR", "COPY", "CMD"])
        begin, end = tree["instructions"][0]["image"]["range"]
        self.assertEqual(MESSY.encode()[begin:end], b"alpine:3.20")
        self.assertEqual(tree["instructions"][1]["lines"], [3, 5])

    def test_json_of_a_bad_file_has_its_diagnostics(self):
        done = self.run_verb("parse", "--json", "-", stdin="FROM scratch\nRNU x\nUSER u\n", code=1)
        tree = json.loads(done.stdout)
        self.assertEqual([one["code"] for one in tree["diagnostics"]], ["unknown-instruction"])
        self.assertEqual([one["keyword"] for one in tree["instructions"]], ["FROM", "USER"])

    def test_text(self):
        text = self.run_verb("parse", self.file(MESSY)).stdout
        self.assertIn("        1  # syntax=docker/dockerfile:1\n", text)
        self.assertIn("      3-5  run apt-get update &&     apt-get install -y git\n", text)
        done = self.run_verb("parse", "-", stdin="RNU x\n", code=1)
        self.assertIn("unknown instruction: RNU", done.stderr)

    def test_bad_usage(self):
        path = self.file("FROM scratch\n")
        for arguments in ([path, path], ["missing"], ["--yaml", path]):
            self.run_verb("parse", *arguments, code=2)


class Format(Language):
    def test_prints_and_leaves_the_file(self):
        path = self.file(MESSY)
        text = self.run_verb("fmt", path).stdout
        self.assertIn("FROM alpine:3.20 AS Build\nRUN apt-get update && \\\n", text)
        self.assertEqual(harness.read(path), MESSY)
        self.assertEqual(self.run_verb("fmt", "-", stdin=text).stdout, text)

    def test_writes_through_links_and_keeps_permissions(self):
        path = self.file(MESSY)
        os.chmod(path, 0o750)
        link = self.path("link")
        os.symlink(path, link)
        self.assertEqual(self.run_verb("fmt", "-w", link).stdout, link + "\n")
        self.assertTrue(os.path.islink(link))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o750)
        self.assertEqual(harness.read(path), self.run_verb("fmt", "-", stdin=MESSY).stdout)
        self.assertEqual(self.run_verb("fmt", "-w", path).stdout, "")
        self.assertEqual(os.listdir(os.path.dirname(path)), ["Dockerfile"])

    def test_check_prints_a_diff_that_patch_takes(self):
        path = self.file(MESSY)
        diff = self.run_verb("fmt", "--check", path, code=1).stdout
        self.assertIn("-from  alpine:3.20   as Build\n", diff)
        self.assertIn("+FROM alpine:3.20 AS Build\n", diff)
        self.assertEqual(harness.read(path), MESSY)
        subprocess.run(["patch", "--silent", path], input=diff, text=True, check=True)
        self.assertEqual(harness.read(path), self.run_verb("fmt", "-", stdin=MESSY).stdout)
        self.assertEqual(self.run_verb("fmt", "--check", path).stdout, "")

    def test_a_bad_file_is_not_touched(self):
        path, good = self.file("from x\nRNU y\n"), self.file("from x\n", "good")
        done = self.run_verb("fmt", "-w", path, good, code=1)
        self.assertIn("unknown instruction", done.stderr)
        self.assertEqual(harness.read(path), "from x\nRNU y\n")
        self.assertEqual(harness.read(good), "FROM x\n")

    def test_bad_usage(self):
        path = self.file("FROM scratch\n")
        for arguments in (["-w", "--check", path], ["-w", "-"], ["missing"], ["--indent", "99", path]):
            self.run_verb("fmt", *arguments, code=2, stdin="FROM scratch\n")


class Graph(Language):
    def test_formats(self):
        path = self.file(STAGES)
        text = self.run_verb("graph", path).stdout
        for word in ("build", "docs", "release", "alpine:3.20"):
            self.assertIn(word, text)
        self.assertTrue(self.run_verb("graph", "--format", "dot", path).stdout.startswith("digraph"))
        self.assertTrue(self.run_verb("graph", "--format", "mermaid", path).stdout.startswith("flowchart"))
        self.assertIn("<svg", self.run_verb("graph", "--format", "svg", path).stdout)

    def test_target_and_build_args_change_it(self):
        path = self.file(STAGES)
        release = self.run_verb("graph", "--format", "dot", path).stdout
        self.assertNotEqual(self.run_verb("graph", "--format", "dot", "--target", "docs", path).stdout, release)
        self.assertIn("alpine:edge", self.run_verb("graph", "--build-arg", "VERSION=edge", path).stdout)

    def test_errors(self):
        self.assertIn("release", self.run_verb("graph", "--target", "relase", self.file(STAGES), code=1).stderr)
        self.assertIn("unknown instruction", self.run_verb("graph", "-", stdin="FROM a\nRNU\n", code=1).stderr)
        self.run_verb("graph", "--format", "png", self.file(STAGES), code=2)


class Call(Language):
    def call(self, text, *arguments, code=0):
        return self.run_verb(*arguments, self.context({"Dockerfile": text}), code=code)

    def test_check(self):
        text = self.call("FROM scratch\nCMD x\n", "--check", code=1).stdout
        self.assertIn("Check complete, 1 warning has been found!\n\nWARNING: JSONArgsRecommended - https://docs.docker.com/", text)
        self.assertIn("   2 | >>> CMD x\n", text)
        self.assertEqual(self.call("FROM scratch\nCOPY a /\n", "build", "--call=check").stdout,
                         "Check complete, no warnings found.\n")
        self.call("FROM scratch\nCMD x\n", "--call", "check,ignorestatus=true")

    def test_check_json(self):
        text = "FROM scratch\nCMD x\n"
        data = json.loads(self.call(text, "--call=check,format=json", code=1).stdout)
        (warning,) = data["warnings"]
        self.assertEqual(warning["ruleName"], "JSONArgsRecommended")
        self.assertEqual(warning["location"]["ranges"], [{"start": {"line": 2}, "end": {"line": 2}}])
        self.assertEqual(base64.b64decode(data["sources"][0]["data"]).decode(), text)
        data = json.loads(self.call("FROM scratch\nRNU x\n", "--call=check,format=json", code=1).stdout)
        self.assertIn("unknown instruction", data["buildError"]["message"])

    def test_outline(self):
        text = self.call(STAGES, "--call", "outline").stdout
        self.assertRegex(text, r"TARGET: +release\nDESCRIPTION: +is what is shipped\n")
        self.assertRegex(text, r"FLAGS +-O2")
        self.assertRegex(text, r"token +true")
        data = json.loads(self.call(STAGES, "--call", "outline,format=json", "--target", "docs", "--build-arg",
                                    "VERSION=edge").stdout)
        self.assertEqual(data["name"], "docs")
        self.assertEqual({one["name"]: one.get("value") for one in data["args"]}, {"VERSION": "edge", "FLAGS": "-O2"})
        self.assertEqual(data["secrets"][0]["name"], "token")

    def test_targets(self):
        text = self.call(STAGES, "--call", "targets").stdout
        self.assertRegex(text, r"release \(default\) +is what is shipped\n")
        data = json.loads(self.call(STAGES, "--call", "targets,format=json").stdout)
        self.assertEqual([one["name"] for one in data["targets"]], ["build", "docs", "release"])
        self.assertTrue(data["targets"][2]["default"])

    def test_bad_usage(self):
        for arguments in (["--call", "lnit"], ["--call", "check,format=xml"], ["--check", "--call", "outline"]):
            self.call(STAGES, *arguments, code=2)
        self.assertIn("RNU", self.call("FROM a\nRNU\n", "--call", "outline", code=1).stderr)


class Build(Language):
    WARNED = "FROM scratch AS Base\nCOPY a /\nCMD x\nFROM scratch AS unneeded\nENTRYPOINT y\nFROM base\n"

    def test_warnings_come_at_the_end(self):
        done = self.build({"Dockerfile": self.WARNED, "a": ""})
        self.assertIn(" 2 warnings found (mbuild check shows the lines):\n - StageNameCasing: ", done.stderr)
        self.assertIn(" - JSONArgsRecommended: ", done.stderr)
        self.assertRegex(done.stderr, r"JSONArgsRecommended: .* \(line 3\)\n")
        self.assertNotIn("(line 5)", done.stderr)
        self.assertNotIn("warning", self.build({"Dockerfile": self.WARNED, "a": ""}, "-q").stderr)

    def test_error_true_fails_before_anything_is_built(self):
        done = self.build({"Dockerfile": "# check=error=true\n" + self.WARNED, "a": ""}, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("lint violation found for rules: JSONArgsRecommended, StageNameCasing", done.stderr)
        self.assertIn(">>> # check=error=true", done.stderr)
        self.assertNotIn("#1 ", done.stderr)
        self.build({"Dockerfile": "# check=error=true;skip=all\n" + self.WARNED, "a": ""})
        self.assertNotIn("warning", self.build({"Dockerfile": "# check=skip=all\n" + self.WARNED, "a": ""}).stderr)

    def test_variables_of_the_base_image_are_known(self):
        base = self.registry().seed("busybox", "library/busybox")
        self.build({"Dockerfile": f"FROM {base}\nENV FROM_BASE=1\n"}, "-t", "known")
        done = self.build({"Dockerfile": "FROM known\nWORKDIR /$FROM_BASE\nLABEL a=$NOT_THERE\n"})
        self.assertRegex(done.stderr, r"UndefinedVar: .*NOT_THERE.* \(line 3\)")
        self.assertNotIn("$FROM_BASE", done.stderr.split("warning")[-1])


if __name__ == "__main__":
    harness.main()
