"""The Prometheus text format, read strictly: whatever a scraper might stumble over is an error."""
import math
import re

from chat_clients import http_get

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_HELP = re.compile(rf"# HELP ({_NAME}) (\S.*)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.+)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def _labels(text):
    labels, end = [], 0
    while end < len(text):
        match = _LABEL.match(text, end)
        assert match, f"labels {text!r}"
        labels.append(match.groups())
        end = match.end()
    assert len({name for name, _ in labels}) == len(labels), f"a label twice in {text!r}"
    return tuple(sorted(labels))


class Exposition:
    """samples: (name, labels) -> value; kinds: family -> counter, gauge or histogram."""

    def __init__(self, text):
        assert text.endswith("\n"), "the last line has no end"
        self.kinds, self.samples, self._family = {}, {}, None
        helped = None
        for line in text[:-1].split("\n"):
            if match := _HELP.fullmatch(line):
                helped = match[1]
            elif match := _TYPE.fullmatch(line):
                assert match[1] == helped, f"no help before {line!r}"
                assert match[1] not in self.kinds, f"{match[1]} comes in two places"
                self._family = match[1]
                self.kinds[match[1]] = match[2]
            else:
                self._take(line)
        for name, kind in self.kinds.items():
            assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
            if kind == "histogram":
                self._check_histogram(name)

    def _take(self, line):
        match = _SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        name, value = match[1], float(match[3])
        kind = self.kinds[self._family]
        suffix = r"(_bucket|_sum|_count)" if kind == "histogram" else ""
        assert re.fullmatch(self._family + suffix, name), f"{line!r} is not of {self._family}"
        assert math.isfinite(value) and value >= 0, line
        key = name, _labels(match[2] or "")
        assert key not in self.samples, f"twice: {line!r}"
        self.samples[key] = value

    def _check_histogram(self, name):
        buckets = [(float(dict(labels)["le"]), value) for (sample, labels), value
                   in self.samples.items() if sample == name + "_bucket"]
        assert buckets == sorted(buckets), f"{name}: borders or counts fall: {buckets}"
        assert [count for _, count in buckets] == sorted(count for _, count in buckets), buckets
        assert buckets[-1] == (math.inf, self[name + "_count"]), buckets

    def __getitem__(self, name):
        return self.value(name)

    def value(self, name, **labels):
        return self.samples[name, tuple(sorted(labels.items()))]


def scrape(port):
    status, headers, body = http_get(port, "/metrics")
    assert status == 200, status
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8", headers
    return Exposition(body.decode())
