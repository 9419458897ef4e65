"""kill -9 at random moments of a build, on rungs 1 and 2: the store stays sound, the next build gives the same image.

MBUILD_CRASHES: how often each rung is killed (12). MBUILD_CRASH_SEED: of the moments; a failure says which it was.
"""
import os
import random
import subprocess
import sys
import time

import crash_case
import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "support"))
from ordinary_user import OrdinaryUser  # noqa: E402

CRASHES = int(os.environ.get("MBUILD_CRASHES", "12"))
SEED = int(os.environ.get("MBUILD_CRASH_SEED", str(random.SystemRandom().randrange(1 << 32))))


class Crash(crash_case.CrashCase):
    def killed_after(self, seconds):
        """Starts a build and kills it; gives whether it was still running."""
        process = subprocess.Popen(self.command(*self.build_words()), env=dict(os.environ, **crash_case.EPOCH),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        return process.wait() != 0

    def survives(self):
        chance = random.Random(SEED)
        begun = time.monotonic()
        expected = self.built()
        duration = time.monotonic() - begun
        killed = 0
        for crash in range(CRASHES):
            # Of three builds one starts with what crashes left, twice over, and two with nothing.
            if crash % 3:
                self.remove_store()
            moment = chance.uniform(0, duration)
            where = f"seed {SEED}, crash {crash}, {moment:.4f} s of {duration:.4f} s"
            killed += self.killed_after(moment)
            if crash % 3 == 0:
                killed += self.killed_after(chance.uniform(0, duration))
            if os.path.isdir(os.path.join(self.store, "blobs")):
                self.assertEqual(self.problems(), [], where)
            self.assertEqual(self.built(), expected, where)
            self.assertEqual(self.problems(), [], where)
            left = [name for name in os.listdir(self.outputs) if name != "app.tar"]
            for name in left:  # of the archive; no store knows of it
                os.unlink(os.path.join(self.outputs, name))
            self.assertEqual(os.listdir(os.path.join(self.store, "work")), ["lock"], where)
        self.assertGreater(killed, CRASHES // 3)
        print(f"{killed} builds were killed", file=sys.stderr)

    def test_root(self):
        self.survives()

    def test_user_with_subordinate_ids(self):
        user = OrdinaryUser(self.work, subordinate_ids=True)
        self.store = os.path.join(user.home, "store")
        os.chown(self.outputs, user.id, user.id)
        rung = {"MBUILD_ISOLATION": "subordinate-ids", **crash_case.EPOCH}
        self.command = lambda *words: user.command(self.program, *words, environment=rung)
        self.survives()


if __name__ == "__main__":
    crash_case.main()
