"""A chat server of several workers that is told to stop while its clients publish: all of them are
sent elsewhere, and what was acknowledged is in the history."""
import signal
import threading
import unittest

import harness
from chat_clients import Closed, JsonClient, wait_until_ready
from resp import RespConnection

CLIENTS = 24  # both workers have some of them, but once in 2^23 runs


class Publisher(threading.Thread):
    """Publishes, one message after the other, until the server closes its connection."""

    def __init__(self, port, name):
        super().__init__(daemon=True)
        self._client = JsonClient(port, name=name, room="lobby")
        self.name = name
        self.acknowledged = []
        self.closed = None  # close code and reason
        self.failure = None

    def run(self):
        try:
            while True:
                message_id = f"{self.name}-{len(self.acknowledged)}."
                reply = self._client.ask("publish", {
                    "channel": "lobby", "data": {"id": message_id, "text": "x"}})
                assert "error" not in reply, reply
                self.acknowledged.append(message_id)
        except Closed as closed:
            self.closed = (closed.code, closed.reason)
        except Exception as failure:  # shown by the test, which waits for the thread
            self.failure = failure
        finally:
            self._client.close()


class DrainOfWorkers(unittest.TestCase):
    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)
        self.chat = harness.start_chat(f"redis://127.0.0.1:{self.broker.port}", "--workers", 2,
                                       "--drain", 2)
        self.addCleanup(lambda: self.chat.running() and self.chat.kill())
        wait_until_ready(self.chat)
        self.publishers = [Publisher(self.chat.port, f"p{n}") for n in range(CLIENTS)]

    def history(self):
        with RespConnection(self.broker.port) as reader:
            return reader.ask("XRANGE", "history.lobby", "-", "+")

    def test_What_was_acknowledged_is_in_the_history(self):
        for publisher in self.publishers:
            publisher.start()
        harness.eventually(lambda: all(len(p.acknowledged) >= 5 for p in self.publishers),
                           "everybody publishes")
        self.chat.process.send_signal(signal.SIGTERM)
        for publisher in self.publishers:
            publisher.join(harness.DEADLINE_S)
            self.assertIsNone(publisher.failure)
            self.assertEqual((3001, "shutdown"), publisher.closed)
        self.assertEqual(0, self.chat.process.wait(harness.DEADLINE_S), self.chat.log)
        stored = self.history()
        for publisher in self.publishers:
            for message_id in publisher.acknowledged:
                self.assertEqual(1, stored.count(f'"{message_id}"'.encode()), message_id)


if __name__ == "__main__":
    unittest.main()
