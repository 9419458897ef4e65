"""login and logout, and where credentials are looked up, against a docker-registry with passwords."""
import base64
import json
import os

import harness
from harness import run
from registry_client import Client


class Login(Client):
    def test_login_checks_stores_and_logout_forgets(self):
        registry = self.with_password()
        os.makedirs(self.path("docker"))
        config = self.path("docker", "config.json")
        with open(config, "w", encoding="utf-8") as out:
            json.dump({"currentContext": "mine", "auths": {"other.example": {"auth": "eDp5"}}}, out)
        wrong = self.fails("login", "-u", "user", "--password-stdin", registry.host, stdin="hunter2\n")
        self.assertIn("401", wrong)
        self.assertNotIn("hunter2", wrong)
        self.assertNotIn(registry.host, harness.read(config))

        done = self.verb("login", "-u", "user", "--password-stdin", f"http://{registry.host}/v2/", stdin="pass\n")
        self.assertEqual(done.stdout, f"Logged in to {registry.host}\n")
        stored = json.loads(harness.read(config))
        self.assertEqual(stored["currentContext"], "mine")
        self.assertEqual(sorted(stored["auths"]), sorted(["other.example", registry.host]))
        self.assertEqual(base64.b64decode(stored["auths"][registry.host]["auth"]), b"user:pass")
        self.assertEqual(os.stat(config).st_mode & 0o777, 0o600)

        place = f"{registry.host}/team/app:1"
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", place)
        self.assertEqual(self.verb("ls-tags", f"{registry.host}/team/app").stdout, "1\n")
        # skopeo reads what we wrote, and we read what it writes.
        run("skopeo", "inspect", "--tls-verify=false", f"docker://{place}", env=self.environment)

        self.assertIn("Logged out", self.verb("logout", registry.host).stdout)
        self.assertIn("no login", self.verb("logout", registry.host).stdout)
        self.assertEqual(list(json.loads(harness.read(config))["auths"]), ["other.example"])
        refused = self.fails("ls-tags", f"{registry.host}/team/app")
        self.assertIn(f"mbuild login {registry.host}", refused)

    def test_podman_auth_file(self):
        registry = self.with_password()
        auth = self.path("auth.json")
        run("skopeo", "login", "--tls-verify=false", "--authfile", auth, "-u", "user", "-p", "pass", registry.host)
        place = f"{registry.host}/app:1"
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", place, env={"REGISTRY_AUTH_FILE": auth})
        self.fails("inspect", "--raw", place)
        self.verb("logout", registry.host, env={"REGISTRY_AUTH_FILE": auth})
        self.fails("inspect", "--raw", place, env={"REGISTRY_AUTH_FILE": auth})
        config = json.dumps({"auths": {registry.host: {"auth": base64.b64encode(b"user:pass").decode()}}})
        self.verb("inspect", "--raw", place, env={"DOCKER_AUTH_CONFIG": config})

    def test_credential_helper(self):
        registry = self.with_password()
        helper = self.path("docker-credential-test")
        with open(helper, "w", encoding="utf-8") as out:
            out.write('#!/bin/sh\nfile="$HOME/kept"\ncase $1 in\nstore) cat > "$file" ;;\n'
                      'get) cat > /dev/null; test -f "$file" && cat "$file" || { echo "credentials not found in native'
                      ' keychain"; exit 1; } ;;\nerase) cat > /dev/null; rm -f "$file" ;;\nesac\n')
        os.chmod(helper, 0o755)
        os.makedirs(self.path("docker"))
        with open(self.path("docker", "config.json"), "w", encoding="utf-8") as out:
            json.dump({"credHelpers": {registry.host: "test"}}, out)
        env = {"PATH": self.work + ":" + os.environ["PATH"]}
        self.verb("login", "-u", "user", "--password-stdin", registry.host, stdin="pass", env=env)
        self.assertEqual(json.loads(harness.read(self.path("kept"))),
                         {"ServerURL": registry.host, "Username": "user", "Secret": "pass"})
        self.assertNotIn("auths", json.loads(harness.read(self.path("docker", "config.json"))))
        self.verb("copy", f"oci:{harness.BASES}/busybox:latest", f"{registry.host}/app:1", env=env)
        self.verb("logout", registry.host, env=env)
        self.assertFalse(os.path.exists(self.path("kept")))

    def test_usage(self):
        self.fails("login", "--password-stdin", code=2, stdin="x")
        self.assertIn("no password", self.fails("login", "-u", "u", "--password-stdin", "127.0.0.1:1", stdin="\n"))
        for verb in ("login", "logout", "copy", "ls-tags", "delete", "sign", "verify", "inspect", "pull", "push"):
            self.assertIn("mbuild " + verb, self.verb(verb, "--help").stdout)
            self.fails(verb, "--no-such-option", code=2)

    def test_prompt_without_echo(self):
        registry = self.with_password()
        script = self.path("answers")
        with open(script, "w", encoding="utf-8") as out:
            out.write("import os, pty, sys, time\n"
                      "seen = b''\n"
                      "def read(fd):\n"
                      "    global seen\n"
                      "    data = os.read(fd, 1000)\n"
                      "    seen += data\n"
                      "    if seen.endswith(b'Password: '):\n"
                      "        time.sleep(0.3)\n"
                      "        os.write(fd, b'pass\\n')\n"
                      "        seen += b'|'\n"
                      "    return data\n"
                      "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read, lambda fd: b'')))\n")
        done = run("python3", script, harness.MBUILD, "login", "-u", "user", registry.host, env=self.environment,
                   stdin="")
        self.assertIn("Logged in", done.stdout)
        self.assertNotIn("pass\r\n", done.stdout.replace("Password: ", ""))
        without = run("setsid", harness.MBUILD, "login", "-u", "user", registry.host, env=self.environment,
                      check=False)
        self.assertEqual(without.returncode, 1)
        self.assertIn("--password-stdin", without.stderr)


if __name__ == "__main__":
    harness.main()
