"""Thousands of clients come back at the same moment; those who are there do not notice."""
import resource
import selectors
import socket
import time
import unittest

import harness
from resp import RespConnection, array, value

CLIENTS = 2000 if harness.THREAD_SANITIZER else 10_000
HELLO = array("SUBSCRIBE", "storm")
WELCOME = b"*3\r\n$9\r\nsubscribe\r\n$5\r\nstorm\r\n:1\r\n"


class Storm:
    """Connects all clients without waiting for any; each subscribes as soon as it is connected."""

    def __init__(self, port, clients):
        self.selector = selectors.DefaultSelector()
        self.waiting = set()
        self.sockets = []
        for _ in range(clients):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            self.sockets.append(client)
            self.waiting.add(client)
            self.selector.register(client, selectors.EVENT_WRITE, bytearray())

    def step(self):
        for key, events in self.selector.select(0.01):
            if events & selectors.EVENT_WRITE:
                key.fileobj.sendall(HELLO)
                self.selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
            else:
                key.data.extend(key.fileobj.recv(1024))
                if key.data == WELCOME:
                    self.waiting.discard(key.fileobj)
                    self.selector.unregister(key.fileobj)

    def close(self):
        self.selector.close()
        for client in self.sockets:
            client.close()


class ReconnectStorm(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < CLIENTS + 500:
            self.skipTest(f"{hard} open files are allowed here, {CLIENTS + 500} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.broker = harness.start_broker(0, "--maxclients", str(CLIENTS + 100))
        self.addCleanup(self.broker.stop)

    def connect(self):
        connection = RespConnection(self.broker.port)
        self.addCleanup(connection.close)
        return connection

    def test_All_get_in_and_messages_go_on_meanwhile(self):
        subscriber, publisher = self.connect(), self.connect()
        subscriber.ask("SUBSCRIBE", "news")
        storm = Storm(self.broker.port, CLIENTS)
        self.addCleanup(storm.close)
        deadline = time.monotonic() + 3 * harness.DEADLINE_S
        published = 0
        while storm.waiting:
            storm.step()
            publisher.ask("PUBLISH", "news", str(published))
            self.assertEqual(["message", "news", str(published)], value(subscriber.read_reply()))
            published += 1
            self.assertLess(time.monotonic(), deadline, f"{len(storm.waiting)} are still waiting")
        self.assertGreater(published, 1)
        self.assertEqual(CLIENTS, value(publisher.ask("PUBLISH", "storm", "done")))


if __name__ == "__main__":
    unittest.main()
