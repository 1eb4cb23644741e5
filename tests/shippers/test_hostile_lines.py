"""Hostile lines in the log files: each is in Loki or refused with a count, and stops no other."""

import json
from datetime import UTC, datetime, timedelta

from tests.polling import wait_for

WITHIN = 90


def _record(service, message="hostile", **fields):
    told = {"service": service, "timestamp": _moment(), "level": "INFO", "stream": "operation"}
    text = json.dumps({**told, "message": message, **fields}, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _moment(**distance):
    return (datetime.now(UTC) + timedelta(**distance)).isoformat().replace("+00:00", "Z")


def _nested(service, depth):
    return _record(service)[:-1] + b',"deep":' + b"[" * depth + b"]" * depth + b"}"


HOSTILE = {
    "message of 10 MB": lambda s: _record(s, "x" * 10_000_000),
    "traceback of 3 MB": lambda s: _record(s, exception={"traceback": "y" * 3_000_000}),
    "binary": lambda s: s.encode() + bytes(set(range(256)) - {10}) * 8,
    "NUL": lambda s: _record(s, "nul \x00 in the middle", event="\x00"),
    "bare NUL": lambda s: _record(s)[:-1] + b"\x00}",
    "nested 200 deep": lambda s: _nested(s, 200),
    "nested 100000 deep": lambda s: _nested(s, 100_000),
    "10000 fields": lambda s: _record(s, **{f"field_{n}": n for n in range(10_000)}),
    "newline and ANSI": lambda s: _record(s, "two\nlines \x1b[31mred", event="\x1b[2J\r\n"),
    "invalid UTF-8": lambda s: _record(s, "not \udcff a text", event="\udcff"),
    "labels that are no texts": lambda s: _record(s, level=["a"], stream={"b": 1}),
    "labels as fields": lambda s: _record(s, service_name="other", detected_level="x"),
    "no time": lambda s: _record(s, timestamp="yesterday"),
    "label of 1 MB": lambda s: _record(s, level="z" * 1_000_000),
    "clock in the future": lambda s: _record(s, timestamp=_moment(days=400)),
    "clock in the past": lambda s: _record(s, timestamp=_moment(days=-400)),
}
#: What Loki may refuse, and the reason under which it counts that.
REFUSED = {
    "traceback of 3 MB": "structured_metadata_too_large",
    "label of 1 MB": "label_value_too_long",
    "clock in the future": "too_far_in_future",
    "clock in the past": "greater_than_max_sample_age",
}


def test_every_hostile_line_stops_no_other(shipper, loki):
    """Whatever is in a line, the one after it arrives once, and none vanishes uncounted."""
    services = {kind: f"{type(shipper).__name__}-{n}-" for n, kind in enumerate(HOSTILE)}
    already = loki.discarded()
    with (shipper.logs / "app-1.jsonl").open("wb") as file:
        for kind, service in services.items():
            file.write(HOSTILE[kind](service) + b"\n\n" + _record(service, "after") + b"\n")
    shipper.start()

    def seen(service):
        return [entry.line for entry in loki.entries(f'{{service_name="{service}"}}')]

    for kind, service in services.items():
        lines = wait_for(
            lambda service=service: "after" in (found := seen(service)) and found,
            within=WITHIN, what=f"the line after: {kind}",
        )  # fmt: skip
        assert lines.count("after") == 1, kind

    def unaccounted():
        texts = [entry.line for entry in loki.entries('{service_name="unparsed"}')]
        refused = loki.discarded()
        return [
            kind
            for kind, service in services.items()
            if seen(service) == ["after"]
            and not any(service in text for text in texts)
            and refused.get(REFUSED.get(kind, ""), 0) <= already.get(REFUSED.get(kind, ""), 0)
        ]

    wait_for(lambda: not unaccounted(), within=20, what="all are in Loki or counted")
    assert loki.discarded().keys() <= {*REFUSED.values(), "invalid_labels"}
