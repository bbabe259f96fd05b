"""The broker's streams on disk: what outlives restarts, which old data comes back, damaged files."""
import os
import unittest
from pathlib import Path

import harness
from resp import Error, RespConnection, array, value
from store_case import StoreCase


def ids(reply):
    return [entry[0] for entry in value(reply)]


class Restart(StoreCase):
    def test_Streams_expiry_and_message_ids_outlive_a_kill(self):
        c = self.start()
        for n in range(300):
            c.ask("XADD", "s", f"{n + 1}-0", "f", "v" * 20)
        c.ask("XDEL", "s", "250-0")
        c.ask("XTRIM", "s", "MAXLEN", 150)
        c.ask("EXPIRE", "s", 1000)
        c.ask("RENAME", "s", "t")
        c.ask("XADD", "gone", "1-0", "f", "v")
        c.ask("DEL", "gone")
        first = c.ask("XPUBLISH", "r", "c", "ONCE", "a", "hello")
        before = [value(c.ask("XINFO", "STREAM", "t", "FULL")), value(c.ask("XRANGE", "t", "-", "+"))]
        c = self.crash()
        after = [value(c.ask("XINFO", "STREAM", "t", "FULL")), value(c.ask("XRANGE", "t", "-", "+"))]
        self.assertEqual(after[0], before[0])
        self.assertEqual(after[1], before[1])
        self.assertGreater(value(c.ask("TTL", "t")), 900)
        self.assertEqual(value(c.ask("EXISTS", "s", "gone")), 0)
        self.assertEqual(c.ask("XPUBLISH", "r", "c", "ONCE", "a", "hello"),
                         first.replace(b":0\r\n", b":1\r\n"))

    def test_What_was_flushed_stays_away(self):
        c = self.start()
        for n in range(50):
            c.ask("XADD", f"s{n}", "1-0", "f", "v")
        c.ask("FLUSHALL")
        c.ask("XADD", "s7", "2-0", "f", "w")
        c = self.crash()
        self.assertEqual(value(c.ask("KEYS", "*")), ["s7"])
        self.assertEqual(ids(c.ask("XRANGE", "s7", "-", "+")), ["2-0"])

    def test_IDs_that_went_back_are_those_of_new_entries(self):
        """However the entries went away that had greater IDs, the greatest of all included."""
        id_max = "18446744073709551615-18446744073709551615"
        steps = {
            "last": [["XADD", "7-0"], ["XADD", id_max], ["XTRIM", "MAXLEN", "0"]],
            "inner": [["XADD", "7-0"], ["XADD", "8-0"], ["XADD", "9-0"], ["XTRIM", "MAXLEN", "1"],
                      ["XTRIM", "MAXLEN", "0"]],
            "removed": [["XADD", "1-0"], ["XADD", "9-0"], ["XDEL", "9-0"],
                        ["XSETID", "9-0", "ENTRIESADDED", "2", "MAXDELETEDID", "1-0"]]}
        c = self.start("--history-memory", "1kb")
        for key, commands in steps.items():
            for command, *rest in commands:
                words = ["f", "v"] if command == "XADD" else []
                self.assertNotIsInstance(value(c.ask(command, key, *rest, *words)), Error)
            self.assertEqual(value(c.ask("XSETID", key, "2-0")), "OK")
            for new_id in ("3-0", "8-0"):
                self.assertEqual(value(c.ask("XADD", key, new_id, "f", "new")), new_id)
            old = ["1-0"] if key == "removed" else []
            self.assertEqual(ids(c.ask("XRANGE", key, "-", "8-1")), [*old, "3-0", "8-0"])
            self.assertEqual(value(c.ask("XDEL", key, "3-0")), 1)
            c = self.crash("--history-memory", "1kb")
            self.assertEqual(ids(c.ask("XRANGE", key, "-", "8-1")), [*old, "8-0"])
            self.assertEqual(ids(c.ask("XREVRANGE", key, "+", "-")), ["8-0", *old])

    def test_Epochs_stay_under_always_and_change_after_a_kill_under_everysec(self):
        c = self.start()
        epoch = value(c.ask("XPUBLISH", "r", "c", "x"))[0]
        c = self.crash("--fsync", "everysec")
        self.assertEqual(value(c.ask("XPUBLISH", "r", "c", "x"))[0], epoch)
        c = self.crash()
        later = value(c.ask("XPUBLISH", "r", "c", "x"))[0]
        self.assertNotEqual(later, epoch)
        self.assertIn("every stream gets a new epoch", self.broker.log)
        self.broker.stop()
        c = self.start()
        self.assertEqual(value(c.ask("XPUBLISH", "r", "c", "x"))[0], later)

    def test_An_orderly_stop_under_everysec_loses_nothing(self):
        c = self.start("--fsync", "everysec")
        for n in range(1000):
            c.send("XPUBLISH", "r", "c", n)
        for n in range(1000):
            epoch, offset, _ = value(c.read_reply())
        self.broker.stop()
        c = self.start("--fsync", "everysec")
        self.assertEqual(value(c.ask("XPUBLISH", "r", "c", "x"))[:2], [epoch, 1001])
        self.assertNotIn("did not end in order", self.broker.log)

    def test_All_that_a_transaction_changed_is_there_or_nothing(self):
        c = self.start()
        for _ in range(20):
            c.send("MULTI")
            for stream in "abc":
                c.send("XADD", stream, "*", "f", "v")
            c.send("EXEC")
        for _ in range(20):
            c.read_reply()  # of four transactions; the others are on their way
        self.broker.kill()
        c = self.start()
        lengths = {value(c.ask("XLEN", stream)) for stream in "abc"}
        self.assertEqual(1, len(lengths), lengths)
        self.assertGreaterEqual(lengths.pop(), 4)

    def test_Entries_whose_node_went_unseen_do_not_come_back_in_another_stream(self):
        c = self.start("--history-memory", "1kb")
        for n in (1, 2, 3):
            c.ask("XADD", "old", f"{n}-0", "f", "old")
        c.ask("XDEL", "old", "3-0")
        self.assertEqual(value(c.ask("XTRIM", "old", "MINID", 3)), 2)
        self.assertEqual(value(c.ask("XTRIM", "old", "MINID", 5)), 0)
        c.ask("DEL", "old")
        c = self.crash("--history-memory", "1kb")  # numbers of streams begin anew
        c.ask("XPUBLISH", "new", "c", "hello")
        c = self.crash("--history-memory", "1kb")
        self.assertEqual(ids(c.ask("XRANGE", "new", "-", "+")), ["1-0"])


class OldEntries(StoreCase):
    """Entries that are on disk alone."""

    def test_Replies_keep_their_order_while_old_entries_are_read(self):
        c = self.start("--history-memory", "1kb")
        for n in range(200):
            c.ask("XADD", f"s{n % 4}", f"{n + 1}-0", "n", n)
        for _ in range(50):
            for n in range(4):
                c.send("XRANGE", f"s{n}", "-", "+", "COUNT", 1)
                c.send("PING", n)
        for _ in range(50):
            for n in range(4):
                self.assertEqual(ids(c.read_reply()), [f"{n + 1}-0"])
                self.assertEqual(value(c.read_reply()), str(n))

    def fill(self, c, entries, size=100):
        for begin in range(1, entries + 1, 1000):
            end = min(begin + 1000, entries + 1)
            for n in range(begin, end):
                c.send("XADD", "s", f"{n}-0", "f", "v" * size)
            for n in range(begin, end):
                c.read_reply()

    def history_memory(self, c):
        lines = value(c.ask("INFO", "memory")).splitlines()
        return int(dict(line.split(":", 1) for line in lines if ":" in line)["used_memory_history"])

    def test_One_long_stream_stays_within_the_memory_that_it_is_given(self):
        c = self.start("--history-memory", "200kb", "--fsync", "no")
        self.fill(c, 20_000)
        harness.eventually(lambda: self.history_memory(c) < 200 * 1024, "old entries are let go")
        # From anywhere, forward and backward, and deletes in the deep past.
        self.assertEqual(ids(c.ask("XRANGE", "s", 5000, "+", "COUNT", 3)),
                         ["5000-0", "5001-0", "5002-0"])
        self.assertEqual(ids(c.ask("XREVRANGE", "s", 7000, "-", "COUNT", 2)), ["7000-0", "6999-0"])
        self.assertEqual(value(c.ask("XDEL", "s", "5001-0")), 1)
        self.assertEqual(ids(c.ask("XRANGE", "s", 5000, "+", "COUNT", 2)), ["5000-0", "5002-0"])
        self.assertEqual(len(ids(c.ask("XRANGE", "s", "-", "+"))), 19_999)
        harness.eventually(lambda: self.history_memory(c) < 200 * 1024, "and again after a reading")
        self.assertEqual(value(c.ask("XTRIM", "s", "MAXLEN", 10)), 19_989)
        self.assertEqual(ids(c.ask("XRANGE", "s", "-", "+")),
                         [f"{n}-0" for n in range(19_991, 20_001)])

    def test_More_than_may_be_brought_back_at_once_is_refused_with_the_way_out(self):
        c = self.start("--history-memory", "1mb", "--fsync", "no")
        self.fill(c, 8_000, size=10_000)
        harness.eventually(lambda: self.history_memory(c) < 1 << 20, "old entries are let go")
        error = value(c.ask("XRANGE", "s", "-", "+"))
        self.assertTrue(isinstance(error, Error), "80 MB came back")
        self.assertTrue(str(error).startswith("ERR this needs more of the history"), error)
        self.assertIn("ask for fewer entries, with COUNT", str(error))
        self.assertEqual(len(ids(c.ask("XRANGE", "s", "-", "+", "COUNT", 1000))), 1000)

    def test_A_transaction_that_reads_brings_back_no_more_than_it_asks_for(self):
        c = self.start("--history-memory", "1mb", "--fsync", "no")
        self.fill(c, 8_000, size=10_000)
        harness.eventually(lambda: self.history_memory(c) < 1 << 20, "old entries are let go")
        for words in (["MULTI"], ["XINFO", "STREAM", "s"], ["XRANGE", "s", "4000", "+", "COUNT", 2],
                      ["XADD", "s", "9000-0", "f", "v"]):
            c.ask(*words)
        position, page, added = value(c.ask("EXEC"))
        self.assertEqual(position[1], 8_000)
        self.assertEqual([entry[0] for entry in page], ["4000-0", "4001-0"])
        self.assertEqual(added, "9000-0")
        self.assertLess(self.history_memory(c), 8 << 20)

    def test_A_key_that_a_transaction_renames_is_whole_under_its_new_name(self):
        c = self.start()
        for n in range(500):
            c.ask("XADD", "s", f"{n + 1}-0", "f", "v")
        first = c.ask("XPUBLISH", "r", "c", "ONCE", "a", "hello")
        c = self.crash()
        for words in (["MULTI"], ["RENAME", "s", "t"], ["XADD", "t", "MAXLEN", 100, "501-0", "f", "v"],
                      ["RENAME", "r", "q"], ["XPUBLISH", "q", "c", "ONCE", "a", "hello"]):
            c.ask(*words)
        last = value(c.ask("EXEC"))[-1]
        self.assertEqual(last, value(first.replace(b":0\r\n", b":1\r\n")))
        for _ in range(2):
            self.assertEqual(ids(c.ask("XRANGE", "t", "-", "+")),
                             [f"{n}-0" for n in range(402, 502)])
            c = self.crash()

    def test_A_command_that_needs_many_readings_ends(self):
        c = self.start("--history-memory", "1mb", "--fsync", "no")
        self.fill(c, 12_000, size=10_000)
        self.broker.stop()
        c = self.start("--history-memory", "1mb", "--fsync", "no")
        for n in (3000, 6000, 9000):  # islands in memory, the gaps between them below the limit
            c.ask("XRANGE", "s", n, "+", "COUNT", 1)
        self.assertIn("ask for fewer entries", str(value(c.ask("XRANGE", "s", "-", "+"))))

    def test_Who_is_slow_to_be_served_from_disk_holds_nobody_up(self):
        c = self.start("--history-memory", "64kb", "--fsync", "no")
        self.fill(c, 20_000)
        with RespConnection(self.broker.port) as reader:
            for _ in range(20):
                reader.send("XRANGE", "s", "-", "+")
            self.assertEqual(value(c.ask("PING")), "PONG")
            reader.close()  # in the middle of it
        self.assertEqual(value(c.ask("XLEN", "s")), 20_000)

    def test_The_space_of_what_is_gone_comes_back(self):
        c = self.start("--fsync", "no")

        def append(stream, count, *trimmed):
            for _ in range(count):
                c.ask("XADD", stream, *trimmed, "*", "f", os.urandom(40_000))

        def megabytes():
            return sum(path.stat().st_size for path in self.files("*")) // 1_000_000

        def is_smaller():  # the disk is tidied up when something is written, now and then
            append("short", 250, "MAXLEN", "10")
            return megabytes() < before
        append("gone", 2000)
        before = megabytes()
        self.assertGreater(before, 40)  # of 80 written; some may be on its way from log to table
        c.ask("DEL", "gone")
        self.assertTrue(any(is_smaller() for _ in range(50)), "500 MB later all is still there")
        self.assertEqual(value(c.ask("XLEN", "short")), 10)

    def test_Appends_go_on_behind_entries_that_are_on_disk(self):
        c = self.start()
        self.fill(c, 250)
        self.broker.stop()
        c = self.start("--history-memory", "1kb")
        nodes = value(c.ask("XINFO", "STREAM", "s"))
        for n in range(251, 261):
            c.ask("XADD", "s", "MAXLEN", "~", 100, f"{n}-0", "f", "v")
        after = value(c.ask("XINFO", "STREAM", "s"))
        self.assertEqual(nodes[nodes.index("length") + 1], 250)
        self.assertEqual(ids(c.ask("XREVRANGE", "s", "+", "-", "COUNT", 11))[-1], "250-0")
        self.assertLess(after[after.index("length") + 1], 250)

    def test_A_reader_that_waits_is_served_from_a_key_that_comes_by_another_name(self):
        c = self.start()
        self.fill(c, 30)
        self.broker.stop()
        c = self.start("--history-memory", "1kb")
        with RespConnection(self.broker.port) as waiting:
            waiting.send("XREAD", "BLOCK", 0, "STREAMS", "t", "28-0")
            harness.eventually(
                lambda: "blocked_clients:1" in value(c.ask("INFO", "clients")), "it waits")
            c.ask("RENAME", "s", "t")
            self.assertEqual([entry[0] for entry in value(waiting.read_reply())[0][1]],
                             ["29-0", "30-0"])


class Damage(StoreCase):
    def write_and_kill(self, entries=2000):
        c = self.start()
        for n in range(entries):
            c.send("XADD", "s", f"{n + 1}-0", "f", "v" * 100)
        for n in range(entries):
            c.read_reply()
        self.broker.kill()

    def log_file(self):
        return max(self.files("*.log"), key=lambda path: path.stat().st_size)

    @staticmethod
    def flip_a_bit(path, position):
        with open(path, "r+b") as file:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 0x10]))

    def test_A_write_that_was_cut_off_is_dropped_and_told_and_epochs_change(self):
        self.write_and_kill()
        epoch = value(self.start().ask("XINFO", "STREAM", "s"))[-1]
        self.broker.kill()
        c = self.start()
        self.assertEqual(value(c.ask("XINFO", "STREAM", "s"))[-1], epoch)
        for n in range(2000, 2010):
            c.ask("XADD", "s", f"{n + 1}-0", "f", "v")
        self.broker.kill()
        path = self.log_file()
        os.truncate(path, path.stat().st_size - 5)
        code, said = self.check()
        self.assertEqual(code, 0, said)
        self.assertIn("is taken back at the next start", said)
        c = self.start()
        self.broker.wait_for_log("was cut off")
        kept = ids(c.ask("XRANGE", "s", "-", "+"))
        self.assertEqual(kept, [f"{n + 1}-0" for n in range(len(kept))])
        self.assertEqual(value(c.ask("XLEN", "s")), len(kept))
        self.assertNotEqual(value(c.ask("XINFO", "STREAM", "s"))[-1], epoch)

    def test_Damage_in_the_middle_of_the_log_stops_the_start(self):
        self.write_and_kill()
        path = self.log_file()
        self.flip_a_bit(path, path.stat().st_size // 2)
        said = self.refused()
        self.assertIn("is damaged", said)
        self.assertIn("--check", said)
        code, said = self.check()
        self.assertEqual(code, 1, said)
        self.assertIn("DAMAGED", said)

    def test_Damage_in_a_table_is_never_taken_for_data(self):
        self.write_and_kill()
        self.start("--history-memory", "1kb")  # the log becomes a table
        self.broker.stop()
        self.start()
        self.broker.stop()
        tables = self.files("*.sst")
        self.assertTrue(tables)
        for table in tables:
            self.flip_a_bit(table, table.stat().st_size // 3)
        code, said = self.check()
        self.assertEqual(code, 1, said)
        try:
            self.broker = self.launch("--history-memory", "1kb")
        except AssertionError as refused:
            self.assertIn("damaged", str(refused))
            return
        c = self.connect()
        reply = value(c.ask("XRANGE", "s", "-", "+"))
        self.assertIsInstance(reply, Error)
        self.assertIn("Errors reading the history", str(reply))
        self.assertEqual(value(c.ask("PUBLISH", "c", "m")), 0)

    def test_A_missing_file_stops_the_start(self):
        self.write_and_kill()
        self.start().close()
        self.broker.stop()
        self.files("*.sst")[0].unlink()
        self.assertIn("--check", self.refused())

    def test_A_second_broker_is_kept_off(self):
        self.start()
        self.assertIn("another broker uses the data directory", self.refused())

    def test_A_directory_that_cannot_be_made_is_named(self):
        Path(self.data, "file").write_text("")
        self.data += "/file"
        self.assertIn(f"cannot open the data directory '{self.data}'", self.refused())


class Inspection(StoreCase):
    def write(self, c, entries=300):
        for n in range(entries):
            c.ask("XADD", "s", f"{n + 1}-0", "f", "v")

    def test_The_check_counts_what_is_there(self):
        self.write(self.start())
        self.broker.kill()
        code, said = self.check()
        self.assertEqual(code, 0, said)
        self.assertIn("1 streams, 300 entries", said)
        self.assertIn("first 1-0, last 300-0", said)

    def test_The_check_needs_a_directory_with_data(self):
        code, said = self.check("/nowhere")
        self.assertEqual(code, 1)
        self.assertIn("/nowhere", said)

    def test_A_backup_of_a_running_broker_is_a_directory_that_another_can_use(self):
        c = self.start()
        self.write(c)
        epoch = value(c.ask("XINFO", "STREAM", "s"))[-1]
        directory = value(c.ask("BACKUP", "monday"))
        self.assertEqual(directory, f"{self.data}/backups/monday")
        c.ask("XADD", "s", "301-0", "f", "v")
        code, said = self.check(directory)
        self.assertEqual(code, 0, said)
        self.assertIn("1 streams, 300 entries", said)
        copy = harness.start_broker(0, "--data", directory)
        self.addCleanup(copy.kill)
        with RespConnection(copy.port) as other:
            self.assertEqual(value(other.ask("XLEN", "s")), 300)
            # The original goes on from the same offset, so the copy must not seem to be the same.
            self.assertNotEqual(value(other.ask("XINFO", "STREAM", "s"))[-1], epoch)
        self.assertIn("it is there already", str(value(c.ask("BACKUP", "monday"))))
        for name in ["", "a/b", "..", "x" * 65]:
            self.assertIn("the name of a backup", str(value(c.ask("BACKUP", name))))

    def test_A_backup_has_all_that_was_said_before_it(self):
        for fsync in ("always", "everysec"):
            c = self.start("--fsync", fsync)
            added = [array("XADD", fsync, f"{n + 1}-0", "f", "v" * 1000) for n in range(1000)]
            c.send_raw(b"".join(added) + array("BACKUP", fsync))
            for _ in range(1000):
                c.read_reply()
            code, said = self.check(value(c.read_reply()))
            self.assertEqual(code, 0, said)
            self.assertRegex(said, r"\b1000 entries" if fsync == "always" else r"\b2000 entries")
            self.broker.stop()

    def test_What_an_earlier_backup_left_half_done_is_in_nobodys_way(self):
        c = self.start()
        c.ask("XADD", "s", "1-0", "f", "v")
        left = Path(self.data, "backups", ".monday.part", "streams")
        left.mkdir(parents=True)
        (left / "CURRENT").write_text("junk")
        code, said = self.check(value(c.ask("BACKUP", "monday")))
        self.assertEqual(code, 0, said)
        self.assertFalse(left.exists())

    def test_Without_a_directory_there_is_no_backup(self):
        self.broker = harness.start_broker()
        self.assertIn("start the broker with --data", str(value(self.connect().ask("BACKUP", "x"))))

    def test_INFO_tells_where_and_how(self):
        said = value(self.start("--fsync", "everysec").ask("INFO", "persistence"))
        self.assertIn(f"history_directory:{self.data}", said)
        self.assertIn("history_fsync:everysec", said)
        self.assertIn("aof_last_write_status:ok", said)


if __name__ == "__main__":
    unittest.main()
