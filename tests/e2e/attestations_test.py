"""Attestations: what lies beside an image in its index, and what it says."""
import base64
import hashlib
import json
import os
import tarfile

import harness
from harness import run

STATUS = """Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Version: 5.2.15-2+b7
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter
Homepage: http://tiswww.case.edu/php/chet/bash/bashtop.html

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


class Attestations(harness.Case):
    def files(self, more=""):
        base = self.registry().seed("busybox", "library/busybox")
        return {"Dockerfile": f"FROM {base}\nARG WHO=nobody\nRUN --mount=type=secret,id=key echo $WHO > /who\n"
                              f"COPY status /var/lib/dpkg/status\n{more}", "status": STATUS}

    def layout(self, *arguments, files=None):
        archive, layout = self.path("app.tar"), self.path("layout")
        self.build(files or self.files(), "-t", "example.com/team/app:1", *arguments, "-o", f"type=oci,dest={archive}")
        with tarfile.open(archive) as tar:
            tar.extractall(layout)
        self.folder_of_layout = layout
        return json.loads(harness.read(layout, "index.json"))["manifests"][0]

    def blob(self, digest):
        text = harness.read(self.folder_of_layout, "blobs", *digest.split(":"))
        self.assertEqual(hashlib.sha256(text.encode()).hexdigest(), digest.split(":")[1])
        return json.loads(text)

    def statements(self, *arguments, **options):
        index = self.blob(self.layout(*arguments, **options)["digest"])
        image, attestation = index["manifests"][0], index["manifests"][-1]
        self.assertEqual(attestation["platform"], {"architecture": "unknown", "os": "unknown"})
        self.assertEqual(attestation["annotations"], {"vnd.docker.reference.type": "attestation-manifest",
                                                      "vnd.docker.reference.digest": image["digest"]})
        manifest = self.blob(attestation["digest"])
        self.assertEqual(manifest["artifactType"], "application/vnd.docker.attestation.manifest.v1+json")
        self.assertEqual(manifest["subject"]["digest"], image["digest"])
        self.assertEqual(manifest["config"]["mediaType"], "application/vnd.oci.empty.v1+json")
        found = {}
        for layer in manifest["layers"]:
            self.assertEqual(layer["mediaType"], "application/vnd.in-toto+json")
            statement = self.blob(layer["digest"])
            self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
            self.assertEqual(statement["subject"], [{
                "name": "pkg:docker/example.com/team/app@1?platform=linux%2F" + os.uname().machine.replace(
                    "x86_64", "amd64").replace("aarch64", "arm64"),
                "digest": {"sha256": image["digest"].split(":")[1]}}])
            self.assertEqual(statement["predicateType"], layer["annotations"]["in-toto.io/predicate-type"])
            found[statement["predicateType"]] = statement["predicate"]
        return found

    def test_without_the_option_there_are_none(self):
        self.assertTrue(self.layout()["mediaType"].endswith("image.manifest.v1+json"))

    def test_provenance_tells_little_or_all(self):
        little = self.statements("--provenance", "mode=min", "--build-arg", "WHO=me")["https://slsa.dev/provenance/v1"]
        text = json.dumps(little)
        for untold in ("WHO", "llbDefinition", "\"key\""):
            self.assertNotIn(untold, text)
        definition = little["buildDefinition"]
        self.assertEqual(definition["externalParameters"]["configSource"], {"path": "Dockerfile"})
        self.assertEqual(definition["externalParameters"]["request"]["locals"], [{"name": "context"}, {"name": "dockerfile"}])
        dependency = definition["resolvedDependencies"][0]
        self.assertIn("/library/busybox@latest?platform=linux%2F", dependency["uri"])
        manifest = run("skopeo", "inspect", "--raw", "--tls-verify=false",
                       f"docker://{self.registry().host}/library/busybox:latest").stdout
        self.assertEqual(dependency["digest"]["sha256"], hashlib.sha256(manifest.encode()).hexdigest())
        self.assertEqual(little["runDetails"]["metadata"]["buildkit_completeness"],
                         {"request": False, "resolvedDependencies": False})

        every = self.statements("--attest", "type=provenance,mode=max,builder-id=https://ci.example.com", "--build-arg",
                                "WHO=me")["https://slsa.dev/provenance/v1"]
        request = every["buildDefinition"]["externalParameters"]["request"]
        self.assertEqual(request["args"], {"build-arg:WHO": "me"})
        self.assertEqual(request["secrets"], [{"id": "key", "optional": True}])
        metadata = every["runDetails"]["metadata"]["buildkit_metadata"]
        self.assertEqual(base64.b64decode(metadata["source"]["infos"][0]["data"]).decode(),
                         self.files()["Dockerfile"])
        steps = every["buildDefinition"]["internalParameters"]["buildConfig"]["llbDefinition"]
        self.assertEqual([step["id"] for step in steps], [f"step{i}" for i in range(len(steps))])
        self.assertEqual(every["runDetails"]["builder"]["id"], "https://ci.example.com")
        self.assertTrue(any(len(chain[0]) == 3 for chain in metadata["layers"].values()), metadata["layers"])

    def test_sbom_lists_the_packages_of_the_databases(self):
        installed = "P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\nm:Timo\n\nP:apk-tools\nV:2.14\nA:x86_64\n\n"
        files = self.files("COPY installed /lib/apk/db/installed\nCOPY os-release /etc/os-release\n")
        files.update({"installed": installed, "os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n'})
        document = self.statements("--sbom=true", files=files)["https://spdx.dev/Document"]
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        packages = {package["name"]: package for package in document["packages"]}
        self.assertEqual(sorted(packages), ["Debian 12", "apk-tools", "bash", "musl"])
        self.assertEqual(packages["bash"]["versionInfo"], "5.2.15-2+b7")
        self.assertEqual(packages["bash"]["externalRefs"][0]["referenceLocator"],
                         "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12")
        self.assertIn("MIT", packages["musl"]["licenseComments"])
        ids = [package["SPDXID"] for package in document["packages"]]
        self.assertEqual(len(set(ids)), len(ids))
        for relation in document["relationships"]:
            self.assertIn(relation["relatedSpdxElement"], ids)

    def test_each_platform_has_its_own_and_the_registry_takes_them(self):
        name = f"{self.registry().host}/team/attested:1"
        files = {"Dockerfile": "FROM scratch\nARG TARGETARCH\nCOPY file /$TARGETARCH\n", "file": "x"}
        self.build(files, "--platform", "linux/amd64,linux/arm64", "--provenance=true", "--sbom=true", "-t", name, "--push")
        index = self.registry().manifest("team/attested", "1")
        kinds = [entry.get("annotations", {}).get("vnd.docker.reference.type", "image") for entry in index["manifests"]]
        self.assertEqual(kinds, ["image", "image", "attestation-manifest", "attestation-manifest"])
        inspected = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{name}").stdout)
        self.assertEqual(inspected["Os"], "linux")
        copy = self.path("copy")
        run("skopeo", "copy", "--quiet", "--all", "--src-tls-verify=false", f"docker://{name}", f"oci:{copy}:app")
        run("skopeo", "copy", "--quiet", f"oci:{copy}:app", f"oci:{self.path('one')}:app")
        run("umoci", "unpack", "--image", f"{self.path('one')}:app", self.path("bundle"))
        # It is a base like any other.
        self.build({"Dockerfile": f"FROM {name}\n"}, "--pull", "-o", self.path("out"))
        self.assertTrue(os.listdir(self.path("out")))

    def test_file_trees_have_them_as_files(self):
        out = self.path("out")
        self.build({"Dockerfile": "FROM scratch\nCOPY file /\n", "file": "content"}, "--provenance=mode=min",
                   "--sbom=true", "-o", out)
        self.assertEqual(sorted(os.listdir(out)), ["file", "provenance.json", "sbom.spdx.json"])
        statement = json.loads(harness.read(out, "provenance.json"))
        self.assertEqual(statement["subject"], [
            {"name": "file", "digest": {"sha256": hashlib.sha256(b"content").hexdigest()}}])
        self.build({"Dockerfile": "FROM scratch\nCOPY file /\n", "file": "content"},
                   "--provenance=inline-only=true", "-o", self.path("bare"))
        self.assertEqual(os.listdir(self.path("bare")), ["file"])

    def test_what_cannot_be_is_refused(self):
        for arguments in (["--attest", "type=magic"], ["--provenance", "mode=most"], ["--sbom", "generator=x"]):
            refused = self.build({"Dockerfile": "FROM scratch\n"}, *arguments, check=False)
            self.assertEqual(refused.returncode, 2, refused.stderr)
        refused = self.build({"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"}, "--provenance=true", "-o",
                             f"type=docker,dest={self.path('d.tar')}", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("type=oci", refused.stderr)


if __name__ == "__main__":
    harness.main()
