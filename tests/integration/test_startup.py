"""Starting and stopping: options, configuration files, ports in use, missing folders, signals. What
goes wrong at start is one plain line that names the thing, the value and the way out."""
import json
import signal
import socket
import tempfile
import unittest
from pathlib import Path

import harness
from chat_clients import http_get
from resp import RespConnection

BROKER = harness.BIN / "parley-broker"
CHAT = harness.BIN / "parley-chat"


class Options(unittest.TestCase):
    def test_Version_and_help_are_printed(self):
        for program, options in ((BROKER, ("--bind", "--port", "--log-level", "--log-format",
                                           "--config")),
                                 (CHAT, ("--http", "--bind", "--bus", "--www", "--log-level",
                                         "--log-format", "--config"))):
            code, said = harness.run_to_the_end(program, "--version")
            self.assertEqual(0, code)
            self.assertRegex(said, r"\d+\.\d+\.\d+")
            code, said = harness.run_to_the_end(program, "--help")
            self.assertEqual(0, code)
            for option in options:
                self.assertIn(option, said)

    def assert_refused(self, program, *words, naming):
        code, said = harness.run_to_the_end(program, *words)
        self.assertNotEqual(0, code, said)
        self.assertLess(code, 128, "it crashed: " + said)
        self.assertGreater(code, 0, "it crashed: " + said)
        for name in naming:
            self.assertIn(name, said)
        lines = [line for line in said.splitlines() if line.strip()]
        self.assertLessEqual(len(lines), 4, said)
        self.assertNotIn("terminate called", said)

    def test_What_is_wrong_is_named(self):
        for program in (BROKER, CHAT):
            port = "--port" if program == BROKER else "--http"
            for words, naming in (
                    (("--nonsense",), ("--nonsense",)),
                    ((port, "70000"), ("70000",)),
                    ((port, "x"), ("x", port)),
                    ((port, "-1"), ("-1",)),
                    ((port,), (port,)),
                    ((port, "0", "--log-level", "loud"), ("loud",)),
                    ((port, "0", "--log-format", "xml"), ("xml",)),
                    ((port, "0", "--bind", "not-an-address"), ("not-an-address",)),
                    ((port, "0", "--bind", "203.0.113.7"), ("203.0.113.7",)),
                    ((port, "0", "--config", "/nowhere/parley.toml"), ("/nowhere/parley.toml",))):
                with self.subTest(program=program.name, words=words):
                    self.assert_refused(program, *words, naming=naming)

    def test_A_bus_that_is_none_is_named(self):
        for bus in ("nonsense", "http://127.0.0.1:1", "redis://", "redis://:6379",
                    "redis://127.0.0.1:x", "redis://127.0.0.1:70000", ""):
            with self.subTest(bus):
                # The value itself may hold a password, so it is not repeated.
                self.assert_refused(CHAT, "--http", "0", "--bus", bus, naming=("--bus",))

    def test_A_missing_page_folder_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = f"{folder}/nothing-here"
            self.assert_refused(CHAT, "--http", "0", "--www", missing, naming=(missing, "--www"))
            file = Path(folder, "file")
            file.write_text("x")
            self.assert_refused(CHAT, "--http", "0", "--www", file, naming=(str(file),))

    def test_A_port_in_use_is_named(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            self.assert_refused(BROKER, "--port", port, naming=(port, "in use"))
            self.assert_refused(CHAT, "--http", port, "--www", harness.ROOT / "www",
                                naming=(port, "in use"))

    def test_A_second_daemon_does_not_share_the_first_ones_port(self):
        broker = harness.start_broker()
        self.addCleanup(broker.stop)
        self.assert_refused(BROKER, "--port", broker.port, naming=(str(broker.port),))

    def test_The_chat_servers_port_may_stand_alone(self):
        port = harness.free_port()
        chat = harness.Daemon([CHAT, port, "--www", harness.ROOT / "www"],
                              ready=r"listening on http://127\.0\.0\.1:(\d+)")
        self.addCleanup(chat.stop)
        self.assertEqual(port, chat.port)
        self.assertEqual(200, http_get(port, "/healthz")[0])

    def test_A_port_is_free_again_at_once_after_a_stop(self):
        first = harness.start_broker()
        with RespConnection(first.port) as client:
            client.ask("PING")
            first.stop()
        harness.start_broker(first.port).stop()


class ConfigurationFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "parley.conf")

    def test_It_gives_options_and_the_command_line_wins(self):
        port = harness.free_port()
        self.file.write_text(f"port={port}\nlog-format=\"json\"\n")
        broker = harness.Daemon([BROKER, "--config", self.file],
                                ready=r"listening on 127\.0\.0\.1:(\d+)")
        broker.stop()
        self.assertEqual(port, broker.port)
        broker = harness.Daemon([BROKER, "--config", self.file, "--port", 0],
                                ready=r"listening on 127\.0\.0\.1:(\d+)")
        broker.stop()
        self.assertNotEqual(port, broker.port)

    def test_The_chat_server_takes_one_too(self):
        self.file.write_text(f"http=0\nbus=\"local\"\nwww=\"{harness.ROOT / 'www'}\"\n")
        harness.Daemon([CHAT, "--config", self.file],
                       ready=r"listening on http://127\.0\.0\.1:(\d+)").stop()

    def test_A_bad_one_is_refused_and_named(self):
        for text in (b"port=nonsense\nhttp=nonsense\n", b"nonsense=1\n", b"[[[\n",
                     b"\x00\xff\x01\n"):
            self.file.write_bytes(text)
            for program in (BROKER, CHAT):
                with self.subTest(text=text, program=program.name):
                    code, said = harness.run_to_the_end(program, "--config", self.file)
                    self.assertGreater(code, 0, said)
                    self.assertIn(self.file.name, said)


class Signals(unittest.TestCase):
    def test_TERM_and_INT_stop_each_daemon_cleanly_with_clients_connected(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(how.name):
                broker = harness.start_broker()
                chat = harness.start_chat(f"redis://127.0.0.1:{broker.port}")
                with RespConnection(broker.port) as client:
                    client.ask("SUBSCRIBE", "news")
                    chat.stop(how)
                    broker.stop(how)
                    self.assertEqual(b"", client.read_until_closed())

    def test_A_signal_right_after_the_start_stops_cleanly(self):
        for _ in range(20):
            harness.start_broker().stop()
            harness.start_chat("local").stop()

    def test_A_signal_twice_is_no_crash(self):
        broker = harness.start_broker()
        broker.process.send_signal(signal.SIGINT)
        broker.process.send_signal(signal.SIGTERM)
        self.assertIn(broker.process.wait(harness.DEADLINE_S), (0, -signal.SIGTERM))
        broker.kill()


class Logs(unittest.TestCase):
    def test_JSON_logs_are_one_object_a_line(self):
        broker = harness.start_broker(0, "--log-format", "json")
        chat = harness.start_chat(f"redis://127.0.0.1:{broker.port}", "--log-format", "json")
        with RespConnection(broker.port) as client:
            client.send_raw(b'*x"\\\xff\r\n')
            client.read_until_closed()
        chat.stop()
        broker.stop()
        for line in broker.lines + chat.lines:
            self.assertIsInstance(json.loads(line), dict, line)


if __name__ == "__main__":
    unittest.main()
