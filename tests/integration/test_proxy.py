"""The proxy of these tests: what it cuts is cut, what it holds up arrives."""
import socket
import unittest

import harness
from proxy import Proxy

DEADLINE_S = 10.0


class TheProxy(unittest.TestCase):
    def setUp(self):
        self.listener = self.owned(socket.create_server(("127.0.0.1", 0)))
        self.listener.settimeout(DEADLINE_S)
        self.proxy = self.owned(Proxy(self.listener.getsockname()[1]))

    def owned(self, thing):
        self.addCleanup(thing.close)
        return thing

    def connect(self):
        return self.owned(socket.create_connection(("127.0.0.1", self.proxy.port), DEADLINE_S))

    def accept(self):
        far = self.owned(self.listener.accept()[0])
        far.settimeout(DEADLINE_S)
        return far

    def pair(self):
        return self.connect(), self.accept()

    def assert_silent(self, end):
        end.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            end.recv(1)
        end.settimeout(DEADLINE_S)

    def test_It_passes_bytes_both_ways_and_the_end_of_each(self):
        near, far = self.pair()
        for source, sink in ((near, far), (far, near)):
            source.sendall(b"hello")
            source.shutdown(socket.SHUT_WR)
            self.assertEqual(b"hello", sink.makefile("rb").read())
        harness.eventually(lambda: self.proxy.connections() == 0, "it is forgotten")

    def test_A_cut_resets_both_ends_of_all_connections(self):
        ends = [*self.pair(), *self.pair()]
        self.assertEqual(2, self.proxy.cut())
        for end in ends:
            with self.assertRaises(ConnectionResetError):
                end.recv(1)
        near, far = self.pair()
        near.sendall(b"again")
        self.assertEqual(b"again", far.recv(5))

    def test_A_stall_holds_everything_up_and_loses_nothing(self):
        near, far = self.pair()
        self.proxy.stall()
        near.sendall(b"there")
        far.sendall(b"back")
        far.shutdown(socket.SHUT_WR)
        late = self.connect()
        late.sendall(b"late")
        self.assert_silent(near)
        self.assert_silent(far)
        self.assert_silent(late)
        self.proxy.go_on()
        self.assertEqual(b"there", far.recv(5))
        self.assertEqual(b"back", near.makefile("rb").read())
        self.assertEqual(b"late", self.accept().recv(4))

    def test_A_reset_is_passed_on_when_the_stall_is_over(self):
        near, far = self.pair()
        self.proxy.stall()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        self.assert_silent(near)
        self.proxy.go_on()
        with self.assertRaises(ConnectionResetError):
            near.recv(1)

    def test_Where_nobody_listens_it_hangs_up(self):
        self.listener.close()
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)


if __name__ == "__main__":
    unittest.main()
