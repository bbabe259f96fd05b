"""Starts and stops the servers that are compared, each pinned to one core."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
START_SECONDS = 15
STOP_SECONDS = 10
LISTENING = re.compile(r"[Ll]istening (?:on|for client connections on) "
                       r"(?:http://)?127\.0\.0\.1:(\d+)")


class ServerError(Exception):
    """A server could not be started; the text says why."""


@dataclass
class Setup:
    """Where things are, and which core the servers get."""
    bin: Path
    core: int = 0


@dataclass
class Running:
    """Server processes. The first is the one that clients talk to."""
    proto: str
    port: int = 0
    publish_port: int = 0  # of another server, to publish at; 0: the same
    more_ports: list = field(default_factory=list)  # of servers that listen beside `port`
    processes: list = field(default_factory=list)
    logs: list = field(default_factory=list)

    def pids(self):
        return [process.pid for process in self.processes]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self.logs:
            log.close()


def need(program):
    path = shutil.which(str(program))
    if path is None:
        raise ServerError(f"{program} is not there")
    return path


def spawn(running, setup, command):
    """Starts a command on the servers' core, its output in a log file."""
    log = tempfile.TemporaryFile("w+b")
    running.logs.append(log)
    process = subprocess.Popen(["taskset", "-c", str(setup.core), *map(str, command)],
                               stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    running.processes.append(process)
    return process, log


def log_text(log):
    log.flush()
    log.seek(0)
    return log.read().decode(errors="replace")


def wait_until(process, log, what, ready):
    """Polls `ready` until it returns something true."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if result := ready():
            return result
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise ServerError(f"{what} did not get ready:\n{log_text(log)[-2000:]}")


def announced_port(running, setup, command):
    """Starts a server that picks its own port and says it."""
    process, log = spawn(running, setup, command)

    def port():
        found = LISTENING.search(log_text(log))
        return int(found[1]) if found else 0

    return wait_until(process, log, command[0], port)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_ping(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def start_redis(running, setup):
    port = free_port()
    process, log = spawn(running, setup, [
        need("redis-server"), "--save", "", "--appendonly", "no", "--port", port,
        "--bind", "127.0.0.1", "--maxclients", "15000"])
    wait_until(process, log, "redis-server", lambda: answers_ping(port))
    return port


def optional(program, name, value):
    """The option, if this build of the program knows it."""
    usage = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return [name, value] if name in usage.stdout else []


def start_broker(running, setup):
    program = need(setup.bin / "parley-broker")
    return announced_port(running, setup, [
        program, "--port", "0", "--bind", "127.0.0.1", *optional(program, "--maxclients", "15000")])


def start_nats(running, setup):
    return announced_port(running, setup, [need("nats-server"), "-a", "127.0.0.1", "-p", "-1"])


def start_chat(running, setup, *bus):
    program = need(setup.bin / "parley-chat")
    command = [program, "--http", "0", *bus, "--workers", "1",
               *optional(program, "--message-rate", "0")]
    port = announced_port(running, setup, command)

    def ready():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    wait_until(running.processes[-1], running.logs[-1], "parley-chat (GET /readyz)", ready)
    return port


def start_node(running, setup, script, *arguments):
    if not (PEERS / "node_modules").is_dir():
        raise ServerError("run `npm ci` in bench/peers first")
    return announced_port(running, setup, [need("node"), PEERS / script, "0", *arguments])


def start_chat_on_bus(running, setup, bus_port):
    return start_chat(running, setup, "--bus", f"redis://127.0.0.1:{bus_port}")


def start_node_on_bus(running, setup, bus_port):
    return start_node(running, setup, "ws_redis.mjs", str(bus_port))


def start_socket_io_on_bus(running, setup, bus_port):
    return start_node(running, setup, "socket_io_redis.mjs", str(bus_port))


def start_chat_peer(running, setup, place, others):
    return start_chat(running, setup, "--pub", place,
                      *(word for other in others for word in ("--sub", other)))


def start_node_peer(running, setup, place, others):
    return start_node(running, setup, "ws_zeromq.mjs", place, *others)


def with_bus(start_bus, *front):
    """The bus is started first, but listed last: the first process is a chat server."""
    def starter(running, setup):
        bus_port = start_bus(running, setup)
        ports = [start_front(running, setup, bus_port) for start_front in front]
        running.processes.reverse()
        return listen_at_last(running, ports)
    return starter


def peers(count, start_peer, listen):
    def starter(running, setup):
        places = [str(free_port()) for _ in range(count)]
        ports = [start_peer(running, setup, place, [other for other in places if other != place])
                 for place in places]
        running.processes.reverse()
        return listen(running, ports)
    return starter


def listen_at_last(running, ports):
    """Clients publish at the first of several servers."""
    running.publish_port = ports[0] if len(ports) > 1 else 0
    return ports[-1]


def listen_at_all(running, ports):
    running.publish_port, *running.more_ports = ports
    return ports[0]


SERVERS = {
    "parley-broker": ("resp", start_broker),
    "redis-server": ("resp", start_redis),
    "nats-server": ("nats", start_nats),
    "parley-chat": ("ws", lambda r, s: start_chat(r, s, "--bus", "local")),
    "parley-chat + parley-broker": ("ws", with_bus(start_broker, start_chat_on_bus)),
    "node ws": ("ws", lambda r, s: start_node(r, s, "ws_local.mjs")),
    "node ws + ioredis + redis-server": ("ws", with_bus(start_redis, start_node_on_bus)),
    "socket.io + Redis adapter + redis-server": (
        "socket-io", with_bus(start_redis, start_socket_io_on_bus)),
    "two parley-chat as peers": ("ws", peers(2, start_chat_peer, listen_at_last)),
    "two parley-chat + parley-broker": ("ws", with_bus(
        start_broker, start_chat_on_bus, start_chat_on_bus)),
    "two node ws + ioredis + redis-server": ("ws", with_bus(
        start_redis, start_node_on_bus, start_node_on_bus)),
    "three parley-chat as peers": ("ws", peers(3, start_chat_peer, listen_at_all)),
    "three node ws + zeromq": ("ws", peers(3, start_node_peer, listen_at_all)),
}


def start(name, setup):
    """Starts the named server, alone on its core. Raises ServerError."""
    proto, starter = SERVERS[name]
    running = Running(proto)
    try:
        running.port = starter(running, setup)
    except BaseException:
        running.stop()
        raise
    return running
