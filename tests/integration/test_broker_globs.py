"""Patterns over the wire: PSUBSCRIBE with the glob quirks that Redis has, on every one of them.

The same table as in the unit tests of the matcher would be enough for the matcher; this one checks
that a PUBLISH really finds a subscription by it, and runs against a redis-server too.
"""
import unittest

from resp import array, value
from wire_table import AGAINST_REDIS, WireTest

# topic: (pattern, channel) that match; (pattern, channel) that do not
TABLE = {
    "empty": ([("", "")],
              [("*", ""), ("**", ""), ("?", ""), ("*?*", ""), ("[^]", ""), ("", "a")]),
    "literal": ([("news", "news"), ("a-z", "a-z"), ("a]", "a]"), ("]", "]"), ("{a,b}", "{a,b}")],
                [("news", "News"), ("news", "newsx"), ("newsx", "news"), ("{a,b}", "a")]),
    "star": ([("*", "a"), ("*", "a/b.c d"), ("***", "abc"), ("a*", "a"), ("a**", "a"),
              ("*a", "a"), ("*a*", "a"), ("a*b", "ab"), ("a*b", "a*b"), ("a*b", "aXbXb"),
              ("*b*d", "abcd"), ("*.*", ".")],
             [("a*b", "aXbX"), ("*.*", "a"), ("a*b", "b")]),
    "question mark": ([("?", "a"), ("??", "é"), ("*?", "a"), ("?*", "a"), ("*?*", "a")],
                      [("?", "ab"), ("?", "é"), ("a?", "a"), ("a?*", "a")]),
    "class": ([("h[ae]llo", "hello"), ("h[^e]llo", "hallo"), ("h[!e]llo", "h!llo"),
               ("h[!e]llo", "hello"), ("[a^]", "^"), ("[^^]", "a"), ("[*]", "*"), ("[?]", "?"),
               ("[[]", "[")],
              [("h[ae]llo", "hillo"), ("h[^e]llo", "hello"), ("h[!e]llo", "hallo"),
               ("[^^]", "^"), ("[*]", "a")]),
    "range": ([("h[a-c]llo", "hbllo"), ("h[c-a]llo", "hbllo"), ("[a-c-e]", "-"), ("[a-c-e]", "e"),
               ("[-a]", "-"), ("[a-a]", "a"), ("[--a]", "A")],
              [("h[a-c]llo", "hdllo"), ("[a-c-e]", "d"), ("[--a]", ",")]),
    # [a-] is a range from ] (5D) to a (61), and not closed.
    "range up to a bracket": ([("[a-]", "a"), ("[a-]", "]"), ("[a-]", "^"), ("[a-]x", "a"),
                               ("[a-]x", "x"), ("[a-]x]", "x")],
                              [("[a-]", "-"), ("[a-]", "b"), ("[a-]x", "ax")]),
    "empty class": ([("[^]", "a"), ("[^]", "]"), ("[^]abc]", "xabc]")],
                    [("[]", "a"), ("[]abc]", "a"), ("[]abc]", "]"), ("a[]", "a"),
                     ("[^]abc]", "x")]),
    "unterminated class": ([("[abc", "c"), ("x[abc", "xa"), ("*[abc", "xxc"), ("[a-", "a"),
                            ("[a-", "-"), ("[^", "a"), ("[^", "^"), ("[^abc", "d"), ("*[^", "a"),
                            ("[abc*", "*")],
                           [("[abc", "d"), ("[a-", "b"), ("[", "["), ("[", "a"), ("*[", "a"),
                            ("[^", "ab"), ("[^abc", "a"), ("[abc*", "ax")]),
    "escape in class": ([(r"[\]]", "]"), (r"[\]a]", "a"), (r"[\a-c]", "-"), (r"[\a-c]", "c"),
                         (r"[\-a]", "-"), (r"[\^a]", "^"), (r"[\\]", "\\"), ("[\\", "\\"),
                         ("[a\\", "\\"), (r"[a-\]]", r"\]"), (r"[a-\]]", "a]")],
                        [(r"[\a-c]", "b"), (r"[^\^]", "^"), (r"[a-\]]", "a"), (r"[a-\]]", "]")]),
    "escape outside": ([(r"\*", "*"), (r"a\?", "a?"), (r"\[a]", "[a]"), (r"\a", "a"),
                        (r"\\", "\\"), ("\\", "\\"), ("a\\", "a\\"), ("*\\", "x\\"),
                        (r"*\*", "ab*"), (r"\**", "*x")],
                       [(r"\*", "a"), (r"\*", r"\*"), ("a\\", "a")]),
    "NUL": ([("a*", "a\0b"), ("[\0]", "\0"), ("a\0*", "a\0")], [("a\0b", "a")]),
    "bytes above 7F": ([(b"[\xff]", b"\xff"), (b"[\x80-\xff]", b"\xc3"), (b"[^a]", b"\xff")],
                       [("[α-ω]", "β")]),
    "many stars": ([("*a" * 1000, "a" * 1000), ("a*" * 1001, "a" * 1001),
                    ("*a" * 1000 + "*", "a" * 1000), ("*" * 4000 + "a", "a")],
                   [("*a" * 1001, "a" * 1001), ("a*" * 1002, "a" * 1002)]),
}
# Redis compares these as signed or unsigned char as the machine has it; the broker: unsigned.
UNSIGNED_RANGES = ([(b"[a-\xff]", b"a"), (b"[a-\xff]", b"b"), (b"[a-\xff]", b"\x80"),
                    (b"[a-\xff]", b"\xff"), (b"[\x00-\xff]", b"\x00"), (b"[\x00-\xff]", b"z"),
                    (b"[\x00-\xff]", b"\x80")],
                   [(b"[a-\xff]", b"A"), (b"[a-\xff]", b"\x01")])


class Globs(WireTest):
    def assert_table(self, matching, not_matching):
        subscriber = self.connect()
        for count, pairs in ((1, matching), (0, not_matching)):
            for pattern, channel in pairs:
                subscriber.exchange(array("PSUBSCRIBE", pattern))
                found = value(self.watcher.ask("PUBLISH", channel, "x"))
                subscriber.exchange(array("PUNSUBSCRIBE", pattern))
                self.assertEqual(count, found, f"{pattern!r} and {channel!r}")

    def test_Patterns_match_as_in_Redis(self):
        for topic, (matching, not_matching) in TABLE.items():
            with self.subTest(topic):
                self.assert_table(matching, not_matching)

    @unittest.skipIf(AGAINST_REDIS, "in Redis it depends on the machine's char (D5)")
    def test_Ranges_compare_bytes_without_a_sign(self):
        self.assert_table(*UNSIGNED_RANGES)

    @unittest.skipIf(AGAINST_REDIS, "Redis has no limit")
    def test_A_pattern_past_the_limit_is_refused_and_the_connection_stays(self):
        subscriber = self.connect()
        answer = subscriber.exchange(array("PSUBSCRIBE", "a" * 100_000))
        self.assertRegex(answer, rb"^-ERR .*pattern.* \d+ .*\r\n$")
        self.assertEqual(b"+PONG\r\n", subscriber.ask("PING"))
        self.assertEqual(0, value(self.watcher.ask("PUBSUB", "NUMPAT")))

    def test_A_hostile_pattern_is_cheap(self):
        subscriber = self.connect()
        subscriber.exchange(array("PSUBSCRIBE", "*a" * 50 + "b"))
        for _ in range(20):
            self.assertEqual(0, value(self.watcher.ask("PUBLISH", "a" * 1000, "x")))

    def test_Many_patterns_find_exactly_the_right_ones(self):
        subscriber = self.connect()
        for shape in ("user.%d.*", "*.%d.log", "a*%d*b", "[ab]%d?N"):
            subscriber.exchange(array("PSUBSCRIBE", *[shape % n for n in range(100, 400)]))
        for channel, count in (("user.123.x", 1), ("x.123.log", 1), ("user.123.log", 2),
                               ("a123b", 1), ("b123xN", 1), ("user.99.x", 0), ("b", 0)):
            with self.subTest(channel):
                self.assertEqual(count, value(self.watcher.ask("PUBLISH", channel, "x")))


if __name__ == "__main__":
    unittest.main()
