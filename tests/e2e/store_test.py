"""mbuild store verify and repair: what is damaged is found, said and removed, and the next build makes it anew."""
import glob
import json
import os
import re
import shutil
import subprocess
import time

import harness
from harness import BASES, MBUILD, run

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
DOCKERFILE = """
FROM busybox AS made
RUN --mount=type=cache,target=/cache echo x >> /cache/log && mkdir -p /data/d && echo content > /data/f && ln /data/f /data/g
COPY f /data/copied
FROM scratch
COPY --from=made /data /data
"""


class Store(harness.Case):
    def setUp(self):
        super().setUp()
        self.source = self.context({"Dockerfile": DOCKERFILE, "f": "text\n"})
        time.sleep(0.2)  # what is older when it is read is kept in the index of the context
        self.id = self.built()
        self.assertEqual(self.verify()["problems"], [])

    def built(self):
        done = self.mbuild("--build-context", f"busybox=oci-layout://{BASES}/busybox", "-t", "app", "--output",
                           f"type=oci,dest={self.path('app.tar')}", "--output", "type=image", self.source, env=EPOCH)
        return re.search(r"Built (sha256:[0-9a-f]{64})", done.stderr).group(1)

    def store_verb(self, verb, code):
        done = run(MBUILD, "store", verb, "--root", self.store, "--json", check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def verify(self, code=0):
        return self.store_verb("verify", code)

    def one(self, pattern, text=None):
        """The first file of the store that the pattern and a text in it fit."""
        for path in sorted(glob.glob(os.path.join(self.store, pattern))):
            if text is None or text in harness.read(path):
                return path
        self.fail(f"no {pattern} with {text}")

    def layer(self, imported):
        return os.path.dirname(self.one("layers/*/info.json", f'"imported": {json.dumps(imported)}'))

    def is_found_and_repaired(self, path, meaning=""):
        self.are_found_and_repaired({path: meaning})

    def are_found_and_repaired(self, damage):
        """Damage (path to meaning) is told, removed by repair, and the next build gives the same image."""
        before = self.verify(1)
        self.assertFalse(before["sound"])
        told = {problem["path"]: problem["meaning"] for problem in before["problems"]}
        for path, meaning in damage.items():
            self.assertIn(meaning, told[os.path.relpath(path, self.store)])
        text = run(MBUILD, "store", "verify", "--root", self.store, check=False)
        self.assertEqual(text.returncode, 1)
        for path, meaning in told.items():
            self.assertIn(f"{path}: {meaning}\n", text.stdout)
        after = self.store_verb("repair", 0)
        self.assertEqual([(p["path"], p["removed"]) for p in after["problems"]], [(p, True) for p in told])
        self.assertEqual(self.verify()["problems"], [])
        self.assertEqual(self.built(), self.id)
        self.assertEqual(self.verify()["problems"], [])

    def flip(self, path, at=-3):
        mode = os.stat(path).st_mode
        os.chmod(path, 0o600)
        with open(path, "r+b") as file:
            file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        os.chmod(path, mode)

    def test_a_byte_of_a_blob(self):
        blob = max(glob.glob(os.path.join(self.store, "blobs/sha256/*")), key=os.path.getsize)
        self.flip(blob)
        self.is_found_and_repaired(blob, "have the digest sha256:")

    def test_a_config(self):
        blob = os.path.join(self.store, "blobs/sha256", self.id.split(":")[1])
        os.unlink(blob)
        self.is_found_and_repaired(self.one("images/*"), "its config, blob " + self.id + ", is not in the store")

    def test_a_file_of_a_layer_that_a_step_made(self):
        layer = self.layer(imported=False)
        file = next(path for path in glob.glob(layer + "/fs/**", recursive=True) if os.path.isfile(path))
        os.truncate(file, 1)
        self.is_found_and_repaired(layer, "its files do not have its fingerprint")

    def test_a_time_of_a_layer(self):
        """It is part of the tarball, if not of the fingerprint."""
        image = self.one("layers/*/info.json", '"clampMtime"')
        layer = os.path.dirname(image)
        file = next(path for path in glob.glob(layer + "/fs/**", recursive=True) if os.path.isfile(path))
        os.utime(file, (1, 1))
        self.is_found_and_repaired(layer)

    def test_files_of_pulled_layers(self):
        """Unpacked ones, or what is mounted in their place."""
        damage = {}
        for layer in {os.path.dirname(path) for path in glob.glob(os.path.join(self.store, "layers/*/info.json"))
                      if '"imported": true' in harness.read(path)}:
            if os.path.exists(layer + "/tar"):
                self.flip(layer + ("/index" if damage else "/tar"), 600)
            else:
                os.chmod(layer + "/fs", 0o700)
            damage[layer] = "its files are not those of its blob"
        self.assertTrue(damage)
        self.are_found_and_repaired(damage)

    def test_a_layer_that_is_gone(self):
        layer = self.layer(imported=False)
        shutil.rmtree(layer)
        action = self.one("actions/*/*", os.path.basename(layer))
        self.is_found_and_repaired(action, f"layer {os.path.basename(layer)} is not in the store")

    def test_the_files_of_a_layer_that_are_gone(self):
        layer = self.layer(imported=True)
        shutil.rmtree(layer + "/fs", ignore_errors=True)
        for form in glob.glob(layer + "/tar"):
            os.unlink(form)
        self.is_found_and_repaired(layer, "it has no files")

    def test_garbage_in_records(self):
        for content in (b"", b"garbage\0\xff"):
            damage = {}
            for pattern, meaning in (("layers/*/info.json", "info.json is missing or damaged"),
                                     ("actions/[0-9a-f]*/*", "the result of a step: damaged"),
                                     ("actions/steps/*/*", "the inputs of a step: damaged"),
                                     ("images/*", "the name of an image: damaged"),
                                     ("contexts/*", "what is known of a context's files: damaged")):
                path = self.one(pattern)
                with open(path, "wb") as out:
                    out.write(content)
                damage[path.removesuffix("/info.json")] = meaning
            self.are_found_and_repaired(damage)

    def test_garbage_in_the_record_of_a_cache(self):
        path = self.one("mounts/*/info")
        with open(path, "w", encoding="utf-8") as out:
            out.write("garbage")
        log = self.one("mounts/*/0/fs/log")
        self.is_found_and_repaired(path, "what the cache is for: damaged")
        self.assertEqual(harness.read(log), "x\n", "the cache itself is kept")

    def test_foreign_files(self):
        damage = {}
        for name, meaning in (("blobs/sha256/notes.txt", "no blob"), ("layers/notes", "no layer"),
                              ("images/notes", "foreign"), ("actions/notes", "not the store's"),
                              ("actions/00/notes", "foreign"), ("actions/steps/00/notes", "foreign"),
                              ("mounts/notes", "not the store's"), ("contexts/notes", "foreign"),
                              ("downloads/notes", "foreign"), ("failed/notes", "foreign")):
            path = os.path.join(self.store, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write("not the store's")
            damage[path] = meaning
        self.are_found_and_repaired(damage)

    def test_what_is_beside_the_folders_of_a_store_is_nobodys_business(self):
        with open(os.path.join(self.store, "lost+found"), "w", encoding="utf-8"):
            pass
        self.assertEqual(self.store_verb("repair", 0)["problems"], [])
        self.assertTrue(os.path.exists(os.path.join(self.store, "lost+found")))

    def test_what_processes_in_the_making_have_is_left_alone_and_what_dead_ones_had_goes(self):
        blobs = os.path.join(self.store, "blobs/sha256")
        held, left = os.path.join(blobs, ".tmp-held"), os.path.join(blobs, ".tmp-left")
        for path in (held, left):
            with open(path, "w", encoding="utf-8") as out:
                out.write("half")
        dead = os.path.join(self.store, "work/1-0")
        os.makedirs(dead + "/0")
        holder = subprocess.Popen(["flock", held, "sh", "-c", "echo locked; read line"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        try:
            holder.stdout.readline()
            self.assertEqual(self.verify()["problems"], [])
            self.assertEqual((os.path.exists(held), os.path.exists(left), os.path.exists(dead)), (True, False, False))
        finally:
            holder.communicate(b"\n")
        self.verify()
        self.assertFalse(os.path.exists(held))

    def test_no_store(self):
        done = run(MBUILD, "store", "verify", "--root", self.path("nowhere"), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is no store", done.stderr)
        self.assertFalse(os.path.exists(self.path("nowhere")))
        self.assertEqual(run(MBUILD, "store", check=False).returncode, 2)

    def test_a_store_of_each_rung(self):
        for rung in ("subordinate-ids", "single-id", "chroot"):
            with self.subTest(rung):
                store = ["--isolation", rung, "--root", self.path(rung)]
                run(MBUILD, *store, "--build-context", f"busybox=oci-layout://{BASES}/busybox", self.path("context"))
                done = run(MBUILD, "store", "verify", *store)
                self.assertIn("all sound", done.stdout)


if __name__ == "__main__":
    harness.main()
