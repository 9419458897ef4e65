"""The main job on real input: a C program compiled on Debian and shipped on busybox, through a registry."""
import json
import os
import shutil
import subprocess

import harness
from harness import run

PROGRAM = r"""
#include <stdio.h>
int main(void) { FILE *f = fopen("/etc/greeting", "r"); char b[64] = ""; if (f) fgets(b, 64, f);
                 printf("built by mbuild: %s", b); return 0; }
"""


class MultiStage(harness.Case):
    def dockerfile(self, source):
        registry = self.registry()
        return f"""
ARG BASE={registry.host}/library/debian:bookworm
FROM $BASE AS builder
WORKDIR /src
COPY hello.c ./
RUN gcc -static -O2 -o hello hello.c
RUN echo "hello from stage one" > /etc/greeting

FROM {registry.host}/library/busybox AS runtime
COPY --from={source} /src/hello /usr/local/bin/hello
COPY --from=builder /etc/greeting /etc/greeting
COPY --from={registry.host}/library/debian:bookworm /etc/debian_version /etc/base_version
ENV LANG=C
EXPOSE 8080/tcp
LABEL org.example.purpose="end to end"
CMD ["/usr/local/bin/hello"]
"""

    def setUp(self):
        super().setUp()
        self.registry().seed("debian", "library/debian", "bookworm")
        self.registry().seed("busybox", "library/busybox")

    def run_image(self, layout, tag):
        bundle = self.path("bundle")
        run("umoci", "unpack", "--image", f"{layout}:{tag}", bundle)
        with open(os.path.join(bundle, "config.json"), encoding="utf-8") as text:
            spec = json.load(text)
        spec["process"]["terminal"] = False
        # Limits may only be lowered by those who lack CAP_SYS_RESOURCE, and this hierarchy has no place to be in.
        spec["process"]["rlimits"] = []
        spec["linux"]["resources"] = {}
        spec["linux"].pop("cgroupsPath", None)
        with open(os.path.join(bundle, "config.json"), "w", encoding="utf-8") as text:
            json.dump(spec, text)
        # crun refuses the hybrid of cgroup v1 and v2.
        hybrid = os.path.ismount("/sys/fs/cgroup/unified")
        runtime = ["runc"] if hybrid else ["crun", "--cgroup-manager=disabled"]
        return run(*runtime, "run", "--bundle", bundle, f"mbuild-e2e-{os.getpid()}").stdout

    def test_by_stage_name_pushed_and_run(self):
        registry = self.registry()
        name = f"{registry.host}/team/hello:1"
        self.build({"Dockerfile": self.dockerfile("builder"), "hello.c": PROGRAM}, "-t", name, "--push")

        inspected = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{name}").stdout)
        self.assertEqual(inspected["Labels"], {"org.example.purpose": "end to end"})
        self.assertEqual(inspected["Os"], "linux")
        self.assertEqual(len(inspected["Layers"]), 4)  # busybox and three COPYs

        layout = self.path("layout")
        run("skopeo", "copy", "--quiet", "--src-tls-verify=false", f"docker://{name}", f"oci:{layout}:hello")
        self.assertEqual(self.run_image(layout, "hello"), "built by mbuild: hello from stage one\n")

    def test_by_index(self):
        out = self.tree({"Dockerfile": self.dockerfile("0"), "hello.c": PROGRAM})
        self.assertTrue(os.access(os.path.join(out, "usr/local/bin/hello"), os.X_OK))
        self.assertRegex(harness.read(out, "etc/base_version"), r"^12")

    def test_registry_layers_of_the_base_are_reused_as_they_are(self):
        registry = self.registry()
        name = f"{registry.host}/team/reuse:1"
        self.build({"Dockerfile": self.dockerfile("builder"), "hello.c": PROGRAM}, "-t", name, "--push")
        base = registry.manifest("library/busybox")["layers"]
        self.assertEqual(registry.manifest("team/reuse", "1")["layers"][0]["digest"], base[0]["digest"])

    def test_pushed_later_from_the_store(self):
        registry = self.registry()
        self.build({"Dockerfile": f"FROM {registry.host}/library/busybox\nRUN echo x > /x\n"}, "-t", "later:1")
        self.mbuild("push", "later:1", f"{registry.host}/team/later:1")
        self.assertEqual(len(registry.manifest("team/later", "1")["layers"]), 2)


class HrefCounter(harness.Case):
    """samples/href-counter, its shape offline: `go` is a stand-in that compiles the same program in C."""

    def test_sample(self):
        registry = self.registry()
        registry.seed("toolchain", "toolchain")
        registry.seed("busybox", "library/busybox")
        context = self.path("href-counter")
        shutil.copytree(os.path.join(harness.SOURCE, "samples", "href-counter"), context)
        go = r"""#!/bin/sh
# go build -o OUT .
cat > /tmp/app.c <<'EOF'
#include <stdio.h>
#include <string.h>
int main(void) { char b[65536]; size_t n = fread(b, 1, sizeof b - 1, stdin); b[n] = 0; int internal = 0, external = 0;
  for (char *p = b; (p = strstr(p, "href=\"")); ) { p += 6; if (!strncmp(p, "http", 4)) ++external; else ++internal; }
  printf("internal=%d external=%d\n", internal, external); return 0; }
EOF
exec cc -o "$3" /tmp/app.c
"""
        self.build({"Dockerfile": f"FROM {registry.host}/toolchain\nCOPY --chmod=755 go /usr/bin/go\n", "go": go},
                   "-t", f"{registry.host}/golang:test", "--push", )
        out = self.path("out")
        self.mbuild("--build-arg", f"BUILDER={registry.host}/golang:test", "--build-arg",
                    f"RUNTIME={registry.host}/library/busybox", "--output", f"type=local,dest={out}", context)
        page = '<a href="/in">a</a> <a href="http://out/">b</a> <a href="x">c</a>'
        program = os.path.join(out, "root/app")
        self.assertEqual(subprocess.run([program], input=page, text=True, stdout=subprocess.PIPE, check=True).stdout,
                         "internal=2 external=1\n")
        self.assertIn("module href-counter", harness.read(out, "root/go.mod"))


if __name__ == "__main__":
    harness.main()
