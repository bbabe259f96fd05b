"""What crosses the wire between servers of a mesh, and with which keys."""
import os
import tempfile
import threading
import unittest
from pathlib import Path
from socket import SHUT_RDWR, create_connection, create_server

import harness
from chat_clients import JsonClient
from harness import BIN, eventually, run_to_the_end, start_peer
from mesh_case import MeshTest


class Relay:
    """Passes bytes on to a port and keeps those that come back. Once muted, what it has connected
    stays so, and nothing passes; new connections are as good as ever."""

    def __init__(self, port):
        self.back = bytearray()
        self._muted = threading.Event()
        self._to = port
        self._listener = create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            for pair in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(*pair, self._muted), daemon=True).start()

    def _pass(self, source, sink, is_back, muted):
        try:
            while data := source.recv(65536):
                if muted.is_set():
                    continue
                if is_back:
                    self.back += data
                sink.sendall(data)
            sink.shutdown(SHUT_RDWR)
        except OSError:
            pass

    def mute(self):
        self._muted.set()
        self._muted = threading.Event()

    def close(self):
        self._listener.close()


class Filters(MeshTest):
    def test_A_room_is_sent_only_to_servers_that_have_members_in_it(self):
        speaking = start_peer(0, [])
        self.addCleanup(speaking.stop)
        place = speaking.wait_for_log(r"publishes on tcp://127\.0\.0\.1:(\d+)")[1]
        relay = Relay(int(place))
        self.addCleanup(relay.close)
        listening = start_peer(0, [relay.port])
        self.addCleanup(listening.stop)
        listening.wait_for_log("is there")
        self.client(listening, room="tea")
        ada = self.client(speaking, room="teas")
        before = len(relay.back)
        megabyte = 1_000_000
        for _ in range(100):
            ada.say("x" * (megabyte // 100))
            ada.hear()
        marker = self.client(speaking, room="tea")
        heard = self.client(listening, room="tea")
        marker.say("y" * 10_000)
        heard.hear()
        self.assertIn(b"y" * 10_000, relay.back, "what is not encrypted can be read")
        went = len(relay.back) - before
        self.assertGreater(went, 10_000, "the count sees what is wanted")
        self.assertLess(went, megabyte // 10)


class HalfOpen(MeshTest):
    def test_A_connection_that_has_gone_dumb_is_made_again(self):
        speaking = start_peer(0, [])
        self.addCleanup(speaking.stop)
        relay = Relay(int(speaking.wait_for_log(r"publishes on tcp://127\.0\.0\.1:(\d+)")[1]))
        self.addCleanup(relay.close)
        listening = start_peer(0, [relay.port])
        self.addCleanup(listening.stop)
        listening.wait_for_log("is there")
        ada, eve = self.client(speaking), self.client(listening)
        relay.mute()
        for number in range(20):
            ada.say(str(number))
        listening.wait_for_log("is away")
        self.assertEqual([str(number) for number in range(20)], [eve.hear() for _ in range(20)])


class Keys(MeshTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make_key(self, name):
        code, said = run_to_the_end(BIN / "parley-chat", "--make-peer-key", self.folder / name)
        self.assertEqual(0, code, said)
        return said.strip()

    def start(self, name, place, subscribe, *options):
        server = start_peer(place, subscribe, "--peer-key", self.folder / name, *options)
        self.addCleanup(server.stop)
        return server

    def test_A_key_is_for_its_owner_alone_and_is_never_overwritten(self):
        self.assertRegex(self.make_key("key"), "^[0-9a-f]{64}$")
        self.assertEqual(0o600, os.stat(self.folder / "key").st_mode & 0o777)
        code, said = run_to_the_end(BIN / "parley-chat", "--make-peer-key", self.folder / "key")
        self.assertEqual(1, code)
        self.assertIn("name a file that is not there yet", said)

    def test_With_keys_nothing_can_be_read_on_the_wire_and_all_else_works(self):
        keys = [self.make_key(name) for name in ("one", "two")]
        places = [harness.free_port() for _ in range(2)]
        relay = Relay(places[0])
        self.addCleanup(relay.close)
        one = self.start("one", places[0], [f"tcp://127.0.0.1:{places[1]}#{keys[1]}"])
        two = self.start("two", places[1], [f"tcp://127.0.0.1:{relay.port}#{keys[0]}"])
        one.wait_for_log("is there")
        two.wait_for_log("is there")
        ada, bob = self.client(one), self.client(two)
        for speaker, listener in ((ada, bob), (bob, ada)):
            speaker.say("nobody may read this")
            self.assertEqual("nobody may read this", speaker.hear())
            self.assertEqual("nobody may read this", listener.hear())
        self.assertEqual(["nobody may read this"] * 2, self.history(two))
        self.assertIn(b"CURVE", relay.back)
        for word in (b"nobody may read this", b"lobby"):
            self.assertNotIn(word, relay.back)

    def test_A_server_whose_key_is_not_allowed_hears_nothing(self):
        keys = {name: self.make_key(name) for name in ("one", "friend", "stranger")}
        (self.folder / "friends").write_text(f"# those we know\n{keys['friend']}  # a friend\n")
        one = self.start("one", 0, [], "--peer-allow", self.folder / "friends")
        place = one.wait_for_log(r"publishes on (tcp://\S+) ?,")[1].rstrip(",")
        friend = self.start("friend", 0, [f"{place}#{keys['one']}"])
        stranger = self.start("stranger", 0, [f"{place}#{keys['one']}"])
        bare = start_peer(0, [place])
        self.addCleanup(bare.stop)
        friend.wait_for_log("is there")
        one.wait_for_log(f"public key {keys['stranger']} is not allowed")
        ada = self.client(one)
        ada.say("for friends")
        eventually(lambda: self.history(friend) == ["for friends"], "the friend knows")
        for server in (stranger, bare):
            self.assertNotIn("is there", server.log)
            self.assertEqual([], self.history(server))

    def test_A_server_that_has_another_key_than_expected_is_not_believed(self):
        keys = {name: self.make_key(name) for name in ("one", "two", "expected")}
        one = self.start("one", 0, [], "--peer-allow", keys["two"])
        place = one.wait_for_log(r"publishes on (tcp://[0-9.:]+)")[1]
        deceived = self.start("two", 0, [f"{place}#{keys['expected']}"])
        content = self.start("two", 0, [f"{place}#{keys['one']}"])
        content.wait_for_log("is there")
        self.assertNotIn("is there", deceived.log)


class Refusals(unittest.TestCase):
    """What is refused at the start, each with the way out."""

    def assert_refused(self, options, *words):
        code, said = run_to_the_end(BIN / "parley-chat", "--http", 0, *options)
        self.assertEqual(1, code, said)
        for word in words:
            self.assertIn(word, said)

    def test_Each_mistake_is_told(self):
        key = "ab" * 32
        for options, words in (
                (["--pub", "tcp://0.0.0.0:0"], ["--peer-key FILE", "--insecure"]),
                (["--pub", "tcp://*:0"], ["--insecure"]),
                (["--pub", "nonsense"], ["--pub nonsense", "tcp://host:port"]),
                (["--sub", "5000"], ["give --pub PORT"]),
                (["--pub", "0", "--sub", "tcp://h:5000#beef"], ["64 hexadecimal digits"]),
                (["--pub", "0", "--sub", f"5001#{key}"], ["--peer-key FILE"]),
                (["--pub", "0", "--peer-allow", key], ["--make-peer-key FILE"]),
                (["--pub", "0", "--sub", "5001", "--peer-key", "/dev/null"], ["#PUBLICKEY"]),
                (["--pub", "0", "--sub", f"5001#{key}", "--peer-key", "/dev/null"],
                 ["there is no key in it"]),
                (["--pub", "0", "--peer-key", "/dev/null"], ["nobody may connect"]),
                (["--pub", "0", "--workers", "2"], ["--workers 2", "one worker"]),
                (["--pub", "0", "--bus", "redis://h"], ["leave one of them out"]),
                (["--bus", "zmq://pub=5000"], ["zmq://?pub=5000&sub=5001"]),
                (["--bus", "zmq://?pop=5000"], ["'pop=5000'"])):
            with self.subTest(options=options):
                self.assert_refused(options, *words)

    def test_A_place_that_is_taken_is_told(self):
        first = start_peer(0, [])
        self.addCleanup(first.stop)
        place = first.wait_for_log(r"publishes on (tcp://[0-9.:]+)")[1]
        self.assert_refused(["--pub", place], f"cannot bind {place}", "another server")

    def test_A_path_that_is_taken_is_told_and_one_that_was_left_behind_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            place = f"ipc://{folder}/one"
            first = start_peer(place, [])
            self.addCleanup(lambda: first.running() and first.stop())
            self.assert_refused(["--pub", place], f"cannot bind {place}", "another server")
            first.kill()
            start_peer(place, []).stop()

    def test_The_bus_may_be_a_url(self):
        with tempfile.TemporaryDirectory() as folder:
            place = f"ipc://{folder}/one"
            one = harness.start_chat(f"zmq://?pub={place}")
            self.addCleanup(one.stop)
            two = harness.start_chat(f"zmq://?pub=0&sub={place}")
            self.addCleanup(two.stop)
            two.wait_for_log("is there")
            with JsonClient(one.port, room="lobby") as ada:
                ada.say("hello")
                ada.hear()
            with JsonClient(two.port) as reader:
                eventually(lambda: reader.command(
                    "history", {"channel": "lobby", "limit": -1})["publications"],
                    "it is known there")

    def test_Other_machines_may_be_let_in_without_keys_if_one_says_so(self):
        server = start_peer("tcp://0.0.0.0:0", [], "--insecure")
        self.addCleanup(server.stop)


if __name__ == "__main__":
    unittest.main()
