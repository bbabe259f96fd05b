"""Clients that mean harm to a chat server: slow, endless, huge, too many. Each is refused or costs
only itself; a witness goes on being served, and the server's memory stays bounded. What is merely
malformed is in test_bad_input.py and test_bad_websocket.py."""
import json
import time
import unittest

import harness
from chat_case import ChatServerTest
from chat_clients import JsonClient
from raw_http import PING, PONG, TEXT, frame, upgrade_request

JSON = "/connection/websocket"
MESSAGE_BYTES_MAX = 65536
ROOMS_MAX = 128
GROWTH_KIB_MAX = 200_000 if harness.SANITIZER else 40_000  # they hold freed memory back
INT64_MAX, UINT64_MAX = 2**63 - 1, 2**64 - 1


class Hostile(ChatServerTest):
    def setUp(self):
        harness.forget_peak(self.chat)
        self.before_kib = harness.peak_kib(self.chat)

    def tearDown(self):
        self.assert_others_are_served()
        self.assert_memory_is_bounded()
        super().tearDown()

    def assert_memory_is_bounded(self):
        grown = harness.peak_kib(self.chat) - self.before_kib
        self.assertLess(grown, GROWTH_KIB_MAX, "KiB at the peak, more than before")

    def assert_others_are_served(self):
        self.witness.say("and meanwhile?")
        self.assertEqual("and meanwhile?", self.witness.hear())

    def upgraded(self, path):
        connection = self.raw()
        connection.upgrade(path)
        return connection


class SlowAndLargeRequests(Hostile):
    def test_A_head_that_dribbles_in_is_cut_while_others_are_served(self):
        slow = [self.raw() for _ in range(50)]
        end = time.monotonic() + harness.DEADLINE_S
        for connection in slow:
            connection.send(b"GET / HTTP/1.1\r\nX: ")
        left = list(slow)
        while left:
            self.assertLess(time.monotonic(), end, f"{len(left)} are still open")
            for connection in left:
                connection.send(b"x")
            left[0].has_news(0.1)
            for connection in [c for c in left if c.has_news(0)]:
                self.assertEqual(b"", connection.read_until_closed())
                left.remove(connection)
            self.assert_others_are_served()

    def test_A_head_is_at_most_16_KiB(self):
        for filler, status in ((15_000, 200), (17_000, 431)):
            request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * filler + b"\r\n\r\n"
            self.assertEqual(status, self.status_of(request), filler)

    def test_A_body_is_at_most_64_KiB(self):
        head = b"POST / HTTP/1.1\r\nHost: x\r\n"
        whole = head + b"Content-Length: 65536\r\n\r\n" + b"x" * 65536
        self.assertEqual(405, self.status_of(whole))
        self.assertEqual(413, self.status_of(head + b"Content-Length: 65537\r\n\r\n"))
        chunk = b"8000\r\n" + b"x" * 32768 + b"\r\n"
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3
        self.assertEqual(413, self.status_of(chunked))


class Floods(Hostile):
    def test_Pings_are_answered_and_hold_nobody_up(self):
        connection = self.upgraded("/?room=pings")
        for _ in range(100):
            connection.send(frame(PING, b"p" * 125) * 20)
            for _ in range(20):
                self.assertEqual((PONG, b"p" * 125), connection.read_frame())
        self.assert_others_are_served()

    def test_One_that_pings_and_never_reads_is_cut(self):
        connection = self.upgraded("/?room=pings")
        before = len(self.chat.lines)
        pings = frame(PING, b"p" * 125) * 500
        for n in range(2000):
            if not connection.send(pings) or self.said_slow(before):
                break
            if n % 20 == 0:
                self.assert_others_are_served()
        self.chat.wait_for_log("reads too slowly", after=before)

    def said_slow(self, after):
        return any("reads too slowly" in line for line in self.chat.lines[after:])

    def test_A_message_in_parts_of_a_byte_arrives(self):
        connection = self.upgraded("/?room=parts")
        for at in range(0, MESSAGE_BYTES_MAX - 1024, 1024):
            connection.send(b"".join(frame(TEXT if at + n == 0 else 0, b"x", final=False)
                                     for n in range(1024)))
        self.assert_others_are_served()
        connection.send(frame(0, b"", final=True))
        self.assertEqual((TEXT, b"x" * (MESSAGE_BYTES_MAX - 1024)), connection.read_frame())

    def test_A_message_without_end_is_cut_at_the_limit(self):
        connection = self.upgraded(JSON)
        connection.send(frame(TEXT, b"x" * 1000, final=False))
        part = frame(0, b"x" * 1000, final=False)
        for _ in range(100):
            connection.send(part)
        self.assertEqual(1009, connection.close_code())

    def test_Parts_of_nothing_cost_nothing(self):
        connection = self.upgraded("/?room=parts")
        connection.send(frame(TEXT, b"a", final=False))
        nothing = b"".join(frame(0, b"", final=False) for _ in range(1000))
        for _ in range(100):
            connection.send(nothing)
        self.assert_others_are_served()
        connection.send(frame(0, b"b"))
        self.assertEqual((TEXT, b"ab"), connection.read_frame())


class Commands(Hostile):
    def client(self, **options):
        client = JsonClient(self.chat.port, **options)
        self.addCleanup(client.close)
        return client

    def assert_refused(self, line):
        """As the second command of a connection: a bad request that ends it."""
        client = self.client()
        client.socket.send(line)
        self.assertEqual((3501, "bad request"), client.socket.wait_closed(), line[:80])

    def test_Numbers_beyond_all_bounds_are_refused(self):
        for number in ("1e999", "-1", "1.5", "4294967296", "9" * 400, "1" + "0" * 60000):
            self.assert_refused('{"id":%s,"rpc":{"method":"server"}}' % number)
        self.assert_refused('{"id":9,"publish":{"channel":"a","data":1e999}}')

    def test_Numbers_at_the_borders_are_answered(self):
        client = self.client(room="borders")
        client.say("one")
        self.assertEqual("one", client.hear())
        epoch = client.command("history", {"channel": "borders"})["epoch"]
        for limit in (-1, 0, INT64_MAX, -INT64_MAX - 1, UINT64_MAX, 1e300):
            for offset in (0, 1, INT64_MAX, UINT64_MAX, -1, 1e300):
                with self.subTest(limit=limit, offset=offset):
                    since = {"epoch": epoch, "offset": offset}
                    found = client.command("history", {"channel": "borders", "limit": limit,
                                                       "since": since})
                    self.assertEqual(1, found["offset"])
                    if offset in (1, INT64_MAX, UINT64_MAX):
                        self.assertEqual([], found.get("publications", []))
        for offset in (INT64_MAX, UINT64_MAX):
            other = self.client()
            result = other.command("subscribe", {"channel": "borders", "recover": True,
                                                 "epoch": epoch, "offset": offset})
            self.assertFalse(result.get("recovered", False))

    def test_Thousands_of_commands_in_a_frame_are_answered(self):
        client = self.client()
        commands = [{"id": n, "rpc": {}} for n in range(100, 2900)]
        text = "\n".join(json.dumps(command, separators=(",", ":")) for command in commands)
        self.assertLess(len(text), MESSAGE_BYTES_MAX)
        client.socket.send(text)
        for command in commands:
            self.assertEqual(104, client.reply(command["id"])["error"]["code"])

    def test_Thousands_of_large_answers_are_not_held_for_one_that_does_not_read(self):
        speaker = self.client(room="large")
        for _ in range(4):
            speaker.say("x" * 60_000)
            speaker.hear()
        connection = self.upgraded(JSON)
        connection.send(frame(TEXT, b'{"id":1,"connect":{}}'))
        connection.read_frame()
        line = '{"id":%d,"history":{"channel":"large","limit":-1}}'
        before = len(self.chat.lines)
        connection.send(frame(TEXT, "\n".join(line % n for n in range(2, 1100)).encode()))
        self.chat.wait_for_log("reads too slowly", after=before)
        self.assert_others_are_served()

    def test_A_client_is_in_128_rooms_at_most(self):
        client = self.client()
        for n in range(ROOMS_MAX):
            client.command("subscribe", {"channel": f"room-{n}"})
        self.assertEqual(106, client.ask("subscribe", {"channel": "one-more"})["error"]["code"])
        client.command("unsubscribe", {"channel": "room-0"})
        client.command("subscribe", {"channel": "one-more"})

    def test_Names_that_deceive_or_never_end_are_refused(self):
        bad = ["x" * 65, "é" * 65, "x" * 60_000, "a\u202eb", "a\u2066b", "a\u200bb", "a\x00b",
               "a\nb", "a\x7fb", "\ufeffa", "a\u061cb"]
        client = self.client(connect=False)
        for name in bad:
            with self.subTest(name[:20]):
                reply = client.ask("connect", {"data": {"name": name}})
                self.assertEqual(107, reply["error"]["code"])
        client.command("connect", {"data": {"name": "ada"}})
        for name in bad:
            for method, rest in (("subscribe", {}), ("history", {}), ("presence", {}),
                                 ("publish", {"data": {"text": "x"}})):
                with self.subTest(name[:20], method=method):
                    reply = client.ask(method, {"channel": name, **rest})
                    self.assertEqual(107, reply["error"]["code"])

    def test_Names_are_as_strict_in_plain_text(self):
        for key in ("name", "room"):
            for name in ("x" * 65, "a%E2%80%AEb", "a%E2%81%A6b", "a%00b", "a%7Fb", "a%0Ab"):
                with self.subTest(name, key=key):
                    self.assertEqual(400, self.status_of(upgrade_request(f"/?{key}={name}")))


if __name__ == "__main__":
    unittest.main()
