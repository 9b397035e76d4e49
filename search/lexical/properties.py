"""Words that say which property a value is one of: the voltage of "voltage 24 V", the grade of "grade 8.8" (pure).

Goods say "24 V", and few of them "voltage 24 V", so beside its value such a word is none to look for.
"""

import re
from collections.abc import Iterable

from search import analysis, units

DIMENSIONS = frozenset(
    [
        "length", "long", "width", "wide", "height", "high", "depth", "deep", "diameter", "thickness", "thick",
        "bore", "长", "长度", "宽", "宽度", "高", "高度", "深", "深度", "直径", "厚", "厚度", "孔径", "内径", "外径", "口径",
    ]
)  # fmt: skip
GARMENT_SIZES = frozenset(["xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "5xl"])
"""Letters that end many titles and name no thing."""
OF_LETTERS = "码"
"""What stands behind a letter of them, as behind a figure: XL码."""
COLOUR, LETTER, STRENGTH = "colour", "letter", "strength"
"""Values that are no sizes; of a strength two figures with a point are one, as in 8.8."""
_anywhere: dict[str, frozenset[str]] = {
    **dict.fromkeys(DIMENSIONS, frozenset(["mm"])),
    **dict.fromkeys(("size", "尺寸", "尺码"), frozenset(["mm", LETTER])),
    **dict.fromkeys(("voltage", "电压"), frozenset(["v"])),
    **dict.fromkeys(("wattage", "功率"), frozenset(["w", "va"])),
    **dict.fromkeys(("capacity", "容量"), frozenset(["mb", "ml", "mah"])),
    **dict.fromkeys(("grade", "class", "strength", "等级", "强度"), frozenset([STRENGTH])),
    **dict.fromkeys(("colour", "color", "颜色"), frozenset([COLOUR])),
}
_before: dict[str, frozenset[str]] = {
    **dict.fromkeys(("power",), frozenset(["w", "va"])),
    **dict.fromkeys(("pressure", "压力"), frozenset(["bar"])),
    **dict.fromkeys(("temperature", "温度", "耐温"), frozenset(["degc"])),
    **dict.fromkeys(("weight", "重量"), frozenset(["g"])),
    **dict.fromkeys(("current", "电流"), frozenset(["ma"])),
    **dict.fromkeys(("frequency", "频率"), frozenset(["hz"])),
    **dict.fromkeys(("torque", "扭矩"), frozenset(["nm"])),
}
"""Behind a value these begin the thing: a "24 V power supply", a "16 bar pressure gauge"; unless nothing stands behind them."""
_UNIT = re.compile(r"[\d.](mm|[a-z]+)$")
_STRENGTH = re.compile(r"\d{1,2}\.\d")


def value_of(names: Iterable[tuple[str, ...]], size: units.Measure | None) -> str:
    """What kind of value a concept is, by its `names` and its size: its unit, a colour, a letter or a strength; "" for none."""
    if size:
        found = _UNIT.search(size.tokens[0])
        return found[1] if found else ""
    for words in names:
        if analysis.COLOURS.issuperset(words):
            return COLOUR
        if len(words) == 1 and (words[0] in GARMENT_SIZES or _STRENGTH.fullmatch(words[0])):
            return LETTER if words[0] in GARMENT_SIZES else STRENGTH
    return ""


def is_said_by(words: tuple[str, ...], before: str, after: str, *, is_last: bool) -> bool:
    """Whether a word only says which property the value beside it is of; `before` and `after` are the kinds of its neighbours."""
    if len(words) != 1:
        return False
    anywhere, leading = (known.get(words[0], frozenset()) for known in (_anywhere, _before))
    return after in anywhere | leading or before in (anywhere | leading if is_last else anywhere)
