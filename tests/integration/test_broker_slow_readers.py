"""Subscribers that do not read: each hurts itself alone, and is cut with a reason."""
import socket
import unittest

import harness
from resp import RespConnection, array, value

LIMIT = 1024 * 1024
MESSAGE = b"x" * 1024
FRAME = b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1024\r\n" + MESSAGE + b"\r\n"


class StoppedReader:
    """Subscribes to news with a small receive buffer, and then reads nothing until asked."""

    def __init__(self, port, name="sleepy"):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(harness.DEADLINE_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(array("CLIENT", "SETNAME", name) + array("SUBSCRIBE", "news"))
        expected = b"+OK\r\n*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"
        got = b""
        while len(got) < len(expected):
            got += self.socket.recv(len(expected) - len(got))
        assert got == expected, got

    def read_to_the_end(self):
        received = b""
        try:
            while piece := self.socket.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
        return received


class SlowReaders(unittest.TestCase):
    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)
        self.publisher = RespConnection(self.broker.port)
        self.addCleanup(self.publisher.close)
        self.configure("client-output-buffer-limit", f"pubsub {LIMIT} 0 0")

    def stopped_reader(self, name="sleepy"):
        reader = StoppedReader(self.broker.port, name)
        self.addCleanup(reader.socket.close)
        return reader

    def configure(self, name, setting):
        self.assertEqual(b"+OK\r\n", self.publisher.ask("CONFIG", "SET", name, setting))

    def publish(self, count):
        for _ in range(count // 100):
            self.publisher.send_raw(array("PUBLISH", "news", MESSAGE) * 100)
            for _ in range(100):
                self.publisher.read_reply()

    def cuts(self):
        info = value(self.publisher.ask("INFO", "stats"))
        return int(info.split("client_output_buffer_limit_disconnections:")[1].split()[0])

    def cut(self, reader):
        """Publishes until the reader is cut; returns what it can still read."""
        before = self.cuts()
        for _ in range(200):
            self.publish(100)
            if self.cuts() > before:
                return reader.read_to_the_end()
        raise AssertionError("20 MB were published and the reader was not cut")

    def test_One_that_stops_reading_is_cut_where_a_frame_ends(self):
        received = self.cut(self.stopped_reader())
        self.assertGreater(len(received), 0)
        self.assertEqual(0, len(received) % len(FRAME))
        self.assertEqual(FRAME * (len(received) // len(FRAME)), received)

    def test_The_log_says_who_why_and_how_much(self):
        self.cut(self.stopped_reader(name="sleepy"))
        self.broker.wait_for_log(
            r"'sleepy' at 127\.0\.0\.1:\d+, subscribed to news, reads too slowly and is cut: "
            r"\d{7} bytes are unsent, the hard limit is 1048576")

    def test_The_others_lose_nothing(self):
        reader = RespConnection(self.broker.port)
        self.addCleanup(reader.close)
        reader.ask("SUBSCRIBE", "news")
        stopped = [self.stopped_reader() for _ in range(5)]
        for _ in range(60):
            self.publish(100)
            for _ in range(100):
                self.assertEqual(FRAME, reader.read_reply())
        harness.eventually(lambda: self.cuts() == len(stopped), "all stopped readers are cut")

    def test_A_message_above_the_limit_reaches_one_that_reads(self):
        self.configure("client-output-buffer-limit", "pubsub 100000 0 0")
        reader = RespConnection(self.broker.port)
        self.addCleanup(reader.close)
        reader.ask("SUBSCRIBE", "news")
        large = b"y" * 200_000
        self.assertEqual(b":1\r\n", self.publisher.ask("PUBLISH", "news", large))
        self.assertEqual(large.decode(), value(reader.read_reply())[2])
        self.assertEqual(0, self.cuts())

    def test_One_over_the_soft_limit_is_cut_after_its_time(self):
        self.configure("client-output-buffer-limit", "pubsub 0 100000 1")
        reader = self.stopped_reader()
        self.publish(6000)
        harness.eventually(lambda: self.cuts() == 1, "the soft limit cuts it")
        self.assertEqual(0, len(reader.read_to_the_end()) % len(FRAME))

    def test_CLIENT_LIST_tells_who_is_slow_and_for_how_long(self):
        self.configure("client-output-buffer-limit", "pubsub 0 0 0")
        self.stopped_reader()
        self.publish(6000)

        def backlog():
            line = value(self.publisher.ask("CLIENT", "LIST", "TYPE", "pubsub"))
            fields = dict(field.split("=", 1) for field in line.split())
            return int(fields["omem"]), int(fields["omem-age-ms"])

        harness.eventually(lambda: backlog()[1] > 100, "the unsent output grows old")
        self.assertGreater(backlog()[0], 1024 * 1024)
        mine = value(self.publisher.ask("CLIENT", "LIST", "TYPE", "normal"))
        self.assertIn(" omem-age-ms=0\n", mine)

    def test_One_that_says_QUIT_and_takes_no_reply_does_not_stay_for_ever(self):
        leaving = self.stopped_reader()
        leaving.socket.sendall(array("UNSUBSCRIBE") + array("ECHO", MESSAGE * 1024) * 20
                               + array("QUIT"))
        harness.eventually(lambda: "name=sleepy" not in value(self.publisher.ask("CLIENT", "LIST")),
                           "the broker ends the connection")

    def test_The_publisher_is_never_held_back(self):
        for _ in range(5):
            self.stopped_reader()
        self.publish(5000)
        self.assertEqual(b"+PONG\r\n", self.publisher.ask("PING"))


if __name__ == "__main__":
    unittest.main()
