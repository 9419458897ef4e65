"""TLS, downloads shared between builds, damaged layers, working offline, limits."""
import gzip
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import harness
from harness import run
from layout import LAYER, Layout
from registry_client import Client


class Tls(Client):
    def certificates(self, names="IP:127.0.0.1"):
        def openssl(*words):
            run("openssl", *words, cwd=self.work)
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *curve, "-days", "2", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.crt")
        for name in ("server", "client"):
            openssl("req", *curve, "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", "csr",
                    "-addext", "subjectAltName=" + names)
            openssl("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                    "-copy_extensions", "copyall", "-out", name + ".crt")

    def trust(self, host, *pairs):
        folder = self.path("certs.d", host)
        os.makedirs(folder, exist_ok=True)
        for source, name in pairs:
            shutil.copy(self.path(source), os.path.join(folder, name))
        return "--cert-dir", self.path("certs.d")

    def test_own_ca_and_client_certificate(self):
        self.certificates()
        registry = self.server("tls", http={"tls": {"certificate": self.path("server.crt"), "key": self.path("server.key"),
                                                    "clientcas": [self.path("ca.crt")]}})
        place = f"{registry.host}/app:1"
        options = self.trust(registry.host, ("ca.crt", "ca.crt"))
        self.assertIn("certificate", self.fails("copy", *options, f"oci:{harness.BASES}/busybox:latest", place))
        options = self.trust(registry.host, ("client.crt", "client.cert"), ("client.key", "client.key"))
        self.verb("copy", *options, f"oci:{harness.BASES}/busybox:latest", place)
        self.verb("pull", "--root", self.store, *options, place)
        built = self.path("context")
        self.context({"Dockerfile": f"FROM {place}\nRUN echo a > /a\n"})
        self.verb("--root", self.store, *options, "-t", f"{registry.host}/out:1", "--push", built)
        self.assertEqual(self.verb("ls-tags", *options, f"{registry.host}/out").stdout, "1\n")

    def test_the_server_is_told_which_name_is_meant(self):
        """RFC 6066: the name in the handshake is the reference's host; for an address there is none."""
        self.certificates("DNS:localhost,IP:127.0.0.1")
        for host, expected in (("localhost", "localhost"), ("127.0.0.1", None)):
            with self.subTest(host), NamedServer(self.path("server.crt"), self.path("server.key")) as server:
                place = f"{host}:{server.port}"
                options = self.trust(place, ("ca.crt", "ca.crt"))
                self.assertEqual(self.verb("ls-tags", *options, f"{place}/app").stdout, "1\n")
                self.assertEqual(set(server.names), {expected})


class NamedServer(harness.HttpServer):
    """A registry with one repository that notes the names (SNI) its clients ask for."""

    def __init__(self, certificate, key):
        self.names = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b'{"name": "app", "tags": ["1"]}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        super().__init__(Handler, context)


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
        layout = Layout(self.path("truncated"))
        data = gzip.compress(os.urandom(100_000))
        layout.name(layout.image([(data[:50_000], LAYER + "+gzip")]))
        place = f"{self.registry().host}/team/truncated:1"
        self.verb("copy", f"oci:{layout.folder}:latest", place)
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


class SlowFront(harness.HttpServer):
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

        super().__init__(Handler)


class Limits(Client):
    def test_rate(self):
        layout = Layout(self.path("big"))
        layout.name(layout.image([(os.urandom(3_000_000), LAYER)]))
        begun = time.monotonic()
        self.verb("copy", "--limit-rate", "2M", f"oci:{layout.folder}:latest", f"{self.registry().host}/big:1")
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
