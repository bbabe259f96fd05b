"""At most so many connections from one address, directly and through a proxy that is trusted."""
import unittest

import harness
from chat_clients import ChatSocket, http_get, wait_until_ready
from exposition import scrape
from raw_http import RawHttp, upgrade_request

REFUSED = ("your address has too many connections; this server allows 3 at a time "
           "(--max-per-address)\n")
ELSEWHERE = "127.0.0.2"  # all of 127/8 is this machine


class AddressTest(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)
        self.chat = harness.start_chat(f"redis://127.0.0.1:{self.broker.port}", "--workers", "2",
                                       "--max-per-address", "3", *self.OPTIONS)
        self.addCleanup(self.chat.stop)

    def connect(self, source="127.0.0.1"):
        connection = RawHttp(self.chat.port, source)
        self.addCleanup(connection.close)
        return connection

    def upgrade(self, source="127.0.0.1", **headers):
        """(status, connection)"""
        connection = self.connect(source)
        connection.send(upgrade_request("/", **headers))
        return connection.read_head()[0], connection

    def refusals(self):
        metrics = scrape(self.chat.port)
        return metrics.value("parley_chat_connections_refused_total", limit="max_per_address")


class Direct(AddressTest):
    def test_An_address_has_its_limit_over_all_workers_and_others_have_theirs(self):
        mine = [self.upgrade(ELSEWHERE) for _ in range(3)]
        self.assertEqual([101] * 3, [status for status, _ in mine])
        for _ in range(10):  # whichever worker has it
            status, refused = self.upgrade(ELSEWHERE)
            self.assertEqual((429, REFUSED), (status, refused.read_until_closed().decode()))
        self.assertEqual(101, self.upgrade()[0])
        harness.eventually(lambda: self.refusals() == 10, "all ten are counted")

    def test_Who_leaves_makes_room(self):
        mine = [self.upgrade(ELSEWHERE) for _ in range(3)]
        mine[0][1].close()
        harness.eventually(lambda: self.upgrade(ELSEWHERE)[0] == 101, "another one is let in")

    def test_Who_says_nothing_counts_too_and_is_told_at_once(self):
        silent = [self.connect(ELSEWHERE) for _ in range(3)]
        for connection in silent:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(200, connection.read_head()[0])
        self.assertEqual(429, self.connect(ELSEWHERE).read_head()[0])

    def test_A_client_library_sees_the_status(self):
        kept = [self.upgrade() for _ in range(3)]
        with self.assertRaisesRegex(Exception, "429"):
            ChatSocket(self.chat.port, "/connection/websocket")
        self.assertEqual(3, len(kept))

    def test_A_header_from_somebody_who_is_no_proxy_is_not_believed(self):
        said = [self.upgrade(ELSEWHERE, X_Forwarded_For=f"203.0.113.{n}") for n in range(4)]
        self.assertEqual([101, 101, 101, 429], [status for status, _ in said])


class ThroughAProxy(AddressTest):
    OPTIONS = ("--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8")

    def through(self, forwarded_for):
        status, connection = self.upgrade(X_Forwarded_For=forwarded_for)
        if status == 429:
            self.assertEqual(REFUSED, connection.read_until_closed().decode())
        return status

    def test_Each_client_has_its_own_limit(self):
        for client in ("203.0.113.5", "203.0.113.6"):
            self.assertEqual([101, 101, 101, 429], [self.through(client) for _ in range(4)])

    def test_What_a_client_puts_before_it_changes_nothing(self):
        for n in range(3):
            self.assertEqual(101, self.through(f"198.51.100.{n}, 203.0.113.5, 10.0.0.7"))
        self.assertEqual(429, self.through("192.0.2.1, 203.0.113.5"))
        self.assertEqual(429, self.through("203.0.113.5:4711"))

    def test_A_household_of_IPv6_is_one_address(self):
        self.assertEqual([101, 101, 101, 429],
                         [self.through(f"2001:db8:0:1::{n}") for n in range(1, 5)])
        self.assertEqual(101, self.through("2001:db8:0:2::1"))

    def test_The_proxy_itself_may_have_any_number_of_connections_for_HTTP(self):
        connections = [self.connect() for _ in range(10)]
        for connection in connections:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.5"
                            b"\r\n\r\n")
        self.assertEqual([200] * 10, [connection.read_head()[0] for connection in connections])

    def test_Who_comes_without_a_proxy_is_counted_as_before(self):
        said = [self.upgrade(ELSEWHERE, X_Forwarded_For=f"203.0.113.{n}")[0] for n in range(4)]
        self.assertEqual([101, 101, 101, 429], said)

    def test_The_log_names_client_and_proxy(self):
        for _ in range(4):
            self.through("203.0.113.5")
        self.chat.wait_for_log(r"refused 203\.0\.113\.5 through 127\.0\.0\.1:\d+: "
                               r".*--max-per-address")


class Options(unittest.TestCase):
    def test_A_proxy_that_is_no_address_is_refused_with_what_to_write(self):
        code, said = harness.run_to_the_end(harness.BIN / "parley-chat", "--http", "0",
                                            "--trusted-proxy", "proxy.example.com")
        self.assertEqual(1, code, said)
        self.assertIn("--trusted-proxy proxy.example.com: this is no IP address", said)
        self.assertIn("10.0.0.0/8", said)

    def test_Without_the_option_there_is_no_limit(self):
        chat = harness.start_chat("local")
        self.addCleanup(chat.stop)
        wait_until_ready(chat)
        clients = [ChatSocket(chat.port, "/") for _ in range(50)]
        for client in clients:
            self.addCleanup(client.close)
        self.assertEqual(200, http_get(chat.port, "/healthz")[0])


if __name__ == "__main__":
    unittest.main()
