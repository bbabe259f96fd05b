"""Every acknowledged message is in every transcript, exactly once, and all have one order.

Clients on several chat servers send messages of their own while servers and the bus are killed,
stopped for a while and restarted, and connections are cut and held up. A proxy stands before each
server, and one between each server and the bus. The bus keeps its data: a parley-broker with
--data, or a redis-server with appendonly.

The seed and the seconds are the whole plan of faults. What answers first is still for the machine
to say, so a plan that found something once may have to be run more than once.

    PARLEY_TRANSCRIPT_SEED=7 PARLEY_TRANSCRIPT_SECONDS=600 python3 -m unittest test_transcripts
"""
import asyncio
import itertools
import os
import random
import signal
import tempfile
import time
import unittest
from typing import NamedTuple

import harness
from chat_clients import wait_until_ready
from proxy import Proxy
from resp import RespConnection, value
from transcripts import Client, messages, what_is_wrong

SECONDS = float(os.environ.get("PARLEY_TRANSCRIPT_SECONDS", 7))
SEED = int(os.environ.get("PARLEY_TRANSCRIPT_SEED", random.randrange(1_000_000)))
CLIENTS = int(os.environ.get("PARLEY_TRANSCRIPT_CLIENTS", 8))
SERVERS = 3

# The seconds that each takes, more or less: by them, not by the clock, a plan has its length.
KINDS = {"kill_a_server": 0.1, "roll_over_all_servers": 3.5, "kill_the_bus": 0.1,
         "stop_for_a_while": 0.9, "cut_a_subscription": 0, "abort_clients": 0,
         "cut_a_server_from_its_clients": 0, "cut_a_server_from_the_bus": 0, "stall_proxies": 1.5}


class Fault(NamedTuple):
    kind: str
    which: int  # modulo what there is: whom it hits
    part: float  # between 0 and 1: for how long
    pause: float  # seconds behind it

    def __repr__(self):
        return f"{self.kind}({self.which}, {self.part:.2f}) {self.pause:.2f} s"

    def choose(self, among):
        return among[self.which % len(among)]


def plan(seed, seconds):
    """Each kind of fault once, then any, until the time is full. More seconds make it longer."""
    dice = random.Random(seed)
    kinds = dice.sample(list(KINDS), len(KINDS))
    faults, filled = [], 0
    while len(faults) < len(KINDS) or filled < seconds:
        kind = kinds[len(faults)] if len(faults) < len(KINDS) else dice.choice(list(KINDS))
        faults.append(Fault(kind, dice.getrandbits(32), dice.random(), dice.uniform(0.1, 0.3)))
        filled += KINDS[kind] + faults[-1].pause
    return faults


class Play:
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        self.plan = plan(SEED, SECONDS)
        self.done = []
        self.clients = []
        self.daemons = []  # all that ever ran, for their logs
        self.addCleanup(self.kill_all)
        self.bus = self.start_bus()
        self.bus_proxies = [self.proxy(self.bus.port) for _ in range(SERVERS)]
        self.ports = [harness.free_port() for _ in range(SERVERS)]
        self.chats = [self.start_chat(place) for place in range(SERVERS)]
        self.client_proxies = [self.proxy(port) for port in self.ports]

    def proxy(self, port):
        proxy = Proxy(port)
        self.addCleanup(proxy.close)
        return proxy

    def kill_all(self):
        for daemon in self.daemons:
            daemon.kill()

    def start_bus(self, port=0):
        return self.noted(self.start_bus_at(port))

    def start_chat(self, place):
        return self.noted(harness.start_chat(f"redis://127.0.0.1:{self.bus_proxies[place].port}",
                                             "--drain", "1", "--workers", 2,
                                             port=self.ports[place]))

    def noted(self, daemon):
        self.daemons.append(daemon)
        return daemon

    # --- faults: each is over when it returns, and says whom it hit ---

    def kill_a_server(self, fault):
        place = fault.which % SERVERS
        self.chats[place].kill()
        self.chats[place] = self.start_chat(place)
        return f"server {place}"

    def roll_over_all_servers(self, fault):
        """As a new version is brought out: one after the other, the next when this one is ready."""
        places = [(fault.which + n) % SERVERS for n in range(SERVERS)]
        for place in places:
            self.chats[place].stop()
            self.chats[place] = self.start_chat(place)
            wait_until_ready(self.chats[place])
        return f"servers {places}"

    def kill_the_bus(self, _):
        port = self.bus.port
        self.bus.kill()
        self.bus = self.start_bus(port)
        return "the bus"

    def stop_for_a_while(self, fault):
        daemon = fault.choose([self.bus, *self.chats])
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2 + 1.3 * fault.part)  # the fault itself
        daemon.process.send_signal(signal.SIGCONT)
        return f"port {daemon.port}"

    def cut_a_subscription(self, fault):
        """A server that hears nothing for a moment, while the others go on."""
        with RespConnection(self.bus.port) as control:
            listening = harness.eventually(
                lambda: value(control.ask("CLIENT", "LIST", "TYPE", "pubsub")).split("\n")[:-1],
                "somebody subscribes")
            client_id = fault.choose(listening).split()[0].partition("=")[2]
            control.ask("CLIENT", "KILL", "ID", client_id)
        return f"client {client_id} of {len(listening)}"

    def abort_clients(self, fault):
        hit = [client for n, client in enumerate(self.clients) if fault.which >> n % 32 & 1]
        for client in hit:
            self.loop.call_soon_threadsafe(client.socket.transport.abort)
        return " ".join(client.name for client in hit)

    def cut_a_server_from_its_clients(self, fault):
        return self.cut_one(self.client_proxies, fault)

    def cut_a_server_from_the_bus(self, fault):
        return self.cut_one(self.bus_proxies, fault)

    def cut_one(self, proxies, fault):
        proxy = fault.choose(harness.eventually(
            lambda: [proxy for proxy in proxies if proxy.connections()], "somebody is connected"))
        return f"{proxy.cut()} connections of server {proxies.index(proxy)}"

    def stall_proxies(self, fault):
        """A server's clients wait, and a server, mostly another, waits for the bus."""
        places = fault.which % SERVERS, fault.which // SERVERS % SERVERS
        stalled = self.client_proxies[places[0]], self.bus_proxies[places[1]]
        for proxy in stalled:
            proxy.stall()
        time.sleep(1 + fault.part)  # the fault itself
        for proxy in stalled:
            proxy.go_on()
        return f"clients of server {places[0]}, bus of server {places[1]}"

    async def break_things(self):
        begin = time.monotonic()
        for fault in self.plan:
            if self.troubles():
                return
            self.done.append(f"{time.monotonic() - begin:.2f} s: {fault.kind}")
            hit = await self.loop.run_in_executor(None, getattr(self, fault.kind), fault)
            self.done[-1] += f": {hit}"
            await asyncio.sleep(fault.pause)

    # --- the play ---

    async def play(self):
        self.loop = asyncio.get_running_loop()
        ports = [proxy.port for proxy in self.client_proxies]
        self.clients = [Client(f"c{n}", ports, SEED) for n in range(CLIENTS)]
        tasks = [asyncio.ensure_future(client.run()) for client in self.clients]
        # What was said before somebody listened would be in no transcript of theirs.
        await self.until(lambda: all(client.epoch is not None for client in self.clients))
        self.let_them_speak(True)
        await self.break_things()
        self.let_them_speak(False)
        await self.until(lambda: self.settled() or any(task.done() for task in tasks))
        for task in tasks:
            task.cancel()
        for end in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(end, Exception):
                raise end
        # Here, for the daemons that a fault started die with the thread that ran the fault.
        for daemon in [self.bus, *self.chats]:
            self.assertTrue(daemon.running(), f"ended by itself: {daemon.log}")

    async def until(self, condition):
        """Or until it is too late, which the check then sees."""
        end = time.monotonic() + 60
        while not condition() and time.monotonic() < end:
            await asyncio.sleep(0.05)

    def let_them_speak(self, speaks):
        for client in self.clients:
            client.speaks = speaks

    def settled(self):
        top = max(client.offset for client in self.clients)
        return all(not c.unacknowledged and c.offset == top for c in self.clients)

    def troubles(self):
        return [f"{client.name}: {client.trouble}" for client in self.clients if client.trouble]

    def check(self):
        self.assertEqual([], self.troubles())
        for client in self.clients:
            self.assertFalse(client.unacknowledged, client.name)
        transcripts = {client.name: client.transcript for client in self.clients}
        acknowledged = {message_id: text for client in self.clients
                        for message_id, text in client.acknowledged.items()}
        self.assertEqual([], what_is_wrong(transcripts, acknowledged))
        self.assertGreater(len(acknowledged), 50)
        print(f"{len(acknowledged)} messages, {len(self.done)} faults, seed {SEED}")

    def story(self):
        logs = [f"--- {' '.join(daemon.command)}\n" + "\n".join(daemon.lines[-30:])
                for daemon in self.daemons]
        return "\n".join([f"seed {SEED}, seconds {SECONDS:g}, clients {CLIENTS}",
                          "plan:", *map(repr, self.plan), "done:", *self.done,
                          "troubles:", *self.troubles(), *logs])

    def test_All_acknowledged_messages_are_in_all_transcripts_once_and_in_one_order(self):
        try:
            asyncio.run(self.play())
            self.check()
        except Exception as trouble:
            raise AssertionError(self.story()) from trouble


class TranscriptsThroughTheBroker(Play, unittest.TestCase):
    def start_bus_at(self, port):
        return harness.start_broker(port, "--data", self.data, "--history-memory", "64kb")


class TranscriptsThroughRedis(Play, unittest.TestCase):
    def start_bus_at(self, port):
        return harness.start_redis(port, data=self.data)


class ThePlan(unittest.TestCase):
    def test_A_seed_makes_one_plan_and_more_seconds_only_lengthen_it(self):
        short, long = plan(7, 7), plan(7, 100)
        self.assertEqual(short, plan(7, 7))
        self.assertEqual(short, long[:len(short)])
        self.assertGreater(len(long), len(short))
        self.assertNotEqual(short, plan(8, 7))

    def test_The_shortest_has_every_kind(self):
        for seed in range(20):
            self.assertEqual(sorted(KINDS), sorted(fault.kind for fault in plan(seed, 0)))

    def test_A_seed_and_a_name_make_what_a_client_says(self):
        def said(seed, name):
            return list(itertools.islice(messages(seed, name), 5))
        self.assertEqual(said(7, "c0"), said(7, "c0"))
        self.assertNotEqual(said(7, "c0"), said(8, "c0"))
        self.assertNotEqual([text for *_, text in said(7, "c0")],
                            [text for *_, text in said(7, "c1")])


class WhatIsWrong(unittest.TestCase):
    SAID = [(1, "a-1", "one"), (2, "b-1", "two"), (3, "a-2", "three")]

    def wrong(self, transcript, acknowledged=("a-1", "b-1", "a-2")):
        """With one who heard everything and one who heard this."""
        texts = {message_id: text for _, message_id, text in self.SAID}
        return "; ".join(what_is_wrong({"a": self.SAID, "b": transcript},
                                       {message_id: texts[message_id]
                                        for message_id in acknowledged}))

    def test_Nothing(self):
        self.assertEqual("", self.wrong(self.SAID))
        self.assertEqual("", self.wrong(self.SAID, acknowledged=["a-1"]))

    def test_A_lost_message(self):
        for place, (_, message_id, _) in enumerate(self.SAID):
            rest = self.SAID[:place] + self.SAID[place + 1:]
            self.assertIn(f"b lacks [('{message_id}'", self.wrong(rest))
            self.assertIn("b has holes", self.wrong(rest, acknowledged=[]))

    def test_A_message_that_all_lost(self):
        wrong = what_is_wrong({"a": self.SAID, "b": self.SAID}, {"b-2": "four"})
        self.assertEqual(["a lacks [('b-2', 'four')]", "b lacks [('b-2', 'four')]"], wrong)

    def test_A_message_that_came_twice(self):
        again = self.SAID + [(4, "b-1", "two")]
        self.assertIn("b has ['b-1'] more than once", self.wrong(again))
        self.assertEqual(["a has ['b-1'] more than once", "b has ['b-1'] more than once"],
                         what_is_wrong({"a": again, "b": again}, {}))
        self.assertIn("b has holes", self.wrong([self.SAID[0], *self.SAID]))

    def test_Another_order(self):
        other = [(1, "b-1", "two"), (2, "a-1", "one"), self.SAID[2]]
        self.assertEqual("b has (1, 'b-1', 'two') where another has (1, 'a-1', 'one')",
                         self.wrong(other))
        self.assertIn("b has holes", self.wrong([self.SAID[1], self.SAID[0], self.SAID[2]]))

    def test_Another_text(self):
        self.assertIn("b lacks [('a-2', 'three')]", self.wrong([*self.SAID[:2], (3, "a-2", "?")]))


if __name__ == "__main__":
    unittest.main()
