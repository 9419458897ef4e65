"""samples/embed: a program that links the library builds an image."""
import os

import harness


class Embed(harness.Case):
    def test_builds_an_image(self):
        context = self.context({"a/b.txt": "b"})
        done = harness.run(os.environ["MBUILD_EMBED"], self.store, context)
        self.assertRegex(done.stdout, r"built sha256:[0-9a-f]{64} with 1 layer")
        self.assertEqual(self.config("embedded")["config"]["Labels"], {"made.by": "embed"})


if __name__ == "__main__":
    harness.main()
