"""The operator's own file, and the import as a command."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func

from marketplace.catalogue import cli, queries, services
from marketplace.catalogue.importing.operator import PREFIX, draft_of, name_of
from marketplace.catalogue.importing.rules import category_for, category_table
from marketplace.catalogue.models import Product, ProductState, Stock
from marketplace.catalogue.services import Wanted
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.pricing import queries as pricing
from tests.catalogue.bringing import BOLT, bring_in, counts, variant
from tests.factories.catalogue import make_category, stock_of
from tests.factories.vendors import make_vendor
from vendors import queries as vendors
from vendors.models import Vendor

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
        "op_t_colour": {"v": "Black"},
        "op_n_page_yield": {"v": 2_500},
        "op_b_refilled": {"v": False},
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


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("attr_t_product_colour", "Product colour"),
        ("attr_t_usb_version", "USB version"),
        ("attr_n_ethernet_lan__rj_45__ports", "Ethernet LAN (RJ 45) ports"),
        ("attr_n_led_display", "LED display"),
        ("attr_n_ledger_depth", "Ledger depth"),
        ("attr_t_operating_temperature__t_t_", "Operating temperature"),
        ("attr_t_package_dimensions__w_x_d_x_h_", "Package dimensions (w x d x h)"),
        ("attr_t___", "attr_t___"),
    ],
)
def test_a_column_is_called_as_people_write(column: str, name: str) -> None:
    assert name_of(column) == name


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("attr_b_new", True, True),
        ("attr_b_new", 1, None),
        ("attr_n_ports", 1, 1),
        ("attr_n_ports", 1.0, 1),
        ("attr_n_ports", True, None),
        ("attr_n_ports", 10**15, None),
        ("attr_t_ports", " 1 ", "1"),
        ("attr_t_ports", " ", None),
        ("attr_t_ports", 1, None),
    ],
)
def test_a_value_is_kept_only_as_what_its_column_holds(column: str, value: object, stored: object) -> None:
    draft = draft_of({**ICECAT, column: value}, defaultdict(uuid4))

    entry = draft.attributes.get(PREFIX + column[5:])

    assert repr(entry) == repr(None if stored is None else {"v": stored})


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
