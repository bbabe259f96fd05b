"""When /readyz tells a balancer to send nobody here."""
import signal
import socketserver
import threading
import time
import unittest

import harness
from chat_clients import JsonClient, http_get, wait_until_ready


class ReadyTest(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.broker = harness.start_broker()
        self.addCleanup(lambda: self.broker.running() and self.broker.stop())
        self.chat = harness.start_chat(f"redis://127.0.0.1:{self.broker.port}", *self.OPTIONS)
        self.addCleanup(lambda: self.chat.running() and self.chat.stop())
        wait_until_ready(self.chat)
        self.client = JsonClient(self.chat.port, room="lobby")
        self.addCleanup(self.client.close)

    def readyz(self):
        status, _, body = http_get(self.chat.port, "/readyz")
        return status, body.decode()

    def lose_the_bus(self):
        self.broker.kill()
        self.assertEqual("down", self.client.bus_state())

    def bring_it_back(self):
        self.broker = harness.start_broker(self.broker.port)
        self.assertEqual("up", self.client.bus_state())


class WithGrace(ReadyTest):
    OPTIONS = "--ready-grace", "3"

    def test_It_is_ready_until_the_grace_is_over_and_again_with_the_bus(self):
        began = time.monotonic()
        self.lose_the_bus()
        self.assertEqual((200, "ready\n"), self.readyz())
        harness.eventually(lambda: self.readyz()[0] == 503, "the grace ends")
        self.assertGreater(time.monotonic() - began, 2.9)
        self.assertRegex(self.readyz()[1], r"^not ready: the bus has been away for \d+ s\n$")
        self.assertEqual(200, http_get(self.chat.port, "/healthz")[0])
        self.bring_it_back()
        self.assertEqual((200, "ready\n"), self.readyz())


class WithoutGrace(ReadyTest):
    OPTIONS = "--ready-grace", "0", "--workers", "2"

    def test_It_is_not_ready_at_once_whichever_worker_is_asked(self):
        self.lose_the_bus()
        harness.eventually(lambda: self.readyz()[0] == 503, "it is not ready")
        for _ in range(20):
            self.assertEqual(503, self.readyz()[0])
        self.bring_it_back()
        wait_until_ready(self.chat)


class WithAnHour(ReadyTest):
    OPTIONS = "--ready-grace", "3600"

    def test_A_bus_that_was_never_there_has_no_grace(self):
        chat = harness.start_chat(f"redis://127.0.0.1:{harness.free_port()}", *self.OPTIONS)
        self.addCleanup(chat.stop)
        status, _, body = http_get(chat.port, "/readyz")
        self.assertEqual((503, b"not ready: the bus has not been reached yet\n"), (status, body))


class _Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while heard := self.request.recv(65536):
            self.request.sendall(heard)


class WithAnEcho(unittest.TestCase):
    def test_What_sends_our_own_words_back_is_no_bus(self):
        # As a socket does that has met itself, where nobody listens.
        echo = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo)
        echo.daemon_threads = True
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        self.addCleanup(echo.server_close)
        self.addCleanup(echo.shutdown)
        chat = harness.start_chat(f"redis://127.0.0.1:{echo.server_address[1]}")
        self.addCleanup(chat.stop)
        chat.wait_for_log("it refused the login: its answer makes no sense")
        self.assertEqual(503, http_get(chat.port, "/readyz")[0])
        self.assertNotIn("connected", chat.log)


class WithADrain(ReadyTest):
    OPTIONS = "--ready-grace", "3600", "--drain", "60"

    def test_Draining_has_no_grace(self):
        self.chat.process.send_signal(signal.SIGTERM)
        stopping = (503, "not ready: this server is about to stop\n")
        harness.eventually(lambda: self.readyz() == stopping, "it says that it stops")
        self.chat.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.chat.process.wait(harness.DEADLINE_S), self.chat.log)


if __name__ == "__main__":
    unittest.main()
