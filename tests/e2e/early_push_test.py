"""--push sends layers while later steps run: they are there early, once, and nothing waits for them in vain."""
import glob
import http.server
import os
import threading

import harness


class Gate(http.server.ThreadingHTTPServer):
    """Answers GET /open when `opens` is set, which a step waits for; the rest is a registry that takes no blob to
    its end."""

    def __init__(self):
        self.opens = threading.Event()
        self.uploading = threading.Event()
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.reply(200 if self.path != "/open" or self.server.opens.wait(60) else 504)

    def do_HEAD(self):
        self.reply(404)

    def do_POST(self):
        self.reply(202, Location="/v2/upload")

    def do_PUT(self):
        self.server.uploading.set()
        while self.rfile.read1(1 << 16):
            pass
        self.server.ended.set()
        self.close_connection = True

    def log_message(self, *_):
        pass


class EarlyPush(harness.Case):
    def setUp(self):
        super().setUp()
        self.base = self.registry().seed("busybox", "library/busybox")
        self.gate = Gate()
        self.addCleanup(self.gate.server_close)
        self.addCleanup(self.gate.shutdown)

    def wait_step(self):
        return f"RUN wget -q -O /dev/null http://{self.gate.host}/open"

    def layers_at_registry(self, repository):
        return glob.glob(os.path.join(self.folder, "registry/data/docker/registry/v2/repositories", repository,
                                      "_layers/sha256/*"))

    def open_when(self, condition, what):
        def wait():
            harness.wait_until(condition, what)
            self.gate.opens.set()
        thread = threading.Thread(target=wait)
        thread.start()
        self.addCleanup(thread.join)

    def test_a_layer_is_there_while_the_next_step_runs(self):
        self.open_when(lambda: self.layers_at_registry("team/early"), "the layer is at the registry")
        self.build({"Dockerfile": f"FROM {self.base}\nRUN echo 1 > /one\n{self.wait_step()} && echo 2 > /two\n"},
                   "--network", "host", "--push", "-t", f"{self.registry().host}/team/early:1")
        self.assertEqual(len(self.registry().manifest("team/early", "1")["layers"]), 3)

    def test_times_that_are_cut_and_another_compression_are_those_of_the_image(self):
        self.open_when(lambda: self.layers_at_registry("team/cut"), "the layer is at the registry")
        self.build({"Dockerfile": f"FROM {self.base}\nRUN echo 1 > /one\n{self.wait_step()}\n"}, "--network", "host",
                   "--build-arg", "SOURCE_DATE_EPOCH=1700000000", "--output",
                   f"type=registry,name={self.registry().host}/team/cut:1,compression=zstd,force-compression=true")
        early = {os.path.basename(path) for path in self.layers_at_registry("team/cut")}
        layers = {layer["digest"].split(":")[1] for layer in self.registry().manifest("team/cut", "1")["layers"]}
        config = self.registry().manifest("team/cut", "1")["config"]["digest"].split(":")[1]
        self.assertEqual(early, layers | {config})  # nothing else was sent

    def test_a_step_that_fails_ends_an_upload_that_hangs(self):
        self.open_when(self.gate.uploading.is_set, "a layer is being sent")
        failed = self.build({"Dockerfile": f"FROM {self.base}\nRUN echo 1 > /one\n{self.wait_step()} && exit 7\n"},
                            "--network", "host", "--push", "-t", f"{self.gate.host}/team/hangs:1", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("exit", failed.stderr)
        self.assertNotIn("push", failed.stderr.replace("--push", ""))
        self.assertTrue(self.gate.ended.wait(30))

    def test_a_registry_that_refuses_is_told_of_once(self):
        dead = f"127.0.0.1:{harness.free_port()}"
        failed = self.build({"Dockerfile": f"FROM {self.base}\nRUN echo 1 > /one\nRUN echo 2 > /two\n"}, "--push", "-t",
                            f"{dead}/team/refuses:1", check=False)
        self.assertEqual(failed.returncode, 1)
        told = [line for line in failed.stderr.splitlines() if "onnection refused" in line]
        self.assertEqual([line.startswith("ERROR: ") for line in told], [False, True], failed.stderr)  # step, build


if __name__ == "__main__":
    harness.main()
