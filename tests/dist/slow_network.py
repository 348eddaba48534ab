#!/usr/bin/env python3
"""Machines joined by a network of a given latency and bandwidth, on one machine: network namespaces, each with a host name and a processor
of its own, between which mpirun starts its daemons as it does over ssh.

    tests/dist/slow_network.py --program build/gradus --switch build/tests/dist/slow_switch
        A training over two of them ends with the weights that one process finds; one whose cable is cut ends, and says so.
    tests/dist/slow_network.py --switch build/tests/dist/slow_switch --latency 1e-3 --megabits 100
        What TCP sees of such a network.

Needs root, `ip` and `unshare`. netem makes the network slow where the kernel has it, the program slow_switch elsewhere. Exit status 77, with
a message, where something is missing."""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
NETWORK = "10.77.0"
DEVICE = "slow0"
GRADIENT_BYTES = 4 * (64 * 48 + 48 * 24 + 24 * 10)  # of the training below, without biases
SECONDS_TO_END = 30  # after a machine is gone; eight minutes without the settings below
PACKET = 9000  # bytes at most: "jumbo" frames, that the switch need not handle six times as many
AGENT = """#!/bin/sh
# What mpirun calls in place of ssh: HOST COMMAND...
host=${{1##*.}}
shift
exec ip netns exec {name}-$((host - 1)) unshare --uts sh -c 'hostname node$0; exec taskset -c "$1" sh -c "$2"' \\
  "$host" "$(echo {processors} | cut -d' ' -f"$host")" "$*"
"""
ECHO = """
import socket, statistics, sys, time
address, rounds, size = (sys.argv[1], 50000), int(sys.argv[2]), int(sys.argv[3])
if sys.argv[4:] == ["answer"]:
    with socket.create_server(address) as door:
        print("ready", flush=True)
        line = door.accept()[0]
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(rounds):
        line.sendall(line.recv(1))
    for _ in range(3):
        left = size
        while left:
            left -= len(line.recv(min(left, 1 << 20)))
        line.sendall(b"x")
else:
    line = socket.create_connection(address)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    def timed(content):
        begin = time.perf_counter()
        line.sendall(content)
        line.recv(1)
        return time.perf_counter() - begin
    there_and_back = statistics.median(timed(b"x") for _ in range(rounds))
    content = bytes(size)
    fastest = min(timed(content) for _ in range(3))
    print(there_and_back, size / (fastest - there_and_back))
"""


class Missing(Exception):
    """What this machine lacks for a slow network."""


def succeeds(*words):
    try:
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def ip(*words):
    done = subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Missing(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def delete(space):
    """With the processes in it, which this program has started."""
    for pid in ip("netns", "pids", space).split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
    ip("netns", "delete", space)


class SlowNetwork:
    """with SlowNetwork(switch, latency=1e-3, megabits=100) as network: subprocess.run([*network.mpirun(2), ...])

    latency: seconds that a packet takes from host to host, beside what it takes on every machine. megabits a second in each direction
    of each host's cable. Without both the namespaces are joined as well as the kernel can."""

    def __init__(self, switch, latency=0.0, megabits=0.0, hosts=2):
        self.latency, self.megabits, self.hosts = latency, megabits, hosts
        self.switch = switch
        self.name = f"gradus{os.getpid()}"
        self.processors = sorted(os.sched_getaffinity(0))[:hosts]
        self.spaces = [f"{self.name}-{k}" for k in range(hosts)]
        self.forwarder = None

    def __enter__(self):
        missing = [tool for tool in ("ip", "tc", "unshare", "taskset", "mpirun") if shutil.which(tool) is None]
        if os.geteuid() != 0 or missing:
            raise Missing(f"no {', '.join(missing)}" if missing else "network namespaces are made by root alone: run this as root")
        if len(self.processors) < self.hosts:
            raise Missing(f"{self.hosts} hosts want as many processors, here are {len(self.processors)}")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        self.folder = tempfile.TemporaryDirectory()
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for space in ip("netns", "list").split():
            owner = re.match(r"gradus(\d+)-", space)
            if owner and (owner[1] == str(os.getpid()) or not pathlib.Path("/proc", owner[1]).exists()):
                delete(space)  # of this program, or of one that was killed
        if self.forwarder is not None:
            self.forwarder.communicate()
        self.folder.cleanup()

    def build(self):
        for space in self.spaces:
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
            succeeds("ip", "netns", "exec", space, "sh", "-c", "echo cubic > /proc/sys/net/ipv4/tcp_congestion_control")
        shaped = self.latency > 0 or self.megabits > 0
        netem = ["ip", "netns", "exec", self.spaces[0], "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "0"]
        if shaped and not succeeds(*netem):
            self.start_switch()
        else:
            self.join_by_bridge(shaped)
        for k, space in enumerate(self.spaces):
            ip("-n", space, "address", "add", f"{self.address(k)}/24", "dev", DEVICE)
            ip("-n", space, "link", "set", DEVICE, "mtu", str(PACKET), "up")
        self.agent = pathlib.Path(self.folder.name) / "agent"
        self.agent.write_text(AGENT.format(name=self.name, processors=" ".join(map(str, self.processors))))
        self.agent.chmod(0o700)

    def start_switch(self):
        if self.switch is None or not os.access(self.switch, os.X_OK):
            raise Missing(f"this kernel has no netem, and there is no slow_switch at {self.switch}")
        rate = self.megabits * 1e6 / 8 if self.megabits else 1e12
        self.forwarder = subprocess.Popen([self.switch, str(self.latency), str(rate), DEVICE, *self.spaces], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.forwarder.stdout.readline() != "ready\n":
            raise Missing(self.forwarder.stderr.read().strip())

    def join_by_bridge(self, shaped):
        middle = f"{self.name}-middle"
        ip("netns", "add", middle)
        ip("-n", middle, "link", "add", "bridge", "type", "bridge")
        ip("-n", middle, "link", "set", "bridge", "mtu", str(PACKET), "up")
        rate = ["rate", f"{self.megabits}mbit"] if self.megabits else []
        for k, space in enumerate(self.spaces):
            ip("-n", middle, "link", "add", f"port{k}", "mtu", str(PACKET), "type", "veth", "peer", "name", DEVICE, "netns", space)
            ip("-n", middle, "link", "set", f"port{k}", "master", "bridge", "up")
            slow = ["netem", "delay", f"{self.latency * 1e6:.0f}us", *rate, "limit", "100000"]
            if shaped and not succeeds("tc", "-n", space, "qdisc", "add", "dev", DEVICE, "root", *slow):
                raise Missing(f"tc qdisc add {' '.join(slow)} fails")

    def address(self, host):
        return f"{NETWORK}.{host + 1}"

    def on(self, host):
        """What stands before a command that is to run on a host."""
        rename = 'hostname "$0"; exec "$@"'
        return ["ip", "netns", "exec", self.spaces[host], "unshare", "--uts", "sh", "-c", rename, f"node{host + 1}", "taskset", "-c",
                str(self.processors[host])]

    def cut(self, host):
        ip("-n", self.spaces[host], "link", "set", DEVICE, "down")

    def mpirun(self, processes, **more):
        """One process on each of the first hosts, as on machines that ssh reaches; `more` of mpirun's settings."""
        settings = {"plm_rsh_agent": str(self.agent), "oob_tcp_if_include": f"{NETWORK}.0/24", "pml": "ob1", "btl": "self,tcp",
                    "btl_tcp_if_include": f"{NETWORK}.0/24", **more}
        words = [word for name, value in settings.items() for word in ("--mca", name, value)]
        hosts = ",".join(self.address(k) for k in range(processes))
        return [*self.on(0), "mpirun", "--allow-run-as-root", *words, "--bind-to", "none", "--host", hosts, "-n", str(processes)]

    def echo(self, rounds=200, size=None):
        """Seconds there and back, and bytes a second, as TCP between the first two hosts sees them."""
        size = size or int(min(self.megabits or 8000, 8000) * 1e6 / 8 / 4)  # a quarter of a second
        words = [sys.executable, "-c", ECHO, self.address(1), str(rounds), str(size)]
        with subprocess.Popen([*self.on(1), *words, "answer"], stdout=subprocess.PIPE, text=True) as answering:
            answering.stdout.readline()
            done = subprocess.run([*self.on(0), *words], stdout=subprocess.PIPE, text=True, check=True)
        return tuple(map(float, done.stdout.split()))

    def bytes_received(self, host):
        return json.loads(ip("-n", self.spaces[host], "-s", "-json", "link", "show", DEVICE))[0]["stats64"]["rx"]["bytes"]


def last_line(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=100)
    if done.returncode != 0:
        sys.exit(f"FAILED: {' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def same_bits(network, program):
    if not (pathlib.Path(program).parent / "gradus_mpi.so").exists():
        raise Missing("no gradus_mpi.so beside the program; install libopenmpi-dev and openmpi-bin and build again")
    training = [program, "train", "digits", "--hidden", "48,24", "--normalization", "batch", "--epochs", "2", "--json", "--threads", "1",
                "--gradient-slices", "4"]
    if not succeeds(*network.mpirun(2), "true"):
        raise Missing("mpirun does not start processes in the namespaces")
    alone = last_line(training, network.folder.name)
    far = last_line([*network.mpirun(2), *training], network.folder.name)
    if far["weights_sha256"] != alone["weights_sha256"]:
        sys.exit(f"FAILED: two hosts find the weights {far['weights_sha256']}, one process finds {alone['weights_sha256']}")
    crossed = network.bytes_received(1)
    least = far["steps"] * GRADIENT_BYTES
    if crossed < least:
        sys.exit(f"FAILED: {crossed:,} bytes crossed the network, {far['steps']} steps exchange at least {least:,}")
    print(f"{far['weights_sha256']} of one process and of two hosts, over {crossed:,} bytes and {far['steps']} steps of "
          f"{1e3 * far['seconds'] / far['steps']:.3f} ms")


def lost_machine(network, program):
    """With the settings that docs/cluster.md proposes."""
    training = [program, "train", "digits", "--epochs", "1000000", "--patience", "0", "--quiet", "--threads", "1", "--gradient-slices", "2"]
    keepalive = {"oob_tcp_keepalive_time": "4", "oob_tcp_keepalive_intvl": "1", "oob_tcp_keepalive_probes": "3"}
    job = subprocess.Popen([*network.mpirun(2, **keepalive), *training], cwd=network.folder.name, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    before = network.bytes_received(1)
    while network.bytes_received(1) < before + 1e6 and job.poll() is None:  # it trains
        time.sleep(0.1)
    network.cut(1)
    begin = time.monotonic()
    try:
        out, err = job.communicate(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        job.kill()
        sys.exit(f"FAILED: a job whose machine is gone does not end within {SECONDS_TO_END} s")
    if job.returncode == 0 or f"node {network.address(1)}" not in out + err:
        sys.exit(f"FAILED: exit {job.returncode}, and no word of {network.address(1)}\n{out}\n{err}")
    print(f"a job that has lost a machine ends within {time.monotonic() - begin:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=lambda path: str(pathlib.Path(path).resolve()), help="gradus, to train")
    parser.add_argument("--switch", type=lambda path: str(pathlib.Path(path).resolve()), help="the program slow_switch")
    parser.add_argument("--latency", type=float, default=2e-3, help="seconds from host to host [%(default)s]")
    parser.add_argument("--megabits", type=float, default=100, help="a second, of a host's cable [%(default)s]")
    options = parser.parse_args()
    try:
        with SlowNetwork(options.switch, options.latency, options.megabits) as network:
            if options.program is not None:
                same_bits(network, options.program)
                lost_machine(network, options.program)
            else:
                there_and_back, rate = network.echo()
                print(f"there and back {there_and_back * 1e3:.3f} ms, {rate * 8 / 1e6:,.0f} megabits a second")
    except Missing as what:
        print(f"skipped: {what}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
