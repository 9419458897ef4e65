"""Hostile archives: as layers of base images, as what ADD unpacks, as contexts."""
import functools
import gzip
import os
import subprocess
import tarfile
import time
import unittest

import harness
import hostile
from hostile import device, directory, fifo, hardlink, member, symlink


class Archives(hostile.Hostile):
    def as_layer(self, archive, *arguments, through_registry=False, **options):
        """A base image with this layer; its tree is written to self.out."""
        named = self.layout(archive)
        if through_registry:
            name = f"{self.registry().host}/hostile/image:{self._testMethodName.lower()}-{self.images}"
            harness.run("skopeo", "copy", "--quiet", "--dest-tls-verify=false",
                        f"oci:{named[1].split('//')[1]}:latest", f"docker://{name}")
            named = ("--build-context", f"base=docker-image://{name}")
        return self.attempt("FROM base\nCOPY x /x\n", self.context({"x": ""}, "empty"), *named, *arguments, **options)

    def as_addition(self, archive, *arguments, **options):
        context = self.context({"a.tar": archive}, f"add{self.images}")
        return self.attempt("FROM scratch\nADD a.tar /d/\n", context, *arguments, **options)

    def as_context(self, members, *arguments, **options):
        archive = hostile.tar(*members, member("Dockerfile", "FROM scratch\nCOPY . /d/\n"))
        self.images += 1
        self.out = self.path(f"out{self.images}")
        return self.mbuild("-", "--output", f"type=local,dest={self.out}", *arguments, stdin=archive, check=False, **options)

    def attempt(self, dockerfile, context, *arguments, **options):
        self.images += 1
        self.out = self.path(f"out{self.images}")
        return self.mbuild("-f", "-", "--output", f"type=local,dest={self.out}", *arguments, context, stdin=dockerfile,
                           check=False, **options)

    def ways(self, *members):
        archive = hostile.tar(*members)
        return {"layer": functools.partial(self.as_layer, archive),
                "registry": functools.partial(self.as_layer, archive, through_registry=True),
                "ADD": functools.partial(self.as_addition, archive),
                "context": functools.partial(self.as_context, members)}

    def refused_everywhere(self, members, *words, but=()):
        for way, build in self.ways(*members).items():
            if way in but:
                continue
            with self.subTest(way):
                self.refused(build(), *words)
                self.assertFalse(os.path.exists(self.out), "output appeared")

    def contained_everywhere(self, members, *paths):
        """The build works, and what the archive wrote is at these paths of its own tree."""
        for way, build in self.ways(*members).items():
            with self.subTest(way):
                done = build()
                self.assertEqual(done.returncode, 0, done.stderr)
                root = os.path.join(self.out, "d") if way in ("ADD", "context") else self.out
                for path in paths:
                    self.assertTrue(os.path.lexists(os.path.join(root, path.lstrip("/"))), path)

    def test_names_that_lead_out_are_refused(self):
        for name in ("../planted", "a/../../planted", "/../planted", "./../planted", "a/b/../../../planted"):
            self.refused_everywhere([directory("a"), member(name, "x")], "leads out of the archive")

    def test_absolute_names_start_at_the_root_of_the_tree(self):
        self.contained_everywhere([member(self.canary + "/planted", "x"), member("//twice", "x")],
                                  self.canary + "/planted", "twice")

    def test_symlinks_are_followed_within_the_tree(self):
        self.contained_everywhere([symlink("out", self.canary), member("out/planted", "x")], self.canary + "/planted")
        self.contained_everywhere([symlink("a", "b"), symlink("b", self.canary), member("a/planted", "x")],
                                  self.canary + "/planted")
        self.contained_everywhere([symlink("out", "/proc/self/cwd"), member("out/planted", "x")], "proc/self/cwd/planted")
        self.contained_everywhere([symlink("out", self.canary + "/file"), member("out", "x")], "out")

    def test_symlinks_that_climb_stay_in_the_tree(self):
        up = "../" * 20 + self.canary.lstrip("/")
        for build in (value for way, value in self.ways(symlink("out", up), member("out/planted", "x")).items()):
            done = build()
            if done.returncode != 0:
                self.refused(done, "leads out of the root")

    def test_loops_of_symlinks_end(self):
        self.refused_everywhere([symlink("a", "b"), symlink("b", "a"), member("a/x", "x")], "a")

    def test_hardlinks_link_what_the_archive_holds(self):
        for target in ("../" * 9 + self.canary.lstrip("/") + "/file", self.canary + "/file"):
            self.refused_everywhere([hardlink("h", target)], "canary" if target[0] == "/" else "leads out")
        self.refused_everywhere([symlink("out", self.canary), hardlink("h", "out/file")], "out/file", but=("ADD", "context"))
        self.refused_everywhere([symlink("out", self.canary), hardlink("h", "out/file")], "h: ", but=("layer", "registry"))
        self.refused_everywhere([hardlink("h", "/")], "h")
        # A hardlink to a symlink is that symlink: what is written there replaces the name.
        self.contained_everywhere([symlink("s", self.canary + "/file"), hardlink("h", "s"), member("h", "over")], "h", "s")

    def test_devices_of_a_layer_cannot_be_opened(self):
        archive = hostile.tar(device("mem", 1, 1), device("disk", 8, 0, tarfile.BLKTYPE), device("kmsg", 1, 11))
        done = self.attempt("FROM base\nRUN for f in mem disk kmsg; do head -c1 /$f 2>&1 && exit 3; done; true\n",
                            self.context({"x": ""}, "empty"), *self.layout(archive))
        self.assertEqual(done.returncode, 0, done.stderr)
        # A user namespace has no device nodes: steps do not see those of the image.
        in_user_namespace = hostile.RUNG in ("subordinate-ids", "single-id")
        said = done.stderr.count("No such file" if in_user_namespace else "not permitted")
        self.assertEqual(said, 3, done.stderr)

    def test_long_names_are_refused_and_shown_short(self):
        for entry in (member("n" * 100_000, "x"), member("d/" * 50_000 + "n", "x"), symlink("l", "n" * 100_000)):
            for build in self.ways(entry).values():
                self.assertLess(len(self.refused(build(), "long")), 4000)
        self.refused_everywhere([member("n" * 300, "x")], "File name too long")

    def test_extended_headers_are_bounded(self):
        many = member("f", "x", pax={f"X.{number}": "v" * 100 for number in range(12_000)})
        large = member("f", "x", pax={"comment": "v" * (2 << 20)})
        for entry in (many, large):
            self.refused_everywhere([entry], "too large", but=("ADD",))
            # What cannot be read as an archive is a file like any other.
            self.assertEqual(self.as_addition(hostile.tar(entry)).returncode, 0)
            self.assertTrue(os.path.isfile(os.path.join(self.out, "d", "a.tar")))

    def test_attributes_of_overlay_do_nothing(self):
        pax = {f"SCHILY.xattr.{space}.overlay.{name}": value for space in ("trusted", "user")
               for name, value in (("opaque", "y"), ("redirect", self.canary), ("metacopy", ""), ("whiteout", "y"))}
        done = self.as_layer(hostile.tar(member("etc/new", "x", pax=pax), member("bin/fake", kind=tarfile.REGTYPE, pax=pax)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.out, "bin/sh")))
        self.assertEqual(harness.read(self.out, "etc/new"), "x")

    def test_sparse_files_beyond_the_limit_are_refused(self):
        with open(self.path("sparse"), "wb") as sparse:
            sparse.truncate(1 << 40)
        for form in ("gnu", "pax"):
            archive = subprocess.run(["tar", "--sparse", f"--format={form}", "-C", self.work, "-c", "sparse"], check=True,
                                     stdout=subprocess.PIPE).stdout
            for build in (self.as_layer, self.as_addition):
                self.refused(build(archive), "unpacks to more than the 68719476736 bytes", "--max-unpacked-size")
            done = self.mbuild("-", stdin=archive, check=False)
            self.refused(done, "unpacks to more than")

    def test_decompression_bombs_stop_at_the_limit(self):
        plain = hostile.tar(member("zeros", bytes(64 << 20)))
        limit = ("--max-unpacked-size", "8m")
        self.refused(self.as_layer(plain, *limit), "8388608 bytes that are allowed", "hint:", "--max-unpacked-size")
        self.refused(self.as_addition(gzip.compress(plain, 1), *limit), "8388608 bytes that are allowed")
        done = self.mbuild("-", *limit, stdin=gzip.compress(plain, 1), check=False)
        self.refused(done, "8388608 bytes that are allowed")
        # What counts is the sum of the members, and of the bytes between them too.
        many = hostile.tar(*[member(f"f{number}", bytes(1 << 20)) for number in range(9)])
        self.refused(self.as_addition(many, *limit), "f8", "8388608 bytes")
        padded = hostile.tar(member("f", "x")) + bytes(64 << 20)
        self.refused(self.as_layer(padded, *limit), "8388608 bytes")
        self.assertEqual(self.as_layer(plain, "--max-unpacked-size", "128m").returncode, 0)
        self.assertEqual(self.mbuild("--max-unpacked-size", "lots", self.canary, check=False).returncode, 2)

    def test_the_last_of_several_members_counts(self):
        members = [member("d", "1"), member("d", "2"), directory("d"), member("d/inner", "x"), symlink("d", self.canary),
                   member("d", "last"), fifo("p"), member("p", "file")]
        for way, build in self.ways(*members).items():
            done = build()
            self.assertEqual(done.returncode, 0, done.stderr)
            root = os.path.join(self.out, "d") if way in ("ADD", "context") else self.out
            self.assertEqual(harness.read(root, "d"), "last")
            self.assertEqual(harness.read(root, "p"), "file")

    def test_files_are_no_directories(self):
        self.refused_everywhere([member("f", "x"), member("f/g", "y")], "not a directory")
        self.refused_everywhere([fifo("p"), member("p/g", "y")], "not a directory")

    def test_ids_beyond_all_numbers_are_refused(self):
        self.refused_everywhere([member("f", "x", uid=2**32 + 5)], "4294967301 is no user or group id")
        self.refused_everywhere([member("f", "x", gid=2**32 - 1)], "is no user or group id")

    def test_whiteouts_stay_in_their_layer(self):
        for name in ("../.wh.canary", "a/../../.wh.canary"):
            self.refused_everywhere([member(name)], "leads out of the archive")
        for name in (".wh.", ".wh..", ".wh..."):
            done = self.as_layer(hostile.tar(member(name)))
            self.refused(done, "a whiteout of no name")
        for name in (".wh.file", ".wh..wh..opq"):
            done = self.as_layer(hostile.tar(symlink("out", self.canary), member(f"out/{name}")))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.out, self.canary[1:], "file")))
        done = self.as_layer(hostile.tar(member("bin/.wh..wh..opq"), member(".wh.etc"), member("bin/only", "x")))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(os.path.join(self.out, "bin")), ["only"])
        self.assertFalse(os.path.exists(os.path.join(self.out, "etc")))

    def test_layers_that_lie_are_refused_by_name(self):
        plain = hostile.tar(member("f", "x" * 10_000))
        packed = gzip.compress(plain, 1)
        for lie, word in (({"size": len(packed) - 1}, "announced"), ({"size": len(packed) + 1}, "announced"),
                          ({"size": 1 << 62}, "announced"), ({"digest": hostile.digest(b"other")}, hostile.digest(b"other")),
                          ({"diff_id": hostile.digest(b"other")}, "diffID")):
            image = hostile.Layout(self.path("lie" + str(self.images)))
            self.images += 1
            image.layer(plain, **lie)
            if "digest" in lie:
                with open(image.blob(lie["digest"]), "wb") as out:
                    out.write(packed)
            done = self.attempt("FROM base\nRUN true\n", self.context({"x": ""}, "empty"), *self.named(image.write()))
            self.refused(done, word)
        image = hostile.Layout(self.path("cut"))
        image.layer(plain, compressed=packed[:-10])
        self.refused(self.attempt("FROM base\nRUN true\n", self.context({"x": ""}, "empty"), *self.named(image.write())),
                     "unpack layer")

    def test_blobs_of_a_layout_are_no_symlinks(self):
        image = hostile.Layout(self.path("links"))
        name = image.put(b"x")
        os.unlink(image.blob(name))
        os.symlink(os.path.join(self.canary, "file"), image.blob(name))
        image.manifest["layers"].append({"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": name, "size": 26})
        image.config["rootfs"]["diff_ids"].append(name)
        self.refused(self.attempt("FROM base\nRUN true\n", self.context({"x": ""}, "empty"), *self.named(image.write())),
                     name)

    def seconds(self, members, store):
        archive = hostile.tar(*members)
        best = None
        for _ in range(2):
            begin = time.monotonic()
            folder = self.path(f"{store}-{self.images}")
            done = self.as_layer(archive, store=folder)
            best = min(best or 1e9, time.monotonic() - begin)
            harness.run("rm", "-rf", folder, self.out)  # deeper than shutil.rmtree can go
            self.assertEqual(done.returncode, 0, done.stderr)
        return best

    def test_time_grows_with_the_number_of_members(self):
        """Eight times the members may take some sixteen times as long, not sixty-four."""
        deep = "d/" * 1000
        kinds = {
            "hardlinks": lambda n: [member("f", "x")] + [hardlink(f"h{i}", "f") for i in range(n)],
            "chains": lambda n: [member("h0", "x")] + [hardlink(f"h{i + 1}", f"h{i}") for i in range(n)],
            "whiteouts": lambda n: [member(f"etc/.wh.f{i}") for i in range(n)],
            "replaced": lambda n: [member("f", str(i)) for i in range(n)],
            "directories replaced": lambda n: [entry for i in range(n) for entry in (directory("a"), member("a", "x"))],
            "far apart": lambda n: [member(f"{deep}{i % 2}/f{i}") for i in range(n // 10)],
        }
        for kind, make in kinds.items():
            with self.subTest(kind):
                small, large = (self.seconds(make(n), kind.split()[0]) for n in (500, 4000))
                self.assertLess(large, 1 + 16 * small)
                self.assertLess(large, 60)


if __name__ == "__main__":
    harness.main()
