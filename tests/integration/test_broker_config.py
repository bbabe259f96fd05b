"""CONFIG on the broker's wire, and the limits that it sets. See wire_table.py for the notation."""
import unittest

import harness
from resp import Error, RespConnection, array, value
from wire_table import AGAINST_REDIS, Case, Step, WireTest, tested


def failed(name, why):
    return f"-ERR CONFIG SET failed (possibly related to argument '{name}') - {why}↵"


NOT_INTEGER = "argument couldn't be parsed into an integer"
NOT_MEMORY = "argument must be a memory value"
WRONG_COUNT = "Wrong number of arguments in buffer limit configuration."
WRONG_CLASS = "Invalid client class specified in buffer limit configuration."
WRONG_NUMBER = "Error in hard, soft or soft_seconds setting in buffer limit configuration."
BUFFERS = "client-output-buffer-limit"


def one(name, text):
    return f"«1»↵${len(name)}↵{name}↵${len(text)}↵{text}↵"


@tested(
    Case("CONFIG GET tells a setting by name, as it was typed",
         ("a", "CONFIG GET maxclients", one("maxclients", "10000")),
         ("a", "CONFIG GET MaxClients", one("MaxClients", "10000")),
         ("a", "CONFIG GET save", one("save", "")),
         ("a", "CONFIG GET appendonly", one("appendonly", "no")),
         ("a", "CONFIG GET databases", one("databases", "16")),
         ("a", "CONFIG GET proto-max-bulk-len", one("proto-max-bulk-len", "536870912")),
         ("a", "CONFIG GET client-query-buffer-limit",
          one("client-query-buffer-limit", "1073741824")),
         ("a", "CONFIG GET " + BUFFERS, one(
             BUFFERS, "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")),
         ("a", "CONFIG GET nope", "«0»↵"),
         ("a", "CONFIG GET nope*", "«0»↵")),
    Case("CONFIG GET takes globs and names, each setting once",
         ("a", "CONFIG GET timeout timeout time*", one("timeout", "0")),
         ("a", "CONFIG GET TIMEOU?", one("timeout", "0")),
         ("a", "CONFIG GET stream-node-max-*", "«2»↵‹…›")),
    Case("CONFIG SET and GET a number",
         ("a", "CONFIG SET timeout 100", "+OK↵"),
         ("a", "CONFIG GET timeout", one("timeout", "100")),
         ("a", "CONFIG SET TIMEOUT 0 slowlog-max-len 128", "+OK↵"),
         ("a", "CONFIG GET timeout", one("timeout", "0"))),
    Case("CONFIG SET says what is wrong with a value",
         ("a", "CONFIG SET timeout x", failed("timeout", NOT_INTEGER)),
         ("a", "CONFIG SET Timeout x", failed("timeout", NOT_INTEGER)),
         ("a", "CONFIG SET timeout -1",
          failed("timeout", "argument must be between 0 and 2147483647 inclusive")),
         ("a", "CONFIG SET maxclients 0",
          failed("maxclients", "argument must be between 1 and 4294967295 inclusive")),
         ("a", "CONFIG SET maxmemory x", failed("maxmemory", NOT_MEMORY)),
         ("a", "CONFIG SET appendonly maybe",
          failed("appendonly", "argument must be 'yes' or 'no'")),
         ("a", "CONFIG SET appendfsync foo",
          failed("appendfsync", "argument(s) must be one of the following: everysec, always, no")),
         ("a", "CONFIG SET databases 3", failed("databases", "can't set immutable config")),
         ("a", "CONFIG SET timeout 1 timeout 2", failed("timeout", "duplicate parameter")),
         ("a", "CONFIG SET nope 1",
          "-ERR Unknown option or number of arguments for CONFIG SET - 'nope'↵"),
         ("a", "CONFIG SET timeout 1 maxclients", "-ERR syntax error↵")),
    Case("CONFIG SET is all or nothing",
         ("a", "CONFIG SET timeout 7 maxclients x", failed("maxclients", NOT_INTEGER)),
         ("a", "CONFIG SET timeout 7 nope 1",
          "-ERR Unknown option or number of arguments for CONFIG SET - 'nope'↵"),
         ("a", "CONFIG SET timeout 7 databases 1",
          failed("databases", "can't set immutable config")),
         ("a", "CONFIG GET timeout", one("timeout", "0"))),
    Case("Sizes have units",
         *[step for text, size in (("2097152", 2097152), ("2mb", 2097152), ("2MB", 2097152),
                                   ("2m", 2000000), ("1gb", 1 << 30), ("3000k", 3000000),
                                   ("2048kb", 2097152), ("2097152b", 2097152), ("512mb", 1 << 29))
           for step in (("a", "CONFIG SET proto-max-bulk-len " + text, "+OK↵"),
                        ("a", "CONFIG GET proto-max-bulk-len",
                         one("proto-max-bulk-len", str(size))))],
         ("a", "CONFIG SET proto-max-bulk-len 1gx", failed("proto-max-bulk-len", NOT_MEMORY)),
         ("a", "CONFIG SET proto-max-bulk-len -5", failed("proto-max-bulk-len", NOT_MEMORY)),
         ("a", "CONFIG SET proto-max-bulk-len 1", failed(
             "proto-max-bulk-len",
             "argument must be between 1048576 and 9223372036854775807 inclusive"))),
    Case("client-output-buffer-limit takes groups, and other classes keep theirs",
         ("a", ["CONFIG", "SET", BUFFERS, "pubsub 2mb 1mb 5"], "+OK↵"),
         ("a", "CONFIG GET " + BUFFERS, one(
             BUFFERS, "normal 0 0 0 slave 268435456 67108864 60 pubsub 2097152 1048576 5")),
         ("a", ["CONFIG", "SET", BUFFERS, "replica 0 0 0 pubsub 32mb 8mb 60"], "+OK↵"),
         ("a", ["CONFIG", "SET", BUFFERS, "slave 256mb 64mb 60"], "+OK↵"),
         ("a", "CONFIG GET " + BUFFERS, one(
             BUFFERS, "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")),
         *[("a", ["CONFIG", "SET", BUFFERS, text], failed(BUFFERS, why)) for text, why in (
             ("normal 1 2", WRONG_COUNT), ("foo 1 2 3", WRONG_CLASS), ("master 1 2 3", WRONG_CLASS),
             ("normal x 2 3", WRONG_NUMBER), ("normal 1 2 x", WRONG_NUMBER),
             ("pubsub 1mb 2mb -3", WRONG_NUMBER), ("normal -1 2 3", WRONG_NUMBER))]),
    Case("What the broker does not have cannot be switched on",
         ("a", "CONFIG SET appendonly yes",
          failed("appendonly", "this broker supports only 'no'")),
         ("a", "CONFIG SET appendonly no", "+OK↵"),
         ("a", ["CONFIG", "SET", "save", ""], "+OK↵"),
         ("a", "CONFIG SET notify-keyspace-events KEA",
          failed("notify-keyspace-events", "this broker supports only ''")), only="parley"),
    Case("CONFIG REWRITE has no file", ("a", "CONFIG REWRITE",
         "-ERR The server is running without a config file↵")),
    Case("CONFIG without sense",
         ("a", "CONFIG", "-ERR wrong number of arguments for 'config' command↵"),
         ("a", "CONFIG FOO", "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.↵"),
         ("a", "CONFIG GET", "-ERR wrong number of arguments for 'config|get' command↵"),
         ("a", "CONFIG SET timeout", "-ERR wrong number of arguments for 'config|set' command↵"),
         ("a", "CONFIG RESETSTAT x", "-ERR wrong number of arguments for 'config|resetstat' command↵")),
)
class Config(WireTest):
    MUST_KNOW = """save appendonly appendfsync databases timeout maxclients maxmemory tcp-keepalive
        proto-max-bulk-len client-query-buffer-limit client-output-buffer-limit
        stream-node-max-bytes stream-node-max-entries acl-pubsub-default replica-read-only
        notify-keyspace-events slowlog-log-slower-than slowlog-max-len requirepass""".split()

    def test_CONFIG_GET_of_everything_succeeds(self):
        settings = value(self.connect(3).ask("CONFIG", "GET", "*"))
        self.assertEqual([], [name for name in self.MUST_KNOW if name not in settings])

    def test_CONFIG_RESETSTAT_sets_counters_to_zero(self):
        self.watcher.ask("nonsense")
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CONFIG", "RESETSTAT"))
        stats = value(self.watcher.ask("INFO", "stats"))
        self.assertIn("total_error_replies:0\r\n", stats)
        self.assertIn("total_connections_received:0\r\n", stats)

    def set(self, name, text, before):
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CONFIG", "SET", name, text))
        self.addCleanup(self.watcher.ask, "CONFIG", "SET", name, before)

    def test_maxclients_refuses_the_next_one(self):
        connected = value(self.watcher.ask("CLIENT", "LIST")).count("\n")
        self.set("maxclients", connected, 10000)
        late = RespConnection(self.server.port)
        self.addCleanup(late.close)
        self.assertEqual(b"-ERR max number of clients reached\r\n", late.read_until_closed())

    def test_proto_max_bulk_len_refuses_a_larger_argument(self):
        self.set("proto-max-bulk-len", "1mb", "512mb")
        connection = self.connect()
        connection.send_raw(b"*2\r\n$4\r\nECHO\r\n$1048577\r\n")
        self.assertEqual(b"-ERR Protocol error: invalid bulk length\r\n",
                         connection.read_until_closed())

    def test_timeout_ends_the_idle_but_not_subscribers(self):
        subscriber, idle = self.connect(), self.connect()
        subscriber.exchange(array("SSUBSCRIBE", "s"))
        self.watcher.ask("CONFIG", "SET", "timeout", 1)

        def ended():
            self.watcher.ask("PING")
            return idle.local_address not in value(self.watcher.ask("CLIENT", "LIST"))
        harness.eventually(ended, "the idle client ended")
        self.watcher.ask("CONFIG", "SET", "timeout", 0)
        self.assertEqual(b"", idle.read_until_closed())
        self.assertEqual(b"*2\r\n$4\r\npong\r\n$0\r\n\r\n", subscriber.ask("PING"))


if __name__ == "__main__":
    unittest.main()
