"""How values are written in both languages (look/README.md §7)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core import clock, i18n


def test_sums_in_both_languages() -> None:
    assert i18n.money(641250, "EUR") == "EUR\u00a06,412.50"
    assert i18n.amount(-1234, "JPY") == "−1,234"
    with i18n.speaking("zh_Hans"):
        assert i18n.money(641250, "EUR") == "6,412.50 欧元"


def test_a_name_that_ends_in_a_full_stop_ends_its_sentence() -> None:
    said = "You get this because you handle the orders of %(company)s."

    assert i18n.gettext(said, company="Qianzhu Fasteners Co., Ltd.").endswith(" Qianzhu Fasteners Co., Ltd.")
    assert i18n.gettext(said, company="Norrvik AB").endswith(" Norrvik AB.")
    assert i18n.ngettext("%(num)s order of %(company)s.", "%(num)s orders of %(company)s.", 2, company="X Inc.") == "2 orders of X Inc."
    assert i18n.gettext("Sold by %(company)s. Ask %(who)s.", company="X Inc.", who="a..b") == "Sold by X Inc. Ask a..b."


def test_an_exact_price_has_all_its_decimals_and_four_at_least() -> None:
    assert i18n.exact_price(38_900, 1) == "0.0389"
    assert i18n.exact_price(10_883_500, 100) == "0.108835"
    assert i18n.exact_price(118_000, 1_000, display_factor=1_000) == "0.1180"
    assert i18n.exact_price(1_234_567_890_000, 1) == "1,234,567.8900"


def test_a_unit_price_has_four_decimals() -> None:
    assert i18n.unit_price(38_900, 1, "EUR") == "0.0389"
    assert i18n.unit_price(1_234_500, 1_000, "EUR", display_factor=1_000) == "1.2345"


def test_an_instant_names_the_readers_zone() -> None:
    at = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)

    with i18n.speaking("en", "Europe/Stockholm"):
        assert i18n.instant(at) == "25 Nov 2026, 16:20 CET"
    with i18n.speaking("zh_Hans", "Asia/Shanghai"):
        assert i18n.instant(at) == "2026-11-25 23:20 CST"


def test_a_text_falls_back_to_english_then_to_any() -> None:
    with i18n.speaking("zh_Hans"):
        assert i18n.text({"en": "Bolt", "zh-Hans": "螺栓"}) == "螺栓"
        assert i18n.text({"en": "Bolt"}) == "Bolt"
        assert i18n.text_lang({"en": "Bolt"}) == "en"
    assert i18n.text({"it": "Vite"}) == "Vite"


def test_the_pseudo_locale_marks_words_and_keeps_values(app: Flask) -> None:
    with i18n.speaking("pseudo"):
        assert i18n.gettext("Sum %(sum)s", sum="EUR 1") == "Ｓｕｍ EUR 1"


def test_every_browser_language_finds_a_locale() -> None:
    assert i18n.match("zh-CN,zh;q=0.9,en;q=0.8") == "zh_Hans"
    assert i18n.match("sv-SE,sv;q=0.9") == "en"
    assert i18n.match(None) == "en"


def test_a_past_deadline_says_that_it_is_late() -> None:
    now = clock.now()

    assert i18n.time_left(now + timedelta(hours=2, minutes=41)) in ("2 h 40 min", "2 h 41 min")
    assert i18n.time_left(now - timedelta(days=3)) == "3 days late"


BABEL = {"en": "en_GB", "zh_Hans": "zh_Hans_CN"}
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda value: not value or 1e-9 < abs(value) < 10**18),
    st.floats(-100_000, 100_000).map(lambda value: round(value, 3)),
    st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=5),
)


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
@settings(max_examples=2_000, deadline=None)
@given(value=NUMBERS)
def test_a_number_is_written_as_babel_writes_it(locale: str, value: float | Decimal) -> None:
    # A number below a tenth keeps three digits, which Babel writes as a hundredth when it is rounded up to a tenth.
    exact = Decimal(str(value))
    is_small = 0 < abs(exact) < Decimal("0.1")
    with i18n.speaking(locale):
        said = f"{Decimal(f'{exact:.3g}').normalize():f}" if is_small else format_decimal(value, format="#,##0.###", locale=BABEL[locale])
        assert i18n.number(value) == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0004, "0.0004"),
        (0.012345, "0.0123"),
        (-0.00005, "-0.00005"),
        (0.09995, "0.1"),
        (1e-300, "0"),
        (Decimal("0.00010342"), "0.000103"),
        (0.0, "0"),
    ],
)
def test_a_small_number_is_not_written_as_none(value: float | Decimal, shown: str) -> None:
    assert i18n.number(value) == shown


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
@settings(max_examples=2_000, deadline=None)
@given(micro=st.integers(-(10**15), 10**15), price_per=st.sampled_from([1, 7, 100, 1_000]), factor=st.sampled_from([1, 1_000]))
def test_a_unit_price_is_written_as_babel_writes_it(locale: str, micro: int, price_per: int, factor: int) -> None:
    with i18n.speaking(locale):
        written = i18n.unit_price(micro, price_per, "EUR", display_factor=factor)

    assert written == format_decimal(micro * factor / price_per / 1_000_000, format="#,##0.0000", locale=BABEL[locale])


@pytest.mark.parametrize(
    ("locale", "in_order"),
    [
        ("en", ["Afghanistan", "Åland Islands", "Albania", "Congo - Kinshasa", "Côte d’Ivoire", "Zimbabwe"]),
        ("zh_Hans", ["阿根廷", "澳大利亚", "德国", "法国", "美国", "瑞典", "英国", "中国"]),
    ],
)
def test_countries_stand_where_people_look_for_them(locale: str, in_order: list[str]) -> None:
    with i18n.speaking(locale):
        names = [name for _, name in i18n.countries()]

    assert [name for name in names if name in in_order] == in_order


@pytest.mark.parametrize(
    ("written", "in_english", "in_chinese"),
    [
        ("Mon-Fri 08:00–17:00 CET", "Mon–Fri 08:00–17:00 CET", "周一–周五 08:00–17:00 CET"),
        ("Monday to Saturday", "Mon to Sat", "周一 to 周六"),
        ("Month by month, the sun shines", "Month by month, the sun shines", "Month by month, the sun shines"),
    ],
)
def test_days_that_somebody_wrote_are_told_in_the_readers_language(written: str, in_english: str, in_chinese: str) -> None:
    with i18n.speaking("en"):
        assert i18n.week(written) == in_english
    with i18n.speaking("zh_Hans"):
        assert i18n.week(written) == in_chinese


@pytest.mark.parametrize(
    ("value", "in_field", "ungrouped"),
    [
        ("12000", "12,000", "12000"),
        ("2.50", "2.5", "2.5"),
        ("1E+6", "1,000,000", "1000000"),
        ("1234.000001", "1,234.000001", "1234.000001"),
    ],
)
def test_a_number_in_a_field_is_grouped_and_exact_and_in_an_address_bare(value: str, in_field: str, ungrouped: str) -> None:
    assert (i18n.in_field(Decimal(value)), i18n.ungrouped(Decimal(value))) == (in_field, ungrouped)
