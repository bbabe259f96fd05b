"""Every acknowledged message is in every transcript, exactly once, and all have one order.

Clients on several chat servers send messages of their own while servers and the bus are killed,
stopped for a while and restarted, and connections are cut. They do what the page does: reconnect to
any server, recover by epoch and offset, send again under the same id what was not acknowledged. The
bus keeps its data: a parley-broker with --data, or a redis-server with appendonly.

    PARLEY_TRANSCRIPT_SEED=7 PARLEY_TRANSCRIPT_SECONDS=600 python3 -m unittest test_transcripts
"""
import asyncio
import json
import os
import random
import signal
import tempfile
import time
import unittest

import websockets

import harness
from resp import RespConnection, value

SECONDS = float(os.environ.get("PARLEY_TRANSCRIPT_SECONDS", 8))
SEED = int(os.environ.get("PARLEY_TRANSCRIPT_SEED", random.randrange(1_000_000)))
CLIENTS = int(os.environ.get("PARLEY_TRANSCRIPT_CLIENTS", 8))
SERVERS = 3


class Client:
    """Talks to whichever server there is, until it is told to finish."""

    def __init__(self, name, ports, seed):
        self.name, self.ports, self.random = name, ports, random.Random(seed)
        self.epoch, self.offset = None, 0
        self.transcript = []  # (offset, id)
        self.unacknowledged = {}  # id -> text, in the order of sending
        self.acknowledged = set()
        self.sent = 0
        self.speaks = True
        self.socket = None
        self.trouble = None

    async def run(self):
        while self.trouble is None:
            try:
                port = self.random.choice(self.ports)
                async with websockets.connect(f"ws://127.0.0.1:{port}/connection/websocket",
                                              compression=None, open_timeout=3, close_timeout=1,
                                              ping_interval=None, max_size=None) as self.socket:
                    await self.converse()
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException, EOFError):
                await asyncio.sleep(self.random.uniform(0.02, 0.2))

    async def send(self, command_id, method, request):
        await self.socket.send(json.dumps({"id": command_id, method: request}))

    async def converse(self):
        self.questions, self.next_id = {}, 3
        await self.send(1, "connect", {"data": {"name": self.name}})
        position = {} if self.epoch is None else {"recover": True, "epoch": self.epoch,
                                                  "offset": self.offset}
        await self.send(2, "subscribe", {"channel": "lobby", **position})
        for message_id in list(self.unacknowledged):
            await self.publish(message_id)
        speaking = asyncio.ensure_future(self.speak())
        try:
            # A server that was stopped is left as the page leaves one from which nothing comes.
            while True:
                frame = await asyncio.wait_for(self.socket.recv(), 4 if self.busy() else 30)
                for line in frame.split("\n"):
                    await self.take(json.loads(line))
        finally:
            speaking.cancel()

    def busy(self):
        return bool(self.questions)

    async def speak(self):
        while True:
            await asyncio.sleep(self.random.uniform(0.02, 0.2))
            # What was said before somebody listened would be in no transcript.
            if self.speaks and self.epoch is not None and len(self.unacknowledged) < 20:
                self.sent += 1
                message_id = f"{self.name}-{self.sent}"
                self.unacknowledged[message_id] = True
                await self.publish(message_id)

    async def publish(self, message_id):
        self.next_id += 1
        self.questions[self.next_id] = message_id
        await self.send(self.next_id, "publish",
                        {"channel": "lobby", "data": {"id": message_id, "text": message_id}})

    async def take(self, message):
        if not message:
            await self.socket.send("{}")
        elif "push" in message:
            push = message["push"]
            if "pub" in push:
                self.hear(push["pub"])
            elif "unsubscribe" in push:
                self.trouble = f"put out of the room: {push}"
        elif message["id"] == 2:
            self.subscribed(message)
        elif message["id"] in self.questions:
            message_id = self.questions.pop(message["id"])
            if "error" not in message:
                self.unacknowledged.pop(message_id, None)
                self.acknowledged.add(message_id)
            elif message["error"].get("temporary"):
                await self.publish(message_id)
            else:
                self.trouble = f"refused: {message}"

    def subscribed(self, message):
        result = message.get("subscribe")
        if result is None:
            raise EOFError(message)
        if self.epoch is None:
            self.epoch, self.offset = result["epoch"], result["offset"]
        elif not result.get("recovered"):
            self.trouble = f"not recovered from {self.epoch}:{self.offset}: {message}"
        for publication in result.get("publications", []):
            self.hear(publication)

    def hear(self, publication):
        if publication["offset"] != self.offset + 1:
            self.trouble = f"{publication} came behind offset {self.offset}"
        self.offset = publication["offset"]
        self.transcript.append((self.offset, publication["data"]["id"]))


class Play:
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        self.bus = self.start_bus()
        self.ports = [harness.free_port() for _ in range(SERVERS)]
        self.chats = [self.start_chat(port) for port in self.ports]
        self.random = random.Random(SEED)
        self.faults = []

    def tearDown(self):
        for daemon in [*self.chats, self.bus]:
            if daemon.running():
                daemon.kill()

    def start_chat(self, port):
        return harness.start_chat(f"redis://127.0.0.1:{self.bus.port}", "--drain", "1", port=port)

    # --- faults, each over when it returns ---

    def kill_a_server(self):
        place = self.random.randrange(SERVERS)
        self.chats[place].kill()
        self.chats[place] = self.start_chat(self.ports[place])

    def restart_a_server(self):
        place = self.random.randrange(SERVERS)
        self.chats[place].stop()
        self.chats[place] = self.start_chat(self.ports[place])

    def kill_the_bus(self):
        port = self.bus.port
        self.bus.kill()
        self.bus = self.start_bus(port)

    def stop_for_a_while(self):
        process = self.random.choice([self.bus, *self.chats]).process
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.2, 1.5))  # the fault itself
        process.send_signal(signal.SIGCONT)

    def cut_a_subscription(self):
        """A server that hears nothing for a moment, while the others go on."""
        with RespConnection(self.bus.port) as control:
            listening = value(control.ask("CLIENT", "LIST", "TYPE", "pubsub")).split("\n")[:-1]
            if listening:
                client_id = self.random.choice(listening).split()[0].partition("=")[2]
                control.ask("CLIENT", "KILL", "ID", client_id)

    async def cut_connections(self):
        for client in self.clients:
            if client.socket is not None and self.random.random() < 0.5:
                client.socket.transport.abort()

    async def break_things(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            fault = self.random.choice([self.kill_a_server, self.restart_a_server,
                                        self.kill_the_bus, self.stop_for_a_while,
                                        self.cut_a_subscription, self.cut_a_subscription, None])
            if fault is None:
                await self.cut_connections()
            else:
                await asyncio.get_running_loop().run_in_executor(None, fault)
            self.faults.append(fault.__name__ if fault else "cut_connections")
            await asyncio.sleep(self.random.uniform(0.1, 0.6))

    async def play(self):
        self.clients = [Client(f"c{n}", self.ports, SEED + n) for n in range(CLIENTS)]
        tasks = [asyncio.ensure_future(client.run()) for client in self.clients]
        await self.break_things()
        for client in self.clients:
            client.speaks = False
        end = time.monotonic() + 60
        while not self.settled() and time.monotonic() < end:
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def settled(self):
        if any(client.trouble for client in self.clients):
            return True
        top = max(client.offset for client in self.clients)
        return all(not c.unacknowledged and c.offset == top for c in self.clients)

    def test_All_acknowledged_messages_are_in_all_transcripts_once_and_in_one_order(self):
        asyncio.run(self.play())
        how = f"seed {SEED}, faults {self.faults}"
        for client in self.clients:
            self.assertIsNone(client.trouble, f"{client.name}; {how}")
        for client in self.clients:
            self.assertFalse(client.unacknowledged, f"{client.name}; {how}")
        one_order = {}
        for client in self.clients:
            for offset, message_id in client.transcript:
                self.assertEqual(message_id, one_order.setdefault(offset, message_id), how)
        self.assertEqual(len(one_order), len(set(one_order.values())), f"a double; {how}")
        top = max(one_order)
        for client in self.clients:
            begins = client.transcript[0][0]
            self.assertEqual(list(range(begins, top + 1)), [o for o, _ in client.transcript], how)
        acknowledged = set().union(*(client.acknowledged for client in self.clients))
        self.assertEqual(set(), acknowledged - set(one_order.values()), f"lost; {how}")
        self.assertGreater(len(acknowledged), 50, how)
        print(f"{len(acknowledged)} messages, {len(self.faults)} faults, seed {SEED}")


class TranscriptsThroughTheBroker(Play, unittest.TestCase):
    def start_bus(self, port=0):
        return harness.start_broker(port, "--data", self.data, "--history-memory", "64kb")


class TranscriptsThroughRedis(Play, unittest.TestCase):
    def start_bus(self, port=None):
        return harness.start_redis(port, data=self.data)


if __name__ == "__main__":
    unittest.main()
