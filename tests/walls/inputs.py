"""What nobody should send, by name: values of a field, of an address, of a whole body."""

from collections.abc import Mapping
from typing import Final

Text = str | bytes
"""Bytes are sent as they are, not as UTF-8 of something."""

MEGABYTE = 1_000_000
VALUES: Final[Mapping[str, Text]] = {
    "nul": "a\0b",
    "only nul": "\0",
    "lone surrogate": b"a\xed\xa0\x80b",
    "wrong utf-8": b"a\xff\xfe\xfab",
    "cut utf-8": b"a\xe2\x82",
    "overlong utf-8": b"\xc0\xaf\xc0\xae",
    "latin-1": "Göteborg".encode("latin-1"),
    "utf-16": "Bolt".encode("utf-16"),
    "control characters": "a\x01\x08\x0b\x1b\x7fb",
    "line breaks": "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "one megabyte": "x" * MEGABYTE,
    "long words": "ångström " * 4_000,
    "negative": "-1",
    "zero": "0",
    "minus zero": "-0",
    "exponent": "1e9",
    "huge exponent": "1e400",
    "overflow": "1" + "0" * 30,
    "beyond 64 bits": str(2**63),
    "beyond 32 bits": str(2**31),
    "many digits": "9" * 5_000,
    "many decimals": "0." + "1" * 5_000,
    "decimal": "1.5",
    "seven decimals": "1.0000001",
    "not a number": "NaN",
    "infinite": "Infinity",
    "minus infinite": "-inf",
    "hexadecimal": "0x10",
    "underscores": "1_000",
    "plus": "+5",
    "arabic digits": "١٢٣",
    "wide digits": "１２３",
    "superscript": "²",
    "roman digit": "Ⅷ",
    "comma": ",",
    "sign only": "-",
    "nonsense uuid": "00000000-0000-0000-0000-00000000000g",
    "nil uuid": "00000000-0000-0000-0000-000000000000",
    "bare uuid": "0" * 32,
    "braced uuid": "{" + "0" * 32 + "}",
    "empty": "",
    "only spaces": "   ",
    "only wide spaces": "\u3000\u00a0\u2003",
    "only zero width": "\u200b\u200d\ufeff",
    "right to left": "\u202eעברית مرحبا\u202c",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "zalgo": "Z" + "\u0300\u0316\u0334" * 200 + "o",
    "not a character": "\uffff\ufffe\U0010ffff",
    "private use": "\ue000\U000f0000",
    "unicode line break": "a\u2028b\u2029c",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" onfocus=alert(1) autofocus x='",
    "end of a text area": "</textarea></title></select><h1>x</h1>",
    "template": "{{ 7*7 }}{% raw %}{{ config }}",
    "sql": "'; DROP TABLE people; --",
    "sql wildcards": "%_\\%' ESCAPE '",
    "regular expression": "(((((a+)+)+)+)+)$[",
    "query syntax": '+"a" AND (b OR -c*) ~d^2 title:x [1 TO *] \\',
    "path": "../../../etc/passwd\\..\\windows",
    "format": "%s %n %(x)s %(num)s %",
    "braces": "{} {0} {x.__class__.__mro__} {",
    "shell": "$(id) `id` ; id | id &",
    "formula": '=HYPERLINK("http://x.example","x")',
    "json": '{"$ne": null}',
    "list": '["a", "b"]',
    "null": "null",
    "true": "true",
    "impossible day": "2026-02-30",
    "first day": "0000-00-00",
    "last day": "9999-12-31T23:59:59.999999+14:00",
    "year 10000": "10000-01-01",
    "time": "25:61",
    "address": "javascript:alert(1)",
    "other house": "https://evil.example/",
    "slashes": "//evil.example/%2e%2e",
    "backslash": "/\\evil.example",
    "idn": "пример@пример.рф",
    "long address": "a@" + "b." * 200 + "example",
    "percent": "%00%0d%0a%ed%a0%80",
    "cursor": "2026-13-45T99:99:99_00000000-0000-0000-0000-000000000000",
    "first instant": "0001-01-01T00:00:00+14:00_00000000-0000-0000-0000-000000000000",
}

NOT_NUMBERS: Final = (
    "nul", "only nul", "wrong utf-8", "control characters", "one megabyte", "negative", "minus zero", "exponent", "huge exponent", "overflow",
    "many digits", "many decimals", "not a number", "infinite", "minus infinite", "hexadecimal", "underscores", "plus", "arabic digits",
    "superscript", "roman digit", "comma", "sign only", "script", "sql", "format", "nonsense uuid", "json", "null", "true", "emoji",
)  # fmt: skip
"""A field that takes a number takes none of these."""

SIGNED: Final = ("negative", "minus zero", "plus")
"""A field whose usual number is negative takes these of them."""

UNREADABLE: Final = ("nul", "only nul")
"""No field takes these: they cannot be stored."""

TRACES: Final = (
    "Traceback (most recent", "psycopg", "sqlalchemy", "werkzeug", "jinja2", "pydantic", ".py\"", "Python/3", "SELECT ", "INSERT INTO",
    "UPDATE ", "duplicate key", "violates", "postgresql", "/work/", "/usr/lib", "tantivy", "granian",
)  # fmt: skip
"""Words of the house's inside, which no page may say."""

SHOWN_RAW: Final = ("<script>alert(1)", "<img src=x onerror", "<h1>x</h1>", '" onfocus=alert(1)', ">49<")
"""What a page holds that put a value in without escaping it."""
