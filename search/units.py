"""Measures in any writing, brought to one token: `1/2 in`, `12.7mm` and `12,7 mm` all become `12.7mm`.

The table is `dictionaries/units.tsv`: writing, quantity, base unit, factor. Counting words (piece, box, dozen) are no measures
here: they say how much somebody buys, not what the thing is.
"""

import csv
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketplace.core.records import record

TABLE = Path(__file__).parent / "dictionaries" / "units.tsv"
COUNTING = frozenset({"count", "pair", "pack"})
PLAIN = frozenset({"inch fraction", "pipe thread", "thread", "wire gauge", "wire gauge, trade size"}) | COUNTING
"""Quantities whose rows are whole writings or counts, not units that stand behind a number."""

DATA = "data"
TEMPERATURE = "temperature"
RESOLUTION = "resolution"
"""600 × 600 dpi are no 600 mm: only here the unit is a part of a series' token."""
POINTS = re.compile(r"\s?(?:pixels?|px|像素)")
"""Nor are 1920 × 1080 of these any lengths."""

# A unit's name inside a token has only letters and digits, so that a token never falls apart again.
UNIT_NAMES = {"mm²": "mm2", "m³/h": "m3h", "g/m²": "gsm", "1/min": "rpm", "Mbit/s": "mbit"}
FRACTIONS = {"¼": " 1/4", "½": " 1/2", "¾": " 3/4", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8"}
WRITTEN_OUT = {
    **{f" {sign}": fraction for sign, fraction in FRACTIONS.items()}, **FRACTIONS, "Ω": "ohm", "\u2126": "ohm", "ω": "ohm", "℃": "°c", "℉": "°f"
}  # fmt: skip
"""Signs that become several; the ohm is a letter or a sign of its own."""
INCHES_BELOW = frozenset([2, 4, 8, 16, 32, 64])
"""What a fraction parts by: 12/24 V are two voltages."""
SHORTEST_NAME = 4
"""Letters of a unit's name; what is shorter is a sign, which has no plural."""
SHORT_NAMES = frozenset(["amp", "ohm"])
"""The names that are shorter."""
NUMBER = r"(?:\d+[ -]\d+/\d+|\d+/\d+|\d+(?:[.,]\d+)?)"
DEGREES = re.compile(r"(?:[°º]|\bdeg(?:rees?)?\.?) ?c(?:elsius)?(?![a-z0-9])")
"""The one way to write them is a word: as a sign it would be cut from its letter."""
FROM_FROST = re.compile(r"(?<![\w.-])(-\d{1,3}) ?(?:\.\.\.|[…/~至到-]|to|bis) ?\+? ?(-?\d{1,3}) ?(?:degc|摄氏度)")
"""From below zero on it is no span of sizes to choose from, but the two ends of what a thing has to bear."""
POWER = re.compile(r"(?<=m)\^(?=[23](?!\d))", re.IGNORECASE)
SIGNS = str.maketrans(
    {
        "×": "x", "＊": "*", "–": "-", "−": "-", "～": "~", "″": '"', "”": '"', "′": "'", "²": "2", "³": "3", "ø": "ø", "Ø": "ø", "µ": "u", "μ": "u",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is written: the base unit it belongs to and how many of them it is."""

    name: str
    quantity: str
    factor: float


@record
class Measure:
    """A size found in a text, from `start` to `end`; `tokens` from the most to the least exact way to say it."""

    start: int
    end: int
    tokens: tuple[str, ...]
    parts: tuple[str, ...] = ()
    """Tokens of the single numbers of a series such as 25 × 52 × 15: all of them together say nearly the same."""
    rounded: tuple[str, ...] = ()
    """Tokens of the sizes that it is said of in round numbers, such as a screen of 24 inches."""
    span: tuple[float, float, Unit] | None = None
    """The ends of a range, in its unit."""
    begun: str = ""
    """Of a series of lengths: its first two numbers as the beginning of a longer one."""
    is_bare: bool = False
    """A series that names no unit: of titles one of millimetres, of attributes anything, such as 1920 x 1080 points."""

    @property
    def said(self) -> tuple[str, ...]:
        """Tokens of a text that has this size: the series, its numbers, and of three numbers how they begin. A carton of 400 × 300 × 200 is
        asked for as 400 × 300, too.
        """
        return (*self.tokens, *self.parts, self.begun) if self.begun and len(self.parts) > 2 else (*self.tokens, *self.parts)

    @property
    def longer(self) -> tuple[str, ...]:
        """Tokens of the longer series that begin with this one of two numbers."""
        return (self.begun,) if self.begun and len(self.parts) == 2 else ()

    @property
    def between(self) -> tuple[str, ...]:
        """Tokens of the sizes that lie in a range such as 2-3 m, ends included, in steps as goods are sold, or that are rounded to this one.
        Only what is asked needs them, so they are made when they are.
        """
        return self.rounded or (_between(*self.span) if self.span else ())


def plain(text: str) -> str:
    """Lower case, with one way to write signs; every character keeps its place except written fractions (½), ohms, powers (mm^2), degrees
    and inches of two apostrophes.
    """
    if "^" in text:
        text = POWER.sub("", text)
    if "''" in text:
        text = text.replace("''", '"')
    if text.isascii():  # most texts are, and none of these signs is
        return _with_degrees(text.lower())
    for sign, written in WRITTEN_OUT.items():
        text = text.replace(sign, written)
    return _with_degrees(text.translate(SIGNS).lower())


def _with_degrees(text: str) -> str:
    if "deg" not in text and "°" not in text and "º" not in text and "摄氏度" not in text:
        return text
    return FROM_FROST.sub(r"\1 degc \2 degc", DEGREES.sub("degc", text))


def shown(text: str) -> str:
    """A size of a text that went through `plain` as people write it."""
    return text.replace("degc", "°C")


def _numbers_of(writing: str) -> tuple[str, ...]:
    """A unit's name as the table has it, and behind a number of them: `metre` and `metres`, `inch` and `inches`; signs have one form."""
    is_sign = len(writing) < SHORTEST_NAME and writing not in SHORT_NAMES
    if is_sign or not writing.isascii() or not writing.isalpha():
        return (writing,)
    return writing, writing + ("es" if writing.endswith("ch") else "s")


def _read() -> tuple[dict[str, Unit], dict[str, str], dict[str, str]]:
    """(unit writings, pipe threads → DN token, wire gauges → mm² tokens, the trade's size first)."""
    units: dict[str, Unit] = {}
    pipes: dict[str, str] = {}
    gauges: dict[str, list[str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            writing, quantity = plain(row["writing"]), row["quantity"]
            if quantity == "pipe thread":
                pipes[writing] = f"dn{row['factor']}"
            elif quantity == "wire gauge":
                gauges.setdefault(writing.replace("awg", "").strip(), []).append(token(float(row["factor"]), "mm2"))
            elif quantity == "wire gauge, trade size":
                gauges.setdefault(writing.replace("awg", "").replace("→ metric", "").strip(), []).insert(
                    0, token(float(row["factor"]), "mm2")
                )
            elif quantity not in PLAIN:
                name = UNIT_NAMES.get(row["unit"], row["unit"].lower())
                # The table tells K (kelvin) from k (thousand) by case; counts are left out, so lower case is unambiguous.
                for written in _numbers_of(writing):
                    units.setdefault(written, Unit(name, quantity, float(row["factor"])))
    return units, pipes, {gauge: " ".join(tokens) for gauge, tokens in gauges.items()}


def token(number: float, unit: str = "") -> str:
    """12.70 and mm → `12.7mm`; at most four decimals, so that conversions of the same size meet."""
    return f"{number:.4f}".rstrip("0").rstrip(".") + unit


UNITS, PIPES, GAUGES = _read()
HAN_UNIT = "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True) if name[0] >= "\u3400")
# Any short word may stand where a unit can; the table decides. A hundred names tried one by one took most of the time.
UNIT = rf"(?:(?!x(?![a-z])|dn|awg|npt|bsp)(?:(?:ansi |sq (?=mm))?[a-z]{{1,11}}[23]?(?:[/·-][a-z]{{1,4}}[23]?)?|1/min|[\"'])(?![a-z0-9])|{HAN_UNIT})"
_pipe_words = sorted((word for word in PIPES if not any(sign.isdigit() for sign in word)), key=len, reverse=True)
_fraction = r"(?:\d+[ -]\d+/\d+|\d+/\d+|\d+)"
_pipe_start = "".join(sorted({word[0] for word in _pipe_words}))
MEASURE = re.compile(
    # One look at the first sign spares nine alternatives at most places of a text.
    rf"(?=[\dmødrgnba{_pipe_start}])(?<![a-z0-9.,/])(?:"
    rf"(?:rc|g|r|npt|bspt?|bspp)\s?(?P<pipe_size>{_fraction})(?![\d.,/x*])"
    rf"|(?P<pipe_after>(?>{_fraction}))\s?(?:\"|in|inch|英寸)?(?=\s?(?:npt|bspt?|bspp)(?![a-z0-9]))"
    rf"|(?P<pipe_word>{'|'.join(_pipe_words)})"
    r"|dn\s?(?P<dn>\d+)(?![a-z0-9])"
    r"|(?:(?P<awg_before>[1-4]/0|\d{1,2})\s?awg|awg\s?(?P<awg_after>[1-4]/0|\d{1,2}))(?![a-z0-9])"
    rf"|(?P<prefix>[mø]\s?)?(?P<first>(?>{NUMBER}))\s?(?:{UNIT})?(?P<more>(?:\s?[x*]\s?{NUMBER}\s?(?:{UNIT})?){{1,3}})(?![a-z0-9]|-\d+(?![a-z0-9.,-]))"
    rf"|(?<!-)(?P<low>(?>\d{{1,4}}(?:[.,]\d+)?))\s?-\s?(?P<high>\d{{1,5}}(?:[.,]\d+)?)(?:(?P<joined_unit>{UNIT})|(?![-/a-z0-9])\s?(?P<range_unit>{UNIT})?)"
    r"|(?P<metric>m\d+(?:[.,]\d+)?)(?![a-z0-9.,])"
    rf"|(?P<number>(?>{NUMBER}))\s?(?P<unit>{UNIT}))"
)
_more = re.compile(rf"[x*]\s?(?P<number>{NUMBER})\s?(?P<unit>{UNIT})?")
_first = re.compile(rf"(?P<number>{NUMBER})\s?(?P<unit>{UNIT})?")
BELOW_ZERO = re.compile(r"(?<![\w°.,/])-")
"""What makes a temperature one of frost: a sign that parts no range and joins no words."""


ONE_SIGN = re.compile(r"[1-9]\d{0,2}([.,])\d\d(\d)")
"""A figure with one sign and three figures behind it."""


def readings(written: str) -> tuple[float, ...]:
    """The numbers that a figure can be, the likeliest first. Only one sign with three figures behind it can be two (decision 0027): half of
    the world parts thousands by it. Nobody writes the last zero of a broken number, so `1,000` is a thousand, and `1.000` rather a
    thousand than one, which some sheets print; `1,125` is rather over a thousand and `1.125` rather over one.
    """
    match = ONE_SIGN.fullmatch(written)
    if match is None:
        return (float(written.replace(",", ".")),)
    whole, broken = float(written.replace(match[1], "")), float(written.replace(",", "."))
    is_comma, ends_in_zero = match[1] == ",", match[2] == "0"
    if ends_in_zero:
        return (whole,) if is_comma else (whole, broken)
    return (whole, broken) if is_comma else (broken, whole)


def _numbers(written: str) -> tuple[float, ...]:
    """The same with fractions: `1 1/2`, `1-1/4` and `3/8`. What is parted by no power of two is two numbers: 12/24 V. A fraction over zero
    counts as its numerator.
    """
    if "/" not in written:
        return readings(written)
    whole, part = 0.0, written
    if " " in written or "-" in written:
        left, part = re.split(r"[ -]", written, maxsplit=1)
        whole = float(left)
    above, below = part.split("/")
    if not whole and int(below) not in INCHES_BELOW and int(above) > 1:
        return float(above), float(below)
    return (whole + float(above) / (float(below) or 1.0),)


def number(written: str) -> float:
    """`2,5`, `1 1/2`, `1-1/4` and `3/8` as numbers, by the likeliest of their `readings`."""
    return _numbers(written)[0]


def measures(text: str) -> list[Measure]:
    """Every size in a text that went through `plain`, from left to right, not overlapping."""
    found = [_measure(match) for match in MEASURE.finditer(text)]
    return [measure for measure in found if measure.tokens]


def _measure(match: re.Match[str]) -> Measure:
    start, end = match.span()
    if match["number"]:
        tokens = _with_unit(match["number"], match["unit"])
        if start and BELOW_ZERO.match(match.string, start - 1) and tokens and UNITS[match["unit"]].quantity == TEMPERATURE:
            return Measure(start - 1, end, (f"-{tokens[0]}",))
        return Measure(start, end, tokens)
    if match["more"]:
        return _series(match)
    if match["low"]:
        return _range(match)
    pipe_size = match["pipe_size"] or match["pipe_after"]
    if pipe_size:
        # G and R before more than two inches are rather parts of names: "moto g8".
        dn = PIPES.get(("npt " if match["pipe_after"] else "g ") + pipe_size.replace("-", " "))
        # Only the size is taken: NPT and BSPT do not fit each other, so the thread's name stays a word that must match.
        is_glued = match["pipe_size"] and start + 1 == end - len(pipe_size)
        return Measure(end - len(pipe_size) if match["pipe_size"] and not is_glued else start, end, (dn,) if dn else ())
    if match["pipe_word"]:
        return Measure(start, end, (PIPES[match["pipe_word"]],))
    if match["dn"]:
        return Measure(start, end, (f"dn{int(match['dn'])}",))
    if match["metric"]:
        return Measure(start, end, (match["metric"].replace(",", "."),))
    return Measure(start, end, tuple(GAUGES.get(match["awg_before"] or match["awg_after"], "").split()))


@lru_cache(maxsize=20_000)
def _with_unit(written: str, unit_name: str) -> tuple[str, ...]:
    """What a number with a unit is called; empty for a word that is no unit. Catalogues have few sizes, and each again and again."""
    unit = UNITS.get(unit_name)
    if unit is None:
        return ()
    exact, *others = (token(value * unit.factor, unit.name) for value in _numbers(written))
    if others:
        return exact, *others
    if unit.quantity == DATA and unit.factor > 1:
        # Memory is counted by 1024 and discs by 1000: "1 GB" is what others write as 1024 MB or as 1000 MB.
        return exact, token(number(written) * 1024 ** (len(token(unit.factor)) // 3), unit.name)
    inches = unit.quantity == "length" and unit.factor == INCH
    dn = PIPES.get("npt " + written.replace("-", " ")) if inches else None
    return (exact, dn) if dn else (exact,)


def _series(match: re.Match[str]) -> Measure:
    tokens, parts, length, begun, is_bare = _read_series(match[0], len(match["more"]), (match["prefix"] or "").strip())
    if is_bare and POINTS.match(match.string, match.start() + length):
        return Measure(match.start(), match.start() + length, tokens)
    return Measure(match.start(), match.start() + length, tokens, parts, begun=begun, is_bare=is_bare)


@lru_cache(maxsize=20_000)
def _read_series(text: str, more: int, prefix: str) -> tuple[tuple[str, ...], tuple[str, ...], int, str, bool]:
    """M8 × 40, 400 × 300 × 250 mm, 4 × 0.75 mm²: the series as one token, without its prefix, and its numbers; how long it is; how a
    longer one begins; and whether it names no unit. `more` is what stands behind the first number.
    """
    pieces = [(piece["number"], piece["unit"]) for piece in _first.finditer(text[:-more])]
    pieces += [(piece["number"], piece["unit"]) for piece in _more.finditer(text[-more:])]
    unit = UNITS.get(pieces[-1][1] or "")
    # One unit behind the last number holds for lengths only: in 4 × 0.75 mm² the first number counts the cores.
    shared = unit if unit and unit.quantity == "length" and not any(written for _, written in pieces[:-1]) else None
    last_unit = pieces[-1][1]
    # A word that is no unit belongs to the next thought: "m8x40 marine".
    length = len(text) if unit or not last_unit else text.rindex(last_unit)
    values, others, parts = [], [], []
    for index, (written, written_unit) in enumerate(pieces):
        own = UNITS.get(written_unit or "") or shared
        likely = [token(value * (own.factor if own else 1.0)) for value in _numbers(written)]
        values.append(likely[0])
        others.append(likely[-1])
        if index == 0 and prefix:
            parts.append(prefix + likely[0])
        else:
            parts.append(likely[0] + (own.name if own and own.quantity != "length" else "mm"))
    resolution = unit.name if unit and unit.quantity == RESOLUTION else ""
    joined = ["x".join(way) + resolution for way in (values, others)]
    prefixed = [prefix + way for way in joined] if prefix else []
    is_of_lengths = not prefix and all(part.endswith("mm") for part in parts)
    begun = "".join(f"{value}x" for value in values[:2]) if is_of_lengths and not resolution else ""
    is_bare = not prefix and not any(UNITS.get(written or "") for _, written in pieces)
    return tuple(dict.fromkeys([*prefixed, *joined])), tuple(parts), length, begun, is_bare


def _range(match: re.Match[str]) -> Measure:
    unit = UNITS.get(match["joined_unit"] or match["range_unit"] or "")
    is_long = unit is None and re.search(r"\d{4}", match[0])
    if is_long or (match["joined_unit"] and (unit is None or number(match["low"]) >= number(match["high"]))):
        # "205-2rs", "10-5a" and "555-1234" are no ranges but the ends of part numbers.
        return Measure(match.start(), match.end(), ())
    low, high = (number(match[end]) * (unit.factor if unit else 1.0) for end in ("low", "high"))
    name = unit.name if unit else ""
    end = match.end() if unit or not match["range_unit"] else match.start("range_unit")
    tokens, parts = (f"{token(low)}-{token(high)}{name}",), (token(low, name or "mm"), token(high, name or "mm"))
    span = (number(match["low"]), number(match["high"]), unit) if unit else None
    return Measure(match.start(), end, tokens, parts, span=span)


INCH, FOOT = 25.4, 304.8
EIGHTH = INCH / 8
STEPS = (0.1, 0.5, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0)
MOST_WITHIN, MOST_BETWEEN = 24, 100
MOST_DEGREES = 60
"""Tokens of the temperatures that a thing bears: in steps of five degrees from -40 to 250."""


@lru_cache(maxsize=1_000)
def _between(low: float, high: float, unit: Unit) -> tuple[str, ...]:
    """Tokens of the sizes from low to high; of lengths whole feet, too, as 50 ft are sold as 15.24 m. Nothing has the size 0: where it stands
    in goods it is the low end of what they bear, such as 0 to 45 °C.
    """
    sizes = [value * unit.factor for value in steps(low, high, MOST_BETWEEN)]
    if unit.quantity == "length" and sizes:
        sizes += [value * FOOT for value in steps(low * unit.factor / FOOT, high * unit.factor / FOOT, MOST_BETWEEN, least=1.0)]
    return tuple(dict.fromkeys(token(value, unit.name) for value in sizes if value or unit.quantity == TEMPERATURE))


@lru_cache(maxsize=5_000)
def within(low: float, high: float, unit_name: str) -> tuple[str, ...]:
    """Tokens of the sizes that a thing takes which states both ends: a clamp from 10 to 16 mm fits a hose of 15 mm, and of 5/8 inch."""
    unit = UNITS.get(plain(unit_name))
    if unit is None:
        return ()
    sizes = [value * unit.factor for value in steps(low, high, MOST_DEGREES if unit.quantity == TEMPERATURE else MOST_WITHIN)]
    first, last = math.ceil(low * unit.factor / EIGHTH), math.floor(high * unit.factor / EIGHTH)
    if unit.quantity == "length" and last - first < MOST_WITHIN:
        sizes += [EIGHTH * count for count in range(first, last + 1)]
    return tuple(dict.fromkeys(token(value, unit.name) for value in sizes))


def steps(low: float, high: float, most: int, *, least: float = 0.0) -> list[float]:
    """Sizes from low to high in the smallest step that makes no more of them; none for an empty or an endless range."""
    step = next((step for step in STEPS if step >= least and 0 < (high - low) / step <= most + 0.001), None)
    if step is None:
        return []
    first = math.ceil(low / step - 1e-9)
    return sorted({low, high, *(count * step for count in range(first, math.floor(high / step + 1e-9) + 1))})
