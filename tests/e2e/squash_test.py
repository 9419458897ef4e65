"""--squash, and the ways in which trees are put together: the same files, one layer or many, mounted or copied."""
import json
import os

import harness
from harness import run


class Squash(harness.Case):
    def test_one_layer_has_what_is_left(self):
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"""FROM {base}
RUN mkdir -p /a/b && echo big > /a/b/gone && echo kept > /a/kept && ln /a/kept /a/hard && chmod 4711 /a/kept
RUN rm -r /a/b && rm -r /home && mkdir /home && echo new > /home/file
RUN rm /etc/group && mv /etc/passwd /etc/moved && ln -s moved /etc/passwd
RUN rm -rf /a/nothing && mkdir /a/b && echo again > /a/b/again
"""}
        plain, squashed = self.path("plain"), self.path("squashed")
        layout = self.path("layout")
        self.build(files, "-o", plain)
        self.build(files, "--squash", "-o", squashed, "-o", f"type=oci,tar=false,dest={layout},name=app:1")
        listing = lambda root: sorted(
            (os.path.relpath(os.path.join(folder, name), root), os.lstat(os.path.join(folder, name)).st_mode)
            for folder, folders, names in os.walk(root) for name in folders + names)
        self.assertEqual(listing(plain), listing(squashed))
        self.assertEqual(os.stat(os.path.join(squashed, "a/kept")).st_nlink, 2)
        inspected = json.loads(run("skopeo", "inspect", f"oci:{layout}:1").stdout)
        self.assertEqual(len(inspected["Layers"]), 2)
        config = json.loads(run("skopeo", "inspect", "--config", f"oci:{layout}:1").stdout)
        self.assertEqual(len([entry for entry in config["history"] if not entry.get("empty_layer")]), 2)
        self.assertEqual(config["history"][-1]["comment"], "merge of 4 layers")
        # What came and went is in no layer.
        run("umoci", "unpack", "--image", f"{layout}:1", self.path("bundle"))
        self.assertEqual(listing(os.path.join(self.path("bundle"), "rootfs")), listing(plain))
        again = self.path("again")
        self.build(files, "--squash", "-o", f"type=oci,tar=false,dest={again},name=app:1")
        self.assertEqual(json.loads(run("skopeo", "inspect", f"oci:{again}:1").stdout)["Layers"], inspected["Layers"])

    def test_a_base_alone_and_scratch(self):
        layout = self.path("layout")
        self.build({"Dockerfile": "FROM scratch\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n"}, "--squash", "-o",
                   f"type=oci,tar=false,dest={layout},name=app:1")
        self.assertEqual(len(json.loads(run("skopeo", "inspect", f"oci:{layout}:1").stdout)["Layers"]), 1)


    def test_copied_trees_give_the_same_image(self):
        base = self.registry().seed("busybox", "library/busybox")
        files = {"Dockerfile": f"FROM {base}\nRUN echo a > /a && rm /etc/group && chmod 700 /home\nCOPY . /b/\n"
                               "RUN rm -r /b && mkdir /b && echo x > /b/x\n"}
        digests = []
        for kind, option, env in (("overlay", [], {}), ("copy", ["--snapshotter", "copy"], {}),
                                  ("environment", [], {"MBUILD_SNAPSHOTTER": "copy"})):
            iid = self.path(kind)
            self.build(files, *option, "--build-arg", "SOURCE_DATE_EPOCH=1700000000", "--iidfile", iid, "-o",
                       f"type=oci,dest={self.path(kind + '.tar')}", store=self.path(kind + "-store"), env=env)
            digests.append(harness.read(iid))
        self.assertEqual(len(set(digests)), 1)
        wrong = self.build(files, check=False, env={"MBUILD_SNAPSHOTTER": "zfs"})
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("overlay and copy", wrong.stderr)


if __name__ == "__main__":
    harness.main()
