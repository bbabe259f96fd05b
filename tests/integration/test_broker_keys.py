"""Commands for keys byte for byte: deleting, expiring, renaming, listing. See wire_table.py and
stream_case.py for the notation."""
import unittest

import harness
from resp import array, value
from stream_case import (NO_SUCH_KEY, NOT_AN_INTEGER, SYNTAX_ERROR, StreamTest, arity, bulk, bulks,
                         entries)
from wire_table import Case, tested

S_AND_T = [("a", "XADD s 1 f v", bulk("1-0")), ("a", "XADD t 2 f v", bulk("2-0"))]
BOTH_CONDITIONS = ("-ERR NX and XX, GT or LT options at the same time are not compatible↵")


@tested(
    Case("Keys are counted, told apart and deleted",
         *S_AND_T,
         ("a", "EXISTS s t s none", ":3↵"),
         ("a", "TYPE s", "+stream↵"),
         ("a", "TYPE none", "+none↵"),
         ("a", "DBSIZE", ":2↵"),
         ("a", "DEL s s none", ":1↵"),
         ("a", "UNLINK t none", ":1↵"),
         ("a", "DBSIZE", ":0↵"),
         ("a", "DEL", arity("del"))),
    Case("A deleted stream begins anew",
         *S_AND_T,
         ("a", "DEL s", ":1↵"),
         ("a", "XADD s 1 f v", bulk("1-0"))),
    Case("FLUSHALL removes everything",
         *S_AND_T,
         ("a", "FLUSHALL x", SYNTAX_ERROR),
         ("a", "FLUSHALL SYNC ASYNC", SYNTAX_ERROR),
         ("a", "DBSIZE", ":2↵"),
         ("a", "FLUSHALL", "+OK↵"),
         ("a", "FLUSHDB async", "+OK↵"),
         ("a", "FLUSHALL SYNC", "+OK↵"),
         ("a", "DBSIZE", ":0↵")),
    Case("A key may get a time to live and lose it",
         *S_AND_T,
         ("a", "TTL s", ":-1↵"),
         ("a", "PTTL none", ":-2↵"),
         ("a", "EXPIRE s 1000", ":1↵"),
         ("a", "TTL s", ":1000↵"),
         ("a", "PTTL s", ":‹int›↵"),
         ("a", "XADD s 5 f v", bulk("5-0")),
         ("a", "TTL s", ":1000↵"),
         ("a", "PERSIST s", ":1↵"),
         ("a", "PERSIST s", ":0↵"),
         ("a", "PERSIST none", ":0↵"),
         ("a", "TTL s", ":-1↵"),
         ("a", "EXPIRE none 1000", ":0↵")),
    Case("A time that is over deletes at once",
         *S_AND_T,
         ("a", "EXPIRE s 0", ":1↵"),
         ("a", "PEXPIRE t -1", ":1↵"),
         ("a", "DBSIZE", ":0↵")),
    Case("A time to live may be given on conditions",
         *S_AND_T,
         ("a", "EXPIRE s 1000 XX", ":0↵"),
         ("a", "EXPIRE s 1000 GT", ":0↵"),
         ("a", "EXPIRE s 1000 LT", ":1↵"),
         ("a", "EXPIRE s 2000 NX", ":0↵"),
         ("a", "EXPIRE s 2000 LT", ":0↵"),
         ("a", "EXPIRE s 2000 gt xx", ":1↵"),
         ("a", "TTL s", ":2000↵"),
         ("a", "EXPIRE t -1 XX", ":0↵"),
         ("a", "EXISTS t", ":1↵")),
    Case("A time to live that makes no sense is refused",
         ("a", "EXPIRE none x", NOT_AN_INTEGER),
         ("a", "EXPIRE none 1 FOO", "-ERR Unsupported option FOO↵"),
         ("a", "EXPIRE none x FOO", "-ERR Unsupported option FOO↵"),
         ("a", "EXPIRE none 1 NX XX", BOTH_CONDITIONS),
         ("a", "EXPIRE none 1 NX GT", BOTH_CONDITIONS),
         ("a", "EXPIRE none 1 GT LT", "-ERR GT and LT options at the same time are not "
          "compatible↵"),
         ("a", "EXPIRE none 9223372036854775807", "-ERR invalid expire time in 'expire' command↵"),
         ("a", "PEXPIRE none 9223372036854775807",
          "-ERR invalid expire time in 'pexpire' command↵")),
    Case("A key may be renamed",
         *S_AND_T,
         ("a", "EXPIRE s 1000", ":1↵"),
         ("a", "RENAMENX s t", ":0↵"),
         ("a", "RENAMENX s s", ":0↵"),
         ("a", "RENAME s t", "+OK↵"),
         ("a", "TTL t", ":1000↵"),
         ("a", "XRANGE t - +", entries("1-0")),
         ("a", "EXISTS s", ":0↵"),
         ("a", "RENAMENX t u", ":1↵"),
         ("a", "RENAME u u", "+OK↵"),
         ("a", "RENAME none none", NO_SUCH_KEY),
         ("a", "RENAMENX none u", NO_SUCH_KEY)),
    Case("Keys are found by glob",
         *S_AND_T,
         ("a", "KEYS [a-s]", bulks("s")),
         ("a", "KEYS ?x", "*0↵"),
         ("a", "SCAN 0 MATCH t* COUNT 100", f"*2↵{bulk('0')}{bulks('t')}"),
         ("a", "SCAN 0 TYPE string", f"*2↵{bulk('0')}*0↵"),
         ("a", "SCAN 0 match S", f"*2↵{bulk('0')}*0↵"),
         ("a", "SCAN x", "-ERR invalid cursor↵"),
         ("a", "SCAN -1x", "-ERR invalid cursor↵"),
         ("a", "SCAN 0 COUNT 0", SYNTAX_ERROR),
         ("a", "SCAN 0 COUNT x", NOT_AN_INTEGER),
         ("a", "SCAN 0 COUNT", SYNTAX_ERROR),
         ("a", "SCAN 0 FOO 1", SYNTAX_ERROR)),
    Case("Keys are any bytes",
         ("a", ["XADD", "", "1", "f", "v"], bulk("1-0")),
         ("a", "KEYS *", bulks("")),
         ("a", ["EXISTS", ""], ":1↵")),
)
class Keys(StreamTest):
    def scan(self, connection, *options, between=lambda: None):
        cursor, found = "0", []
        while True:
            cursor, names = value(connection.ask("SCAN", cursor, *options))
            found += names
            if cursor == "0":
                return found
            between()

    def test_SCAN_finds_every_key_that_stays_while_others_come_and_go(self):
        connection = self.connect()
        stay = {f"stay-{n}" for n in range(300)}
        for name in stay:
            connection.send_raw(array("XADD", f"go-{name}", "1", "f", "v")
                                + array("XADD", name, "1", "f", "v"))
        connection.exchange(b"")
        going = iter(sorted(f"go-{name}" for name in stay))

        def change():
            for _ in range(7):
                if name := next(going, None):
                    connection.ask("DEL", name)
                    connection.ask("XADD", "new-" + name, "1", "f", "v")
        found = self.scan(connection, "COUNT", 10, between=change)
        self.assertLessEqual(stay, set(found))

    def test_A_key_goes_when_its_time_is_over(self):
        connection = self.connect()
        for name in ("s", "t"):
            connection.ask("XADD", name, "1", "f", "v")
            connection.ask("PEXPIRE", name, "30")
        harness.eventually(lambda: connection.ask("XLEN", "s") == b":0\r\n", "gone when asked for")
        harness.eventually(lambda: connection.ask("DBSIZE") == b":0\r\n", "gone though not asked")
        self.assertEqual(b"$3\r\n1-0\r\n", connection.ask("XADD", "s", "1", "f", "v"))
        self.assertEqual(b":-1\r\n", connection.ask("TTL", "s"))


if __name__ == "__main__":
    unittest.main()
