"""Servers and repositories that try to make the builder fetch, run or give away what is not theirs."""
import http.server
import os
import socket

import harness
import hostile
from sources_test import WebServer, git, tar_of


class Sources(hostile.Hostile):
    def setUp(self):
        super().setUp()
        self.repositories = self.path("repositories")
        os.makedirs(self.repositories)
        self.web, self.other = WebServer(self.repositories), WebServer(self.repositories)
        self.addCleanup(self.web.stop)
        self.addCleanup(self.other.stop)
        self.marker = self.path("marker")

    def tearDown(self):
        self.assertFalse(os.path.exists(self.marker), "something of the source ran")
        super().tearDown()

    def repository(self, name, files, links=()):
        folder = os.path.join(self.repositories, name)
        os.makedirs(folder)
        git(folder, "init", "-q", "-b", "main")
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                out.write(text)
        for link, target in links:
            os.symlink(target, os.path.join(folder, link))
        git(folder, "add", "-A", "-f")
        git(folder, "commit", "-q", "-m", "first")
        return folder

    def submodule(self, name, path, url, **settings):
        """A repository whose one submodule is at `path` and comes from `url`, whatever git thinks of that."""
        lines = "".join(f"\t{key} = {value}\n" for key, value in {"path": path, "url": url, **settings}.items())
        folder = self.repository(name, {".gitmodules": f'[submodule "{settings.pop("section", "m")}"]\n{lines}', "f": "1"})
        head = git(folder, "rev-parse", "HEAD")
        if not path.startswith(("/", "..", ".git", "-")):
            git(folder, "update-index", "--add", "--cacheinfo", f"160000,{head},{path}")
            git(folder, "commit", "-q", "-m", "submodule")
        return f"{self.web.url}/git/{name}"

    def attempt(self, dockerfile, *arguments, env=None):
        self.images += 1
        self.out = self.path(f"out{self.images}")
        done = self.mbuild("-f", "-", "--output", f"type=local,dest={self.out}", *arguments, self.context({"x": ""}, "empty"),
                           stdin=dockerfile, check=False, env=env, timeout=60)
        self.assertNotIn(self.SECRET, done.stderr)
        if done.returncode == 0:
            self.assertFalse([path for path, (*_, content) in hostile.snapshot(self.out).items()
                              if content and self.SECRET in content])
        else:
            self.refused(done)
        return done

    def test_refs_are_no_options(self):
        self.repository("r.git", {"f": "1", "sub/f": "2"})
        url = f"{self.web.url}/git/r.git"
        refs = (f"--upload-pack=touch${{IFS}}{self.marker}", f"-u{self.marker}", "--output=x", "-", "--", "main:../../..",
                "../../../HEAD", "refs/../../x", "@{upstream}", "main^{/x}", ":/first", "main..main", "-c core.sshCommand=x",
                f"main:{self.canary}", "main:.git", "main:sub/../../..", "a b", "x*", "HEAD~0:f")
        for ref in refs:
            for line in (f'ADD "{url}#{ref}" /got/', f'ADD ["{url}?ref={ref}", "/got/"]', f'ADD ["{url}?subdir={ref}", "/got/"]',
                         f'ADD ["--keep-git-dir=true", "{url}?branch={ref}", "/got/"]'):
                with self.subTest(line.replace(self.web.url, "")):
                    self.attempt(f"FROM scratch\n{line}\n")

    def test_addresses_are_no_commands(self):
        agent = self.path("agent")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(agent)
        for url in (f"ext::sh -c 'touch {self.marker}'", f"file://{self.canary}", f"file://{self.canary}/.git", "fd::3",
                    f"git://-oProxyCommand=touch%20{self.marker}/x.git", f"ssh://-oProxyCommand=touch%20{self.marker}/x.git",
                    f"git@-oProxyCommand=touch${{IFS}}{self.marker}:x.git", f"-oProxyCommand=touch {self.marker}@host:x.git",
                    "http://127.0.0.1:1/x.git#--upload-pack=x", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                    f"https://127.0.0.1:1/../../{self.canary}/file", "http:///etc/passwd", "http://[::1/x", "data:text/plain,x"):
            with self.subTest(url):
                done = self.attempt(f'FROM scratch\nADD ["{url}", "/got/"]\n', "--ssh", f"default={agent}")
                self.assertEqual(done.returncode, 1)

    def test_submodules_come_from_the_web_alone(self):
        secret = self.repository("secret.git", {"f": self.SECRET})
        for number, url in enumerate((f"ext::sh -c 'touch {self.marker}'", f"file://{secret}", secret, f"../../..{secret}",
                                      f"-u{self.marker}", f"ssh://-oProxyCommand=touch {self.marker}/x", "fd::3", "",
                                      f"http::ext::touch {self.marker}")):
            with self.subTest(url):
                done = self.attempt(f"FROM scratch\nADD {self.submodule(f's{number}.git', 'm', url)} /got/\n")
                if not url.startswith("../"):
                    self.assertEqual(done.returncode, 1)

    def test_submodules_stay_in_the_tree(self):
        self.repository("inner.git", {"hooks/post-checkout": f"#!/bin/sh\ntouch {self.marker}\n", "f": "in"})
        inner = f"{self.web.url}/git/inner.git"
        for number, path in enumerate(("../planted", self.canary + "/planted", ".git/hooks", ".git", "-x")):
            with self.subTest(path):
                self.attempt(f"FROM scratch\nADD {self.submodule(f'p{number}.git', path, inner)} /got/\n")
        for number, section in enumerate(("../../hooks", "../x", "x/../../y", "a\\\\..\\\\b")):
            with self.subTest(section):
                self.attempt(f"FROM scratch\nADD {self.submodule(f'n{number}.git', 'm', inner, section=section)} /got/\n")
        for number, settings in enumerate(({"update": f"!touch {self.marker}"}, {"branch": f"--upload-pack=touch {self.marker}"},
                                           {"ignore": "all", "fetchRecurseSubmodules": f"!touch {self.marker}"})):
            self.attempt(f"FROM scratch\nADD {self.submodule(f'u{number}.git', 'm', inner, **settings)} /got/\n")

    def test_filters_hooks_and_attributes_do_not_run(self):
        files = {".gitattributes": "* filter=evil diff=evil merge=evil export-subst\n*.c filter=lfs\n", "f.c": "$Format:%H$",
                 ".lfsconfig": f"[lfs]\n\turl = file://{self.canary}\n", ".gitconfig": f"[core]\n\tfsmonitor = touch {self.marker}\n",
                 ".config/x": "x"}
        self.repository("a.git", files, links=[("link", self.canary), ("file", self.canary + "/file"), ("up", "../" * 20 + "etc")])
        done = self.attempt(f"FROM scratch\nADD --keep-git-dir=true {self.web.url}/git/a.git /got/\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.readlink(os.path.join(self.out, "got/file")), self.canary + "/file")
        for subdir in ("link", "up", "file", "link/sub"):
            self.assertEqual(self.attempt(f"FROM scratch\nADD {self.web.url}/git/a.git#main:{subdir} /got/\n").returncode, 1)

    def test_gitmodules_is_no_link(self):
        folder = self.repository("l.git", {"f": "1", "mods": f'[submodule "m"]\n\tpath = m\n\turl = file://{self.canary}\n'})
        target = git(folder, "rev-parse", "HEAD:mods")
        tree = harness.run("git", "-C", folder, "mktree", stdin=f"120000 blob {target}\t.gitmodules\n").stdout.strip()
        git(folder, "update-ref", "refs/heads/main", git(folder, "commit-tree", "-m", "link", tree))
        self.attempt(f"FROM scratch\nADD {self.web.url}/git/l.git /got/\n")

    def test_redirects_stay_on_the_web(self):
        for target in (f"file://{self.canary}/file", f"//{self.canary}/file", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/_x",
                       "unix:///var/run/docker.sock", "javascript:x", "\\\\host\\x", "http://", "http://a b/", ""):
            self.web.redirects["/r"] = target
            with self.subTest(target):
                done = self.attempt(f"FROM scratch\nADD {self.web.url}/r /got/\n")
                self.assertEqual(done.returncode, 1)
                done = self.mbuild(f"{self.web.url}/r", check=False)
                self.refused(done)

    def test_credentials_stay_with_the_host_they_are_for(self):
        self.other.files["/f"] = b"there"
        self.web.redirects["/f"] = self.other.url + "/f"
        secret = ("--secret", f"id=HTTP_AUTH_TOKEN_{self.web.host},env=TOKEN")
        self.attempt(f"FROM scratch\nADD {self.web.url}/f /got/\n", *secret, env={"TOKEN": "t0ken-of-one-host"})
        self.assertTrue(self.other.requests)
        for _, path, _, headers in self.other.requests:
            self.assertNotIn("t0ken", str(headers) + path)
        self.other.requests.clear()
        self.repository("r.git", {"f": "1"})
        refs = "/git/r.git/info/refs?service=git-upload-pack"
        self.web.redirects[refs] = self.other.url + refs
        self.attempt(f"FROM scratch\nADD {self.web.url}/git/r.git /got/\n", "--secret", "id=GIT_AUTH_TOKEN,env=TOKEN",
                     env={"TOKEN": "t0ken-of-git"})
        for _, path, _, headers in self.other.requests:
            self.assertNotIn("Authorization", headers, path)

    def test_names_of_downloads_are_no_paths(self):
        for path in ("/..", "/../../x", "/%2e%2e", "/a/..%2f..%2fx", "/%2fetc%2fpasswd", "/x%00y", "/", "/.", "/a%0ab"):
            self.web.files[path] = b"content"
            with self.subTest(path):
                self.attempt(f"FROM scratch\nADD {self.web.url}{path} /got/\n")
                if os.path.isdir(self.out):
                    self.assertIn(os.listdir(self.out), ([], ["got"]))

    def test_servers_that_do_not_end_or_lie_are_left(self):
        class Liar(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.send_response(200)
                if self.path == "/short":
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b"x" * 10)
                elif self.path == "/huge":
                    self.send_header("Content-Length", str(1 << 62))
                    self.end_headers()
                elif self.path == "/headers":
                    for number in range(20_000):
                        self.send_header(f"X-{number}", "v" * 500)
                    self.end_headers()
                self.close_connection = True

        with harness.HttpServer(Liar) as server:
            for path in ("short", "huge", "headers"):
                done = self.attempt(f"FROM scratch\nADD http://{server.host}/{path} /got/\n")
                self.assertEqual(done.returncode, 1)

    def test_contexts_from_servers_are_archives_like_any_other(self):
        self.web.files["/c.tar"] = hostile.tar(hostile.symlink("out", self.canary), hostile.member("out/planted", "x"),
                                               hostile.member("Dockerfile", "FROM scratch\nCOPY . /got/\n"))
        done = self.mbuild("--output", f"type=local,dest={self.path('o')}", f"{self.web.url}/c.tar", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.web.files["/d.tar"] = tar_of({"../../planted": "x", "Dockerfile": "FROM scratch\n"})
        self.refused(self.mbuild(f"{self.web.url}/d.tar", check=False), "leads out of the archive")


if __name__ == "__main__":
    harness.main()
