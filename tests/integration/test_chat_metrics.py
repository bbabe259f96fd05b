"""What /metrics of a chat server says, after known things have happened."""
import json
import unittest

import harness
from chat_clients import ChatSocket, JsonClient, PlainClient, http_get, wait_until_ready
from exposition import scrape
from mesh_case import MeshTest
from resp import RespConnection, array


class MetricsTest(unittest.TestCase):
    def start(self, *options):
        chat = harness.start_chat(*options)
        self.addCleanup(lambda: chat.running() and chat.stop())
        wait_until_ready(chat)
        return chat

    def client(self, kind, chat, **options):
        client = kind(chat.port, **options)
        self.addCleanup(client.close)
        return client

    def shows(self, chat, wanted):
        """Until each of the samples, named as in the text, has its value."""
        def all_there():
            self.seen = self.by_text(scrape(chat.port))
            return all(self.seen[name] == value for name, value in wanted.items())
        try:
            harness.eventually(all_there, "the numbers")
        except AssertionError:
            self.assertEqual(wanted, {name: self.seen[name] for name in wanted})
            raise

    @staticmethod
    def by_text(exposition):
        prefix = "parley_chat_"
        named = {}
        for (name, labels), value in exposition.samples.items():
            text = ",".join(f"{label}={word}" for label, word in labels)
            named[name.removeprefix(prefix) + (f" {text}" if text else "")] = value
        return named


class OneServer(MetricsTest):
    def setUp(self):
        self.chat = self.start("local", "--message-rate", "1", "--max-message", "1000",
                               "--max-connections", "8")

    def test_Clients_rooms_and_deliveries_are_counted(self):
        plain = [self.client(PlainClient, self.chat, room="tea") for _ in range(3)]
        spoken = self.client(JsonClient, self.chat, room="tea")
        spoken.command("subscribe", {"channel": "milk"})
        plain[0].say("hello")
        for client in (*plain, spoken):
            client.hear()
        self.shows(self.chat, {
            "clients form=text": 3, "clients form=json": 1, "rooms": 2, "members": 5,
            "presence_entries": 5, "messages_total": 1, "deliveries_total": 4,
            "publications_accepted_total": 1, "lag_seconds_count": 1, "workers": 1, "bus_up": 1,
            "bus_outages_total": 0, "unsent_bytes": 0, "catch_ups_total": 2})
        self.assertGreater(self.seen["sent_bytes_total"], 4 * len("hello"))
        self.assertGreater(self.seen["handlers_total"], 0)
        self.assertLess(self.seen["lag_seconds_sum"], 10)
        for client in plain:
            client.close()
        self.shows(self.chat, {"clients form=text": 0, "clients form=json": 1, "members": 2})

    def test_Refusals_and_cuts_have_a_reason(self):
        fast = self.client(JsonClient, self.chat)
        for number in range(6):  # five at once are allowed
            reply = fast.ask("publish", {"channel": "tea", "data": number})
        self.assertEqual(111, reply["error"]["code"])
        fast.ask("publish", {"channel": "no good name", "data": 1})
        for frame in ("junk", b"binary", json.dumps({"send": {"data": 1}}), "x" * 2000):
            client = self.client(JsonClient, self.chat)
            client.socket.send(frame)
            client.socket.wait_closed()
        self.shows(self.chat, {
            "publications_accepted_total": 5,
            "publications_refused_total reason=too_fast": 1,
            "publications_refused_total reason=bad_request": 1,
            "cuts_total reason=bad_request": 1, "cuts_total reason=wrong_form": 1,
            "cuts_total reason=not_available": 1, "cuts_total reason=too_large": 1,
            "cuts_total reason=slow": 0})

    def test_Connections_refused_at_the_limit_are_counted(self):
        refused = "connections_refused_total limit=max_connections"
        self.shows(self.chat, {refused: 0})
        clients = []

        def is_full():
            try:
                clients.append(ChatSocket(self.chat.port, "/"))
            except Exception:  # which one depends on how far the library had come
                return True
            return False
        harness.eventually(is_full, "one is refused")
        self.assertLessEqual(len(clients), 8)
        for client in clients:
            client.close()

        def is_counted():
            try:
                return self.by_text(scrape(self.chat.port))[refused] >= 1
            except OSError:
                return False  # the places of those that left are not free yet
        harness.eventually(is_counted, "it is counted")

    def test_HEAD_has_no_body_and_what_is_beside_it_is_not_there(self):
        status, headers, body = http_get(self.chat.port, "/metrics", "HEAD")
        self.assertEqual((200, b""), (status, body))
        self.assertGreater(int(headers["content-length"]), 1000)
        self.assertEqual(404, http_get(self.chat.port, "/metrics/")[0])
        self.assertEqual(405, http_get(self.chat.port, "/metrics", "POST")[0])

    def test_Every_name_has_the_prefix(self):
        for family in scrape(self.chat.port).kinds:
            self.assertTrue(family.startswith("parley_chat_"), family)
            self.assertNotIn("mesh", family)


class TwoWorkers(MetricsTest):
    CLIENTS = 40

    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(lambda: self.broker.running() and self.broker.stop())
        self.chat = self.start(f"redis://127.0.0.1:{self.broker.port}", "--workers", "2")

    def test_Any_worker_answers_with_the_sums(self):
        clients = [self.client(PlainClient, self.chat, room="tea") for _ in range(self.CLIENTS)]
        self.shows(self.chat, {"members": self.CLIENTS})
        clients[0].say("hello")
        for client in clients:
            client.hear()
        # The kernel spreads connections by chance: all 40 on one worker is as good as impossible.
        self.shows(self.chat, {
            "workers": 2, "clients form=text": self.CLIENTS, "rooms": 2, "members": self.CLIENTS,
            "deliveries_total": self.CLIENTS, "messages_total": 2, "lag_seconds_count": 2,
            "publications_accepted_total": 1, "bus_up": 1})
        for _ in range(20):  # each on a connection of its own, and so on either worker
            seen = self.by_text(scrape(self.chat.port))
            self.assertEqual(self.CLIENTS, seen["clients form=text"])

    def test_An_outage_shows_with_what_waits_and_what_was_caught_up(self):
        speaker = self.client(JsonClient, self.chat, room="tea")
        speaker.say("before")
        speaker.hear()
        self.broker.kill()
        self.assertEqual("down", speaker.bus_state())
        speaker.say("meanwhile")
        self.shows(self.chat, {"bus_up": 0, "bus_outages_total": 2, "bus_waiting_messages": 1})
        self.assertGreater(self.seen["bus_waiting_bytes"], len("meanwhile"))
        self.broker = harness.start_broker(self.broker.port)
        self.shows(self.chat, {"bus_up": 1, "bus_waiting_messages": 0, "bus_waiting_bytes": 0,
                               "publications_accepted_total": 2})

    def test_What_was_missed_is_counted_when_it_is_caught_up(self):
        reader = self.client(JsonClient, self.chat, room="tea")
        reader.say("before")
        reader.hear()
        with RespConnection(self.broker.port) as control:
            # In one go: the server cannot be back between the two.
            control.send_raw(array("CLIENT", "KILL", "TYPE", "pubsub")
                             + array("XPUBLISH", "history.tea", "chat.tea", "missed"))
            control.read_reply()
            control.read_reply()
        self.assertEqual("missed", reader.hear())
        self.shows(self.chat, {"caught_up_messages_total": 1, "deliveries_total": 2, "bus_up": 1})


class InAMesh(MeshTest, MetricsTest):
    def test_Servers_of_a_mesh_count_what_they_tell_each_other(self):
        mesh = self.mesh(2)
        one, other = mesh.start()
        mesh.wait_until_met()
        speaker, reader = self.client(one), self.client(other)
        speaker.say("hello")
        self.assertEqual("hello", reader.hear())
        self.shows(one, {"mesh_peers": 1, "mesh_published_total": 1, "mesh_missed_total": 0, "mesh_junk_total": 0})
        # News of who is in the room comes the same way.
        harness.eventually(lambda: scrape(other.port)["parley_chat_mesh_received_total"] >= 1,
                           "the other server counts it")

    client = MeshTest.client


if __name__ == "__main__":
    unittest.main()
