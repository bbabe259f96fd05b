"""A chat server that is asked to stop lets its clients go in an orderly way."""
import signal
import unittest

import harness
from chat_clients import (ChatSocket, Closed, JsonClient, PlainClient, http_get,
                          wait_until_ready)
from exposition import scrape


class Drain(unittest.TestCase):
    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(self.broker.stop)
        self.chats = [harness.start_chat(f"redis://127.0.0.1:{self.broker.port}", "--drain", drain)
                      for drain in ("2", "60")]
        for chat in self.chats:
            self.addCleanup(lambda chat=chat: chat.running() and chat.kill())
        wait_until_ready(*self.chats)

    def client(self, chat, **options):
        client = JsonClient(chat.port, room="lobby", **options)
        self.addCleanup(client.close)
        return client

    def assert_ends(self, chat):
        self.assertEqual(0, chat.process.wait(harness.DEADLINE_S), chat.log)

    def test_Clients_are_told_to_go_and_nobody_new_is_taken_in(self):
        chat = self.chats[0]
        clients = [self.client(chat) for _ in range(20)]
        text = PlainClient(chat.port)
        self.addCleanup(text.close)
        chat.process.send_signal(signal.SIGTERM)
        harness.eventually(lambda: http_get(chat.port, "/readyz")[0] == 503, "it is not ready")
        with self.assertRaisesRegex(Exception, "503"):
            ChatSocket(chat.port, "/connection/websocket")
        for client in clients:
            self.assertEqual((3001, "shutdown"), client.socket.wait_closed())
        self.assertEqual(1001, text.wait_closed()[0])
        self.assert_ends(chat)

    def test_A_second_signal_ends_it_at_once(self):
        chat = self.chats[1]
        clients = [self.client(chat) for _ in range(50)]
        chat.process.send_signal(signal.SIGTERM)
        harness.eventually(lambda: http_get(chat.port, "/readyz")[0] == 503, "it is draining")
        chat.process.send_signal(signal.SIGTERM)
        for client in clients:
            self.assertEqual(3001, client.socket.wait_closed()[0])
        self.assert_ends(chat)

    def test_They_are_told_one_after_the_other(self):
        chat = self.chats[1]
        for _ in range(20):
            self.client(chat)

        def left():
            return scrape(chat.port).value("parley_chat_clients", form="json")
        harness.eventually(lambda: left() == 20, "they are counted")
        chat.process.send_signal(signal.SIGTERM)
        harness.eventually(lambda: left() < 20, "the first has gone")
        self.assertGreater(left(), 0)
        chat.process.send_signal(signal.SIGTERM)
        self.assert_ends(chat)

    def test_A_message_that_is_on_its_way_is_answered_first(self):
        chat = self.chats[1]
        client = self.client(chat)
        self.broker.process.send_signal(signal.SIGSTOP)
        client.socket.send('{"id":99,"publish":{"channel":"lobby","data":1}}')
        client.command("rpc", {"method": "server"})  # it has been read
        chat.process.send_signal(signal.SIGTERM)
        harness.eventually(lambda: http_get(chat.port, "/readyz")[0] == 503, "it is draining")
        self.broker.process.send_signal(signal.SIGCONT)
        frames = []
        with self.assertRaises(Closed) as closed:
            while True:
                frames.append(client.socket.receive())
        self.assertEqual(3001, closed.exception.code)
        self.assertIn('{"id":99,"publish":{}}', "\n".join(frames).split("\n"))
        chat.process.send_signal(signal.SIGTERM)
        self.assert_ends(chat)

    def test_The_port_stays_open_to_the_end_though_nobody_is_left(self):
        chat = self.chats[1]
        client = self.client(chat)
        chat.process.send_signal(signal.SIGTERM)
        self.assertEqual(3001, client.socket.wait_closed()[0])
        self.assertEqual(503, http_get(chat.port, "/readyz")[0])
        chat.process.send_signal(signal.SIGTERM)
        self.assert_ends(chat)

    def test_A_client_that_moves_to_another_server_misses_nothing(self):
        leaving, staying = self.chats
        client = self.client(leaving)
        speaker = self.client(staying)
        position = client.command("history", {"channel": "lobby"})
        leaving.process.send_signal(signal.SIGTERM)
        for number in range(50):
            speaker.say(str(number))
        heard = []
        try:
            while True:
                heard.append(client.hear())
        except Exception as closed:
            self.assertEqual(3001, closed.code)
        moved = JsonClient(staying.port)
        self.addCleanup(moved.close)
        again = moved.command("subscribe", {
            "channel": "lobby", "recover": True, "epoch": position["epoch"],
            "offset": position["offset"] + len(heard)})
        heard += [p["data"]["text"] for p in again.get("publications", [])]
        moved.room = "lobby"
        while len(heard) < 50:
            heard.append(moved.hear())
        self.assertEqual([str(number) for number in range(50)], heard)
        self.assert_ends(leaving)


if __name__ == "__main__":
    unittest.main()
