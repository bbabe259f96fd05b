"""XPUBLISH: append and publish in one step, with epochs, offsets and ONCE; and what a reader makes
of them."""
import threading
import unittest

import harness
from resp import RespConnection, array, value
from stream_case import (INVALID_ID, NOT_AN_INTEGER, SYNTAX_ERROR, StreamTest, arity, bulk, entries,
                         entry)
from wire_table import AGAINST_REDIS, Case, tested


def published(offset, duplicate=0):
    return f"*3↵‹bulk›:{offset}↵:{duplicate}↵"


BOTH = "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible↵"


@unittest.skipIf(AGAINST_REDIS, "Redis has no XPUBLISH")
@tested(
    Case("Offsets count from 1, and are the IDs of the entries",
         ("a", "XPUBLISH s c hello", published(1)),
         ("a", ["XPUBLISH", "s", "c", ""], published(2)),
         ("a", ["XPUBLISH", "s", "c", "maxlen"], published(3)),
         ("a", "XRANGE s - +", entries(entry("1-0", "m", "hello"), entry("2-0", "m", ""),
                                       entry("3-0", "m", "maxlen")))),
    Case("A message-id is taken once",
         ("a", "XPUBLISH s c ONCE id-1 hello", published(1)),
         ("a", "XPUBLISH s c ONCE id-2 hello", published(2)),
         ("a", "XPUBLISH s c once id-1 something else", SYNTAX_ERROR),
         ("a", "XPUBLISH s c once id-1 other", published(1, 1)),
         ("a", "XPUBLISH t c ONCE id-1 hello", published(1)),
         ("a", "XLEN s", ":2↵")),
    Case("A message-id is remembered though its entry is gone",
         ("a", "XPUBLISH s c ONCE a x", published(1)),
         ("a", "XPUBLISH s c MAXLEN 1 ONCE b y", published(2)),
         ("a", "XDEL s 2", ":1↵"),
         ("a", "XPUBLISH s c ONCE a x", published(1, 1)),
         ("a", "XPUBLISH s c ONCE b y", published(2, 1))),
    Case("A new stream has forgotten the message-ids of the old one",
         ("a", "XPUBLISH s c ONCE a x", published(1)),
         ("a", "DEL s", ":1↵"),
         ("a", "XPUBLISH s c ONCE a x", published(1))),
    Case("Publishing trims",
         *[("a", f"XPUBLISH s c {n}", published(n)) for n in (1, 2, 3)],
         ("a", "XPUBLISH s c MAXLEN 2 4", published(4)),
         ("a", "XRANGE s - +", entries(entry("3-0", "m", "3"), entry("4-0", "m", "4"))),
         ("a", "XPUBLISH s c MINID = 4 ONCE x 5", published(5)),
         ("a", "XPUBLISH s c ONCE y MAXLEN ~ 1 6", published(6)),
         ("a", "XLEN s", ":3↵")),
    Case("After an entry of XADD the offset goes on behind its ID",
         ("a", "XPUBLISH s c x", published(1)),
         ("a", "XADD s 7-3 f v", bulk("7-3")),
         ("a", "XPUBLISH s c x", published(8)),
         ("a", "XADD s 9223372036854775807-0 f v", bulk("9223372036854775807-0")),
         ("a", "XPUBLISH s c x", "-ERR The stream has exhausted the last possible ID, unable to add "
          "more items↵")),
    Case("Arguments that make no sense are refused",
         ("a", "XPUBLISH s c", arity("xpublish")),
         ("a", "XPUBLISH s c foo x", SYNTAX_ERROR),
         ("a", "XPUBLISH s c ONCE x", SYNTAX_ERROR),
         ("a", "XPUBLISH s c MAXLEN x", SYNTAX_ERROR),
         ("a", "XPUBLISH s c MAXLEN ~ x", NOT_AN_INTEGER),
         ("a", "XPUBLISH s c MAXLEN -1 x", "-ERR The MAXLEN argument must be >= 0.↵"),
         ("a", "XPUBLISH s c MINID x x", INVALID_ID),
         ("a", "XPUBLISH s c MAXLEN 1 MINID 1 x", BOTH),
         ("a", ["XPUBLISH", "s", "c", "ONCE", "", "x"], "-ERR the message-id of ONCE must have 1 to "
          "256 bytes, this one has 0↵"),
         ("a", ["XPUBLISH", "s", "c", "ONCE", "i" * 257, "x"], "-ERR the message-id of ONCE must "
          "have 1 to 256 bytes, this one has 257↵"),
         ("a", "EXISTS s", ":0↵")),
)
class Xpublish(StreamTest):
    def epoch(self, key="s"):
        told = value(self.watcher.ask("XINFO", "STREAM", key))
        return dict(zip(told[::2], told[1::2]))["epoch"]

    def test_The_message_carries_epoch_and_offset(self):
        for resp in (2, 3):
            subscriber = self.connect(resp)
            subscriber.ask("SUBSCRIBE", "c")
            epoch, offset, _ = value(self.watcher.ask("XPUBLISH", "s", "c", "hello world"))
            self.assertRegex(epoch, r"^[0-9a-z]{16}$")
            self.assertEqual(epoch, self.epoch())
            stamped = f"{epoch}:{offset} hello world"
            self.assert_bytes(subscriber.read_reply(), f"»3↵{bulk('message', 'c', stamped)}", resp)

    def test_A_duplicate_is_not_published_again(self):
        subscriber = self.connect()
        subscriber.ask("PSUBSCRIBE", "*")
        for _ in range(3):
            self.watcher.ask("XPUBLISH", "s", "c", "ONCE", "a", "x")
        self.watcher.ask("PUBLISH", "c", "end")
        got = [value(subscriber.read_reply())[3] for _ in range(2)]
        self.assertEqual([f"{self.epoch()}:1 x", "end"], got)

    def test_The_epoch_is_new_whenever_offsets_could_come_again(self):
        epochs = []
        for undo in ([], ["DEL", "s"], ["FLUSHALL"], ["PEXPIRE", "s", "0"], ["RENAME", "s", "t"],
                     ["XTRIM", "s", "MAXLEN", "0"]):
            if undo:
                self.watcher.ask(*undo)
            if undo[:1] == ["XTRIM"]:
                self.assertEqual(epochs[-1], self.epoch())
                self.watcher.ask("XSETID", "s", "0-0")
            self.watcher.ask("XPUBLISH", "s", "c", "x")
            epochs.append(self.epoch())
        self.assertEqual(len(epochs), len(set(epochs)), epochs)

    def test_A_renamed_stream_keeps_its_epoch_and_its_message_ids(self):
        self.watcher.ask("XPUBLISH", "s", "c", "ONCE", "a", "x")
        epoch = self.epoch()
        self.watcher.ask("RENAME", "s", "t")
        self.assertEqual([epoch, 1, 1],
                         value(self.watcher.ask("XPUBLISH", "t", "c", "ONCE", "a", "x")))

    def test_In_a_transaction_it_is_one_step_with_the_others(self):
        publish = array("XPUBLISH", "s", "c", "ONCE", "a", "x")
        got = self.connect().exchange(array("MULTI") + 2 * publish + array("EXEC"))
        self.assert_bytes(got, f"+OK↵+QUEUED↵+QUEUED↵*2↵{published(1)}{published(1, 1)}")

    def test_The_oldest_message_id_makes_place_at_the_limit(self):
        self.watcher.exchange(b"".join(
            array("XPUBLISH", "s", "c", "ONCE", n, "x") for n in range(10001)))
        self.assertEqual(1, value(self.watcher.ask("XPUBLISH", "s", "c", "ONCE", 1, "x"))[2])
        self.assertEqual(0, value(self.watcher.ask("XPUBLISH", "s", "c", "ONCE", 0, "x"))[2])

    def test_A_reader_that_waits_is_woken(self):
        reader = self.connect()
        reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
        harness.eventually(lambda: "blocked_clients:1\r\n" in value(
            self.watcher.ask("INFO", "clients")), "the reader waits")
        self.watcher.ask("XPUBLISH", "s", "c", "x")
        self.assert_bytes(reader.read_reply(),
                          f"*1↵*2↵{bulk('s')}{entries(entry('1-0', 'm', 'x'))}")


PUBLISHERS = 8
MESSAGES = 400


@unittest.skipIf(AGAINST_REDIS, "Redis has no XPUBLISH")
class OneSequence(StreamTest):
    """Many publishers; every subscriber gets each message once, in one order, without a gap."""

    def publish(self, name):
        with RespConnection(self.server.port) as connection:
            for n in range(MESSAGES):
                # Now and then a publisher believes that its message was lost and repeats it.
                again = 2 if n % 7 == 0 else 1
                replies = [value(connection.ask("XPUBLISH", "s", "c", "ONCE", f"{name}/{n}",
                                                f"{name} {n}")) for _ in range(again)]
                self.assertEqual({replies[0][1]}, {reply[1] for reply in replies})

    def receive(self, connection, position, seen):
        """Messages from `position` on, until all have been seen."""
        while len(seen) < PUBLISHERS * MESSAGES:
            _, _, text = value(connection.read_reply())
            stamp, message = text.split(" ", 1)
            offset = int(stamp.split(":")[1])
            if offset <= position:
                continue  # it was in the range that was read
            self.assertEqual(position + 1, offset, "a gap")
            position = offset
            seen.append(message)

    def subscribe_late(self, seen):
        """SUBSCRIBE, wait for the confirmation, read what is there, go on with what comes."""
        live, other = self.connect(), self.connect()
        live.ask("SUBSCRIBE", "c")
        history = value(other.ask("XRANGE", "s", "-", "+"))
        seen += [fields[1] for _, fields in history]
        self.receive(live, len(history), seen)

    def test_Subscribers_of_all_times_see_one_sequence(self):
        threads = [threading.Thread(target=self.publish, args=(name,))
                   for name in range(PUBLISHERS)]
        for thread in threads:
            thread.start()
        sequences = [[] for _ in range(6)]
        for sequence in sequences:
            self.subscribe_late(sequence)
        for thread in threads:
            thread.join()
        stored = [fields[1] for _, fields in value(self.watcher.ask("XRANGE", "s", "-", "+"))]
        self.assertEqual(PUBLISHERS * MESSAGES, len(set(stored)))
        for sequence in sequences:
            self.assertEqual(stored, sequence)
        for name in range(PUBLISHERS):
            own = [text for text in stored if text.startswith(f"{name} ")]
            self.assertEqual([f"{name} {n}" for n in range(MESSAGES)], own)


if __name__ == "__main__":
    unittest.main()
