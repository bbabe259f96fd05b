"""The broker goes away and comes back: chat servers keep their clients, and go on by themselves."""
import unittest

import harness
from chat_clients import JsonClient, PlainClient, http_get, wait_until_ready
from resp import RespConnection, value


class BrokerRestart(unittest.TestCase):
    start_bus = staticmethod(harness.start_broker)

    def setUp(self):
        self.restarts = 0
        self.bus = self.start_bus()
        self.addCleanup(lambda: self.bus.running() and self.bus.stop())
        # /readyz is how these tests know that the bus is away, so it must say it at once.
        self.chats = [harness.start_chat(f"redis://127.0.0.1:{self.bus.port}", "--ready-grace", "0")
                      for _ in range(2)]
        for chat in self.chats:
            self.addCleanup(chat.stop)
        wait_until_ready(*self.chats)
        self.clients = [kind(chat.port, room="lobby", name="ada")
                        for chat in self.chats for kind in (PlainClient, JsonClient)]
        for client in self.clients:
            self.addCleanup(client.close)

    def lose_the_bus(self, how):
        self.port = self.bus.port
        how()
        for chat in self.chats:
            harness.eventually(lambda: http_get(chat.port, "/readyz")[0] == 503,
                               "/readyz says that the bus is away")
            self.assertEqual(200, http_get(chat.port, "/healthz")[0])

    def bring_it_back(self):
        self.bus = self.start_bus(self.port)
        wait_until_ready(*self.chats)
        with RespConnection(self.port) as control:
            harness.eventually(
                lambda: value(control.ask("PUBSUB", "NUMSUB", "chat.lobby"))[1] == 2,
                "both servers subscribed again")
        # Nothing is stored by this bus: its streams begin anew, and those who follow them too.
        self.restarts += 1
        for client in self.clients:
            if isinstance(client, JsonClient):
                client.wait_until_put_out_and_back(self.restarts)

    def assert_everybody_hears_everybody(self):
        for number, speaker in enumerate(self.clients):
            text = f"after the outage {number}"
            speaker.say(text)
            for listener in self.clients:
                while listener.hear() != text:
                    pass

    def test_Messages_flow_again_after_a_clean_restart(self):
        self.lose_the_bus(self.bus.stop)
        self.bring_it_back()
        self.assert_everybody_hears_everybody()

    def test_Messages_flow_again_after_a_crash(self):
        self.lose_the_bus(self.bus.kill)
        self.bring_it_back()
        self.assert_everybody_hears_everybody()

    def test_It_works_again_and_again(self):
        for _ in range(3):
            self.lose_the_bus(self.bus.stop)
            self.bring_it_back()
            self.assert_everybody_hears_everybody()

    def test_Clients_of_the_JSON_protocol_are_told(self):
        client = self.clients[1]
        self.lose_the_bus(self.bus.kill)
        self.assertEqual("down", client.bus_state())
        self.bring_it_back()
        self.assertEqual("up", client.bus_state())

    def test_A_client_that_joins_during_the_outage_is_served_afterwards(self):
        self.lose_the_bus(self.bus.stop)
        late = PlainClient(self.chats[0].port, room="lobby", name="late")
        self.addCleanup(late.close)
        self.bring_it_back()
        self.clients.append(late)
        self.assert_everybody_hears_everybody()

    def test_A_member_that_leaves_during_the_outage_is_forgotten(self):
        self.lose_the_bus(self.bus.stop)
        for client in self.clients[:2]:
            client.close()
        self.bus = self.start_bus(self.port)
        wait_until_ready(*self.chats)
        with RespConnection(self.port) as control:
            harness.eventually(
                lambda: value(control.ask("PUBSUB", "NUMSUB", "chat.lobby"))[1] == 1,
                "only the server with members subscribed again")

    def test_A_message_sent_during_the_outage_waits_and_is_stored(self):
        client = self.clients[1]
        self.lose_the_bus(self.bus.stop)
        client.send_json({"id": 99, "publish": {"channel": "lobby",
                                                "data": {"id": "m-1", "text": "during"}}})
        self.bring_it_back()
        self.assertEqual({"id": 99, "publish": {}}, client.reply(99))
        history = client.command("history", {"channel": "lobby", "limit": -1})
        self.assertEqual(["during"], [p["data"]["text"] for p in history["publications"]])


class RedisRestart(BrokerRestart):
    """The same with Debian's redis-server as the bus."""
    start_bus = staticmethod(harness.start_redis)


class UnreachableBroker(unittest.TestCase):
    def test_A_server_starts_without_its_broker_says_so_and_is_ready_when_it_comes(self):
        port = harness.free_port()
        chat = harness.start_chat(f"redis://127.0.0.1:{port}")
        self.addCleanup(chat.stop)
        chat.wait_for_log(rf"127\.0\.0\.1:{port}")
        self.assertEqual(503, http_get(chat.port, "/readyz")[0])
        self.assertEqual(200, http_get(chat.port, "/healthz")[0])
        self.assertEqual(200, http_get(chat.port, "/")[0])
        broker = harness.start_broker(port)
        self.addCleanup(broker.stop)
        wait_until_ready(chat)
        with PlainClient(chat.port) as client:
            client.say("hello")
            self.assertEqual("hello", client.hear())

    def test_A_server_stops_cleanly_while_its_broker_is_away(self):
        chat = harness.start_chat(f"redis://127.0.0.1:{harness.free_port()}")
        chat.stop()


if __name__ == "__main__":
    unittest.main()
