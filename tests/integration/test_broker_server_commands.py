"""MONITOR, ROLE, WAIT, ACL, CLUSTER and the like on the broker's wire; commands of Redis that the
broker does not have; counters per command. See wire_table.py for the notation."""
import re
import unittest

from resp import array, value
from wire_table import AGAINST_REDIS, Case, WireTest, tested

NO_CLUSTER = "-ERR This instance has cluster support disabled↵"
SYNTAX = "-ERR syntax error↵"
USER = "$5↵flags↵{set}2↵$2↵on↵$6↵nopass↵$9↵passwords↵*0↵$8↵commands↵$5↵+@all↵$4↵keys↵$2↵~*↵" \
       "$8↵channels↵$2↵&*↵$9↵selectors↵*0↵"


@tested(
    Case("ROLE is a master without replicas", ("a", "ROLE", "*3↵$6↵master↵:0↵*0↵")),
    Case("WAIT does not wait",
         ("a", "WAIT 0 0", ":0↵"),
         ("a", "WAIT x 0", "-ERR value is not an integer or out of range↵"),
         ("a", "WAIT 0 x", "-ERR timeout is not an integer or out of range↵"),
         ("a", "WAIT 0 -1", "-ERR timeout is negative↵")),
    Case("TIME is seconds and microseconds", ("a", "TIME", "*2↵‹bulk›‹bulk›")),
    Case("There is no cluster",
         *[("a", words, NO_CLUSTER) for words in ("CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS",
                                                  "READONLY", "READWRITE")],
         ("a", "CLUSTER FOO", "-ERR unknown subcommand 'FOO'. Try CLUSTER HELP.↵"),
         ("a", "CLUSTER NODES x", "-ERR wrong number of arguments for 'cluster|nodes' command↵")),
    Case("FLUSHALL and FLUSHDB",
         *[("a", words, "+OK↵") for words in ("FLUSHALL", "FLUSHALL ASYNC", "FLUSHDB SYNC")],
         *[("a", words, SYNTAX) for words in ("FLUSHALL x", "FLUSHALL SYNC x", "FLUSHDB x")]),
    Case("FUNCTION FLUSH has nothing to do",
         ("a", "FUNCTION FLUSH", "+OK↵"),
         ("a", "FUNCTION FLUSH SYNC", "+OK↵"),
         ("a", "FUNCTION FLUSH x", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option↵"),
         ("a", "FUNCTION LIST", "*0↵")),
    Case("There is one user",
         ("a", "ACL WHOAMI", "$7↵default↵"),
         ("a", "ACL USERS", "*1↵$7↵default↵"),
         ("a", "ACL LIST", "*1↵$34↵user default on nopass ~* &* +@all↵"),
         ("a", "ACL GETUSER nobody", "∅"),
         ("a", "ACL CAT transaction", "*5↵‹…›"),
         ("a", "ACL CAT nonsense", "-ERR Unknown category 'nonsense'↵"),
         ("a", "ACL DRYRUN default PUBLISH a b", "+OK↵"),
         ("a", "ACL DRYRUN nobody PING", "-ERR User 'nobody' not found↵"),
         ("a", "ACL DRYRUN default nonsense", "-ERR Command 'nonsense' not found↵"),
         ("a", "ACL DRYRUN default PUBLISH a",
          "-ERR wrong number of arguments for 'publish' command↵")),
    Case("ACL GETUSER", ("a", "ACL GETUSER default", "*12↵" + USER.format(set="*")), resp=(2,)),
    Case("ACL GETUSER in RESP3", ("a", "ACL GETUSER default", "%6↵" + USER.format(set="~")),
         resp=(3,)),
    Case("Users cannot be made",
         ("a", "ACL SETUSER bob on", "-ERR ACL SETUSER is not supported: ‹…›↵"),
         ("a", "ACL DELUSER bob", "-ERR ACL DELUSER is not supported: ‹…›↵"), only="parley"),
    Case("A command of Redis's other data types is unknown, with a hint",
         ("a", "GET key", "-ERR unknown command 'GET', with args beginning with: 'key' "
          "(this broker does publish/subscribe and streams, nothing else)↵"),
         ("a", "hset k f v", "-ERR unknown command 'hset', with args beginning with: 'k' 'f' 'v' "
          "(this broker does publish/subscribe and streams, nothing else)↵"),
         ("a", "DEBUG SLEEP 0", "-ERR unknown command 'DEBUG', ‹…›↵"),
         ("a", "SENTINEL MASTERS",
          "-ERR unknown command 'SENTINEL', with args beginning with: 'MASTERS' ↵"),
         only="parley"),
    Case("COMMAND GETKEYS finds the keys",
         ("a", "COMMAND GETKEYS XADD k 1-1 f v", "*1↵$1↵k↵"),
         ("a", "COMMAND GETKEYS DEL a b c", "*3↵$1↵a↵$1↵b↵$1↵c↵"),
         ("a", "COMMAND GETKEYS XREAD COUNT 2 STREAMS a b 0 0", "*2↵$1↵a↵$1↵b↵"),
         ("a", "COMMAND GETKEYS XINFO STREAM k", "*1↵$1↵k↵"),
         ("a", "COMMAND GETKEYSANDFLAGS XADD k 1-1 f v",
          "*1↵*2↵$1↵k↵{set}2↵+RW↵+update↵".format(set="*")),
         ("a", "COMMAND GETKEYS PUBLISH a b", "-ERR The command has no key arguments↵"),
         ("a", "COMMAND GETKEYS XREAD COUNT 2 FOO a",
          "-ERR Invalid arguments specified for command↵"), resp=(2,)),
    Case("COMMAND LIST by module and by category",
         ("a", "COMMAND LIST FILTERBY MODULE none", "*0↵"),
         ("a", "COMMAND LIST FILTERBY ACLCAT nonsense", "*0↵"),
         ("a", "COMMAND LIST FILTERBY ACLCAT transaction", "*5↵‹…›"),
         ("a", "COMMAND LIST FILTERBY FOO x", SYNTAX)),
)
class ServerCommands(WireTest):
    pass


class Monitor(WireTest):
    def monitor(self):
        connection = self.connect()
        self.assertEqual(b"+OK\r\n", connection.ask("MONITOR"))
        return connection

    def next_line(self, monitor, of):
        """The next line about that client; the watcher's own commands are left out."""
        while f"[0 {of.local_address}] " not in (line := monitor.read_reply().decode()):
            pass
        self.assertRegex(line, r"^\+\d+\.\d{6} \[0 [\d.:]+\] ")
        return line.split("] ", 1)[1].rstrip("\r\n")

    def test_MONITOR_shows_commands_as_they_were_typed(self):
        monitor, client = self.monitor(), self.connect()
        client.exchange(array("Echo", 'a"b\\\n\x01é'))
        self.assertEqual(r'"Echo" "a\"b\\\n\x01\xc3\xa9"', self.next_line(monitor, client))

    def test_MONITOR_shows_a_transaction_command_by_command(self):
        monitor, client = self.monitor(), self.connect()
        client.exchange(array("MULTI") + array("ECHO", "x") + array("EXEC"))
        self.assertEqual(['"MULTI"', '"ECHO" "x"', '"EXEC"'],
                         [self.next_line(monitor, client) for _ in range(3)])

    def test_MONITOR_hides_passwords_and_administration(self):
        monitor, client = self.monitor(), self.connect()
        client.exchange(array("AUTH", "default", "secret") + array("CONFIG", "GET", "save")
                        + array("HELLO", 2, "AUTH", "default", "secret"))
        self.assertEqual('"AUTH" "(redacted)" "(redacted)"', self.next_line(monitor, client))
        self.assertEqual('"HELLO" "2" "AUTH" "(redacted)" "(redacted)"',
                         self.next_line(monitor, client))

    def test_RESET_ends_it(self):
        monitor, client = self.monitor(), self.connect()
        monitor.send("RESET")
        while monitor.read_reply() != b"+RESET\r\n":
            pass
        client.ask("ECHO", "unseen")
        self.assertEqual(b"+PONG\r\n", monitor.ask("PING"))

    def test_MONITOR_inside_a_transaction_is_an_error_element(self):
        got = self.connect().exchange(array("MULTI") + array("MONITOR") + array("EXEC"))
        self.assertTrue(got.endswith(
            b"*1\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n"), got)


class Counters(WireTest):
    def setUp(self):
        super().setUp()
        self.watcher.ask("CONFIG", "RESETSTAT")

    def info(self, section):
        lines = value(self.watcher.ask("INFO", section)).split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def test_Each_command_is_counted(self):
        client = self.connect()
        client.exchange(array("ECHO", "x") + array("ECHO") + array("SELECT", "99")
                        + array("CLIENT", "ID"))
        stats = self.info("commandstats")
        self.assertRegex(stats["cmdstat_echo"], r"^calls=1,usec=\d+,usec_per_call=\d+\.\d\d,"
                                                r"rejected_calls=1,failed_calls=0$")
        self.assertRegex(stats["cmdstat_select"], "calls=1,.*,rejected_calls=0,failed_calls=1$")
        self.assertIn("calls=1,", stats["cmdstat_client|id"])

    def test_Errors_are_counted_by_their_code(self):
        client = self.connect()
        for words in (["nonsense"], ["ECHO"], ["EXEC", "x"], ["AUTH", "nobody", "x"]):
            client.ask(*words)
        errors = self.info("errorstats")
        self.assertEqual(("count=2", "count=1", "count=1"),
                         tuple(errors["errorstat_" + code] for code in
                               ("ERR", "EXECABORT", "WRONGPASS")))
        self.assertEqual("4", self.info("stats")["total_error_replies"])

    def test_Latencies_are_told_on_request(self):
        self.watcher.ask("PING")
        self.assertRegex(self.info("latencystats")["latency_percentiles_usec_ping"],
                         r"^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$")
        self.assertNotIn("cmdstat_ping", self.info("default"))
        self.assertIn("cmdstat_ping", self.info("everything"))

    def test_Watching_clients_are_counted(self):
        client = self.connect()
        client.ask("WATCH", "a", "b")
        if not AGAINST_REDIS:
            self.assertEqual("1", self.info("clients")["watching_clients"])
        client.ask("UNWATCH")
        if not AGAINST_REDIS:
            self.assertEqual("0", self.info("clients")["watching_clients"])


if __name__ == "__main__":
    unittest.main()
