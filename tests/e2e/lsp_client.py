"""A client of the language server protocol, over the pipes of a server process."""
import json
import os
import queue
import subprocess
import threading
import time

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": False},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": False}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {"relatedInformation": True},
    },
}


class RequestFailed(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]


class Client:
    """One server and one session. Answers are matched by id; what the server sends by itself is kept in order."""

    def __init__(self, command, env=None, initialize=True, capabilities=CAPABILITIES, options=None):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=dict(os.environ, **(env or {})))
        self.answers, self.arrived = {}, threading.Condition()
        self.notifications = queue.Queue()
        self.kept = []
        self.replies = {}  # what to answer the server's requests, by method
        self.ended = False
        self.next_id = 1
        self.versions = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if initialize:
            self.server = self.request("initialize", {"processId": None, "rootUri": None,
                                                      "capabilities": capabilities,
                                                      "initializationOptions": options})
            self.notify("initialized", {})

    def _read(self):
        while True:
            length = None
            while True:
                line = self.process.stdout.readline()
                if not line or line == b"\r\n":
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                break
            message = json.loads(self.process.stdout.read(length))
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": self.replies.get(message["method"])})
                self.notifications.put(message)
            elif "method" in message:
                self.notifications.put(message)
            else:
                with self.arrived:
                    self.answers[message["id"]] = message
                    self.arrived.notify_all()
        with self.arrived:
            self.ended = True
            self.arrived.notify_all()

    def send(self, message):
        self.send_text(json.dumps(message))

    def send_text(self, text):
        body = text if isinstance(text, bytes) else text.encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def begin(self, method, params):
        self.next_id += 1
        self.send({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params})
        return self.next_id

    def finish(self, number, timeout=30):
        with self.arrived:
            if not self.arrived.wait_for(lambda: number in self.answers or self.ended, timeout):
                raise AssertionError("no answer in time")
            if number not in self.answers:
                raise AssertionError("the server ended without an answer")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise RequestFailed(answer["error"])
        return answer["result"]

    def request(self, method, params=None, timeout=30):
        return self.finish(self.begin(method, params), timeout)

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def wait_for(self, method, accept=lambda params: True, timeout=20):
        """The next notification (or request of the server) of that method that is accepted."""
        end = time.monotonic() + timeout
        for i, message in enumerate(self.kept):
            if message["method"] == method and accept(message["params"]):
                return self.kept.pop(i)["params"]
        while True:
            try:
                message = self.notifications.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {method} in time") from None
            if message["method"] == method and accept(message["params"]):
                return message["params"]
            self.kept.append(message)

    def open(self, uri, text, language="dockerfile"):
        self.versions[uri] = 1
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": language, "version": 1,
                                                              "text": text}})

    def change(self, uri, *changes):
        self.versions[uri] += 1
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": self.versions[uri]},
                                               "contentChanges": list(changes)})

    def diagnostics(self, uri, timeout=60):
        """Those of the text as it was last sent."""
        version = self.versions[uri]
        return self.wait_for("textDocument/publishDiagnostics",
                             lambda p: p["uri"] == uri and p.get("version") == version, timeout)["diagnostics"]

    def at(self, method, uri, line, character, **more):
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri},
                                                       "position": {"line": line, "character": character}, **more})

    def about(self, method, uri, **more):
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, **more})

    def close(self):
        """shutdown and exit; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        code = self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()
        return code


def span(line, begin, end, last_line=None):
    return {"start": {"line": line, "character": begin},
            "end": {"line": line if last_line is None else last_line, "character": end}}
