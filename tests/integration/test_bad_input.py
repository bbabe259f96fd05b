"""Junk on every port: each a clear answer, a close where it must be, never a crash, and never to
the cost of anybody else. The broker's own protocol errors are in test_broker_protocol.py, what may
be wrong inside a WebSocket in test_bad_websocket.py."""
import random
import unittest

import harness
from chat_case import ChatServerTest
from chat_clients import http_get
from raw_http import upgrade_request
from resp import RespConnection

JSON = "/connection/websocket"


class BrokerJunk(unittest.TestCase):
    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)

    def test_Random_bytes_harm_nobody(self):
        seeded = random.Random(2)
        for _ in range(200):
            connection = RespConnection(self.broker.port)
            junk = bytes(seeded.choice(b"*$+-:\r\n0123456789\x00\xffPING \"'") for _ in range(300))
            connection.send_raw(junk)
            connection.finish_sending()
            connection.read_until_closed()
            connection.close()
        with RespConnection(self.broker.port) as witness:
            self.assertEqual(b"+PONG\r\n", witness.ask("PING"))

    def test_A_claimed_size_takes_no_memory_before_the_bytes_come(self):
        held = [RespConnection(self.broker.port) for _ in range(50)]
        for connection in held:
            self.addCleanup(connection.close)
            connection.send_raw(b"*1000000\r\n$500000000\r\nx")
        with RespConnection(self.broker.port) as witness:
            self.assertEqual(b"+PONG\r\n", witness.ask("PING"))
        self.assertLess(harness.resident_kib(self.broker), 400_000)

    def test_A_client_that_hangs_up_without_reading_harms_nobody(self):
        for _ in range(20):
            rude = RespConnection(self.broker.port)
            rude.send("SUBSCRIBE", "flood")
            rude.send_raw(b"PING\r\n" * 1000)
            rude.close()
        with RespConnection(self.broker.port) as witness:
            for _ in range(100):
                witness.ask("PUBLISH", "flood", "x" * 10000)
            self.assertEqual(b"+PONG\r\n", witness.ask("PING"))


class HttpJunk(ChatServerTest):
    def test_What_is_not_HTTP_is_answered_or_closed(self):
        for junk in (b"\x00" * 100, b"\xff\xfe\r\n\r\n", b"hello\r\n\r\n", b"GET\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"*1\r\n$4\r\nPING\r\n", b"\x16\x03\x01\x02\x00",
                     b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                     b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
            with self.subTest(junk):
                connection = self.raw()
                connection.send(junk)
                connection.finish_sending()
                answer = connection.read_until_closed()
                self.assertRegex(answer, rb"^$|^HTTP/1\.[01] [45]\d\d ")

    def test_Half_a_request_and_a_hang_up_harm_nobody(self):
        for half in (b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n",
                     upgrade_request("/")[:-2], b""):
            connection = self.raw()
            connection.send(half)
            connection.close()

    def test_A_head_without_end_is_refused(self):
        connection = self.raw()
        connection.send(b"GET / HTTP/1.1\r\n")
        for n in range(200):
            connection.send(b"X-Filler-%d: %s\r\n" % (n, b"x" * 1000))
        answer = connection.read_until_closed()
        self.assertRegex(answer, rb"^$|^HTTP/1\.1 4\d\d ")

    def test_A_large_body_is_refused(self):
        connection = self.raw()
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
                        + b"x" * 100_000)
        self.assertRegex(connection.read_until_closed(), rb"^$|^HTTP/1\.1 4\d\d ")

    def test_Other_methods_are_refused_by_name(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
            status, _, _ = http_get(self.chat.port, "/", method)
            self.assertIn(status, (400, 405), method)

    def test_No_path_leaves_the_page_folder(self):
        for path in ("/../CMakeLists.txt", "/chat/../../CMakeLists.txt", "/..", "/../",
                     "/%2e%2e/CMakeLists.txt", "/%2E%2E%2FCMakeLists.txt", "/..%2fCMakeLists.txt",
                     "/.%2e/CMakeLists.txt", "/%252e%252e/CMakeLists.txt", "//etc/passwd",
                     "/%2fetc%2fpasswd", "/..\\CMakeLists.txt", "/%5c..%5cCMakeLists.txt",
                     "/index.html%00.png", "/%", "/%zz", "/%2", "http://x/../CMakeLists.txt"):
            with self.subTest(path):
                connection = self.raw()
                connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                .encode())
                answer = connection.read_until_closed()
                self.assertRegex(answer, rb"^HTTP/1\.1 4\d\d ")
                self.assertNotIn(b"project(parley", answer)
                self.assertNotIn(b"root:", answer)

    def test_A_path_that_is_a_folder_or_missing_is_an_error(self):
        for path in ("/style", "/nothing-here", "/nothing/here.js", "/%C3%A9"):
            self.assertIn(http_get(self.chat.port, path)[0], (403, 404), path)


class WrongUpgrade(ChatServerTest):
    def test_A_wrong_upgrade_is_refused(self):
        for changes in ({"Sec_WebSocket_Key": None},
                        {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Version": None},
                        {"Upgrade": "h2c"}):
            for path in ("/", JSON):
                with self.subTest(changes=changes, path=path):
                    status = self.status_of(upgrade_request(path, **changes))
                    allowed = {400, 426} | ({200} if changes == {"Upgrade": "h2c"} else set())
                    self.assertIn(status, allowed)

    def test_A_plain_GET_of_the_JSON_address_is_refused_and_says_why(self):
        status, _, body = http_get(self.chat.port, JSON)
        self.assertIn(status, (400, 404, 426))
        self.assertTrue(body)

    def test_A_foreign_page_may_not_connect(self):
        for path in ("/", JSON):
            for origin in ("http://evil.example", "null", "http://127.0.0.1.evil.example"):
                status = self.status_of(upgrade_request(path, Origin=origin))
                self.assertEqual(403, status, (path, origin))

    def test_The_servers_own_page_may_connect(self):
        own = f"127.0.0.1:{self.chat.port}"
        for path in ("/", JSON):
            self.assertEqual(101, self.status_of(
                upgrade_request(path, Host=own, Origin=f"http://{own}")))

    def test_The_protobuf_form_is_refused_with_a_word(self):
        status = self.status_of(upgrade_request(JSON,
                                                Sec_WebSocket_Protocol="centrifuge-protobuf"))
        self.assertEqual(400, status)


if __name__ == "__main__":
    unittest.main()
