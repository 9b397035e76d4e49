"""Tries of bad input, made from the cases: every field of every form, every parameter and every part of an address, and whole bodies."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote_from_bytes

from tests.walls.case import Case, Upload
from tests.walls.cases import CASES
from tests.walls.house import filled
from tests.walls.inputs import VALUES, Text
from tests.walls.side import Side

Where = Literal["field", "fields", "part", "parameter", "address", "body"]

PARAMETERS = (
    "q", "quantity", "page", "after", "before", "sort", "state", "lang", "next", "variant", "ship_to", "category", "words", "company", "day",
    "act", "code", "reference", "queue", "country", "line", "location", "about", "cat", "maker", "level", "cert", "lead", "price_from",
    "price_to", "exact", "stock", "remove", "differ", "to", "a.material", "a.size.from",
)  # fmt: skip
"""Every name that some page reads from its address; each page gets all of them."""

BODIES: Mapping[str, tuple[str, bytes]] = {
    "empty": ("application/x-www-form-urlencoded", b""),
    "json": ("application/json", b'{"a": 1}'),
    "broken json": ("application/json", b'{"a": '),
    "deep json": ("application/json", b"[" * 100_000),
    "text": ("text/plain", b"a=b"),
    "xml": ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "no type": ("", b"a=b"),
    "nonsense type": ("\x7f/;;=", b"a=b"),
    "unknown charset": ("application/x-www-form-urlencoded; charset=klingon", b"a=b"),
    "utf-7": ("application/x-www-form-urlencoded; charset=utf-7", b"a=+ADw-script+AD4-"),
    "raw bytes": ("application/x-www-form-urlencoded", bytes(range(256)) * 4),
    "broken percent": ("application/x-www-form-urlencoded", b"a=%zz&b=%&c=%u1234&%=1&=&&&=="),
    "many fields": ("application/x-www-form-urlencoded", b"&".join(b"f%d=x" % n for n in range(12_000))),
    "long name": ("application/x-www-form-urlencoded", b"n" * 300_000 + b"=x"),
    "names of rows": ("application/x-www-form-urlencoded", b"lines-9999-id=x&lines-0-=y&tiers--1-price=1&zones-%D9%A1-zone=x&tiers-0-price-0=1"),
    "many rows": ("application/x-www-form-urlencoded", b"&".join(b"lines-%d-id=x&tiers-%d-price=1&zones-%d-zone=x" % (n, n, n) for n in range(1_500))),
    "nine megabytes": ("application/x-www-form-urlencoded", b"a=" + b"x" * 9_000_000),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "empty boundary": ("multipart/form-data; boundary=", b"--\r\n"),
    "wrong boundary": ("multipart/form-data; boundary=x", b"--y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--y--\r\n"),
    "cut multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"),
    "part without name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\nb\r\n--x--\r\n"),
    "part of nonsense": ("multipart/form-data; boundary=x", b"--x\r\n\xff\xfe:\x00\r\n\r\n\xff\r\n--x--\r\n"),
    "nested multipart": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nb\r\n--y--\r\n--x--\r\n",
    ),
    "file as field": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=\"reason\"; filename=\"a\"\r\n\r\nb\r\n--x--\r\n",
    ),
}  # fmt: skip
"""Whole bodies: (content type, bytes)."""


PARTS = ("nul", "lone surrogate", "wrong utf-8", "one megabyte", "script")
"""Kinds that are sent as parts of a multipart body, too."""


@dataclass(frozen=True, slots=True)
class Try:
    """One bad request: a case with one thing wrong in it."""

    case: Case
    where: Where
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.case.name}: {self.where} {self.name} = {self.kind}"


def fields(case: Case) -> list[str]:
    """The fields of a form that take text."""
    return [name for name, value in case.body.items() if not isinstance(value, Upload)]


def tries_of(case: Case) -> Iterator[Try]:
    """Everything that is tried at one case."""
    if case.method == "POST":
        for name in [*fields(case), "_once"]:
            for kind in (*VALUES, "missing", "twice"):
                yield Try(case, "field", name, kind)
        yield Try(case, "fields", "each of them", "nul")
        for name in fields(case):
            for kind in PARTS:
                yield Try(case, "part", name, kind)
        for kind in BODIES:
            yield Try(case, "body", "all of it", kind)
    else:
        for name in dict.fromkeys([*case.query, *PARAMETERS]):
            for kind in VALUES:
                yield Try(case, "parameter", name, kind)
    for name in case.ids:
        for kind in VALUES:
            yield Try(case, "address", name, kind)


def all_tries() -> list[Try]:
    """All there is to try."""
    return [one for case in CASES for one in tries_of(case)]


def drawn(seed: int, number: int) -> list[Try]:
    """So many of all, drawn by a seed; what stands in forms comes before what stands in addresses, which most pages ignore."""
    chance = random.Random(seed)
    found = all_tries()
    chance.shuffle(found)
    found.sort(key=lambda one: one.where == "parameter" and one.name not in one.case.query and chance.random() < 0.93)
    return found[:number]


def rotating() -> list[Try]:
    """A fixed sample in which each field meets NUL and one more kind, and each kind some fields of every room."""
    found: list[Try] = []
    kinds = list(VALUES)
    turn = bodies = 0
    for case in CASES:
        names = [("field", name) for name in fields(case)] if case.method == "POST" else [("parameter", PARAMETERS[turn % len(PARAMETERS)])]
        names += [("address", name) for name in case.ids]
        for where, name in names:
            turn += 7  # shares no divisor with the number of kinds, so all of them come round
            found.append(Try(case, where, name, kinds[turn % len(kinds)]))  # type: ignore[arg-type]
        if case.method == "POST":
            bodies += 1
            found.append(Try(case, "fields", "each of them", "nul"))
            found.append(Try(case, "field", "_once", "nul"))
            found.append(Try(case, "body", "all of it", list(BODIES)[bodies % len(BODIES)]))
            found += [Try(case, "part", name, PARTS[turn % len(PARTS)]) for name in fields(case)[:1]]
    return found


def urlencoded(values: Mapping[str, Any], bad: Mapping[str, list[Text]]) -> bytes:
    """A body byte by byte; `bad` replaces the values of a field, an empty list leaves it out."""
    pairs: list[tuple[str, Text]] = []
    for name, value in values.items():
        if name not in bad and not isinstance(value, Upload):
            pairs += [(name, str(v)) for v in (value if isinstance(value, list) else [value])]
    pairs += [(name, value) for name, found in bad.items() for value in found]
    return b"&".join(quote_from_bytes(name.encode()).encode() + b"=" + quote_from_bytes(as_bytes(value)).encode() for name, value in pairs)


def multipart(values: Mapping[str, Any], bad: Mapping[str, list[Text]]) -> tuple[str, bytes]:
    """The same as parts: (content type, body)."""
    body = b""
    for name, value in {**{n: v for n, v in values.items() if n not in bad}, **bad}.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Upload):
                head = f'Content-Disposition: form-data; name="{name}"; filename="{each.name}"'.encode()
                content = each.content
            else:
                head, content = (
                    f'Content-Disposition: form-data; name="{name}"'.encode(),
                    as_bytes(each if isinstance(each, bytes) else str(each)),
                )
            body += b"--limit\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
    return "multipart/form-data; boundary=limit", body + b"--limit--\r\n"


def as_bytes(value: Text) -> bytes:
    """What goes over the wire."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def valid(case: Case, side: Side) -> dict[str, Any]:
    """The body with which the owner succeeds."""
    return filled(case.body, side)
