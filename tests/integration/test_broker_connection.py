"""Connection commands on the broker's wire: HELLO, SELECT, RESET, QUIT, PING, ECHO, CLIENT, INFO,
COMMAND and the texts of common errors. See wire_table.py for the notation."""
import unittest

from resp import Error, array, value
from wire_table import AGAINST_REDIS, Case, Step, WireTest, tested

HELLO_REPLY = ("$6↵server↵$5↵redis↵$7↵version↵‹bulk›$5↵proto↵:{proto}↵$2↵id↵:‹int›↵"
               "$4↵mode↵$10↵standalone↵$4↵role↵$6↵master↵$7↵modules↵*0↵")
HELLO_2 = "*14↵" + HELLO_REPLY.format(proto=2)
HELLO_3 = "%7↵" + HELLO_REPLY.format(proto=3)
BAD_NAME = "-ERR Client names cannot contain spaces, newlines or special characters.↵"


@tested(
    Case("HELLO without an argument reports and changes nothing",
         ("a", "HELLO", HELLO_2), ("a", "CLIENT GETNAME", "$-1↵"), resp=(2,)),
    Case("HELLO without an argument reports RESP3 too",
         ("a", "HELLO", HELLO_3), ("a", "CLIENT GETNAME", "_↵"), resp=(3,)),
    Case("HELLO switches the protocol and answers in the new one",
         ("a", "HELLO 3", HELLO_3),
         ("a", "CLIENT GETNAME", "_↵"),
         ("a", "hello 2", HELLO_2),
         ("a", "CLIENT GETNAME", "$-1↵")),
    Case("HELLO sets the client's name",
         ("a", "HELLO 3 SETNAME bob", HELLO_3),
         ("a", "CLIENT GETNAME", "$3↵bob↵")),
    Case("HELLO takes its options in any order",
         ("a", "HELLO 3 SETNAME bob AUTH default any", HELLO_3),
         ("a", "HELLO 2 AUTH default any SETNAME joe", HELLO_2),
         ("a", "CLIENT GETNAME", "$3↵joe↵")),
    Case("A HELLO that fails changes nothing",
         ("a", "HELLO 4", "-NOPROTO unsupported protocol version↵"),
         ("a", "HELLO 1", "-NOPROTO unsupported protocol version↵"),
         ("a", "HELLO x", "-ERR Protocol version is not an integer or out of range↵"),
         ("a", "HELLO AUTH default x", "-ERR Protocol version is not an integer or out of range↵"),
         ("a", "HELLO 3 FOO", "-ERR Syntax error in HELLO option 'FOO'↵"),
         ("a", "HELLO 3 AUTH default", "-ERR Syntax error in HELLO option 'AUTH'↵"),
         ("a", "HELLO 3 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'↵"),
         ("a", ["HELLO", "3", "SETNAME", "a b"], BAD_NAME),
         ("a", "HELLO 3 AUTH nobody x",
          "-WRONGPASS invalid username-password pair or user is disabled.↵"),
         ("a", "CLIENT GETNAME", "$-1↵"), resp=(2,)),
    Case("SELECT knows sixteen databases",
         ("a", "SELECT 0", "+OK↵"),
         ("a", "SELECT 15", "+OK↵"),
         ("a", "SELECT 16", "-ERR DB index is out of range↵"),
         ("a", "SELECT -1", "-ERR DB index is out of range↵"),
         ("a", "SELECT x", "-ERR value is not an integer or out of range↵"),
         ("a", "SELECT 2147483648",
          "-ERR value is out of range, value must between -2147483648 and 2147483647↵")),
    Case("RESET goes back to RESP2 without a name",
         ("a", "HELLO 3 SETNAME bob", HELLO_3),
         ("a", "RESET", "+RESET↵"),
         ("a", "CLIENT GETNAME", "$-1↵"),
         ("a", "RESET x", "-ERR wrong number of arguments for 'reset' command↵")),
    Case("PING and ECHO",
         ("a", "PING", "+PONG↵"),
         ("a", "ping", "+PONG↵"),
         ("a", "PING x", "$1↵x↵"),
         ("a", ["PING", ""], "$0↵↵"),
         ("a", "PING x y", "-ERR wrong number of arguments for 'ping' command↵"),
         ("a", "ECHO x", "$1↵x↵"),
         ("a", array("ECHO", b"\x00\r\n\xff"), "$4↵\x00\r\n\udcff↵")),
    Case("CLIENT ID is an integer",
         ("a", "CLIENT ID", ":‹int›↵")),
    Case("CLIENT SETNAME and GETNAME",
         ("a", "CLIENT GETNAME", "∅"),
         ("a", "CLIENT SETNAME bob", "+OK↵"),
         ("a", "client getname", "$3↵bob↵"),
         ("a", ["CLIENT", "SETNAME", "a b"], BAD_NAME),
         ("a", ["CLIENT", "SETNAME", "a\nb"], BAD_NAME),
         ("a", ["CLIENT", "SETNAME", "é"], BAD_NAME),
         ("a", ["CLIENT", "SETNAME", ""], "+OK↵"),
         ("a", "CLIENT GETNAME", "∅")),
    Case("CLIENT SETINFO",
         ("a", "CLIENT SETINFO LIB-NAME mine", "+OK↵"),
         ("a", "client setinfo lib-ver 1.2.3", "+OK↵"),
         ("a", ["CLIENT", "SETINFO", "LIB-NAME", ""], "+OK↵"),
         ("a", ["CLIENT", "SETINFO", "lib-name", "a b"],
          "-ERR lib-name cannot contain spaces, newlines or special characters.↵"),
         ("a", ["CLIENT", "SETINFO", "LIB-VER", "a\nb"],
          "-ERR LIB-VER cannot contain spaces, newlines or special characters.↵"),
         ("a", "CLIENT SETINFO foo bar", "-ERR Unrecognized option 'foo'↵"), only="parley"),
    Case("Containers say which subcommand they do not know",
         ("a", "CLIENT FOO", "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.↵"),
         ("a", "CLIENT MAINT_NOTIFICATIONS ON",
          "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.↵"),
         ("a", "COMMAND FOO", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.↵"),
         ("a", ["CLIENT", "x" * 200], "-ERR unknown subcommand '" + "x" * 128
          + "'. Try CLIENT HELP.↵"),
         ("a", ["CLIENT", "a\r\nb"], "-ERR unknown subcommand 'a  b'. Try CLIENT HELP.↵")),
    Case("CLIENT HELP and COMMAND HELP are lists of lines",
         Step("a", "CLIENT HELP", "*‹int›↵+CLIENT <subcommand> [<arg> [value] [opt] ...]. "
              "Subcommands are:↵‹…›+HELP↵+    Print this help.↵", redis70="‹…›"),
         Step("a", "COMMAND HELP", "*‹int›↵+COMMAND <subcommand> [<arg> [value] [opt] ...]. "
              "Subcommands are:↵‹…›+HELP↵+    Print this help.↵", redis70="‹…›")),
    Case("Arity errors name the command in full and lower case",
         *[("a", words, f"-ERR wrong number of arguments for '{name}' command↵")
           for words, name in [
             ("SUBSCRIBE", "subscribe"), ("PSUBSCRIBE", "psubscribe"), ("PUBLISH a", "publish"),
             ("PUBLISH a b c", "publish"), ("ECHO", "echo"), ("ECHO a b", "echo"),
             ("SELECT", "select"), ("SELECT 1 2", "select"), ("CLIENT", "client"),
             ("CLIENT SETNAME", "client|setname"), ("CLIENT GETNAME x", "client|getname"),
             ("CLIENT ID x", "client|id"), ("COMMAND COUNT x", "command|count"),
             ("CLIENT HELP x", "client|help"), ("PUBSUB HELP x", "pubsub|help")]]),
    Case("Unknown commands are named with their arguments",
         ("a", "foo", "-ERR unknown command 'foo', with args beginning with: ↵"),
         ("a", "FOO a bc", "-ERR unknown command 'FOO', with args beginning with: 'a' 'bc' ↵"),
         ("a", [""], "-ERR unknown command '', with args beginning with: ↵"),
         ("a", "client|id", "-ERR unknown command 'client|id', with args beginning with: ↵"),
         ("a", ["a\r\nb", "c\nd"],
          "-ERR unknown command 'a  b', with args beginning with: 'c d' ↵"),
         ("a", ["x" * 200], "-ERR unknown command '" + "x" * 128
          + "', with args beginning with: ↵"),
         ("a", ["foo", "y" * 200, "z"], "-ERR unknown command 'foo', with args beginning with: '"
          + "y" * 128 + "' ↵"),
         ("a", ["foo", "y" * 100, "z" * 100, "w"],
          "-ERR unknown command 'foo', with args beginning with: '" + "y" * 100 + "' '" + "z" * 25
          + "' ↵")),
    Case("What belongs to other servers is an error and never a close",
         ("a", "SENTINEL MASTERS", "-ERR unknown command 'SENTINEL', with args beginning with: "
          "'MASTERS' ‹…›↵"),
         ("a", "GET key", "-ERR unknown command 'GET', with args beginning with: 'key' ‹…›↵"),
         ("a", "PING", "+PONG↵"), only="parley"),
)
class Connection(WireTest):
    def test_QUIT_answers_and_closes_and_ignores_what_follows(self):
        for subscribed in (False, True):
            connection = self.connect()
            if subscribed:
                connection.exchange(array("SUBSCRIBE", "a"))
            connection.send_raw(array("QUIT", "anything") + array("ECHO", "late"))
            self.assertEqual(b"+OK\r\n", connection.read_until_closed())

    def test_Client_ids_differ_and_grow(self):
        first, second = self.connect(), self.connect()
        self.assertLess(value(first.ask("CLIENT", "ID")), value(second.ask("CLIENT", "ID")))

    def test_A_pipeline_is_answered_in_order(self):
        connection = self.connect()
        connection.send_raw(b"".join(array("ECHO", n) for n in range(5000)))
        self.assertEqual([str(n) for n in range(5000)],
                         [value(connection.read_reply()) for _ in range(5000)])

    def test_A_client_that_has_finished_sending_still_gets_its_replies(self):
        connection = self.connect()
        connection.send_raw(array("ECHO", "x") + array("PING"))
        connection.finish_sending()
        self.assertEqual(b"$1\r\nx\r\n+PONG\r\n", connection.read_until_closed())


class Information(WireTest):
    def info(self, *sections, resp=2):
        return value(self.connect(resp).ask("INFO", *sections)).split("\r\n")

    def assert_fields(self, lines, *fields):
        names = {line.split(":")[0] for line in lines}
        self.assertEqual([], [f for f in fields if f not in names and f not in lines])

    def test_INFO_has_what_clients_and_tools_read(self):
        self.assert_fields(
            self.info(), "redis_version", "redis_mode:standalone", "arch_bits", "run_id",
            f"tcp_port:{self.server.port}", "uptime_in_seconds", "connected_clients",
            "used_memory", "loading:0", "total_connections_received", "total_commands_processed",
            "pubsub_channels", "pubsub_patterns", "role:master", "connected_slaves:0",
            "cluster_enabled:0")

    def test_INFO_names_its_sections_in_order_with_a_blank_line_between(self):
        lines = self.info()
        heads = [line for line in lines if line.startswith("# ")]
        for wanted in ("# Server", "# Clients", "# Stats", "# Replication"):
            self.assertIn(wanted, heads)
        self.assertEqual(sorted(heads, key=heads.index), heads)
        self.assertEqual(["# Server"], lines[:1])
        for head in heads[1:]:
            self.assertEqual("", lines[lines.index(head) - 1])

    def test_INFO_of_one_section_in_any_case(self):
        for name in ("replication", "REPLICATION"):
            heads = [line for line in self.info(name) if line.startswith("# ")]
            self.assertEqual(["# Replication"], heads)
        self.assert_fields(self.info("server", "clients"), "redis_version", "connected_clients")

    def test_INFO_is_a_bulk_string_and_in_RESP3_verbatim_text(self):
        self.assertTrue(self.connect(2).ask("INFO").startswith(b"$"))
        verbatim = self.connect(3).ask("INFO")
        self.assertRegex(verbatim, rb"^=\d+\r\ntxt:# Server\r\n")

    def test_INFO_of_an_unknown_section_is_empty(self):
        self.assertEqual(b"$0\r\n\r\n", self.connect(2).ask("INFO", "nonsense"))
        self.assertEqual(b"=4\r\ntxt:\r\n", self.connect(3).ask("INFO", "nonsense"))

    def test_INFO_everything_and_all_work(self):
        for section in ("everything", "all", "default"):
            self.assert_fields(self.info(section), "redis_version", "role:master")


class CommandTable(WireTest):
    # name: arity, flags, first key, last key, step
    KNOWN = {
        "publish": (3, {"pubsub", "loading", "stale", "fast"}, 0, 0, 0),
        "subscribe": (-2, {"pubsub", "noscript", "loading", "stale"}, 0, 0, 0),
        "psubscribe": (-2, {"pubsub", "noscript", "loading", "stale"}, 0, 0, 0),
        "unsubscribe": (-1, {"pubsub", "noscript", "loading", "stale"}, 0, 0, 0),
        "punsubscribe": (-1, {"pubsub", "noscript", "loading", "stale"}, 0, 0, 0),
        "ping": (-1, {"fast"}, 0, 0, 0),
        "echo": (2, {"loading", "stale", "fast"}, 0, 0, 0),
        "select": (2, {"loading", "stale", "fast"}, 0, 0, 0),
        "info": (-1, {"loading", "stale"}, 0, 0, 0),
        "hello": (-1, {"noscript", "loading", "stale", "fast", "no_auth", "allow_busy"}, 0, 0, 0),
        "quit": (-1, {"noscript", "loading", "stale", "fast", "no_auth", "allow_busy"}, 0, 0, 0),
        "reset": (1, {"noscript", "loading", "stale", "fast", "no_auth", "allow_busy"}, 0, 0, 0),
        "pubsub": (-2, set(), 0, 0, 0),
        "client": (-2, set(), 0, 0, 0),
        "command": (-1, {"loading", "stale"}, 0, 0, 0),
    }
    CONTAINERS = {"pubsub": {"channels", "numsub", "numpat", "shardchannels", "shardnumsub",
                             "help"},
                  "client": {"id", "setname", "getname", "setinfo", "help"},
                  "command": {"count", "info", "docs", "list", "help"}}

    def test_COMMAND_INFO_tells_arity_flags_and_keys(self):
        entries = value(self.watcher.ask("COMMAND", "INFO", *self.KNOWN))
        for (name, expected), entry in zip(self.KNOWN.items(), entries):
            self.assertEqual(10, len(entry), name)
            told = (entry[1], set(entry[2]), *entry[3:6])
            self.assertEqual((name, expected), (entry[0], told))

    def test_COMMAND_INFO_lists_subcommands_by_their_full_names(self):
        entries = value(self.watcher.ask("COMMAND", "INFO", *self.CONTAINERS))
        for (name, wanted), entry in zip(self.CONTAINERS.items(), entries):
            if AGAINST_REDIS:
                wanted = wanted - {"setinfo"}
            names = {sub[0] for sub in entry[9]}
            self.assertLessEqual({f"{name}|{sub}" for sub in wanted}, names)

    def test_COMMAND_INFO_is_of_arrays_and_in_RESP3_of_sets(self):
        for resp, kind in ((2, b"*"), (3, b"~")):
            reply = self.connect(resp).ask("COMMAND", "INFO", "PUBLISH")
            self.assertRegex(reply, rb"^\*1\r\n\*10\r\n\$7\r\npublish\r\n:3\r\n" + (
                b"\\" + kind) + rb"4\r\n\+pubsub\r\n\+loading\r\n\+stale\r\n\+fast\r\n"
                rb":0\r\n:0\r\n:0\r\n")

    def test_COMMAND_INFO_of_an_unknown_command_is_null(self):
        self.assertEqual(b"*1\r\n$-1\r\n", self.connect(2).ask("COMMAND", "INFO", "nonsense"))
        self.assertEqual(b"*1\r\n_\r\n", self.connect(3).ask("COMMAND", "INFO", "nonsense"))

    def test_COMMAND_COUNT_LIST_and_COMMAND_agree(self):
        names = value(self.watcher.ask("COMMAND", "LIST"))
        self.assertEqual(len(set(names)), len(names))
        self.assertLessEqual(set(self.KNOWN), set(names))
        self.assertIn("pubsub|channels", names)
        commands = {name for name in names if "|" not in name}
        self.assertEqual(value(self.watcher.ask("COMMAND", "COUNT")), len(commands))
        self.assertEqual(commands, {entry[0] for entry in value(self.watcher.ask("COMMAND"))})

    def test_COMMAND_LIST_filters_by_pattern(self):
        names = value(self.watcher.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "p*subscribe"))
        self.assertEqual(["psubscribe"], [n for n in names if n == "psubscribe"])
        self.assertNotIn("subscribe", names)
        self.assertIsInstance(value(self.watcher.ask("COMMAND", "LIST", "FILTERBY", "FOO")), Error)

    def test_COMMAND_DOCS_describes_each_command(self):
        reply = self.connect(3).ask("COMMAND", "DOCS", "PUBLISH", "nonsense")
        docs = value(reply)
        self.assertEqual(["publish"], list(docs))
        for field in ("summary", "since", "group", "complexity"):
            self.assertIsInstance(docs["publish"][field], str)
        self.assertEqual("pubsub", docs["publish"]["group"])
        flat = value(self.connect(2).ask("COMMAND", "DOCS", "PUBLISH"))
        self.assertEqual("publish", flat[0])
        self.assertIn("summary", flat[1])

    def test_COMMAND_DOCS_of_unknown_commands_is_empty(self):
        self.assertEqual(b"*0\r\n", self.connect(2).ask("COMMAND", "DOCS", "nonsense"))
        self.assertEqual(b"%0\r\n", self.connect(3).ask("COMMAND", "DOCS", "nonsense"))

    def test_COMMAND_DOCS_of_everything_covers_the_list(self):
        docs = value(self.connect(3).ask("COMMAND", "DOCS"))
        names = set(value(self.watcher.ask("COMMAND", "LIST")))
        # Redis writes a command's aliases and modules' commands only into the list.
        self.assertLessEqual(set(docs) - {n for n in docs if "|" in n}, names)
        self.assertIn("subscribe", docs)


if __name__ == "__main__":
    unittest.main()
