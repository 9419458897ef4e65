"""Layers that are mounted from tarballs, unpacked, or copied make the same image."""
import json
import os
import re
import tarfile

import harness

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
KINDS = ("erofs", "overlay", "copy")
DOCKERFILE = """
FROM {base} AS many
COPY --chown=7:8 src /usr/local/many/deep
RUN find /usr/local/many | sort | xargs stat -c "%A %u:%g %n" > /listing && cat /usr/local/many/deep/d4/f123.txt >> /listing
RUN rm -r /usr/local/many/deep/d5 && echo more >> /usr/local/many/deep/d0/f0.txt
FROM {base}
COPY --from=many /usr/local/many /copied/
COPY --from=many /listing /
COPY --chmod=u=rwX,go= src /src
RUN mkdir -p /bin/there; ls -l /src/d1 | wc -l > /count
COPY src/d2 /bin/there
"""

LARGE = """
FROM {base}
RUN mkdir -p /there/into /full && echo old > /full/big && ln -s /there /link && ln -s /later /dangling
WORKDIR /work
COPY big /one
COPY big new/
COPY big /link
COPY big /there/into
COPY --chmod=0600 --chown=3:4 big /a/b/c
COPY big /dangling
COPY big /full
COPY big .
COPY large /large
RUN find /one /work /there /full /later /a /large | sort | xargs stat -c "%A %u:%g %n" > /listing
"""


class LayerForms(harness.Case):
    def setUp(self):
        super().setUp()
        info = self.mbuild("info").stdout
        if not re.search(r"Snapshotter: +erofs\n", info):
            self.skipTest("layers cannot be mounted from tarballs here: " + info)
        files = {f"src/d{i % 7}/f{i}.txt": f"content {i}\n" * (i % 40) for i in range(900)}
        files["Dockerfile"] = DOCKERFILE.format(base="base")
        self.folder_of_context = self.context(files)
        os.symlink("../d1/f1.txt", self.path("context/src/d0/link"))
        os.chmod(self.path("context/src/d4"), 0o2775)

    def image(self, kind, *options):
        store = self.path(f"store-{kind}")
        out = self.path(f"{kind}.tar")
        self.mbuild("--snapshotter", kind, "--build-context", f"base=oci-layout://{harness.BASES}/busybox",
                    "--output", f"type=oci,dest={out},rewrite-timestamp=true", *options, self.folder_of_context,
                    store=store, env=EPOCH)
        with tarfile.open(out) as layout:
            return layout.extractfile("index.json").read(), store

    def test_the_image_does_not_depend_on_the_form(self):
        images = {kind: self.image(kind) for kind in KINDS}
        for kind in KINDS:
            self.assertEqual(images[kind][0], images["erofs"][0], kind)
        self.assertEqual(len(made_as_tarballs(images["erofs"][1])), 3, "the copies of more than a few files")

    def test_large_files_wherever_they_land(self):
        """A file alone goes into a tarball, too, unless there is something where it lands."""
        with open(self.path("context/Dockerfile"), "w", encoding="utf-8") as out:
            out.write(LARGE.format(base="base"))
        os.mkdir(self.path("context/large"))
        for name, seed in (("big", 1), ("large/one", 2), ("large/two", 3)):
            with open(self.path("context", name), "wb") as out:
                out.write(bytes([seed]) * (17 << 20))
        images = {kind: self.image(kind) for kind in KINDS}
        for kind in KINDS:
            self.assertEqual(images[kind][0], images["erofs"][0], kind)
        self.assertEqual(len(made_as_tarballs(images["erofs"][1])), 8, "all but the one to /full")

    def test_a_store_serves_every_kind(self):
        first, store = self.image("erofs")
        os.rename(store, self.path("store-copy"))
        with open(self.path("context/src/d0/f0.txt"), "a", encoding="utf-8") as out:
            out.write("changed")
        changed = self.image("copy")[0]
        self.assertNotEqual(first, changed)
        self.assertEqual(changed, self.image("overlay")[0])

    def test_local_and_tar_outputs_read_mounted_layers(self):
        for kind in KINDS[:2]:
            out = self.path(f"out-{kind}")
            self.mbuild("--snapshotter", kind, "--build-context", f"base=oci-layout://{harness.BASES}/busybox",
                        "--output", f"type=local,dest={out}", self.folder_of_context, store=self.path(f"s-{kind}"))
        self.assertEqual(listing(self.path("out-erofs")), listing(self.path("out-overlay")))


def made_as_tarballs(store):
    layers = os.path.join(store, "layers")
    kept = [layer for layer in os.listdir(layers) if os.path.exists(os.path.join(layers, layer, "tar"))]
    return [layer for layer in kept if not json.loads(harness.read(layers, layer, "info.json"))["imported"]]


def listing(root):
    found = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if os.path.islink(path):
                content = os.readlink(path)
            else:
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, root)] = (status.st_mode, status.st_uid, status.st_gid, content)
    return found


if __name__ == "__main__":
    harness.main()
