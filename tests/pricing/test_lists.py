"""Price lists: who has them, from when, and that nobody else has."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Company
from marketplace.catalogue.models import PriceTier
from marketplace.core import clock
from marketplace.core.audit import SYSTEM, AuditEvent
from marketplace.core.db import db
from marketplace.core.errors import Invalid, InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.pricing import queries, services, shipped
from marketplace.pricing.basket import PricedLine
from marketplace.pricing.errors import (
    BaseUnfit,
    ListChanged,
    ListEnded,
    ListNameTaken,
    ListNotReady,
    RateBegun,
    SegmentInUse,
    SegmentNameTaken,
)
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import ListKind, PriceListCompany, PriceListPrice, Standing
from marketplace.pricing.services import NewList, Use
from tests.factories.accounts import make_company, make_location
from tests.factories.catalogue import keep_version, make_product, only_variant
from tests.factories.pricing import days, make_price_list, make_segment
from tests.factories.vendors import make_shipping_method, make_vendor
from vendors.models import Vendor


@pytest.fixture(autouse=True)
def taxes(app: Flask) -> None:
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)


@pytest.fixture
def vendor(app: Flask) -> Vendor:
    return make_vendor()


@pytest.fixture
def buyer(app: Flask) -> Company:
    return make_company()


def variant_of(vendor: Vendor) -> UUID:
    return only_variant(make_product(vendor, tiers=((1, 500_000), (100, 400_000)))).id


def line(variant_id: UUID, quantity: int, buyer: Company | None, *, on: date | None = None, location_id: UUID | None = None) -> PricedLine:
    basket = queries.price_lines(
        [(variant_id, quantity)], buyer_id=buyer.id if buyer else None, ship_to="SE", on=on, location_id=location_id
    )
    return basket.lines[0]


def test_only_the_company_that_a_list_is_meant_for_has_its_price(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    made = make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 300_000)]})

    mine, others, nobodys = (line(variant_id, 10, who) for who in (buyer, make_company(), None))

    assert (mine.unit_price_micro, mine.price_source) == (300_000, "company_list")
    assert mine.price_list is not None
    assert mine.price_list.list_id == made.id
    assert (mine.public_micro, mine.public_currency) == (500_000, "EUR")
    for stranger in (others, nobodys):
        assert (stranger.unit_price_micro, stranger.price_source, stranger.price_list) == (500_000, "public_tier", None)


def test_a_list_of_an_address_counts_only_for_goods_that_go_there(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    plant = make_location(buyer, name="Plant 2", is_default=False)
    make_price_list(vendor, locations=[(buyer.id, plant.id)], prices={variant_id: [(1, 300_000)]})

    assert line(variant_id, 10, buyer, location_id=plant.id).price_source == "location_list"
    assert line(variant_id, 10, buyer).price_source == "public_tier"


def test_members_of_a_segment_have_its_list_until_they_leave(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    segment = make_segment(vendor)
    make_price_list(vendor, segments=[segment.id], formula=Formula(-1_000))

    before = line(variant_id, 10, buyer)
    services.add_to_segment(segment.id, buyer.id, vendor_id=vendor.id, actor=SYSTEM)
    during = line(variant_id, 10, buyer)
    services.remove_from_segment(segment.id, buyer.id, vendor_id=vendor.id, actor=SYSTEM)
    after = line(variant_id, 10, buyer)

    assert [found.unit_price_micro for found in (before, during, after)] == [500_000, 450_000, 500_000]
    assert during.price_source == "segment_list"


def test_a_contract_goes_before_the_companys_list(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 300_000)]})
    make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 350_000)]}, standing=Standing.CONTRACT)

    assert (line(variant_id, 10, buyer).unit_price_micro, line(variant_id, 10, buyer).price_source) == (350_000, "contract")


def test_drafts_ended_lists_and_lists_of_other_days_do_not_count(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    fields = {"companies": [buyer.id], "prices": {variant_id: [(1, 300_000)]}}
    make_price_list(vendor, is_active=False, **fields)  # type: ignore[arg-type]
    ended = make_price_list(vendor, **fields)  # type: ignore[arg-type]
    services.end_list(ended.id, vendor_id=vendor.id, actor=SYSTEM)
    make_price_list(vendor, valid_from=days(5), valid_until=days(9), **fields)  # type: ignore[arg-type]

    assert line(variant_id, 10, buyer).price_source == "public_tier"
    assert line(variant_id, 10, buyer, on=days(5)).price_source == "company_list"
    assert line(variant_id, 10, buyer, on=days(9)).price_source == "company_list"
    assert line(variant_id, 10, buyer, on=days(10)).price_source == "public_tier"


def test_a_scheduled_change_begins_on_its_day_and_the_old_price_stays_provable(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    made = make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 300_000)]})

    services.set_prices(made.id, {variant_id: [(1, 280_000)]}, vendor_id=vendor.id, valid_from=days(30), actor=SYSTEM)
    services.set_prices(made.id, {variant_id: []}, vendor_id=vendor.id, valid_from=days(60), actor=SYSTEM)

    prices = [line(variant_id, 10, buyer, on=days(n)).unit_price_micro for n in (0, 29, 30, 59, 60)]
    assert prices == [300_000, 300_000, 280_000, 280_000, 500_000]
    assert db.session.scalar(select(func.count()).select_from(PriceListPrice)) == 3


def test_what_is_written_again_unchanged_is_not_written(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    made = make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 300_000)]})

    changed = services.set_prices(made.id, {variant_id: [(1, 300_000)]}, vendor_id=vendor.id, valid_from=days(0), actor=SYSTEM)

    assert changed == []


def test_a_formula_follows_its_base(vendor: Vendor, buyer: Company) -> None:
    variant_id, bare = variant_of(vendor), variant_of(vendor)
    base = make_price_list(vendor, prices={variant_id: [(10, 300_000)]}, is_active=False)
    made = make_price_list(vendor, companies=[buyer.id], formula=Formula(-500, round_micro=1_000), base=base)

    assert line(variant_id, 10, buyer).unit_price_micro == 285_000
    assert line(variant_id, 9, buyer).price_source == "public_tier"
    assert line(bare, 10, buyer).price_source == "public_tier"
    services.set_formula(made.id, Formula(-1_000), vendor_id=vendor.id, valid_from=days(3), actor=SYSTEM)
    assert line(variant_id, 10, buyer, on=days(2)).unit_price_micro == 285_000
    assert line(variant_id, 10, buyer, on=days(3)).unit_price_micro == 270_000


def test_a_list_in_another_currency_makes_the_part_one_in_it(vendor: Vendor, buyer: Company) -> None:
    variant_id, public = variant_of(vendor), variant_of(vendor)
    make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 300_000)]}, currency="USD")
    zones = [{"zone": "se", "countries": ["SE"], "days": [1, 1], "bands": [{"up_to_g": 10**9, "price_minor": 700}]}]
    make_shipping_method(vendor, key="usd", position=2, zones=zones).currency = "USD"
    db.session.flush()

    alone = queries.price_lines([(variant_id, 10)], buyer_id=buyer.id, ship_to="SE")
    mixed = queries.price_lines([(variant_id, 10), (public, 10)], buyer_id=buyer.id, ship_to="SE")

    assert (alone.currency, alone.freight_minor, alone.can_be_ordered) == ("USD", 700, True)
    assert [part.currency for part in mixed.parts] == ["EUR", "USD"]
    assert [problem.code for problem in mixed.problems] == ["other_currency"]


def test_a_minimum_is_compared_in_the_currency_of_the_price(buyer: Company) -> None:
    vendor = make_vendor(opening_minimum_minor=1_000)
    variant_id = variant_of(vendor)
    services.load_rates({"USD": "0.5"}, valid_from=date(2020, 1, 1), source="test", actor=SYSTEM)
    make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, 1_000_000)]}, currency="USD")

    few = queries.price_lines([(variant_id, 19)], buyer_id=buyer.id, ship_to="SE").parts[0]
    enough = queries.price_lines([(variant_id, 20)], buyer_id=buyer.id, ship_to="SE").parts[0]

    assert {problem.code for problem in few.problems} == {"no_freight_zone", "vendor_minimum"}
    assert {problem.code for problem in enough.problems} == {"no_freight_zone"}


def test_a_price_means_the_same_after_the_variant_counts_by_the_hundred(vendor: Vendor, buyer: Company) -> None:
    variant = only_variant(make_product(vendor, tiers=((1, 500_000),)))
    make_price_list(vendor, companies=[buyer.id], prices={variant.id: [(1, 300_000)]})
    variant.price_per = 100
    db.session.flush()

    found = line(variant.id, 10, buyer)

    assert (found.unit_price_micro, found.goods_minor) == (30_000_000, 300)


@pytest.mark.parametrize(
    "tiers", [[(1, 300), (1, 200)], [(10, 300), (5, 200)], [(1, 300), (10, 400)], [(0, 300)], [(1, -1)], [(n, 10) for n in range(1, 12)]]
)
def test_tiers_rise_in_quantity_and_fall_in_price(vendor: Vendor, tiers: list[tuple[int, int]]) -> None:
    made = make_price_list(vendor, is_active=False)

    with pytest.raises(Invalid):
        services.set_prices(made.id, {variant_of(vendor): tiers}, vendor_id=vendor.id, valid_from=days(0), actor=SYSTEM)


def test_nothing_of_another_vendor_goes_into_a_list(vendor: Vendor, buyer: Company) -> None:
    other = make_vendor()
    made, theirs = make_price_list(vendor, is_active=False), make_segment(other)

    with pytest.raises(NotFound):
        services.set_prices(made.id, {variant_of(other): [(1, 1)]}, vendor_id=vendor.id, valid_from=days(0), actor=SYSTEM)
    with pytest.raises(NotFound):
        services.assign_list(made.id, vendor_id=vendor.id, uses=[], segment_ids=[theirs.id], actor=SYSTEM)
    with pytest.raises(NotFound):
        services.set_prices(made.id, {}, vendor_id=other.id, valid_from=days(0), actor=SYSTEM)
    with pytest.raises(NotFound):
        services.assign_list(made.id, vendor_id=vendor.id, uses=[Use(new_id())], segment_ids=[], actor=SYSTEM)
    foreign = make_location(make_company(), is_default=False)
    with pytest.raises(NotFound):
        services.assign_list(made.id, vendor_id=vendor.id, uses=[Use(buyer.id, foreign.id)], segment_ids=[], actor=SYSTEM)


def test_prices_of_past_days_stay(vendor: Vendor) -> None:
    made = make_price_list(vendor, is_active=False)

    with pytest.raises(RateBegun):
        services.set_prices(made.id, {variant_of(vendor): [(1, 1)]}, vendor_id=vendor.id, valid_from=days(-1), actor=SYSTEM)


def test_a_list_without_prices_or_buyers_is_not_switched_on(vendor: Vendor, buyer: Company) -> None:
    bare = make_price_list(vendor, companies=[buyer.id], is_active=False)
    lonely = make_price_list(vendor, prices={variant_of(vendor): [(1, 1)]}, is_active=False)

    for made in (bare, lonely):
        with pytest.raises(ListNotReady):
            services.activate_list(made.id, vendor_id=vendor.id, actor=SYSTEM)


def test_an_ended_list_stays_as_it_was(vendor: Vendor, buyer: Company) -> None:
    made = make_price_list(vendor, companies=[buyer.id], prices={variant_of(vendor): [(1, 1)]})
    services.end_list(made.id, vendor_id=vendor.id, actor=SYSTEM)

    with pytest.raises(ListEnded):
        services.assign_list(made.id, vendor_id=vendor.id, uses=[], segment_ids=[], actor=SYSTEM)
    with pytest.raises(InvalidMove):
        services.activate_list(made.id, vendor_id=vendor.id, actor=SYSTEM)


def change(made: object, vendor: Vendor, version: str, name: str = "Renamed") -> None:
    services.change_list(
        made.id,  # type: ignore[attr-defined]
        vendor_id=vendor.id,
        version=version,
        name=name,
        standing=Standing.LIST,
        valid_from=days(0),
        valid_until=None,
        actor=SYSTEM,
    )


def test_two_people_who_change_a_list_at_once_are_told(vendor: Vendor) -> None:
    made = make_price_list(vendor, is_active=False)
    version = made.updated_at.isoformat()

    change(made, vendor, version)

    with pytest.raises(ListChanged):
        change(made, vendor, version, "Renamed again")
    assert db.session.scalar(select(func.count()).where(AuditEvent.act == "price_list.changed")) == 1


def test_names_are_unique_within_a_vendor(vendor: Vendor) -> None:
    made = make_price_list(vendor, is_active=False, name="Frame 2027")
    make_segment(vendor, name="Fitters")

    with pytest.raises(ListNameTaken):
        make_price_list(vendor, is_active=False, name="Frame 2027")
    with pytest.raises(SegmentNameTaken):
        make_segment(vendor, name="Fitters")
    make_price_list(make_vendor(), is_active=False, name=made.name)


def test_a_formula_stands_on_public_prices_or_on_a_written_list_in_its_currency(vendor: Vendor) -> None:
    formula = make_price_list(vendor, formula=Formula(-100), is_active=False)
    written = make_price_list(vendor, currency="USD", is_active=False)

    for base_id, currency in ((formula.id, "EUR"), (written.id, "EUR"), (None, "USD")):
        with pytest.raises(BaseUnfit):
            services.add_list(
                NewList("X", currency, days(0), kind=ListKind.FORMULA, base_list_id=base_id), vendor_id=vendor.id, actor=SYSTEM
            )


def test_a_segment_with_a_list_is_not_taken_away(vendor: Vendor, buyer: Company) -> None:
    segment, free = make_segment(vendor, members=[buyer.id]), make_segment(vendor, members=[buyer.id])
    make_price_list(vendor, segments=[segment.id], formula=Formula(-100))

    services.remove_segment(free.id, vendor_id=vendor.id, actor=SYSTEM)
    with pytest.raises(SegmentInUse):
        services.remove_segment(segment.id, vendor_id=vendor.id, actor=SYSTEM)


def test_assigning_again_replaces_everything(vendor: Vendor, buyer: Company) -> None:
    other, segment = make_company(), make_segment(vendor, members=[buyer.id])
    made = make_price_list(vendor, companies=[buyer.id], segments=[segment.id], formula=Formula(-100))

    services.assign_list(made.id, vendor_id=vendor.id, uses=[Use(other.id)], segment_ids=[], actor=SYSTEM)

    assert list(db.session.scalars(select(PriceListCompany.company_id).where(PriceListCompany.price_list_id == made.id))) == [other.id]


def test_why_names_every_source_and_the_next_step(vendor: Vendor, buyer: Company) -> None:
    variant_id = variant_of(vendor)
    make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(10, 300_000)]}, name="Frame", valid_until=days(9))
    later = make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(5_000, 200_000)]}, standing=Standing.CONTRACT)

    why = queries.why_price(variant_id, 10, None, ship_to="SE")
    basket = line(variant_id, 10, buyer)

    assert why is not None
    assert [(step.source, step.is_used) for step in why.steps] == [("public_tier", True)]
    assert why.next_step == (100, 400_000)
    assert basket.tiers == ((1, 500_000), (10, 300_000), (5_000, 200_000))
    assert later.name not in str(why)


def test_why_says_nothing_of_what_a_reader_may_not_see(vendor: Vendor, buyer: Company) -> None:
    hidden = only_variant(make_product(vendor, visibility=(f"company:{buyer.id}",))).id

    assert queries.why_price(hidden, 10, None, ship_to="SE") is None
    assert queries.why_price(new_id(), 10, None, ship_to="SE") is None


def test_a_listing_for_a_segment_is_open_to_its_members(vendor: Vendor, buyer: Company) -> None:
    segment = make_segment(vendor, members=[buyer.id])
    lines = [(only_variant(make_product(vendor, visibility=(f"segment:{segment.id}",))).id, 10)]

    assert queries.price_lines(lines, buyer_id=buyer.id, ship_to="SE").can_be_ordered
    assert [p.code for p in queries.price_lines(lines, buyer_id=make_company().id, ship_to="SE").problems] == ["not_visible"]


def test_goods_of_a_category_have_its_tax_class(vendor: Vendor) -> None:
    product = make_product(vendor)
    services.set_tax_class(product.category_id, "reduced", actor=SYSTEM)

    found = line(only_variant(product).id, 10, None)

    assert (found.tax_rate_bp, found.tax_reason) == (1_200, "domestic:SE")


def test_a_size_is_read_only_where_a_method_asks_for_it(vendor: Vendor) -> None:
    bands = [{"up_to_g": 10**9, "up_to_cm3": 100, "price_minor": 10}, {"up_to_g": 10**9, "up_to_cm3": 10**9, "price_minor": 20}]
    make_shipping_method(vendor, key="small", position=0, zones=[{"zone": "se", "countries": ["SE"], "days": [1, 1], "bands": bands}])
    variant = only_variant(make_product(vendor, dims_mm=(100, 50, 10), weight_g=Decimal(10)))

    two = queries.price_lines([(variant.id, 2)], buyer_id=None, ship_to="SE").parts[0]
    three = queries.price_lines([(variant.id, 3)], buyer_id=None, ship_to="SE").parts[0]

    assert (two.method_key, two.freight_minor, three.freight_minor) == ("small", 10, 20)


def test_history_is_written_with_both_days(vendor: Vendor) -> None:
    with pytest.raises(RateBegun):
        services.record_tax_rate("SE", "", "standard", rate_bp=2_600, valid_from=days(-1), actor=SYSTEM)

    rate = services.record_tax_rate("SE", "", "standard", rate_bp=2_600, valid_from=days(10), actor=SYSTEM)

    assert queries.standard_rates({"SE"}, on=days(9)) == {"SE": 2_500}
    assert queries.standard_rates({"SE"}, on=days(10)) == {"SE": 2_600}
    assert db.session.scalar(select(AuditEvent.after).where(AuditEvent.subject_id == rate.id)) is not None
    assert clock.now().date() == days(0)


def test_a_public_price_that_was_lowered_names_the_lowest_of_thirty_days(vendor: Vendor) -> None:
    now = clock.now()
    with clock.at(now - timedelta(days=100)):
        product = make_product(vendor, tiers=((1, 500_000),))
    variant = only_variant(product)
    for price, ago in ((450_000, 40), (600_000, 20), (480_000, 5)):
        db.session.query(PriceTier).filter(PriceTier.variant_id == variant.id).update({"unit_price_micro": price})
        product.created_at = now - timedelta(days=ago)  # the day of the version
        keep_version(product)

    why = queries.why_price(variant.id, 10, None, ship_to="SE")

    assert why is not None
    assert why.reduction is not None
    assert (why.reduction.before_micro, why.reduction.lowest_micro) == (600_000, 450_000)
