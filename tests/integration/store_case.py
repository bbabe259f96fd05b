"""What tests of the broker's streams on disk have in common."""
import shutil
import tempfile
import unittest
from pathlib import Path

import harness
from resp import RespConnection


class StoreCase(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="parley-")
        self.addCleanup(shutil.rmtree, self.data, ignore_errors=True)
        self.broker = None
        self.addCleanup(lambda: self.broker and self.broker.running() and self.broker.kill())

    def launch(self, *options):
        return harness.start_broker(0, "--data", self.data, *options)

    def connect(self):
        c = RespConnection(self.broker.port)
        self.addCleanup(c.close)
        return c

    def start(self, *options):
        self.broker = self.launch(*options)
        return self.connect()

    def crash(self, *options):
        self.broker.kill()
        return self.start(*options)

    def refused(self, *options):
        """What a broker says that does not start."""
        code, said = harness.run_to_the_end(harness.BIN / "parley-broker", "--port", 0, "--data",
                                            self.data, *options)
        self.assertEqual(code, 1, said)
        return said

    def check(self, data=None):
        return harness.run_to_the_end(harness.BIN / "parley-broker", "--data", data or self.data,
                                      "--check")

    def files(self, pattern):
        return sorted(Path(self.data, "streams").glob(pattern))
