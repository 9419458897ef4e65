"""Commands as an ordinary user of a test's own, who is in no user database but the test's. Needs root."""
import os
import shlex


class OrdinaryUser:
    """folder: for the user's home and the databases; where it lies must be open to everyone.

    The databases are mounted over the machine's in a mount namespace of each command.
    """

    id = 12345
    first_subordinate = 200000

    def __init__(self, folder, subordinate_ids):
        self.folder, self.home = folder, os.path.join(folder, "home")
        os.makedirs(self.home, exist_ok=True)
        os.chown(self.home, self.id, self.id)
        ranges = f"{self.id}:{self.first_subordinate}:65536\n" if subordinate_ids else ""
        for name, text in (("passwd", f"root:x:0:0::/:/bin/sh\nbuilder:x:{self.id}:{self.id}::{self.home}:/bin/sh\n"),
                           ("subuid", ranges), ("subgid", ranges)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(text)

    def command(self, *words, environment=None):
        """The command that runs these words as the user, with this environment and no other."""
        mounts = "".join(f"mount --bind {shlex.quote(os.path.join(self.folder, name))} /etc/{name} && "
                         for name in ("passwd", "subuid", "subgid"))
        become = f"exec setpriv --reuid {self.id} --regid {self.id} --clear-groups "
        variables = {"PATH": os.environ["PATH"], "HOME": self.home, **(environment or {})}
        return ["unshare", "--mount", "env", "-i", *[f"{name}={value}" for name, value in variables.items()],
                "sh", "-c", mounts + become + shlex.join(map(str, words))]
