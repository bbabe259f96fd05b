"""Publish/subscribe on the broker's wire, byte for byte. See wire_table.py for the notation."""
import unittest

from resp import array, value
from wire_table import AGAINST_REDIS, Case, Step, WireTest, tested


def confirmation(kind, name, count):
    shown = "∅" if name is None else f"${len(name)}↵{name}↵"
    return f"»3↵${len(kind)}↵{kind}↵{shown}:{count}↵"


def message(channel, text):
    return f"»3↵$7↵message↵${len(channel)}↵{channel}↵${len(text)}↵{text}↵"


def pmessage(pattern, channel, text):
    return (f"»4↵$8↵pmessage↵${len(pattern)}↵{pattern}↵${len(channel)}↵{channel}↵"
            f"${len(text)}↵{text}↵")


ONLY_ALLOWED = ("only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
                "context↵")


@tested(
    Case("Subscribing answers one frame per channel",
         ("a", "SUBSCRIBE a b", "»3↵$9↵subscribe↵$1↵a↵:1↵»3↵$9↵subscribe↵$1↵b↵:2↵")),
    Case("Subscribing to a pattern answers one frame",
         ("a", "PSUBSCRIBE p*", "»3↵$10↵psubscribe↵$2↵p*↵:1↵")),
    Case("The count is of channels and patterns together",
         ("a", "SUBSCRIBE a", confirmation("subscribe", "a", 1)),
         ("a", "PSUBSCRIBE p*", confirmation("psubscribe", "p*", 2)),
         ("a", "SUBSCRIBE b", confirmation("subscribe", "b", 3))),
    Case("A duplicate adds nothing but is confirmed",
         ("a", "SUBSCRIBE a b a", confirmation("subscribe", "a", 1)
          + confirmation("subscribe", "b", 2) + confirmation("subscribe", "a", 2)),
         ("a", "PSUBSCRIBE p* p*", confirmation("psubscribe", "p*", 3) * 2)),
    Case("Unsubscribing from a name answers the count that is left",
         ("a", "SUBSCRIBE a b", "‹…›"),
         ("a", "UNSUBSCRIBE b", "»3↵$11↵unsubscribe↵$1↵b↵:1↵"),
         ("a", "UNSUBSCRIBE never", confirmation("unsubscribe", "never", 1))),
    Case("Unsubscribing from nothing answers a null name",
         ("a", "UNSUBSCRIBE", "»3↵$11↵unsubscribe↵∅:0↵"),
         ("a", "PUNSUBSCRIBE", "»3↵$12↵punsubscribe↵∅:0↵")),
    Case("Unsubscribing from names never held succeeds",
         ("a", "UNSUBSCRIBE x y", confirmation("unsubscribe", "x", 0)
          + confirmation("unsubscribe", "y", 0)),
         ("a", "PUNSUBSCRIBE x*", confirmation("punsubscribe", "x*", 0))),
    Case("Each unsubscribe touches only its own kind",
         ("a", "SUBSCRIBE a", confirmation("subscribe", "a", 1)),
         ("a", "PSUBSCRIBE p*", confirmation("psubscribe", "p*", 2)),
         ("a", "UNSUBSCRIBE", confirmation("unsubscribe", "a", 1)),
         ("a", "UNSUBSCRIBE", confirmation("unsubscribe", None, 1)),
         ("a", "PUNSUBSCRIBE", confirmation("punsubscribe", "p*", 0)),
         ("a", "PUNSUBSCRIBE", confirmation("punsubscribe", None, 0))),
    Case("A message reaches a channel's subscriber",
         ("a", "SUBSCRIBE news", "‹…›"),
         ("b", "PUBLISH news hi", ":1↵"),
         ("a", None, "»3↵$7↵message↵$4↵news↵$2↵hi↵")),
    Case("A message reaches a pattern's subscriber",
         ("a", "PSUBSCRIBE n*", "‹…›"),
         ("b", "PUBLISH news hi", ":1↵"),
         ("a", None, "»4↵$8↵pmessage↵$2↵n*↵$4↵news↵$2↵hi↵")),
    Case("A client that matches twice gets two frames and counts twice",
         ("a", "SUBSCRIBE news", "‹…›"),
         ("a", "PSUBSCRIBE n*", "‹…›"),
         ("b", "PUBLISH news hi", ":2↵"),
         ("a", None, message("news", "hi") + pmessage("n*", "news", "hi"))),
    Case("Publishing to nobody counts nobody",
         ("a", "PUBLISH news hi", ":0↵")),
    Case("Nothing arrives after unsubscribing",
         ("a", "SUBSCRIBE news", "‹…›"),
         ("a", "UNSUBSCRIBE news", "‹…›"),
         ("b", "PUBLISH news hi", ":0↵"),
         ("a", None, "")),
    Case("Empty channel pattern and payload work",
         ("a", ["SUBSCRIBE", ""], confirmation("subscribe", "", 1)),
         ("a", ["PSUBSCRIBE", ""], confirmation("psubscribe", "", 2)),
         ("b", ["PUBLISH", "", ""], ":2↵"),
         ("a", None, message("", "") + pmessage("", "", ""))),
    Case("Channels and payloads are any bytes",
         ("a", array("SUBSCRIBE", b"\x00\r\n\xff"), "»3↵$9↵subscribe↵$4↵\x00\r\n\udcff↵:1↵"),
         ("b", array("PUBLISH", b"\x00\r\n\xff", b"*1\r\n$4\r\n\x80"), ":1↵"),
         ("a", None, "»3↵$7↵message↵$4↵\x00\r\n\udcff↵$9↵*1\r\n$4\r\n\udc80↵")),
    Case("Channels do not know databases",
         ("a", "SELECT 9", "+OK↵"),
         ("b", "SELECT 3", "+OK↵"),
         ("a", "SUBSCRIBE news", "‹…›"),
         ("b", "PUBLISH news hi", ":1↵"),
         ("a", None, message("news", "hi"))),
    Case("PING of a subscriber",
         Step("a", "SUBSCRIBE a", "‹…›"),
         Step("a", "PING", "*2↵$4↵pong↵$0↵↵"),
         Step("a", "PING x", "*2↵$4↵pong↵$1↵x↵"),
         Step("a", ["PING", ""], "*2↵$4↵pong↵$0↵↵"),
         Step("a", "UNSUBSCRIBE", "‹…›"),
         Step("a", "PING", "+PONG↵"), resp=(2,)),
    Case("PING of a pattern subscriber",
         ("a", "PSUBSCRIBE a*", "‹…›"),
         ("a", "PING", "*2↵$4↵pong↵$0↵↵"), resp=(2,)),
    Case("PING of a RESP3 subscriber is an ordinary PING",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "PING", "+PONG↵"),
         ("a", "PING x", "$1↵x↵"), resp=(3,)),
    Case("A RESP2 subscriber may only subscribe unsubscribe ping quit and reset",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "ECHO x", "-ERR Can't execute 'echo': " + ONLY_ALLOWED),
         ("a", "PUBLISH a x", "-ERR Can't execute 'publish': " + ONLY_ALLOWED),
         ("a", "HELLO 3", "-ERR Can't execute 'hello': " + ONLY_ALLOWED),
         ("a", "pubsub channels", "-ERR Can't execute 'pubsub|channels': " + ONLY_ALLOWED),
         ("a", "CLIENT ID", "-ERR Can't execute 'client|id': " + ONLY_ALLOWED),
         ("a", "PSUBSCRIBE p*", confirmation("psubscribe", "p*", 2)),
         ("a", "UNSUBSCRIBE", confirmation("unsubscribe", "a", 1)),
         ("a", "SELECT 1", "-ERR Can't execute 'select': " + ONLY_ALLOWED),
         ("a", "PUNSUBSCRIBE", confirmation("punsubscribe", "p*", 0)),
         ("a", "ECHO x", "$1↵x↵"), resp=(2,)),
    Case("Existence and arity are looked at before subscriber mode",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "nonsense", "-ERR unknown command 'nonsense', with args beginning with: ↵"),
         ("a", "ECHO", "-ERR wrong number of arguments for 'echo' command↵"), resp=(2,)),
    Case("A RESP3 subscriber may do everything",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "ECHO x", "$1↵x↵"),
         ("a", "PUBSUB NUMPAT", ":0↵"), resp=(3,)),
    Case("HELLO 2 keeps a RESP3 subscriber's subscriptions and restricts it at once",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "HELLO 2", "*14↵‹…›"),
         ("a", "ECHO x", "-ERR Can't execute 'echo': " + ONLY_ALLOWED),
         ("b", "PUBLISH a x", ":1↵"),
         ("a", None, "*3↵$7↵message↵$1↵a↵$1↵x↵"), resp=(3,)),
    Case("Publishing to oneself answers the command first",
         Step("a", "SUBSCRIBE a", "‹…›"),
         Step("a", array("PUBLISH", "a", "p1") + array("PUBLISH", "a", "p2"),
              ":1↵" + message("a", "p1") + ":1↵" + message("a", "p2"),
              redis70=message("a", "p1") + ":1↵" + message("a", "p2") + ":1↵"), resp=(3,)),
    Case("Confirmations keep their place among pipelined replies",
         Step("a", array("PING", 1) + array("SUBSCRIBE", "a", "b") + array("PING", 2)
              + array("PUBLISH", "a", "x") + array("UNSUBSCRIBE", "a") + array("PUBLISH", "a", "y")
              + array("PING", 3),
              "$1↵1↵" + confirmation("subscribe", "a", 1) + confirmation("subscribe", "b", 2)
              + "$1↵2↵" + ":1↵" + message("a", "x") + confirmation("unsubscribe", "a", 1)
              + ":0↵" + "$1↵3↵",
              redis70="$1↵1↵" + confirmation("subscribe", "a", 1)
              + confirmation("subscribe", "b", 2) + "$1↵2↵" + message("a", "x") + ":1↵"
              + confirmation("unsubscribe", "a", 1) + ":0↵" + "$1↵3↵"), resp=(3,)),
    Case("RESET drops subscriptions without a frame",
         ("a", "SUBSCRIBE a", "‹…›"),
         ("a", "PSUBSCRIBE p*", "‹…›"),
         ("a", "RESET", "+RESET↵"),
         ("b", "PUBLISH a x", ":0↵"),
         ("a", "UNSUBSCRIBE", "*3↵$11↵unsubscribe↵$-1↵:0↵")),
)
class PublishSubscribe(WireTest):
    def test_Unsubscribing_without_names_answers_one_frame_for_each_held_in_any_order(self):
        connection = self.connect()
        connection.exchange(array("SUBSCRIBE", "a", "b", "c"))
        connection.send("UNSUBSCRIBE")
        frames = [value(connection.read_reply()) for _ in range(3)]
        self.assertEqual([2, 1, 0], [frame[2] for frame in frames])
        self.assertEqual({"a", "b", "c"}, {frame[1] for frame in frames})

    def test_A_publishers_messages_arrive_in_order_across_channels(self):
        subscriber, publisher = self.connect(), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a", "b", "c"))
        publisher.send_raw(b"".join(array("PUBLISH", "abc"[n % 3], n) for n in range(1000)))
        texts = [value(subscriber.read_reply())[2] for _ in range(1000)]
        self.assertEqual([str(n) for n in range(1000)], texts)

    def test_All_subscribers_of_a_channel_see_one_order(self):
        subscribers = [self.connect(resp) for resp in (2, 3, 2)]
        for subscriber in subscribers:
            subscriber.exchange(array("SUBSCRIBE", "a"))
        publishers = [self.connect(), self.connect()]
        for n in range(200):
            for who, publisher in enumerate(publishers):
                publisher.send("PUBLISH", "a", f"{who}:{n}")
        seen = [[value(s.read_reply().replace(b">", b"*", 1))[2] for _ in range(400)]
                for s in subscribers]
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])

    def test_A_client_that_leaves_is_no_longer_counted(self):
        subscriber, publisher = self.connect(), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a"))
        self.assertEqual(1, value(publisher.ask("PUBLISH", "a", "x")))
        subscriber.close()
        self.setUp()
        self.assertEqual(0, value(publisher.ask("PUBLISH", "a", "x")))

    def test_A_payload_of_one_mebibyte_arrives_intact(self):
        subscriber, publisher = self.connect(), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a"))
        payload = bytes(range(256)) * 4096
        publisher.send("PUBLISH", "a", payload)
        self.assertTrue(subscriber.read_reply().endswith(payload + b"\r\n"))


@tested(
    Case("CHANNELS of nothing is empty",
         ("a", "PUBSUB CHANNELS", "*0↵")),
    Case("CHANNELS lists channels with exact subscribers only",
         ("a", "SUBSCRIBE news", "‹…›"),
         ("a", "PSUBSCRIBE n*", "‹…›"),
         ("b", "PUBSUB CHANNELS", "*1↵$4↵news↵"),
         ("b", "PUBSUB CHANNELS n*", "*1↵$4↵news↵"),
         ("b", "PUBSUB CHANNELS x*", "*0↵")),
    Case("CHANNELS without a filter shows the empty channel that a star does not match",
         ("a", ["SUBSCRIBE", ""], "‹…›"),
         ("b", "PUBSUB CHANNELS", "*1↵$0↵↵"),
         ("b", "PUBSUB CHANNELS *", "*0↵")),
    Case("NUMSUB keeps the order asked and repeats",
         ("a", "SUBSCRIBE x y", "‹…›"),
         ("b", "SUBSCRIBE x", "‹…›"),
         ("c", "PUBSUB NUMSUB y nobody x y",
          "*8↵$1↵y↵:1↵$6↵nobody↵:0↵$1↵x↵:2↵$1↵y↵:1↵"),
         ("c", "PUBSUB NUMSUB", "*0↵")),
    Case("NUMPAT counts distinct patterns over all clients",
         ("a", "PSUBSCRIBE p* q*", "‹…›"),
         ("b", "PSUBSCRIBE p*", "‹…›"),
         ("c", "PUBSUB NUMPAT", ":2↵")),
    Case("Shard channels are a namespace of their own",
         ("a", "SUBSCRIBE news", "‹…›"),
         ("b", "PUBSUB SHARDCHANNELS", "*0↵"),
         ("b", "PUBSUB SHARDCHANNELS n*", "*0↵"),
         ("b", "PUBSUB SHARDNUMSUB news", "*2↵$4↵news↵:0↵"),
         ("b", "PUBSUB SHARDNUMSUB", "*0↵")),
    Case("PUBSUB says what it does not understand",
         ("a", "PUBSUB", "-ERR wrong number of arguments for 'pubsub' command↵"),
         ("a", "PUBSUB FOO", "-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.↵"),
         ("a", "PUBSUB NUMPAT x", "-ERR wrong number of arguments for 'pubsub|numpat' command↵"),
         ("a", "PUBSUB CHANNELS a b",
          "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. "
          "Try PUBSUB HELP.↵"),
         ("a", "PUBSUB channels a b",
          "-ERR unknown subcommand or wrong number of arguments for 'channels'. "
          "Try PUBSUB HELP.↵")),
    Case("PUBSUB HELP is a list of lines",
         Step("a", "PUBSUB HELP",
              "*‹int›↵+PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:↵‹…›"
              "+HELP↵+    Print this help.↵", redis70="‹…›+HELP↵+    Prints this help.↵")),
)
class Pubsub(WireTest):
    def test_CHANNELS_lists_every_channel_once(self):
        for _ in range(2):
            self.connect().exchange(array("SUBSCRIBE", "x", "y", "z"))
        self.assertEqual({"x", "y", "z"}, set(value(self.watcher.ask("PUBSUB", "CHANNELS"))))
        self.assertEqual(3, len(value(self.watcher.ask("PUBSUB", "CHANNELS"))))

    @unittest.skipIf(AGAINST_REDIS, "Redis 7.0 does not count them")
    def test_INFO_counts_channels_patterns_and_subscribed_clients(self):
        self.connect().exchange(array("SUBSCRIBE", "x", "y"))
        self.connect().exchange(array("PSUBSCRIBE", "p*"))
        info = value(self.watcher.ask("INFO")).split("\r\n")
        self.assertIn("pubsub_channels:2", info)
        self.assertIn("pubsub_patterns:1", info)
        self.assertIn("pubsub_clients:2", info)


if __name__ == "__main__":
    unittest.main()
