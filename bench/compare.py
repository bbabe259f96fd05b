#!/usr/bin/env python3
"""Measures our servers beside their peers, in turn, and prints a table. See README.md here."""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

from compare_cases import all_cases  # noqa: E402
from compare_servers import SERVERS, ServerError, Setup, start  # noqa: E402
from compare_table import markdown  # noqa: E402

REPO = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
LOAD_SECONDS_MAX = 240
QUIET_CORES = 0.1   # so much other work on the two cores counts as quiet
RETRIES_MAX = 2     # a run that was disturbed is made again so often


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each load on each server")
    parser.add_argument("--seconds", type=float, default=3, help="measured in each run")
    parser.add_argument("--only", action="append", metavar="GROUP",
                        help="this group (may be given again); without: broker, chat-local, "
                             "chat-bus; `all` for every group")
    parser.add_argument("--server", action="append", metavar="NAME",
                        help="only these servers: " + ", ".join(SERVERS))
    parser.add_argument("--bin", type=Path, default=REPO / "build/release/bin")
    parser.add_argument("--out", type=Path, help="JSON of all runs [BIN/../compare.json]")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--settle", type=float, default=20,
                        help="seconds to wait, at most, for the machine to be quiet; 0: neither wait "
                             "nor repeat disturbed runs")
    return parser.parse_args()


def busy_seconds(cores):
    """What the cores were busy with, and what the hypervisor took."""
    busy = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in [f"cpu{core}" for core in cores]:
            user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
            busy += user + nice + system + irq + softirq + steal
    return busy / TICKS


def process_seconds(pids):
    used = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def wait_for_quiet(cores, longest):
    """Returns when the cores have next to nothing to do, or after so many seconds."""
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline:
        before, begin = busy_seconds(cores), time.monotonic()
        time.sleep(0.5)
        if (busy_seconds(cores) - before) / (time.monotonic() - begin) < QUIET_CORES:
            return


def load(case, server, args):
    """One run of parley-bench on running servers; its figures and how much else was going on."""
    cores = {args.server_core, args.load_core}
    pids = server.pids()
    command = ["taskset", "-c", str(args.load_core), str(args.bin / "parley-bench"),
               "--proto", case.proto or server.proto, "--port", str(server.port), "--json",
               "--server-pid", ",".join(map(str, pids)),
               "--seconds", str(max(args.seconds, case.seconds_min)), *case.args]
    if server.publish_port:
        command += ["--pub-port", str(server.publish_port)]
    if server.more_ports:
        command += ["--more-ports", ",".join(map(str, server.more_ports))]

    def known():
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return process_seconds(pids) + spent.ru_utime + spent.ru_stime

    before = (time.monotonic(), busy_seconds(cores), known())
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=LOAD_SECONDS_MAX)
    if done.returncode != 0:
        raise ServerError(done.stderr.strip() or f"parley-bench ended with {done.returncode}")
    after = (time.monotonic(), busy_seconds(cores), known())
    figures = json.loads(done.stdout)
    foreign = (after[1] - before[1]) - (after[2] - before[2])
    figures["foreign_cores"] = max(0, foreign) / (after[0] - before[0])
    return figures


def quiet_load(case, name, args):
    """A run in quiet, or, after some attempts, the least disturbed one."""
    best = None
    for _ in range(1 + (RETRIES_MAX if args.settle > 0 else 0)):
        wait_for_quiet({args.server_core, args.load_core}, args.settle)
        server = start(name, Setup(args.bin, args.server_core))
        try:
            run = load(case, server, args)
        finally:
            server.stop()
        if best is None or run["foreign_cores"] < best["foreign_cores"]:
            best = run
        if best["foreign_cores"] < QUIET_CORES:
            break
    return best


def measure(case, outcome, args):
    """Every server of the case in turn, --runs times, each time in the other direction."""
    for turn in range(args.runs):
        for name in outcome if turn % 2 == 0 else reversed(outcome):
            if outcome[name]["error"]:
                continue
            print(f"{case.group}: {case.title}: {name}, run {turn + 1}", file=sys.stderr)
            try:
                outcome[name]["runs"].append(quiet_load(case, name, args))
            except (ServerError, subprocess.TimeoutExpired) as error:
                outcome[name]["error"] = str(error)
                print(f"  failed: {error}", file=sys.stderr)


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=False).stdout.split("\n")[0]
    except OSError:
        return f"{command[0]}: not installed"


def machine():
    models = [line.partition(":")[2].strip() for line in
              Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release(), "redis": first_line(["redis-server", "--version"]),
            "nats": first_line(["nats-server", "--version"]),
            "node": first_line(["node", "--version"]),
            "date": time.strftime("%Y-%m-%d")}


def show(cases, outcomes, args):
    about = {**machine(), "runs": args.runs, "seconds": args.seconds}
    print("\n".join(f"- {name}: {value}" for name, value in about.items()))
    print(markdown(cases, outcomes))
    out = args.out or args.bin.parent / "compare.json"
    out.write_text(json.dumps({"about": about, "cases": [
        {"group": group, "load": title, "servers": outcome}
        for (title, group), outcome in outcomes.items()]}, indent=1))
    print(f"all runs: {out}", file=sys.stderr)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped then too
    args = options()
    groups = args.only or ["broker", "chat-local", "chat-bus"]
    cases = [case for case in all_cases() if case.group in groups or "all" in groups]
    if not cases:
        known = dict.fromkeys(case.group for case in all_cases())
        sys.exit(f"no such group; there are: {', '.join(known)}")
    if not (args.bin / "parley-bench").exists():
        sys.exit(f"{args.bin}/parley-bench is not there: build the release preset, or use --bin")
    outcomes = {(case.title, case.group): {
        name: {"runs": [], "error": ""} for name in case.servers
        if not args.server or name in args.server} for case in cases}
    try:
        for case in cases:
            measure(case, outcomes[case.title, case.group], args)
    finally:  # also what an interrupted comparison has got so far
        show(cases, outcomes, args)
    if any(server["error"] for outcome in outcomes.values() for server in outcome.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
