"""What is measured: groups of loads, each with the servers it is put on.

The first server of a case is ours, the second is the peer that ratios refer to.
"""

from dataclasses import dataclass

BROKERS = ("parley-broker", "redis-server", "nats-server")
CHAT_LOCAL = ("parley-chat", "node ws")
CHAT_BUS = ("parley-chat + parley-broker", "node ws + ioredis + redis-server")
CHAT_SOCKET_IO = ("parley-chat + parley-broker", "socket.io + Redis adapter + redis-server")
CHAT_TWO = ("two parley-chat as peers", "two node ws + ioredis + redis-server",
            "two parley-chat + parley-broker")
CHAT_PEERS = ("three parley-chat as peers", "three node ws + zeromq")
SHAPES = ("user.N.*", "*.N.log", "a*N*b", "[ab]x?N")


@dataclass(frozen=True)
class Case:
    """One load: the arguments of parley-bench and the kind of its table."""
    group: str
    title: str
    servers: tuple
    args: tuple
    kind: str = "throughput"
    proto: str = ""  # instead of the server's usual one
    seconds_min: float = 0  # a shorter run would say nothing


def fan_out(group, servers, subscribers, *more, title=None, **kw):
    return Case(group, title or f"64 B to {subscribers}", servers,
                ("--subscribers", str(subscribers), *more), **kw)


def patterns(count):
    """Patterns that match nothing, then patterns that all match."""
    one = ("--subscribers", "1")
    yield Case("patterns", "no pattern", BROKERS, one, "patterns")
    for shape in SHAPES:
        # NATS has no wildcards inside a token.
        servers = BROKERS if "." in shape else BROKERS[:2]
        yield Case("patterns", f"{count} x `{shape}`", servers,
                   (*one, "--patterns", str(count), "--pattern-shape", shape), "patterns")
    yield Case("patterns", "10000 that match, one client each", BROKERS[:2],
               ("--subscribers", "10000", "--psubscribe", "1", "--window", "10"), "patterns")
    yield Case("patterns", "10000 that match, one client with all", BROKERS[:2],
               ("--subscribers", "1", "--psubscribe", "10000", "--window", "10"), "patterns")


def all_cases():
    return [
        fan_out("broker", BROKERS, 1),
        fan_out("broker", BROKERS, 100),
        fan_out("broker", BROKERS, 1000),
        fan_out("chat-local", CHAT_LOCAL, 100),
        fan_out("chat-bus", CHAT_BUS, 100),
        fan_out("chat-window-50", CHAT_BUS, 100, "--window", "50", title="64 B to 100, window 50"),
        fan_out("chat-window-50", CHAT_BUS, 1000, "--window", "50", title="64 B to 1000, window 50"),
        fan_out("chat-socket-io", CHAT_SOCKET_IO, 100, "--window", "50",
                title="64 B to 100, window 50"),
        fan_out("chat-socket-io", CHAT_SOCKET_IO, 1000, "--window", "50",
                title="64 B to 1000, window 50"),
        fan_out("chat-two", CHAT_TWO, 100, title="64 B to 100 on the other server"),
        fan_out("chat-peers", CHAT_PEERS, 300, title="64 B to 100 on each of three"),
        fan_out("chat-two-latency", CHAT_TWO, 100, "--rate", "100",
                title="100 messages/s to 100 on the other server", kind="latency", seconds_min=5),
        fan_out("chat-json", ("parley-chat",), 100, title="JSON protocol, 64 B to 100",
                proto="ws-json"),
        fan_out("chat-json", ("parley-chat",), 100, title="plain text, 64 B to 100"),
        fan_out("1k", BROKERS, 100, "--payload", "1024", title="1 KiB to 100"),
        fan_out("spread", BROKERS, 1000, "--channels", "100",
                title="64 B, 1000 spread over 100 channels"),
        fan_out("latency", BROKERS, 100, "--rate", "500", title="500 messages/s to 100",
                kind="latency", seconds_min=5),
        fan_out("chat-latency", CHAT_BUS, 100, "--rate", "100", title="100 messages/s to 100",
                kind="latency", seconds_min=5),
        fan_out("chat-big-room", ("parley-chat",), 10000, "--rate", "100", "--timeout", "30",
                title="100 messages/s to 10000", kind="latency", seconds_min=10),
        fan_out("chat-big-room", ("parley-chat",), 10000, "--rate", "100", "--timeout", "30",
                title="JSON protocol, 100 messages/s to 10000", kind="latency", seconds_min=10,
                proto="ws-json"),
        *patterns(100000),
        Case("churn", "100000 channels by one client", BROKERS,
             ("--churn", "100000", "--timeout", "60"), "churn"),
        Case("idle", "10000 subscribers, a channel each", BROKERS, ("--idle", "10000"), "idle"),
        Case("chat-idle", "10000 clients in one room", ("parley-chat",),
             ("--subscribers", "10000", "--channels", "1", "--idle", "10000"), "idle",
             proto="ws-json"),
        Case("chat-idle", "10000 clients, a room each", ("parley-chat",),
             ("--subscribers", "10000", "--channels", "10000", "--idle", "10000"), "idle",
             proto="ws-json"),
        fan_out("stalled", BROKERS, 900, "--stalled", "100", "--payload", "1024",
                title="1 KiB to 900, and 100 that do not read", kind="stalled",
                seconds_min=10),
    ]
