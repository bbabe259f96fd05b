"""Streams byte for byte: adding, reading, removing, trimming, setting, telling about them. See
wire_table.py and stream_case.py for the notation. What random sequences can find is found by
test_stream_differential.py."""
import unittest

from stream_case import (INVALID_ID, NO_SUCH_KEY, NOT_AN_INTEGER, SYNTAX_ERROR, StreamTest, arity,
                         bulk, bulks, entries, entry)
from wire_table import Case, Step, tested

TOP_ITEM = "-ERR The ID specified in XADD is equal or smaller than the target stream top item↵"
EXHAUSTED = "-ERR The stream has exhausted the last possible ID, unable to add more items↵"
BOTH = "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible↵"
ID_MAX = "18446744073709551615-18446744073709551615"


@tested(
    Case("An entry gets the ID that it asks for",
         ("a", "XADD s 1-1 f v", bulk("1-1")),
         ("a", "XADD s 1 f v", TOP_ITEM),
         ("a", "XADD s 2 f v", bulk("2-0")),
         ("a", "XADD s 0002-05 f v", bulk("2-5")),
         ("a", "XLEN s", ":3↵"),
         ("a", "XLEN none", ":0↵")),
    Case("The sequence number is chosen where it is asked for",
         ("a", "XADD s 0-* f v", bulk("0-1")),
         ("a", "XADD s 0-* f v", bulk("0-2")),
         ("a", "XADD s 7-* f v", bulk("7-0")),
         ("a", "XADD s 7-* f v", bulk("7-1")),
         ("a", "XADD s 6-* f v", TOP_ITEM),
         ("a", "XADD s 7-18446744073709551615 f v", bulk("7-18446744073709551615")),
         Step("a", "XADD s 7-* f v", TOP_ITEM, "-ERR Elements are too large to be stored↵")),
    Case("A star takes the time, and never goes back",
         ("a", "XADD s * f v", "‹bulk›"),
         ("a", "XADD s 99999999999999-5 f v", bulk("99999999999999-5")),
         ("a", "XADD s * f v", bulk("99999999999999-6")),
         ("a", "XSETID s 99999999999999-18446744073709551615", "+OK↵"),
         ("a", "XADD s * f v", bulk("100000000000000-0"))),
    Case("IDs that are none are refused before anything else",
         *[("a", ["XADD", "s", word, "f", "v"], INVALID_ID)
           for word in ("x", "", "-", "+", "-1", "1-", "1-x", "*-1", "1-*-1", "1.5",
                        "18446744073709551616", "1-18446744073709551616", "MAXLEN=")],
         ("a", "XADD s LIMIT f v", NOT_AN_INTEGER),
         ("a", "XADD s x f", arity("xadd")),
         ("a", "XADD s 1-1 f v g", arity("xadd")),
         ("a", "XADD s MAXLEN 5 1-1 f", arity("xadd")),
         ("a", "XADD s 0-0 f v g", arity("xadd")),
         ("a", "XADD s 0-0 f v", "-ERR The ID specified in XADD must be greater than 0-0↵"),
         ("a", "XADD s 0 f v", "-ERR The ID specified in XADD must be greater than 0-0↵"),
         ("a", "EXISTS s", ":0↵")),
    Case("After the last ID there is none",
         ("a", f"XADD s {ID_MAX} f v", bulk(ID_MAX)),
         ("a", "XADD s * f v", EXHAUSTED),
         ("a", "XADD s 1-1 f v", EXHAUSTED)),
    Case("NOMKSTREAM makes no stream",
         ("a", "XADD s NOMKSTREAM 1-1 f v", "∅"),
         ("a", "XADD s 1-1 f v", bulk("1-1")),
         ("a", "XADD s nomkstream 1-2 f v", bulk("1-2"))),
    Case("The first word that is no option is the ID",
         ("a", "XADD s 1-1 MAXLEN 2", bulk("1-1")),
         ("a", "XRANGE s - +", entries(entry("1-1", "MAXLEN", "2")))),
    Case("Fields keep their order, may repeat, and may be empty",
         ("a", ["XADD", "s", "1-1", "b", "1", "a", "2", "b", "", "", "x"], bulk("1-1")),
         ("a", "XRANGE s - +", entries(entry("1-1", "b", "1", "a", "2", "b", "", "", "x")))),
    Case("Adding trims",
         *[("a", f"XADD s {n} f v", bulk(f"{n}-0")) for n in range(1, 6)],
         ("a", "XADD s MAXLEN 3 6 f v", bulk("6-0")),
         ("a", "XRANGE s - +", entries("4-0", "5-0", "6-0")),
         ("a", "XADD s MINID = 6 7 f v", bulk("7-0")),
         ("a", "XRANGE s - +", entries("6-0", "7-0")),
         ("a", "XADD s MAXLEN = 0 8 f v", bulk("8-0")),
         ("a", "XLEN s", ":0↵"),
         ("a", "TYPE s", "+stream↵"),
         ("a", "XADD s 8 f v", TOP_ITEM)),
    Case("Options that make no sense are refused",
         ("a", "XADD s MAXLEN -1 1 f v", "-ERR The MAXLEN argument must be >= 0.↵"),
         ("a", "XADD s MAXLEN x 1 f v", NOT_AN_INTEGER),
         ("a", "XADD s MINID x 1 f v", INVALID_ID),
         ("a", "XADD s MINID - 1 f v", INVALID_ID),
         ("a", "XADD s MINID 1-* 1 f v", INVALID_ID),
         ("a", "XADD s MAXLEN ~ 1 LIMIT -1 1 f v", "-ERR The LIMIT argument must be >= 0.↵"),
         ("a", "XADD s MAXLEN 1 MINID 1 1 f v", BOTH),
         ("a", "XADD s MAXLEN 1 MAXLEN 1 1 f v", BOTH),
         ("a", "XADD s LIMIT 1 1 f v",
          "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy↵"),
         ("a", "XADD s LIMIT 0 1 f v",
          "-ERR syntax error, LIMIT cannot be used without the special ~ option↵"),
         ("a", "XADD s MAXLEN 1 LIMIT 1 1 f v",
          "-ERR syntax error, LIMIT cannot be used without the special ~ option↵")),
)
class Adding(StreamTest):
    pass


FIVE = [("a", f"XADD s {id} f v", bulk(id)) for id in ("1-1", "1-2", "2-0", "3-0", "3-5")]


@tested(
    Case("A range is inclusive at both ends",
         *FIVE,
         ("a", "XRANGE s - +", entries("1-1", "1-2", "2-0", "3-0", "3-5")),
         ("a", "XRANGE s 1-2 3-0", entries("1-2", "2-0", "3-0")),
         ("a", "XRANGE s 1 1", entries("1-1", "1-2")),
         ("a", "XRANGE s 2 3", entries("2-0", "3-0", "3-5")),
         ("a", "XRANGE s 4 +", "*0↵"),
         ("a", "XRANGE s 3 1", "*0↵"),
         ("a", "XRANGE none - +", "*0↵")),
    Case("A bracket leaves an end out",
         *FIVE,
         ("a", "XRANGE s (1-1 (3-5", entries("1-2", "2-0", "3-0")),
         ("a", "XRANGE s (1 +", entries("1-1", "1-2", "2-0", "3-0", "3-5")),
         ("a", "XRANGE s - (2", entries("1-1", "1-2", "2-0")),
         ("a", f"XRANGE s ({ID_MAX} +", "-ERR invalid start ID for the interval↵"),
         ("a", "XRANGE s - (0-0", "-ERR invalid end ID for the interval↵"),
         ("a", "XRANGE s ( +", INVALID_ID),
         ("a", "XRANGE s (- +", INVALID_ID),
         ("a", "XRANGE s - (+", INVALID_ID)),
    Case("A range can be read from the end",
         *FIVE,
         ("a", "XREVRANGE s + -", entries("3-5", "3-0", "2-0", "1-2", "1-1")),
         ("a", "XREVRANGE s 3 1-2 COUNT 2", entries("3-5", "3-0")),
         ("a", "XREVRANGE s (3-5 (1-1", entries("3-0", "2-0", "1-2")),
         ("a", "XREVRANGE s - +", "*0↵"),
         ("a", "XREVRANGE none + -", "*0↵")),
    Case("COUNT limits a range",
         *FIVE,
         ("a", "XRANGE s - + COUNT 2", entries("1-1", "1-2")),
         ("a", "XRANGE s - + count 2 COUNT 1", entries("1-1")),
         ("a", "XRANGE s - + COUNT 0", "∅[]"),
         ("a", "XRANGE s - + COUNT -5", "∅[]"),
         ("a", "XRANGE none - + COUNT 0", "*0↵")),
    Case("A range is checked from left to right, the key last",
         ("a", "XRANGE none x y COUNT z", INVALID_ID),
         ("a", "XRANGE none - y COUNT z", INVALID_ID),
         ("a", "XRANGE none - + COUNT z", NOT_AN_INTEGER),
         ("a", "XRANGE none - + COUNT", SYNTAX_ERROR),
         ("a", "XRANGE none - + LIMIT 1", SYNTAX_ERROR),
         ("a", "XRANGE none -", arity("xrange"))),
    Case("Entries are removed by ID",
         *FIVE,
         ("a", "XDEL s 1-2 3-0 9-9 1-2", ":2↵"),
         ("a", "XRANGE s - +", entries("1-1", "2-0", "3-5")),
         ("a", "XREVRANGE s + -", entries("3-5", "2-0", "1-1")),
         ("a", "XLEN s", ":3↵"),
         ("a", "XDEL none x", ":0↵"),
         ("a", "XDEL s 1-1 x", INVALID_ID),
         ("a", "XDEL s -", INVALID_ID),
         ("a", "XLEN s", ":3↵"),
         ("a", "XDEL s 1-1 2 3-5", ":3↵"),
         ("a", "EXISTS s", ":1↵"),
         ("a", "XADD s 3-5 f v", TOP_ITEM)),
    Case("Trimming removes from the old end",
         *FIVE,
         ("a", "XTRIM s MAXLEN 4", ":1↵"),
         ("a", "XTRIM s MINID 3", ":2↵"),
         ("a", "XTRIM s MAXLEN 9", ":0↵"),
         ("a", "XRANGE s - +", entries("3-0", "3-5")),
         ("a", "XTRIM s MAXLEN ~ 0", ":2↵"),
         ("a", "XTRIM none MAXLEN 0", ":0↵"),
         ("a", "XTRIM none NOMKSTREAM 1", SYNTAX_ERROR),
         ("a", "XTRIM none LIMIT 0",
          "-ERR syntax error, XTRIM must be called with a trimming strategy↵")),
)
class ReadingAndRemoving(StreamTest):
    def fill(self, count, size=1):
        connection = self.connect()
        for n in range(1, count + 1):
            connection.ask("XADD", "s", n, "f", "v" * size)
        return connection

    def test_Trimming_with_a_tilde_removes_whole_nodes(self):
        connection = self.fill(250)
        for threshold, removed in ((120, 100), (50, 100), (49, 0), (1, 0), (0, 50)):
            self.assertEqual(b":%d\r\n" % removed,
                             connection.ask("XTRIM", "s", "MAXLEN", "~", threshold), threshold)

    def test_A_node_ends_where_its_bytes_do(self):
        connection = self.fill(20, size=1000)
        self.assertEqual(b":16\r\n", connection.ask("XTRIM", "s", "MAXLEN", "~", 1))

    def test_LIMIT_bounds_what_is_removed(self):
        connection = self.fill(350)
        for limit, removed in ((99, 0), (150, 100), (0, 250)):
            self.assertEqual(b":%d\r\n" % removed, connection.ask(
                "XTRIM", "s", "MAXLEN", "~", 0, "LIMIT", limit), limit)


def position(length, last, deleted, added, first):
    return (bulk("length") + f":{length}↵" + bulk("radix-tree-keys") + ":‹int›↵"
            + bulk("radix-tree-nodes") + ":‹int›↵" + bulk("last-generated-id", last, "max-deleted-entry-id", deleted, "entries-added")
            + f":{added}↵" + bulk("recorded-first-entry-id", first))


EPOCH = bulk("epoch") + "‹bulk›"


def told(text, pairs):
    """The broker's own last field is not there in Redis."""
    return {"expected": f"«{pairs}»↵{text}{EPOCH}", "redis70": f"«{pairs - 1}»↵{text}"}


@tested(
    Case("XINFO STREAM tells about a stream",
         *FIVE,
         ("a", "XDEL s 2-0", ":1↵"),
         ("a", "XTRIM s MAXLEN 3", ":1↵"),
         Step("a", "XINFO STREAM s", **told(
             position(3, "3-5", "2-0", 5, "1-2") + bulk("groups") + ":0↵" + bulk("first-entry")
             + entry("1-2") + bulk("last-entry") + entry("3-5"), 11)),
         ("a", "XTRIM s MAXLEN 0", ":3↵"),
         Step("a", "XINFO STREAM s", **told(
             position(0, "3-5", "2-0", 5, "0-0") + bulk("groups") + ":0↵" + bulk("first-entry")
             + "∅" + bulk("last-entry") + "∅", 11))),
    Case("XINFO STREAM FULL shows entries",
         *FIVE,
         Step("a", "XINFO STREAM s FULL COUNT 2", **told(
             position(5, "3-5", "0-0", 5, "1-1") + bulk("entries") + entries("1-1", "1-2")
             + bulk("groups") + "*0↵", 10)),
         Step("a", "XINFO STREAM s full", **told(
             position(5, "3-5", "0-0", 5, "1-1") + bulk("entries")
             + entries("1-1", "1-2", "2-0", "3-0", "3-5") + bulk("groups") + "*0↵", 10)),
         ("a", "XINFO STREAM s FULL COUNT x", NOT_AN_INTEGER),
         ("a", "XINFO STREAM s COUNT 1", "-ERR unknown subcommand or wrong number of arguments for "
          "'STREAM'. Try XINFO HELP.↵"),
         ("a", "XINFO stream s FULL COUNT", "-ERR unknown subcommand or wrong number of arguments "
          "for 'stream'. Try XINFO HELP.↵"),
         ("a", "XINFO STREAM none x", NO_SUCH_KEY)),
    Case("There are no consumer groups",
         ("a", "XADD s 1 f v", bulk("1-0")),
         ("a", "XINFO GROUPS s", "*0↵"),
         ("a", "XINFO CONSUMERS s g", "-NOGROUP No such consumer group 'g' for key name 's'↵"),
         ("a", "XINFO GROUPS none", NO_SUCH_KEY),
         ("a", "XINFO CONSUMERS none g", NO_SUCH_KEY),
         ("a", "XINFO GROUPS", arity("xinfo|groups"))),
    Case("XSETID sets the last ID and what goes with it",
         *FIVE,
         ("a", "XSETID s 9-9 ENTRIESADDED 70 MAXDELETEDID 8-8", "+OK↵"),
         Step("a", "XINFO STREAM s FULL COUNT 1", **told(
             position(5, "9-9", "8-8", 70, "1-1") + bulk("entries") + entries("1-1")
             + bulk("groups") + "*0↵", 10)),
         ("a", "XADD s 9-9 f v", TOP_ITEM),
         Step("a", "XSETID s 3-4 entriesadded 4",
              "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id↵",
              "-ERR The ID specified in XSETID is smaller than the target stream top item↵"),
         ("a", "XSETID s 9-9 ENTRIESADDED 4", "-ERR The entries_added specified in XSETID is "
          "smaller than the target stream length↵"),
         ("a", "XSETID s 9-9 ENTRIESADDED -1", "-ERR entries_added must be positive↵"),
         ("a", "XSETID s 9-9 ENTRIESADDED x", NOT_AN_INTEGER),
         ("a", "XSETID s 9-9 ENTRIESADDED", SYNTAX_ERROR),
         ("a", "XSETID s 9-9 MAXDELETEDID 9-10", "-ERR The ID specified in XSETID is smaller than "
          "the provided max_deleted_entry_id↵"),
         ("a", "XSETID s x", INVALID_ID),
         ("a", "XSETID s -", INVALID_ID),
         ("a", "XSETID none 1-1", NO_SUCH_KEY)),
    Case("XSETID does not go below the newest entry",
         *FIVE,
         ("a", "XSETID s 3-4",
          "-ERR The ID specified in XSETID is smaller than the target stream top item↵"),
         ("a", "XTRIM s MAXLEN 0", ":5↵"),
         ("a", "XSETID s 0-0", "+OK↵"),
         ("a", "XADD s 0-* f v", bulk("0-1"))),
)
class Telling(StreamTest):
    pass


XREAD_FIVE = [*FIVE, ("a", "XADD t 1-1 g w", bulk("1-1"))]


def read(*streams):
    """The reply of XREAD in RESP2; in RESP3 it is a map."""
    return f"*{len(streams)}↵" + "".join(f"*2↵{bulk(key)}{shown}" for key, shown in streams)


def read3(*streams):
    return f"%{len(streams)}↵" + "".join(f"{bulk(key)}{shown}" for key, shown in streams)


def read_cases(resp, read):
    def name(text):
        return f"{text}, in RESP{resp}"
    return [
        Case(name("XREAD reads behind a position"),
             *XREAD_FIVE,
             ("a", "XREAD STREAMS s 2-0", read(("s", entries("3-0", "3-5")))),
             ("a", "XREAD COUNT 1 STREAMS s t 0 0",
              read(("s", entries("1-1")), ("t", entries(entry("1-1", "g", "w"))))),
             ("a", "XREAD STREAMS s none t 3-0 0 0",
              read(("s", entries("3-5")), ("t", entries(entry("1-1", "g", "w"))))),
             ("a", "XREAD STREAMS s s 3-0 3-0",
              read(("s", entries("3-5")), ("s", entries("3-5")))),
             ("a", "XREAD COUNT 0 streams s 3", read(("s", entries("3-5")))),
             ("a", "XREAD COUNT -1 COUNT 1 STREAMS s 1", read(("s", entries("1-1")))),
             ("a", "XREAD STREAMS s t 3-5 1-1", "∅[]"),
             ("a", "XREAD STREAMS s $", "∅[]"),
             ("a", "XREAD STREAMS none 0", "∅[]"), resp=(resp,)),
        Case(name("XREAD from a plus sign reads the last entry"),
             *XREAD_FIVE,
             ("a", "XREAD STREAMS s t + +",
              read(("s", entries("3-5")), ("t", entries(entry("1-1", "g", "w"))))),
             ("a", "XREAD STREAMS none +", "∅[]"),
             ("a", "XDEL s 3-5", ":1↵"),
             ("a", "XREAD STREAMS s +", "∅[]"), resp=(resp,), only="parley"),
    ]


@tested(
    *read_cases(2, read), *read_cases(3, read3),
    Case("XREAD refuses what makes no sense",
         ("a", "XREAD STREAMS s", arity("xread")),
         Step("a", "XREAD STREAMS s t 0", "-ERR Unbalanced 'xread' list of streams: for each stream "
              "key an ID, '+', or '$' must be specified.↵", "-ERR Unbalanced XREAD list of streams: "
              "for each stream key an ID or '$' must be specified.↵"),
         ("a", "XREAD COUNT x STREAMS s 0", NOT_AN_INTEGER),
         ("a", "XREAD COUNT 1 COUNT 2", SYNTAX_ERROR),
         ("a", "XREAD s 0 STREAMS", SYNTAX_ERROR),
         ("a", "XREAD LIMIT 1 STREAMS s 0", SYNTAX_ERROR),
         ("a", "XREAD GROUP g c STREAMS s 0", "-ERR The GROUP option is only supported by "
          "XREADGROUP. You called XREAD instead.↵"),
         ("a", "XREAD NOACK STREAMS s 0", "-ERR The NOACK option is only supported by XREADGROUP. "
          "You called XREAD instead.↵"),
         ("a", "XREAD STREAMS s >", "-ERR The > ID can be specified only when calling XREADGROUP "
          "using the GROUP <group> <consumer> option.↵"),
         ("a", "XREAD STREAMS s -", INVALID_ID),
         ("a", "XREAD STREAMS s (1", INVALID_ID),
         ("a", "XREAD BLOCK x STREAMS s 0", "-ERR timeout is not an integer or out of range↵"),
         ("a", "XREAD BLOCK -1 STREAMS s 0", "-ERR timeout is negative↵")),
    Case("XREAD refuses to wait past the end of time",
         ("a", "XREAD BLOCK 9223372036854775807 STREAMS s 0", "-ERR timeout is out of range↵"),
         only="parley"),
    Case("Each database has streams of its own",
         ("a", "XADD s 1 f v", bulk("1-0")),
         ("a", "SELECT 3", "+OK↵"),
         ("a", "EXISTS s", ":0↵"),
         ("a", "XADD t 1 f v", bulk("1-0")),
         ("a", "KEYS *", bulks("t")),
         ("a", "FLUSHDB", "+OK↵"),
         ("a", "SELECT 0", "+OK↵"),
         ("a", "KEYS *", bulks("s"))),
)
class Xread(StreamTest):
    pass


if __name__ == "__main__":
    unittest.main()
