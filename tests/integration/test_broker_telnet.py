"""Somebody at a telnet: lines in, readable answers out."""
import re
import unittest

import harness
from resp import array, value
from wire_table import AGAINST_REDIS, WireTest


class Telnet(WireTest):
    def transcript(self, text):
        """Plays a session. Lines that begin with `> ` are typed; the lines under them are all
        that the server must answer, as telnet would show it."""
        connection = self.connect()
        for part in re.split(r"^> ", text.strip(), flags=re.MULTILINE)[1:]:
            typed, *shown = part.rstrip("\n").split("\n")
            got = connection.exchange(typed.encode() + b"\r\n").decode()
            self.assertEqual([line.strip() for line in shown], got.split("\r\n")[:-1], typed)
        return connection

    def test_An_operator_looks_around(self):
        self.transcript("""
> PING
+PONG
> ping hello
$5
hello
> PUBLISH chat.lobby hello
:0
> pubsub channels
*0
> ECHO "two words"
$9
two words
> ECHO 'it\\'s'
$4
it's
""")

    def test_A_blank_line_does_nothing_and_LF_alone_is_a_line_end(self):
        connection = self.connect()
        self.assertEqual(b"", connection.exchange(b"\r\n\r\n\n\n"))
        self.assertEqual(b"+PONG\r\n", connection.exchange(b"PING\n"))
        self.assertEqual(b"+PONG\r\n+PONG\r\n", connection.exchange(b"PING\nPING\r\n"))

    @unittest.skipIf(AGAINST_REDIS, "Redis takes backspace for a letter")
    def test_Backspace_and_delete_take_back_what_was_typed(self):
        for typed, word in ((b"ECHO abx\x08c", "abc"), (b"EX\x7fCHO abc", "abc"),
                            (b"\x08\x08ECHO abc", "abc"), (b"nonsense\x7f\x7f" + b"\x08" * 6
                                                         + b"ECHO abc", "abc"),
                            ("ECHO aé\x7fbc".encode(), "abc")):
            with self.subTest(typed=typed):
                connection = self.connect()
                connection.send_raw(typed + b"\r\n")
                self.assertEqual(word, value(connection.read_reply()))
        self.assertEqual("a\x08b", value(self.connect().ask("ECHO", "a\x08b")), "arrays are exact")

    def test_An_unknown_word_gets_an_error_and_the_session_goes_on(self):
        connection = self.connect()
        self.assertTrue(connection.exchange(b"hallo welt\r\n").startswith(
            b"-ERR unknown command 'hallo', with args beginning with: 'welt' "))
        self.assertEqual(b"+PONG\r\n", connection.exchange(b"PING\r\n"))

    def test_A_forgotten_quote_is_said_and_ends_the_session(self):
        connection = self.connect()
        connection.send_raw(b'PUBLISH chat.lobby "hello\r\n')
        self.assertEqual(b"-ERR Protocol error: unbalanced quotes in request\r\n",
                         connection.read_until_closed())

    def test_An_operator_watches_every_room_live(self):
        watching = self.transcript("""
> PSUBSCRIBE chat.*
*3
$10
psubscribe
$6
chat.*
:1
""")
        publisher = self.connect()
        for room, text in (("chat.lobby", "hello"), ("chat.tea", "two words"), ("other", "no")):
            publisher.send("PUBLISH", room, text)
        for room, text in (("chat.lobby", "hello"), ("chat.tea", "two words")):
            self.assertEqual(["pmessage", "chat.*", room, text], value(watching.read_reply()))
        self.assertEqual(b"", watching.exchange(b""))

    def test_A_typed_PUBLISH_reaches_a_program(self):
        subscriber = self.connect(resp=3)
        subscriber.exchange(array("SUBSCRIBE", "chat.lobby"))
        got = self.connect().exchange(b'PUBLISH chat.lobby "hello there"\r\n')
        self.assertEqual(b":1\r\n", got)
        self.assertTrue(subscriber.read_reply().endswith(b"$11\r\nhello there\r\n"))


@unittest.skipIf(AGAINST_REDIS, "Redis has no HELP")
class Help(WireTest):
    def help(self, line):
        answer = self.connect().exchange(line)
        self.assertFalse(answer.startswith(b"-"), answer)
        return answer.decode()

    def test_HELP_names_every_command_on_a_line_of_its_own_with_what_it_does(self):
        text = self.help(b"HELP\r\n")
        commands = value(self.watcher.ask("COMMAND", "LIST"))
        for name in commands:
            if "|" not in name:
                self.assertRegex(text, rf"(?im)^\W?.*\b{name}\b.*")

    def test_HELP_of_a_command_shows_how_to_write_it_and_what_it_does(self):
        text = self.help(b"HELP PUBLISH\r\n")
        self.assertRegex(text, r"PUBLISH channel message")
        self.assertGreater(len(text.split()), 6, "a sentence about it too")
        self.assertEqual(text, self.help(b"help publish\n"))

    def test_HELP_of_a_container_shows_its_subcommands(self):
        text = self.help(b"HELP PUBSUB\r\n").upper()
        for subcommand in ("CHANNELS", "NUMSUB", "NUMPAT"):
            self.assertIn(subcommand, text)

    def test_HELP_of_a_subcommand(self):
        self.assertIn("CLIENT KILL", self.help(b"HELP CLIENT KILL\r\n"))
        answer = self.connect().exchange(b"HELP CLIENT NONSENSE\r\n")
        self.assertTrue(answer.startswith(b"-ERR CLIENT has no subcommand 'NONSENSE'"), answer)

    def test_HELP_of_nonsense_says_so_and_the_session_goes_on(self):
        connection = self.connect()
        answer = connection.exchange(b"HELP nonsense\r\n")
        self.assertIn(b"nonsense", answer)
        self.assertEqual(b"+PONG\r\n", connection.exchange(b"PING\r\n"))

    def test_HELP_has_no_lines_wider_than_a_terminal(self):
        for line in self.help(b"HELP\r\n").split("\n"):
            self.assertLessEqual(len(line.rstrip()), 100)


@unittest.skipIf(AGAINST_REDIS, "the README shows a Parley broker")
class ReadmeSession(WireTest):
    """The telnet sessions that the README shows are played as they stand there."""

    def sessions(self):
        """The indented blocks that begin with `$ telnet`, each as a list of lines."""
        text = (harness.ROOT / "README.md").read_text()
        blocks = re.findall(r"(?m)^    \$ telnet .*\n((?:    .*\n)+)", text)
        return [[line[4:] for line in block.splitlines()] for block in blocks]

    def play(self, connection, lines):
        """Types the first line that is left and takes off what must be the broker's answer."""
        while lines:
            connection.send_inline(lines[0])
            answer = connection.read_reply().decode().splitlines()
            answer = answer[:-1] if answer[-1] == "" else answer
            self.assertEqual(lines[1:1 + len(answer)], answer, f"after {lines[0]!r}")
            lines = lines[1 + len(answer):]

    def test_It_goes_as_the_README_shows(self):
        watching, speaking = self.sessions()
        operator = self.connect()
        self.play(operator, watching)
        self.play(self.connect(), speaking)
        self.assertEqual(["pmessage", "chat.*", "chat.lobby", "tea is ready"],
                         value(operator.read_reply()))


if __name__ == "__main__":
    unittest.main()
