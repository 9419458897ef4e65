"""What mbuild makes, in the hands of a Docker Engine."""
import json
import os
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "support"))
import docker_engine  # noqa: E402


class Engine(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = docker_engine.why_not()
        if reason:
            raise AssertionError(reason)
        cls.engine = docker_engine.DockerEngine(os.path.join(cls.folder, "engine"))

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        super().tearDownClass()

    def dockerfile(self):
        return f"""FROM {self.registry().seed('busybox', 'library/busybox')}
RUN echo hello > /greeting
ENV WHO=world
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo $(cat /greeting) $WHO"]
"""

    def run_in_engine(self, name):
        return self.engine.docker("run", "--rm", "--network", "none", name).stdout

    def test_pushed_image_is_pulled_and_run(self):
        name = f"{self.registry().host}/team/hello:1"
        self.build({"Dockerfile": self.dockerfile()}, "-t", name, "--push")
        self.engine.docker("pull", name)
        self.assertEqual(self.run_in_engine(name), "hello world\n")

    def test_docker_archive_is_loaded_and_run(self):
        archive = self.path("app.tar")
        self.build({"Dockerfile": self.dockerfile()}, "-t", "loaded:1", "--output", f"type=docker,dest={archive}")
        self.engine.docker("load", "--input", archive)
        self.assertEqual(self.run_in_engine("loaded:1"), "hello world\n")

    def test_load_goes_to_the_engine_of_docker_host(self):
        host = {"DOCKER_HOST": f"unix://{self.engine.socket}"}
        self.build({"Dockerfile": self.dockerfile()}, "-t", "direct:1", "--load", env=host)
        self.assertEqual(self.run_in_engine("direct:1"), "hello world\n")
        # The base is there now; the layer over it is all that is sent.
        self.build({"Dockerfile": self.dockerfile() + "RUN echo more > /more\n"}, "-t", "direct:2", "--load", env=host)
        self.assertEqual(self.run_in_engine("direct:2"), "hello world\n")
        refused = self.build({"Dockerfile": self.dockerfile()}, "-t", "direct:3", "--load", check=False,
                             env={"DOCKER_HOST": "tcp://127.0.0.1:2375"})
        self.assertEqual(refused.returncode, 1)
        self.assertIn("tcp://127.0.0.1:2375", refused.stderr)

    def test_an_index_with_attestations_is_pulled_and_run(self):
        name = f"{self.registry().host}/team/index:1"
        self.build({"Dockerfile": self.dockerfile()}, "-t", name, "--push", "--provenance=true", "--sbom=true",
                   "--annotation", "index:org.example.kind=test")
        self.assertEqual(self.registry().manifest("team/index", "1")["annotations"], {"org.example.kind": "test"})
        self.engine.docker("pull", name)
        self.assertEqual(self.run_in_engine(name), "hello world\n")

    def test_a_squashed_image_is_loaded_and_run(self):
        host = {"DOCKER_HOST": f"unix://{self.engine.socket}"}
        self.build({"Dockerfile": self.dockerfile() + "RUN rm -r /home\n"}, "-t", "squashed:1", "--squash", "--load",
                   env=host)
        self.assertEqual(self.run_in_engine("squashed:1"), "hello world\n")
        layers = json.loads(self.engine.docker("image", "inspect", "squashed:1").stdout)[0]["RootFS"]["Layers"]
        self.assertEqual(len(layers), 2)

    def test_image_id_is_the_engines(self):
        archive, iid = self.path("app.tar"), self.path("iid")
        self.build({"Dockerfile": self.dockerfile()}, "-t", "ids:1", "--iidfile", iid, "--output",
                   f"type=docker,dest={archive}")
        self.engine.docker("load", "--input", archive)
        inspected = json.loads(self.engine.docker("image", "inspect", "ids:1").stdout)[0]
        self.assertEqual(inspected["Id"], harness.read(iid))


if __name__ == "__main__":
    harness.main()
