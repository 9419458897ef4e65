"""The verbs that speak to registries, against docker-registry with passwords, TLS, and as it comes."""
import base64
import gzip
import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import harness
from harness import run

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Client(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment = {"DOCKER_CONFIG": self.path("docker"), "HOME": self.work, "XDG_RUNTIME_DIR": self.work,
                            "COSIGN_PASSWORD": ""}

    def verb(self, *arguments, check=True, stdin=None, env=None):
        return run(harness.MBUILD, *arguments, check=check, stdin=stdin, env={**self.environment, **(env or {})})

    def fails(self, *arguments, code=1, **options):
        done = self.verb(*arguments, check=False, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def server(self, name, **settings):
        """A docker-registry with more configuration; settings are merged into its config.yml."""
        return harness.Registry(os.path.join(self.work, name), settings)

    def with_password(self):
        entry = run("htpasswd", "-Bbn", "user", "pass").stdout
        with open(self.path("htpasswd"), "w", encoding="utf-8") as out:
            out.write(entry)
        return self.server("locked", auth={"htpasswd": {"realm": "test", "path": self.path("htpasswd")}})

    def raw(self, place, *options):
        return self.verb("inspect", "--raw", *options, place).stdout

    @staticmethod
    def digest(text):
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Login(Client):
    def test_login_checks_stores_and_logout_forgets(self):
        registry = self.with_password()
        os.makedirs(self.path("docker"))
        config = self.path("docker", "config.json")
        with open(config, "w", encoding="utf-8") as out:
            json.dump({"currentContext": "mine", "auths": {"other.example": {"auth": "eDp5"}}}, out)
        wrong = self.fails("login", "-u", "user", "--password-stdin", registry.host, stdin="hunter2\n")
        self.assertIn("401", wrong)
        self.assertNotIn("hunter2", wrong)
        self.assertNotIn(registry.host, harness.read(config))

        done = self.verb("login", "-u", "user", "--password-stdin", f"http://{registry.host}/v2/", stdin="pass\n")
        self.assertEqual(done.stdout, f"Logged in to {registry.host}\n")
        stored = json.loads(harness.read(config))
        self.assertEqual(stored["currentContext"], "mine")
        self.assertEqual(sorted(stored["auths"]), sorted(["other.example", registry.host]))
        self.assertEqual(base64.b64decode(stored["auths"][registry.host]["auth"]), b"user:pass")
        self.assertEqual(os.stat(config).st_mode & 0o777, 0o600)

        place = f"{registry.host}/team/app:1"
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", place)
        self.assertEqual(self.verb("ls-tags", f"{registry.host}/team/app").stdout, "1\n")
        # skopeo reads what we wrote, and we read what it writes.
        run("skopeo", "inspect", "--tls-verify=false", f"docker://{place}", env=self.environment)

        self.assertIn("Logged out", self.verb("logout", registry.host).stdout)
        self.assertIn("no login", self.verb("logout", registry.host).stdout)
        self.assertEqual(list(json.loads(harness.read(config))["auths"]), ["other.example"])
        refused = self.fails("ls-tags", f"{registry.host}/team/app")
        self.assertIn(f"mbuild login {registry.host}", refused)

    def test_podman_auth_file(self):
        registry = self.with_password()
        auth = self.path("auth.json")
        run("skopeo", "login", "--tls-verify=false", "--authfile", auth, "-u", "user", "-p", "pass", registry.host)
        place = f"{registry.host}/app:1"
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", place, env={"REGISTRY_AUTH_FILE": auth})
        self.fails("inspect", "--raw", place)
        self.verb("logout", registry.host, env={"REGISTRY_AUTH_FILE": auth})
        self.fails("inspect", "--raw", place, env={"REGISTRY_AUTH_FILE": auth})
        config = json.dumps({"auths": {registry.host: {"auth": base64.b64encode(b"user:pass").decode()}}})
        self.verb("inspect", "--raw", place, env={"DOCKER_AUTH_CONFIG": config})

    def test_credential_helper(self):
        registry = self.with_password()
        helper = self.path("docker-credential-test")
        with open(helper, "w", encoding="utf-8") as out:
            out.write('#!/bin/sh\nfile="$HOME/kept"\ncase $1 in\nstore) cat > "$file" ;;\n'
                      'get) cat > /dev/null; test -f "$file" && cat "$file" || { echo "credentials not found in native'
                      ' keychain"; exit 1; } ;;\nerase) cat > /dev/null; rm -f "$file" ;;\nesac\n')
        os.chmod(helper, 0o755)
        os.makedirs(self.path("docker"))
        with open(self.path("docker", "config.json"), "w", encoding="utf-8") as out:
            json.dump({"credHelpers": {registry.host: "test"}}, out)
        env = {"PATH": self.work + ":" + os.environ["PATH"]}
        self.verb("login", "-u", "user", "--password-stdin", registry.host, stdin="pass", env=env)
        self.assertEqual(json.loads(harness.read(self.path("kept"))),
                         {"ServerURL": registry.host, "Username": "user", "Secret": "pass"})
        self.assertNotIn("auths", json.loads(harness.read(self.path("docker", "config.json"))))
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", f"{registry.host}/app:1", env=env)
        self.verb("logout", registry.host, env=env)
        self.assertFalse(os.path.exists(self.path("kept")))

    def test_usage(self):
        self.fails("login", "--password-stdin", code=2, stdin="x")
        self.assertIn("no password", self.fails("login", "-u", "u", "--password-stdin", "127.0.0.1:1", stdin="\n"))
        for verb in ("login", "logout", "copy", "ls-tags", "delete", "sign", "verify", "inspect", "pull", "push"):
            self.assertIn("mbuild " + verb, self.verb(verb, "--help").stdout)
            self.fails(verb, "--no-such-option", code=2)

    def test_prompt_without_echo(self):
        registry = self.with_password()
        script = self.path("answers")
        with open(script, "w", encoding="utf-8") as out:
            out.write("import os, pty, sys, time\n"
                      "seen = b''\n"
                      "def read(fd):\n"
                      "    global seen\n"
                      "    data = os.read(fd, 1000)\n"
                      "    seen += data\n"
                      "    if seen.endswith(b'Password: '):\n"
                      "        time.sleep(0.3)\n"
                      "        os.write(fd, b'pass\\n')\n"
                      "        seen += b'|'\n"
                      "    return data\n"
                      "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read, lambda fd: b'')))\n")
        done = run("python3", script, harness.MBUILD, "login", "-u", "user", registry.host, env=self.environment,
                   stdin="")
        self.assertIn("Logged in", done.stdout)
        self.assertNotIn("pass\r\n", done.stdout.replace("Password: ", ""))
        without = run("setsid", harness.MBUILD, "login", "-u", "user", registry.host, env=self.environment,
                      check=False)
        self.assertEqual(without.returncode, 1)
        self.assertIn("--password-stdin", without.stderr)


class Copy(Client):
    def test_between_registries_as_skopeo_does(self):
        source = self.registry().seed("busybox", "team/source")
        other = self.server("other")
        ours = self.verb("copy", source, f"{other.host}/ours:1").stdout.strip()
        run("skopeo", "copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false",
            f"docker://{source}", f"docker://{other.host}/theirs:1")
        for name in ("ours", "theirs"):
            text = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{other.host}/{name}:1").stdout
            self.assertEqual(self.digest(text), ours)
            self.assertEqual(self.raw(f"{other.host}/{name}:1"), text)
        config = json.loads(self.raw(f"{other.host}/ours:1", "--config"))
        self.assertIn("rootfs", config)
        self.verb("copy", source, f"{self.registry().host}/team/mounted:1")

    def test_layouts_both_ways(self):
        source = self.registry().seed("busybox", "team/layout")
        layout = self.path("layout")
        digest = self.verb("copy", source, f"oci:{layout}:one").stdout.strip()
        self.assertEqual(self.digest(self.raw(f"oci:{layout}:one")), digest)
        self.verb("copy", f"oci:{layout}:one", f"oci:{layout}:two")
        self.assertEqual(self.verb("ls-tags", f"oci:{layout}").stdout, "one\ntwo\n")
        run("skopeo", "copy", "--quiet", f"oci:{layout}:two", f"oci:{self.path('theirs')}:x")
        self.verb("copy", f"oci:{self.path('theirs')}:x", f"{self.registry().host}/team/back:1")
        self.assertEqual(self.digest(self.raw(f"{self.registry().host}/team/back:1")), digest)
        self.verb("delete", f"oci:{layout}:one")
        self.assertEqual(self.verb("ls-tags", f"oci:{layout}").stdout, "two\n")
        self.assertIn("no image called one", self.fails("copy", f"oci:{layout}:one", f"oci:{layout}:three"))

    def index(self):
        """An index of two platforms with an attestation-like referrer; gives its place and digest."""
        layout = self.path("index")
        digests = []
        for arch in ("amd64", "arm64"):
            digests.append({**self.image(layout, f"layer of {arch}".encode(), arch),
                            "platform": {"os": "linux", "architecture": arch}})
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": digests}
        entry = self.blob(layout, index, index["mediaType"])
        self.write_index(layout, entry)
        place = f"{self.registry().host}/team/multi:1"
        self.assertEqual(self.verb("copy", f"oci:{layout}:multi", place).stdout.strip(), entry["digest"])
        return place, entry, digests

    @staticmethod
    def blob(layout, value, media_type):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        name = hashlib.sha256(data).hexdigest()
        os.makedirs(os.path.join(layout, "blobs/sha256"), exist_ok=True)
        with open(os.path.join(layout, "blobs/sha256", name), "wb") as out:
            out.write(data)
        return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(data)}

    @classmethod
    def image(cls, layout, content, arch, layer_type="application/vnd.oci.image.layer.v1.tar"):
        """An image with one layer; gives its entry in an index."""
        layer = cls.blob(layout, content, layer_type)
        config = cls.blob(layout, {"os": "linux", "architecture": arch, "config": {},
                                   "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}},
                          "application/vnd.oci.image.config.v1+json")
        return cls.blob(layout, {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]},
                        OCI_MANIFEST)

    @staticmethod
    def write_index(layout, entry):
        with open(os.path.join(layout, "oci-layout"), "w", encoding="utf-8") as out:
            out.write('{"imageLayoutVersion": "1.0.0"}')
        named = {**entry, "annotations": {"org.opencontainers.image.ref.name": "multi"}}
        with open(os.path.join(layout, "index.json"), "w", encoding="utf-8") as out:
            json.dump({"schemaVersion": 2, "manifests": [named]}, out)

    def test_platforms(self):
        place, entry, children = self.index()
        self.assertEqual(self.digest(self.raw(place)), entry["digest"])
        self.assertEqual(self.digest(self.raw(place, "--platform", "linux/arm64")), children[1]["digest"])
        self.assertEqual(json.loads(self.raw(place, "--platform", "arm64", "--config"))["architecture"], "arm64")
        one = self.verb("copy", "--platform", "linux/arm64", place, f"oci:{self.path('one')}").stdout.strip()
        self.assertEqual(one, children[1]["digest"])
        self.assertIn("linux/amd64, linux/arm64",
                      self.fails("copy", "--platform", "linux/s390x", place, f"oci:{self.path('one')}"))
        self.fails("copy", "--all", "--platform", "linux/arm64", place, "oci:x", code=2)

    def test_referrers(self):
        place, entry, _ = self.index()
        layout = self.path("index")
        referrer = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/x-test",
                    "config": self.blob(layout, b"{}", "application/vnd.oci.empty.v1+json"), "layers": [],
                    "subject": entry}
        descriptor = self.blob(layout, referrer, OCI_MANIFEST)
        self.write_index(layout, descriptor)
        repository = place.rsplit(":", 1)[0]
        self.verb("copy", f"oci:{layout}:multi", f"{repository}@{descriptor['digest']}")
        self.verb("sign", "--generate-key", self.path("key"))
        self.verb("sign", "--key", self.path("key.key"), place)
        target = f"{self.registry().host}/elsewhere/multi:1"
        self.verb("copy", place, target)
        self.fails("verify", "--key", self.path("key.pub"), target)
        self.verb("copy", "--referrers", place, target)
        self.verb("verify", "--key", self.path("key.pub"), target)
        self.raw(f"{self.registry().host}/elsewhere/multi@{descriptor['digest']}")

    def test_errors(self):
        self.assertIn("404", self.fails("copy", f"{self.registry().host}/absent:1", f"oci:{self.path('x')}"))
        self.assertIn("repository", self.fails("copy", "team/UPPER", f"oci:{self.path('x')}"))
        offline = self.fails("copy", "--offline", f"{self.registry().host}/absent:1", f"oci:{self.path('x')}")
        self.assertIn("offline", offline)
        self.fails("copy", "--limit-rate", "fast", "a", "b", code=2)


class Delete(Client):
    def test_by_tag_and_digest(self):
        place = self.registry().seed("busybox", "team/delete", "1")
        self.verb("copy", place, f"{self.registry().host}/team/delete:2")
        self.assertEqual(self.verb("ls-tags", f"{self.registry().host}/team/delete").stdout, "1\n2\n")
        digest = self.digest(self.raw(place))
        self.verb("delete", f"{self.registry().host}/team/delete@{digest}")
        self.fails("inspect", "--raw", place)
        self.assertIn("404", self.fails("delete", f"{self.registry().host}/team/delete@{digest}"))

    def test_not_enabled(self):
        kept = self.server("kept", storage={"delete": {"enabled": False}})
        place = kept.seed("busybox", "app")
        self.assertIn("storage.delete.enabled", self.fails("delete", place))
        self.raw(place)


class Signatures(Client):
    def test_sign_and_verify(self):
        place = self.registry().seed("busybox", "team/signed")
        self.assertIn("no signature", self.signed_by("none", place, check=False))
        self.verb("sign", "--generate-key", self.path("none"), check=False)
        digest = self.verb("sign", "--key", self.path("none.key"), place).stdout.strip()
        self.assertEqual(self.verb("verify", "--key", self.path("none.pub"), place).stdout.strip(), digest)
        self.assertEqual(os.stat(self.path("none.key")).st_mode & 0o777, 0o600)
        self.assertIn("exists", self.fails("sign", "--generate-key", self.path("none")))
        self.assertIn("another key", self.signed_by("other", place, check=False))

        # What cosign would do, with openssl: the layer's bytes, signed with the key.
        tag = f"{self.registry().host}/team/signed:{digest.replace(':', '-')}.sig"
        self.verb("copy", tag, f"oci:{self.path('signature')}")
        layer = json.loads(self.raw(f"oci:{self.path('signature')}"))["layers"][0]
        blob = self.path("signature/blobs/sha256", layer["digest"].split(":")[1])
        with open(self.path("binary"), "wb") as out:
            out.write(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))
        run("openssl", "dgst", "-sha256", "-verify", self.path("none.pub"), "-signature", self.path("binary"), blob)
        self.assertEqual(json.loads(harness.read(blob))["critical"]["image"]["docker-manifest-digest"], digest)

    def signed_by(self, name, place, check=True):
        self.verb("sign", "--generate-key", self.path(name))
        return self.verb("verify", "--key", self.path(name + ".pub"), place, check=check).stderr

    def test_encrypted_key(self):
        place = self.registry().seed("busybox", "team/encrypted")
        secret = {"COSIGN_PASSWORD": "secret"}
        self.verb("sign", "--generate-key", self.path("k"), env=secret)
        self.assertIn("ENCRYPTED", harness.read(self.path("k.key")))
        self.assertIn("password", self.fails("sign", "--key", self.path("k.key"), place))
        self.verb("sign", "--key", self.path("k.key"), place, env=secret)
        self.fails("sign", "--key", self.path("k.key"), code=2)

    def test_policy_stops_a_build(self):
        place = self.registry().seed("busybox", "policy/app")
        self.verb("sign", "--generate-key", self.path("p"))
        with open(self.path("registries.json"), "w", encoding="utf-8") as out:
            json.dump({"verify": {f"{self.registry().host}/policy": [self.path("p.pub")]}}, out)
        policy = ("--registries", self.path("registries.json"))
        self.assertIn("verify policy", self.fails("pull", "--root", self.store, *policy, place))
        self.verb("sign", "--key", self.path("p.key"), place)
        self.verb("pull", "--root", self.store, *policy, place)


class Tls(Client):
    def certificates(self):
        def openssl(*words):
            run("openssl", *words, cwd=self.work)
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *curve, "-days", "2", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.crt")
        for name in ("server", "client"):
            openssl("req", *curve, "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", "csr",
                    "-addext", "subjectAltName=IP:127.0.0.1")
            openssl("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                    "-copy_extensions", "copyall", "-out", name + ".crt")

    def trust(self, registry, *pairs):
        folder = self.path("certs.d", registry.host)
        os.makedirs(folder, exist_ok=True)
        for source, name in pairs:
            shutil.copy(self.path(source), os.path.join(folder, name))
        return "--cert-dir", self.path("certs.d")

    def test_own_ca_and_client_certificate(self):
        self.certificates()
        registry = self.server("tls", http={"tls": {"certificate": self.path("server.crt"), "key": self.path("server.key"),
                                                    "clientcas": [self.path("ca.crt")]}})
        place = f"{registry.host}/app:1"
        options = self.trust(registry, ("ca.crt", "ca.crt"))
        self.assertIn("certificate", self.fails("copy", *options, f"oci:{harness.BASES}/busybox:latest", place))
        options = self.trust(registry, ("client.crt", "client.cert"), ("client.key", "client.key"))
        self.verb("copy", *options, f"oci:{harness.BASES}/busybox:latest", place)
        self.verb("pull", "--root", self.store, *options, place)
        built = self.path("context")
        self.context({"Dockerfile": f"FROM {place}\nRUN echo a > /a\n"})
        self.verb("--root", self.store, *options, "-t", f"{registry.host}/out:1", "--push", built)
        self.assertEqual(self.verb("ls-tags", *options, f"{registry.host}/out").stdout, "1\n")


class Pull(Client):
    def test_one_download_for_two_builds(self):
        self.registry().seed("busybox", "team/shared")
        with SlowFront(self.registry().host) as front:
            place = f"{front.host}/team/shared:latest"
            pulls = [subprocess.Popen([harness.MBUILD, "pull", "--progress", "quiet", "--root", self.store, place],
                                      env={**os.environ, **self.environment}, stdout=subprocess.PIPE)
                     for _ in range(3)]
            ids = {pull.communicate(timeout=60)[0] for pull in pulls}
            self.assertEqual([pull.returncode for pull in pulls], [0, 0, 0])
        self.assertEqual(len(ids), 1)
        layers = [one["digest"] for one in json.loads(self.raw(f"{self.registry().host}/team/shared"))["layers"]]
        for layer in layers:
            self.assertEqual(front.asked.count(f"GET /v2/team/shared/blobs/{layer}"), 1, front.asked)

        # A tag that has not moved costs a HEAD.
        with SlowFront(self.registry().host) as front:
            self.verb("pull", "--root", self.path("fresh"), f"{front.host}/team/shared:latest")
            before = len(front.asked)
            self.verb("pull", "--root", self.path("fresh"), f"{front.host}/team/shared:latest")
            self.assertEqual([line for line in front.asked[before:] if "/v2/team" in line],
                             ["HEAD /v2/team/shared/manifests/latest"])

    def test_a_truncated_layer(self):
        layout = self.path("truncated")
        data = gzip.compress(os.urandom(100_000))
        entry = Copy.image(layout, data[:50_000], "amd64", "application/vnd.oci.image.layer.v1.tar+gzip")
        Copy.write_index(layout, entry)
        place = f"{self.registry().host}/team/truncated:1"
        self.verb("copy", f"oci:{layout}:multi", place)
        refused = self.fails("pull", "--root", self.store, place)
        self.assertIn("layer sha256:", refused)
        self.assertEqual(self.verb("images", "-q", "--root", self.store).stdout, "")
        self.assertEqual([name for name in os.listdir(os.path.join(self.store, "layers"))], [])

    def test_offline_builds_from_the_store(self):
        place = self.registry().seed("busybox", "team/offline")
        self.context({"Dockerfile": f"FROM {place}\nRUN echo a > /a\n"})
        refused = self.fails("--root", self.store, "--offline", self.path("context"))
        self.assertIn("offline", refused)
        self.verb("pull", "--root", self.store, place)
        self.verb("--root", self.store, "--offline", self.path("context"))


class SlowFront:
    """Passes requests on to a registry, a blob after half a second, and remembers them."""

    def __init__(self, host):
        self.asked = []
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                front.asked.append(f"{self.command} {self.path}")
                if "/blobs/" in self.path:
                    time.sleep(0.5)
                request = urllib.request.Request(f"http://{host}{self.path}", method=self.command,
                                                 headers={"Accept": self.headers.get("Accept", "*/*")})
                try:
                    answer = urllib.request.urlopen(request, timeout=30)
                except urllib.error.HTTPError as refused:
                    answer = refused
                body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Docker-Content-Digest"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", answer.headers.get("Content-Length", len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Limits(Client):
    def test_rate(self):
        layout = self.path("big")
        Copy.write_index(layout, Copy.image(layout, os.urandom(3_000_000), "amd64"))
        begun = time.monotonic()
        self.verb("copy", "--limit-rate", "2M", f"oci:{layout}:multi", f"{self.registry().host}/big:1")
        self.assertGreater(time.monotonic() - begun, 1.0)

    def test_insecure_output_attribute(self):
        # A name that is not loopback's own, since that may always speak plain HTTP.
        try:
            address = socket.gethostbyname(socket.gethostname())
        except OSError:
            address = ""
        if not address.startswith("127."):
            self.skipTest("this machine's name is not in /etc/hosts as a loopback address")
        port = harness.free_port()
        self.server("named", http={"addr": f"{address}:{port}"})
        name = f"{socket.gethostname()}:{port}/out:1"
        self.context({"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"})
        push = ("--root", self.store, "-o", f"type=image,name={name},push=true")
        self.fails(*push, self.path("context"))
        self.verb(*push[:-1], push[-1] + ",registry.insecure=true", self.path("context"))
        self.fails("ls-tags", name)
        self.assertEqual(self.verb("ls-tags", "--insecure", name.split("/")[0], name).stdout, "1\n")


if __name__ == "__main__":
    harness.main()
