"""CLIENT on the broker's wire: LIST, INFO, KILL, REPLY, PAUSE, UNBLOCK and the rest. See
wire_table.py for the notation."""
import re
import unittest

import harness
from resp import Closed, array, value
from wire_table import AGAINST_REDIS, Case, Step, WireTest, tested

SYNTAX = "-ERR syntax error↵"
NO_TIMEOUT = "-ERR timeout is not an integer or out of range↵"
FIELDS = ("id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free argv-mem "
          "multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver "
          "omem-age-ms").split()
TRACKING_OFF = "$5↵flags↵{}1↵$3↵off↵$8↵redirect↵:-1↵$8↵prefixes↵*0↵"


@tested(
    Case("Filters that make no sense are errors",
         ("a", "CLIENT LIST TYPE foo", "-ERR Unknown client type 'foo'↵"),
         ("a", "CLIENT LIST ID x", "-ERR Invalid client ID↵"),
         *[("a", words, SYNTAX) for words in (
             "CLIENT LIST FOO", "CLIENT LIST TYPE", "CLIENT LIST ID", "CLIENT KILL FOO BAR",
             "CLIENT KILL SKIPME maybe", "CLIENT KILL ID 1 SKIPME")],
         ("a", "CLIENT KILL ID x", "-ERR client-id should be greater than 0↵"),
         ("a", "CLIENT KILL ID 0", "-ERR client-id should be greater than 0↵"),
         ("a", "CLIENT KILL TYPE foo", "-ERR Unknown client type 'foo'↵"),
         ("a", "CLIENT KILL USER nobody", "-ERR No such user 'nobody'↵"),
         ("a", "CLIENT INFO x", "-ERR wrong number of arguments for 'client|info' command↵")),
    Case("CLIENT KILL MAXAGE wants a number over 0",
         ("a", "CLIENT KILL MAXAGE x", "-ERR maxage is not an integer or out of range↵"),
         ("a", "CLIENT KILL MAXAGE 0", "-ERR maxage should be greater than 0↵"),
         ("a", "CLIENT KILL MAXAGE 1000000", ":0↵"), only="parley"),
    Case("Whoever is not there is not killed",
         ("a", "CLIENT KILL 127.0.0.1:1", "-ERR No such client↵"),
         ("a", "CLIENT KILL ID", "-ERR No such client↵"),
         ("a", "CLIENT KILL ID 999999999", ":0↵"),
         ("a", "CLIENT KILL ADDR 127.0.0.1:1", ":0↵"),
         ("a", "CLIENT KILL TYPE replica", ":0↵"),
         ("a", "CLIENT KILL TYPE normal ID 999999999 SKIPME no", ":0↵")),
    Case("CLIENT REPLY SKIP silences the next command",
         ("a", array("CLIENT", "REPLY", "SKIP") + array("ECHO", "a") + array("ECHO", "b"),
          "$1↵b↵"),
         ("a", array("CLIENT", "REPLY", "SKIP") + array("nonsense") + array("ECHO", "b"), "$1↵b↵")),
    Case("CLIENT REPLY OFF silences replies and errors, not confirmations and messages",
         Step("a", array("CLIENT", "REPLY", "OFF") + array("ECHO", "a") + array("nonsense")
              + array("SUBSCRIBE", "c") + array("UNSUBSCRIBE", "c") + array("CLIENT", "REPLY", "ON")
              + array("ECHO", "b"),
              "»3↵$9↵subscribe↵$1↵c↵:1↵»3↵$11↵unsubscribe↵$1↵c↵:0↵+OK↵$1↵b↵")),
    Case("CLIENT REPLY wants ON, OFF or SKIP", ("a", "CLIENT REPLY FOO", SYNTAX)),
    Case("CLIENT NO-EVICT is ON or OFF",
         ("a", "CLIENT NO-EVICT ON", "+OK↵"),
         ("a", "CLIENT INFO", "‹…›flags=e‹…›"),
         ("a", "CLIENT NO-EVICT off", "+OK↵"),
         ("a", "CLIENT NO-EVICT x", SYNTAX)),
    Case("CLIENT NO-TOUCH is ON or OFF",
         ("a", "CLIENT NO-TOUCH ON", "+OK↵"),
         ("a", "CLIENT INFO", "‹…›flags=T‹…›"),
         ("a", "CLIENT NO-TOUCH x", SYNTAX), only="parley"),
    Case("Client-side caching is off",
         ("a", "CLIENT GETREDIR", ":-1↵"),
         ("a", "CLIENT TRACKING OFF", "+OK↵"),
         ("a", "CLIENT TRACKING FOO", SYNTAX),
         ("a", "CLIENT CACHING YES", "-ERR CLIENT CACHING can be called only when the client is in "
          "tracking mode with OPTIN or OPTOUT mode enabled↵")),
    Case("CLIENT TRACKINGINFO", ("a", "CLIENT TRACKINGINFO", "*6↵" + TRACKING_OFF.format("*")),
         resp=(2,)),
    Case("CLIENT TRACKINGINFO in RESP3",
         ("a", "CLIENT TRACKINGINFO", "%3↵" + TRACKING_OFF.format("~")), resp=(3,)),
    Case("CLIENT UNBLOCK of nobody",
         ("a", "CLIENT UNBLOCK 999999999", ":0↵"),
         ("a", "CLIENT UNBLOCK x", "-ERR value is not an integer or out of range↵"),
         ("a", "CLIENT UNBLOCK 1 FOO",
          "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR↵")),
    Case("CLIENT PAUSE and UNPAUSE",
         ("a", "CLIENT PAUSE x", NO_TIMEOUT),
         ("a", "CLIENT PAUSE -1", "-ERR timeout is negative↵"),
         ("a", "CLIENT PAUSE 1 FOO", "-ERR CLIENT PAUSE mode must be WRITE or ALL↵"),
         ("a", "CLIENT PAUSE 1", "+OK↵"),
         ("a", "PING", "+PONG↵"),
         ("a", "CLIENT UNPAUSE", "+OK↵")),
)
class ClientCommand(WireTest):
    def line_of(self, connection):
        text = value(self.watcher.ask("CLIENT", "LIST", "ID", value(connection.ask("CLIENT", "ID"))))
        return dict(field.split("=", 1) for field in text.rstrip("\n").split(" "))

    def assert_closed(self, connection):
        self.assertRaises(Closed, connection.read_reply)

    def test_CLIENT_LIST_has_the_fields_in_their_order(self):
        connection = self.connect(resp=3)
        connection.ask("CLIENT", "SETNAME", "bob")
        fields = self.line_of(connection)
        newer = ("watch", "lib-name", "lib-ver", "omem-age-ms")
        known = [f for f in FIELDS if not AGAINST_REDIS or f not in newer]
        self.assertEqual(known, list(fields)[:len(known)])
        shown = {f: fields[f] for f in ("addr", "name", "flags", "db", "multi", "cmd", "resp", "user")}
        self.assertEqual({"addr": connection.local_address, "name": "bob", "flags": "N", "db": "0",
                          "multi": "-1", "cmd": "client|id", "resp": "3", "user": "default"}, shown)

    def test_CLIENT_LIST_tells_subscriptions_and_transactions(self):
        subscriber, queuing = self.connect(resp=3), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a", "b") + array("PSUBSCRIBE", "p*"))
        self.assertEqual(("P", "2", "1"), tuple(self.line_of(subscriber)[f]
                                                for f in ("flags", "sub", "psub")))
        identity = value(queuing.ask("CLIENT", "ID"))
        queuing.ask("MULTI")
        queuing.ask("PING")
        text = value(self.watcher.ask("CLIENT", "LIST", "ID", identity))
        self.assertRegex(text, r"flags=x .*multi=1 ")

    def test_CLIENT_LIST_by_TYPE(self):
        subscriber = self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a"))
        pubsub = value(self.watcher.ask("CLIENT", "LIST", "TYPE", "pubsub"))
        self.assertEqual(1, pubsub.count("\n"))
        self.assertIn(f"addr={subscriber.local_address} ", pubsub)
        self.assertNotIn(f"addr={subscriber.local_address} ",
                         value(self.watcher.ask("CLIENT", "LIST", "TYPE", "NORMAL")))
        self.assertEqual("", value(self.watcher.ask("CLIENT", "LIST", "TYPE", "replica")))

    def test_CLIENT_LIST_by_ID_skips_those_it_does_not_know(self):
        first = value(self.connect().ask("CLIENT", "ID"))
        second = value(self.connect().ask("CLIENT", "ID"))
        text = value(self.watcher.ask("CLIENT", "LIST", "ID", second, 999999999, first))
        self.assertEqual([str(second), str(first)], re.findall(r"^id=(\d+)", text, re.MULTILINE))

    def test_CLIENT_INFO_is_the_callers_line_verbatim_in_RESP3(self):
        self.assertRegex(self.connect(2).ask("CLIENT", "INFO"), rb"^\$\d+\r\nid=\d+ .*\n\r\n$")
        self.assertRegex(self.connect(3).ask("CLIENT", "INFO"), rb"^=\d+\r\ntxt:id=\d+ .*\n\r\n$")

    def test_CLIENT_KILL_by_address_and_by_filters(self):
        victim = self.connect()
        victim.ask("PING")
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CLIENT", "KILL", victim.local_address))
        self.assert_closed(victim)
        for name, of in (("ID", lambda c: value(c.ask("CLIENT", "ID"))),
                         ("ADDR", lambda c: c.local_address)):
            victim = self.connect()
            victim.ask("PING")
            self.assertEqual(b":1\r\n", self.watcher.ask("CLIENT", "KILL", name, of(victim)))
            self.assert_closed(victim)

    def test_CLIENT_KILL_by_TYPE_takes_subscribers_only(self):
        subscriber, other = self.connect(), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a"))
        self.assertEqual(b":1\r\n", self.watcher.ask("CLIENT", "KILL", "TYPE", "pubsub"))
        self.assert_closed(subscriber)
        self.assertEqual(b"+PONG\r\n", other.ask("PING"))

    def test_CLIENT_KILL_spares_the_caller_unless_told(self):
        caller = self.connect()
        me = value(caller.ask("CLIENT", "ID"))
        self.assertEqual(b":0\r\n", caller.ask("CLIENT", "KILL", "ID", me))
        self.assertEqual(b":1\r\n", caller.ask("CLIENT", "KILL", "ID", me, "SKIPME", "no"))
        self.assert_closed(caller)
        caller = self.connect()
        self.assertEqual(b"+OK\r\n", caller.ask("CLIENT", "KILL", caller.local_address))
        self.assert_closed(caller)

    def test_A_message_arrives_under_REPLY_OFF(self):
        subscriber = self.connect(resp=3)
        subscriber.send_raw(array("SUBSCRIBE", "d") + array("CLIENT", "REPLY", "OFF"))
        self.assertEqual(["subscribe", "d", 1], value(b"*" + subscriber.read_reply()[1:]))
        harness.eventually(lambda: value(self.watcher.ask("PUBLISH", "d", "x")), "a subscriber")
        self.assertEqual(["message", "d", "x"], value(b"*" + subscriber.read_reply()[1:]))

    def test_CLIENT_UNBLOCK_ends_an_XREAD(self):
        for reason, answer in ((), b"*-1\r\n"), (("TIMEOUT",), b"*-1\r\n"), (
                ("ERROR",), b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"):
            reader = self.connect()
            identity = value(reader.ask("CLIENT", "ID"))
            reader.send("XREAD", "BLOCK", 0, "STREAMS", "nothing", "$")
            harness.eventually(
                lambda i=identity, r=reason: value(self.watcher.ask("CLIENT", "UNBLOCK", i, *r)),
                "the reader blocked")
            self.assertEqual(answer, reader.read_reply())
            self.assertEqual(b"+PONG\r\n", reader.ask("PING"))

    @unittest.skipIf(AGAINST_REDIS, "Redis makes UNPAUSE wait too")
    def test_CLIENT_PAUSE_makes_commands_wait_until_UNPAUSE(self):
        paused = self.connect()
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CLIENT", "PAUSE", 60000))
        paused.send_raw(array("ECHO", "a") + array("ECHO", "b"))
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CLIENT", "UNPAUSE"))
        self.assertEqual(b"$1\r\na\r\n", paused.read_reply())
        self.assertEqual(b"$1\r\nb\r\n", paused.read_reply())

    def test_CLIENT_PAUSE_WRITE_lets_reads_through_and_ends_by_itself(self):
        writer, reader = self.connect(), self.connect()
        self.assertEqual(b"+OK\r\n", self.watcher.ask("CLIENT", "PAUSE", 200, "WRITE"))
        writer.send("PUBLISH", "a", "x")
        self.assertEqual(b"+PONG\r\n", reader.ask("PING"))
        self.assertEqual(b":0\r\n", writer.read_reply())

    @unittest.skipIf(AGAINST_REDIS, "Redis never closes it (D4)")
    def test_Under_REPLY_OFF_an_error_of_the_protocol_and_QUIT_still_end_the_connection(self):
        for end in (array("QUIT"), b"*x\r\n"):
            connection = self.connect()
            connection.send_raw(array("CLIENT", "REPLY", "OFF") + end)
            self.assertEqual(b"", connection.read_until_closed())


if __name__ == "__main__":
    unittest.main()
