"""Chat clients in both wire forms: bare text, and the JSON client protocol.

The WebSocket itself is Debian's python3-websockets, run on an event loop in a thread of its own,
so that tests read top to bottom.
"""
import asyncio
import concurrent.futures
import http.client
import json
import os
import threading
from collections import deque
from urllib.parse import urlencode

import websockets

from harness import eventually

DEADLINE_S = 20.0
os.environ["no_proxy"] = "127.0.0.1"  # newer versions of websockets would ask a proxy otherwise

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


def _wait(coroutine, what):
    future = asyncio.run_coroutine_threadsafe(coroutine, _loop)
    try:
        return future.result(DEADLINE_S)
    except concurrent.futures.TimeoutError:
        future.cancel()
        raise AssertionError(f"not within {DEADLINE_S} s: {what}") from None


class Closed(Exception):
    """The server closed the WebSocket; .code and .reason are what it said."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class ChatSocket:
    """A WebSocket to a chat server."""

    def __init__(self, port, path, **options):
        async def connect():
            return await websockets.connect(f"ws://127.0.0.1:{port}{path}", max_size=None,
                                            max_queue=None, ping_interval=None,
                                            compression=None, **options)
        self._socket = _wait(connect(), f"a WebSocket at {path}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, text):
        try:
            _wait(self._socket.send(text), "sending")
        except websockets.ConnectionClosed:
            raise self._closed() from None

    def receive(self):
        try:
            return _wait(self._socket.recv(), "a frame")
        except websockets.ConnectionClosed:
            raise self._closed() from None

    def _closed(self):
        return Closed(self._socket.close_code, self._socket.close_reason)

    def wait_closed(self):
        """Reads to the end; returns (close code, reason)."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.code, closed.reason

    def close(self):
        _wait(self._socket.close(), "closing")


class PlainClient(ChatSocket):
    """Each frame sent is a message to the room, each frame received the text of one."""

    def __init__(self, port, room=None, name=None, path="/"):
        query = urlencode({k: v for k, v in (("room", room), ("name", name)) if v is not None})
        super().__init__(port, path + ("?" + query if query else ""))
        self.name = name

    say = ChatSocket.send
    hear = ChatSocket.receive

    def say_all(self, texts):
        """Many at a stroke."""
        async def send():
            for text in texts:
                await self._socket.send(text)
        _wait(send(), "sending")

    def hear_all(self, count):
        async def receive():
            return [await self._socket.recv() for _ in range(count)]
        return _wait(receive(), f"{count} messages")


class JsonClient:
    """The JSON client protocol: commands with ids, replies, pushes, and pings that it answers."""

    def __init__(self, port, name=None, room=None, connect=True):
        self.socket = ChatSocket(port, "/connection/websocket")
        self.name = name
        self.room = room
        self.pushes = deque()
        self._rejoining = set()  # ids of the subscribe commands that answer them
        self.put_out = []  # pushes that ended a subscription, which then was made again
        self._replies = {}
        self._said = set()  # ids of publications whose success is taken for granted
        self._id = 0
        self.connected = self.command("connect", {"data": {"name": name}} if name else {}) \
            if connect else None
        if room:
            self.command("subscribe", {"channel": room})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_json(self, *commands):
        """Several commands in one frame."""
        self.socket.send("\n".join(json.dumps(command) for command in commands))

    def ask(self, method, request):
        """Sends a command; returns the whole reply."""
        self._id += 1
        self.send_json({"id": self._id, method: request})
        return self.reply(self._id)

    def command(self, method, request):
        """Sends a command that must succeed; returns its result."""
        reply = self.ask(method, request)
        assert "error" not in reply, reply
        return reply[method]

    def reply(self, command_id):
        while command_id not in self._replies:
            self._read_frame()
        return self._replies.pop(command_id)

    def push(self):
        while not self.pushes:
            self._read_frame()
        return self.pushes.popleft()

    def _read_frame(self):
        frame = self.socket.receive()
        assert isinstance(frame, str), "the JSON protocol travels in text frames"
        for line in frame.split("\n"):
            assert line, f"a blank line in {frame!r}"
            message = json.loads(line)
            if "push" in message:
                self._take_push(message["push"])
            elif message.get("id") in self._said:
                assert "error" not in message, f"a message was refused: {message}"
                self._rejoining.discard(message["id"])
            elif message.get("id"):
                self._replies[message["id"]] = message
            else:
                assert message == {}, message
                self.socket.send("{}")

    def _take_push(self, push):
        if push.get("unsubscribe", {}).get("code", 0) < 2500:
            self.pushes.append(push)
            return
        # SDKs subscribe again by themselves.
        self.put_out.append(push)
        self._id += 1
        self._said.add(self._id)
        self._rejoining.add(self._id)
        self.send_json({"id": self._id, "subscribe": {"channel": push["channel"]}})

    def wait_until_put_out_and_back(self, times):
        """Until it has been put out of its room so often, and is in it again."""
        def is_back():
            self.command("rpc", {"method": "server"})
            return len(self.put_out) >= times and not self._rejoining
        eventually(is_back, f"put out of {self.room} {times} times, and in it again")

    def bus_state(self):
        """Waits for the server's next word on its bus: "up" or "down"."""
        while "message" not in (push := self.push()):
            pass
        return push["message"]["data"]["bus"]

    # --- The same two words as PlainClient ---

    def say(self, text, message_id=None):
        self._id += 1
        self._said.add(self._id)
        self.send_json({"id": self._id, "publish": {
            "channel": self.room, "data": {"id": message_id or f"{id(self)}-{self._id}",
                                           "text": text}}})

    def hear_publication(self):
        push = self.push()
        while "message" in push:  # the server's word on its bus, see bus_state()
            push = self.push()
        assert push["channel"] == self.room and "pub" in push, push
        return push["pub"]

    def hear(self):
        return self.hear_publication()["data"]["text"]


def http_get(port, path, method="GET", headers=None):
    """(status, headers with lower-case names, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, body
    finally:
        connection.close()


def wait_until_ready(*chats):
    for chat in chats:
        eventually(lambda: http_get(chat.port, "/readyz")[0] == 200, "/readyz says 200")
