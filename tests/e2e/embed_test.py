"""samples/embed: programs that link the installed library, in C++, C and Python."""
import ast
import os
import re

import harness
from harness import run

SAMPLES = os.path.join(harness.SOURCE, "samples", "embed")
ORDINARY = {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"}


class Embed(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", os.environ["MBUILD_BUILD"], "--prefix", cls.prefix)
        cls.libraries = os.path.dirname(run("find", cls.prefix, "-name", "libmbuild.so").stdout.strip())

    def sample(self, name, prefix=None):
        """Builds a sample as its own project, against the installed package alone."""
        built = self.path("build-" + name)
        run("cmake", "-S", os.path.join(SAMPLES, name), "-B", built, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_PREFIX_PATH=" + (prefix or self.prefix))
        run("cmake", "--build", built)
        return built

    def dockerfile(self, text):
        with open(self.path("Dockerfile.sample"), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path("Dockerfile.sample")

    def test_cpp(self):
        built = self.sample("cpp")
        context = self.context({"a/b.txt": "b", "unsaved.txt": "as it is on the disk"})
        done = run(f"{built}/embed", self.store, context)
        self.assertRegex(done.stdout, r"built sha256:[0-9a-f]{64} with 1 layer")
        self.assertEqual(self.config("embedded")["config"]["Labels"], {"made.by": "embed"})
        self.assertIn("is cached", run(f"{built}/embed", self.store, context).stdout)
        out = self.path("out")
        self.mbuild("-f", self.dockerfile("FROM embedded\n"), "--output", f"type=local,dest={out}", context)
        self.assertEqual(harness.read(out, "files", "unsaved.txt"), "as the editor shows it\n")
        self.assertEqual(harness.read(out, "files", "a", "b.txt"), "b")
        self.assertEqual(harness.read(context, "unsaved.txt"), "as it is on the disk")

        stages = run(f"{built}/stages", stdin="FROM scratch AS one\nCOPY a b\nFROM one\n").stdout
        self.assertEqual(stages, "stage one: 1 instruction(s)\nstage stage-1: 0 instruction(s)\n")
        wrong = run(f"{built}/stages", stdin="FROM scratch\nCOPPY a b\n", check=False)
        self.assertEqual((wrong.returncode, wrong.stdout[:28]), (1, "line 2: unknown-instruction:"))

    def test_c(self):
        built = self.sample("c")
        context = self.context({"file": "x"})
        done = run(f"{built}/embed_c", self.store, context,
                   self.dockerfile("FROM scratch AS base\nCOPY file /\nFROM base\nENV A=1\n"))
        self.assertIn("stage stage-1, from 1 place(s)\n", done.stdout)
        self.assertRegex(done.stdout, r"built sha256:[0-9a-f]{64} in \d+ step")
        self.assertEqual(self.config("embedded-c")["config"]["Labels"], {"made.by": "c"})
        wrong = run(f"{built}/embed_c", self.store, context, self.dockerfile("FROM scratch\nCOPPY a /\n"), check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("2:1: unknown-instruction", wrong.stdout)
        missing = run(f"{built}/embed_c", self.store, context, self.dockerfile("FROM scratch\nCOPY absent /\n"),
                      check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("absent", missing.stderr)

    def test_c_with_pkg_config(self):
        env = {"PKG_CONFIG_PATH": os.path.join(self.libraries, "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "mbuild", env=env).stdout.split()
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", os.path.join(SAMPLES, "c", "embed.c"), *flags,
            "-o", self.path("embed_c"))
        done = run(self.path("embed_c"), self.store, self.context({"file": "x"}),
                   self.dockerfile("FROM scratch\nCOPY file /\n"), env={"LD_LIBRARY_PATH": self.libraries})
        self.assertIn("built sha256:", done.stdout)

    def installed_archives(self):
        """The package of MBUILD_STATIC=ON. The archives and the program are those of the usual build, which are the
        same."""
        built, prefix = self.path("static-build"), self.path("static-prefix")
        run("cmake", "-S", harness.SOURCE, "-B", built, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DMBUILD_STATIC=ON",
            "-DMBUILD_TESTS=OFF")
        usual = os.environ["MBUILD_BUILD"]
        for file in ("parser/libmbuild_parser.a", "registry/libmbuild_registry.a", "builder/libmbuild_builder.a", "mbuild"):
            os.symlink(os.path.join(usual, file), os.path.join(built, file))
        run("cmake", "--install", built, "--prefix", prefix)
        self.assertEqual(run("find", prefix, "-name", "*.so*").stdout, "")
        return prefix

    def test_static_libraries(self):
        prefix = self.installed_archives()
        built = self.sample("cpp", prefix)
        context = self.context({"file": "x"})
        self.assertIn("built sha256:", run(f"{built}/embed", self.store, context).stdout)
        self.assertIn("stage one: 1 ", run(f"{built}/stages", stdin="FROM scratch AS one\nCOPY a b\n").stdout)
        for program, others in (("stages", set()), ("embed", {"libssl.so.3", "libarchive.so.13"})):
            needs = set(re.findall(r"NEEDED.*\[(.+)\]", run("readelf", "-d", f"{built}/{program}").stdout))
            self.assertFalse([library for library in needs if "mbuild" in library])
            self.assertLessEqual(others, needs)
            if not others:
                self.assertLessEqual(needs, ORDINARY)
        built = self.sample("c", prefix)
        text = self.dockerfile("FROM scratch\nCOPY file /\n")
        self.assertIn("built sha256:", run(f"{built}/embed_c", self.store, context, text).stdout)
        libraries = os.path.dirname(run("find", prefix, "-name", "libmbuild_builder.a").stdout.strip())
        flags = run("pkg-config", "--cflags", "--libs", "mbuild",
                    env={"PKG_CONFIG_PATH": os.path.join(libraries, "pkgconfig")}).stdout.split()
        run("cc", "-std=c11", os.path.join(SAMPLES, "c", "embed.c"), *flags, "-o", self.path("embed_c"))
        self.assertIn("built sha256:", run(self.path("embed_c"), self.store, context, text).stdout)

    def test_python(self):
        done = run("python3", os.path.join(SAMPLES, "python", "embed.py"), f"{self.libraries}/libmbuild.so", self.store,
                   self.context({"file": "x"}), self.dockerfile("from scratch\nCOPY file /\n"))
        self.assertIn("built sha256:", done.stdout)
        self.assertIn("step ", done.stdout)
        self.assertIn("line 1: ConsistentInstructionCasing", done.stdout)
        wrong = run("python3", os.path.join(SAMPLES, "python", "embed.py"), f"{self.libraries}/libmbuild.so", self.store,
                    self.context({}), self.dockerfile("FROM scratch\nCOPY absent /\n"), check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("absent", wrong.stderr)

    def in_one_process(self, code):
        """Runs Python code that has the sample's Mbuild as `mbuild`, and options for a build as `options`."""
        script = self.path("script.py")
        base = f"base=oci-layout://{harness.BASES}/busybox"
        with open(script, "w", encoding="utf-8") as out:
            out.write(f"import sys, threading, time\nsys.path.insert(0, {os.path.join(SAMPLES, 'python')!r})\n"
                      f"import embed\nmbuild = embed.Mbuild({self.libraries + '/libmbuild.so'!r})\n"
                      f"options = [('root', {self.store!r}), ('context', {self.context({'f': 'x'})!r}),"
                      f" ('build-context', {base!r})]\n" + code)
        return run("python3", script, timeout=120).stdout

    def test_builds_side_by_side(self):
        printed = self.in_one_process(
            "def one(number):\n"
            "    text = f'FROM base\\nCOPY f /f{number % 3}\\nRUN echo {number} > /n\\n'.encode()\n"
            "    mbuild.build(text, options + [('tag', f'side:{number}')])\n"
            "threads = [threading.Thread(target=one, args=[number]) for number in range(6)]\n"
            "for thread in threads: thread.start()\n"
            "for thread in threads: thread.join()\n")
        self.assertEqual(len(set(re.findall(r"built (sha256:[0-9a-f]{64})", printed))), 6)
        self.assertEqual(len(self.mbuild("images", "-q").stdout.split()), 6)

    def test_cancelled_from_another_thread(self):
        """While a step runs. The best of three times: how long the end takes, not how busy the machine is."""
        printed = self.in_one_process(
            "import ctypes\n"
            "def once(number):\n"
            "    request = ctypes.c_void_p(mbuild.library.mbuild_request_new())\n"
            "    text = b'FROM base\\nRUN echo ready; sleep 100\\n'\n"
            "    mbuild.library.mbuild_request_set_dockerfile(request, text, ctypes.c_size_t(len(text)))\n"
            "    for name, value in options: mbuild.call('request_set', request, name.encode(), value.encode())\n"
            "    running, at = threading.Event(), []\n"
            "    observer = embed.Observer(lambda event, _: running.set() if event.contents.kind == 3 else None)\n"
            "    def stop():\n"
            "        running.wait()\n"
            "        at.append(time.monotonic())\n"
            "        mbuild.library.mbuild_request_cancel(request)\n"
            "    threading.Thread(target=stop).start()\n"
            "    try: mbuild.call('build', request, observer, None)\n"
            "    except RuntimeError as error: print('error:', error)\n"
            "    took = time.monotonic() - at[0]\n"
            "    mbuild.library.mbuild_request_free(request)\n"
            "    return took\n"
            "print('seconds', min(once(number) for number in range(3)))\n")
        self.assertEqual(len(re.findall("error: .*cancel", printed)), 3, printed)
        self.assertLess(float(re.search(r"seconds (\S+)", printed)[1]), 0.1)

    def test_events(self):
        """A pull tells of its bytes; a step of its line, its output and what it used; the second build of hits."""
        base = self.registry().seed("busybox", "library/busybox")
        printed = self.in_one_process(
            "import ctypes\n"
            f"text = b'FROM {base}\\nRUN echo said; head -c 20000000 /dev/zero | sha256sum\\n'\n"
            "def build():\n"
            "    request = ctypes.c_void_p(mbuild.library.mbuild_request_new())\n"
            "    mbuild.library.mbuild_request_set_dockerfile(request, text, ctypes.c_size_t(len(text)))\n"
            "    for name, value in options: mbuild.call('request_set', request, name.encode(), value.encode())\n"
            "    def tell(event, _):\n"
            "        e = event.contents\n"
            "        text = ctypes.string_at(e.text, e.size).decode().strip()\n"
            "        print('event', (e.kind, e.step, text, e.outcome, e.done, e.total, e.wall_ns, e.cpu_ns,"
            " e.first_line, e.last_line))\n"
            "    observer = embed.Observer(tell)\n"
            "    mbuild.call('build', request, observer, None)\n"
            "    mbuild.library.mbuild_request_free(request)\n"
            "build()\nprint('again')\nbuild()\n")
        first, second = ([ast.literal_eval(line[6:]) for line in part.splitlines() if line.startswith("event ")]
                         for part in printed.split("again\n"))
        added, started, output, progress, finished = range(1, 6)
        bytes_told = [event for event in first if event[0] == progress and event[4] > 0]
        self.assertTrue(bytes_told, first)
        self.assertTrue(all(event[4] <= event[5] for event in bytes_told if event[5]), bytes_told)
        run_step = next(event[1] for event in first if event[0] == added and "RUN echo" in event[2])
        told = [event for event in first if event[1] == run_step and event[0] != progress]
        self.assertEqual([event[0] for event in told if event[0] != output], [added, started, finished])
        self.assertEqual(told[0][8:], (2, 2))
        self.assertIn("said", "".join(event[2] for event in told if event[0] == output))
        self.assertGreaterEqual(told[-1][6], told[-1][7] // os.cpu_count())
        self.assertGreater(told[-1][7], 0)
        run_step = next(event[1] for event in second if event[0] == added and "RUN echo" in event[2])
        self.assertEqual([event[3] for event in second if event[:2] == (finished, run_step)], [1])

    def needed(self, library):
        text = run("readelf", "-d", os.path.join(self.libraries, library)).stdout
        return set(re.findall(r"NEEDED.*\[(.+)\]", text))

    def test_the_parser_needs_nothing(self):
        self.assertLessEqual(self.needed("libmbuild_parser.so"), ORDINARY)

    def test_only_ours_is_shown(self):
        for library in ("libmbuild.so", "libmbuild_parser.so"):
            table = run("nm", "-D", "-C", "--defined-only", os.path.join(self.libraries, library)).stdout
            names = [line.split(maxsplit=2)[2] for line in table.splitlines() if len(line.split()) > 2]
            self.assertTrue(names)
            foreign = [name for name in names if "mbuild" not in name.lower()]
            self.assertEqual(foreign, [])
            internal = [name for name in names if re.search(r"mbuild::(oci|remote|cli|library)::", name)]
            self.assertEqual(internal, [])


if __name__ == "__main__":
    harness.main()
