"""What the tests of the registry verbs share: credentials of their own, and servers with settings."""
import hashlib
import os

import harness
from harness import run


class Client(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment = {"DOCKER_CONFIG": self.path("docker"), "HOME": self.work, "XDG_RUNTIME_DIR": self.work,
                            "COSIGN_PASSWORD": ""}

    def verb(self, *arguments, check=True, stdin=None, env=None):
        return run(harness.MBUILD, *arguments, check=check, stdin=stdin, env={**self.environment, **(env or {})})

    def fails(self, *arguments, code=1, **options):
        done = self.verb(*arguments, check=False, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def server(self, name, **settings):
        """A docker-registry with more configuration; settings are merged into its config.yml."""
        return harness.Registry(os.path.join(self.work, name), settings)

    def with_password(self):
        entry = run("htpasswd", "-Bbn", "user", "pass").stdout
        with open(self.path("htpasswd"), "w", encoding="utf-8") as out:
            out.write(entry)
        return self.server("locked", auth={"htpasswd": {"realm": "test", "path": self.path("htpasswd")}})

    def raw(self, place, *options):
        return self.verb("inspect", "--raw", *options, place).stdout

    @staticmethod
    def digest(text):
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
