"""The JSON client protocol on /connection/websocket, message by message."""
import json
import unittest

import harness
from chat_case import ChatServerTest
from chat_clients import ChatSocket, JsonClient, PlainClient

PING_S = 25


class ClientProtocol(ChatServerTest):
    def client(self, **options):
        client = JsonClient(self.chat.port, **options)
        self.addCleanup(client.close)
        return client

    def error_of(self, reply):
        self.assertIn("error", reply)
        self.assertIsInstance(reply["error"]["message"], str)
        self.assertNotIn("push", reply)
        return reply["error"]["code"]

    def test_Connecting_tells_the_client_who_it_is(self):
        connected = self.client(name="Ada").connected
        self.assertRegex(connected["client"], r"^\S{8,}$")
        self.assertIsInstance(connected["version"], str)
        self.assertEqual((PING_S, True), (connected["ping"], connected["pong"]))
        self.assertEqual("Ada", connected["data"]["name"])
        self.assertNotIn("ttl", connected)

    def test_A_client_without_a_name_is_a_guest(self):
        names = [self.client().connected["data"]["name"] for _ in range(3)]
        for name in names:
            self.assertRegex(name, r"^guest-\w{4}$")

    def test_Client_ids_differ(self):
        self.assertNotEqual(self.client().connected["client"], self.client().connected["client"])

    def test_Names_of_many_scripts_are_kept_as_they_are(self):
        for name in ("Zoë", "山田", "🦊", "<b>x</b>", "O'Brien"):
            self.assertEqual(name, self.client(name=name).connected["data"]["name"])

    def test_A_name_that_is_no_text_or_far_too_long_does_not_get_through(self):
        for name in (7, {"a": 1}, ["x"], "x" * 5000):
            client = self.client(connect=False)
            reply = client.ask("connect", {"data": {"name": name}})
            if "error" not in reply:
                self.assertIsInstance(reply["connect"]["data"]["name"], str)
                self.assertLess(len(reply["connect"]["data"]["name"]), 200)

    def test_Several_commands_in_the_first_frame_are_answered_in_order(self):
        client = self.client(connect=False)
        client.send_json({"connect": {"name": "js"}, "id": 1},
                         {"subscribe": {"channel": "a", "flag": 1}, "id": 2},
                         {"subscribe": {"channel": "b", "flag": 1}, "id": 3})
        self.assertIn("connect", client.reply(1))
        self.assertIn("subscribe", client.reply(2))
        self.assertIn("subscribe", client.reply(3))

    def test_One_trailing_newline_is_tolerated(self):
        client = self.client(connect=False)
        client.socket.send('{"id":1,"connect":{}}\n')
        self.assertIn("connect", client.reply(1))

    def test_Unknown_fields_are_ignored(self):
        client = self.client(connect=False)
        client.send_json({"id": 1, "x": [1], "connect": {"flag": 3, "dict": "d", "headers": {},
                                                         "subs": {}, "later": {"y": None}}})
        self.assertIn("connect", client.reply(1))
        self.assertIn("subscribe", client.ask("subscribe", {"channel": "a", "later": True}))

    def test_Replies_carry_the_ids_that_the_client_chose(self):
        client = self.client(connect=False)
        client.send_json({"id": 4294967295, "connect": {}})
        client.reply(4294967295)
        client.send_json({"id": 7, "subscribe": {"channel": "a"}},
                         {"id": 3, "unsubscribe": {"channel": "a"}})
        self.assertEqual({"id": 3, "unsubscribe": {}}, client.reply(3))
        self.assertIn("subscribe", client.reply(7))

    def test_A_second_subscription_to_a_channel_is_an_error_and_the_first_stays(self):
        client = self.client(room="a")
        self.assertEqual(105, self.error_of(client.ask("subscribe", {"channel": "a"})))
        client.say("still in")
        self.assertEqual("still in", client.hear())

    def test_Unsubscribing_always_succeeds(self):
        client = self.client(room="a")
        for channel in ("a", "a", "never"):
            self.assertEqual({}, client.command("unsubscribe", {"channel": channel}))

    def test_Nothing_arrives_after_unsubscribing(self):
        client, other = self.client(room="a"), self.client(room="a")
        client.command("unsubscribe", {"channel": "a"})
        other.say("gone")
        self.assertEqual("gone", other.hear())
        client.command("subscribe", {"channel": "b"})
        self.assertEqual([], list(client.pushes))

    def test_Subscribe_unsubscribe_subscribe_in_one_frame_ends_subscribed(self):
        client = self.client()
        client.room = "a"
        client.send_json({"id": 10, "subscribe": {"channel": "a"}},
                         {"id": 11, "unsubscribe": {"channel": "a"}},
                         {"id": 12, "subscribe": {"channel": "a"}})
        for command_id in (10, 11, 12):
            self.assertNotIn("error", client.reply(command_id))
        client.say("in")
        self.assertEqual("in", client.hear())

    def test_Publishing_is_acknowledged_and_comes_back_to_the_publisher(self):
        client = self.client(name="Ada", room="a")
        self.assertEqual({}, client.command("publish", {
            "channel": "a", "data": {"id": "m1", "text": "hello"}}))
        publication = client.hear_publication()
        self.assertEqual(("m1", "hello"),
                         (publication["data"]["id"], publication["data"]["text"]))
        self.assertEqual({"user": "", "client": client.connected["client"],
                          "conn_info": {"name": "Ada"}}, publication["info"])

    def test_A_publisher_need_not_be_in_the_room(self):
        inside, outside = self.client(room="a"), self.client()
        self.assertEqual({}, outside.command("publish", {"channel": "a", "data": {"text": "x"}}))
        self.assertEqual("x", inside.hear())

    def test_Publishing_nothing_is_a_bad_request(self):
        client = self.client(room="a")
        self.assertEqual(107, self.error_of(client.ask("publish", {"channel": "a"})))

    def test_The_time_of_a_message_is_the_servers(self):
        client = self.client(room="a")
        client.command("publish", {"channel": "a", "data": {"id": "of its own", "text": "x", "at": 1}})
        self.assertGreater(client.hear_publication()["data"]["at"], 1_600_000_000_000)

    def test_A_client_cannot_pass_for_a_notice_or_for_somebody_else(self):
        client = self.client(name="Ada", room="a")
        client.send_json({"id": 40, "publish": {
            "channel": "a", "data": {"id": "m", "text": "x", "info": {"user": "admin"}},
            "info": {"user": "admin", "client": "fake"}}})
        info = client.hear_publication()["info"]
        self.assertEqual(("", client.connected["client"]), (info["user"], info["client"]))

    def test_Bad_channel_names_are_refused(self):
        client = self.client()
        for channel in ("x" * 300, "a b", "a\u0000b", "\n", "\x7f"):
            with self.subTest(channel):
                self.assertIn(self.error_of(client.ask("subscribe", {"channel": channel})),
                              (102, 107))
                self.assertIn(self.error_of(client.ask("publish", {"channel": channel,
                                                                   "data": 1})), (102, 107))

    def test_A_client_may_be_in_128_channels_and_not_in_more(self):
        client = self.client()
        for n in range(128):
            client.command("subscribe", {"channel": f"c{n}"})
        self.assertEqual(106, self.error_of(client.ask("subscribe", {"channel": "one-more"})))
        client.command("unsubscribe", {"channel": "c5"})
        client.command("subscribe", {"channel": "one-more"})

    def test_What_is_not_there_is_not_available(self):
        client = self.client(room="a")
        self.assertIn(self.error_of(client.ask("rpc", {"method": "whoami", "data": {}})),
                      (104, 108))
        self.assertEqual(108, self.error_of(client.ask("subscribe", {"channel": "m", "type": 1})))
        for method in ("history", "presence", "presence_stats"):
            reply = client.ask(method, {"channel": "a"})
            self.assertTrue(method in reply or self.error_of(reply) == 108, reply)

    def test_An_empty_command_is_a_pong_and_harmless(self):
        client = self.client(room="a")
        client.socket.send("{}")
        client.say("fine")
        self.assertEqual("fine", client.hear())

    def test_Each_frame_is_lines_of_JSON_without_a_blank_one(self):
        socket = ChatSocket(self.chat.port, "/connection/websocket")
        self.addCleanup(socket.close)
        socket.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"a"}}\n'
                    '{"id":3,"publish":{"channel":"a","data":{"pretty":\t[ 1 ]}}}')
        seen = ""
        while '"push"' not in seen or '"id":3' not in seen.replace(" ", ""):
            frame = socket.receive()
            self.assertNotRegex(frame, r"^\n|\n\n|\n$")
            for line in frame.split("\n"):
                json.loads(line)
            seen += frame + "\n"

    def test_The_connect_reply_comes_first_and_the_subscribe_reply_before_its_messages(self):
        other = self.client(room="busy")
        client = self.client(connect=False)
        client.send_json({"id": 1, "connect": {}}, {"id": 2, "subscribe": {"channel": "busy"}})
        for n in range(50):
            other.say(str(n))
        order = []
        while not any("push" in message for message in order):
            order += [json.loads(line) for line in client.socket.receive().split("\n")]
        self.assertEqual([1, 2], [message.get("id") for message in order[:2]])

    def test_Stopping_the_server_closes_with_a_code_that_makes_clients_reconnect(self):
        chat = harness.start_chat("local")
        client = JsonClient(chat.port, room="a")
        chat.stop()
        code, reason = client.socket.wait_closed()
        self.assertIn(code, (1001, 3001))
        self.assertLessEqual(len(reason), 123)


class MessageRate(unittest.TestCase):
    def setUp(self):
        self.chat = harness.start_chat("local", "--message-rate", "2")
        self.addCleanup(self.chat.stop)

    def test_One_that_sends_too_much_is_told_so_and_stays(self):
        with JsonClient(self.chat.port, room="lobby") as client:
            replies = [client.ask("publish", {"channel": "lobby", "data": n}) for n in range(20)]
            refused = [reply["error"] for reply in replies if "error" in reply]
            self.assertGreaterEqual(len(refused), 5)
            self.assertEqual({"code": 111, "message": "too many requests", "temporary": True},
                             refused[0])
            harness.eventually(
                lambda: "error" not in client.ask("publish", {"channel": "lobby", "data": "late"}),
                "it may speak again after a while")

    def test_Plain_text_is_told_in_words(self):
        with PlainClient(self.chat.port) as client:
            for _ in range(20):
                client.say("x")
            heard = [client.hear() for _ in range(20)]
        self.assertIn("* not sent: at most 2 messages a second", heard)


class PingInterval(unittest.TestCase):
    def setUp(self):
        self.chat = harness.start_chat("local", "--ping", "1")
        self.addCleanup(self.chat.stop)

    def test_It_is_told_and_kept(self):
        socket = ChatSocket(self.chat.port, "/connection/websocket")
        self.addCleanup(socket.close)
        socket.send('{"id":1,"connect":{}}')
        self.assertEqual(1, json.loads(socket.receive())["connect"]["ping"])
        for _ in range(2):
            self.assertEqual("{}", socket.receive())
            socket.send("{}")


if __name__ == "__main__":
    unittest.main()
