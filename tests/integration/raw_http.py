"""Bytes straight to a chat server's HTTP port: for requests and WebSocket frames that no library
would send."""
import base64
import os
import select
import socket
import struct

DEADLINE_S = 20.0
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def upgrade_request(path, **changes):
    """A correct WebSocket upgrade; `changes` replace headers (None leaves one out)."""
    headers = {"Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
               "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}
    headers.update({name.replace("_", "-"): text for name, text in changes.items()})
    lines = [f"{name}: {text}" for name, text in headers.items() if text is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def frame(opcode, payload, final=True, masked=True, claimed_bytes=None, reserved=0):
    """One WebSocket frame. claimed_bytes: the length that its header says, if it lies."""
    length = len(payload) if claimed_bytes is None else claimed_bytes
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 65536:
        head += struct.pack(">BH", mask_bit | 126, length)
    else:
        head += struct.pack(">BQ", mask_bit | 127, length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class RawHttp:
    def __init__(self, port, source="127.0.0.1"):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S,
                                                source_address=(source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, data):
        """Sends; a server that hangs up in the middle is what some tests are about. Returns
        whether all of it went."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def has_news(self, wait_s):
        """Whether there is something to read, the end included, within that time."""
        return bool(self._pending or select.select([self._socket], [], [], wait_s)[0])

    def finish_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def _receive(self):
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        except socket.timeout:
            raise AssertionError(f"nothing came for {DEADLINE_S} s; held: {self._pending!r}")
        self._pending += data
        return bool(data)

    def _take(self, count):
        while len(self._pending) < count:
            if not self._receive():
                raise EOFError(f"closed; held: {self._pending!r}")
        taken, self._pending = self._pending[:count], self._pending[count:]
        return taken

    def read_until_closed(self):
        while self._receive():
            pass
        rest, self._pending = self._pending, b""
        return rest

    def read_head(self):
        """Status and head of a response."""
        while b"\r\n\r\n" not in self._pending:
            if not self._receive():
                raise EOFError(f"closed; held: {self._pending!r}")
        head, self._pending = self._pending.split(b"\r\n\r\n", 1)
        return int(head.split(b" ")[1]), head.decode("latin-1")

    def upgrade(self, path):
        self.send(upgrade_request(path))
        status, head = self.read_head()
        assert status == 101, head

    def read_frame(self):
        """(opcode, payload) of the next frame from the server."""
        first, second = self._take(2)
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack(">H", self._take(2))
        elif length == 127:
            length, = struct.unpack(">Q", self._take(8))
        assert not second & 0x80, "a server does not mask"
        return first & 0x0F, self._take(length)

    def close_code(self):
        """Reads on to the close frame; returns its code, None if it has none or none came."""
        try:
            while True:
                opcode, payload = self.read_frame()
                if opcode == CLOSE:
                    return struct.unpack(">H", payload[:2])[0] if payload else None
        except EOFError:
            return None
