"""Every instruction in a real build: what lands in the files, the config and the history."""
import os
import tarfile

import harness


class Instructions(harness.Case):
    def base(self):
        return self.registry().seed("busybox", "library/busybox")

    def test_config_and_history(self):
        self.build({"Dockerfile": f"""ARG BASE={self.base()}
FROM $BASE
ARG VERSION=1
ENV A=1 B="two words"
ENV PATH=/opt/bin:$PATH
LABEL org.example.v=$VERSION
EXPOSE 90/udp 80
VOLUME /data
WORKDIR /srv
WORKDIR app
USER 12:34
STOPSIGNAL SIGINT
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK --interval=30s CMD true
MAINTAINER someone
RUN id -u > /tmp/uid
ENTRYPOINT ["/bin/echo"]
CMD hello
ONBUILD RUN echo triggered
"""}, "-t", "app", "--label", "extra=1")
        image = self.config()
        config = image["config"]
        self.assertEqual(image["author"], "someone")
        self.assertEqual(config["Env"], ["PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                         "A=1", "B=two words"])
        self.assertEqual(config["Labels"], {"org.example.v": "1", "extra": "1"})
        self.assertEqual(set(config["ExposedPorts"]), {"80/tcp", "90/udp"})
        self.assertEqual(set(config["Volumes"]), {"/data"})
        self.assertEqual((config["WorkingDir"], config["User"], config["StopSignal"]), ("/srv/app", "12:34", "SIGINT"))
        self.assertEqual(config["Entrypoint"], ["/bin/echo"])
        self.assertEqual(config["Cmd"], ["/bin/sh", "-ec", "hello"])
        self.assertEqual(config["Healthcheck"], {"Test": ["CMD-SHELL", "true"], "Interval": 30000000000})
        self.assertEqual(config["OnBuild"], ["RUN echo triggered"])
        history = [(entry["created_by"], entry.get("empty_layer", False)) for entry in image["history"][1:]]
        self.assertEqual(history, [
            ("ARG VERSION=1", True), ("ENV A=1 B=two words", True),
            ("ENV PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", True),
            ("LABEL org.example.v=1", True), ("EXPOSE [80/tcp 90/udp]", True), ("VOLUME [/data]", True),
            ("WORKDIR /srv", False), ("WORKDIR /srv/app", False), ("USER 12:34", True), ("STOPSIGNAL SIGINT", True),
            ("SHELL [/bin/sh -ec]", True),
            ("HEALTHCHECK {Test:[CMD-SHELL true] Interval:30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}", True),
            ("MAINTAINER someone", True), ("RUN |1 VERSION=1 /bin/sh -ec id -u > /tmp/uid # buildkit", False),
            ('ENTRYPOINT ["/bin/echo"]', True), ('CMD ["/bin/sh" "-ec" "hello"]', True)])
        self.assertEqual(len(image["rootfs"]["diff_ids"]), 1 + 3)

    def test_onbuild_runs_in_the_child(self):
        self.build({"Dockerfile": f"FROM {self.base()}\nONBUILD COPY f /f\nONBUILD RUN cat /f > /g\n", "f": "x"}, "-t", "parent")
        out = self.tree({"Dockerfile": "FROM parent\nRUN echo own > /own\n", "f": "content"})
        self.assertEqual(harness.read(out, "g"), "content")

    def test_users_and_environment_of_steps(self):
        out = self.tree({"Dockerfile": f"""FROM {self.base()}
ARG X=arg
ENV Y=env
RUN echo "$X $Y $HOME $(id -u):$(id -g) $(pwd)" > /as-root
WORKDIR /w
RUN chmod 777 /w
USER nobody
RUN echo "$HOME $(id -u):$(id -g) $(pwd)" > as-nobody
"""}, "--build-arg", "X=given")
        self.assertEqual(harness.read(out, "as-root"), "given env /root 0:0 /\n")
        self.assertEqual(harness.read(out, "w/as-nobody"), "/home 65534:65534 /w\n")

    def test_copy(self):
        tarball = self.path("root.tar")
        out = self.tree({"Dockerfile": f"""FROM {self.base()} AS source
RUN mkdir -p /s/d && echo x > /s/d/x && ln -s d/x /s/link && chown 5:6 /s/d/x
FROM scratch
COPY *.txt dir /files/
COPY --chown=7:8 --chmod=0640 one.txt /owned
COPY --from=source /s /s
COPY --from=0 /s/link /followed
COPY <<EOF /heredoc
text
EOF
""", "one.txt": "1", "two.txt": "2", "dir/three": "3", "dir/skip.log": "no", ".dockerignore": "**/*.log\n"},
                        "--output", f"type=tar,dest={tarball}")
        with tarfile.open(tarball) as archive:  # type=local gives every file to the caller
            owned, kept = archive.getmember("owned"), archive.getmember("s/d/x")
        self.assertEqual((owned.uid, owned.gid, owned.mode), (7, 8, 0o640))
        self.assertEqual((kept.uid, kept.gid), (5, 6))
        self.assertEqual(sorted(os.listdir(os.path.join(out, "files"))), ["one.txt", "three", "two.txt"])
        self.assertEqual(os.readlink(os.path.join(out, "s/link")), "d/x")
        self.assertEqual(harness.read(out, "followed"), "x\n")
        self.assertEqual(harness.read(out, "heredoc"), "text\n")

    def test_add_unpacks_archives(self):
        context = self.context({"Dockerfile": f"FROM {self.base()}\nADD a.tar.xz /a/\nCOPY a.tar.xz /b/\n", "t/f": "f"})
        harness.run("tar", "-cJf", os.path.join(context, "a.tar.xz"), "-C", os.path.join(context, "t"), "f")
        out = self.path("out")
        self.mbuild("--output", f"type=local,dest={out}", context)
        self.assertEqual(os.listdir(os.path.join(out, "a")), ["f"])
        self.assertEqual(os.listdir(os.path.join(out, "b")), ["a.tar.xz"])

    def test_run_mounts(self):
        secret = self.path("secret")
        with open(secret, "w", encoding="utf-8") as text:
            text.write("s3cret-value")
        done = self.build({"Dockerfile": f"""FROM {self.base()} AS files
RUN echo from-stage > /stage-file
FROM {self.base()}
RUN --mount=type=bind,target=/ctx cat /ctx/data > /from-context
RUN --mount=from=files,target=/m cat /m/stage-file > /from-stage
RUN --mount=type=cache,target=/c echo kept > /c/kept
RUN --mount=type=cache,target=/c cp /c/kept /from-cache
RUN --mount=type=tmpfs,target=/t echo gone > /t/x
RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /secret-size
RUN [ ! -e /run/secrets/token ]
""", "data": "from-context\n"}, "--secret", f"id=token,src={secret}", "--output", f"type=local,dest={self.path('out')}",
            "--output", f"type=oci,dest={self.path('image.tar')}")
        out = self.path("out")
        self.assertEqual(harness.read(out, "from-context"), "from-context\n")
        self.assertEqual(harness.read(out, "from-stage"), "from-stage\n")
        self.assertEqual(harness.read(out, "from-cache"), "kept\n")
        self.assertEqual(harness.read(out, "secret-size").strip(), "12")
        for stub in ("ctx", "m", "c", "t", "run/secrets"):
            self.assertFalse(os.path.lexists(os.path.join(out, stub)), stub)
        self.assertNotIn("s3cret-value", done.stdout + done.stderr)
        for directory, _, files in os.walk(self.store):
            for name in files:
                with open(os.path.join(directory, name), "rb") as data:
                    self.assertNotIn(b"s3cret-value", data.read(), name)

    def test_named_contexts(self):
        extra = self.context({"file": "named"}, name="extra")
        out = self.tree({"Dockerfile": "FROM scratch\nCOPY --from=extra file /a\nCOPY --from=bb /bin/busybox /b\n"},
                        "--build-context", f"extra={extra}", "--build-context", f"bb=docker-image://{self.base()}")
        self.assertEqual(harness.read(out, "a"), "named")
        self.assertTrue(os.path.exists(os.path.join(out, "b")))

    def test_dockerfile_from_stdin(self):
        self.mbuild("-t", "app", "-", stdin=f"FROM {self.base()}\nRUN true\n")
        self.mbuild("-f", "-", "-t", "app", self.context({"x": "x"}), stdin=f"FROM {self.base()}\nCOPY x /\n")

    def test_network_none(self):
        out = self.tree({"Dockerfile": f"FROM {self.base()}\nRUN --network=none ls /sys/class/net > /net\n"})
        self.assertEqual(harness.read(out, "net"), "lo\n")


if __name__ == "__main__":
    harness.main()
