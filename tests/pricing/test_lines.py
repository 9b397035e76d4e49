"""A basket from plain facts: sums agree, problems are said."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.models import ProductState, Supply
from marketplace.catalogue.quantities import QuantityRule
from marketplace.catalogue.queries import LineVariant
from marketplace.core.i18n import speaking
from marketplace.core.ids import new_id
from marketplace.pricing.basket import Basket
from marketplace.pricing.lines import Seller, Terms, price_basket
from marketplace.pricing.tax import BuyerStatus, Place, RateTable
from marketplace.pricing.wording import tier_hint
from vendors.facts import Method

TODAY = date(2026, 11, 25)
BANDS = [{"up_to_g": 50_000, "price_minor": 1_850}, {"up_to_g": 10**15, "price_minor": 6_400}]
ROAD = Method("road", {"en": "Road"}, "DAP", [{"zone": "eu", "countries": ["SE", "DE"], "days": [2, 5], "bands": BANDS}])
TAXES = RateTable({("SE", "", "standard"): 2_500, ("DE", "", "standard"): 1_900, ("SE", "", "reduced"): 1_200})
TERMS = Terms(ship_to=Place("SE"), keys=frozenset({"all"}), buyer=BuyerStatus("SE"), on=TODAY, taxes=TAXES)
BASE = Seller(new_id(), "Norrvik", "norrvik", "SE", "EUR", True, 0, None, "exact", [ROAD])


def seller(**fields: Any) -> Seller:
    return BASE._replace(id=new_id(), **fields)


def variant(of: Seller, **fields: Any) -> LineVariant:
    values: dict[str, Any] = {
        "variant_id": new_id(), "product_id": new_id(), "product_version": 3, "product_slug": "bolt-aaaaaa", "product_code": "aaaaaa",
        "product_state": ProductState.LIVE, "visibility": ("all",), "vendor_id": of.id, "category_id": new_id(), "sku": "NV-1",
        "label": None, "title": {"en": "Bolt"}, "drawing": None, "item_id": None, "unit": "pc", "display_unit": "pc", "display_factor": 1,
        "rule": QuantityRule(), "price_per": 1, "currency": of.currency, "tiers": ((1, 500_000), (100, 400_000)), "supply": Supply.STOCK,
        "lead_time": ((None, 2, 4),), "weight_g": Decimal(17), "available": 1_000_000, "is_active": True,
    }  # fmt: skip
    return LineVariant(**values | fields)


def priced(*lines: tuple[Seller, LineVariant, int], terms: Terms = TERMS) -> Basket:
    sellers: dict[UUID, Seller] = {of.id: of for of, _, _ in lines}
    return price_basket([(v, quantity) for _, v, quantity in lines], sellers, terms)


def codes(basket: Basket) -> list[str]:
    return [problem.code for problem in basket.problems]


def test_a_line_has_goods_freight_tax_and_a_day() -> None:
    norrvik = seller()

    line = priced((norrvik, variant(norrvik), 200)).lines[0]

    assert (line.goods_minor, line.freight_minor) == (8_000, 1_850)
    assert (line.tax_minor, line.tax_rate_bp, line.tax_reason) == (2_463, 2_500, "domestic:SE")
    assert line.lead_days == (2, 4)
    assert line.arrives_on == date(2026, 12, 4)
    assert line.next_tier is None
    assert line.price_source == "public_tier"


def test_goods_by_the_metre_are_priced_for_a_thousand_millimetres() -> None:
    lansui = seller()
    cable = variant(
        lansui, unit="mm", display_unit="m", display_factor=1_000, price_per=1_000, tiers=((1, 230_000),), weight_g=Decimal("0.039")
    )

    line = priced((lansui, cable, 2_500)).lines[0]

    assert line.goods_minor == 58  # 2.5 m at 0.23, rounded half up once


def test_a_lead_time_that_is_not_stated_gives_no_day() -> None:
    norrvik = seller()

    line = priced((norrvik, variant(norrvik, lead_time=((10, 2, 4), (None, None, None))), 50)).lines[0]

    assert (line.lead_days, line.arrives_on) == (None, None)


def test_each_broken_quantity_rule_is_said() -> None:
    norrvik = seller()
    rule = QuantityRule(500, 250, 2_000)

    basket = priced(*[(norrvik, variant(norrvik, rule=rule), quantity) for quantity in (250, 600, 2_250, 750)])

    assert codes(basket) == ["below_minimum_quantity", "off_increment", "above_maximum"]


def test_more_than_is_free_is_said_with_the_number_only_where_the_vendor_shows_it() -> None:
    open_one, shy = seller(), seller(stock_display="band")

    shown = priced((open_one, variant(open_one, available=3), 4)).problems[0]
    hidden = priced((shy, variant(shy, available=3), 4)).problems[0]

    with speaking("en"):
        assert shown.text == "Only 3\u00a0pcs are in stock."
        assert hidden.text == "Less than this is in stock."
    assert hidden.facts.get("available") is None


def test_no_day_is_promised_of_what_is_short() -> None:
    norrvik = seller()
    short, there, to_come = (
        variant(norrvik, available=3, **more) for more in ({}, {}, {"back_order_on": date(2026, 12, 1), "back_order_days": 6})
    )

    assert (priced((norrvik, short, 4)).lines[0].lead_days, priced((norrvik, short, 4)).lines[0].arrives_on) == (None, None)
    assert priced((norrvik, short, 4)).lines[0].is_short
    assert priced((norrvik, there, 3)).lines[0].lead_days == (2, 4)
    assert priced((norrvik, to_come, 4)).lines[0].lead_days == (8, 10)
    assert not priced((norrvik, to_come, 4)).lines[0].is_short


@pytest.mark.parametrize(
    ("available", "said"), [(0, "This is out of stock."), (1, "Only 1\u00a0pc is in stock."), (2, "Only 2\u00a0pcs are in stock.")]
)
def test_what_is_left_is_said_as_people_say_it(available: int, said: str) -> None:
    norrvik = seller()

    with speaking("en"):
        assert priced((norrvik, variant(norrvik, available=available), 4)).problems[0].text == said


def test_a_dearer_offer_of_more_is_not_made_where_this_much_cannot_be_had() -> None:
    norrvik = seller()
    tiers = ((1, 500_000), (10, 400_000))
    few, enough = (priced((norrvik, variant(norrvik, available=n, tiers=tiers), 4)).parts[0].lines[0] for n in (3, 20))

    with speaking("en"):
        assert tier_hint(few) is None
        assert tier_hint(enough) == "6\u00a0pcs more reach 0.4000"


def test_goods_made_to_order_are_never_short() -> None:
    norrvik = seller()

    assert not priced((norrvik, variant(norrvik, supply=Supply.MADE_TO_ORDER, available=None), 10**6)).problems


@pytest.mark.parametrize(("quantity", "days"), [(480_000, (18, 22)), (480_001, (62, 62)), (1_000_000, (92, 92))])
def test_more_than_a_month_makes_is_ready_with_the_last_month_that_it_takes(quantity: int, days: tuple[int, int]) -> None:
    norrvik = seller()
    bands = ((480_000, 18, 22), (None, 32, 32))
    made = variant(norrvik, supply=Supply.MADE_TO_ORDER, available=None, lead_time=bands, capacity_month=480_000)

    line = priced((norrvik, made, quantity)).lines[0]

    assert line.lead_days == days
    assert line.arrives_on == TERMS.on + timedelta(days=days[1] + 5)


def test_capacity_says_nothing_about_goods_from_stock() -> None:
    norrvik = seller()

    assert priced((norrvik, variant(norrvik, capacity_month=10), 500)).lines[0].lead_days == (2, 4)


def test_what_cannot_be_bought_says_why() -> None:
    norrvik, closed, new = seller(), seller(can_sell=False), seller(exposure_cap_minor=100)

    assert codes(priced((norrvik, variant(norrvik, product_state=ProductState.PAUSED), 1))) == ["product_not_live"]
    assert codes(priced((norrvik, variant(norrvik, is_active=False), 1))) == ["product_not_live"]
    assert codes(priced((norrvik, variant(norrvik, visibility=("company:x",)), 1))) == ["not_visible"]
    assert codes(priced((norrvik, variant(norrvik, tiers=()), 1))) == ["no_price"]
    assert codes(priced((closed, variant(closed), 1))) == ["vendor_not_selling"]
    away = seller(can_sell=False, holiday_until=date(2026, 12, 3))
    with speaking("en"):
        assert priced((closed, variant(closed), 1)).problems[0].text == f"{closed.name} takes no orders at the moment."
        assert (
            priced((away, variant(away), 1)).problems[0].text
            == f"{away.name} is on holiday until 3 Dec 2026 and takes no orders until then."
        )
    assert codes(priced((new, variant(new), 1))) == ["exposure_cap"]


def test_a_vendor_minimum_says_how_much_is_missing() -> None:
    picky = seller(minimum_minor=10_000)

    problem = priced((picky, variant(picky), 100)).problems[0]

    assert (problem.code, problem.facts["missing"]) == ("vendor_minimum", 6_000)


def test_where_freight_or_tax_is_unknown_nothing_is_guessed() -> None:
    norrvik, american = (
        seller(),
        seller(country="US", methods=[Method("truck", {"en": "Truck"}, "DAP", [dict(ROAD.zones[0], countries=["US"])])]),
    )
    terms = replace(TERMS, ship_to=Place("US", "WI"))

    far, untaxed = priced((norrvik, variant(norrvik), 1), terms=terms), priced((american, variant(american), 1), terms=terms)
    weightless = priced((norrvik, variant(norrvik, weight_g=None), 1))

    assert codes(far) == ["no_freight_zone"]
    assert far.parts[0].freight is None
    assert codes(untaxed) == ["no_tax_rate"]
    assert codes(weightless) == ["no_weight"]
    assert weightless.lines[0].arrives_on is None


def test_a_basket_takes_one_currency_and_its_sums_leave_the_other_out() -> None:
    norrvik, qianzhu = seller(), seller(name="Qianzhu", currency="USD", country="CN")

    basket = priced((norrvik, variant(norrvik), 10), (qianzhu, variant(qianzhu), 10))

    assert basket.currency == "EUR"
    assert codes(basket) == ["other_currency"]
    assert basket.total_minor == basket.parts[0].total_minor
    assert not basket.can_be_ordered


def test_every_problem_has_words() -> None:
    norrvik = seller(minimum_minor=10**9, exposure_cap_minor=1, can_sell=False)
    lines = [
        (norrvik, variant(norrvik, rule=QuantityRule(500, 250, 2_000), available=0), 100),
        (norrvik, variant(norrvik, rule=QuantityRule(500, 250, 2_000)), 600),
        (norrvik, variant(norrvik, rule=QuantityRule(500, 250, 2_000)), 9_000),
    ]

    with speaking("en"):
        texts = [problem.text for problem in priced(*lines, terms=replace(TERMS, ship_to=Place("JP"))).problems]

    assert len(texts) >= 7
    assert all("%(" not in text and text for text in texts)


quantities = st.integers(1, 10**6)
prices = st.integers(0, 10**9)
weights = st.one_of(st.none(), st.decimals(0, 10**5, places=3))


@given(st.lists(st.tuples(quantities, prices, weights), min_size=1, max_size=12), st.sampled_from(["SE", "DE", "NO"]))
def test_lines_add_up_to_their_part_and_parts_to_the_basket(rows: list[tuple[int, int, Decimal | None]], ship_to: str) -> None:
    one, other = seller(), seller(name="Grathof", country="DE")
    lines = [
        (of, variant(of, tiers=((1, price),), weight_g=weight), quantity)
        for n, (quantity, price, weight) in enumerate(rows)
        for of in [one if n % 2 else other]
    ]

    basket = priced(*lines, terms=replace(TERMS, ship_to=Place(ship_to)))

    for part in basket.parts:
        for name in ("goods_minor", "freight_minor", "tax_minor", "total_minor"):
            assert sum(getattr(line, name) for line in part.lines) == getattr(part, name)
        assert all(line.freight_minor >= 0 and line.tax_minor >= 0 for line in part.lines)
    assert basket.total_minor == sum(part.total_minor for part in basket.parts)
    assert basket.total_minor == basket.goods_minor + basket.freight_minor + basket.tax_minor


@given(st.lists(st.tuples(quantities, prices), min_size=1, max_size=6))
def test_the_same_basket_costs_the_same_twice(rows: list[tuple[int, int]]) -> None:
    norrvik = seller()
    lines = [(norrvik, variant(norrvik, tiers=((1, price),)), quantity) for quantity, price in rows]

    assert priced(*lines) == priced(*lines)
