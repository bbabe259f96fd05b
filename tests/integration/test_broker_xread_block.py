"""XREAD BLOCK: who waits, who is woken, by what and with what."""
import unittest

import harness
from resp import array, value
from stream_case import StreamTest, bulk, entries
from wire_table import AGAINST_REDIS

NULL = {2: b"*-1\r\n", 3: b"_\r\n"}


class BlockedReaders(StreamTest):
    def blocked(self, count):
        harness.eventually(
            lambda: f"blocked_clients:{count}\r\n" in value(self.watcher.ask("INFO", "clients")),
            f"{count} clients are blocked")

    def reader(self, *streams_and_ids, block=0, resp=2, count=None):
        """A client that waits."""
        connection = self.connect(resp)
        words = ["COUNT", count] if count else []
        connection.send("XREAD", *words, "BLOCK", block, "STREAMS", *streams_and_ids)
        return connection

    def add(self, key, id, connection=None):
        return (connection or self.watcher).ask("XADD", key, id, "f", "v")

    def assert_read(self, connection, *streams, resp=2):
        header = f"*{len(streams)}↵" if resp == 2 else f"%{len(streams)}↵"
        one = "*2↵" if resp == 2 else ""
        expected = header + "".join(f"{one}{bulk(key)}{entries(*ids)}" for key, *ids in streams)
        self.assert_bytes(connection.read_reply(), expected, resp)

    def test_A_reader_waits_for_the_next_entry(self):
        for resp in (2, 3):
            with self.subTest(resp=resp):
                self.setUp()
                reader = self.reader("s", "$", resp=resp)
                self.blocked(1)
                self.add("s", "1-1")
                self.assert_read(reader, ("s", "1-1"), resp=resp)
                self.blocked(0)

    def test_What_is_there_already_is_served_at_once(self):
        self.add("s", "1-1")
        self.assert_read(self.reader("t", "s", "0", "0"), ("s", "1-1"))

    def test_All_readers_of_a_stream_are_served(self):
        readers = [self.reader("s", "$") for _ in range(20)]
        self.blocked(20)
        self.add("s", "1-1")
        for reader in readers:
            self.assert_read(reader, ("s", "1-1"))

    def test_A_reader_waits_for_an_entry_behind_its_position(self):
        reader = self.reader("s", "5")
        self.blocked(1)
        for id in ("4-0", "5-0"):
            self.add("s", id)
        self.blocked(1)
        self.add("s", "5-1")
        self.assert_read(reader, ("s", "5-1"))

    def test_A_reader_of_many_streams_is_woken_by_any(self):
        reader = self.reader("s", "t", "u", "s", "$", "$", "$", "$")
        self.blocked(1)
        self.add("t", "1-1")
        self.assert_read(reader, ("t", "1-1"))
        self.add("s", "1-1")
        self.assertEqual(b"+PONG\r\n", reader.ask("PING"))

    def test_The_wait_ends_with_its_time(self):
        for resp in (2, 3):
            reader = self.reader("s", "$", block=20, resp=resp)
            self.assertEqual(NULL[resp], reader.read_reply())
        self.blocked(0)

    def test_Later_commands_of_the_reader_wait_behind_it(self):
        reader = self.reader("s", "$")
        reader.send_raw(array("ECHO", "a") + array("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
                        + array("ECHO", "b"))
        self.blocked(1)
        self.add("s", "1-1")
        self.assert_read(reader, ("s", "1-1"))
        self.assertEqual(b"$1\r\na\r\n", reader.read_reply())
        self.blocked(1)
        reader.send_raw(array("ECHO", "c"))
        self.add("s", "1-2")
        self.assert_read(reader, ("s", "1-2"))
        self.assertEqual(b"$1\r\nb\r\n$1\r\nc\r\n", reader.read_reply() + reader.read_reply())

    def test_Of_two_pipelined_additions_the_reader_gets_the_first(self):
        reader = self.reader("s", "$")
        self.blocked(1)
        self.watcher.exchange(array("XADD", "s", "1", "f", "v") + array("XADD", "s", "2", "f", "v"))
        self.assert_read(reader, ("s", "1-0"))

    def test_Of_a_transaction_the_reader_gets_all(self):
        reader, counting = self.reader("s", "$"), self.reader("s", "$", count=2)
        self.blocked(2)
        self.watcher.exchange(array("MULTI") + b"".join(
            array("XADD", "s", n, "f", "v") for n in (1, 2, 3)) + array("EXEC"))
        self.assert_read(reader, ("s", "1-0", "2-0", "3-0"))
        self.assert_read(counting, ("s", "1-0", "2-0"))

    @unittest.skipIf(AGAINST_REDIS, "Redis 7.0 shows one stream only")
    def test_Two_streams_of_a_transaction_come_in_the_order_of_the_reader(self):
        reader = self.reader("s", "t", "$", "$")
        self.blocked(1)
        self.watcher.exchange(array("MULTI") + array("XADD", "t", "1", "f", "v")
                              + array("XADD", "s", "2", "f", "v") + array("EXEC"))
        self.assert_read(reader, ("s", "2-0"), ("t", "1-0"))

    @unittest.skipIf(AGAINST_REDIS, "Redis 7.0 wakes it with an empty list")
    def test_An_entry_that_is_trimmed_away_at_once_wakes_nobody(self):
        reader = self.reader("s", "$")
        self.blocked(1)
        self.watcher.ask("XADD", "s", "MAXLEN", "0", "1", "f", "v")
        self.blocked(1)
        self.add("s", "2")
        self.assert_read(reader, ("s", "2-0"))

    def test_Inside_a_transaction_nobody_waits(self):
        got = self.connect().exchange(
            array("MULTI") + array("XREAD", "BLOCK", "0", "STREAMS", "s", "$") + array("EXEC"))
        self.assertEqual(b"+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n", got)

    def test_A_stream_that_goes_does_not_wake_and_one_that_comes_back_does(self):
        self.add("s", "5-0")
        reader = self.reader("s", "$")
        self.blocked(1)
        self.watcher.ask("DEL", "s")
        self.add("s", "3-0")
        self.blocked(1)
        self.add("s", "6-0")
        self.assert_read(reader, ("s", "6-0"))

    def test_A_renamed_stream_wakes_those_who_wait_for_its_new_name(self):
        reader = self.reader("t", "0")
        self.blocked(1)
        self.add("s", "1-0")
        self.watcher.ask("RENAME", "s", "t")
        self.assert_read(reader, ("t", "1-0"))

    def test_Pushes_reach_a_reader_that_waits(self):
        reader = self.connect(3)
        reader.ask("SUBSCRIBE", "news")
        reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
        self.blocked(1)
        self.watcher.ask("PUBLISH", "news", "hi")
        self.assertEqual(b">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n", reader.read_reply())
        self.add("s", "1-1")
        self.assert_read(reader, ("s", "1-1"), resp=3)

    def test_A_reader_that_hangs_up_is_forgotten(self):
        for _ in range(3):
            self.reader("s", "$", block=60000).close()
        self.reader("s", "$").finish_sending()
        self.blocked(0)
        self.add("s", "1-1")

    def test_A_reader_can_be_sent_on_its_way(self):
        for words, reply in (([], NULL[2]), (["TIMEOUT"], NULL[2]),
                             (["ERROR"], b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")):
            reader = self.connect()
            id = value(reader.ask("CLIENT", "ID"))
            reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
            self.blocked(1)
            self.assertEqual(b":1\r\n", self.watcher.ask("CLIENT", "UNBLOCK", id, *words))
            self.assertEqual(reply, reader.read_reply())
            self.assertEqual(b"+PONG\r\n", reader.ask("PING"))
            self.assertEqual(b":0\r\n", self.watcher.ask("CLIENT", "UNBLOCK", id))

    def test_A_reader_waits_in_its_own_database(self):
        reader = self.connect()
        reader.ask("SELECT", "2")
        reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
        self.blocked(1)
        self.add("s", "1-1")
        self.blocked(1)
        self.watcher.exchange(array("SELECT", "2") + array("XADD", "s", "7", "f", "v")
                              + array("SELECT", "0"))
        self.assert_read(reader, ("s", "7-0"))


if __name__ == "__main__":
    unittest.main()
