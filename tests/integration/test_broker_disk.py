"""The broker and a disk that fails: kills at any moment, power that goes away, writes and syncs that
do not work. PARLEY_ROUNDS=n kills it n times (each test), PARLEY_SEED=n does it again as it was."""
import os
import random
import re
import threading
import unittest
from pathlib import Path

import harness
from chat_clients import http_get
from resp import Closed, Error, RespConnection, value
from store_case import StoreCase

ROUNDS = int(os.environ.get("PARLEY_ROUNDS", "50"))
SANITIZED = harness.BIN.parent.name != "release"


class Writer(threading.Thread):
    """Appends messages of its own to a stream until the broker is gone; keeps what it was told."""

    def __init__(self, port, name, told):
        super().__init__(daemon=True)
        self.port, self.name, self.told = port, name, told
        self.start()

    def run(self):
        try:
            with RespConnection(self.port) as c:
                for n in range(1_000_000):
                    message = f"{self.name}-{n}"
                    if n % 4 == 3:
                        entry = value(c.ask("XADD", "plain", "*", "m", message))
                        self.told.append(("plain", entry, message, None))
                        continue
                    epoch, offset, _ = value(
                        c.ask("XPUBLISH", "room", "channel", "ONCE", message, message))
                    self.told.append(("room", f"{offset}-0", message, epoch))
        except (OSError, Closed):
            pass


class Subscriber(threading.Thread):
    """Listens until the broker is gone; (epoch, offset, message) of all that came."""

    def __init__(self, port, seen):
        super().__init__(daemon=True)
        self.c = RespConnection(port)
        self.c.ask("SUBSCRIBE", "channel")
        self.seen = seen
        self.start()

    def run(self):
        try:
            while True:
                stamp, message = value(self.c.read_reply())[2].split(" ", 1)
                epoch, offset = stamp.split(":")
                self.seen.append((epoch, int(offset), message))
        except (OSError, Closed):
            self.c.close()


class Crash(StoreCase):
    """All that was acknowledged is there once, under the ID that was told; whoever subscribes and
    catches up with XRANGE sees one sequence; the epoch is the same."""

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("PARLEY_SEED", random.SystemRandom().randrange(1_000_000)))
        self.chance = random.Random(self.seed)
        self.told, self.seen = [], []

    def run_until_killed(self, name):
        subscriber = Subscriber(self.broker.port, self.seen)
        writers = [Writer(self.broker.port, f"{name}-{n}", self.told) for n in range(4)]
        enough = len(self.told) + self.chance.randrange(1, 80)
        harness.eventually(lambda: len(self.told) >= enough, "writers get on")
        self.broker.kill()
        for thread in [subscriber, *writers]:
            thread.join()

    def read(self, c, stream):
        return {entry[0]: entry[1][1] for entry in value(c.ask("XRANGE", stream, "-", "+"))}

    def look(self, c):
        """Checks everything; returns the messages of the room by offset."""
        seed = f"PARLEY_SEED={self.seed}"
        kept = {stream: self.read(c, stream) for stream in ["room", "plain"]}
        self.assertEqual(list(kept["room"]), [f"{n + 1}-0" for n in range(len(kept["room"]))], seed)
        for messages in kept.values():
            self.assertEqual(len(set(messages.values())), len(messages), seed)
        for stream, entry, message, _ in self.told:
            self.assertEqual(kept[stream].get(entry), message, seed)
        for _, offset, message in self.seen:
            self.assertEqual(kept["room"].get(f"{offset}-0"), message, seed)
        return kept["room"]

    def test_Nothing_acknowledged_or_delivered_is_lost_by_a_kill(self):
        epochs = set()
        c = self.start()
        for round in range(ROUNDS):
            before = len(self.told)
            self.run_until_killed(round)
            epochs |= {epoch for _, _, _, epoch in self.told[before:] if epoch}
            self.assertLessEqual(len(epochs), 1, f"PARLEY_SEED={self.seed}")
            c = self.start()
            if "was cut off" in self.broker.log:  # rightly, a new epoch
                epochs.clear()
            self.look(c)
            # What is whole needs not be read again and again.
            if len(self.told) > 2000:
                self.told.clear()
                self.seen.clear()

    def test_Under_everysec_a_kill_gives_new_epochs(self):
        c = self.start("--fsync", "everysec")
        for round in range(3):
            self.run_until_killed(round)
            c = self.start("--fsync", "everysec")
            seen = {epoch for epoch, _, _ in self.seen}
            epoch, offset, _ = value(c.ask("XPUBLISH", "room", "channel", f"after-{round}"))
            self.assertNotIn(epoch, seen)
            self.assertEqual(len(seen), 1)
            self.seen.clear()
            self.told.clear()


@unittest.skipIf(SANITIZED, "a sanitizer's runtime wants to be loaded first")
class FailingDisk(StoreCase):
    def setUp(self):
        super().setUp()
        self.fault = Path(self.data, "fault")
        self.synced = Path(self.data, "synced")

    def launch(self, *options):
        return harness.Daemon(
            ["env", f"LD_PRELOAD={harness.BIN / 'disk_shim.so'}", f"PARLEY_DISK_FAULT={self.fault}",
             f"PARLEY_DISK_SYNCED={self.synced}", harness.BIN / "parley-broker", "--port", 0,
             "--data", self.data, *options], ready=r"listening on 127\.0\.0\.1:(\d+)")

    def lose_power(self):
        """Kills the broker; of every file only what was synced remains."""
        self.broker.kill()
        sizes = {}
        for line in self.synced.read_text().splitlines():
            size, path = line.split(" ", 1)
            sizes[path] = int(size)
        lost = 0
        for pattern in ["*.log", "*.sst", "MANIFEST*"]:
            for path in self.files(pattern):
                left = sizes.get(str(path), 0)
                lost += path.stat().st_size - left
                os.truncate(path, left)
        return lost

    def test_What_was_acknowledged_was_on_disk_before(self):
        told = []
        for round in range(5):
            self.broker = self.launch()
            writers = [Writer(self.broker.port, f"{round}-{n}", told) for n in range(8)]
            enough = len(told) + 200
            harness.eventually(lambda: len(told) >= enough, "writers get on")
            self.lose_power()
            for writer in writers:
                writer.join()
            self.broker = self.launch()
            c = self.connect()
            for stream in ["room", "plain"]:
                kept = {entry[0]: entry[1][1] for entry in value(c.ask("XRANGE", stream, "-", "+"))}
                for told_of, entry, message, _ in told:
                    if told_of == stream:
                        self.assertEqual(kept.get(entry), message)
            self.broker.stop()
        self.assertEqual(len({epoch for _, _, _, epoch in told if epoch}), 1)

    def test_Without_a_sync_acknowledged_entries_are_lost_with_the_power(self):
        """That the test above can fail: under `no` nothing is synced when it is acknowledged."""
        c = self.start("--fsync", "no")
        epoch = value(c.ask("XPUBLISH", "room", "channel", "x"))[0]
        for n in range(50):
            c.ask("XPUBLISH", "room", "channel", n)
        self.assertGreater(self.lose_power(), 0)
        c = self.start("--fsync", "no")
        self.assertLess(value(c.ask("XLEN", "room")), 51)
        self.assertNotEqual(value(c.ask("XPUBLISH", "room", "channel", "x"))[0], epoch)

    def syncs_of_the_log(self):
        lines = self.synced.read_text().splitlines() if self.synced.exists() else []
        return sum(line.endswith(".log") for line in lines)

    def test_Under_everysec_only_what_came_after_the_last_sync_is_lost_with_the_power(self):
        self.start("--fsync", "everysec")
        told, seen = [], []
        Subscriber(self.broker.port, seen)
        writers = [Writer(self.broker.port, f"w{n}", told) for n in range(4)]
        harness.eventually(lambda: len(told) >= 200, "writers get on")
        before = len(told)
        # The first sync may have begun before.
        enough = self.syncs_of_the_log() + 2
        harness.eventually(lambda: self.syncs_of_the_log() >= enough, "the log is synced")
        self.lose_power()
        for writer in writers:
            writer.join()
        c = self.start("--fsync", "everysec")
        for stream in ["room", "plain"]:
            kept = {entry[0]: entry[1][1] for entry in value(c.ask("XRANGE", stream, "-", "+"))}
            for told_of, entry, message, _ in told[:before]:
                if told_of == stream:
                    self.assertEqual(kept.get(entry), message)
        epoch = value(c.ask("XPUBLISH", "room", "channel", "x"))[0]
        self.assertNotIn(epoch, {epoch for epoch, _, _ in seen})

    def failed_by_metric(self):
        port = int(self.broker.wait_for_log(r"metrics.*http://127\.0\.0\.1:(\d+)")[1])
        text = http_get(port, "/metrics")[2].decode()
        return re.search(r"^parley_broker_history_failed (\d)$", text, re.MULTILINE)[1]

    def refused_until_mended(self, fault):
        c = self.start("--metrics-port", 0)
        for n in range(10):
            c.ask("XPUBLISH", "room", "channel", f"before-{n}")
        self.fault.write_text(fault)
        first = self.ask_or_be_cut(c, "XPUBLISH", "room", "channel", "ONCE", "id", "during")
        self.assertFalse(isinstance(first, list), "acknowledged what is not on disk")
        c = self.connect()
        error = value(c.ask("XADD", "room2", "*", "f", "v"))
        self.assertIsInstance(error, Error)
        self.assertTrue(str(error).startswith("MISCONF Errors writing to the history on disk"), error)
        self.assertIn("MISCONF", str(value(c.ask("DEL", "room"))))
        with RespConnection(self.broker.port) as subscriber:
            subscriber.ask("SUBSCRIBE", "other")
            self.assertEqual(value(c.ask("PUBLISH", "other", "hello")), 1)
            self.assertEqual(value(subscriber.read_reply())[2], "hello")
        said = value(c.ask("INFO", "persistence"))
        self.assertIn("aof_last_write_status:err", said)
        self.assertEqual(self.failed_by_metric(), "1")
        self.broker.wait_for_log("cannot write the history to")
        self.fault.unlink()
        self.broker.wait_for_log("can be written to .* again")
        epoch, offset, _ = value(c.ask("XPUBLISH", "room", "channel", "ONCE", "id", "during"))
        self.assertEqual(offset, 11)
        self.assertIn("aof_last_write_status:ok", value(c.ask("INFO", "persistence")))
        self.assertEqual(self.failed_by_metric(), "0")
        self.lose_power()
        c = self.start()
        kept = [entry[1][1] for entry in value(c.ask("XRANGE", "room", "-", "+"))]
        self.assertEqual(kept, [f"before-{n}" for n in range(10)] + ["during"])
        self.assertEqual(value(c.ask("XPUBLISH", "room", "channel", "x"))[0], epoch)

    @staticmethod
    def ask_or_be_cut(c, *words):
        try:
            return value(c.ask(*words))
        except Closed:
            return None

    def test_A_full_disk_refuses_changes_until_there_is_room(self):
        self.refused_until_mended("full")

    def test_A_disk_that_may_only_be_read_refuses_changes_until_it_may_be_written(self):
        self.refused_until_mended("readonly")

    def test_A_failing_sync_refuses_changes_until_it_works(self):
        self.refused_until_mended("sync")


if __name__ == "__main__":
    unittest.main()
