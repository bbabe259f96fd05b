"""Junk inside a WebSocket, in both wire forms: a close with the right code, never a crash, and
never to the cost of anybody else."""
import random
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import harness
from chat_case import ChatServerTest
from chat_clients import JsonClient, PlainClient
from exposition import scrape
from raw_http import BINARY, CLOSE, PING, PONG, TEXT, RawHttp, frame, upgrade_request

MESSAGE_BYTES_MAX = 65536
JSON = "/connection/websocket"
CONNECT = b'{"id":1,"connect":{}}'


class WebSocketJunk(ChatServerTest):
    def closed_with(self, path, *frames):
        connection = self.raw()
        connection.upgrade(path)
        for data in frames:
            connection.send(data)
        return connection.close_code()

    def test_A_message_over_the_limit_ends_the_connection_with_1009(self):
        large = b"x" * (MESSAGE_BYTES_MAX + 1)
        half = large[:40000]
        for path in ("/?room=big", JSON):
            with self.subTest(path):
                self.assertEqual(1009, self.closed_with(path, frame(TEXT, large)))
                self.assertEqual(1009, self.closed_with(path, frame(TEXT, half, final=False),
                                                        frame(0, half)))
                self.assertEqual(1009, self.closed_with(
                    path, frame(TEXT, b"x", claimed_bytes=1 << 40)))

    def test_Compression_is_not_taken_up(self):
        for path in ("/?room=plain", JSON):
            connection = self.raw()
            connection.send(upgrade_request(
                path, **{"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}))
            status, head = connection.read_head()
            self.assertEqual(101, status)
            self.assertNotIn("sec-websocket-extensions", head.lower())

    def test_A_message_at_the_limit_goes_through(self):
        client = PlainClient(self.chat.port, room="big")
        self.addCleanup(client.close)
        client.say("x" * MESSAGE_BYTES_MAX)
        self.assertEqual("x" * MESSAGE_BYTES_MAX, client.hear())

    def test_Bytes_that_are_not_UTF_8_end_the_connection_with_1007(self):
        for text in (b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                     b"good then \x80 bad"):
            for path in ("/?room=utf", JSON):
                with self.subTest(text=text, path=path):
                    self.assertEqual(1007, self.closed_with(path, frame(TEXT, text)))

    def test_Broken_frames_end_the_connection_with_1002(self):
        broken = {"not masked": frame(TEXT, b"x", masked=False),
                  "reserved bits": frame(TEXT, b"x", reserved=4),
                  "unknown opcode": frame(5, b"x"),
                  "a continuation of nothing": frame(0, b"x"),
                  "a ping that is too long": frame(PING, b"x" * 126),
                  "a ping in parts": frame(PING, b"x", final=False),
                  "a close of one byte": frame(CLOSE, b"x")}
        for what, data in broken.items():
            with self.subTest(what):
                self.assertIn(self.closed_with("/?room=broken", data), (1002, None))

    def test_Nothing_is_left_of_a_connection_whatever_comes_behind_its_end(self):
        behind = {"nothing": b"", "a message": frame(TEXT, b"x"), "a ping": frame(PING, b"x"),
                  "a pong": frame(PONG, b"x"), "a close": frame(CLOSE, b"\x03\xe8"),
                  "a close of one byte": frame(CLOSE, b"x"),
                  "no frame": frame(TEXT, b"x", masked=False),
                  "no text": frame(TEXT, b"\xff"), "half a frame": frame(TEXT, b"xy")[:-1],
                  "too much": frame(TEXT, b"x", claimed_bytes=1 << 40)}
        chat = harness.start_chat("local")
        self.addCleanup(chat.stop)  # one that waits for a peer that is gone would not stop
        for what, data in behind.items():
            with self.subTest(what), RawHttp(chat.port) as connection:
                connection.upgrade(JSON)
                connection.send(frame(TEXT, b"nonsense") + data)
                self.assertEqual(3501, connection.close_code())

        def all_ended():
            seen = scrape(chat.port)
            return (seen["parley_chat_connections_accepted_total"] >= len(behind)
                    and seen["parley_chat_connections"] <= 1)  # the one that asks
        harness.eventually(all_ended, "they have ended")

    def test_Nothing_is_said_behind_a_close_however_busy_the_room_is(self):
        speaker = PlainClient(self.chat.port, room="busy")
        self.addCleanup(speaker.close)
        done = threading.Event()

        def speak():
            while not done.is_set():
                speaker.say_all(["hello"] * 100)
                speaker.hear_all(100)
        with ThreadPoolExecutor() as threads:
            speaking = threads.submit(speak)
            try:
                for _ in range(20):
                    with RawHttp(self.chat.port) as connection:
                        connection.upgrade("/?room=busy")
                        connection.read_frame()
                        connection.send(frame(TEXT, b"\xff"))
                        self.assertEqual(1007, connection.close_code())
                        self.assertEqual(b"", connection.read_until_closed())
            finally:
                done.set()
            speaking.result()

    def test_A_ping_is_answered_also_between_the_parts_of_a_message(self):
        connection = self.raw()
        connection.upgrade("/?room=parts")
        connection.send(frame(TEXT, "caf".encode(), final=False) + frame(PING, b"p"))
        self.assertEqual((10, b"p"), connection.read_frame())
        connection.send(frame(0, "é".encode()[:1], final=False) + frame(0, "é".encode()[1:]))
        self.assertEqual((TEXT, "café".encode()), connection.read_frame())

    def test_Frames_cut_at_every_byte_are_read(self):
        connection = self.raw()
        connection.upgrade("/?room=cut")
        for byte in frame(TEXT, b"hello") + frame(TEXT, b"x" * 200):
            connection.send(bytes([byte]))
        self.assertEqual((TEXT, b"hello"), connection.read_frame())
        self.assertEqual((TEXT, b"x" * 200), connection.read_frame())

    def test_A_hang_up_in_the_middle_of_anything_harms_nobody(self):
        for data in (b"", frame(TEXT, b"hello")[:3], frame(TEXT, b"hello", final=False),
                     frame(TEXT, b"hello") * 100):
            connection = self.raw()
            connection.upgrade("/?room=witness2")
            connection.send(data)
            connection.close()

    def test_Random_bytes_after_the_upgrade_harm_nobody(self):
        seeded = random.Random(3)
        for _ in range(50):
            connection = self.raw()
            connection.upgrade(JSON if seeded.random() < 0.5 else "/?room=random")
            connection.send(seeded.randbytes(200))
            connection.close()

    def test_A_room_name_that_is_no_name_is_refused_with_a_reason(self):
        for query in ("room=" + "x" * 300, "room=a%00b", "room=%ff", "room=a%0Ab", "room=%zz"):
            with self.subTest(query):
                connection = self.raw()
                connection.send(upgrade_request("/?" + query))
                status, _ = connection.read_head()
                if status == 101:  # or after the upgrade, by a close
                    self.assertIsNotNone(connection.close_code())
                else:
                    self.assertEqual(400, status)


class JsonProtocolJunk(ChatServerTest):
    def test_A_violation_ends_the_connection_with_3501(self):
        # What comes in the first frame, or after a good connect
        for text in ("", "\n", "nonsense", "[]", "7", "null", '"x"', "{", '{"id":1}',
                     '{"id":1,"nonsense":{}}', '{"id":1,"subscribe":{"channel":"a"}}',
                     '{"id":1,"publish":{"channel":"a","data":1}}', '{"id":-1,"connect":{}}',
                     '{"id":"1","connect":{}}', '{"id":1,"connect":7}', '{"id":1,"connect":{}}x'):
            with self.subTest(first=text):
                connection = self.raw()
                connection.upgrade(JSON)
                connection.send(frame(TEXT, text.encode()))
                self.assertEqual(3501, connection.close_code())
        for text in ("nonsense", '{"id":2,"connect":{}}', '{"id":2}', '{"id":2,"nonsense":{}}',
                     '{"id":2,"subscribe":{}}', '{"id":2,"subscribe":{"channel":""}}',
                     '{"id":2,"subscribe":{"channel":7}}', '{"id":2,"ping":{}}',
                     '{"id":2,"publish":[]}', "[" * 5000, '{"id":2,"x":' * 2000):
            with self.subTest(after_connect=text[:60]):
                connection = self.raw()
                connection.upgrade(JSON)
                connection.send(frame(TEXT, CONNECT) + frame(TEXT, text.encode()))
                self.assertEqual(3501, connection.close_code())

    def test_A_binary_frame_ends_the_connection(self):
        connection = self.raw()
        connection.upgrade(JSON)
        connection.send(frame(TEXT, CONNECT) + frame(BINARY, CONNECT))
        self.assertEqual(3506, connection.close_code())

    def test_Commands_before_the_violation_are_answered(self):
        connection = self.raw()
        connection.upgrade(JSON)
        connection.send(frame(TEXT, CONNECT + b"\nnonsense\n"
                              + b'{"id":3,"subscribe":{"channel":"a"}}'))
        opcode, payload = connection.read_frame()
        self.assertEqual(TEXT, opcode)
        self.assertIn(b'"connect"', payload)
        self.assertEqual(3501, connection.close_code())

    def test_Very_deep_data_is_refused_or_carried_but_harms_nobody(self):
        with JsonClient(self.chat.port, room="deep") as client:
            client.send_json({"id": 50, "publish": {"channel": "deep", "data": 1}})
            client.reply(50)
        connection = self.raw()
        connection.upgrade(JSON)
        deep = b"[" * 30000 + b"]" * 30000
        connection.send(frame(TEXT, CONNECT + b'\n{"id":2,"publish":{"channel":"deep","data":'
                              + deep + b"}}"))
        connection.read_frame()


if __name__ == "__main__":
    unittest.main()
