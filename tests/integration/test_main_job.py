"""The main job, with real processes: a broker, chat servers, clients in both wire forms. Every
message sent on any server reaches every client on every server, once, as it was."""
import itertools
import unittest

import harness
from chat_clients import JsonClient, PlainClient, http_get, wait_until_ready
from resp import RespConnection, value

TEXTS = [
    "hello", "two words", "  blanks around  ", "\"double\" and 'single' `back`", "grüße, ありがとう",
    "🎉👩‍👩‍👧🏳️‍🌈", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>&amp;&lt;",
    "back\\slash \\n \\u0041 %00 %s", "two\nlines\r\nthree\ttab", "\u2028\u2029\u200b\ufeff",
    "\x01\x1f\x7f", '{"text":"json"}', "{}", "[1,2]", "null", "1:2 stamped?", "+OK", "*3\r\n$1\r\n",
    "x" * 16384, "é🎉\"\\\n" * 1500,
]


class MainJob:
    """Mixed into a class that says what the bus is and how many servers share it."""
    servers = 2

    @classmethod
    def setUpClass(cls):
        cls.bus_url = cls.start_bus()
        cls.chats = []
        for _ in range(cls.servers):
            cls.chats.append(harness.start_chat(cls.bus_url))
            cls.addClassCleanup(cls.chats[-1].stop)
        wait_until_ready(*cls.chats)

    _rooms = itertools.count(1)

    def setUp(self):
        self.room = f"room{next(self._rooms)}"

    def join(self, kind, server=0, name="ada", room=None):
        client = kind(self.chats[server % self.servers].port, name=name, room=room or self.room)
        self.addCleanup(client.close)
        return client

    def everybody(self):
        """Two clients of each form on each server, all of them certainly in the room."""
        clients = [self.join(kind, server, f"{kind.__name__}{server}{n}")
                   for server in range(self.servers)
                   for kind in (PlainClient, JsonClient) for n in range(2)]
        self.synchronise(clients)
        return clients

    def synchronise(self, clients):
        """Everyone says a word and waits to hear it: its server is subscribed then. Afterwards
        nothing is under way that was said before."""
        for number, client in enumerate(clients):
            client.say(f"here {number}")
            while client.hear() != f"here {number}":
                pass
        self.hear_until_end(clients)

    def hear_until_end(self, clients):
        """What each client hears up to an end mark that the first one says now."""
        clients[0].say("end mark")
        heard = []
        for client in clients:
            heard.append([])
            while (text := client.hear()) != "end mark":
                heard[-1].append(text)
        return heard

    def test_Every_message_reaches_every_client_exactly_once_and_intact(self):
        clients = self.everybody()
        said = [f"{number}: {text}" for text in TEXTS for number in range(len(clients))]
        for number, text in enumerate(said):
            clients[number % len(clients)].say(text)
        heard = [[client.hear() for _ in said] for client in clients]
        for client, texts in zip(clients, heard):
            self.assertCountEqual(said, texts, client.name)
        self.assertEqual([[]] * len(clients), self.hear_until_end(clients), "a message came twice")

    def test_All_clients_see_one_order(self):
        clients = self.everybody()
        for n in range(50):
            for number, client in enumerate(clients):
                client.say(f"{number}:{n}")
        heard = [[client.hear() for _ in range(50 * len(clients))] for client in clients]
        for texts in heard[1:]:
            self.assertEqual(heard[0], texts)
        for number in range(len(clients)):  # and each author's own order is kept
            own = [text for text in heard[0] if text.startswith(f"{number}:")]
            self.assertEqual([f"{number}:{n}" for n in range(50)], own)

    def test_A_message_of_a_JSON_client_carries_its_author_and_id(self):
        ada, bob = self.join(JsonClient, 0, "Ada"), self.join(JsonClient, 1, "Bob")
        ada.say("hello", message_id="m-1")
        for client in (ada, bob):
            publication = client.hear_publication()
            self.assertEqual(("m-1", "hello"),
                             (publication["data"]["id"], publication["data"]["text"]))
            self.assertIsInstance(publication["data"]["at"], int)
            self.assertEqual({"user": "", "client": ada.connected["client"],
                              "conn_info": {"name": "Ada"}}, publication["info"])

    def test_A_message_of_a_plain_client_carries_its_name(self):
        plain, client = self.join(PlainClient, 0, "Ada"), self.join(JsonClient, 1, "Bob")
        plain.say("hello")
        publication = client.hear_publication()
        self.assertEqual("hello", publication["data"]["text"])
        self.assertEqual({"name": "Ada"}, publication["info"]["conn_info"])

    def test_Data_of_other_shapes_is_carried_untouched(self):
        ada, bob = self.join(JsonClient, 0), self.join(JsonClient, 1)
        for data in ({"x": [1, -2.5, {"y": None}], "é": "🎉 <b>\\"}, [], "text", 7, True,
                     {"deep": [[[[[[]]]]]]}):
            self.assertEqual({}, ada.command("publish", {"channel": self.room, "data": data}))
            self.assertEqual(data, bob.hear_publication()["data"])

    def test_A_plain_client_hears_its_first_message_sent_at_once(self):
        plain = self.join(PlainClient)
        plain.say("first")
        self.assertEqual("first", plain.hear())

    def test_The_room_of_a_plain_client_is_the_lobby_unless_it_says_otherwise(self):
        plain = PlainClient(self.chats[0].port)
        self.addCleanup(plain.close)
        client = self.join(JsonClient, 1, room="lobby")
        plain.say("in the lobby")
        self.assertEqual("in the lobby", client.hear())
        self.assertRegex(client.connected["data"]["name"], r"\w")

    def test_A_plain_client_may_come_in_by_any_path(self):
        client = self.join(JsonClient, 1)
        for path in ("/chat", "/some/where/else"):
            plain = PlainClient(self.chats[0].port, room=self.room, path=path)
            self.addCleanup(plain.close)
            plain.say(path)
            self.assertEqual(path, client.hear())

    def test_Rooms_do_not_hear_each_other(self):
        tea, coffee = self.room + "tea", self.room + "coffee"
        clients = [self.join(kind, server, room=room) for room in (tea, coffee)
                   for server in (0, 1) for kind in (PlainClient, JsonClient)]
        self.synchronise(clients[:4])
        self.synchronise(clients[4:])
        clients[0].say("only tea")
        clients[4].say("only coffee")
        for client in clients[:4]:
            self.assertEqual("only tea", client.hear())
        for client in clients[4:]:
            self.assertEqual("only coffee", client.hear())

    def test_A_JSON_client_may_be_in_many_rooms_and_leave_one(self):
        rooms = [f"{self.room}.{n}" for n in range(20)]
        client = self.join(JsonClient, 0, room=rooms[0])
        for room in rooms[1:]:
            client.command("subscribe", {"channel": room})
        client.command("unsubscribe", {"channel": rooms[3]})
        other = self.join(JsonClient, 1, room=rooms[3])
        for room in rooms:
            other.command("publish", {"channel": room, "data": {"text": room}})
        heard = [client.push()["channel"] for _ in range(19)]
        self.assertCountEqual([r for r in rooms if r != rooms[3]], heard)

    def test_The_server_is_healthy_and_ready(self):
        for chat in self.chats:
            self.assertEqual(200, http_get(chat.port, "/healthz")[0])
            self.assertEqual(200, http_get(chat.port, "/readyz")[0])


class OverTheBroker(MainJob, unittest.TestCase):
    @classmethod
    def start_bus(cls):
        cls.bus = harness.start_broker()
        cls.addClassCleanup(cls.bus.stop)
        return f"redis://127.0.0.1:{cls.bus.port}"

    def subscribers(self, room):
        with RespConnection(self.bus.port) as connection:
            return value(connection.ask("PUBSUB", "NUMSUB", f"chat.{room}"))[1]

    def test_A_server_subscribes_with_its_first_member_and_leaves_with_its_last(self):
        first = [PlainClient(self.chats[n].port, room=self.room) for n in (0, 1)]
        second = JsonClient(self.chats[0].port, room=self.room)
        harness.eventually(lambda: self.subscribers(self.room) == 2, "both servers subscribed")
        first[0].close()
        first[1].close()
        harness.eventually(lambda: self.subscribers(self.room) == 1, "one server left")
        second.close()
        harness.eventually(lambda: self.subscribers(self.room) == 0, "nobody left")

    def test_What_another_program_publishes_is_shown_as_a_notice(self):
        plain, client = self.join(PlainClient, 0), self.join(JsonClient, 1)
        self.synchronise([plain, client])
        with RespConnection(self.bus.port) as program:
            for text in ("hello from telnet", "{not json", '{"text":1}', "  ", "<b>é🎉</b>"):
                self.assertEqual(b":2\r\n", program.ask("PUBLISH", f"chat.{self.room}", text))
                self.assertEqual(text, plain.hear())
                publication = client.hear_publication()
                self.assertNotIn("info", publication)
                self.assertNotIn("offset", publication)
                at = publication["data"].pop("at")
                self.assertIsInstance(at, int)
                self.assertEqual({"text": text, "notice": True}, publication["data"])

    def test_Junk_on_the_bus_harms_nobody(self):
        client = self.join(JsonClient, 1)
        with RespConnection(self.bus.port) as program:
            for junk in (b"\xff\xfe\x00", b"", b"\x00" * 1000, b"1:2", b"abc:1 {", b'{"data":'):
                program.ask("PUBLISH", f"chat.{self.room}", junk)
        client.say("still here")
        while client.hear() != "still here":
            pass

    def test_An_operator_sees_the_room_by_its_channel(self):
        with RespConnection(self.bus.port) as operator:
            operator.exchange(b"PSUBSCRIBE chat.*\r\n")
            client = self.join(JsonClient, 0)
            client.say("seen?")
            kind, pattern, channel, text = value(operator.read_reply())
            self.assertEqual(("pmessage", "chat.*", f"chat.{self.room}"), (kind, pattern, channel))
            self.assertIn("seen?", text)


class OverRedis(OverTheBroker):
    """Debian's redis-server in the broker's place."""

    @classmethod
    def start_bus(cls):
        cls.bus = harness.start_redis()
        cls.addClassCleanup(cls.bus.stop)
        return f"redis://127.0.0.1:{cls.bus.port}"


class WithoutABroker(MainJob, unittest.TestCase):
    servers = 1

    @classmethod
    def start_bus(cls):
        return "local"


if __name__ == "__main__":
    unittest.main()
