"""Passwords on the broker's wire: requirepass, AUTH, HELLO AUTH, what a stranger may do and how
much, protected mode. See wire_table.py for the notation."""
import os
import socket
import tempfile
import unittest
from unittest import mock

import harness
from resp import RespConnection, array, value
from wire_table import AGAINST_REDIS, WireTest

NOAUTH = "-NOAUTH Authentication required.↵"
WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.↵"
PASSWORD = "correct horse"
HELLO_NOAUTH = ("-NOAUTH HELLO must be called with the client already authenticated, otherwise the "
                "HELLO {}AUTH <user> <pass> option can be used to authenticate the client and select "
                "the RESP protocol version at the same time↵").format(
                    "" if AGAINST_REDIS else "<proto> ")


class WithPassword(WireTest):
    """The watcher is from the time before the password, so it may still do anything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watcher.ask("CONFIG", "SET", "requirepass", PASSWORD)


class Strangers(WithPassword):
    def stranger(self):
        connection = RespConnection(self.server.port)
        self.addCleanup(connection.close)
        return connection

    def assert_answer(self, connection, words, expected):
        self.assert_bytes(connection.ask(*words), expected, 2, words)

    def test_A_stranger_may_only_log_in_and_leave(self):
        stranger = self.stranger()
        for words in (["PING"], ["PUBLISH", "a", "b"], ["SUBSCRIBE", "a"], ["INFO"], ["MULTI"],
                      ["CONFIG", "GET", "*"], ["COMMAND"], ["CLIENT", "ID"]):
            self.assert_answer(stranger, words, NOAUTH)
        self.assert_answer(stranger, ["RESET"], "+RESET↵")
        self.assert_answer(stranger, ["HELLO", "3"], HELLO_NOAUTH)
        self.assert_answer(stranger, ["HELLO"], HELLO_NOAUTH)
        stranger.send("QUIT")
        self.assertEqual(b"+OK\r\n", stranger.read_until_closed())

    def test_What_is_wrong_with_a_request_is_said_before(self):
        stranger = self.stranger()
        self.assert_answer(stranger, ["ECHO"], "-ERR wrong number of arguments for 'echo' command↵")
        self.assert_answer(stranger, ["nonsense"],
                           "-ERR unknown command 'nonsense', with args beginning with: ↵")
        self.assert_answer(stranger, ["EXEC"], "-EXECABORT Transaction discarded because of: "
                           "NOAUTH Authentication required.↵")

    def test_AUTH_wants_the_right_password_and_user(self):
        stranger = self.stranger()
        for words in (["AUTH", "wrong"], ["AUTH", ""], ["AUTH", PASSWORD + "x"],
                      ["AUTH", PASSWORD[:-1]], ["AUTH", "default", "wrong"],
                      ["AUTH", "nobody", PASSWORD], ["HELLO", "3", "AUTH", "default", "wrong"]):
            self.assert_answer(stranger, words, WRONGPASS)
        self.assert_answer(stranger, ["AUTH", "a", "b", "c"], "-ERR syntax error↵")
        self.assert_answer(stranger, ["PING"], NOAUTH)
        self.assert_answer(stranger, ["AUTH", PASSWORD], "+OK↵")
        self.assert_answer(stranger, ["PING"], "+PONG↵")
        self.assert_answer(stranger, ["AUTH", "wrong"], WRONGPASS)
        self.assert_answer(stranger, ["PING"], "+PONG↵")
        self.assert_answer(stranger, ["RESET"], "+RESET↵")
        self.assert_answer(stranger, ["PING"], NOAUTH)

    def test_HELLO_logs_in(self):
        stranger = self.stranger()
        reply = stranger.ask("HELLO", "3", "AUTH", "default", PASSWORD, "SETNAME", "bob")
        self.assertTrue(reply.startswith(b"%7\r\n"), reply)
        self.assertEqual(b"$3\r\nbob\r\n", stranger.ask("CLIENT", "GETNAME"))

    def test_A_failing_AUTH_in_a_pipeline_is_answered(self):
        stranger = self.stranger()
        stranger.send_raw(array("PING") + array("AUTH", "wrong") + array("PING"))
        answers = [value(stranger.read_reply()).args[0].split(" ")[0] for _ in range(3)]
        self.assertEqual(["NOAUTH", "WRONGPASS", "NOAUTH"], answers)

    def test_A_stranger_may_send_little(self):
        for request, text in (
                (b"*11\r\n", "unauthenticated multibulk length"),
                (b"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length")):
            stranger = self.stranger()
            stranger.send_raw(request)
            self.assertEqual(f"-ERR Protocol error: {text}\r\n".encode(),
                             stranger.read_until_closed())
        stranger = self.stranger()
        stranger.send_raw(array("AUTH", "x" * 16384))
        self.assert_bytes(stranger.read_reply(), WRONGPASS)
        stranger.ask("AUTH", PASSWORD)
        self.assertEqual(20_000, len(value(stranger.ask("ECHO", "x" * 20_000))))

    def test_Whoever_was_there_before_the_password_stays(self):
        self.assertEqual(b"+PONG\r\n", self.watcher.ask("PING"))

    @unittest.skipIf(AGAINST_REDIS, "Redis shows it")
    def test_The_password_is_shown_nowhere(self):
        self.stranger().ask("AUTH", "wrong")
        for words in (("CONFIG", "GET", "*"), ("ACL", "LIST"), ("ACL", "GETUSER", "default"),
                      ("INFO", "everything"), ("CLIENT", "LIST"), ("SLOWLOG", "GET")):
            self.assertNotIn(PASSWORD.encode(), self.watcher.ask(*words), words)
        self.assertEqual(["requirepass", "(hidden)"],
                         value(self.watcher.ask("CONFIG", "GET", "requirepass")))
        self.assertNotIn(PASSWORD, self.server.log)
        self.assertNotIn("wrong\n", self.server.log)


@unittest.skipIf(AGAINST_REDIS, "the broker's own options")
class Starting(unittest.TestCase):
    def start(self, *options):
        broker = harness.start_broker(0, *options)
        self.addCleanup(broker.stop)
        return RespConnection(broker.port)

    def assert_wants(self, connection, password):
        self.addCleanup(connection.close)
        self.assertIn(b"NOAUTH", connection.ask("PING"))
        self.assertEqual(b"+OK\r\n", connection.ask("AUTH", password))
        self.assertEqual(b"+PONG\r\n", connection.ask("PING"))

    def password_file(self, text):
        file = tempfile.NamedTemporaryFile("w", delete=False)
        self.addCleanup(os.unlink, file.name)
        file.write(text)
        file.close()
        return file.name

    def test_The_password_is_the_first_line_of_a_file(self):
        name = self.password_file("open sesame\r\nnot this\n")
        self.assert_wants(self.start("--requirepass-file", name), "open sesame")

    def test_The_password_is_in_the_environment(self):
        with mock.patch.dict(os.environ, PARLEY_REQUIREPASS="from outside"):
            connection = self.start()
        self.assert_wants(connection, "from outside")

    def test_A_password_file_that_is_missing_or_empty_is_said(self):
        for name in ("/nonexistent/file", self.password_file("\nsecond line\n")):
            code, said = harness.run_to_the_end(harness.BIN / "parley-broker", "--port", 0,
                                                "--requirepass-file", name)
            self.assertEqual(1, code, said)
            self.assertIn(name, said)


def outside_address():
    """An address of this machine that is not loopback, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


@unittest.skipIf(AGAINST_REDIS, "the broker's own options")
@unittest.skipUnless(outside_address(), "this machine has no address but loopback")
class ProtectedMode(unittest.TestCase):
    def start(self, *options):
        broker = harness.Daemon([harness.BIN / "parley-broker", "--bind", "0.0.0.0", "--port", 0,
                                 *options], ready=r"listening on 0\.0\.0\.0:(\d+)")
        self.addCleanup(broker.stop)
        return broker

    def connect(self, broker, host):
        connection = RespConnection(broker.port, host=host)
        self.addCleanup(connection.close)
        return connection

    def test_Without_a_password_another_machine_is_denied(self):
        broker = self.start()
        denied = self.connect(broker, outside_address()).read_until_closed()
        self.assertTrue(denied.startswith(
            b"-DENIED Redis is running in protected mode because protected mode is enabled"), denied)
        self.assertEqual(1, denied.count(b"\r\n"))
        self.assertEqual(b"+PONG\r\n", self.connect(broker, "127.0.0.1").ask("PING"))

    def test_It_ends_with_a_password_or_by_a_setting(self):
        broker = self.start()
        admin = self.connect(broker, "127.0.0.1")
        admin.ask("CONFIG", "SET", "requirepass", "x")
        self.assertIn(b"NOAUTH", self.connect(broker, outside_address()).ask("PING"))
        admin.ask("CONFIG", "SET", "requirepass", "", "protected-mode", "no")
        self.assertEqual(b"+PONG\r\n", self.connect(broker, outside_address()).ask("PING"))

    def test_It_can_be_off_from_the_start(self):
        broker = self.start("--protected-mode", "no")
        self.assertEqual(b"+PONG\r\n", self.connect(broker, outside_address()).ask("PING"))


if __name__ == "__main__":
    unittest.main()
