"""Starts real daemons for a test and stops them again.

Ports are picked by the kernel (port 0) and read from the daemon's log. Nothing here waits for a
time: it waits for a line, a state or an exit, with a deadline.
"""
import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("PARLEY_BIN", ROOT / "build/release/bin")).resolve()
DEADLINE_S = 20.0  # a sanitizer build on a loaded machine starts in two

# A sanitizer that found something says so in the log; no test passes over that.
SANITIZER_REPORT = re.compile(r"(ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|"
                              r"runtime error:)")
# Its runtime now and then keeps a signal to itself until the next one comes, when that signal
# arrives just before the process goes to sleep (a bare Asio loop shows it too).
THREAD_SANITIZER = BIN.parent.name == "tsan"
SANITIZER = THREAD_SANITIZER or BIN.parent.name == "asan"

_libc = ctypes.CDLL(None)


def eventually(condition, what, deadline_s=DEADLINE_S):
    """Returns condition()'s first true value; fails, naming `what`, when the deadline passes."""
    end = time.monotonic() + deadline_s
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.01)
    return result


def free_port():
    """For servers that cannot pick their own (redis-server), and for 'nobody listens here'.

    Not one that the kernel might give to somebody else before it is used: those begin at 32768.
    """
    for _ in range(1000):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port from 20000 to 31999 is free")


def _die_with_the_test():
    pr_set_pdeathsig = 1
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)


def resident_kib(daemon, line="VmRSS"):
    with open(f"/proc/{daemon.process.pid}/status") as status:
        return next(int(text.split()[1]) for text in status if text.startswith(line))


def forget_peak(daemon):
    """From now on the peak of its memory is counted anew."""
    Path(f"/proc/{daemon.process.pid}/clear_refs").write_text("5")


def peak_kib(daemon):
    return resident_kib(daemon, "VmHWM")


class Daemon:
    """A server process and its log. Owned by a test, which must stop() it."""

    def __init__(self, command, ready):
        self.command = [str(part) for part in command]
        self._ready = ready
        self.lines = []
        self._news = threading.Condition()
        self._ended = False
        self.killed = False
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=ROOT, preexec_fn=_die_with_the_test)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.port = int(self.wait_for_log(ready).group(1))
        except AssertionError:
            self.kill()
            raise

    def _read_log(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def log(self):
        return "\n".join(self.lines)

    def wait_for_log(self, pattern, deadline_s=DEADLINE_S, after=0):
        """Waits for a log line (from line `after` on) that matches; returns the match."""
        end = time.monotonic() + deadline_s
        with self._news:
            while True:
                for line in self.lines[after:]:
                    if match := re.search(pattern, line):
                        return match
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    how = "the process ended" if self._ended else f"not within {deadline_s} s"
                    raise AssertionError(f"no log line like {pattern!r}: {how}. Command: "
                                         f"{' '.join(self.command)}\nLog:\n{self.log}")
                self._news.wait(left)

    def running(self):
        return self.process.poll() is None

    def stop(self, with_signal=signal.SIGTERM):
        """Stops it the polite way. It must have been running, must exit with 0, and no sanitizer
        may have said anything."""
        if not self.running():
            raise AssertionError(f"{self.command[0]} had ended by itself with "
                                 f"{self.process.returncode}. Log:\n{self.log}")
        self.process.send_signal(with_signal)
        try:
            code = self._wait_for_exit(with_signal)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.command[0]} did not stop within {DEADLINE_S} s of "
                                 f"{with_signal.name}. Log:\n{self.log}")
        self._reader.join(DEADLINE_S)
        self.process.stdout.close()
        if code != 0 or SANITIZER_REPORT.search(self.log):
            raise AssertionError(f"{self.command[0]} ended with {code}. Log:\n{self.log}")

    def _wait_for_exit(self, with_signal):
        if THREAD_SANITIZER:
            try:
                return self.process.wait(3)
            except subprocess.TimeoutExpired:
                if "info stopping: " not in self.log:  # else the second one might end it
                    self.process.send_signal(with_signal)
        return self.process.wait(DEADLINE_S)

    def kill(self):
        """Like a crash: SIGKILL, no questions."""
        self.killed = True
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        self.process.stdout.close()


def start_broker(port=0, *options):
    return Daemon([BIN / "parley-broker", "--bind", "127.0.0.1", "--port", port, *options],
                  ready=r"listening on 127\.0\.0\.1:(\d+)")


def start_chat(bus="local", *options, port=0):
    rate = [] if "--message-rate" in options else ["--message-rate", 0]
    # With several, which one a client comes to is for the kernel to say.
    workers = [] if "--workers" in options else ["--workers", 1]
    page = [] if "--www" in options else ["--www", ROOT / "www"]
    return Daemon([BIN / "parley-chat", "--http", port, "--bus", bus, *page, *rate, *workers,
                   *options],
                  ready=r"listening on http://127\.0\.0\.1:(\d+)")


def start_peer(publish, subscribe, *options, port=0):
    """A chat server that meets others without a broker: where it publishes, where they do."""
    others = [word for place in subscribe for word in ("--sub", place)]
    rate = [] if "--message-rate" in options else ["--message-rate", 0]
    return Daemon([BIN / "parley-chat", "--http", port, "--pub", publish, *others, "--www",
                   ROOT / "www", *rate, *options],
                  ready=r"listening on http://127\.0\.0\.1:(\d+)")


def start_redis(port=None, data=None):
    """Debian's redis-server. Nothing is stored, unless there is a folder for `data`."""
    server = shutil.which("redis-server")
    if not server:
        raise unittest.SkipTest("there is no redis-server here")
    return _RedisDaemon(server, port or free_port(), data)


class _RedisDaemon(Daemon):
    """redis-server does not say its port in the line that says it is ready."""

    def __init__(self, server, port, data):
        super().__init__([server, "--bind", "127.0.0.1", "--port", port, "--save", "",
                          "--appendonly", "yes" if data else "no", "--appendfsync", "always",
                          "--dir", data or "/tmp", "--daemonize", "no"],
                         ready=r"port=(\d+)")
        self.wait_for_log(r"Ready to accept connections")


def run_to_the_end(*command):
    """Runs a daemon that is expected to end by itself: exit code and everything it said."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE_S,
                          preexec_fn=_die_with_the_test)
    said = done.stdout.decode("utf-8", "replace")
    if SANITIZER_REPORT.search(said):
        raise AssertionError(said)
    return done.returncode, said
