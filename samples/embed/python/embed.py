#!/usr/bin/env python3
"""Looks at a Dockerfile and builds it, from Python: libmbuild through ctypes.

usage: embed.py LIBRARY STORE_DIR CONTEXT_DIR DOCKERFILE
"""
import ctypes
import sys


class Range(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in
                ("begin", "end", "begin_line", "begin_column", "end_line", "end_column")]


class Diagnostic(ctypes.Structure):
    _fields_ = [("severity", ctypes.c_int), ("code", ctypes.c_char_p), ("message", ctypes.c_char_p), ("range", Range)]


class Event(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("step", ctypes.c_size_t), ("text", ctypes.c_void_p), ("size", ctypes.c_size_t),
                ("stage", ctypes.c_char_p), ("stream", ctypes.c_int), ("outcome", ctypes.c_int),
                ("done", ctypes.c_uint64), ("total", ctypes.c_uint64), ("wall_ns", ctypes.c_uint64),
                ("cpu_ns", ctypes.c_uint64), ("peak_memory_bytes", ctypes.c_uint64),
                ("first_line", ctypes.c_uint), ("last_line", ctypes.c_uint)]


STEP_ADDED = 1
Observer = ctypes.CFUNCTYPE(None, ctypes.POINTER(Event), ctypes.c_void_p)


class Mbuild:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        for name in ("dockerfile_parse", "request_new", "build"):
            getattr(self.library, "mbuild_" + name).restype = ctypes.c_void_p
        for name in ("version", "error_message", "image_id"):
            getattr(self.library, "mbuild_" + name).restype = ctypes.c_char_p
        self.library.mbuild_diagnostic_count.restype = ctypes.c_size_t

    def call(self, name, *arguments):
        """A function that can fail: gives what it gives, or raises."""
        error = ctypes.c_void_p()
        result = getattr(self.library, "mbuild_" + name)(*arguments, ctypes.byref(error))
        if error:
            message = self.library.mbuild_error_message(error).decode()
            self.library.mbuild_error_free(error)
            raise RuntimeError(message)
        return ctypes.c_void_p(result)

    def diagnostics(self, text):
        dockerfile = self.call("dockerfile_parse", text, ctypes.c_size_t(len(text)), b"Dockerfile", None, None,
                               ctypes.c_size_t(0))
        found = Diagnostic()
        for index in range(self.library.mbuild_diagnostic_count(dockerfile)):
            self.library.mbuild_diagnostic_get(dockerfile, ctypes.c_size_t(index), ctypes.byref(found),
                                               ctypes.c_size_t(ctypes.sizeof(found)))
            yield found.range.begin_line + 1, found.code.decode(), found.message.decode()
        self.library.mbuild_dockerfile_free(dockerfile)

    def build(self, text, options):
        request = ctypes.c_void_p(self.library.mbuild_request_new())
        self.library.mbuild_request_set_dockerfile(request, text, ctypes.c_size_t(len(text)))
        for name, value in options:
            self.call("request_set", request, name.encode(), value.encode())

        def observe(event, _):
            if event.contents.kind == STEP_ADDED:
                print("step", ctypes.string_at(event.contents.text, event.contents.size).decode())

        observer = Observer(observe)  # kept until the build is done
        try:
            image = self.call("build", request, observer, None)
            print("built " + self.library.mbuild_image_id(image).decode())  # one write, whoever else prints
            self.library.mbuild_image_free(image)
        finally:
            self.library.mbuild_request_free(request)


def main():
    library, store, context, path = sys.argv[1:]
    mbuild = Mbuild(library)
    with open(path, "rb") as dockerfile:
        text = dockerfile.read()
    print("mbuild", mbuild.library.mbuild_version().decode())
    for line, code, message in mbuild.diagnostics(text):
        print(f"line {line}: {code}: {message}")
    try:
        mbuild.build(text, [("root", store), ("context", context), ("tag", "embedded-python:latest")])
    except RuntimeError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
