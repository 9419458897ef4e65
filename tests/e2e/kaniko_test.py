"""mbuild in the place of kaniko's executor: its options, and what a pipeline finds afterwards."""
import hashlib
import io
import json
import os
import tarfile

import harness
import sources_test
from harness import run

DOCKERFILE = """FROM {base} AS base
ARG WHO=nobody
RUN echo $WHO > /who
RUN echo more > /more
FROM base AS unused
RUN exit 1
FROM base
COPY file /file
"""


class Kaniko(harness.Case):
    def files(self):
        base = self.registry().seed("busybox", "library/busybox")
        return {"Dockerfile": DOCKERFILE.format(base=base), "file": "content"}

    def executor(self, *arguments, check=True, env=None, stdin=None):
        """As /kaniko/executor would be called: by that name."""
        program = self.path("executor")
        if not os.path.lexists(program):
            os.symlink(harness.MBUILD, program)
        return run(program, *arguments, check=check, stdin=stdin, env=dict(env or {}, MBUILD_ROOT=self.store))

    def config(self, repository, tag):
        manifest = self.registry().manifest(repository, tag)
        return json.loads(run("skopeo", "inspect", "--config", "--tls-verify=false",
                              f"docker://{self.registry().host}/{repository}:{tag}").stdout), manifest

    def test_builds_and_pushes_to_every_destination(self):
        context = self.context(self.files())
        digest, names, tags = self.path("digest"), self.path("names"), self.path("tags")
        destinations = [f"{self.registry().host}/team/kaniko:{tag}" for tag in ("1", "latest")]
        done = self.executor("--context", f"dir://{context}", "--dockerfile", "Dockerfile",
                             *[f"--destination={name}" for name in destinations], "--build-arg=WHO=me", "--label", "a=b",
                             "--digest-file", digest, "--image-name-with-digest-file", names,
                             "--image-name-tag-with-digest-file", tags, "--snapshot-mode=redo", "--use-new-run",
                             "--cache=true", "--cache-ttl=24h", "--push-retry=3", "--cleanup", "--verbosity=info")
        for said in ("--snapshot-mode has no effect", "--cache-ttl has no effect"):
            self.assertIn(said, done.stderr)
        raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{destinations[0]}").stdout
        expected = "sha256:" + hashlib.sha256(raw.encode()).hexdigest()
        self.assertEqual(harness.read(digest), expected)
        self.assertEqual(harness.read(names), f"{self.registry().host}/team/kaniko@{expected}\n" * 2)
        self.assertEqual(harness.read(tags), "".join(f"{name}@{expected}\n" for name in destinations))
        config, _ = self.config("team/kaniko", "latest")
        self.assertEqual(config["config"]["Labels"], {"a": "b"})

    def test_writes_archives_without_pushing(self):
        context = self.context(self.files())
        archive, layout, digest = self.path("app.tar"), self.path("layout"), self.path("digest")
        self.executor("-c", context, "-d", "team/app:1", "--no-push", "--tarPath", archive, "--oci-layout-path", layout,
                      "--single-snapshot", "--compression=zstd", "--digest-file", digest)
        inspected = json.loads(run("skopeo", "inspect", f"oci:{layout}").stdout)
        self.assertEqual(len(inspected["Layers"]), 2)  # the base's and one
        self.assertEqual(harness.read(digest), inspected["Digest"])
        with tarfile.open(archive) as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["team/app:1"])
        self.executor("-c", context, "--no-push", "--digest-file", self.path("alone"))
        self.assertRegex(harness.read(self.path("alone")), "^sha256:[0-9a-f]{64}$")

    def test_contexts_come_as_archives(self):
        self.context(self.files(), "context/sub")
        archive = self.path("context.tar.gz")
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(self.path("context"), ".")
        with open(archive, "rb") as data:
            piped = data.read()
        for context, stdin in ((f"tar://{archive}", None), ("tar://stdin", piped)):
            layout = self.path("layout" + str(bool(stdin)))
            self.executor("--context", context, "--context-sub-path", "sub", "--no-push", "--oci-layout-path", layout,
                          stdin=stdin)
            self.assertEqual(len(json.loads(run("skopeo", "inspect", f"oci:{layout}").stdout)["Layers"]), 4)
        refused = self.executor("--context", "gs://bucket/context.tar.gz", "--no-push", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("gs://bucket", refused.stderr)

    def test_contexts_come_from_servers(self):
        """git:// with kaniko's own ref and commit, and archives."""
        repositories, packed = self.path("repositories"), io.BytesIO()
        web = sources_test.WebServer(repositories)
        self.addCleanup(web.stop)
        folder = os.path.join(repositories, "app.git")
        os.makedirs(os.path.join(folder, "sub"))

        def commit(text):
            for path, dockerfile in (("Dockerfile", "FROM scratch\nLABEL is={0}\nCOPY .git/HEAD /\n"),
                                     ("sub/Dockerfile", "FROM scratch\nLABEL is=sub-{0}\n")):
                with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                    out.write(dockerfile.format(text))
            sources_test.git(folder, "add", "-A")
            sources_test.git(folder, "commit", "-q", "-m", text)
            return sources_test.git(folder, "rev-parse", "HEAD")

        sources_test.git(folder, "init", "-q", "-b", "main")
        first = commit("first")
        commit("main")
        sources_test.git(folder, "checkout", "-q", "-b", "other")
        commit("other")
        sources_test.git(folder, "checkout", "-q", "main")

        def label(context, *arguments, env=None):
            layout = self.path(f"layout{len(os.listdir(self.work))}")
            done = self.executor("--context", context, "--no-push", "--oci-layout-path", layout, *arguments,
                                 env={"GIT_PULL_METHOD": "http", **(env or {})})
            self.assertNotIn("s3cret", done.stdout + done.stderr)
            return json.loads(run("skopeo", "inspect", f"oci:{layout}").stdout)["Labels"]["is"]

        address = f"git://{web.host}/git/app"
        self.assertEqual(label(address), "main")
        self.assertEqual(label(f"{address}.git#refs/heads/other"), "other")
        self.assertEqual(label(f"{address}.git#refs/heads/main#{first}"), "first")
        self.assertEqual(label(address, "--git", "branch=other,single-branch=true"), "other")
        self.assertEqual(label(address, "--context-sub-path", "sub"), "sub-main")
        for token, env in (("czNjcmV0Og==", {"GIT_TOKEN": "s3cret"}),
                           ("bWU6czNjcmV0", {"GIT_USERNAME": "me", "GIT_PASSWORD": "s3cret"})):
            web.token = "Basic " + token
            self.assertEqual(label(address, env=env), "main")
        refused = self.executor("--context", address, "--no-push", check=False,
                                env={"GIT_PULL_METHOD": "http", "GIT_TOKEN": "wrong-s3cret"})
        self.assertEqual(refused.returncode, 1)
        self.assertNotIn("s3cret", refused.stderr)

        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            archive.add(os.path.join(folder, "sub"), ".")
        web.files["/context.tar.gz"] = packed.getvalue()
        self.assertEqual(label(f"{web.url}/context.tar.gz"), "sub-main")
        local = self.path("Local")
        with open(local, "w", encoding="utf-8") as out:
            out.write("FROM scratch\nCOPY Dockerfile /\nLABEL is=local\n")
        self.assertEqual(label(f"{web.url}/context.tar.gz", "--dockerfile", local), "local")

    def test_reproducible_images_are_equal(self):
        context, digests = self.context(self.files()), []
        for i in range(2):
            self.executor("-c", context, "--no-push", "--reproducible", "--digest-file", self.path(f"digest{i}"),
                          env={"KANIKO_NO_PUSH": "true"})
            digests.append(harness.read(self.path(f"digest{i}")))
        self.assertEqual(digests[0], digests[1])

    def test_the_registry_is_asked_before_anything_is_built(self):
        context = self.context({"Dockerfile": "FROM scratch\nCOPY missing /\n"})
        nowhere = f"127.0.0.1:{harness.free_port()}/team/app"
        refused = self.executor("-c", context, "-d", nowhere, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("permission to push", refused.stderr)
        self.assertNotIn("COPY", refused.stderr)
        unasked = self.executor("-c", context, "-d", nowhere, "--skip-push-permission-check", check=False)
        self.assertIn("missing", unasked.stderr)

    def test_mirrors_and_maps(self):
        self.registry().seed("busybox", "mirrored/library/busybox")
        self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": "FROM busybox\nRUN true\n"}
        for option in (f"--registry-mirror=http://{self.registry().host}",
                       f"--registry-map=index.docker.io=http://{self.registry().host}/mirrored"):
            self.executor("-c", self.context(files), "--no-push", option, "--skip-default-registry-fallback",
                          env={"MBUILD_ROOT": self.path("fresh")})
        self.executor("-c", self.context(files), "--no-push", "--skip-default-registry-fallback",
                      env={"KANIKO_REGISTRY_MIRROR": f"http://{self.registry().host}"})

    def test_usage(self):
        context = self.context({"Dockerfile": "FROM scratch\n"})
        self.assertEqual(self.executor("-c", context, check=False).returncode, 2)
        self.assertEqual(self.executor("-c", context, "--no-such-flag", check=False).returncode, 2)
        self.assertEqual(self.executor("-c", "/nonexistent", "--no-push", check=False).returncode, 2)
        for wrong in (("-c", "git://h/r", "--git", "depth=1"), ("-c", "git://h/r#-x"), ("-c", "git://h/r", "--insecure-pull"),
                      ("-c", "git://h/r", "--git", "insecure-skip-tls=true"), ("-c", "https://h/c.tar", "--context-sub-path=x")):
            self.assertEqual(self.executor(*wrong, "--no-push", check=False).returncode, 2, wrong)
        self.assertEqual(run(harness.MBUILD, "executor", "--root", self.store, "-c", context, "--no-push").returncode, 0)


if __name__ == "__main__":
    harness.main()
