"""Rooms remember: joining, coming back, sending twice, and outages of the bus.

The same tests run on parley-broker (XPUBLISH), on redis-server (scripts) and on one server alone.
"""
import signal
import tempfile
import unittest

import harness
from chat_clients import JsonClient, PlainClient, wait_until_ready
from resp import RespConnection


class _History:
    """Two chat servers `here` and `there`; one and the same on the local bus."""

    def bus_url(self):
        raise NotImplementedError

    def setUp(self):
        url = self.bus_url()
        self.here = self.start_chat(url)
        self.there = self.here if url == "local" else self.start_chat(url)
        wait_until_ready(self.here, self.there)

    def start_chat(self, url):
        chat = harness.start_chat(url)
        self.addCleanup(chat.stop)
        return chat

    def client(self, server, room=None, **options):
        client = JsonClient(server.port, room=room, **options)
        self.addCleanup(client.close)
        return client

    def publish(self, client, *texts, room="lobby"):
        for text in texts:
            client.command("publish", {"channel": room, "data": {"id": f"id of {text}",
                                                                 "text": text}})

    def texts(self, result):
        return [publication["data"]["text"] for publication in result["publications"]]

    def subscribe(self, client, room="lobby", **more):
        return client.command("subscribe", {"channel": room, **more})

    def test_An_empty_room_has_an_epoch_and_stands_at_0(self):
        first = self.subscribe(self.client(self.here))
        second = self.subscribe(self.client(self.there))
        self.assertTrue(first["epoch"])
        self.assertEqual((0, True, True),
                         (first["offset"], first["recoverable"], first["positioned"]))
        self.assertEqual(first, second)

    def test_The_first_message_goes_on_from_an_empty_room(self):
        listener, speaker = self.client(self.here), self.client(self.there)
        position = self.subscribe(listener)
        self.publish(speaker, "one")
        self.assertEqual(1, listener.push()["pub"]["offset"])
        again = self.subscribe(self.client(self.there), recover=True, **{
            key: position[key] for key in ("epoch", "offset")})
        self.assertEqual(["one"], self.texts(again))

    def test_Who_comes_back_gets_what_was_missed_from_any_server(self):
        speaker = self.client(self.here)
        self.publish(speaker, "one", "two", "three")
        epoch = self.subscribe(self.client(self.here))["epoch"]
        for server in (self.here, self.there):
            back = self.subscribe(self.client(server), recover=True, epoch=epoch, offset=1)
            self.assertEqual((True, True, 1),
                             (back["recovered"], back["was_recovering"], back["offset"]))
            self.assertEqual(["two", "three"], self.texts(back))
            self.assertEqual([2, 3], [p["offset"] for p in back["publications"]])

    def test_300_missed_messages_come_and_301_do_not(self):
        speaker = self.client(self.here, room="lobby")
        for number in range(301):
            speaker.say(str(number))
        for _ in range(301):
            last = speaker.hear_publication()
        self.assertEqual(301, last["offset"])
        epoch = self.subscribe(self.client(self.there))["epoch"]
        enough = self.subscribe(self.client(self.there), recover=True, epoch=epoch, offset=1)
        self.assertEqual(300, len(enough["publications"]))
        too_many = self.subscribe(self.client(self.there), recover=True, epoch=epoch, offset=0)
        self.assertNotIn("recovered", too_many)
        self.assertEqual((True, 301), (too_many["was_recovering"], too_many["offset"]))

    def test_History_is_read_from_both_ends_and_from_a_position(self):
        speaker = self.client(self.here)
        self.publish(speaker, "one", "two", "three", "four")

        def read(**more):
            return self.client(self.there).command("history", {"channel": "lobby", **more})

        top = read()
        self.assertEqual((4, []), (top["offset"], top["publications"]))
        self.assertEqual(["one", "two"], self.texts(read(limit=2)))
        self.assertEqual(["four", "three"], self.texts(read(limit=2, reverse=True)))
        since = {"offset": 2, "epoch": top["epoch"]}
        self.assertEqual(["three", "four"], self.texts(read(limit=-1, since=since)))
        self.assertEqual(["one"], self.texts(read(limit=5, since=since, reverse=True)))
        wrong = self.client(self.here).ask(
            "history", {"channel": "lobby", "limit": 1, "since": {"offset": 1, "epoch": "x"}})
        self.assertEqual(112, wrong["error"]["code"])

    def test_The_same_id_twice_is_one_message_and_is_answered_both_times(self):
        listener = self.client(self.there, room="lobby")
        self.publish(self.client(self.here), "once")
        self.publish(self.client(self.there), "once", "then")
        self.assertEqual(["once", "then"], [listener.hear(), listener.hear()])

    def test_Plain_text_gets_the_latest_messages_if_it_asks(self):
        self.publish(self.client(self.here), "one", "two", "three")
        text = PlainClient(self.there.port, path="/?room=lobby&history=2")
        self.addCleanup(text.close)
        text.say("four")
        self.assertEqual(["two", "three", "four"], [text.hear() for _ in range(3)])
        with self.assertRaises(Exception):
            PlainClient(self.there.port, path="/?history=many")

    def test_Joining_while_others_speak_leaves_no_hole_and_no_double(self):
        speaker = self.client(self.here, room="lobby")
        for number in range(100):
            speaker.say(str(number))
            if number % 10 == 5:
                late = self.client(self.there)
                position = self.subscribe(late)
                speaker.say(f"mark {number}")
                offset = position["offset"]
                while True:
                    publication = late.push()["pub"]
                    offset += 1
                    self.assertEqual(offset, publication["offset"])
                    if publication["data"]["text"] == f"mark {number}":
                        break

    def test_Rooms_are_told_with_their_members(self):
        clients = [self.client(self.here, room=room) for room in ("tea", "tea", "coffee")]
        self.subscribe(clients[0], room="typing:tea")
        rooms = clients[0].command("rpc", {"method": "rooms"})["data"]["rooms"]
        self.assertEqual([{"name": "tea", "members": 2}, {"name": "coffee", "members": 1}], rooms)

    def test_Typing_signs_are_not_kept(self):
        listener = self.client(self.there)
        self.assertEqual({}, self.subscribe(listener, room="typing:tea"))
        self.client(self.here).command("publish", {"channel": "typing:tea",
                                                   "data": {"typing": True}})
        publication = listener.push()["pub"]
        self.assertEqual({"typing": True}, publication["data"])
        self.assertNotIn("offset", publication)


class OnOneServerAlone(_History, unittest.TestCase):
    def bus_url(self):
        return "local"


class _OnABus(_History):
    def bus_url(self):
        self.bus = self.start_bus()
        self.addCleanup(lambda: self.bus.running() and self.bus.stop())
        return f"redis://127.0.0.1:{self.bus.port}"

    def control(self):
        connection = RespConnection(self.bus.port)
        self.addCleanup(connection.close)
        return connection

    def cut_the_servers_off(self):
        """Ends all connections of the chat servers to the bus."""
        control = self.control()
        for kind in ("pubsub", "normal"):
            control.ask("CLIENT", "KILL", "TYPE", kind)

    def test_Rooms_of_all_workers_are_told_by_any(self):
        chat = harness.start_chat(f"redis://127.0.0.1:{self.bus.port}", "--workers", 2)
        self.addCleanup(chat.stop)
        names = {f"room-{n}" for n in range(16)}
        clients = [self.client(chat, room=name) for name in names]

        def told(client):
            return {room["name"] for room in
                    client.command("rpc", {"method": "rooms"})["data"]["rooms"]}
        for client in clients:
            harness.eventually(lambda: names == told(client), "every room is told")

    def test_What_is_said_while_a_server_is_cut_off_arrives_once_and_in_order(self):
        listener = self.client(self.there, room="lobby")
        speaker = self.client(self.here, room="lobby")
        for number in range(60):
            speaker.say(str(number))
            if number % 20 == 10:
                self.cut_the_servers_off()
        for client in (listener, speaker):
            heard = [client.hear_publication() for _ in range(60)]
            self.assertEqual(list(range(1, 61)), [p["offset"] for p in heard])
            self.assertEqual(60, len({p["data"]["text"] for p in heard}))

    def test_A_bus_that_stops_for_a_while_loses_nothing(self):
        listener = self.client(self.there, room="lobby")
        speaker = self.client(self.here, room="lobby")
        self.bus.process.send_signal(signal.SIGSTOP)
        for number in range(20):
            speaker.say(str(number))
        self.bus.process.send_signal(signal.SIGCONT)
        self.assertEqual([str(n) for n in range(20)], [listener.hear() for _ in range(20)])

    def test_Who_missed_large_messages_recovers(self):
        texts = [str(number) + " " + "x" * 30_000 for number in range(20)]  # 60 KB each
        speaker = self.client(self.here)
        position = speaker.command("history", {"channel": "lobby"})
        epoch = self.subscribe(self.client(self.here))["epoch"]
        self.publish(speaker, *texts)
        for server in (self.here, self.there):
            back = self.subscribe(self.client(server), recover=True, epoch=epoch,
                                  offset=position["offset"])
            self.assertTrue(back.get("recovered"))
            self.assertEqual(texts, self.texts(back))

    def test_Large_messages_come_in_short_pages(self):
        speaker = self.client(self.here)
        texts = [str(number) + " " + "x" * 30_000 for number in range(14)]
        self.publish(speaker, *texts)
        reader = self.client(self.there)
        for reverse, offset in ((False, 0), (True, 15)):
            read = []
            while page := reader.command("history", {
                    "channel": "lobby", "limit": -1, "reverse": reverse,
                    "since": {"offset": offset}})["publications"]:
                self.assertEqual(min(6, 14 - len(read)), len(page))  # 384 KiB
                read += [publication["data"]["text"] for publication in page]
                offset = page[-1]["offset"]
            self.assertEqual(texts[::-1] if reverse else texts, read)

    def test_A_thousand_rooms_catch_up_after_an_outage_of_one_server(self):
        listeners = {}
        for n in range(10):
            client = self.client(self.there)
            rooms = [f"room{n}-{m}" for m in range(100)]
            for room in rooms:
                client.command("subscribe", {"channel": room})
            listeners[client] = rooms
        speaker = self.client(self.here)
        control = self.control()
        self.there.process.send_signal(signal.SIGSTOP)
        control.ask("CLIENT", "KILL", "TYPE", "pubsub")
        for rooms in listeners.values():
            for room in rooms:
                self.publish(speaker, f"in {room}", room=room)
        self.there.process.send_signal(signal.SIGCONT)
        for client, rooms in listeners.items():
            heard = set()
            while len(heard) < len(rooms):
                push = client.push()
                if "pub" in push:
                    heard.add((push["channel"], push["pub"]["offset"], push["pub"]["data"]["text"]))
            self.assertEqual({(room, 1, f"in {room}") for room in rooms}, heard)

    def test_Entries_added_by_hand_are_in_the_order_and_do_not_stop_it(self):
        speaker = self.client(self.here)
        listener = self.client(self.there, room="lobby")
        self.publish(speaker, "one")
        for entry in ("2-0", "3-0"):
            self.control().ask("XADD", "history.lobby", entry, "said", "by hand")
        self.publish(speaker, "two")
        self.assertEqual(
            [(1, "one"), (2, "said by hand"), (3, "said by hand"), (4, "two")],
            [(p["offset"], p["data"]["text"])
             for p in (listener.hear_publication() for _ in range(4))])
        self.control().ask("XADD", "history.lobby", "9-0", "m", "after a hole")
        self.publish(speaker, "three")
        listener.wait_until_put_out_and_back(1)
        self.publish(speaker, "four")
        self.assertEqual((11, "four"), (lambda p: (p["offset"], p["data"]["text"]))(
            listener.hear_publication()))

    def test_A_room_whose_history_was_deleted_begins_anew_and_says_so(self):
        client = self.client(self.here)
        old = self.subscribe(client)
        self.publish(self.client(self.there), "before")
        self.assertEqual("before", client.push()["pub"]["data"]["text"])
        self.control().ask("FLUSHALL")
        self.publish(self.client(self.there), "after")
        client.wait_until_put_out_and_back(1)
        self.assertEqual(2500, client.put_out[0]["unsubscribe"]["code"])
        # It may be back before the message that was first in the new epoch is shown.
        self.assertIn([p["pub"]["data"]["text"] for p in client.pushes], ([], ["after"]))
        again = self.subscribe(self.client(self.here), recover=True, epoch=old["epoch"], offset=1)
        self.assertNotEqual(old["epoch"], again["epoch"])
        self.assertNotIn("recovered", again)

    def test_Text_by_hand_is_a_notice_and_text_that_is_stored_a_message(self):
        client = self.client(self.here, room="lobby")
        self.control().ask("PUBLISH", "chat.lobby", "by hand")
        notice = client.hear_publication()
        self.assertEqual(("by hand", True), (notice["data"]["text"], notice["data"]["notice"]))
        self.assertNotIn("offset", notice)


class OnParleyBroker(_OnABus, unittest.TestCase):
    start_bus = staticmethod(harness.start_broker)

    def test_XPUBLISH_by_a_script_is_a_message_from_nobody(self):
        client = self.client(self.here, room="lobby")
        self.control().ask("XPUBLISH", "history.lobby", "chat.lobby", "it rains")
        message = client.hear_publication()
        self.assertEqual(("it rains", 1), (message["data"]["text"], message["offset"]))
        self.assertNotIn("info", message)


    @unittest.skipIf(harness.SANITIZER, "64 MiB of JSON take a sanitizer too long")
    def test_What_waits_for_the_bus_is_bounded_and_the_rest_is_refused(self):
        port = self.bus.port
        chat = harness.start_chat(f"redis://127.0.0.1:{port}", "--max-queue", 200_000_000)
        self.addCleanup(chat.stop)
        speaker = PlainClient(chat.port, room="lobby")
        self.addCleanup(speaker.close)
        speaker.say("begin")
        self.assertEqual("begin", speaker.hear())
        self.bus.kill()
        count = 1_200
        speaker.say_all(["x" * 60_000] * count)
        refused = "* not sent: too many messages wait for the bus"
        self.assertEqual(refused, speaker.hear())
        self.bus = harness.start_broker(port)
        stored = 0
        refusals = 1
        while stored + refusals < count:
            is_refusal = speaker.hear() == refused
            refusals += is_refusal
            stored += not is_refusal
        self.assertGreater(stored, 64 * 1024 * 1024 // 61_000)


class OnRedis(_OnABus, unittest.TestCase):
    start_bus = staticmethod(harness.start_redis)

    def test_Scripts_that_the_server_forgot_are_loaded_again(self):
        client = self.client(self.here, room="lobby")
        self.control().ask("SCRIPT", "FLUSH")
        for number in range(5):
            client.say(str(number))
        self.assertEqual([str(n) for n in range(5)], [client.hear() for _ in range(5)])
        self.control().ask("SCRIPT", "FLUSH")
        self.assertEqual(["0"], self.texts(self.client(self.there).command(
            "history", {"channel": "lobby", "limit": 1, "since": {"offset": 0}})))


    def test_A_room_whose_epoch_was_evicted_goes_on_under_another(self):
        speaker = self.client(self.here)
        self.publish(speaker, "one", "two")
        listener = self.client(self.there)
        old = self.subscribe(listener)
        self.assertEqual(b":1\r\n", self.control().ask("DEL", "history.lobby.meta"))
        self.publish(speaker, "three")
        listener.wait_until_put_out_and_back(1)
        page = self.client(self.there).command("history", {"channel": "lobby", "limit": -1})
        self.assertEqual(["one", "two", "three"], self.texts(page))
        self.assertEqual(3, page["offset"])
        self.assertNotEqual(old["epoch"], page["epoch"])
        self.publish(speaker, "four")
        heard = [listener.push()["pub"]["offset"]]
        if heard == [3]:  # it was back before the third was shown
            heard.append(listener.push()["pub"]["offset"])
        self.assertEqual(4, heard[-1])


class OnRedisWithAFile(unittest.TestCase):
    """A bus that keeps its data is killed and comes back."""

    def test_Every_acknowledged_message_arrives_once_and_what_waited_is_sent(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        bus = harness.start_redis(data=folder.name)
        chats = [harness.start_chat(f"redis://127.0.0.1:{bus.port}", "--ready-grace", "0")
                 for _ in range(2)]
        for chat in chats:
            self.addCleanup(chat.stop)
        wait_until_ready(*chats)
        listener, speaker = (JsonClient(chat.port, room="lobby") for chat in chats)
        for client in (listener, speaker):
            self.addCleanup(client.close)
        said = 0
        for _ in range(3):
            for _ in range(20):
                speaker.say(str(said))
                said += 1
            bus.kill()
            for _ in range(20):
                speaker.say(str(said))
                said += 1
            bus = harness.start_redis(bus.port, data=folder.name)
            wait_until_ready(*chats)
        self.addCleanup(bus.stop)
        for client in (listener, speaker):
            heard = [client.hear_publication() for _ in range(said)]
            self.assertEqual([str(n) for n in range(said)], [p["data"]["text"] for p in heard])
            self.assertEqual(list(range(1, said + 1)), [p["offset"] for p in heard])


if __name__ == "__main__":
    unittest.main()
