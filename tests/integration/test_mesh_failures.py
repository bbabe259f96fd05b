"""A mesh whose servers die, hang, and are fed junk."""
import os
import random
import signal
import socket
import threading
import unittest

import zmq

import harness
from chat_clients import Closed, JsonClient, PlainClient, http_get
from harness import eventually
from mesh_case import MeshTest



class _Speaker:
    """Says numbers on one server, one after the other, until it is told to stop."""

    def __init__(self, server, name):
        self.client = JsonClient(server.port, room="lobby")
        self.said = []
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        number = 0
        while not self._stop.is_set():
            text = f"{self._name} {number}"
            try:
                self.client.command("publish", {"channel": "lobby", "data": {"id": text,
                                                                             "text": text}})
            except Closed:  # its server was killed
                return
            self.said.append(text)
            number += 1

    def wait_for_more(self, count=50):
        before = len(self.said)
        eventually(lambda: len(self.said) >= before + count, "more is said")

    def stop(self):
        self._stop.set()
        self._thread.join(harness.DEADLINE_S)
        self.client.close()


def of(name, texts):
    return [text for text in texts if text.split()[0] == name]


class Failures(MeshTest):
    def test_Each_is_killed_and_restarted_under_load(self):
        peers = self.mesh(3)
        peers.start()
        peers.wait_until_met()
        for victim in range(3):
            others = [n for n in range(3) if n != victim]
            listeners = {n: self.client(peers.servers[n]) for n in others}
            speakers = {n: _Speaker(peers.servers[n], f"{victim}-{n}") for n in range(3)}
            for speaker in speakers.values():
                self.addCleanup(speaker.stop)
                speaker.wait_for_more()
            peers.servers[victim].kill()
            del speakers[victim]
            for speaker in speakers.values():
                speaker.wait_for_more()
            peers.start(victim)
            peers.wait_until_met()
            for speaker in speakers.values():
                speaker.wait_for_more()
            for speaker in speakers.values():
                speaker.stop()
            for server in peers.servers:
                def all_there(s=server):
                    known = self.history(s)
                    return all(of(f"{victim}-{n}", known) == speakers[n].said[-len(
                        of(f"{victim}-{n}", known)):] and speakers[n].said[-1] in known
                        for n in others)
                eventually(all_there, "each has the last words of all, in the senders' orders")
            for n, listener in listeners.items():
                heard = {m: [] for m in others}
                while any(heard[m][-1:] != speakers[m].said[-1:] for m in others):
                    text = listener.hear()
                    for m in others:
                        heard[m] += of(f"{victim}-{m}", [text])
                for m in others:
                    self.assertEqual(speakers[m].said, heard[m], f"on {n}, of {m}")
                self.assertNotIn("missed", peers.servers[n].log)
                self.assertTrue(peers.servers[n].running())

    def test_A_peer_that_hangs_slows_nobody_and_gets_everything_afterwards(self):
        peers = self.mesh(3)
        peers.start()
        peers.wait_until_met()
        ada, bob = self.client(peers.servers[0]), self.client(peers.servers[1])
        eve = self.client(peers.servers[2])
        count = 3_000
        os.kill(peers.servers[2].process.pid, signal.SIGSTOP)
        try:
            for number in range(count):
                ada.say(str(number))
                self.assertEqual(str(number), bob.hear())
            peers.servers[0].wait_for_log(
                rf":{peers.places[2]} is away: nothing has come from it for 3 s")
        finally:
            os.kill(peers.servers[2].process.pid, signal.SIGCONT)
        self.assertEqual([str(number) for number in range(count)],
                         [eve.hear() for _ in range(count)])
        peers.wait_until_met()

    def test_What_a_full_queue_drops_is_asked_for_and_told_if_nobody_has_it_any_more(self):
        mark = 100
        peers = self.mesh_over_ipc(2, "--max-queue", 100_000_000, "--peer-queue", mark)
        peers.start()
        peers.wait_until_met()
        speaking, hanging = peers.servers
        eve = self.client(hanging)
        flooded = self.client(hanging, room="flood")
        filler = PlainClient(speaking.port, room="flood")
        self.addCleanup(filler.close)
        speaker = PlainClient(speaking.port, room="lobby")
        self.addCleanup(speaker.close)
        for client in (filler, speaker):
            client.say("begin")
            client.hear()
        self.assertEqual("begin", eve.hear())
        # Both marks, and more than the kernel takes: nothing of the lobby gets through. It must be
        # over before the connection is given up (6 s). Of the flood 1 MiB is kept.
        flood = 15 * mark
        count = 2_000
        os.kill(hanging.process.pid, signal.SIGSTOP)
        try:
            filler.say_all(["x" * 1_500] * flood)
            filler.hear_all(flood)
            speaker.say_all(map(str, range(count)))
            speaker.hear_all(count)
        finally:
            os.kill(hanging.process.pid, signal.SIGCONT)
        self.assertEqual([str(number) for number in range(count)],
                         [eve.hear() for _ in range(count)])
        self.assertEqual([], eve.put_out)
        hanging.wait_for_log(r"mesh: missed \d+ message\(s\) of .* in room flood")
        self.assertNotRegex(hanging.log, r"missed .* in room lobby")
        flooded.wait_until_put_out_and_back(1)
        filler.say("the end")
        while flooded.hear() != "the end":
            pass
        hanging.stop()
        self.assertGreaterEqual(int(hanging.wait_for_log(r"(\d+) asked for")[1]), count)

    def test_All_rooms_are_heard_of_again_from_a_peer_that_was_away_however_short_the_queue(self):
        peers = self.mesh(2, "--peer-queue", 50)
        peers.start()
        peers.wait_until_met()
        rooms = [f"room{n}" for n in range(100)]
        listener = self.client(peers.servers[1], room=None)
        for room in rooms:
            listener.command("subscribe", {"channel": room})
        peers.servers[0].kill()
        peers.servers[1].wait_for_log("is away")
        peers.start(0)
        peers.wait_until_met()
        speaker = self.client(peers.servers[0], room=None)
        for room in rooms:
            speaker.command("publish", {"channel": room, "data": {"id": room, "text": room}})
        self.assertEqual(set(rooms), {listener.push()["channel"] for _ in rooms})

    def test_A_server_that_is_told_to_stop_gives_away_what_it_has_acknowledged(self):
        peers = self.mesh_over_ipc(2)
        peers.start()
        peers.wait_until_met()
        leaving, hanging = peers.servers
        eve = self.client(hanging)
        ada = self.client(leaving)
        texts = [f"{number} " + "x" * 1_500 for number in range(500)]
        os.kill(hanging.process.pid, signal.SIGSTOP)
        try:
            for text in texts:
                ada.say(text)
            for text in texts:
                self.assertEqual(text, ada.hear())
            leaving.process.send_signal(signal.SIGTERM)

            def closed():
                try:
                    http_get(leaving.port, "/healthz")
                except OSError:
                    return True
                return False
            eventually(closed, "it has closed its port")
        finally:
            os.kill(hanging.process.pid, signal.SIGCONT)
        self.assertEqual(texts, [eve.hear() for _ in texts])
        self.assertEqual(0, leaving.process.wait(harness.DEADLINE_S))

    def test_Who_asks_for_rooms_that_nobody_knows_drives_out_none(self):
        peers = self.mesh(1)
        server, = peers.start()
        self.client(server, room="old").say("I was here")
        eventually(lambda: self.history(server, "old") == ["I was here"], "it is known")
        asker = self.client(server, room=None)
        for number in range(10_001):
            told = asker.command("history", {"channel": f"nobody{number}", "limit": 1})
            self.assertEqual((0, []), (told["offset"], told["publications"]))
        self.assertEqual(["I was here"], self.history(server, "old"))

    def test_Histories_that_are_read_keep_their_epoch_though_a_peer_is_dead(self):
        peers = self.mesh(2)
        peers.start()
        peers.wait_until_met()
        peers.servers[1].kill()
        peers.servers[0].wait_for_log("is away")
        reader = self.client(peers.servers[0], room=None)
        reader.command("publish", {"channel": "tea", "data": {"id": "1", "text": "alone"}})
        epochs = {reader.command("history", {"channel": "tea", "limit": 1,
                                             "since": {"offset": 0}})["epoch"]
                  for _ in range(5)}
        self.assertEqual(1, len(epochs))

    def test_A_room_may_be_opened_while_a_peer_hangs(self):
        peers = self.mesh(2)
        peers.start()
        peers.wait_until_met()
        os.kill(peers.servers[1].process.pid, signal.SIGSTOP)
        try:
            ada = self.client(peers.servers[0], room="new")
            ada.say("hello")
            self.assertEqual("hello", ada.hear())
        finally:
            os.kill(peers.servers[1].process.pid, signal.SIGCONT)

    def test_Who_comes_back_is_not_told_that_nothing_is_missing_when_nobody_can_know(self):
        peers = self.mesh(2)
        peers.start()
        peers.wait_until_met()
        gone = JsonClient(peers.servers[0].port)
        position = gone.command("subscribe", {"channel": "lobby"})
        gone.close()
        with JsonClient(peers.servers[0].port) as watcher:
            eventually(lambda: not watcher.command("rpc", {"method": "rooms"})["data"]["rooms"],
                       "the room has no members here")
        speaker = self.client(peers.servers[1])
        speaker.command("publish", {"channel": "lobby", "data": {"id": "1", "text": "lost"}})
        peers.servers[1].kill()
        peers.servers[0].wait_for_log("is away")
        back = self.client(peers.servers[0], room=None)
        told = back.command("subscribe", {"channel": "lobby", "recover": True, **{
            key: position[key] for key in ("epoch", "offset")}})
        self.assertNotIn("recovered", told)


class Junk(MeshTest):
    """What does not come from a server of ours."""

    def setUp(self):
        self.peers = self.mesh(2)
        self.peers.start()
        self.peers.wait_until_met()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)

    def tearDown(self):
        here, there = (self.client(server, room="after") for server in self.peers.servers)
        here.say("still here")
        self.assertEqual("still here", there.hear())

    def ask_port(self, server):
        return int(server.wait_for_log(r"is asked on port (\d+)")[1])

    def test_Raw_bytes_on_all_ports(self):
        random.seed(7)
        for port in (self.peers.places[0], self.ask_port(self.peers.servers[0])):
            for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000, b"\xff" + b"\0" * 8 + b"\x7f",
                         b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + b"\0" * 60,
                         random.randbytes(100_000)):
                with socket.create_connection(("127.0.0.1", port), harness.DEADLINE_S) as raw:
                    try:
                        raw.sendall(junk)
                    except ConnectionError:
                        pass  # it has heard enough

    def test_Wrong_frames_on_the_port_for_questions(self):
        asker = self.context.socket(zmq.DEALER)
        asker.connect(f"tcp://127.0.0.1:{self.ask_port(self.peers.servers[0])}")
        for frames in ([b""], [b"x"] * 3, [b"\1\5" + b"\0" * 32, b"lobby", b"123"],
                       [b"\1\5" + b"\0" * 32, b"", b""], [b"y"] * 200):
            asker.send_multipart(frames)
        self.peers.servers[0].wait_for_log("junk from a question is ignored")

    def test_Wrong_subscriptions(self):
        subscriber = self.context.socket(zmq.XSUB)
        subscriber.connect(f"tcp://127.0.0.1:{self.peers.places[0]}")
        for message in (b"\1", b"\1b:\0", b"\1bx:1\0", b"\1b1:99999999999999999999\0", b"\0r",
                        b"\2what", b"\1" + b"x" * 10_000):
            subscriber.send(message)
        subscriber.send(b"\1h")
        self.assertTrue(subscriber.poll(harness.DEADLINE_S * 1000), "it says hello")

    def test_A_publisher_that_is_no_server_of_ours(self):
        publisher = self.context.socket(zmq.XPUB)
        place = publisher.bind_to_random_port("tcp://127.0.0.1")
        server = harness.start_peer(0, [place])
        self.addCleanup(server.stop)
        client = self.client(server)
        header = bytes([1, 1]) + b"\1" * 32
        topics = set()
        while b"\1rlobby\0" not in topics:
            topics.add(publisher.recv())
        for frames in ([b"h"], [b"h", b"", b""], [b"rlobby\0", header, b"id", b"unasked"],
                       [b"rlobby\0", header, b"id"], [b"rlobby\0"] * 200,
                       [b"h", bytes([1, 4]) + b"\1" * 32, b"not a port"]):
            publisher.send_multipart(frames)
        server.wait_for_log("mesh: junk from tcp://127.0.0.1:")
        client.say("mine")
        self.assertEqual("mine", client.hear())


if __name__ == "__main__":
    unittest.main()
