"""How the broker reads requests: inline lines, arrays, and every protocol error with its text.
See wire_table.py for the notation."""
import unittest

from resp import array
from wire_table import AGAINST_REDIS, WireTest

LINE_MAX = 65536


def error(text):
    return f"-ERR Protocol error: {text}\r\n".encode()


class InlineLines(WireTest):
    # What is typed, what ECHO answers
    WORDS = [
        (b"ECHO abc\r\n", b"abc"),
        (b"ECHO abc\n", b"abc"),
        (b"echo\tabc \t \r\n", b"abc"),
        (b"   ECHO    abc   \r\n", b"abc"),
        (b"\r\n\n  \r\nECHO abc\r\n", b"abc"),
        (b"ECHO\rabc\r\n", b"abc"),
        (b"ECHO \x0b\x0cabc\r\n", b"abc"),
        (b"ECHO a\x0bb\r\n", b"a\x0bb"),
        (b"ECHO \xc3\xa9\xff\r\n", b"\xc3\xa9\xff"),
        (b'ECHO "hello world"\r\n', b"hello world"),
        (b'ECHO ""\r\n', b""),
        (b"ECHO ''\r\n", b""),
        (b'ECHO "a\\n\\r\\t\\b\\a"\r\n', b"a\n\r\t\b\a"),
        (b'ECHO "\\x41\\x0a\\xfF"\r\n', b"A\n\xff"),
        (b'ECHO "\\x4"\r\n', b"x4"),
        (b'ECHO "\\xg1"\r\n', b"xg1"),
        (b'ECHO "\\q\\\\\\""\r\n', b'q\\"'),
        (b"ECHO 'it\\'s \\n \"x\"'\r\n", b"it's \\n \"x\""),
        (b'ECHO a"b c"\r\n', b"ab c"),
        (b"ECHO a'b c'\r\n", b"ab c"),
        (b"ECHO a\\nb\r\n", b"a\\nb"),
        (b"'ECHO' \"x\"\r\n", b"x"),
    ]

    def test_Inline_words_are_split_and_unquoted(self):
        for line, word in self.WORDS:
            with self.subTest(line=line):
                got = self.connect().exchange(line)
                self.assertEqual(b"$%d\r\n%s\r\n" % (len(word), word), got)

    def test_Every_inline_line_works_cut_at_every_place(self):
        for line, word in self.WORDS:
            connection = self.connect()
            for cut in range(1, len(line)):
                connection.send_raw(line[:cut])
                got = connection.exchange(line[cut:])
                self.assertEqual(b"$%d\r\n%s\r\n" % (len(word), word), got, (line, cut))

    def test_Unbalanced_quotes_end_the_connection(self):
        for line in (b'ECHO "abc\r\n', b"ECHO 'abc\r\n", b'ECHO "a"b\r\n', b"ECHO 'a'b\r\n",
                     b'ECHO "abc\\"\r\n', b'"\n', b'ECHO "a""b"\r\n'):
            with self.subTest(line=line):
                connection = self.connect()
                connection.send_raw(line + b"PING\r\n")
                self.assertEqual(error("unbalanced quotes in request"),
                                 connection.read_until_closed())

    def test_A_line_may_wait_at_the_limit_and_ends_the_connection_past_it(self):
        connection = self.connect()
        connection.send_raw(b"PING " + b"x" * (LINE_MAX - 5))
        got = connection.exchange(b"\n")
        self.assertEqual(b"$%d\r\n%s\r\n" % (LINE_MAX - 5, b"x" * (LINE_MAX - 5)), got)
        connection.send_raw(b"x" * (LINE_MAX + 1))
        self.assertEqual(error("too big inline request"), connection.read_until_closed())

    @unittest.skipIf(AGAINST_REDIS, "in Redis it depends on how the bytes were packed (D10)")
    def test_A_line_past_the_limit_is_refused_also_when_it_arrives_whole(self):
        connection = self.connect()
        connection.send_raw(b"ECHO " + b"x" * 70000 + b"\r\n")
        self.assertEqual(error("too big inline request"), connection.read_until_closed())

    def test_Bytes_without_a_line_end_never_wait_for_ever(self):
        for junk in (b"\x00", b"\xff", b"a\x00"):
            with self.subTest(junk=junk):
                connection = self.connect()
                connection.send_raw(junk * (LINE_MAX + 1))
                self.assertEqual(error("too big inline request"), connection.read_until_closed())


class Arrays(WireTest):
    def test_Inline_and_arrays_mix_freely(self):
        got = self.connect().exchange(b"ECHO a\r\n" + array("ECHO", "b") + b"ECHO c\n")
        self.assertEqual(b"$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", got)

    def test_An_empty_or_negative_array_is_ignored(self):
        for request in (b"*0\r\n", b"*-1\r\n", b"*-5\r\n", b"*-9223372036854775808\r\n"):
            with self.subTest(request=request):
                self.assertEqual(b"", self.connect().exchange(request))

    def test_Some_bytes_are_skipped_unchecked(self):
        for request in (b"*1\rx$4\r\nPING\r\n", b"*1\r\n$4\rxPING\r\n", b"*1\r\n$4\r\nPINGxx"):
            with self.subTest(request=request):
                self.assertEqual(b"+PONG\r\n", self.connect().exchange(request))

    def test_An_array_works_cut_at_every_place(self):
        request = array("ECHO", b"a\r\n*1\r\n$4\r\nb") + array("PING")
        connection = self.connect()
        for cut in range(1, len(request)):
            connection.send_raw(request[:cut])
            got = connection.exchange(request[cut:])
            self.assertEqual(b"$12\r\na\r\n*1\r\n$4\r\nb\r\n+PONG\r\n", got, cut)

    def test_An_array_works_byte_by_byte(self):
        connection = self.connect()
        for byte in array("ECHO", "hello"):
            connection.send_raw(bytes([byte]))
        self.assertEqual(b"$5\r\nhello\r\n", connection.exchange(b""))

    def test_Many_arguments_are_fine(self):
        names = ["ch%d" % n for n in range(20000)]
        got = self.connect().exchange(array("PUBSUB", "NUMSUB", *names))
        self.assertTrue(got.startswith(b"*40000\r\n"))


class ProtocolErrors(WireTest):
    MALFORMED = [
        (b"*x\r\n", "invalid multibulk length"),
        (b"*\r\n", "invalid multibulk length"),
        (b"*+1\r\n", "invalid multibulk length"),
        (b"* 1\r\n", "invalid multibulk length"),
        (b"*01\r\n", "invalid multibulk length"),
        (b"*1 \r\n", "invalid multibulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*99999999999999999999\r\n", "invalid multibulk length"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$\r\n", "invalid bulk length"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$+4\r\n", "invalid bulk length"),
        (b"*1\r\n$04\r\n", "invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
        (b"*2\r\n$4\r\nECHO\r\n$99999999999\r\n", "invalid bulk length"),
        (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
        (b"*1\r\n:4\r\n", "expected '$', got ':'"),
        (b"*1\r\n\r\n", "expected '$', got ' '"),
        (b"*1\r\n\n\r\n", "expected '$', got ' '"),
        (b"*2\r\n$4\r\nECHO\r\n*1\r\n", "expected '$', got '*'"),
        (b"*" + b"1" * LINE_MAX, "too big mbulk count string"),
        (b"*\x00" + b"1" * LINE_MAX, "too big mbulk count string"),
        (b"*1\r\n$" + b"1" * LINE_MAX, "too big bulk count string"),
        (b"*1\r\nx" + b"1" * LINE_MAX, "too big bulk count string"),
    ]

    def test_Each_malformed_request_gets_its_error_and_a_close(self):
        for request, text in self.MALFORMED:
            with self.subTest(request=request[:40]):
                connection = self.connect()
                connection.send_raw(request)
                self.assertEqual(error(text), connection.read_until_closed())

    def test_The_error_comes_after_the_replies_already_due_and_ends_all(self):
        for request, text in self.MALFORMED:
            with self.subTest(request=request[:40]):
                connection = self.connect()
                connection.send_raw(array("ECHO", "due") + b"PING\r\n" + request)
                self.assertEqual(b"$3\r\ndue\r\n+PONG\r\n" + error(text),
                                 connection.read_until_closed())

    def test_What_follows_the_error_is_ignored(self):
        connection = self.connect()
        connection.send_raw(b"*x\r\n" + array("PUBLISH", "a", "x") * 100)
        self.assertEqual(error("invalid multibulk length"), connection.read_until_closed())

    def test_A_subscriber_gets_its_messages_up_to_its_own_error(self):
        subscriber, publisher = self.connect(), self.connect()
        subscriber.exchange(array("SUBSCRIBE", "a"))
        publisher.exchange(array("PUBLISH", "a", "x"))
        subscriber.send_raw(b"*x\r\n")
        self.assertEqual(b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"
                         + error("invalid multibulk length"), subscriber.read_until_closed())

    def test_The_largest_lengths_are_accepted_and_wait(self):
        for request in (b"*2147483647\r\n", b"*1\r\n$536870912\r\n"):
            with self.subTest(request=request):
                connection = self.connect()
                connection.send_raw(request)
                connection.finish_sending()
                self.assertEqual(b"", connection.read_until_closed())

    def test_A_web_browser_that_strays_here_is_dropped_without_a_word(self):
        for request in (b"POST / HTTP/1.1\r\n", b"Host: localhost:6379\r\n",
                        b"post / HTTP/1.1\r\n", b"host: x\r\n"):
            with self.subTest(request=request):
                connection = self.connect()
                connection.send_raw(request + array("PUBLISH", "a", "x"))
                self.assertEqual(b"", connection.read_until_closed())

    def test_A_half_request_and_a_hang_up_harm_nobody(self):
        for half in (b"*3\r\n$7\r\nPUBL", b"*3\r\n$7", b"PUBLISH a", b"*", b'ECHO "'):
            connection = self.connect()
            connection.send_raw(half)
            connection.close()
        self.assertEqual(b"+PONG\r\n", self.watcher.ask("PING"))


if __name__ == "__main__":
    unittest.main()
