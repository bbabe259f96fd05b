"""What tests of a single chat server have in common."""
import unittest

import harness
from chat_clients import PlainClient, http_get
from raw_http import RawHttp


class ChatServerTest(unittest.TestCase):
    """A server, and a member of its lobby who must notice nothing."""

    @classmethod
    def setUpClass(cls):
        cls.start()

    @classmethod
    def start(cls, *options):
        cls.chat = harness.start_chat("local", *options)
        cls.addClassCleanup(cls.chat.stop)
        cls.witness = PlainClient(cls.chat.port, room="witness")
        cls.addClassCleanup(cls.witness.close)

    def tearDown(self):
        self.witness.say("still here")
        self.assertEqual("still here", self.witness.hear())
        self.assertEqual(200, http_get(self.chat.port, "/healthz")[0])

    def raw(self):
        connection = RawHttp(self.chat.port)
        self.addCleanup(connection.close)
        return connection

    def status_of(self, request):
        connection = self.raw()
        connection.send(request)
        return connection.read_head()[0]
