"""What a size is also said of: nearly the same, and whole numbers of what is stated exactly (pure)."""

import math
import re
from dataclasses import replace

from search.units import INCH, NUMBER, Measure, measures, steps, token

MOST_NEAR = 20
NEAR = {"mm": 0.05, "w": 0.1, "va": 0.1, "lm": 0.1, "mp": 0.05}
"""How far a size may be from another, as a share, and still be nearly the same: power and light are sold in wide steps."""
_nearable = re.compile(r"(\d+(?:\.\d+)?)(mm|w|va|lm|mp)")


def near(exact: str) -> tuple[str, ...]:
    """Tokens of sizes that differ little from that of a token: round ones, and of lengths half inches. Empty for other sizes."""
    match = _nearable.fullmatch(exact)
    if match is None:
        return ()
    unit = match[2]
    low, high = (float(match[1]) * factor for factor in (1 - NEAR[unit], 1 + NEAR[unit]))
    half = INCH / 2
    has_inches = unit == "mm" and high - low < 20 * half
    inches = (half * count for count in range(math.ceil(low / half), math.floor(high / half) + 1)) if has_inches else ()
    return tuple(dict.fromkeys(each for each in (token(value, unit) for value in (*steps(low, high, MOST_NEAR), *inches)) if each != exact))


ROUNDED_UP, ROUNDED_DOWN = 4, 9
"""Tenths of an inch that a screen may have less or more than the whole inches that are said of it: 23.8 for 24, and 15.6 for 15."""


def by_diagonal(measure: Measure) -> Measure:
    """The size of a screen. Whole inches are said of all sizes that are rounded to them, stated in inches or in centimetres with one
    decimal; any other measure stays as it is.
    """
    match = _nearable.fullmatch(measure.tokens[0])
    inches = float(match[1]) / INCH if match and match[2] == "mm" and not measure.between else 0.0
    if inches < 1 or abs(inches - round(inches)) > 1e-6:
        return measure
    tenths = range(round(inches) * 10 - ROUNDED_UP, round(inches) * 10 + ROUNDED_DOWN + 1)
    sizes = (tenth * INCH / 10 for tenth in tenths)
    return replace(measure, rounded=tuple(dict.fromkeys(token(value, "mm") for size in sizes for value in (size, round(size)))))


_MODULES = re.compile(r"(\d+)\s?[x*]\s?(\d+)\s?[gm]b?")
_LETTER_OF_DATA = re.compile(rf"{NUMBER}\s?[gt]")


def by_storage(written: str, measure: Measure) -> Measure:
    """The size of what stores data. "64G" and "2T" are said of gigabytes and terabytes first, and "2x8GB" of what states "2 x 8"; any other
    measure stays as it is.
    """
    if modules := _MODULES.fullmatch(written):
        return replace(measure, tokens=(*measure.tokens, "x".join(modules.groups())))
    if not _LETTER_OF_DATA.fullmatch(written):
        return measure
    return replace(measure, tokens=(*measures(f"{written}b")[0].tokens, *measure.tokens))


MAINS = (("220v", "230v", "240v"), ("110v", "115v", "120v"), ("380v", "400v", "415v"))
"""One network under several names (IEC 60038): what is made for 230 V works at 220 and at 240."""


def by_mains(measure: Measure) -> Measure:
    """The voltage of a network by each of its names, as it was written first; any other measure stays as it is."""
    names = next((names for names in MAINS if measure.tokens[0] in names), ())
    return replace(measure, tokens=tuple(dict.fromkeys((*measure.tokens, *names)))) if names else measure


def by_sheet(measure: Measure) -> Measure:
    """The weight of paper. "80 g" is said of a square metre first; any other measure stays as it is."""
    exact = measure.tokens[0]
    return replace(measure, tokens=(f"{exact}sm", *measure.tokens)) if re.fullmatch(r"[\d.]+g", exact) else measure
