"""Networks of RUN steps: one apart from the host's, none, the host's."""
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import unittest

import harness
from harness import MBUILD, run

# What a step with CAP_NET_RAW can do to reach 127.0.0.1 of the host, beside asking for it.
ATTACK = r"""
use Socket;
my ($port) = @ARGV;
socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die "udp: $!";
setsockopt($udp, SOL_SOCKET, 25, "eth0\0") or die "bind to device: $!";
for my $to ("127.0.0.1", "10.0.2.2", "0.0.0.0") {
    my $sent = send($udp, "bound $to", 0, pack_sockaddr_in($port, inet_aton($to)));
    print "bound $to: ", defined $sent ? "sent" : $!, "\n";
}
my $body = "raw frame";
my $payload = pack("nnnn", 4000, $port, 8 + length $body, 0) . $body;
my $head = pack("CCnnnCCn", 0x45, 0, 20 + length $payload, 1, 0, 64, 17, 0) . inet_aton("10.0.2.100") .
    inet_aton("127.0.0.1");
my $sum = unpack("%32n*", $head);
$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
substr($head, 10, 2) = pack("n", ~$sum & 0xffff);
open(my $file, "<", "/sys/class/net/eth0/ifindex") or die;
my $index = <$file>;
socket(my $packet, 17, SOCK_RAW, 8) or die "packet: $!";
my $address = pack("SnlSCCx8", 17, 0x800, $index, 0, 0, 6);
for my $bypass (0, 1) {
    setsockopt($packet, 263, 20, pack("l", $bypass)) or die "bypass: $!";
    my $frame = ("\xff" x 6) . ("\x02" x 6) . "\x08\x00" . $head . $payload;
    print "raw: ", defined send($packet, $frame, 0, $address) ? "sent" : $!, "\n";
}
"""

# Answers every question for an address with 192.0.2.77.
NAME_SERVER = r"""
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.53", 53))
print("ready", flush=True)
while True:
    question, client = server.recvfrom(512)
    end = question.index(b"\0", 12) + 5
    wanted = question[end - 4:end - 2] == b"\0\1"
    head = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if wanted else b"\0\0") + b"\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([192, 0, 2, 77]) if wanted else b""
    server.sendto(head + question[12:end] + answer, client)
"""

GREETER = r"""
import socket, sys
server = socket.create_server((sys.argv[1], 8080))
print("ready", flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall(b"greetings\n")
    connection.close()
"""


class Greeter(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"REACHED\n")


def helpers(ancestor):
    """The ids of the pasta processes below a process."""
    parents, found = {}, []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            parents[pid] = int(harness.read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[1])
            if harness.read(f"/proc/{pid}/cmdline").startswith("pasta\0"):
                found.append(pid)
        except OSError:
            continue

    def below(pid):
        return pid == ancestor or (pid in parents and below(parents[pid]))
    return [pid for pid in found if below(pid)]


class Network(harness.Case):
    def setUp(self):
        super().setUp()
        self.base = ["--build-context", f"base=oci-layout://{harness.BASES}/busybox",
                     "--build-context", f"debian=oci-layout://{harness.BASES}/debian"]

    def output(self, script, *arguments, base="base", files=None, **options):
        """What the step printed, and the whole of stderr."""
        done = self.build({"Dockerfile": f"FROM {base}\n{script}", **(files or {})}, "--no-cache", *self.base,
                          *arguments, **options)
        return "\n".join(re.findall(r"^#\d+ [\d.]+ (.*)$", done.stderr, re.MULTILINE)), done.stderr

    def serve(self, host, family=socket.AF_INET):
        kind = type("Server", (socketserver.ThreadingTCPServer,), {"address_family": family, "daemon_threads": True})
        server = kind((host, 0), Greeter)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    @unittest.skipUnless(shutil.which("pasta"), "pasta is not installed")
    def test_the_hosts_loopback_is_out_of_reach(self):
        script = ""
        for address, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
            port = self.serve(address, family)
            for target in (address, "10.0.2.2", "169.254.1.1"):
                script += f"RUN timeout 1 nc {target} {port} < /dev/null; true\n"
        output, _ = self.output(script)
        self.assertNotIn("REACHED", output)
        self.assertIn("Connection refused", output)
        output, _ = self.output(script, "--network", "host")
        self.assertEqual(output.count("REACHED"), 2)
        output, _ = self.output(script.replace("RUN", "RUN --network=host"), "--allow", "network.host")
        self.assertEqual(output.count("REACHED"), 2)

    @unittest.skipUnless(shutil.which("pasta"), "pasta is not installed")
    def test_raw_frames_do_not_reach_it_either(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(1)
            port = server.getsockname()[1]
            output, _ = self.output(f"COPY attack.pl /\nRUN perl attack.pl {port}", base="debian",
                                    files={"attack.pl": ATTACK})
            self.assertIn("bound 127.0.0.1: sent", output)
            self.assertNotIn("die", output)
            with self.assertRaises(TimeoutError):
                print("the host received", server.recvfrom(100))

    @unittest.skipUnless(shutil.which("pasta"), "pasta is not installed")
    def test_the_host_is_reached_by_its_own_address_only(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 53))
            except OSError:
                self.skipTest("this machine has no route to anywhere")
            own = probe.getsockname()[0]
        port = self.serve(own)
        script = f"RUN timeout 5 nc gateway {port} < /dev/null; grep gateway /etc/hosts"
        output, _ = self.output(script, "--add-host", "gateway:host-gateway")
        self.assertIn("REACHED", output)
        self.assertIn(own, output)

    def test_none_has_nothing_but_loopback(self):
        output, _ = self.output("RUN ls /sys/class/net; ip -o link | wc -l; ping -c1 127.0.0.1", "--network", "none")
        self.assertEqual(output.split()[:2], ["lo", "1"])
        self.assertIn("0% packet loss", output)

    @unittest.skipUnless(shutil.which("pasta"), "pasta is not installed")
    def test_the_steps_of_a_build_share_one(self):
        script = "FROM base AS a\nRUN readlink /proc/self/ns/net > /a\nFROM base AS b\nRUN readlink /proc/self/ns/net > /a\n" \
                 "FROM base\nCOPY --from=a /a /a\nCOPY --from=b /a /b\nRUN cat /a /b; readlink /proc/self/ns/net"
        output, _ = self.output(script)
        self.assertEqual(len(set(output.split())), 1, output)
        self.assertNotIn(os.readlink("/proc/self/ns/net"), output)

    def test_without_pasta_it_is_the_hosts_and_one_line_says_so(self):
        empty = self.path("empty")
        os.makedirs(empty)
        output, stderr = self.output("RUN readlink /proc/self/ns/net\nRUN readlink /proc/self/ns/net\nRUN true",
                                     env={"PATH": empty})
        self.assertEqual(output.split(), [os.readlink("/proc/self/ns/net")] * 2)
        self.assertEqual(stderr.count("share the host's network"), 1)
        self.assertIn("pasta is not installed; the package passt", stderr)
        _, stderr = self.output("RUN true", "--network", "none", env={"PATH": empty})
        self.assertNotIn("network:", stderr)

    @unittest.skipUnless(shutil.which("pasta"), "pasta is not installed")
    def test_it_ends_with_a_build_that_is_killed(self):
        context = self.context({"Dockerfile": "FROM base\nRUN sleep 1000"})
        build = subprocess.Popen([MBUILD, "--root", self.store, "--progress", "plain", *self.base, context],
                                 stderr=subprocess.DEVNULL)
        harness.wait_until(lambda: helpers(build.pid), "pasta runs")
        found = helpers(build.pid)
        build.kill()
        build.wait()
        harness.wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in found), "pasta has ended", 5)

    def test_a_cached_build_starts_nothing(self):
        files = {"Dockerfile": "FROM base\nRUN echo x > /x"}
        self.build(files, *self.base)
        done = self.build(files, *self.base, env={"PATH": "/nonexistent"})
        self.assertIn("CACHED", done.stderr)
        self.assertNotIn("network:", done.stderr)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("pasta") and shutil.which("ip") and shutil.which("nsenter"),
                     "needs root, pasta, iproute2 and nsenter")
class Elsewhere(harness.Case):
    """Between namespaces of the test's own: a host with a name server on loopback, and a server beyond a router."""

    def setUp(self):
        super().setUp()
        self.host = self.namespace()
        self.far = self.namespace()
        self.inside(self.host, "ip link add v0 type veth peer name v1 netns " + str(self.far.pid))
        self.inside(self.host, "ip addr add 198.51.100.1/24 dev v0 && ip link set v0 up && ip link set lo up && "
                               "ip route add default via 198.51.100.2")
        self.inside(self.far, "ip addr add 198.51.100.2/24 dev v1 && ip link set v1 up && ip link set lo up && "
                              "ip addr add 203.0.113.5/32 dev lo")
        self.server(self.far, GREETER, "203.0.113.5")
        self.server(self.host, NAME_SERVER)
        with open(self.path("resolv.conf"), "w", encoding="utf-8") as file:
            file.write("nameserver 127.0.0.53\n")
        self.base = ["--build-context", f"base=oci-layout://{harness.BASES}/debian"]

    def namespace(self):
        holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", "echo; exec sleep 600"],
                                  stdout=subprocess.PIPE)
        holder.stdout.readline()
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        return holder

    def inside(self, namespace, script, check=True):
        return run("nsenter", "-t", namespace.pid, "-n", "-m", "sh", "-c", script, check=check)

    def server(self, namespace, program, *arguments):
        process = subprocess.Popen(["nsenter", "-t", str(namespace.pid), "-n", sys.executable, "-c", program,
                                    *arguments], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdout.readline()

    def test_far_servers_and_names_are_reached(self):
        context = self.context({"Dockerfile": r"""FROM base
RUN cat /etc/resolv.conf; getent ahostsv4 somewhere.example | head -1
RUN ["/bin/bash", "-c", "exec 3<>/dev/tcp/203.0.113.5/8080 && cat <&3"]
"""})
        done = self.inside(self.host, f"mount --bind {self.path('resolv.conf')} /etc/resolv.conf && exec {MBUILD} "
                                      f"--root {self.store} --progress plain {' '.join(self.base)} {context}")
        self.assertIn("nameserver 169.254.1.1", done.stderr)
        self.assertIn("192.0.2.77", done.stderr)
        self.assertIn("greetings", done.stderr)
        self.assertNotIn("share the host's network", done.stderr)


if __name__ == "__main__":
    harness.main()
