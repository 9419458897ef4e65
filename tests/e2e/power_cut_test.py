"""A power cut: of what an earlier boot wrote without its reaching the disk, nothing is believed."""
import glob
import os
import random
import time

import crash_case
from harness import read, run

SEED = int(os.environ.get("MBUILD_CRASH_SEED", "1"))
ROUNDS = int(os.environ.get("MBUILD_POWER_CUTS", "6"))
BOOT = "/proc/sys/kernel/random/boot_id"


class PowerCut(crash_case.CrashCase):
    def setUp(self):
        super().setUp()
        self.boot = 0
        self.expected = self.built()
        self.before = self.path("before")
        run("cp", "-a", self.store, self.before)

    def command(self, *words):
        """In the boot that it is: every one has an id of its own."""
        if not self.boot:
            return super().command(*words)
        fake = self.path("boot")
        with open(fake, "w", encoding="utf-8") as out:
            out.write(f"00000000-0000-0000-0000-{self.boot:012d}\n")
        return ["unshare", "--mount", "sh", "-c", f'mount --bind {fake} {BOOT} && exec "$@"', "sh",
                *super().command(*words)]

    def files(self, pattern):
        found = [os.path.join(self.store, name) for name in sorted(glob.glob(pattern, root_dir=self.store, recursive=True))]
        return [path for path in found if os.path.isfile(path) and not os.path.islink(path)]

    def lose(self, path, how):
        """What is left of a file whose data was not written: nothing, a part, or zeros."""
        status = os.stat(path)
        os.chmod(path, 0o600)
        os.truncate(path, {"nothing": 0, "part": status.st_size // 2, "zeros": 0}[how])
        if how == "zeros":
            os.truncate(path, status.st_size)
        os.chmod(path, status.st_mode)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def lose_some(self, files, chance):
        for path in files:
            self.lose(path, chance.choice(("nothing", "part", "zeros")))

    def is_noticed(self, message):
        self.boot += 1
        self.assertEqual(self.built(), self.expected, message)
        self.problems("repair")  # what no build has asked for is still there
        self.assertEqual(self.problems(), [], message)

    def test_each_kind_of_file(self):
        chance = random.Random(SEED)
        for pattern in ("layers/*/fs/**", "layers/*/tar", "layers/*/index", "layers/*/info.json", "blobs/sha256/*", "actions/**", "images/*",
                        "contexts/*"):
            self.remove_store()
            run("cp", "-a", self.before, self.store)
            files = [path for path in self.files(pattern) if os.path.getsize(path)]
            self.assertTrue(files or pattern in ("layers/*/tar", "layers/*/index"), pattern)
            self.lose_some(files, chance)
            self.is_noticed(f"seed {SEED}, {pattern}: {len(files)} files")

    def test_any_files_of_one_boot_after_the_other(self):
        """What a boot has read and found whole is on the disk; what it wrote itself need not be."""
        chance = random.Random(SEED)
        since = 0.0
        for number in range(ROUNDS):
            part = chance.choice((0.02, 0.2, 0.7))
            lost = [path for path in self.files("**") if chance.random() < part and os.path.getsize(path)
                    and "/mounts/" not in path and os.stat(path).st_ctime >= since]
            since = time.time()
            self.lose_some(lost, chance)
            self.is_noticed(f"seed {SEED}, round {number}: {len(lost)} files")

    def test_what_is_whole_is_read_once_and_used(self):
        self.boot = 1
        self.assertEqual(self.built(), self.expected)
        for path in self.files("layers/*/info.json"):
            if '"imported": false' in read(path):
                self.assertIn('"boot": ""', read(path))
        used = [text for text in map(self.record, self.files("actions/[0-9a-f]*/*")) if b"confirmed 3:yes" in text]
        self.assertTrue(used, "results that were found whole are confirmed")
        self.boot = 2
        self.assertEqual(self.built(), self.expected)

    @staticmethod
    def record(path):
        with open(path, "rb") as file:
            return file.read()


if __name__ == "__main__":
    crash_case.main()
