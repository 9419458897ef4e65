"""COPY --from an image fetches only the layers that its files are in: the others are not there at all."""
import gzip
import io
import os
import tarfile

import harness
from layout import LAYER, Layout, digest

FILE = "FROM scratch\nCOPY --from=tools {} /out/\n"


def layer(*entries):
    """A tarball of (name, text); no text: a directory; "-> x": a link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in entries:
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if text is None:
                entry.type = tarfile.DIRTYPE
            elif text.startswith("-> "):
                entry.type, entry.linkname = tarfile.SYMTYPE, text[3:]
            else:
                entry.size = len(text)
            tar.addfile(entry, io.BytesIO((text or "").encode()) if entry.size else None)
    return out.getvalue()


# Lowest first.
LAYERS = [
    layer(("opt", None), ("opt/lowest", "1"), ("opt/hidden", "1"), ("usr", None), ("usr/bin", "-> ../opt")),
    layer(("opt", None), ("opt/second", "2")),
    layer(("opt", None), ("opt/.wh.hidden", ""), ("opt/third", "3"), ("opt/link", "-> second")),
    layer(("opt", None), ("opt/top", "4"), ("opt/near", "-> /opt/top")),
]


class NeededLayers(harness.Case):
    def setUp(self):
        super().setUp()
        self.layout = Layout(self.path("tools"))
        packed = [(gzip.compress(tar, mtime=0), LAYER + "+gzip") for tar in LAYERS]
        self.layout.name(self.layout.image(packed, diff_ids=[digest(tar) for tar in LAYERS]))
        self.layers = [self.layout.path({"digest": digest(data)}) for data, _ in packed]

    def copy(self, path, without, check=True):
        """Copies `path` while the lowest `without` layers cannot be had."""
        for lost in self.layers[:without]:
            os.remove(lost)
        out = self.path("out")
        return self.build({"Dockerfile": FILE.format(path)}, "--build-context", f"tools=oci-layout://{self.layout.folder}",
                          "--output", f"type=local,dest={out}", check=check)

    def content(self, name):
        return harness.read(self.path("out", "out", name))

    def test_file_of_the_topmost_layer(self):
        self.copy("/opt/top", without=3)
        self.assertEqual(self.content("top"), "4")

    def test_link_within_the_topmost_layer(self):
        self.copy("/opt/near", without=3)
        self.assertEqual(self.content("near"), "4")

    def test_file_further_below(self):
        self.copy("opt/third", without=2)
        self.assertEqual(self.content("third"), "3")

    def test_link_into_a_layer_below(self):
        self.copy("/opt/link", without=0)
        self.assertEqual(self.content("link"), "2")

    def test_link_on_the_way_in_the_lowest_layer(self):
        self.copy("/usr/bin/top", without=0)
        self.assertEqual(self.content("top"), "4")

    def test_two_files_need_the_layers_of_both(self):
        self.copy("/opt/top /opt/lowest", without=0)
        self.assertEqual((self.content("top"), self.content("lowest")), ("4", "1"))

    def test_directories_and_patterns_see_every_layer(self):
        for path in ("/opt/", "/opt/*"):
            with self.subTest(path):
                self.copy(path, without=0)
                self.assertEqual(sorted(os.listdir(self.path("out", "out"))),
                                 ["link", "lowest", "near", "second", "third", "top"])

    def test_removed_file_is_not_found_below(self):
        done = self.copy("/opt/hidden", without=0, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/opt/hidden", done.stderr)

    def test_a_layer_that_is_needed_is_missed(self):
        done = self.copy("/opt/lowest", without=1, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(os.path.basename(self.layers[0]), done.stderr)


if __name__ == "__main__":
    harness.main()
