"""Caches that travel: built in one store, used in another, through each kind of place; and caches that lie."""
import base64
import json
import os
import shutil

import fake_object_stores
import harness

SECRETS = ("very+secret/key", "session-token-1", "runtime-token-very-secret")


class Travels(harness.Case):
    DOCKERFILE = """FROM {base} AS tools
RUN head -c 3000000 /dev/urandom > /unused && echo tool > /tool
FROM {base}
WORKDIR /w
COPY src /src
RUN cat /src/a > /a && mkdir -p /d/e && ln -s e /d/l && chown 5:6 /a
COPY --from=tools /tool /tool
RUN rm /src/a && echo end > /end
"""

    def files(self):
        return {"Dockerfile": self.DOCKERFILE.format(base=self.registry().seed("busybox", "library/busybox")),
                "src/a": "a", "src/b": "b"}

    def run_build(self, store, *arguments, env=None, check=True):
        """Builds in a store; (image id, {step: outcome}, what was written to stderr)."""
        iid = self.path("iid")
        done = harness.run(harness.MBUILD, "--root", self.path(store), "--progress", "rawjson", "--iidfile", iid,
                           *([] if "-t" in arguments else ["-t", "app"]), *arguments, self.context(self.files()), env=env, check=check)
        for secret in SECRETS:
            self.assertNotIn(secret, done.stderr)
        steps = {}
        for line in done.stderr.splitlines():
            if not line.startswith("{"):
                continue
            for vertex in json.loads(line).get("vertexes", []):
                if vertex.get("mbuild", {}).get("cacheable"):
                    steps[vertex["name"].split("] ", 1)[1]] = vertex["mbuild"]["outcome"]
        return harness.read(iid) if done.returncode == 0 else None, steps, done.stderr

    def travel(self, to, back, env=None, more=()):
        """Build, forget, build again with the cache alone: nothing runs, and the image is the same."""
        first, steps, log = self.run_build("a", "--cache-to", to, *more, env=env)
        self.assertNotIn("warnings", log)
        self.assertEqual(set(steps.values()), {"executed"})
        shutil.rmtree(self.path("a"))
        second, steps, log = self.run_build("b", "--cache-from", back, env=env)
        self.assertNotIn('"warnings"', log)
        self.assertEqual(second, first)
        return steps, log

    def all_cached(self, steps):
        self.assertEqual(set(steps.values()), {"cached"}, steps)
        self.assertEqual(len(steps), 6)

    def blobs_of(self, store):
        return set(os.listdir(os.path.join(self.path(store), "blobs/sha256")))

    def test_registry(self):
        ref = f"{self.registry().host}/team/cache:main"
        steps, _ = self.travel(f"type=registry,ref={ref},mode=max", f"type=registry,ref={ref}")
        self.all_cached(steps)
        # What only another stage has is not fetched.
        layers = self.registry().manifest("team/cache", "main")["layers"]
        largest = max(layers, key=lambda layer: layer["size"])
        self.assertGreater(largest["size"], 2_900_000)
        here = self.blobs_of("b")
        self.assertNotIn(largest["digest"].split(":")[1], here)
        self.assertEqual(sum(layer["digest"].split(":")[1] in here for layer in layers), 5)
        # Once fetched, the results are the store's own.
        _, steps, _ = self.run_build("b")
        self.assertEqual(steps.pop("RUN head -c 3000000 /dev/urandom > /unused && echo tool > /tool"), "executed")
        self.assertEqual(set(steps.values()), {"cached"})
        manifest = self.registry().manifest("team/cache", "main")
        self.assertEqual(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json")
        self.assertEqual(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json")
        self.assertEqual(len(manifest["layers"]), 6)
        inspected = json.loads(harness.run("skopeo", "inspect", "--tls-verify=false", f"docker://{ref}").stdout)
        self.assertEqual(len(inspected["Layers"]), 6)

    def test_registry_without_a_word_and_with_zstd(self):
        ref = f"{self.registry().host}/team/cache:zstd"
        steps, _ = self.travel(f"type=registry,ref={ref},mode=max,compression=zstd,image-manifest=true", ref)
        self.all_cached(steps)
        self.assertTrue(all(layer["mediaType"].endswith("+zstd")
                            for layer in self.registry().manifest("team/cache", "zstd")["layers"]))

    def test_min_has_the_results_layers_alone(self):
        steps, _ = self.travel(f"type=local,dest={self.path('cache')}", f"type=local,src={self.path('cache')}")
        self.assertEqual(steps.pop("RUN head -c 3000000 /dev/urandom > /unused && echo tool > /tool"), "executed")
        # The other stage gave another tree, with the same file in it.
        self.assertEqual(set(steps.values()), {"cached"})

    def test_local(self):
        steps, _ = self.travel(f"type=local,dest={self.path('cache')},mode=max", f"type=local,src={self.path('cache')}")
        self.all_cached(steps)

    def test_inline(self):
        name = f"{self.registry().host}/team/inline:1"
        first, _, _ = self.run_build("a", "--cache-to", "type=inline", "-t", name, "--push")
        plain, _, _ = self.run_build("a")
        self.assertEqual(plain, first)
        second, steps, _ = self.run_build("b", "--cache-from", name)
        self.assertEqual(second, first)
        self.assertEqual(steps["COPY src /src"], "cached")
        self.assertEqual(steps["RUN cat /src/a > /a && mkdir -p /d/e && ln -s e /d/l && chown 5:6 /a"], "cached")

    def test_s3(self):
        s3 = fake_object_stores.Server(fake_object_stores.S3Handler)
        self.addCleanup(s3.stop)
        handler = fake_object_stores.S3Handler
        spec = f"type=s3,endpoint_url={s3.url},bucket=bucket,region={handler.REGION},use_path_style=true," \
               "prefix=team/é ,name=main"
        env = {"AWS_ACCESS_KEY_ID": handler.ACCESS, "AWS_SECRET_ACCESS_KEY": handler.SECRET,
               "AWS_SESSION_TOKEN": handler.TOKEN}
        steps, _ = self.travel(spec + ",mode=max", spec, env=env)
        self.all_cached(steps)
        self.assertEqual(s3.problems, [])
        self.assertIn("/bucket/team/é manifests/main", s3.objects)
        gets = [path for method, path in s3.requests if method == "GET"]
        self.assertEqual(len(gets), 1 + 5)  # the document, and the layers of the result
        # Nothing that is there is sent again.
        puts = sum(method == "PUT" for method, _ in s3.requests)
        self.run_build("b", "--cache-to", spec + ",mode=min", env=env)
        self.assertEqual(sum(method == "PUT" for method, _ in s3.requests), puts + 1)
        # The wrong key: a word, and the build goes on.
        image, _, log = self.run_build("c", "--cache-from", spec, env={**env, "AWS_SECRET_ACCESS_KEY": "wrong"})
        self.assertIsNotNone(image)
        self.assertIn("warnings", log)

    def test_gha(self):
        gha = fake_object_stores.Server(fake_object_stores.GhaHandler)
        self.addCleanup(gha.stop)
        env = {"ACTIONS_RESULTS_URL": gha.url + "/results/", "ACTIONS_RUNTIME_TOKEN": gha_token()}
        steps, _ = self.travel("type=gha,scope=main,mode=max", "type=gha,scope=main", env=env)
        self.all_cached(steps)
        self.assertEqual(gha.problems, [])
        puts = [key for method, key in gha.requests if method == "PUT"]
        self.run_build("b", "--cache-to", "type=gha,scope=main", env=env)
        new = [key for method, key in gha.requests if method == "PUT"][len(puts):]
        self.assertEqual([key[:13] for key in new], ["mbuild-index-"])
        self.assertEqual(gha.problems, [])

    def test_several_at_once(self):
        one, two = f"{self.registry().host}/team/several:one", self.path("two")
        first, _, _ = self.run_build("a", "--cache-to", f"type=registry,ref={one},mode=max", "--cache-to",
                                     f"type=local,dest={two},mode=max")
        for spec in (f"type=local,src={two}", one):
            shutil.rmtree(self.path("b"), ignore_errors=True)
            second, steps, _ = self.run_build("b", "--cache-from", f"type=local,src={self.path('none')}", "--cache-from", spec)
            self.assertEqual(second, first)
            self.all_cached(steps)
        # From one cache to another: what is not needed here is handed on.
        self.run_build("c", "--cache-from", one, "--cache-to", f"type=local,dest={self.path('three')},mode=max")
        second, steps, _ = self.run_build("d", "--cache-from", f"type=local,src={self.path('three')}")
        self.assertEqual(second, first)
        self.all_cached(steps)

    def test_times_that_are_cut(self):
        ref = self.path("cache")
        env = {"SOURCE_DATE_EPOCH": "1700000000"}
        steps, _ = self.travel(f"type=local,dest={ref},mode=max", f"type=local,src={ref}", env=env)
        self.all_cached(steps)

    def damage(self, change):
        """A local cache whose largest-but-one blob is changed: told, built, and right."""
        cache = self.path("cache")
        first, _, _ = self.run_build("a", "--cache-to", f"type=local,dest={cache},mode=max")
        blobs = os.path.join(cache, "blobs/sha256")
        manifest_digest = json.loads(harness.read(cache, "index.json"))["manifests"][0]["digest"].split(":")[1]
        manifest = json.loads(harness.read(blobs, manifest_digest))
        change(blobs, manifest_digest, manifest)
        second, steps, log = self.run_build("b", "--cache-from", f"type=local,src={cache}",
                                            "--output", "type=image", "--output", f"type=local,dest={self.path('out')}")
        self.assertIn("warnings", log)
        self.assertEqual(harness.read(self.path("out/a")), "a")
        self.assertEqual(harness.read(self.path("out/end")), "end\n")
        self.assertEqual(harness.read(self.path("out/tool")), "tool\n")
        self.assertFalse(os.path.exists(self.path("out/src/a")))
        return steps, log

    def test_damaged_blobs(self):
        def change(blobs, _, manifest):
            for layer in manifest["layers"]:
                path = os.path.join(blobs, layer["digest"].split(":")[1])
                with open(path, "r+b") as blob:
                    blob.seek(layer["size"] // 2)
                    byte = blob.read(1)
                    blob.seek(layer["size"] // 2)
                    blob.write(bytes([byte[0] ^ 0xFF]))

        _, log = self.damage(change)
        self.assertIn("a cached result is not used", decoded(log))

    def test_missing_blobs(self):
        def change(blobs, _, manifest):
            for layer in manifest["layers"][::2]:
                os.remove(os.path.join(blobs, layer["digest"].split(":")[1]))

        self.damage(change)

    def test_a_damaged_manifest(self):
        def change(blobs, digest, _):
            with open(os.path.join(blobs, digest), "ab") as manifest:
                manifest.write(b" ")

        _, log = self.damage(change)
        self.assertIn("is not used", decoded(log))

    def test_signed_caches_alone(self):
        for name in ("one", "two"):
            harness.run(harness.MBUILD, "sign", "--generate-key", self.path(name), env={"COSIGN_PASSWORD": "pw"})
        cache = self.path("cache")
        env = {"COSIGN_PASSWORD": "pw"}
        first, _, _ = self.run_build("a", "--cache-to", f"type=local,dest={cache},mode=max,sign-key={self.path('one.key')}",
                                     env=env)
        verify = ["--cache-from", f"type=local,src={cache}", "--cache-verify-key"]
        second, steps, _ = self.run_build("b", *verify, self.path("one.pub"))
        self.assertEqual(second, first)
        self.all_cached(steps)
        _, steps, log = self.run_build("c", *verify, self.path("two.pub"))
        self.assertEqual(set(steps.values()), {"executed"})
        self.assertIn("not signed by a key", decoded(log))
        self.run_build("d", "--cache-to", f"type=local,dest={cache},mode=max")
        _, steps, log = self.run_build("e", *verify, self.path("one.pub"))
        self.assertEqual(set(steps.values()), {"executed"})
        self.assertIn("is not signed", decoded(log))

    def test_an_export_that_fails(self):
        nowhere = f"type=registry,ref=127.0.0.1:{harness.free_port()}/x:y"
        image, _, log = self.run_build("a", "--cache-to", nowhere)
        self.assertIsNotNone(image)
        self.assertIn("warnings", log)
        image, _, _ = self.run_build("a", "--cache-to", nowhere + ",ignore-error=false", check=False)
        self.assertIsNone(image)

    def test_what_is_said_wrongly(self):
        for option, text in (("--cache-to", "type=nothing"), ("--cache-to", "type=registry,ref=x,mode=most"),
                             ("--cache-from", "type=local,dest=x"), ("--cache-from", "type=inline"),
                             ("--cache-to", "type=registry"), ("--cache-from", "type=s3,bucket=b,secret_access_key=very+secret/key"),
                             ("--cache-from", "secret_access_key=very+secret/key")):
            failed = self.run_build("a", option, text, check=False)
            self.assertIsNone(failed[0], text)
            self.assertIn(option, failed[2])

    def test_cache_mounts(self):
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"FROM {base}\nARG N\nRUN --mount=type=cache,id=c,target=/c echo $N >> /c/log && "
                               "ls /c > /seen && cat /c/log >> /seen && ln -sf log /c/.wh.x\n"}
        cache = self.path("cache")
        self.build(files, "--build-arg", "N=1", "--cache-to", f"type=local,dest={cache},mounts=true")
        out = self.path("out")
        self.build(files, "--build-arg", "N=2", "--cache-from", f"type=local,src={cache}", "--output", f"type=local,dest={out}",
                   store=self.path("b"))
        self.assertEqual(harness.read(out, "seen"), "log\n1\n2\n")
        # What is here already stays.
        self.build(files, "--build-arg", "N=3", "--cache-from", f"type=local,src={cache}", "--output", f"type=local,dest={out}",
                   store=self.path("b"))
        self.assertEqual(harness.read(out, "seen").splitlines()[-3:], ["1", "2", "3"])


def gha_token():
    return fake_object_stores.GhaHandler.TOKEN


def decoded(log):
    """The warnings of a rawjson log as text."""
    text = []
    for line in log.splitlines():
        if line.startswith("{"):
            text += [base64.b64decode(warning["short"]).decode() for warning in json.loads(line).get("warnings", [])]
    return "\n".join(text)


if __name__ == "__main__":
    harness.main()
