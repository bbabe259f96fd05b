#!/usr/bin/env python3
"""What an acknowledged message costs: XPUBLISH on parley-broker beside a script with XADD and PUBLISH
on redis-server with an append-only file, under the same fsync policy, in turn.

    bench/history.py [--only publish|read|beside|memory] [--runs 3]

publish  1, 64 and 1000 publishers that wait for each answer, with 0 and 100 subscribers; 64 that have
         16 messages on their way each, as chat servers have
read     100 entries at the tail, and anywhere in a stream of 1,000,000
beside   latency of a plain PUBLISH alone, and while 1000 appends a second are synced
memory   10,000,000 entries in 100,000 streams: resident memory, time to start
Servers run on core 0, load on core 1. Needs redis-server and redis-benchmark.
"""
import argparse
import csv
import json
import os
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
REPO = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
MESSAGE = "x" * 64
SCRIPT = ("local id = redis.call('XADD', KEYS[1], '*', 'm', ARGV[1]) "
          "redis.call('PUBLISH', KEYS[2], id .. ' ' .. ARGV[1]) return id")
SERVERS = ("parley-broker", "redis-server")
READS = {"parley-broker": 40_000, "redis-server": 40_000}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`policy` is always, everysec, no, or memory."""

    def __init__(self, name, policy, options, data=None, extra=()):
        self.name, self.bin, self.kept = name, options.bin, data is not None
        self.data, self.port = data or tempfile.mkdtemp(prefix="parley-bench-"), free_port()
        if name == "parley-broker":
            command = [options.bin / name, "--port", self.port]
            if policy != "memory":
                command += ["--data", self.data, "--fsync", policy]
        else:
            command = [name, "--port", self.port, "--save", "", "--dir", self.data, "--appendonly",
                       "no" if policy == "memory" else "yes"]
            if policy != "memory":
                command += ["--appendfsync", policy]
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", "0", *map(str, command), *extra],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_ready()
        self.start_seconds = time.monotonic() - began

    def wait_until_ready(self):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=120) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(64).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.01)
        raise SystemExit(f"{self.name} is not ready")

    def publish_command(self):
        if self.name == "parley-broker":
            return ["XPUBLISH", "room", "channel", MESSAGE]
        return ["EVALSHA", self.ask("SCRIPT", "LOAD", SCRIPT), "2", "room", "channel", MESSAGE]

    def ask(self, *words):
        with socket.create_connection(("127.0.0.1", self.port)) as c:
            c.sendall(request(*words))
            lines = c.makefile("rb")
            lines.readline()  # the length
            return lines.readline().decode().strip()

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int([line for line in lines if line.startswith("VmRSS")][0].split()[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()
        if not self.kept:
            shutil.rmtree(self.data, ignore_errors=True)


def request(*words):
    words = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Subscribers:
    """So many that read what comes; on the core of the load."""

    def __init__(self, port, count):
        self.selector, self.open = selectors.DefaultSelector(), True
        for _ in range(count):
            c = socket.create_connection(("127.0.0.1", port))
            c.sendall(request("SUBSCRIBE", "channel"))
            c.recv(1024)
            self.selector.register(c, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.drain)
        self.thread.start()

    def drain(self):
        while self.open:
            for key, _ in self.selector.select(0.1):
                key.fileobj.recv(1 << 20, socket.MSG_TRUNC)

    def stop(self):
        self.open = False
        self.thread.join()


def redis_benchmark(server, clients, count, command, pipeline=1):
    """Requests per second, p50 and p99 in ms, CPU us of the server for each request."""
    before = server.cpu_seconds()
    said = subprocess.run(["taskset", "-c", "1", "redis-benchmark", "-p", str(server.port), "-c",
                           str(clients), "-n", str(count), "-P", str(pipeline), "-r", "1000000",
                           "--csv", *command],
                          capture_output=True, text=True, check=True).stdout
    row = list(csv.reader(said.splitlines()))[-1]
    cpu = (server.cpu_seconds() - before) / count * 1e6
    return [float(row[-7]), float(row[-4]), float(row[-2]), cpu]


def in_turn(options, make, measure):
    """Medians of the runs, server by server, and the median of the ratios of CPU and of rate."""
    runs = {name: [] for name in SERVERS}
    for run in range(options.runs):
        for name in SERVERS if run % 2 == 0 else reversed(SERVERS):
            server = make(name)
            try:
                runs[name].append(measure(server))
            finally:
                server.stop()
    pairs = list(zip(*(runs[name] for name in SERVERS)))
    ratio = [statistics.median(ours[i] / theirs[i] for ours, theirs in pairs) for i in (0, 3)]
    return {name: [statistics.median(c) for c in zip(*rows)] for name, rows in runs.items()}, ratio


def print_rows(label, medians, ratio):
    for name in SERVERS:
        rate, p50, p99, cpu = medians[name]
        tail = f"{ratio[0]:.2f} | {ratio[1]:.2f}" if name == SERVERS[0] else "1 | 1"
        print(f"| {label} | {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {cpu:.1f} | {tail} |",
              flush=True)


def publish(options):
    print("| fsync, publishers, subscribers | server | /s | p50 ms | p99 ms | CPU us each "
          "| rate of redis' | CPU of redis' |\n|" + "---|" * 8)
    loads = [(publishers, 1, subscribers) for publishers in (1, 64, 1000) for subscribers in (0, 100)]
    for policy in ("always", "everysec", "memory"):
        for publishers, pipeline, subscribers in [*loads, (64, 16, 0)]:
            def measure(server):
                count = (6_000 if publishers == 1 else 100_000) * (5 if pipeline > 1 else 1)
                listeners = Subscribers(server.port, subscribers)
                try:
                    return redis_benchmark(server, publishers, count // (4 if subscribers else 1),
                                           server.publish_command(), pipeline)
                finally:
                    listeners.stop()
            figures = in_turn(options, lambda name: Server(name, policy, options), measure)
            each = f" x {pipeline}" if pipeline > 1 else ""
            print_rows(f"{policy}, {publishers}{each}, {subscribers}", *figures)


def fill(port, streams, entries, command):
    """`entries` in each stream, under the IDs 1-0, 2-0 and so on."""
    with socket.create_connection(("127.0.0.1", port)) as c:
        replies, wanted, seen = c.makefile("rb"), 0, 0
        for begin in range(0, streams * entries, 5000):
            words = [command(n // entries, n % entries + 1)
                     for n in range(begin, min(begin + 5000, streams * entries))]
            c.sendall(b"".join(words))
            wanted += len(words)
            while seen < wanted - 20_000 * (begin + 5000 < streams * entries):
                replies.readline()
                replies.readline()
                seen += 1


def entry(stream, n):
    key = b"room.%d" % stream
    text = b"%d-0" % n
    return b"*5\r\n$4\r\nXADD\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$1\r\nm\r\n$64\r\n%s\r\n" % (
        len(key), key, len(text), text, MESSAGE.encode())


def read(options):
    print("| 100 entries | server | /s | p50 ms | p99 ms | CPU us each | rate of redis' "
          "| CPU of redis' |\n|" + "---|" * 8)
    commands = {"at the tail": ["XREVRANGE", "room.0", "+", "-", "COUNT", "100"],
                "anywhere": ["XRANGE", "room.0", "__rand_int__", "+", "COUNT", "100"]}
    for label, command in commands.items():
        def make(name):
            extra = ("--history-memory", "16mb") if name == "parley-broker" else ()
            server = Server(name, "no", options, extra=extra)
            fill(server.port, 1, 1_000_000, entry)
            return server
        figures = in_turn(options, make, lambda s: redis_benchmark(s, 16, READS[s.name], command))
        print_rows(label, *figures)


def appender(port, stop, command):
    with socket.create_connection(("127.0.0.1", port)) as c:
        due = time.monotonic()
        while not stop.is_set():
            c.sendall(request(*command))
            c.recv(1024)
            due += 0.001
            time.sleep(max(0, due - time.monotonic()))


def beside(options):
    print("| PUBLISH, 500/s to 100 subscribers | server | p50 us | p99 us |\n|---|---|---|---|")
    for label, appends in (("alone", False), ("beside 1000 synced appends/s", True)):
        for name in SERVERS:
            rows = []
            for _ in range(options.runs):
                server, stop = Server(name, "always", options), threading.Event()
                thread = threading.Thread(target=appender, args=(
                    server.port, stop, ["XADD", "room", "*", "m", MESSAGE]))
                if appends:
                    thread.start()
                said = subprocess.run(
                    ["taskset", "-c", "1", options.bin / "parley-bench", "--port", str(server.port),
                     "--subscribers", "100", "--rate", "500", "--seconds", "4", "--json"],
                    capture_output=True, text=True, check=True).stdout
                stop.set()
                if appends:
                    thread.join()
                server.stop()
                rows.append(json.loads(said))
            p50, p99 = (statistics.median(row[f"latency_us_{key}"] for row in rows)
                        for key in ("p50", "p99"))
            print(f"| {label} | {name} | {p50:.0f} | {p99:.0f} |", flush=True)


def memory(options):
    streams, entries = options.streams, 100
    print(f"| {streams * entries:,} entries in {streams:,} streams | MiB after filling "
          "| MiB after a restart | ready after s |\n|---|---|---|---|")
    for name in SERVERS:
        data = tempfile.mkdtemp(prefix="parley-bench-")
        server = Server(name, "no", options, data)
        fill(server.port, streams, entries, entry)
        filled = server.resident_mib()
        server.stop()
        server = Server(name, "no", options, data)
        print(f"| {name} | {filled:.0f} | {server.resident_mib():.0f} | {server.start_seconds:.2f} |",
              flush=True)
        server.stop()
        shutil.rmtree(data)


GROUPS = {"publish": publish, "read": read, "beside": beside, "memory": memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--streams", type=int, default=100_000, help="of the group memory")
    parser.add_argument("--only", action="append", choices=GROUPS)
    parser.add_argument("--bin", type=Path, default=REPO / "build/release/bin")
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    for group in options.only or GROUPS:
        GROUPS[group](options)
        print()


if __name__ == "__main__":
    main()
