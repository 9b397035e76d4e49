"""The bulk import: repeatable, by line, and no row stops another."""

import json
import resource
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func

from marketplace.catalogue import cli, queries, services
from marketplace.catalogue.importing.rules import category_for, category_table
from marketplace.catalogue.listings import Refused
from marketplace.catalogue.models import PriceTier, Product, ProductState, ProductVersion, Stock, StockMovement, Variant
from marketplace.catalogue.services import Wanted
from marketplace.catalogue.services.imports import CHUNK
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.pricing import queries as pricing
from tests.conftest import count_queries
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors import queries as vendors
from vendors.models import Vendor

BOLT = {
    "sku": "QZ-1",
    "title": "Flange bolt",
    "category": "bolts",
    "minimum": 1000,
    "increment": 500,
    "tiers": [[1000, 0.118], [5000, 0.094]],
    "stock": 5000,
}
ICECAT = {
    "id": "77",
    "name": "C9702A",
    "title": "HP toner cartridge",
    "supplier": "HP",
    "price": 4995,
    "ean": ["4006381333931", "77"],
    "attr_t_colour": "Black",
    "attr_n_page_yield": 2500.0,
    "attr_b_refilled": False,
}


@pytest.fixture
def vendor(app: Flask) -> Vendor:
    """A shop, and the category that its rows name."""
    make_category(slug="bolts")
    return make_vendor()


def bring_in(folder: Path, vendor: Vendor | None, *rows: Mapping[str, Any] | str) -> tuple[dict[str, Any], list[Refused]]:
    path = folder / "listings.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    refused: list[Refused] = []
    if vendor is not None:
        return cli.import_for_vendor(path, vendor.slug, refused.append), refused
    return cli.import_rows_for_operator(path, refused.append)[0].summary(), refused


def counts(summary: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return summary["made"], summary["changed"], summary["unchanged"], summary["refused"]


def variant(sku: str = "QZ-1") -> Variant:
    return db.session.query(Variant).filter_by(sku=sku).populate_existing().one()


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
    _, refused = bring_in(tmp_path, vendor, {**BOLT, "stock": 500})

    assert counts(summary) == (0, 0, 1, 0)
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


def test_the_operators_row_is_live_with_its_vendor_and_definitions(app: Flask, tmp_path: Path) -> None:
    summary, refused = bring_in(tmp_path, None, ICECAT)

    assert (counts(summary), refused) == ((1, 0, 0, 0), [])
    product, hp = db.session.query(Product).one(), db.session.query(Vendor).filter_by(name="HP").one()
    facts = vendors.facts_fresh([hp.id])[hp.id]
    assert (facts.is_seen, facts.level, facts.currency, facts.ships_to_country("JP")) == (True, 1, "EUR", True)
    assert (product.state, product.vendor_id) == (ProductState.LIVE, hp.id)
    item = variant("77")
    assert (item.mpn, item.brand, item.gtin, item.codes) == ("C9702A", "HP", "4006381333931", ["77"])
    assert product.attributes == {
        "op_t_colour": {"v": "Black", "unit": None},
        "op_n_page_yield": {"v": 2_500, "unit": None},
        "op_b_refilled": {"v": False, "unit": None},
    }
    assert [c.slug for c in queries.category_trail(product.category_id)] == ["office-and-it", "toner"]
    assert stock_of(item.id) == (1_000, 0)
    reasons = [e.after.get("reason") for e in db.session.query(AuditEvent).filter_by(subject_id=hp.id, subject_kind="vendor")]
    assert "operator import" in reasons


def test_the_operators_file_again_leaves_stock_and_vendors_alone(app: Flask, tmp_path: Path) -> None:
    bring_in(tmp_path, None, ICECAT)
    line = new_id()
    services.reserve_stock([Wanted(line, variant("77").id, 3)], until=None)
    services.use_reservations([line])

    summary, _ = bring_in(tmp_path, None, ICECAT)

    assert counts(summary) == (0, 0, 1, 0)
    assert stock_of(variant("77").id) == (997, 0)
    assert db.session.query(func.count(Vendor.id)).scalar() == 1


@pytest.mark.parametrize(
    "change", [{"price": 49.95}, {"price": -1}, {"price": None}, {"supplier": ""}, {"name": None}, {"title": 5}, {"price": True}]
)
def test_an_operators_row_without_what_it_needs_is_refused(app: Flask, tmp_path: Path, change: dict[str, Any]) -> None:
    summary, refused = bring_in(tmp_path, None, {**ICECAT, **change}, {**ICECAT, "id": "78"})

    assert counts(summary) == (1, 0, 0, 1)
    assert refused[0].line == 1


def test_common_attributes_of_imported_goods_become_filters(app: Flask, tmp_path: Path) -> None:
    rows = [{**ICECAT, "id": str(n), "attr_t_colour": ("Black", "Cyan")[n % 2]} for n in range(10)]
    bring_in(tmp_path, None, *rows, {**ICECAT, "id": "99", "attr_t_rare": "yes"})

    asked = {d.code: d.is_facet for d in queries.asked_by_category(queries.category_by_slug("toner").id)}

    assert asked == {"op_t_colour": True, "op_n_page_yield": False, "op_b_refilled": True}


def test_every_rule_leads_to_a_category_of_the_table() -> None:
    slugs = {row["slug"] for row in category_table()["categories"]}

    assert category_for("HP 35A Original Black 1 pc(s)", "") == "ink"
    assert category_for("HP EliteBook 8440p Silver 35.6 cm Intel Core notebook", "Notebook") == "notebooks"
    assert category_for("Something else entirely", "") == "other-office"
    assert {category_for(title, "") for title in ("Cat6 patch cable", "UPS 1000VA", "DDR3 memory module")} <= slugs


def test_the_command_prints_a_summary_and_writes_the_refused_rows(vendor: Vendor, tmp_path: Path) -> None:
    path, errors = tmp_path / "rows.csv", tmp_path / "errors.csv"
    path.write_text("sku,title,category,price\nA,Bolt,bolts,0.5\n=B,Bolt,bolts,-1\n", encoding="utf-8")

    done = CliRunner().invoke(cli.group, ["import", str(path), "--vendor", vendor.slug, "--errors", str(errors)])

    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["made"] == 1
    assert errors.read_text(encoding="utf-8").splitlines()[1].startswith("3,'=B,")


def test_the_command_tells_a_decimal_comma_as_the_portal_does(vendor: Vendor, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("SKU;Titel;Kategorie;Preis;Bestand\nA;Bolt;bolts;0,25;1.250\n", encoding="utf-8")

    assert counts(cli.import_for_vendor(path, vendor.slug, lambda _: None)) == (1, 0, 0, 0)
    assert stock_of(variant("A").id)[0] == 1_250


@pytest.mark.parametrize("options", [[], ["--operator", "--vendor", "x"], ["--vendor", "nobody"]])
def test_the_command_says_what_it_lacks(app: Flask, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("sku\nA\n", encoding="utf-8")

    done = CliRunner().invoke(cli.group, ["import", str(path), *options])

    assert done.exit_code != 0
    assert db.session.query(Stock).count() == 0


def test_awkward_words_come_out_as_they_went_in(vendor: Vendor, tmp_path: Path) -> None:
    words = ['a"b', "c\\d", "{e}", "f\tg", "NULL", "六角"]
    row = {**BOLT, "title": 'Bolt "x" \\ \t N\\N', "keywords": words, "codes": words, "sku": "A\\N"}

    bring_in(tmp_path, vendor, row)
    summary, _ = bring_in(tmp_path, vendor, row)

    product, item = db.session.query(Product).populate_existing().one(), variant("A\\N")
    assert product.title == {"en": 'Bolt "x" \\ \t N\\N'}
    assert product.keywords == item.codes == words
    assert counts(summary) == (0, 0, 1, 0)


def test_the_operators_goods_can_be_bought_after_the_command(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ICECAT) + "\n", encoding="utf-8")

    done = CliRunner().invoke(cli.group, ["import", str(path), "--operator"])

    assert done.exit_code == 0, done.output
    assert (json.loads(done.output)["vendors"], json.loads(done.output)["payout_accounts"]) == (1, 1)
    basket = pricing.price_lines([(variant("77").id, 3)], buyer_id=None, ship_to="JP")
    assert (basket.can_be_ordered, basket.goods_minor, basket.freight_minor) == (True, 14_985, 0)
