"""Chat clients that do not read: cut with a reason, on a frame border, and nobody else waits."""
import base64
import json
import os
import socket
import struct
import unittest

import harness
from chat_clients import JsonClient, PlainClient

QUEUE = 256 * 1024
TEXT = "x" * 10_000


class StoppedClient:
    """A WebSocket by hand, with a small receive buffer, that reads only when asked."""

    def __init__(self, port, path):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(harness.DEADLINE_S)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                             "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
                             ).encode())
        self.received = b""
        while b"\r\n\r\n" not in self.received:
            self.received += self.socket.recv(4096)
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def send(self, text):
        """A masked text frame of less than 126 bytes."""
        data = text.encode()
        self.socket.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)

    def _need(self, count):
        while len(self.received) < count:
            piece = self.socket.recv(65536)
            if not piece:
                return False
            self.received += piece
        return True

    def frame(self):
        """The next whole frame as (opcode, payload); None at the end, which must be on a border."""
        if not self._need(2):
            assert not self.received, "it ended inside a frame"
            return None
        size, header = self.received[1], 2
        for marker, extra, form in ((126, 2, ">H"), (127, 8, ">Q")):
            if self.received[1] == marker:
                assert self._need(2 + extra)
                size, header = struct.unpack_from(form, self.received, 2)[0], 2 + extra
        assert self._need(header + size), "it ended inside a frame"
        opcode, payload = self.received[0] & 15, self.received[header:header + size]
        self.received = self.received[header + size:]
        return opcode, payload

    def close_frame(self):
        """Reads to the close frame, behind which nothing comes; returns its code and reason."""
        while (frame := self.frame()) is not None:
            if frame[0] == 8:
                self.socket.sendall(bytes([0x88, 0x80, 0, 0, 0, 0]))
                assert self.frame() is None, "something comes behind the close frame"
                return struct.unpack(">H", frame[1][:2])[0], frame[1][2:].decode()
        raise AssertionError("there was no close frame")


class SlowChatClients(unittest.TestCase):
    def setUp(self):
        self.chat = harness.start_chat("local", "--max-queue", str(QUEUE))
        self.addCleanup(self.chat.stop)
        self.speaker = PlainClient(self.chat.port)
        self.addCleanup(self.speaker.close)

    def speak_until_it_is_cut(self):
        spoken = 0
        while not any("reads too slowly" in line for line in self.chat.lines):
            self.speaker.say(TEXT)
            self.assertEqual(TEXT, self.speaker.hear(), "nobody else waits")
            spoken += 1
            self.assertLess(spoken, 5000, "it was never cut")
        return spoken

    def stopped(self, path):
        client = StoppedClient(self.chat.port, path)
        self.addCleanup(client.socket.close)
        return client

    def test_One_of_the_client_protocol_is_told_that_it_is_slow(self):
        slow = self.stopped("/connection/websocket")
        slow.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"lobby"}}')
        slow.frame(), slow.frame()
        self.speak_until_it_is_cut()
        self.assertEqual((3008, "slow"), slow.close_frame())

    def test_Who_was_cut_comes_back_and_has_missed_nothing(self):
        slow = self.stopped("/connection/websocket")
        slow.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"lobby"}}')
        slow.frame()
        joined = json.loads(slow.frame()[1])["subscribe"]
        spoken = self.speak_until_it_is_cut()
        heard = []
        while (frame := slow.frame())[0] != 8:
            lines = [json.loads(line) for line in frame[1].splitlines()]
            heard += [line["push"]["pub"]["offset"] for line in lines if "push" in line]
        with JsonClient(self.chat.port) as back:
            told = back.command("subscribe", {"channel": "lobby", "recover": True,
                                              "epoch": joined["epoch"], "offset": heard[-1]})
        self.assertTrue(told.get("recovered"))
        heard += [publication["offset"] for publication in told["publications"]]
        self.assertEqual(list(range(joined["offset"] + 1, joined["offset"] + spoken + 1)), heard)

    def test_Nothing_comes_behind_the_close_frame_of_one_that_made_a_mistake(self):
        for _ in range(20):
            bad = self.stopped("/connection/websocket")
            bad.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"lobby"}}')
            bad.frame(), bad.frame()
            self.speaker.say(TEXT)
            bad.send('{"id":3,"nonsense":{}}')
            for _ in range(3):
                self.speaker.say(TEXT)
            self.assertEqual(3501, bad.close_frame()[0])
            for _ in range(4):
                self.speaker.hear()

    def test_One_of_plain_text_is_told_too(self):
        slow = self.stopped("/")
        self.speak_until_it_is_cut()
        self.assertEqual((1013, "you read too slowly"), slow.close_frame())

    def test_One_that_never_reads_is_gone_after_a_while(self):
        self.stopped("/")
        self.speak_until_it_is_cut()
        with JsonClient(self.chat.port, room="lobby") as other:
            harness.eventually(lambda: other.command("rpc", {"method": "rooms"})["data"]["rooms"]
                               == [{"name": "lobby", "members": 2}], "only the others are left")


if __name__ == "__main__":
    unittest.main()
