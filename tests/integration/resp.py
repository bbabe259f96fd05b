"""One raw connection to a server that speaks the Redis protocol.

It sends what it is told and hands back replies as the exact bytes that came, so that a test can
compare them with a table; `value()` turns such bytes into Python values where the bytes do not
matter.
"""
import itertools
import socket

DEADLINE_S = 10.0


def array(*words):
    """A request as clients send it: an array of bulk strings."""
    parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


class Closed(Exception):
    """The server closed the connection in the middle of what was awaited."""


class RespConnection:
    _marks = itertools.count(1)

    def __init__(self, port, host="127.0.0.1", resp=2):
        self._socket = socket.create_connection((host, port), timeout=DEADLINE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""
        if resp == 3:
            self.send("HELLO", 3)
            self.read_reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    @property
    def local_address(self):
        return "%s:%d" % self._socket.getsockname()

    # --- Sending ---

    def send(self, *words):
        self.send_raw(array(*words))

    def send_inline(self, line):
        """A line as a person types it into telnet."""
        self.send_raw(line.encode() + b"\r\n")

    def send_raw(self, data):
        self._socket.sendall(data)

    def finish_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    # --- Receiving ---

    def _receive(self):
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        except socket.timeout:
            raise AssertionError(f"nothing came for {DEADLINE_S} s; held so far: {self._pending!r}")
        if not data:
            raise Closed(f"connection closed; held so far: {self._pending!r}")
        self._pending += data

    def _reply_end(self, start):
        """Where the reply that begins at `start` ends; receives until it is there."""
        while (line_end := self._pending.find(b"\r\n", start)) < 0:
            self._receive()
        kind, header = self._pending[start:start + 1], self._pending[start + 1:line_end]
        end = line_end + 2
        if kind in b"$=!" and header != b"-1":
            end += int(header) + 2
            while len(self._pending) < end:
                self._receive()
        elif kind in b"*>~%|" and header != b"-1":
            for _ in range(int(header) * (2 if kind in b"%|" else 1)):
                end = self._reply_end(end)
        elif kind not in b"+-:_#,($=!*>~%|":
            raise AssertionError(f"not a reply: {self._pending[start:start + 80]!r}")
        return end

    def read_reply(self):
        """The exact bytes of the next reply or push."""
        end = self._reply_end(0)
        reply, self._pending = self._pending[:end], self._pending[end:]
        return reply

    def ask(self, *words):
        """Sends one request and returns the exact bytes of the next reply."""
        self.send(*words)
        return self.read_reply()

    def exchange(self, request):
        """Sends raw bytes and returns everything that comes before the reply to a PING sent right
        behind them: so nothing that the request causes on this connection is missed or too much."""
        mark = b"mark-%d" % next(self._marks)
        self.send_raw(request + array("PING", mark))
        answer = b""
        while True:
            reply = self.read_reply()
            if reply.endswith(b"$%d\r\n%s\r\n" % (len(mark), mark)):
                return answer
            answer += reply

    def read_until_closed(self):
        """All bytes up to the end of the connection."""
        try:
            while True:
                self._receive()
        except Closed:
            rest, self._pending = self._pending, b""
            return rest


def value(reply):
    """Python value of one complete reply: lists, dicts, str (bulk and simple), int, None;
    an error reply becomes an exception instance of type Error."""
    parsed, end = _value(reply, 0)
    assert end == len(reply), f"more than one reply: {reply!r}"
    return parsed


class Error(Exception):
    pass


def _value(data, start):
    """The value of the reply that begins at `start`, and where it ends."""
    line_end = data.index(b"\r\n", start)
    kind, header = data[start:start + 1], data[start + 1:line_end]
    end = line_end + 2
    if kind == b"+":
        return header.decode(), end
    if kind == b"-":
        return Error(header.decode()), end
    if kind == b":":
        return int(header), end
    if kind == b"_" or header == b"-1":
        return None, end
    if kind in b"$=":
        text_end = end + int(header)
        text = data[end:text_end].decode("utf-8", "surrogateescape")
        return text[4:] if kind == b"=" else text, text_end + 2
    items = []
    for _ in range(int(header) * (2 if kind == b"%" else 1)):
        item, end = _value(data, end)
        items.append(item)
    return (dict(zip(items[::2], items[1::2])) if kind == b"%" else items), end
