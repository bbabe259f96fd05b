"""What tests of chat servers without a broker have in common."""
import tempfile
import unittest

import harness
from chat_clients import JsonClient


class Mesh:
    """Places for so many servers. Each is started when a test wants it, at its own place."""

    def __init__(self, test, count, *options):
        self.test = test
        self.options = options
        self.places = [harness.free_port() for _ in range(count)]
        self.servers = [None] * count

    def start(self, *which):
        for n in which or range(len(self.places)):
            others = [place for m, place in enumerate(self.places) if m != n]
            self.servers[n] = self.start_at(n, others)
        return self.servers

    def start_at(self, n, others):
        server = harness.start_peer(self.places[n], others, *self.options)
        self.test.addCleanup(self._end, server)
        return server

    @staticmethod
    def _end(server):
        """Unless the test has ended it; one that ended by itself is told of."""
        if not server.killed and server.process.poll() != 0:
            server.stop()

    def wait_until_met(self, *which):
        """Until each of these knows each other of them."""
        which = which or range(len(self.places))
        for n in which:
            for m in which:
                if m != n:
                    self.wait_for_peer(n, m)

    def wait_for_peer(self, n, m):
        """Until server n's last word on server m is that it is there."""
        place = f"{self.places[m]} is "

        def is_there():
            words = [line for line in list(self.servers[n].lines) if place in line]
            return words and place + "there" in words[-1]
        harness.eventually(is_there, f"server {n} sees server {m}")


class MeshTest(unittest.TestCase):
    def mesh(self, count, *options):
        return Mesh(self, count, *options)

    def mesh_over_ipc(self, count, *options):
        """Between its servers little waits in the kernel: some 0.2 MB."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        mesh = Mesh(self, count, *options)
        mesh.places = [f"ipc://{folder.name}/{n}" for n in range(count)]
        return mesh

    def client(self, server, room="lobby", **options):
        client = JsonClient(server.port, room=room, **options)
        self.addCleanup(client.close)
        return client

    def history(self, server, room="lobby"):
        """Texts of the newest messages that a server knows of a room, in their order."""
        with JsonClient(server.port) as reader:
            page = reader.command("history", {"channel": room, "limit": -1, "reverse": True})
        return [publication["data"]["text"] for publication in reversed(page["publications"])]
