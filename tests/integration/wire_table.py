"""Tables of exchanges with a broker, byte for byte, run in RESP2 and in RESP3.

A row says who sends what and what exactly that connection must hold afterwards:

    Case("Subscribing answers one frame per channel",
         ("a", "SUBSCRIBE x y", "»3↵$9↵subscribe↵$1↵x↵:1↵»3↵$9↵subscribe↵$1↵y↵:2↵"))

In expected bytes  ↵ is CR LF,  » starts a push (`*` in RESP2, `>` in RESP3),  % n pairs is written
«n» (`*2n` in RESP2, `%n` in RESP3),  ∅ is a null string (`$-1↵` or `_↵`),  ∅[] a null array
(`*-1↵` or `_↵`),  ‹int› any integer,  ‹bulk› any bulk string with its header,  ‹…› anything.
A request is split at blanks; a list of words or raw bytes are sent as they are (bytes untouched);
None sends nothing and looks at what has come.

PARLEY_AGAINST=redis runs the same tables against the redis-server on the path instead of
parley-broker: that is how we know that the tables themselves are right. Where Redis 7.0 differs
from what the broker does, a step carries redis70=..., or a case only="parley".
"""
import os
import re
import shlex
import unittest

import harness
from resp import RespConnection, array, value

AGAINST_REDIS = os.environ.get("PARLEY_AGAINST") == "redis"


def start_server():
    return harness.start_redis() if AGAINST_REDIS else harness.start_broker()


class Step:
    def __init__(self, who, request, expected, redis70=None):
        self.who = who
        self.request = request
        self.expected = redis70 if AGAINST_REDIS and redis70 is not None else expected

    @property
    def request_bytes(self):
        if self.request is None:
            return b""
        if isinstance(self.request, bytes):
            return self.request
        words = shlex.split(self.request) if isinstance(self.request, str) else self.request
        return array(*words)


class Case:
    """`only`: "parley" for what Redis 7.0 does otherwise on purpose or does not know;
    `resp`: the protocols to run it in."""

    def __init__(self, name, *steps, resp=(2, 3), only=None):
        self.name = name
        self.steps = [step if isinstance(step, Step) else Step(*step) for step in steps]
        self.resp = resp
        self.only = only


def pattern_of(expected, resp):
    """Regular expression for expected bytes in the notation above."""
    if isinstance(expected, bytes):
        return re.escape(expected)
    null_array, null = ("*-1↵", "$-1↵") if resp == 2 else ("_↵", "_↵")
    text = expected.replace("∅[]", null_array).replace("∅", null)
    text = re.sub("«(\\d+)»", lambda m: f"*{2 * int(m[1])}" if resp == 2 else f"%{m[1]}", text)
    text = text.replace("»", "*" if resp == 2 else ">")
    text = text.replace("↵", "\r\n")
    wild = {"‹int›": rb"-?\d+", "‹bulk›": rb"\$\d+\r\n[^\r]*\r\n", "‹…›": rb"[\s\S]*"}
    parts = re.split("(" + "|".join(wild) + ")", text)
    return b"".join(wild.get(p) or re.escape(p.encode("utf-8", "surrogateescape")) for p in parts)


class WireTest(unittest.TestCase):
    """A server for the class; each test begins with nobody subscribed to anything."""

    @classmethod
    def setUpClass(cls):
        cls.server = start_server()
        cls.addClassCleanup(cls.server.stop)
        cls.watcher = RespConnection(cls.server.port)
        cls.addClassCleanup(cls.watcher.close)

    def setUp(self):
        harness.eventually(self.nobody_is_subscribed, "the last test's subscriptions gone")

    def nobody_is_subscribed(self):
        return (value(self.watcher.ask("PUBSUB", "CHANNELS")) == []
                and value(self.watcher.ask("PUBSUB", "SHARDCHANNELS")) == []
                and value(self.watcher.ask("PUBSUB", "NUMPAT")) == 0)

    def connect(self, resp=2):
        connection = RespConnection(self.server.port, resp=resp)
        self.addCleanup(connection.close)
        return connection

    def assert_bytes(self, got, expected, resp=2, note=""):
        if not re.fullmatch(pattern_of(expected, resp), got):
            self.fail(f"{note}\nexpected {expected!r} (RESP{resp})\n     got {got!r}")

    def run_case(self, case):
        for resp in case.resp:
            with self.subTest(resp=resp):
                self.setUp()
                connections = {}
                for number, step in enumerate(case.steps, 1):
                    if step.who not in connections:
                        connections[step.who] = self.connect(resp)
                    got = connections[step.who].exchange(step.request_bytes)
                    self.assert_bytes(got, step.expected, resp,
                                      f"step {number}, {step.who} sends {step.request!r}")
                for connection in connections.values():
                    connection.close()


def tested(*cases):
    """Class decorator: each case becomes a test method of its own, named by its sentence."""
    def add(test_class):
        for case in cases:
            def method(self, case=case):
                if case.only == "parley" and AGAINST_REDIS:
                    self.skipTest("the broker's own way; Redis 7.0 differs")
                self.run_case(case)
            name = "test_" + re.sub(r"\W+", "_", case.name).strip("_")
            assert not hasattr(test_class, name), f"two cases are called {case.name!r}"
            setattr(test_class, name, method)
        return test_class
    return add
