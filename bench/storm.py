#!/usr/bin/env python3
"""10,000 clients come at the same moment: how long until all are in, and what a message between two
others waits meanwhile.

    bench/storm.py [--runs 3] [--clients 10000]     subscribers of parley-broker and redis-server
    bench/storm.py --chat                           clients of one room of parley-chat on
                                                    parley-broker, until each has its history
"""
import argparse
import multiprocessing
import resource
import selectors
import socket
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from compare_servers import Setup, start  # noqa: E402

REPO = Path(__file__).resolve().parent.parent
HISTORY = 20


class Subscriber:
    """A client of a broker."""
    servers = ("parley-broker", "redis-server")
    hello = b"*2\r\n$9\r\nSUBSCRIBE\r\n$5\r\nstorm\r\n"
    end = b"*3\r\n$9\r\nsubscribe\r\n$5\r\nstorm\r\n:1\r\n"
    message = b"PUBLISH news x\r\n"

    @staticmethod
    def prepare(port):
        listener, speaker = (connect(port) for _ in range(2))
        listener.sendall(b"SUBSCRIBE news\r\n")
        listener.recv(1024)
        return listener, speaker


class ChatClient:
    """A client of a room that wants to see its latest messages."""
    servers = ("parley-chat + parley-broker",)
    hello = (f"GET /?room=storm&name=x&history={HISTORY} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
    end = b"message %03d" % (HISTORY - 1)
    message = b"\x81\x81\0\0\0\0x"

    @classmethod
    def prepare(cls, port):
        speakers = [connect(port) for _ in range(3)]
        for room, client in zip((b"storm", b"news", b"news"), speakers):
            client.sendall(cls.hello.replace(b"storm", room).replace(b"history=%d" % HISTORY, b"history=0"))
            while not client.recv(4096).endswith(b"\r\n\r\n"):
                pass
        for n in range(HISTORY):
            speakers[0].sendall(b"\x81\x8b\0\0\0\0message %03d" % n)
            speakers[0].recv(1024)
        speakers[0].close()
        return speakers[1:]


def connect(port):
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def storm(kind, port, count, result):
    """Connects all without waiting for any; reports the seconds until each has its answer."""
    began, selector, sockets = time.monotonic(), selectors.DefaultSelector(), []
    for _ in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        sockets.append(client)
        selector.register(client, selectors.EVENT_WRITE, bytearray())
    connecting = time.monotonic() - began
    waiting = count
    while waiting:
        for key, events in selector.select():
            if events & selectors.EVENT_WRITE:
                key.fileobj.sendall(kind.hello)
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                continue
            received = key.fileobj.recv(4096)
            if not received:
                raise SystemExit(f"a client was cut after {bytes(key.data)!r}")
            key.data.extend(received)
            if key.data.endswith(kind.end):
                selector.unregister(key.fileobj)
                waiting -= 1
    result.send((connecting, time.monotonic() - began))
    result.recv()


def measure(kind, port, clients):
    listener, speaker = kind.prepare(port)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=storm, args=(kind, port, clients, there))
    process.start()
    waits = []
    while not here.poll():
        if not process.is_alive():
            raise SystemExit("the storm ended early")
        began = time.perf_counter()
        speaker.sendall(kind.message)
        speaker.recv(1024)
        listener.recv(1024)
        waits.append(time.perf_counter() - began)
        time.sleep(0.001)
    connecting, seconds = here.recv()
    here.send("done")
    process.join()
    waits.sort()
    return connecting, seconds, waits[int(len(waits) * 0.99)] * 1e3, waits[-1] * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--chat", action="store_true", help="clients of a chat server")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--bin", type=Path, default=REPO / "build/release/bin")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kind = ChatClient if options.chat else Subscriber
    print("| server | all connected after s | all in after s | others' p99 ms | longest ms |\n"
          "|---|---|---|---|---|")
    for _ in range(options.runs):
        for name in kind.servers:
            server = start(name, Setup(options.bin, 0))
            try:
                figures = measure(kind, server.port, options.clients)
            finally:
                server.stop()
            print(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
