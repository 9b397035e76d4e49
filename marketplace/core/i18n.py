"""Languages: English source texts, catalogues read from `translations/*/LC_MESSAGES/messages.po`, and how values are written.

One locale per running context: the viewer's at a page, the recipient's in a mail. `pseudo` is a test locale that marks every text.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from marketplace.core import clock
from marketplace.core.money import exponent

LOCALES = {"en": "English", "zh_Hans": "简体中文"}
TAGS = {"en": "en", "zh_Hans": "zh-Hans", "pseudo": "en"}
FOLDER = Path(__file__).parents[2] / "translations"
NBSP = "\u00a0"
AT_AN_END = re.compile(r"%\((\w+)\)s\.(?!\.)")

_locale: ContextVar[str] = ContextVar("locale", default="en")
_zone: ContextVar[str] = ContextVar("zone", default="UTC")


class Pseudo(NullTranslations):
    """Marks every translated text, so that an unmarked word on a page is one that nobody can translate."""

    def gettext(self, message: str) -> str:
        """The text in full-width letters."""
        return _mark(message)

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        """The text for a count in full-width letters."""
        return _mark(singular if num == 1 else plural)


def _mark(message: str) -> str:
    out, inside = [], False
    for position, char in enumerate(message):
        if char == "%" and message[position + 1 : position + 2] == "(":
            inside = True
        out.append(char if inside or not char.isascii() or not char.isalpha() else chr(ord(char) + 0xFEE0))
        if inside and char in "sd" and message[position - 1 : position] == ")":
            inside = False
    return "".join(out)


@lru_cache(maxsize=8)
def catalogue(locale: str) -> NullTranslations:
    """The texts of a locale, compiled in memory; English is the source and has none."""
    if locale == "pseudo":
        return Pseudo()
    path = FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if locale == "en" or not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        texts = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)


def locale() -> str:
    """The locale of the running context: `en`, `zh_Hans` (or `pseudo` in tests)."""
    return _locale.get()


def zone() -> str:
    """The reader's time zone, an IANA name."""
    return _zone.get()


def language_tag() -> str:
    """The tag of the running context's language, as `lang` attributes have it."""
    return TAGS[_locale.get()]


def set_context(locale: str, zone: str) -> None:
    """Choose language and zone for the request that begins."""
    _locale.set(locale)
    _zone.set(zone)


@contextmanager
def speaking(locale: str, zone: str = "UTC") -> Iterator[None]:
    """Write in another reader's language and zone, as mails do."""
    tokens = _locale.set(locale if locale in TAGS else "en"), _zone.set(zone)
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])


def match(accepted: str | None) -> str:
    """The locale for a `lang` value, a cookie or an Accept-Language header; English when nothing fits."""
    for part in (accepted or "").split(","):
        tag = part.split(";")[0].strip().lower().replace("_", "-")
        if tag.startswith("zh"):
            return "zh_Hans"
        if tag.startswith("en"):
            return "en"
        if tag == "pseudo":
            return "pseudo"
    return "en"


def gettext(message: str, /, **values: object) -> str:
    """The text in the reader's language, with its values put in."""
    locale_name = _locale.get()
    text = message if locale_name == "en" else catalogue(locale_name).gettext(message)
    return _put_in(text, values) if values else text


def _put_in(text: str, values: Mapping[str, object]) -> str:
    """The text with its values; a name that ends in a full stop (`Qianzhu Co., Ltd.`) ends its sentence with it."""
    if ")s." in text:
        text = AT_AN_END.sub(lambda place: place[0].removesuffix("." if str(values[place[1]]).endswith(".") else ""), text)
    return text % values


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """The text for a count; `%(num)s` is the count written by locale."""
    text = catalogue(_locale.get()).ngettext(singular, plural, num)
    return _put_in(text, {"num": number(num), **values})


def lazy(message: str) -> str:
    """Mark a text for extraction where it is defined; it is translated where it is shown."""
    return message


def text(by_language: Mapping[str, str] | None) -> str:
    """The best text of a value kept by language: the reader's, else English, else any (decisions.md 4)."""
    if not by_language:
        return ""
    return by_language.get(TAGS[_locale.get()]) or by_language.get("en") or next(iter(by_language.values()), "")


def text_lang(by_language: Mapping[str, str] | None) -> str | None:
    """The language tag of what `text` chose, when it differs from the page's."""
    mine = TAGS[_locale.get()]
    if not by_language or by_language.get(mine):
        return None
    return "en" if by_language.get("en") else next(iter(by_language), None)


def _babel() -> Locale:
    return _parsed(_locale.get())


@lru_cache(maxsize=4)
def _parsed(locale_name: str) -> Locale:
    return Locale.parse("en_GB" if locale_name != "zh_Hans" else "zh_Hans_CN")


def amount(minor: int, currency: str) -> str:
    """A sum without its currency: `6,412.50`. A true minus sign before negative sums."""
    digits = exponent(currency)
    major, rest = divmod(abs(minor), 10**digits)
    # Both our locales group by thousands with a comma and part decimals with a point.
    return ("−" if minor < 0 else "") + f"{major:,}" + (f".{rest:0{digits}d}" if digits else "")


def money(minor: int, currency: str) -> str:
    """A sum with its currency: `EUR 6,412.50`, in Chinese `6,412.50 欧元` (look/README.md §7)."""
    if _locale.get() == "zh_Hans":
        return f"{amount(minor, currency)} {currency_name(currency)}"
    return f"{currency}{NBSP}{amount(minor, currency)}"


def currency_name(currency: str) -> str:
    """The currency's short name in the reader's language."""
    return _currency_name(currency, _locale.get())


@lru_cache(maxsize=1024)
def _currency_name(currency: str, locale_name: str) -> str:
    return str(_parsed(locale_name).currencies.get(currency, currency))


# Both our locales write numbers alike: groups of three parted by a comma, a point before the decimals, a plain minus sign. Babel
# reads the pattern for each number anew, which took a third of a result page; tests/core/test_i18n.py holds these to what it writes.
LONGEST_FAST = 10**15
"""Above it Babel writes a float by its shortest digits, which differ from its value."""
STEPS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))


def unit_price(micro: int, price_per: int, currency: str, *, display_factor: int = 1) -> str:
    """A price per display unit without its currency, four decimals: `0.0389`.

    `micro` is millionths of the major unit per `price_per` base units; the display unit is `display_factor` base units.
    """
    return _unit_price(micro * display_factor / price_per / 1_000_000)


@lru_cache(maxsize=8192)
def _unit_price(per_unit: float) -> str:
    if abs(per_unit) < LONGEST_FAST:
        return f"{Decimal(str(per_unit)).quantize(STEPS[4]):,f}"
    return str(format_decimal(per_unit, format="#,##0.0000", locale=_babel()))


def exact_price(micro: int, price_per: int, *, display_factor: int = 1) -> str:
    """The same price with every decimal that it has: `0.108835`. On a document the quantity times it is the line's sum."""
    per_unit = Decimal(micro) * display_factor / price_per / 1_000_000
    rounded = per_unit.quantize(STEPS[4])
    return f"{rounded if rounded == per_unit else per_unit.normalize():,f}"


def number(value: float | Decimal) -> str:
    """A plain number by locale, up to three decimals. One below a tenth keeps three digits: a tolerance of 0.0004 mm is not none."""
    if type(value) is int:
        return f"{value:,}"
    if -LONGEST_FAST < value < LONGEST_FAST:
        exact = Decimal(str(value))
        written = f"{exact.quantize(STEPS[max(3, min(12, 2 - exact.adjusted()))]):,f}"
        return written.rstrip("0").removesuffix(".")
    return str(format_decimal(value, format="#,##0.###", locale=_babel()))


def in_field(value: Decimal) -> str:
    """A number as it stands in a field that people type into, exact to its last decimal: `12,000`, `2.5`."""
    return f"{value.normalize():,f}"


def ungrouped(value: Decimal) -> str:
    """A number as an address or a file holds it: `12000`, `2.5`; no grouping, no exponent, no needless noughts."""
    return f"{value.normalize():f}"


def quantity(value: int, unit: str, *, display_factor: int = 1) -> str:
    """A quantity of base units written in its display unit: `2.5 m`, `5,000 pcs`."""
    return _quantity(value, unit, display_factor, _locale.get())


@lru_cache(maxsize=8192)
def _quantity(value: int, unit: str, display_factor: int, _locale_name: str) -> str:
    shown = value / display_factor
    return f"{number(shown)}{NBSP}{unit_name(unit, plural=shown != 1)}"


UNIT_NAMES = {
    "pc": (lazy("pc"), lazy("pcs")),
    "pair": (lazy("pair"), lazy("pairs")),
    "set": (lazy("set"), lazy("sets")),
    "roll": (lazy("roll"), lazy("rolls")),
    "sheet": (lazy("sheet"), lazy("sheets")),
    "box": (lazy("box"), lazy("boxes")),
    "bag": (lazy("bag"), lazy("bags")),
}


def unit_name(unit: str, *, plural: bool = True) -> str:
    """A trade unit in the reader's language; SI units stay as they are."""
    names = UNIT_NAMES.get(unit)
    return gettext(names[1 if plural else 0]) if names else unit


def share(value: float) -> str:
    """A share of 1 as whole percent: `97 %`."""
    return f"{number(round(value * 100))}{NBSP}%"


def day(value: date | datetime) -> str:
    """A calendar day: `28 Dec 2026`, in Chinese `2026-12-28`."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(_zone.get())).date()
    return _day(value, _locale.get())


@lru_cache(maxsize=4096)
def _day(value: date, locale_name: str) -> str:
    return str(format_date(value, "yyyy-MM-dd" if locale_name == "zh_Hans" else "d MMM yyyy", locale=_parsed(locale_name)))


DAY_WORDS = {
    "mon": lazy("Mon"),
    "tue": lazy("Tue"),
    "wed": lazy("Wed"),
    "thu": lazy("Thu"),
    "fri": lazy("Fri"),
    "sat": lazy("Sat"),
    "sun": lazy("Sun"),
}
_DAY = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?\b")


def week(written: str) -> str:
    """Days and hours that somebody wrote in English, in the reader's language: `Mon-Fri 08:00-17:00 CET`, in Chinese `周一–周五 …`."""
    return _DAY.sub(lambda found: gettext(DAY_WORDS[found[1].lower()]), written).replace("-", "–")


def instant(value: datetime) -> str:
    """A moment in the reader's zone, which is always named: `25 Nov 2026, 16:20 CET`."""
    zone = ZoneInfo(_zone.get())
    pattern = "yyyy-MM-dd HH:mm" if _locale.get() == "zh_Hans" else "d MMM yyyy, HH:mm"
    written = format_datetime(value.astimezone(zone), pattern, tzinfo=zone, locale=_babel())
    return f"{written} {value.astimezone(zone).tzname() or 'UTC'}"


def time_left(until: datetime) -> str:
    """How long is left: `2 h 40 min`, `21 h`, `6 days`; what is over is `2 days late`."""
    seconds = (until - clock.now()).total_seconds()
    length = _length(int(abs(seconds) // 60))
    return length if seconds >= 0 else gettext("%(time)s late", time=length)


def _length(minutes: int) -> str:
    if minutes < 60:
        return gettext("%(n)s min", n=minutes)
    if minutes < 6 * 60:
        return gettext("%(h)s h %(m)s min", h=minutes // 60, m=minutes % 60)
    if minutes < 48 * 60:
        return gettext("%(n)s h", n=minutes // 60)
    return gettext("%(n)s days", n=minutes // (24 * 60))


def country(code: str) -> str:
    """A country's name in the reader's language."""
    return _country(code, _locale.get())


@lru_cache(maxsize=2048)
def _country(code: str, locale_name: str) -> str:
    return str(_parsed(locale_name).territories.get(code.upper(), code))


def language(code: str) -> str:
    """A language's name in the reader's own, such as `zh-Hans`: Simplified Chinese."""
    return _language(code, _locale.get())


@lru_cache(maxsize=256)
def _language(code: str, locale_name: str) -> str:
    return str(_parsed(locale_name).languages.get(code.replace("-", "_"), code))


def countries() -> list[tuple[str, str]]:
    """(code, name) of all countries, sorted by name in the reader's language."""
    return _countries(_locale.get())


@lru_cache(maxsize=4)
def _countries(locale_name: str) -> list[tuple[str, str]]:
    names = [
        (c, str(n))
        for c, n in _parsed(locale_name).territories.items()
        if len(c) == 2 and c.isalpha() and c not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    ]
    return sorted(names, key=lambda pair: _place_in_order(pair[1]))


def _place_in_order(name: str) -> bytes:
    """By what people look for: usual Han characters stand in GB 2312 in the order of their pinyin, and Å is an A."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in letters if not unicodedata.combining(sign)).casefold().encode("gb18030")


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The codes of all countries."""
    return frozenset(code for code, _ in _countries("en"))


def filters() -> dict[str, Any]:
    """What templates call: every value is written by one of these."""
    return {
        "money": money,
        "amount": amount,
        "unit_price": unit_price,
        "quantity": quantity,
        "unit_name": unit_name,
        "number": number,
        "share": share,
        "day": day,
        "instant": instant,
        "week": week,
        "time_left": time_left,
        "country": country,
        "language": language,
        "text": text,
        "text_lang": text_lang,
    }
