"""Strict stand-ins for object stores on loopback: S3 (which verifies every signature itself), and GitHub's cache."""
import hashlib
import hmac
import http.server
import json
import threading
import urllib.parse


class Server:
    """Serves a handler class on a loopback port, on threads; `requests` is the log of (method, path)."""

    def __init__(self, handler):
        self.objects, self.requests, self.problems = {}, [], []
        owner = self

        class Bound(handler):
            store = owner

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, why):
        self.store.problems.append(f"{self.command} {self.path}: {why}")
        self.answer(status, why.encode())


class S3Handler(Handler):
    ACCESS, SECRET, TOKEN, REGION = "AKIDEXAMPLE", "very+secret/key", "session-token-1", "eu-west-7"

    def signed(self, body):
        """Signature version 4, from the specification; why it is not valid, or None."""
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        if scheme != "AWS4-HMAC-SHA256":
            return "not signed"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        date = self.headers["X-Amz-Date"]
        scope = f"{date[:8]}/{self.REGION}/s3/aws4_request"
        if parts["Credential"] != f"{self.ACCESS}/{scope}":
            return f"credential {parts['Credential']}"
        names = parts["SignedHeaders"].split(";")
        if names != sorted(names) or not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
            return f"signed headers {names}"
        for name in self.headers:
            if name.lower().startswith("x-amz-") and name.lower() not in names:
                return f"{name} is not signed"
        if self.headers.get("X-Amz-Security-Token") != self.TOKEN:
            return "no session token"
        digest = self.headers["X-Amz-Content-Sha256"]
        if digest != hashlib.sha256(body).hexdigest():
            return "the payload is not the one that is signed"
        path, _, query = self.path.partition("?")
        query = "&".join(sorted(one if "=" in one else one + "=" for one in query.split("&"))) if query else ""
        headers = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names)
        canonical = "\n".join([self.command, path, query, headers, ";".join(names), digest])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.SECRET).encode()
        for word in (date[:8], self.REGION, "s3", "aws4_request"):
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        if hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest() != parts["Signature"]:
            return "the signature does not match"
        return None

    def handle_object(self):
        body = self.body()
        self.store.requests.append((self.command, self.path))
        problem = self.signed(body)
        if problem:
            return self.refuse(403, problem)
        key = urllib.parse.unquote(self.path)
        if not key.startswith("/bucket/"):
            return self.refuse(404, "no such bucket")
        if self.command == "PUT":
            self.store.objects[key] = body
            return self.answer(200)
        if key not in self.store.objects:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self.answer(200, self.store.objects[key])

    do_GET = do_HEAD = do_PUT = handle_object


class GhaHandler(Handler):
    TOKEN = "runtime-token-very-secret"
    SERVICE = "/results/twirp/github.actions.results.api.v1.CacheService/"

    def do_POST(self):
        body = json.loads(self.body())
        self.store.requests.append(("POST", self.path.rsplit("/", 1)[1]))
        if self.headers.get("Authorization") != "Bearer " + self.TOKEN:
            return self.refuse(401, "unauthenticated")
        if not self.path.startswith(self.SERVICE) or self.headers.get("Content-Type") != "application/json":
            return self.refuse(404, "bad_route")
        if len(body.get("version", "")) != 64 or not body.get("key") or len(body["key"]) > 512:
            return self.refuse(400, "invalid_argument")
        entry = (body["version"], body["key"])
        entries = self.store.objects
        answer = {"ok": False}
        method = self.path[len(self.SERVICE):]
        if method == "CreateCacheEntry":
            if entry in entries:
                return self.answer(409, json.dumps({"code": "already_exists", "msg": "cache entry with the same key, "
                                                    "version, and scope already exists"}).encode())
            entries[entry] = None
            answer = {"ok": True, "signed_upload_url": self.store.url + "/blob?" + urllib.parse.urlencode(
                {"sig": "signature", "v": entry[0], "k": entry[1]})}
        elif method == "FinalizeCacheEntryUpload":
            content = entries.get(entry)
            if content is None or int(body["size_bytes"]) != len(content[0]):
                return self.refuse(400, "not what was uploaded")
            entries[entry] = (content[0], True)
            answer = {"ok": True, "entry_id": "1"}
        elif method == "GetCacheEntryDownloadURL":
            done = [one for one, content in entries.items() if content and content[1] and one[0] == entry[0]]
            exact = [one for one in done if one[1] == entry[1]]
            prefixed = [one for one in done if any(one[1].startswith(p) for p in body.get("restore_keys", []))]
            if found := (exact or prefixed[-1:]):
                answer = {"ok": True, "matched_key": found[0][1], "signed_download_url": self.store.url + "/blob?"
                          + urllib.parse.urlencode({"sig": "signature", "v": found[0][0], "k": found[0][1]})}
        self.answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def entry(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        return (query["v"], query["k"]) if query.get("sig") == "signature" else None

    def do_PUT(self):
        content, entry = self.body(), self.entry()
        self.store.requests.append(("PUT", entry[1] if entry else ""))
        if self.headers.get("Authorization") or self.headers.get("x-ms-blob-type") != "BlockBlob":
            return self.refuse(400, "not a block blob, or a credential too many")
        if entry not in self.store.objects or self.store.objects[entry]:
            return self.refuse(403, "no such upload")
        self.store.objects[entry] = (content, False)
        self.answer(201)

    def do_GET(self):
        entry = self.entry()
        self.store.requests.append(("GET", entry[1] if entry else ""))
        content = self.store.objects.get(entry)
        if not content or not content[1]:
            return self.refuse(404, "BlobNotFound")
        self.answer(200, content[0])
