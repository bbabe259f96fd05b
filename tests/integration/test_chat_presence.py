"""Who is there, over several servers."""
import unittest

import harness
from chat_clients import JsonClient, PlainClient, wait_until_ready


class PresenceOverTwoServers(unittest.TestCase):
    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)
        self.chats = [harness.start_chat(f"redis://127.0.0.1:{self.broker.port}")
                      for _ in range(2)]
        wait_until_ready(*self.chats)
        for chat in self.chats:
            self.addCleanup(lambda chat=chat: chat.running() and chat.stop())

    def client(self, server, name, **subscribe):
        client = JsonClient(self.chats[server].port, name=name)
        self.addCleanup(client.close)
        client.command("subscribe", {"channel": "tea", **subscribe})
        return client

    def names(self, client):
        presence = client.command("presence", {"channel": "tea"})["presence"]
        for key, info in presence.items():
            self.assertEqual((key, ""), (info["client"], info["user"]))
        return sorted(info["conn_info"]["name"] for info in presence.values())

    def wait_for_names(self, client, *names):
        harness.eventually(lambda: self.names(client) == sorted(names), f"{names} are there",
                           deadline_s=60)

    def news(self, client):
        """The next join or leave, as (kind, name)."""
        push = client.push()
        self.assertEqual("tea", push["channel"])
        kind = "join" if "join" in push else "leave"
        return kind, push[kind]["info"]["conn_info"]["name"]

    def test_Everybody_is_seen_from_every_server(self):
        ada, bob = self.client(0, "Ada"), self.client(1, "Bob")
        text = PlainClient(self.chats[1].port, room="tea", name="Cyd")
        self.addCleanup(text.close)
        for client in (ada, bob):
            self.wait_for_names(client, "Ada", "Bob", "Cyd")
            stats = client.command("presence_stats", {"channel": "tea"})
            self.assertEqual({"num_clients": 3, "num_users": 1}, stats)
        rooms = ada.command("rpc", {"method": "rooms"})["data"]["rooms"]
        self.assertEqual([{"name": "tea", "members": 3}], rooms)

    def test_Who_asked_is_told_who_comes_and_goes_and_others_are_not(self):
        ada = self.client(0, "Ada", join_leave=True)
        silent = self.client(0, "Sam")
        self.assertEqual(("join", "Ada"), self.news(ada))
        self.assertEqual(("join", "Sam"), self.news(ada))
        self.wait_for_names(ada, "Ada", "Sam")
        bob = self.client(1, "Bob")
        self.assertEqual(("join", "Bob"), self.news(ada))
        bob.command("unsubscribe", {"channel": "tea"})
        self.assertEqual(("leave", "Bob"), self.news(ada))
        silent.command("rpc", {"method": "server"})
        self.assertFalse(silent.pushes)

    def test_Who_was_there_before_is_in_the_list_and_no_news(self):
        self.wait_for_names(self.client(0, "Ada"), "Ada")
        bob = self.client(1, "Bob", join_leave=True)
        self.assertEqual(["Ada", "Bob"], self.names(bob))
        self.assertEqual(("join", "Bob"), self.news(bob))
        self.assertFalse(bob.pushes)

    def test_The_people_of_a_killed_server_fade_out(self):
        ada = self.client(0, "Ada")
        self.client(1, "Bob")
        self.wait_for_names(ada, "Ada", "Bob")
        self.chats[1].kill()
        self.wait_for_names(ada, "Ada")

    def test_The_people_of_a_stopped_server_are_gone_at_once(self):
        ada = self.client(0, "Ada", join_leave=True)
        self.assertEqual(("join", "Ada"), self.news(ada))
        self.wait_for_names(ada, "Ada")
        self.client(1, "Bob")
        self.assertEqual(("join", "Bob"), self.news(ada))
        self.chats[1].stop()
        self.assertEqual(("leave", "Bob"), self.news(ada))

    def test_Clients_cannot_listen_or_speak_on_the_servers_channel(self):
        ada = self.client(0, "Ada")
        for method, request in (("subscribe", {}), ("publish", {"data": {"server": "x"}}),
                                ("history", {}), ("presence", {})):
            reply = ada.ask(method, {"channel": "presence:tea", **request})
            self.assertEqual(107, reply["error"]["code"])


if __name__ == "__main__":
    unittest.main()
