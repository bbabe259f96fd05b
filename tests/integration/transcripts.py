"""Clients that write down what they hear, and what may be wrong with what they wrote.

A client does what the page does: it reconnects to any server, recovers by epoch and offset, and
sends again under the same id what was not acknowledged.
"""
import asyncio
import collections
import json
import random

import websockets

LETTERS = "abcdefghijklmnopqrstuvwxyz  \"\\\n\u00e9\u6f22\U0001f600"


def messages(seed, name):
    """What a client says: (seconds before it, id, text), the same for a seed however often the
    client must connect meanwhile."""
    dice = random.Random(f"{seed}-{name}")
    number = 0
    while True:
        number += 1
        text = "".join(dice.choices(LETTERS, k=dice.randrange(1, 200)))
        yield dice.uniform(0.02, 0.2), f"{name}-{number}", text


class Client:
    """Talks to whichever server there is, until it is told to finish."""

    def __init__(self, name, ports, seed):
        self.name, self.ports = name, ports
        self.messages = messages(seed, name)
        self.next_message = next(self.messages)
        self.ways = random.Random(f"{seed}-{name}-ways")
        self.epoch, self.offset = None, 0
        self.transcript = []  # (offset, id, text)
        self.unacknowledged = {}  # id -> text, in the order of sending
        self.acknowledged = {}
        self.speaks = False
        self.socket = None
        self.trouble = None

    async def run(self):
        while self.trouble is None:
            try:
                port = self.ways.choice(self.ports)
                async with websockets.connect(f"ws://127.0.0.1:{port}/connection/websocket",
                                              compression=None, open_timeout=3, close_timeout=1,
                                              ping_interval=None, max_size=None) as self.socket:
                    await self.converse()
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException, EOFError):
                await asyncio.sleep(self.ways.uniform(0.02, 0.2))

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
            pause, message_id, text = self.next_message
            await asyncio.sleep(pause)
            if self.speaks and len(self.unacknowledged) < 20:
                self.next_message = next(self.messages)
                self.unacknowledged[message_id] = text
                await self.publish(message_id)

    async def publish(self, message_id):
        self.next_id += 1
        self.questions[self.next_id] = message_id
        await self.send(self.next_id, "publish",
                        {"channel": "lobby",
                         "data": {"id": message_id, "text": self.unacknowledged[message_id]}})

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
                self.acknowledged[message_id] = self.unacknowledged.pop(message_id)
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
        said = publication["data"]
        self.transcript.append((self.offset, said["id"], said["text"]))


def what_is_wrong(transcripts, acknowledged):
    """All that is wrong with transcripts (name -> [(offset, id, text)]) of clients that were there
    from the first message to the last, where `acknowledged` (id -> text) was acknowledged."""
    wrong = []
    order = max(transcripts.values(), key=len)
    for name, transcript in transcripts.items():
        times = collections.Counter(message_id for _, message_id, _ in transcript)
        doubled = [message_id for message_id, count in times.items() if count > 1]
        heard = {(message_id, text) for _, message_id, text in transcript}
        lost = sorted(acknowledged.items() - heard)
        if doubled:
            wrong.append(f"{name} has {doubled} more than once")
        if lost:
            wrong.append(f"{name} lacks {lost}")
        if [offset for offset, *_ in transcript] != list(range(1, len(order) + 1)):
            wrong.append(f"{name} has holes in its offsets, or another end than others")
        here = [(entry, other) for entry, other in zip(transcript, order) if entry != other]
        if here:
            wrong.append(f"{name} has {here[0][0]} where another has {here[0][1]}")
    return wrong
