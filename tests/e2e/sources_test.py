"""Files from outside: ADD of URLs, repositories and archives; contexts from stdin, servers and repositories."""
import email.utils
import functools
import gzip
import hashlib
import http.server
import io
import json
import os
import shutil
import ssl
import subprocess
import tarfile
import types

import harness

MODIFIED = 1_700_000_000


def sha(algorithm, data):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def tar_of(files, compress=None):
    """A tar of {"path": text}; modes 0644, uid and gid 0."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{compress or ''}") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            member.mtime = MODIFIED
            archive.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


class WebServer(harness.HttpServer):
    """Serves what is put into `files` (path -> bytes), and git repositories below /git/ of `root`."""

    def __init__(self, root, certificate=None):
        self.root = root
        self.files = {}
        self.redirects = {}
        self.requests = []
        self.token = None
        tls = None
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
        super().__init__(functools.partial(Handler, self), tls)
        self.url = f"{'https' if certificate else 'http'}://{self.host}"

    def lines(self, path=""):
        return [(method, status) for method, where, status, _ in self.requests if where.startswith(path)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, owner, *arguments):
        self.owner = owner
        super().__init__(*arguments)

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.owner.requests.append((self.command, self.path, status, dict(self.headers)))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.startswith("/git/") and self.path not in self.owner.redirects:
            return self.git()
        if self.path in self.owner.redirects:
            return self.answer(302, b"", [("Location", self.owner.redirects[self.path])])
        if path not in self.owner.files:
            return self.answer(404, b"no such file")
        body = self.owner.files[path]
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        headers = [("ETag", etag), ("Last-Modified", email.utils.formatdate(MODIFIED, usegmt=True))]
        if self.headers.get("If-None-Match") == etag:
            return self.answer(304, b"", headers)
        return self.answer(200, body, headers)

    def do_POST(self):
        self.git()

    def git(self):
        """git http-backend, as CGI."""
        if self.owner.token and self.headers.get("Authorization") != self.owner.token:
            return self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="git"')])
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        environment = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": self.owner.root, "GIT_HTTP_EXPORT_ALL": "1",
                       "PATH_INFO": path[len("/git"):], "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                       "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                       "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "GIT_CONFIG_COUNT": "1",
                       "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=False)
        head, _, payload = done.stdout.partition(b"\r\n\r\n")
        headers, status = [], 200
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            elif name:
                headers.append((name, value))
        self.answer(status, payload, headers)


def git(folder, *arguments):
    identity = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t",
                "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_DATE": f"{MODIFIED} +0000",
                "GIT_COMMITTER_DATE": f"{MODIFIED} +0000", "GIT_ALLOW_PROTOCOL": "file:http"}
    return harness.run("git", "-C", folder, *arguments, env=identity).stdout.strip()


class Sources(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repositories = os.path.join(cls.folder, "repositories")
        os.makedirs(cls.repositories)
        cls.web = WebServer(cls.repositories)

    @classmethod
    def tearDownClass(cls):
        cls.web.stop()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.web.files.clear()
        self.web.redirects.clear()
        self.web.requests.clear()
        self.web.token = None

    def repository(self, name, files):
        """A repository with one commit of `files`; gives its folder. It is served at /git/<name>."""
        folder = os.path.join(self.repositories, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        git(folder, "init", "-q", "-b", "main")
        return self.commit(folder, files)

    def commit(self, folder, files):
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                out.write(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", "change")
        return folder

    def members(self, dockerfile, *arguments, files=None, **options):
        """Builds and gives the result's files with what the tar says of them."""
        out = self.path("out.tar")
        self.build({**(files or {}), "Dockerfile": dockerfile}, "--output", f"type=tar,dest={out}", *arguments, **options)
        members = {}
        with tarfile.open(out) as archive:
            for member in archive:
                text = archive.extractfile(member).read().decode(errors="replace") if member.isreg() else None
                members[member.name] = types.SimpleNamespace(
                    text=text, mode=member.mode, uid=member.uid, gid=member.gid, mtime=member.mtime,
                    linkname=member.linkname, isreg=member.isreg)
        return members

    def fails(self, dockerfile, message, *arguments, **options):
        done = self.build({"Dockerfile": dockerfile}, *arguments, check=False, **options)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(message, done.stderr)
        return done

    # ADD of URLs

    def test_add_url(self):
        self.web.files["/a/file.txt"] = b"content"
        found = self.members(f"FROM scratch\nADD {self.web.url}/a/file.txt?x=1 {self.web.url}/a/file.txt /d/\n"
                             f"ADD --chmod=640 --chown=3:4 {self.web.url}/a/file.txt /named\n")
        self.assertEqual(found["d/file.txt"].text, "content")
        self.assertEqual((found["d/file.txt"].mode, found["d/file.txt"].mtime), (0o600, MODIFIED))
        self.assertEqual((found["named"].mode, found["named"].uid, found["named"].gid), (0o640, 3, 4))

    def test_add_url_is_asked_again_and_sent_once(self):
        self.web.files["/f"] = b"one"
        dockerfile = f"FROM scratch\nADD {self.web.url}/f /f\n"
        self.members(dockerfile)
        done = self.build({"Dockerfile": dockerfile}, "-t", "x")
        self.assertIn("CACHED", done.stderr)
        self.assertEqual(self.web.lines("/f"), [("GET", 200), ("GET", 304)])
        self.web.files["/f"] = b"two"
        self.assertEqual(self.members(dockerfile)["f"].text, "two")

    def test_add_url_checksum(self):
        body = b"checked"
        self.web.files["/f"] = body
        for algorithm in ("sha256", "sha384", "sha512"):
            found = self.members(f"FROM scratch\nADD --checksum={sha(algorithm, body)} {self.web.url}/f /{algorithm}\n")
            self.assertEqual(found[algorithm].text, "checked")
        asked = len(self.web.requests)
        self.members(f"FROM scratch\nADD --checksum={sha('sha256', body)} {self.web.url}/f /again\n")
        self.assertEqual(len(self.web.requests), asked, "what is known to be right need not be asked for")
        self.members(f"FROM scratch\nADD --checksum={sha('sha256', body)} {self.web.url}/f /there\n", "--offline")
        self.fails(f"FROM scratch\nADD {self.web.url}/f /g\n", "--offline says", "--offline")
        self.fails(f"FROM scratch\nADD {self.web.url}/git/x.git /g\n", "--offline says", "--offline")
        self.fails(f"FROM scratch\nADD --checksum={sha('sha256', b'other')} {self.web.url}/f /\n", "digest mismatch")
        self.fails(f"FROM scratch\nADD --checksum=md5:{'0' * 32} {self.web.url}/f /\n", "unsupported digest algorithm")

    def test_add_url_unpack(self):
        self.web.files["/a.tar.gz"] = tar_of({"in/side": "packed"}, "gz")
        found = self.members(f"FROM scratch\nADD {self.web.url}/a.tar.gz /plain/\n"
                             f"ADD --unpack=true {self.web.url}/a.tar.gz /un/\n")
        self.assertIn("plain/a.tar.gz", found)
        self.assertEqual(found["un/in/side"].text, "packed")

    def test_add_url_follows_redirects_to_the_web_alone(self):
        self.web.files["/target"] = b"there"
        self.web.redirects["/r"] = "/target"
        self.web.redirects["/file"] = "file:///etc/passwd"
        self.web.redirects["/loop"] = "/loop"
        self.assertEqual(self.members(f"FROM scratch\nADD {self.web.url}/r /\n")["r"].text, "there")
        self.fails(f"FROM scratch\nADD {self.web.url}/file /\n", "neither http nor https")
        self.fails(f"FROM scratch\nADD {self.web.url}/loop /\n", "redirects")
        self.fails(f"FROM scratch\nADD {self.web.url}/none /\n", "404")

    def test_add_url_credentials_stay_with_their_origin(self):
        other = WebServer(self.repositories)
        self.addCleanup(other.stop)
        other.files["/f"] = b"there"
        self.web.redirects["/f"] = other.url + "/f"
        self.build({"Dockerfile": f"FROM scratch\nADD http://user:pass-word@{self.web.host}/f /\n"}, "-t", "x")
        self.assertIn("Authorization", self.web.requests[0][3])
        self.assertNotIn("Authorization", other.requests[0][3])

    def test_tls(self):
        certificate = self.path("certificate.pem")
        harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", certificate, "-out", certificate + ".crt", "-days", "2", "-subj", "/CN=test",
                    "-addext", "subjectAltName=IP:127.0.0.1")
        with open(certificate, "a", encoding="utf-8") as both:
            both.write(harness.read(certificate + ".crt"))
        web = WebServer(self.repositories, certificate)
        self.addCleanup(web.stop)
        self.repository("tls.git", {"g": "git"})
        web.files["/f"] = b"over TLS"
        web.redirects["/down"] = self.web.url + "/f"
        self.web.files["/f"] = b"without"
        trust = {"SSL_CERT_FILE": certificate + ".crt", "GIT_SSL_CAINFO": certificate + ".crt"}
        found = self.members(f"FROM scratch\nADD {web.url}/f /f\nADD {web.url}/git/tls.git /\n", env=trust)
        self.assertEqual((found["f"].text, found["g"].text), ("over TLS", "git"))
        self.fails(f"FROM scratch\nADD {web.url}/down /\n", "without TLS", env=trust)
        self.fails(f"FROM scratch\nADD {web.url}/f /other\n", "certificate", store=self.path("untrusting"))
        self.fails(f"FROM scratch\nADD {web.url}/git/tls.git /other\n", "certificate", store=self.path("untrusting"))

    # ADD of repositories

    def test_add_git(self):
        folder = self.repository("r.git", {"top": "1", "sub/below": "2", "run.sh": "#!/bin/sh\n"})
        os.chmod(os.path.join(folder, "run.sh"), 0o700)
        os.symlink("/etc/passwd", os.path.join(folder, "link"))
        self.commit(folder, {})
        git(folder, "tag", "-a", "-m", "first", "v1")
        git(folder, "checkout", "-q", "-b", "other")
        self.commit(folder, {"top": "other"})
        git(folder, "checkout", "-q", "main")
        url = f"{self.web.url}/git/r.git"
        found = self.members(f"FROM scratch\nADD {url} /all\nADD {url}#other:sub /sub\nADD {url}?tag=v1 /tagged/\n"
                             f"ADD --chown=7:8 --keep-git-dir=true {url}#other /kept\nADD {url}#{git(folder, 'rev-parse', 'main')} /id\n")
        self.assertEqual((found["all/top"].text, found["all/top"].mode, found["all/top"].uid), ("1", 0o644, 0))
        self.assertEqual(found["all/run.sh"].mode, 0o755)
        self.assertEqual(found["all/link"].linkname, "/etc/passwd")
        self.assertEqual(found["sub/below"].text, "2")
        self.assertEqual(found["tagged/top"].text, "1")
        self.assertEqual(found["id/top"].text, "1")
        self.assertEqual((found["kept/top"].text, found["kept/top"].uid), ("other", 7))
        self.assertIn("kept/.git/HEAD", found)
        self.assertFalse([name for name in found if name.startswith(("all/.git", "sub/.git"))])

    def test_add_git_is_cached_by_commit(self):
        folder = self.repository("c.git", {"f": "1"})
        dockerfile = f"FROM scratch\nADD --keep-git-dir=true {self.web.url}/git/c.git#main /c\n"
        self.build({"Dockerfile": dockerfile}, "-t", "x")
        self.web.requests.clear()
        done = self.build({"Dockerfile": dockerfile}, "-t", "x")
        self.assertIn("CACHED", done.stderr)
        self.assertLessEqual(len(self.web.requests), 2, "a commit that is cached is looked up, not fetched")
        self.commit(folder, {"f": "2"})
        self.assertEqual(self.members(dockerfile)["c/f"].text, "2")

    def test_add_git_checksum_and_missing_refs(self):
        folder = self.repository("k.git", {"f": "1"})
        commit = git(folder, "rev-parse", "HEAD")
        url = f"{self.web.url}/git/k.git"
        self.members(f"FROM scratch\nADD --checksum={commit} {url} /k\nADD {url}?ref=main&commit={commit[:10]} /l\n")
        self.fails(f"FROM scratch\nADD --checksum={'0' * 40} {url} /\n", "expected checksum to match")
        self.fails(f"FROM scratch\nADD {url}#nope /\n", "repository does not contain ref nope")
        self.fails(f"FROM scratch\nADD {url}#:nope /\n", "nope")
        self.fails(f"FROM scratch\nADD {self.web.url}/git/none.git /\n", "not found")

    def test_add_git_submodules(self):
        self.repository("inner.git", {"i": "inner"})
        outer = self.repository("outer.git", {"o": "outer"})
        git(outer, "submodule", "add", "-q", f"{self.web.url}/git/inner.git", "deps/inner")
        self.commit(outer, {})
        url = f"{self.web.url}/git/outer.git"
        found = self.members(f"FROM scratch\nADD {url} /with\nADD {url}?submodules=false /without\n")
        self.assertEqual(found["with/deps/inner/i"].text, "inner")
        self.assertFalse([name for name in found if "/.git" in name and not name.endswith(".gitmodules")])
        self.assertNotIn("without/deps/inner/i", found)

    def test_add_git_credentials(self):
        self.repository("p.git", {"f": "private"})
        self.web.token = "basic eC1hY2Nlc3MtdG9rZW46czNjcmV0"  # x-access-token:s3cret
        dockerfile = f"FROM scratch\nADD {self.web.url}/git/p.git /p\n"
        self.fails(dockerfile, "could not read Username")
        done = self.build({"Dockerfile": dockerfile}, "--secret", "id=GIT_AUTH_TOKEN,env=TOKEN", "-t", "x",
                          env={"TOKEN": "s3cret"})
        self.assertNotIn("s3cret", done.stderr)
        self.fails(dockerfile, "could not read Username", "--secret", "id=GIT_AUTH_TOKEN.example.com,env=TOKEN",
                   env={"TOKEN": "s3cret"})
        thief = WebServer(self.repositories)
        self.addCleanup(thief.stop)
        refs = "/git/p.git/info/refs?service=git-upload-pack"
        self.web.redirects[refs] = thief.url + refs
        self.build({"Dockerfile": dockerfile}, "--no-cache", "--secret", "id=GIT_AUTH_TOKEN,env=TOKEN", check=False,
                   env={"TOKEN": "s3cret"}, store=self.path("other-store"))
        self.assertFalse([headers for _, _, _, headers in thief.requests if "Authorization" in headers])

    def test_hostile_repositories(self):
        marker = self.path("marker")
        self.fails(f"FROM scratch\nADD {self.web.url}/git/r.git#--upload-pack=touch${{IFS}}{marker} /\n", "invalid ref")
        hostile = self.repository("hostile.git", {"f": "1"})
        for number, address in enumerate((f"ext::sh -c 'touch {marker}'", f"file://{hostile}", "ssh://-oProxyCommand=x/y")):
            self.commit(hostile, {".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = {address}\n'})
            git(hostile, "update-index", "--add", "--cacheinfo", f"160000,{git(hostile, 'rev-parse', 'HEAD')},m")
            git(hostile, "commit", "-q", "-m", f"{number}")
            done = self.build({"Dockerfile": f"FROM scratch\nADD {self.web.url}/git/hostile.git /\n"}, check=False)
            self.assertEqual(done.returncode, 1, address)
        self.commit(hostile, {".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = {self.web.url}/git/hostile.git\n'
                                             f'\tupdate = !touch {marker}\n'})
        self.build({"Dockerfile": f"FROM scratch\nADD {self.web.url}/git/hostile.git /\n"}, check=False)
        self.assertFalse(os.path.exists(marker))

    def test_git_protocol(self):
        folder = self.repository("daemon.git", {"f": "by git daemon"})
        commit = git(folder, "rev-parse", "HEAD")
        port = harness.free_port()
        daemon = harness.Process(["git", "-c", "safe.directory=*", "daemon", f"--port={port}", "--listen=127.0.0.1",
                                  f"--base-path={self.repositories}", "--export-all", "--reuseaddr"], self.path("daemon.log"))
        self.addCleanup(daemon.stop)
        address = f"git://127.0.0.1:{port}/daemon.git"
        harness.wait_until(lambda: not harness.run("git", "ls-remote", address, check=False).returncode, "git daemon answers")
        found = self.members(f"FROM scratch\nADD {address} /a/\nADD {address}#{commit} /b/\n"
                             f"ADD {address}?mtime=commit /c/\n")
        self.assertEqual((found["a/f"].text, found["b/f"].text), ("by git daemon", "by git daemon"))
        self.assertEqual(found["c/f"].mtime, MODIFIED)
        out = self.path("out")
        self.mbuild("-f", "-", "--output", f"type=local,dest={out}", address, stdin="FROM scratch\nCOPY f /f\n")
        self.assertEqual(harness.read(out, "f"), "by git daemon")

    def test_links_of_a_repository_stay_in_it(self):
        folder = self.repository("links.git", {"f": "1"})
        os.symlink("/etc", os.path.join(folder, "out"))
        os.symlink("../../../../../../etc", os.path.join(folder, "up"))
        self.commit(folder, {})
        url = f"{self.web.url}/git/links.git"
        self.fails(f"FROM scratch\nADD {url}#:out /x\n", "out")
        self.fails(f"FROM scratch\nADD {url}#:up /x\n", "up")

    def test_one_add_of_everything(self):
        self.repository("o.git", {"g": "git"})
        self.web.files["/w"] = b"web"
        found = self.members(f"FROM scratch\nADD l {self.web.url}/w {self.web.url}/git/o.git <<EOF /d/\nhere\nEOF\n",
                             files={"l": "local"})
        self.assertEqual([found[f"d/{name}"].text for name in ("l", "w", "g", "EOF")], ["local", "web", "git", "here\n"])

    # ADD of local archives

    def test_add_archives_by_content(self):
        plain = tar_of({"x": "in"})
        files = {"plain": plain, "gz": tar_of({"x": "in"}, "gz"), "bz": tar_of({"x": "in"}, "bz2"),
                 "xz": tar_of({"x": "in"}, "xz"), "broken.tar": "no archive"}
        files["zst"] = subprocess.run(["zstd", "-q", "-c"], input=plain, stdout=subprocess.PIPE, check=True).stdout
        lines = "".join(f"ADD {name} /{name}/\n" for name in files)
        found = self.members(f"FROM scratch\n{lines}ADD --unpack=false gz /kept/\n", files=files)
        for name in ("plain", "gz", "bz", "xz", "zst"):
            self.assertEqual(found[f"{name}/x"].text, "in", name)
        self.assertEqual(found["broken.tar/broken.tar"].text, "no archive")
        self.assertIn("kept/gz", found)

    # contexts

    def test_context_from_stdin(self):
        files = {"Dockerfile": "FROM scratch\nCOPY f /f\n", "other/D": "FROM scratch\nCOPY f /g\n", "f": "text",
                 ".dockerignore": "f\n"}
        for compress in (None, "gz", "bz2", "xz"):
            out = self.path(f"out-{compress}")
            self.mbuild("--output", f"type=local,dest={out}", "-", stdin=tar_of(files, compress))
            self.assertEqual(harness.read(out, "f"), "text")
        out = self.path("named")
        self.mbuild("-f", "other/D", "--output", f"type=local,dest={out}", "-", stdin=tar_of(files))
        self.assertEqual(harness.read(out, "g"), "text")

    def test_dockerfile_from_stdin(self):
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", "-", stdin="FROM scratch\nCOPY <<EOF /h\nhere\nEOF\n")
        self.assertEqual(harness.read(out, "h"), "here\n")
        done = self.mbuild("-", stdin="FROM scratch\nCOPY missing /\n", check=False)
        self.assertIn('"/missing": not found', done.stderr)
        self.assertIn(">>> COPY missing /", done.stderr)
        self.mbuild("-f", "-", "--output", f"type=local,dest={out}", self.context({"x": "x"}), stdin="FROM scratch\nCOPY x /\n")
        self.assertEqual(harness.read(out, "x"), "x")
        check = self.mbuild("--check", f"{self.web.url}/c.tar", check=False)
        self.assertIn("the Dockerfile is not on this machine", check.stderr)
        both = self.mbuild("-f", "Dockerfile", "-", stdin="FROM scratch\n", check=False)
        self.assertEqual(both.returncode, 2)
        self.assertIn("ambiguous Dockerfile source", both.stderr)

    def test_context_from_a_server(self):
        self.web.files["/c.tar.gz"] = tar_of({"Dockerfile": "FROM scratch\nCOPY f /f\n", "f": "far"}, "gz")
        self.web.files["/Dockerfile"] = b"FROM scratch\nCOPY <<EOF /h\nfrom afar\nEOF\n"
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", f"{self.web.url}/c.tar.gz")
        self.assertEqual(harness.read(out, "f"), "far")
        self.mbuild("--output", f"type=local,dest={out}", f"{self.web.url}/Dockerfile")
        self.assertEqual(harness.read(out, "h"), "from afar\n")
        self.mbuild("-f", f"{self.web.url}/Dockerfile", "--output", f"type=local,dest={out}", self.context({"x": "x"}))
        self.assertEqual(harness.read(out, "h"), "from afar\n")

    def test_context_from_a_repository(self):
        self.repository("ctx.git", {"app/Dockerfile": "FROM scratch\nCOPY . /\n", "app/f": "git", "app/.dockerignore": "f\n",
                                    "Dockerfile": "FROM scratch\nCOPY app/f /top\n"})
        url = f"{self.web.url}/git/ctx.git"
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", f"{url}#main:app")
        self.assertEqual(harness.read(out, "f"), "git")
        self.mbuild("--output", f"type=local,dest={out}", url)
        self.assertEqual(harness.read(out, "top"), "git")
        self.mbuild("-f", "-", "--output", f"type=local,dest={out}", url, stdin="FROM scratch\nCOPY app/f /stdin\n")
        self.assertEqual(harness.read(out, "stdin"), "git")
        kept = self.path("kept")
        self.mbuild("--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", "--output", f"type=local,dest={kept}", f"{url}#main",
                    "-f", "-", stdin="FROM scratch\nCOPY .git/HEAD /HEAD\n")
        self.assertRegex(harness.read(kept, "HEAD"), "^[0-9a-f]{40}$")
        missing = self.mbuild("-f", "nope", url, check=False)
        self.assertIn("the build context has no nope", missing.stderr)

    def created(self, *arguments, dockerfile="FROM scratch\nCOPY . /\n", **options):
        """The time that the image says it was made, and what a step saw of SOURCE_DATE_EPOCH."""
        archive = self.path("epoch.tar")
        self.mbuild("-f", "-", "--output", f"type=oci,dest={archive}", *arguments, stdin=dockerfile, **options)
        inspected = json.loads(harness.run("skopeo", "inspect", "--config", f"oci-archive:{archive}").stdout)
        return inspected["created"], inspected["config"].get("Labels", {}).get("epoch")

    def test_the_epoch_of_a_source(self):
        """SOURCE_DATE_EPOCH as the name of a context or a stage."""
        self.repository("time.git", {"f": "git"})
        repository, made = f"{self.web.url}/git/time.git", "2023-11-14T22:13:20Z"
        self.web.files["/t.tar"] = tar_of({"f": "web"})
        label = "FROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL epoch=$SOURCE_DATE_EPOCH\n"
        seen = (made, str(MODIFIED))
        named = ("--build-context", f"repo={repository}", "--build-context", f"web={self.web.url}/t.tar")
        empty = self.context({"x": "x"})
        for context in (repository, f"{self.web.url}/t.tar"):
            self.assertEqual(self.created("--build-arg", "SOURCE_DATE_EPOCH=context", context, dockerfile=label), seen)
            self.assertEqual(self.created(context, dockerfile="ARG SOURCE_DATE_EPOCH=context\n" + label), seen)
        for name in ("repo", "web"):
            self.assertEqual(self.created("--build-arg", f"SOURCE_DATE_EPOCH={name}", *named, empty, dockerfile=label), seen)
        for source in (repository, f"{self.web.url}/t.tar"):
            stage = f"ARG SOURCE_DATE_EPOCH=Src\nFROM scratch AS src\nARG from={source}\nADD $from /\n"
            self.assertEqual(self.created(empty, dockerfile=stage + label), seen)
        directory = self.created("--build-arg", "SOURCE_DATE_EPOCH=context", empty, dockerfile=label)
        self.assertGreater(directory[0], made)
        self.assertFalse(directory[1])
        done = self.mbuild("-f", "-", "--build-arg", "SOURCE_DATE_EPOCH=nothing", empty, stdin=label, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("invalid SOURCE_DATE_EPOCH: nothing", done.stderr)

    def test_named_contexts(self):
        self.repository("n.git", {"g": "git"})
        self.web.files["/n.tar"] = tar_of({"w": "web"})
        self.context({"keep": "1", "drop": "2", ".dockerignore": "drop\n"}, name="named")
        dockerfile = """FROM scratch AS stage
COPY missing /
FROM scratch
COPY --from=here . /here/
COPY --from=web w /
COPY --from=repo g /
COPY --from=stage / /stage/
COPY --from=alpine:3.18 / /image/
COPY own /
"""
        found = self.members(dockerfile, "--build-context", f"here={self.path('named')}", "--build-context",
                             f"web={self.web.url}/n.tar", "--build-context", f"repo={self.web.url}/git/n.git",
                             "--build-context", f"stage={self.path('named')}", "--build-context",
                             f"alpine:3.18={self.path('named')}", "--build-context", f"unused={self.web.url}/nothing",
                             files={"own": "own", ".dockerignore": "keep\n"})
        self.assertEqual(sorted(name for name in found if found[name].isreg()),
                         ["g", "here/.dockerignore", "here/keep", "image/.dockerignore", "image/keep", "own",
                          "stage/.dockerignore", "stage/keep", "w"])

    def test_another_file_of_an_unchanged_source_is_no_cache_hit(self):
        self.repository("paths.git", {"a": "1", "b": "2", "d/x": "3", "d/y": "4"})
        self.web.files["/p.tar"] = tar_of({"a": "1", "b": "2"})
        for source, location in (("repo", f"{self.web.url}/git/paths.git"), ("web", f"{self.web.url}/p.tar")):
            for name, text in (("a", "1"), ("b", "2")):
                found = self.members(f"FROM scratch\nCOPY --from={source} {name} /f\n", "--build-context",
                                     f"{source}={location}")
                self.assertEqual(found["f"].text, text, source)
        for excluded, left in (("x", ["y"]), ("y", ["x"])):
            found = self.members(f"FROM scratch\nADD --exclude={excluded} {self.web.url}/git/paths.git#:d /d\n")
            self.assertEqual([name for name in ("x", "y") if f"d/{name}" in found], left)

    def test_hostile_context_archives(self):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as archive:
            link = tarfile.TarInfo("out")
            link.type, link.linkname = tarfile.SYMTYPE, self.path("outside")
            archive.addfile(link)
            archive.addfile(tarfile.TarInfo("out/planted"))
            archive.addfile(tarfile.TarInfo("../planted"))
        os.makedirs(self.path("outside"))
        done = self.mbuild("-", stdin=data.getvalue(), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(os.listdir(self.path("outside")), [])
        self.web.files["/bomb"] = b"FROM scratch\n" + b"#" * (17 << 20)
        done = self.mbuild(f"{self.web.url}/bomb", check=False)
        self.assertEqual(done.returncode, 1)

    def test_archives_that_promise_too_much(self):
        member = tarfile.TarInfo("huge")
        member.size = 100 << 30
        bomb = gzip.compress(tarfile.TarInfo("small").tobuf() + member.tobuf() + bytes(1 << 20))
        self.web.files["/bomb.tar.gz"] = bomb
        for done in (self.mbuild("-", stdin=bomb, check=False), self.mbuild(f"{self.web.url}/bomb.tar.gz", check=False),
                     self.build({"Dockerfile": "FROM scratch\nADD bomb /d/\n", "bomb": bomb}, check=False),
                     self.build({"Dockerfile": f"FROM scratch\nADD --unpack {self.web.url}/bomb.tar.gz /d/\n"}, check=False)):
            self.assertEqual(done.returncode, 1)
            self.assertIn("huge", done.stderr.decode() if isinstance(done.stderr, bytes) else done.stderr)
        used = sum(os.lstat(os.path.join(folder, name)).st_blocks for folder, _, names in os.walk(self.store) for name in names)
        self.assertLess(used * 512, 64 << 20)

    def test_a_miss_names_the_file(self):
        dockerfile = "FROM scratch\nCOPY src /src\n"
        files = {"Dockerfile": dockerfile, "src/main.c": "1", "src/other.c": "2"}
        self.build(files, "-t", "x")
        done = self.build({**files, "src/main.c": "changed"}, "-t", "x")
        self.assertIn("src/main.c changed", done.stderr)
        os.unlink(self.path("context", "src/other.c"))
        done = self.mbuild("-t", "x", self.path("context"))
        self.assertIn("src/other.c removed", done.stderr)


if __name__ == "__main__":
    harness.main()
