"""Sizes in a query as goods are written with them; in a listing "1/2" and "1 to 2" may be anything (pure; asks the engine's words)."""

import re

from search.analysis import code, split
from search.query import Vocabulary
from search.units import HAN_UNIT, NUMBER, UNIT, UNITS, measures, number, token

_inch_fraction = re.compile(r"(?<![\w./-])(?:[1-9]\d? )?([1-9]\d?)/(2|4|8|16|32)(?![\w./\"'-])")
_spoken_inch = re.compile(r"\b(?P<part>half|quarter|three quarters?)[ -](?:an? |of an )?inch\b")
_spoken_parts = {"half": "1/2", "quarter": "1/4"}
_spoken_range = re.compile(
    rf"(?<![a-z0-9.,/])(?:(?:from|between)\s+)?(?P<low>{NUMBER})\s?(?P<low_unit>{UNIT})?\s?(?:to|and|~|～|至|到|-|\.{{2,3}}|…)\s?(?P<high>{NUMBER})\s?(?P<unit>{UNIT})"
)
_below = re.compile(
    rf"(?:\b(?:under|below|(?:no more|(?<!no )less) than|up to|at most|max(?:imum|\.)?)\s+|(?:<=?|≤|不超过|小于|少于|低于|最多)\s?)(?P<high>{NUMBER})\s?(?P<unit>{UNIT})"
    rf"|(?<![a-z0-9.,/-])(?P<high_before>{NUMBER})\s?(?P<unit_before>{HAN_UNIT})(?:以下|以内|之内)"
)
_above = re.compile(
    rf"(?:\b(?:over|above|(?:(?<!no )more|no less) than|at least|min(?:imum|\.)?)\s+|(?:>=?|≥|不少于|大于|超过|至少)\s?)(?P<low>{NUMBER})\s?(?P<unit>{UNIT})"
    rf"|(?<![a-z0-9.,/-])(?P<low_before>{NUMBER})\s?(?P<unit_before>{HAN_UNIT})以上"
)
_spoken_unit = re.compile(rf"(?<![a-z0-9.,/-])(?P<number>{NUMBER})[ -]?(?P<unit>volt|watt|amp(?:ere)?)s?(?![a-z0-9-])")
_glued_unit = re.compile(rf"(?<![a-z0-9.,/-])(?P<number>{NUMBER})(?P<unit>{UNIT})(?![a-z0-9-])", re.IGNORECASE)
_spaced_name = re.compile(r"\b(?:ip (?=\d\d\b)|(?:^|(?<=[a-z] ))m (?=\d{1,2}\b))")
_metric_dash = re.compile(r"(?<![\w./-])m(?P<thread>\d{1,2}(?:[.,]\d)?)[-/](?P<length>\d{1,3})(?:\s?mm)?(?![\w./-]|[x*]|,\d)")
HIGHEST_PITCH = 6
"""No thread is coarser, so "M8-1" is not a screw's length."""
CLASSES = frozenset([8, 9, 10, 12])
"""Strengths of nuts, which are written behind a dash too."""
SCREWS = frozenset(["screw", "bolt", "stud", "rod", "anchor", "setscrew"])
SCREWS_HAN = re.compile("螺栓|螺丝|螺钉|螺杆|螺柱|丝杆")
FAR, HIGHEST = 10, 99_999
"""How many times the least may be exceeded where no end is said: what is far larger is another thing. And the highest end of a range."""


def as_asked(text: str) -> str:
    """A query with its sizes as goods are written with them; text that went through `units.plain`.

    A fraction without a unit is one of an inch ("ball valve 1/2", "half inch"); "1 to 2 m", "1m~2m", "1..2 m" and "1到2米" are the range 1-2 m,
    "under 2 m" and "2米以下" are one from nothing, and "at least 2 m" is one to ten times as much. Volts, watts and amperes have their signs.
    "IP 67" is IP67, and "M 8" the thread where no number stands before it.
    """
    text = _spaced_name.sub(lambda said: said[0].rstrip(), text)
    text = _spoken_unit.sub(lambda said: f"{said['number']}{said['unit'][0]}", text)
    text = _spoken_inch.sub(lambda said: f"{_spoken_parts.get(said['part'], '3/4')} in", text)
    text = _below.sub(
        lambda said: _written_range("0", said["high"] or said["high_before"], said["unit"] or said["unit_before"]) or said[0], text
    )
    text = _above.sub(_from_least, text)
    return _with_inches(_spoken_range.sub(_as_range, text))


def apart(text: str) -> str:
    """A text with a space between each number and its unit: a meaning is read off words, and "40mm" is no word."""
    return _glued_unit.sub(lambda said: f"{said['number']} {said['unit']}" if said["unit"].lower() in UNITS else said[0], text)


def with_screws(text: str, vocabulary: Vocabulary) -> str:
    """A query with the sizes of screws as they are sold: "M8-40" and "M8/40" are M8x40, where some goods are of that size and nothing is
    called so. Beside words that name anything but a screw the dash may be a reducer's ("M12/16 adapter") or parts a nut from its strength.
    """
    found = list(_metric_dash.finditer(text))
    if not found or not _is_of_screws(_metric_dash.sub(" ", text)):
        return text
    vocabulary.learn(frozenset(name for said in found for name in (_screw(said), code(said[0]))))
    for said in reversed(found):
        is_length = int(said["length"]) > HIGHEST_PITCH and (int(said["length"]) not in CLASSES or len(text) > len(said[0]))
        is_called_so = any(vocabulary.frequency(name, code(said[0])) for name in ("codes", "mentions"))
        if is_length and vocabulary.frequency("sizes", _screw(said)) and not is_called_so:
            text = text[: said.start()] + _screw(said) + text[said.end() :]
    return text


def _screw(said: re.Match[str]) -> str:
    return f"m{said['thread'].replace(',', '.')}x{said['length']}"


def _is_of_screws(text: str) -> bool:
    """Whether a text that a size was taken out of names screws, or nothing: codes and strengths have figures."""
    named = [token.text for token in split(text) if token.han or not any(sign.isdigit() for sign in token.text)]
    return not named or not SCREWS.isdisjoint(named) or SCREWS_HAN.search(text) is not None


def _as_range(said: re.Match[str]) -> str:
    """The range that is said, with its unit once; "and" parts one only behind "between"."""
    is_sum = " and" in said[0] and not said[0].startswith("between")
    is_mixed = said["low_unit"] is not None and UNITS.get(said["low_unit"]) != UNITS.get(said["unit"])
    return said[0] if is_sum or is_mixed else _written_range(said["low"], said["high"], said["unit"]) or said[0]


def _from_least(said: re.Match[str]) -> str:
    low = said["low"] or said["low_before"]
    return _written_range(low, token(min(number(low) * FAR, HIGHEST)), said["unit"] or said["unit_before"]) or said[0]


def _written_range(low: str, high: str, unit: str) -> str:
    """A range as `measures` reads it; empty for none, such as one that falls or that is of no unit."""
    written = f"{low}-{high} {unit}"
    found = measures(written)
    return written if len(found) == 1 and found[0].between and found[0].end == len(written) else ""


def _with_inches(text: str) -> str:
    known = measures(text)
    for match in reversed(list(_inch_fraction.finditer(text))):
        if int(match[1]) < int(match[2]) and not any(measure.start <= match.start() < measure.end for measure in known):
            text = text[: match.end()] + '"' + text[match.end() :]
    return text
