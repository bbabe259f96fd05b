"""scripts/run as a newcomer uses it: one command and everything runs, a signal and nothing does."""
import os
import re
import signal
import subprocess
import threading
import unittest

import harness
from chat_clients import PlainClient, http_get

BUILD = harness.BIN.parent
PRESET = BUILD.name


@unittest.skipUnless(BUILD == harness.ROOT / "build" / PRESET,
                     "the daemons are not in build/PRESET/bin")
class RunScript(unittest.TestCase):
    options = ()

    def setUp(self):
        self.script = subprocess.Popen(
            [harness.ROOT / "scripts/run", *self.options, "--preset", PRESET], text=True,
            cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.addCleanup(self.script.stdout.close)
        self.addCleanup(self.end)
        late = threading.Timer(240, self.script.terminate)  # it may have to build first
        late.start()
        self.addCleanup(late.cancel)
        self.picture = self.read_until("Ctrl-C stops everything")

    def end(self):
        if self.script.poll() is None:
            self.script.terminate()
            self.script.wait(harness.DEADLINE_S)

    def read_until(self, mark):
        said = ""
        for line in self.script.stdout:
            said += line
            if mark in line:
                return said
        self.fail(f"scripts/run never said {mark!r}. It said:\n{said}")

    def daemons(self):
        """Process ids of the script's children that are ours."""
        found = subprocess.run(["pgrep", "-P", str(self.script.pid), "-f", "parley-(broker|chat) "],
                               capture_output=True, text=True)
        return [int(word) for word in found.stdout.split()]

    def chat_ports(self):
        return [int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)/#lobby", self.picture)]


class WithBroker(RunScript):
    options = ("--servers", "2")

    def test_It_shows_what_runs_where_and_stops_all_of_it_on_a_signal(self):
        ports = self.chat_ports()
        self.assertEqual(2, len(ports))
        broker_port = re.search(r"telnet 127\.0\.0\.1 (\d+)", self.picture)[1]
        self.assertIn(f"broker   127.0.0.1:{broker_port}", self.picture)
        for port in ports:
            self.assertEqual(200, http_get(port, "/readyz")[0])
        with PlainClient(ports[0]) as ada, PlainClient(ports[1]) as bob:
            bob.say("joined")
            self.assertEqual("joined", bob.hear())
            ada.say("hello from the other server")
            self.assertEqual("hello from the other server", bob.hear())
        self.assertEqual(3, len(self.daemons()))
        self.script.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.script.wait(harness.DEADLINE_S))
        self.assertEqual([], self.daemons())

    def test_When_a_daemon_dies_it_says_so_and_stops_the_rest(self):
        os.kill(self.daemons()[-1], signal.SIGKILL)
        self.read_until("ended by itself")
        self.assertEqual(1, self.script.wait(harness.DEADLINE_S))
        self.assertEqual([], self.daemons())


class Peers(RunScript):
    options = ("--peers", "3")

    def test_Without_a_broker_the_servers_meet_each_other(self):
        ports = self.chat_ports()
        self.assertEqual(3, len(ports))
        self.assertEqual(3, len(self.daemons()))
        clients = [PlainClient(port) for port in ports]
        for client in clients:
            self.addCleanup(client.close)
            client.say("joined")
            self.assertEqual("joined", client.hear())
        clients[0].say("hello to all")
        for client in clients:
            while (text := client.hear()) != "hello to all":
                self.assertEqual("joined", text)


if __name__ == "__main__":
    unittest.main()
