"""The bulk import: repeatable, by line, and no row stops another."""

import json
import resource
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from marketplace.catalogue import cli, queries, services
from marketplace.catalogue.models import PriceTier, Product, ProductState, ProductVersion, StockMovement
from marketplace.catalogue.services import Wanted
from marketplace.catalogue.services.imports import CHUNK
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.catalogue.bringing import BOLT, bring_in, counts, variant
from tests.conftest import count_queries
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


@pytest.fixture
def vendor(app: Flask) -> Vendor:
    """A shop, and the category that its rows name."""
    make_category(slug="bolts")
    return make_vendor()


def test_a_row_becomes_a_listing_that_waits_for_the_desk(vendor: Vendor, tmp_path: Path) -> None:
    make_attribute(code="length", kind=services.categories.AttributeKind.NUMBER, unit="mm")

    summary, refused = bring_in(
        tmp_path, vendor, {**BOLT, "attr_length": "2", "attr_length_unit": "in", "weight_g": "17.2", "lead_time": "20000:18-22; *:32"}
    )

    assert (counts(summary), refused) == ((1, 0, 0, 0), [])
    product = db.session.query(Product).one()
    assert (product.state, product.vendor_id, product.version) == (ProductState.CHECKING, vendor.id, 1)
    assert product.attributes == {"length": {"v": 50.8, "unit": "in", "written": 2}}
    assert variant().lead_time == [[20_000, 18, 22], [None, 32, 32]]
    assert [(t.from_quantity, t.unit_price_micro) for t in db.session.query(PriceTier)] == [
        (1_000, 118_000),
        (5_000, 94_000),
    ]
    assert stock_of(variant().id) == (5_000, 0)
    assert db.session.get(Change, ("product", product.id)) is not None


def test_the_same_file_twice_changes_nothing(vendor: Vendor, tmp_path: Path) -> None:
    bring_in(tmp_path, vendor, BOLT)

    summary, _ = bring_in(tmp_path, vendor, BOLT)

    assert counts(summary) == (0, 0, 1, 0)
    assert db.session.query(ProductVersion).count() == 1
    assert db.session.query(StockMovement).count() == 1


def test_a_changed_row_makes_a_version_and_keeps_its_address(vendor: Vendor, tmp_path: Path) -> None:
    bring_in(tmp_path, vendor, BOLT)
    before = variant().id, db.session.query(Product).one().code

    summary, _ = bring_in(tmp_path, vendor, {**BOLT, "tiers": "1000:0.117"})

    assert counts(summary) == (0, 1, 0, 0)
    product = db.session.query(Product).populate_existing().one()
    assert (variant().id, product.code) == before
    assert product.version == 2
    assert queries.version_content(product.id, 2)["variants"][0]["tiers"] == [[1_000, 117_000]]
    assert [t.unit_price_micro for t in db.session.query(PriceTier)] == [117_000]


def test_a_count_is_set_each_time_but_never_below_what_is_promised(vendor: Vendor, tmp_path: Path) -> None:
    bring_in(tmp_path, vendor, BOLT)
    services.reserve_stock([Wanted(new_id(), variant().id, 1_000)], until=None)

    summary, _ = bring_in(tmp_path, vendor, {**BOLT, "stock": 2_000})
    again, _ = bring_in(tmp_path, vendor, {**BOLT, "stock": 2_000})
    _, refused = bring_in(tmp_path, vendor, {**BOLT, "stock": 500})

    assert (counts(summary), counts(again)) == ((0, 1, 0, 0), (0, 0, 1, 0))
    assert stock_of(variant().id) == (2_000, 1_000)
    assert [(row.line, row.sku) for row in refused] == [(1, "QZ-1")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"category": "nuts"}, "There is no category nuts"),
        ({"tiers": [[1000, 0.1], [5000, 0.2]]}, "not cheaper than the tier before"),
        ({"minimum": 750}, "not a multiple of the step"),
        ({"gtin": "4006381333932"}, "This is no GTIN"),
        ({"price": "1e5", "tiers": ""}, "1e5 is no number"),
        ({"price": -1, "tiers": ""}, "price: -1 must not be negative."),
        ({"tiers": "1000:-0.1"}, "tiers: -0.1 must not be negative."),
        ({"stock": "-5"}, "stock: -5 must not be negative."),
        ({"price": "0.1234567", "tiers": ""}, "0.1234567 has too many decimals: at most 6."),
        ({"lead_time": "-5"}, "Write lead times as"),
        ({"lead_time": "5000:-5"}, "Write lead times as"),
        ({"unit": "furlong"}, "The unit is one of"),
        ({"currency": "XXX"}, "You sell in EUR"),
        ({"sku": ""}, "Fill this in."),
        ({"title": ""}, "Fill this in."),
        ({"tiers": ""}, "needs a price"),
        ({"stock": "0.5"}, "not a whole number"),
        ({"colour": "red"}, "There is no column colour"),
        ({"attr_colour": "red"}, "There is no attribute colour"),
        ({"supply": "magic"}, "stock or made_to_order"),
        ({"lead_time": "soon"}, "Write lead times as"),
        ({"tiers": "cheap"}, "Write tiers as"),
        ({"weight_g": "1" * 30}, "is too large"),
        ({"category": ""}, "category: Fill this in."),
        ({"origin": "Atlantis"}, "two letters of a country"),
        ({"hs_code": "abc"}, "4 to 10 digits"),
        ({"lifecycle": "dead"}, "dead is none of active,"),
        ({"substitutes": "QZ-2:cousin"}, "cousin is none of successor,"),
        ({"tiers": [[1000, "$ 0.1"]]}, "You sell in EUR"),
        ({"tiers": [[1000, 0.1]], "price": 0.2}, "begin with another price"),
        ({"increment": "0", "minimum": ""}, "The step is at least 1."),
        ({"minimum": "0"}, "The minimum is at least one step."),
        ({"description": "d" * 10_001}, "description: This is too long"),
        ({"keywords": ";".join(f"word {n}" for n in range(200))}, "keywords: This is too long"),
        ({"codes": ";".join(f"code {n}" for n in range(900))}, "codes: This is too long"),
        ({"pack": "p" * 41}, "pack: This is too long"),
        ({"sample_price": "1", "sample_credited": "maybe"}, "sample_credited: Choose yes or no."),
        ({"sample_credited": "yes"}, "sample_credited: Write the price of a sample: without one nothing can be credited."),
        ({"back_order_on": "2020-01-31"}, "back_order_on: This day is over."),
        ({"lifecycle": "last_time_buy", "last_time_buy_on": "2020-01-31"}, "last_time_buy_on: This day is over."),
        ({"substitutes": "NO-SUCH:successor"}, "substitutes: You have no SKU NO-SUCH."),
        ({"title": {"fr": "Boulon"}}, "Texts are in en and zh-Hans; fr is none of them."),
    ],
)
def test_a_bad_row_is_refused_with_line_and_reason_and_stops_no_other(
    vendor: Vendor, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    summary, refused = bring_in(tmp_path, vendor, "{broken", {**BOLT, **change}, {**BOLT, "sku": "GOOD"})

    assert counts(summary) == (1, 0, 0, 2)
    assert [row.line for row in refused] == [1, 2]
    assert words in refused[1].reason
    assert variant("GOOD").is_active


def test_what_stands_already_is_left_alone_though_it_could_not_be_written_now(vendor: Vendor, tmp_path: Path) -> None:
    """A day that has passed since, and a substitute that is gone, stand in the way of no new price."""
    past = {
        "lifecycle": "last_time_buy",
        "last_time_buy_on": (clock.now() + timedelta(days=40)).date().isoformat(),
        "substitutes": "QZ-2:successor",
    }
    bring_in(tmp_path, vendor, {**BOLT, **past}, {**BOLT, "sku": "QZ-2"})
    variant("QZ-2").is_active = False
    db.session.flush()
    with clock.at(clock.now() + timedelta(days=400)):
        summary, refused = bring_in(tmp_path, vendor, {**BOLT, **past, "tiers": "1000:0.03"})

    assert (counts(summary), refused) == ((0, 1, 0, 0), [])


def test_a_substitute_may_stand_further_down_in_the_file(vendor: Vendor, tmp_path: Path) -> None:
    rows = [{**BOLT, "sku": f"QZ-{n}"} for n in range(CHUNK + 1)]
    rows[0]["substitutes"] = f"QZ-{CHUNK}:successor"

    summary, refused = bring_in(tmp_path, vendor, *rows)

    assert (counts(summary), refused) == ((CHUNK + 1, 0, 0, 0), [])


def test_one_column_of_titles_holds_them_by_language(vendor: Vendor, tmp_path: Path) -> None:
    texts = {"title": {"en": "Bolt", "zh-Hans": "螺栓"}, "description": {"zh": "全螺纹", "en": None}}
    bring_in(tmp_path, vendor, {**BOLT, **texts})

    content = queries.version_content(variant().product_id, 1)
    assert (content["title"], content["description"]) == ({"en": "Bolt", "zh-Hans": "螺栓"}, {"zh-Hans": "全螺纹"})


def test_a_row_is_told_its_broken_rules_with_what_cannot_be_read(vendor: Vendor, tmp_path: Path) -> None:
    """Who corrects the file of errors does it once; what rests on the unread number is not told."""
    wrong = {"back_order_on": "soon", "stock": "-1", "minimum": 750, "origin": "Atlantis", "tiers": "750:0.1; 5000:0.2", "gtin": "12"}

    _, refused = bring_in(tmp_path, vendor, {**BOLT, **wrong}, {**BOLT, "sku": "QZ-2", "increment": "some", "minimum": 750})

    for words in ("Write a day", "must not be negative", "Write 500 or 1,000", "two letters", "not cheaper", "no GTIN"):
        assert words in refused[0].reason, words
    assert refused[1].reason == "increment: some is no number; write it as 1250.50."


@pytest.mark.parametrize(
    ("row", "tiers"),
    [
        ({"price": "€ 1,250.50", "minimum": "1"}, [[1, 1_250_500_000]]),
        ({"price": "12.50 EUR", "tiers": "10: 11 €; 50:10", "minimum": "1"}, [[1, 12_500_000], [10, 11_000_000], [50, 10_000_000]]),
        ({"tiers": [[1000, 0.1]], "price": 0.1}, [[1000, 100_000]]),
    ],
)
def test_a_price_is_read_with_its_currency_and_begins_the_prices_by_quantity(
    vendor: Vendor, tmp_path: Path, row: dict[str, Any], tiers: list[list[int]]
) -> None:
    bring_in(tmp_path, vendor, {**BOLT, "increment": 1, "tiers": "", **row})

    assert queries.version_content(variant().product_id, 1)["variants"][0]["tiers"] == tiers


@pytest.mark.parametrize("category", ["bolts", "Hex Bolts", "六角螺栓", "Fasteners > hex  bolts"])
@pytest.mark.parametrize("unit", ["pcs", "Stück", "件"])
def test_categories_and_units_go_by_what_people_call_them(vendor: Vendor, tmp_path: Path, category: str, unit: str) -> None:
    summary, _ = bring_in(tmp_path, vendor, {**BOLT, "category": category, "unit": unit})

    assert counts(summary) == (1, 0, 0, 0)
    assert variant().display_unit == "pc"


def test_a_name_that_two_categories_have_is_not_guessed(vendor: Vendor, tmp_path: Path) -> None:
    make_category(slug="other-bolts")

    summary, refused = bring_in(tmp_path, vendor, {**BOLT, "category": "Hex bolts"})

    assert counts(summary) == (0, 0, 0, 1)
    assert "There is no category Hex bolts" in refused[0].reason


def test_a_sku_twice_in_one_part_is_refused_the_second_time(vendor: Vendor, tmp_path: Path) -> None:
    summary, refused = bring_in(tmp_path, vendor, BOLT, BOLT)

    assert counts(summary) == (1, 0, 0, 1)
    assert refused[0].line == 2


def test_a_row_never_takes_variants_from_a_product_of_several(vendor: Vendor, tmp_path: Path) -> None:
    product = make_product(vendor, sku="QZ-1")
    make_variant(product, sku="QZ-2")

    summary, _ = bring_in(tmp_path, vendor, BOLT)

    assert counts(summary) == (0, 1, 0, 0)
    assert [variant(sku).is_active for sku in ("QZ-1", "QZ-2")] == [True, True]


def test_a_retired_product_is_left_alone(vendor: Vendor, tmp_path: Path) -> None:
    make_product(vendor, sku="QZ-1", state=ProductState.RETIRED)

    _, refused = bring_in(tmp_path, vendor, BOLT)

    assert refused[0].reason == "A retired product cannot be changed."


def test_another_vendors_sku_is_another_product(vendor: Vendor, tmp_path: Path) -> None:
    other = make_product(make_vendor(), sku="QZ-1")

    summary, _ = bring_in(tmp_path, vendor, BOLT)

    assert counts(summary) == (1, 0, 0, 0)
    assert db.session.get_one(Product, other.id).version == 1


def test_a_file_leaves_one_line_of_history_a_chunk(vendor: Vendor, tmp_path: Path) -> None:
    bring_in(tmp_path, vendor, *[{**BOLT, "sku": f"QZ-{n}"} for n in range(1_200)])

    events = db.session.query(AuditEvent).filter_by(act="catalogue.imported").order_by(AuditEvent.seq).all()
    assert [event.after["lines"] for event in events] == [[1, 1_000], [1_001, 1_200]]
    assert all(event.companies == [vendor.id] for event in events)


def test_a_chunk_takes_the_same_statements_for_any_number_of_rows(vendor: Vendor, tmp_path: Path) -> None:
    with count_queries() as few:
        bring_in(tmp_path, vendor, *[{**BOLT, "sku": f"A-{n}"} for n in range(5)])
    with count_queries() as many:
        bring_in(tmp_path, vendor, *[{**BOLT, "sku": f"B-{n}"} for n in range(300)])

    assert len(many) <= len(few) + 2


def test_a_large_file_takes_no_more_memory_than_a_small_one(vendor: Vendor, tmp_path: Path) -> None:
    words = "x" * 5_000
    bring_in(tmp_path, vendor, *[{**BOLT, "sku": f"QZ-{n}", "description": words} for n in range(1_000)])
    db.session.commit()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = tmp_path / "large.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for n in range(12_000):
            out.write(json.dumps({**BOLT, "sku": f"QZ-{n}", "minimum": 750, "description": words}) + "\n")

    summary = cli.import_for_vendor(path, vendor.slug, lambda _: None)

    assert summary["refused"] == 12_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB; the file has 60 MB
