#!/usr/bin/env python3
"""How long a keystroke, a completion and a hover take in a file of 300 lines, and the server's memory; the same of
dockerfile-language-server-nodejs where MBUILD_NODE_MODULES names a node_modules folder that has it.

usage: MBUILD=build/release/mbuild [MBUILD_NODE_MODULES=...] tests/bench/lsp_latency.py
"""
import os
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from lsp_client import Client, span  # noqa: E402

BUDGETS = {"keystroke to diagnostics": 5.0, "completion": 10.0, "resident": 30.0}
URI = "file:///bench/Dockerfile"


def text(lines):
    stages = "".join(f"FROM debian:12 AS s{i}\nARG V{i}=1\nENV A{i}=$V{i} PATH=/x:$PATH\nRUN apt-get update && \\\n"
                     f"    apt-get install -y a b c && \\\n    rm -rf /var/lib/apt/lists/*\n"
                     f"COPY src/{i} /src/{i}\nWORKDIR /src\nRUN make V=$V{i}\nCMD [\"/x\"]\n"
                     for i in range(lines // 10))
    return stages


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def published(client):
    """The other server gives no version; ours may publish twice for one, when it has looked around."""
    client.wait_for("textDocument/publishDiagnostics",
                    lambda p: p.get("version") in (None, client.versions[URI]), timeout=120)


def measure(command, lines):
    client = Client(command)
    content = text(lines)
    client.open(URI, content)
    published(client)
    last = content.count("\n")
    times = {"keystroke to diagnostics": [], "completion": [], "hover": []}
    for i in range(30):
        begun = time.perf_counter()
        client.change(URI, {"range": span(last, i, i), "text": "R"})
        published(client)
        times["keystroke to diagnostics"].append(time.perf_counter() - begun)
        for name, method, place in (("completion", "completion", (last, i + 1)), ("hover", "hover", (8, 13))):
            begun = time.perf_counter()
            client.at(method, URI, *place)
            times[name].append(time.perf_counter() - begun)
    result = {name: statistics.median(values) * 1000 for name, values in times.items()}
    result["resident"] = resident(client.process.pid)
    client.process.kill()
    return result


def main():
    failed = False
    with tempfile.TemporaryDirectory() as store:
        commands = {"mbuild": [os.environ.get("MBUILD", "mbuild"), "lsp", "--root=" + store]}
        modules = os.environ.get("MBUILD_NODE_MODULES")
        if modules:
            commands["nodejs"] = ["node", modules + "/dockerfile-language-server-nodejs/bin/docker-langserver", "--stdio"]
        results = {name: measure(command, 300) for name, command in commands.items()}
        large = measure(commands["mbuild"], 100000)
    for what in results["mbuild"]:
        unit = "MB" if what == "resident" else "ms"
        mine = results["mbuild"][what]
        budget = BUDGETS.get(what)
        failed = failed or (budget is not None and mine > budget)
        line = f"{what:26} {mine:9.2f} {unit}" + (f"  (budget {budget:.0f})" if budget else "")
        if modules:
            line += f"  nodejs {results['nodejs'][what]:9.2f} {unit}, {results['nodejs'][what] / mine:.1f} times"
        print(line)
    for what, value in large.items():
        print(f"100,000 lines: {what:26} {value:9.1f} {'MB' if what == 'resident' else 'ms'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
