#!/usr/bin/env python3
"""10,000 clients connect and subscribe at the same moment: how long until all are in, and what a
message between two others waits meanwhile. parley-broker and redis-server in turn.

    bench/storm.py [--runs 3] [--clients 10000]
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
SUBSCRIBE = b"*2\r\n$9\r\nSUBSCRIBE\r\n$5\r\nstorm\r\n"
WELCOME = b"*3\r\n$9\r\nsubscribe\r\n$5\r\nstorm\r\n:1\r\n"


def storm(port, count, result):
    """Connects all without waiting for any; reports the seconds until each is subscribed."""
    began, selector, sockets = time.monotonic(), selectors.DefaultSelector(), []
    for _ in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        sockets.append(client)
        selector.register(client, selectors.EVENT_WRITE, bytearray())
    waiting = count
    while waiting:
        for key, events in selector.select():
            if events & selectors.EVENT_WRITE:
                key.fileobj.sendall(SUBSCRIBE)
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                continue
            key.data.extend(key.fileobj.recv(1024))
            if key.data == WELCOME:
                selector.unregister(key.fileobj)
                waiting -= 1
    result.send(time.monotonic() - began)
    result.recv()


def measure(port, clients):
    listener, speaker = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
    for client in (listener, speaker):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.sendall(b"SUBSCRIBE news\r\n")
    listener.recv(1024)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=storm, args=(port, clients, there))
    process.start()
    waits = []
    while not here.poll():
        began = time.perf_counter()
        speaker.sendall(b"PUBLISH news x\r\n")
        speaker.recv(1024)
        listener.recv(1024)
        waits.append(time.perf_counter() - began)
        time.sleep(0.001)
    seconds = here.recv()
    here.send("done")
    process.join()
    waits.sort()
    return seconds, waits[int(len(waits) * 0.99)] * 1e3, waits[-1] * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--bin", type=Path, default=REPO / "build/release/bin")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("| server | all in after s | others' p99 ms | longest ms |\n|---|---|---|---|")
    for _ in range(options.runs):
        for name in ("parley-broker", "redis-server"):
            server = start(name, Setup(options.bin, 0))
            try:
                figures = measure(server.port, options.clients)
            finally:
                server.stop()
            print(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
