"""What the wire tables of streams and keys have in common: short forms for expected bytes, and a
test class in which every case begins with no key at all."""
from wire_table import WireTest

INVALID_ID = "-ERR Invalid stream ID specified as stream command argument↵"
NOT_AN_INTEGER = "-ERR value is not an integer or out of range↵"
SYNTAX_ERROR = "-ERR syntax error↵"
NO_SUCH_KEY = "-ERR no such key↵"


def arity(command):
    return f"-ERR wrong number of arguments for '{command}' command↵"


def bulk(*words):
    """Bulk strings, one behind the other."""
    return "".join(f"${len(word)}↵{word}↵" for word in words)


def bulks(*words):
    """An array of bulk strings."""
    return f"*{len(words)}↵{bulk(*words)}"


def entry(id, *words):
    return f"*2↵{bulk(id)}{bulks(*(words or ('f', 'v')))}"


def entries(*all_entries):
    """An array of entries; one that is given as an ID alone has the field f with the value v."""
    shown = [e if e.startswith("*") else entry(e) for e in all_entries]
    return f"*{len(shown)}↵{''.join(shown)}"


class StreamTest(WireTest):
    def setUp(self):
        super().setUp()
        self.watcher.ask("FLUSHALL")
