"""MULTI, EXEC, DISCARD, WATCH and UNWATCH on the broker's wire. See wire_table.py for the notation.

A transaction is sent in one write: what comes back is compared as a whole."""
import shlex
import unittest

from resp import array
from wire_table import AGAINST_REDIS, Case, Step, WireTest, tested


def script(*lines):
    return b"".join(array(*shlex.split(line)) for line in lines)


QUEUED = "+QUEUED↵"
DISCARDED = "-EXECABORT Transaction discarded because of previous errors.↵"
NOT_INSIDE = "-ERR Command not allowed inside a transaction↵"
SSUBSCRIBE_REFUSED = "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client↵"


def doomed_by(line, error, redis70=None):
    return Step("a", script("MULTI", line, "EXEC"), "+OK↵" + error + DISCARDED, redis70=redis70)


def aborted(why):
    return f"-EXECABORT Transaction discarded because of: {why}↵"


ONE_FRAME = "-ERR {} inside a transaction may have one reply only: use one command for each name↵"
NO_SILENCE = ("-ERR CLIENT REPLY OFF and SKIP are not allowed inside a transaction: EXEC announces "
              "a reply to each command↵")
SUBSCRIBE_A = "»3↵$9↵subscribe↵$1↵a↵:1↵"


@tested(
    Case("EXEC answers one element for each command, in order",
         ("a", script("MULTI", "PING", "ECHO x", "EXEC"), "+OK↵" + QUEUED * 2
          + "*2↵+PONG↵$1↵x↵")),
    Case("An empty transaction answers an empty array",
         ("a", script("MULTI", "EXEC"), "+OK↵*0↵")),
    Case("A command that fails when it runs does not stop the rest",
         ("a", script("MULTI", "SELECT 99", "PING", "EXEC"),
          "+OK↵" + QUEUED * 2 + "*2↵-ERR DB index is out of range↵+PONG↵")),
    Case("EXEC and DISCARD need a MULTI",
         ("a", "EXEC", "-ERR EXEC without MULTI↵"),
         ("a", "DISCARD", "-ERR DISCARD without MULTI↵"),
         ("a", script("MULTI", "PING", "DISCARD", "EXEC"),
          "+OK↵" + QUEUED + "+OK↵-ERR EXEC without MULTI↵")),
    Case("MULTI and WATCH inside are errors that do no harm",
         ("a", script("MULTI", "MULTI", "WATCH k", "PING", "EXEC"),
          "+OK↵-ERR MULTI calls can not be nested↵-ERR WATCH inside MULTI is not allowed↵"
          + QUEUED + "*1↵+PONG↵")),
    Case("An error while queueing dooms the transaction",
         doomed_by("nonsense", "-ERR unknown command 'nonsense', with args beginning with: ↵"),
         doomed_by("ECHO", "-ERR wrong number of arguments for 'echo' command↵"),
         doomed_by("CLIENT FOO", "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.↵"),
         doomed_by("DISCARD x", "-ERR wrong number of arguments for 'discard' command↵"),
         ("a", "PING", "+PONG↵")),
    Case("A doomed transaction runs nothing",
         ("b", "SUBSCRIBE a", SUBSCRIBE_A),
         ("a", script("MULTI", "PUBLISH a 1", "nonsense", "PUBLISH a 2", "EXEC"),
          "+OK↵" + QUEUED + "-ERR unknown command 'nonsense', with args beginning with: ↵" + QUEUED
          + DISCARDED),
         ("b", None, "")),
    Case("EXEC with an argument ends the transaction",
         ("a", script("MULTI", "EXEC x", "EXEC"),
          "+OK↵" + aborted("wrong number of arguments for 'exec' command")
          + "-ERR EXEC without MULTI↵")),
    Case("RESET and QUIT are not queued",
         ("a", script("MULTI", "PING", "RESET", "EXEC"),
          "+OK↵" + QUEUED + "+RESET↵-ERR EXEC without MULTI↵"), resp=(2,)),
    Case("UNWATCH is queued",
         ("a", script("WATCH k", "MULTI", "UNWATCH", "EXEC"), "+OK↵+OK↵" + QUEUED + "*1↵+OK↵")),
    Case("EXEC and MULTI of a RESP2 subscriber are refused",
         ("a", "SUBSCRIBE a", SUBSCRIBE_A),
         ("a", "MULTI", "-ERR Can't execute 'multi': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING "
          "/ QUIT / RESET are allowed in this context↵"),
         ("a", "EXEC", aborted("Can't execute 'exec': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING "
                               "/ QUIT / RESET are allowed in this context")), resp=(2,)),
    Case("Messages to oneself follow the whole array",
         ("a", "SUBSCRIBE a", SUBSCRIBE_A),
         Step("a", script("MULTI", "PUBLISH a 1", "PING", "PUBLISH a 2", "EXEC"),
              "+OK↵" + QUEUED * 3 + "*3↵:1↵+PONG↵:1↵»3↵$7↵message↵$1↵a↵$1↵1↵"
              "»3↵$7↵message↵$1↵a↵$1↵2↵", redis70="‹…›"), resp=(3,)),
    Case("Others get a transaction's messages together",
         ("b", "SUBSCRIBE a", SUBSCRIBE_A),
         ("a", script("MULTI", "PUBLISH a 1", "PUBLISH a 2", "EXEC"),
          "+OK↵" + QUEUED * 2 + "*2↵:1↵:1↵"),
         ("b", None, "»3↵$7↵message↵$1↵a↵$1↵1↵»3↵$7↵message↵$1↵a↵$1↵2↵")),
    Case("SUBSCRIBE of one name is an element",
         Step("a", script("MULTI", "SUBSCRIBE a", "PUBLISH a 1", "UNSUBSCRIBE a", "EXEC"),
              "+OK↵" + QUEUED * 3 + "*3↵" + SUBSCRIBE_A + ":1↵»3↵$11↵unsubscribe↵$1↵a↵:0↵"
              "»3↵$7↵message↵$1↵a↵$1↵1↵", redis70="‹…›")),
    Case("UNSUBSCRIBE that will have one frame is an element",
         ("a", script("MULTI", "UNSUBSCRIBE", "EXEC"),
          "+OK↵" + QUEUED + "*1↵»3↵$11↵unsubscribe↵∅:0↵"),
         ("a", script("MULTI", "PSUBSCRIBE p*", "PUNSUBSCRIBE", "EXEC"),
          "+OK↵" + QUEUED * 2 + "*2↵»3↵$10↵psubscribe↵$2↵p*↵:1↵»3↵$12↵punsubscribe↵$2↵p*↵:0↵"),
         ("a", script("MULTI", "SUNSUBSCRIBE s", "EXEC"),
          "+OK↵" + QUEUED + "*1↵»3↵$12↵sunsubscribe↵$1↵s↵:0↵")),
    Case("What would have more frames than EXEC announces is refused",
         doomed_by("SUBSCRIBE a b", ONE_FRAME.format("SUBSCRIBE")),
         doomed_by("PSUBSCRIBE a b", ONE_FRAME.format("PSUBSCRIBE")),
         doomed_by("UNSUBSCRIBE a b", ONE_FRAME.format("UNSUBSCRIBE")),
         doomed_by("SUNSUBSCRIBE a b", ONE_FRAME.format("SUNSUBSCRIBE")),
         Step("a", script("MULTI", "SUBSCRIBE a", "SUBSCRIBE b", "UNSUBSCRIBE", "EXEC"),
              "+OK↵" + QUEUED * 2 + ONE_FRAME.format("UNSUBSCRIBE") + DISCARDED), only="parley"),
    Case("UNSUBSCRIBE while several are held is refused",
         ("a", script("SUBSCRIBE a", "SUBSCRIBE b"), "‹…›"),
         doomed_by("UNSUBSCRIBE", ONE_FRAME.format("UNSUBSCRIBE")), resp=(3,), only="parley"),
    Case("SSUBSCRIBE inside is an error element",
         ("a", script("MULTI", "SSUBSCRIBE s", "SSUBSCRIBE s t", "PING", "EXEC"),
          "+OK↵" + QUEUED * 3 + "*3↵" + SSUBSCRIBE_REFUSED * 2 + "+PONG↵")),
    Case("HELLO inside is refused: it would change the protocol in the middle of the array",
         doomed_by("HELLO 3", NOT_INSIDE), only="parley"),
    Case("CLIENT REPLY OFF and SKIP inside are refused",
         doomed_by("CLIENT REPLY OFF", NO_SILENCE),
         doomed_by("CLIENT REPLY SKIP", NO_SILENCE),
         ("a", script("MULTI", "CLIENT REPLY ON", "EXEC"), "+OK↵" + QUEUED + "*1↵+OK↵"),
         only="parley"),
    Case("A failing AUTH inside is an element",
         ("a", script("MULTI", "AUTH nobody x", "PING", "EXEC"), "+OK↵" + QUEUED * 2
          + "*2↵-WRONGPASS invalid username-password pair or user is disabled.↵+PONG↵")),
)
class Transactions(WireTest):
    pass


def watching(*changes):
    """A watches, the changes happen, A runs a transaction."""
    return ["WATCH k", *changes, "MULTI", "PING"]


@tested(
    Case("A watched key that nobody changed lets the transaction run",
         ("a", script(*watching(), "EXEC"), "+OK↵+OK↵" + QUEUED + "*1↵+PONG↵")),
    Case("A watched key that another client changed stops the transaction, once",
         ("a", "WATCH k other", "+OK↵"),
         ("b", "XADD k 1-1 f v", "$3↵1-1↵"),
         ("a", script("MULTI", "PING", "EXEC"), "+OK↵" + QUEUED + "∅[]"),
         ("a", script("MULTI", "PING", "EXEC"), "+OK↵" + QUEUED + "*1↵+PONG↵"),
         ("b", "DEL k", ":1↵")),
    Case("The watcher's own change counts too",
         ("a", script(*watching("XADD k 1-1 f v"), "EXEC"), "+OK↵$3↵1-1↵+OK↵" + QUEUED + "∅[]"),
         ("a", "DEL k", ":1↵")),
    Case("A key of another database is another key",
         ("a", "WATCH k", "+OK↵"),
         ("b", script("SELECT 3", "XADD k 1-1 f v", "DEL k"), "+OK↵$3↵1-1↵:1↵"),
         ("a", script("MULTI", "PING", "EXEC"), "+OK↵" + QUEUED + "*1↵+PONG↵")),
    Case("DEL, XDEL, XTRIM, EXPIRE and FLUSHALL are changes of a key that is there",
         *[step for change, answer in [("DEL k", ":1↵"), ("XDEL k 1-1", ":1↵"),
                                       ("XTRIM k MAXLEN 0", ":1↵"), ("EXPIRE k 100", ":1↵"),
                                       ("FLUSHALL", "+OK↵")]
           for step in (("b", "DEL k", "‹…›"), ("b", "XADD k 1-1 f v", "$3↵1-1↵"),
                        ("a", script(*watching(change), "EXEC"),
                         "+OK↵" + answer + "+OK↵" + QUEUED + "∅[]"))],
         ("b", "DEL k", "‹…›")),
    Case("What changes nothing is no change",
         ("b", "XADD k 1-1 f v", "$3↵1-1↵"),
         ("a", script(*watching("XSETID k 5-5", "XDEL k 9-9", "XTRIM k MAXLEN 5", "PUBLISH k x"),
                      "EXEC"),
          "+OK↵+OK↵:0↵:0↵:0↵+OK↵" + QUEUED + "*1↵+PONG↵"),
         ("b", "DEL k", ":1↵"),
         ("a", script(*watching("DEL k", "FLUSHALL"), "EXEC"),
          "+OK↵:0↵+OK↵+OK↵" + QUEUED + "*1↵+PONG↵")),
    Case("UNWATCH, DISCARD and RESET forget what was watched",
         ("a", script("WATCH k", "XADD k 1-1 f v", "UNWATCH", "MULTI", "PING", "EXEC"),
          "+OK↵$3↵1-1↵+OK↵+OK↵" + QUEUED + "*1↵+PONG↵"),
         ("a", script("WATCH k", "XADD k 1-2 f v", "MULTI", "DISCARD", "MULTI", "PING", "EXEC"),
          "+OK↵$3↵1-2↵+OK↵+OK↵+OK↵" + QUEUED + "*1↵+PONG↵"),
         ("a", script("WATCH k", "XADD k 1-3 f v", "RESET", "MULTI", "PING", "EXEC"),
          "+OK↵$3↵1-3↵+RESET↵+OK↵" + QUEUED + "*1↵+PONG↵"),
         ("b", "DEL k", ":1↵")),
    Case("EXECABORT wins over a changed key",
         ("a", script("WATCH k", "XADD k 1-1 f v", "MULTI", "nonsense", "EXEC"),
          "+OK↵$3↵1-1↵+OK↵-ERR unknown command 'nonsense', with args beginning with: ↵"
          + DISCARDED),
         ("b", "DEL k", ":1↵")),
)
class Watching(WireTest):
    pass


@unittest.skipIf(AGAINST_REDIS, "Redis 7.0 does not count what is queued")
class QueryBuffer(WireTest):
    def test_What_is_queued_counts_against_the_query_buffer(self):
        self.watcher.ask("CONFIG", "SET", "client-query-buffer-limit", "1mb")
        self.addCleanup(self.watcher.ask, "CONFIG", "SET", "client-query-buffer-limit", "1gb")
        connection = self.connect()
        connection.send("MULTI")
        self.assertEqual(b"+OK\r\n", connection.read_reply())
        try:
            for _ in range(100):
                connection.send("ECHO", "x" * 100_000)
        except OSError:
            pass
        queued = connection.read_until_closed().count(b"+QUEUED\r\n")
        self.assertLess(queued, 50)

    def test_The_cut_is_counted(self):
        self.assertIn(b"client_query_buffer_limit_disconnections:", self.watcher.ask("INFO", "stats"))


if __name__ == "__main__":
    unittest.main()
