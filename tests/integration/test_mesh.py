"""Chat servers that meet without a broker."""
import itertools
import threading
import unittest

from chat_clients import JsonClient, PlainClient
from harness import eventually
from mesh_case import MeshTest

ODD_TEXT = "two  blanks,\nnew\r\nlines, a tab\t, NUL \0, quotes \"' and \u00e9\u4e16\U0001f375"


class ThreePeers(MeshTest):
    def setUp(self):
        self.peers = self.mesh(3, "--ping", 3600)  # some clients read late
        self.servers = self.peers.start()
        self.peers.wait_until_met()

    def test_What_is_said_on_one_is_heard_on_all_in_both_forms(self):
        clients = [self.client(server) for server in self.servers]
        plain = [PlainClient(server.port, room="lobby") for server in self.servers]
        for client in plain:
            self.addCleanup(client.close)
            client.say("I am here")
            for other in clients:
                self.assertEqual("I am here", other.hear())
        for n, client in enumerate(clients):
            client.say(f"from {n}")
            for other in clients:
                self.assertEqual(f"from {n}", other.hear())
        self.assertEqual(["from 0", "from 1", "from 2"], [
            text for text in (plain[0].hear() for _ in range(6)) if text.startswith("from")])

    def test_Any_text_arrives_whole(self):
        ada, bob = self.client(self.servers[0]), self.client(self.servers[1])
        for text in (ODD_TEXT, "x" * 60_000, "", " "):
            ada.say(text)
            self.assertEqual(text, bob.hear())

    def test_Rooms_that_are_prefixes_of_each_other_are_apart(self):
        rooms = ["te", "tea", "teas", "t"]
        here = [self.client(self.servers[0], room=room) for room in rooms]
        there = [self.client(self.servers[1], room=room) for room in rooms]
        for client in here:
            client.say(client.room)
        for client in there:
            self.assertEqual(client.room, client.hear())
        for client in there:
            client.say("that was all")
            self.assertEqual("that was all", client.hear())

    def test_Presence_and_typing_cross_the_mesh(self):
        ada = self.client(self.servers[0], name="ada")
        bob = self.client(self.servers[1], name="bob")

        def names():
            found = ada.command("presence", {"channel": "lobby"})["presence"].values()
            return sorted(info["conn_info"]["name"] for info in found) == ["ada", "bob"]
        eventually(names, "ada sees bob")
        typing = self.client(self.servers[2], room="typing:lobby")
        bob.command("publish", {"channel": "typing:lobby", "data": {"typing": True}})
        self.assertEqual({"typing": True}, typing.push()["pub"]["data"])

    def test_Who_comes_back_to_the_same_server_misses_nothing(self):
        bob = self.client(self.servers[1])
        self.client(self.servers[0])  # the room stays open there
        gone = JsonClient(self.servers[0].port)
        position = gone.command("subscribe", {"channel": "lobby"})
        gone.close()
        for number in range(20):
            bob.say(str(number))
            bob.hear()
        back = JsonClient(self.servers[0].port)
        self.addCleanup(back.close)
        found = back.command("subscribe", {"channel": "lobby", "recover": True, **{
            key: position[key] for key in ("epoch", "offset")}})
        self.assertTrue(found.get("recovered"), self.servers[0].log)
        self.assertEqual([str(number) for number in range(20)],
                         [publication["data"]["text"] for publication in found["publications"]])
        elsewhere = JsonClient(self.servers[2].port)
        self.addCleanup(elsewhere.close)
        told = elsewhere.command("subscribe", {"channel": "lobby", "recover": True, **{
            key: position[key] for key in ("epoch", "offset")}})
        self.assertNotIn("recovered", told)

    def test_A_message_that_is_sent_again_to_another_server_is_one(self):
        listener = self.client(self.servers[2])
        for server in self.servers[:2]:
            self.client(server).say("once", message_id="the same")
            eventually(lambda s=server: self.history(s) == ["once"], "it is known here")
        self.client(self.servers[1]).say("then")
        self.assertEqual(["once", "then"], [listener.hear(), listener.hear()])

    def test_Each_sender_is_heard_in_its_order_under_load(self):
        count = 2_000
        listeners = [self.client(server) for server in self.servers]
        speakers = [self.client(server) for server in self.servers]
        for n, speaker in enumerate(speakers):
            speaker.say(f"{n} begins")
        for listener in listeners:
            self.assertEqual([f"{n} begins" for n in range(3)],
                             sorted(listener.hear() for _ in range(3)))

        def speak(n):
            for number in range(count):
                speakers[n].say(f"{n} {number}")
        threads = [threading.Thread(target=speak, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for listener in listeners:
            heard = [[], [], []]
            offsets = []
            for _ in range(3 * count):
                publication = listener.hear_publication()
                offsets.append(publication["offset"])
                n, number = map(int, publication["data"]["text"].split())
                heard[n].append(number)
            self.assertEqual([list(range(count))] * 3, heard)
            self.assertEqual(list(range(offsets[0], offsets[0] + 3 * count)), offsets)
            self.assertEqual([], listener.put_out)
        for thread in threads:
            thread.join()


class OrderOfStart(MeshTest):
    def test_Three_peers_meet_in_every_order_of_start(self):
        for order in itertools.permutations(range(3)):
            with self.subTest(order=order):
                peers = self.mesh(3)
                early = []
                for n in order:
                    server = peers.start(n)[n]
                    client = self.client(server)
                    client.say(f"I am {n}")
                    early.append(client)
                peers.wait_until_met()
                everybody = sorted(f"I am {n}" for n in range(3))
                for server in peers.servers:
                    eventually(lambda s=server: sorted(self.history(s)) == everybody,
                               "each has what all have said")
                early[0].say("goodbye")
                for client in early:
                    while client.hear() != "goodbye":
                        pass
                for server in peers.servers:
                    self.assertNotIn("[error]", server.log)
                    server.stop()

    def test_A_server_that_starts_late_gets_what_was_said(self):
        peers = self.mesh(3)
        peers.start(0, 1)
        peers.wait_until_met(0, 1)
        ada = self.client(peers.servers[0])
        bob = self.client(peers.servers[1])
        said = []
        for number in range(50):
            for client in (ada, bob):
                said.append(f"{client.connected['client']} {number}")
                client.say(said[-1])
                ada.hear()
        peers.start(2)
        known = []

        def all_there():
            known[:] = self.history(peers.servers[2])
            return sorted(said) == sorted(known)
        eventually(all_there, "it has what all have said")
        for client in (ada, bob):
            own = [text for text in said if text.startswith(client.connected["client"])]
            self.assertEqual(own, [text for text in known
                                   if text.startswith(client.connected["client"])])


if __name__ == "__main__":
    unittest.main()
