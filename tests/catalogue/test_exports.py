"""The whole catalogue as a file, and read again."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import cli, queries, services
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.exporting import FORMATS
from marketplace.catalogue.models import (
    AttributeKind,
    ImportFault,
    Product,
    Supply,
    Variant,
)
from marketplace.core.db import db
from marketplace.core.i18n import speaking
from tests.catalogue.file_runs import Jobs, counts, member_of, step, tried
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from vendors.models import Vendor, VendorState


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    make_category(slug="bolts")
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def full_product(vendor: Vendor) -> Product:
    """A listing in which every field of the form has a value."""
    leaf = make_category(slug="hoses")
    for code, kind, unit in (
        ("length", AttributeKind.NUMBER, "mm"),
        ("note", AttributeKind.TEXT, None),
        ("food", AttributeKind.BOOLEAN, None),
    ):
        make_attribute(code=code, kind=kind, unit=unit)
    part = make_product(vendor, sku="PART: 1; x", unit="pc", supply=Supply.STOCK)
    assert part
    hose = VariantDraft(
        sku="+HOSE,1", tiers=((2_500, 118_050), (10_000, 94_001)), label="2 m", brand="Norrvik", mpn="=N-1", gtin="4006381333931",
        codes=("a;b", "c"), attributes={"length": {"v": 50.8, "unit": "in", "written": 2}}, unit="mm", display_unit="m",
        display_factor=1_000, pack="coil", pack_quantity=50_000, minimum_quantity=2_500, increment=500, maximum_quantity=10**9,
        price_per=100_000, lead_time=((20_000, 18, 22), (30_000, 5, 5), (None, None, None)), capacity_month=70_000,
        sample={"price_micro": 2_500_000, "credited": True}, weight_g=Decimal("0.0173"), dims_mm=(40.5, 13.0, 13.0), hs_code="391739",
        origin="SE", lifecycle="not_for_new_designs", substitutes=(("+HOSE,2", "successor"), ("PART: 1; x", "equivalent")), mix_group="M",
    )  # fmt: skip
    kit = VariantDraft(sku="+HOSE,2", tiers=((1, 1_000_000),), parts=(("PART: 1; x", 3),), price_per=1, attributes={})
    draft = ProductDraft(
        category_id=leaf.id,
        title={"en": "'Hose' \"x\", ÅÄÖ", "zh-Hans": "软管"},
        description={"en": "-first line\nsecond; line", "zh-Hans": "=说明"},
        keywords=("hose", "a; b"),
        attributes={"note": {"v": "'=x"}, "food": {"v": False}},
        visibility=("country:SE", "country:DE"),
        videos=("https://vimeo.com/1",),
        variants=(hose, kit),
    )
    return services.create_product(draft, actor=member_of(vendor))


@pytest.mark.parametrize("kind", list(FORMATS))
def test_an_export_read_again_changes_nothing(client: FlaskClient, vendor: Vendor, run_jobs: Jobs, tmp_path: Path, kind: str) -> None:
    product = full_product(vendor)
    services.count_stock(db.session.query(Variant).filter_by(sku="+HOSE,1").one().id, 7_500, actor=member_of(vendor))
    before = queries.version_content(product.id, 1)

    body = client.get(f"/portal/products/export.{kind}").get_data()
    found = step(client, tried(client, body, run_jobs, f"c.{kind}"), "start", run_jobs)

    assert [(fault.sku, fault.reason) for fault in db.session.query(ImportFault)] == []
    assert counts(found) == (0, 0, 2, 0)
    # Into an empty shop the same file makes the same listing.
    other = make_vendor()
    path = tmp_path / "catalogue"
    path.write_bytes(body)
    faults: list[str] = []
    with speaking("en"):
        summary = cli.import_for_vendor(path, other.slug, lambda row: faults.append(row.reason))
    assert (summary["made"], faults) == (2, [])
    twin = db.session.query(Variant).filter_by(vendor_id=other.id, sku="+HOSE,1").one()
    assert without_ids(queries.version_content(twin.product_id, 1)) == without_ids(before)


def without_ids(content: dict[str, object]) -> dict[str, object]:
    variants = content["variants"]
    assert isinstance(variants, list)
    return {**content, "variants": [{**variant, "id": None} for variant in variants]}


def test_a_large_catalogue_is_written_by_a_job(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    make_product(vendor, sku="A")

    answer = client.post("/portal/products/export", data={"format": "jsonl"})
    address = answer.headers["Location"]
    assert "0 of 1 product" in client.get(address).get_data(as_text=True)
    run_jobs()

    assert "Download" in client.get(address).get_data(as_text=True)
    assert json.loads(client.get(f"{address}/file").get_data())["sku"] == "A"


def test_what_a_file_does_not_say_stays(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = full_product(vendor)
    before = queries.version_content(product.id, 1)

    found = tried(client, 'sku,price\n"+HOSE,2",0.55\n', run_jobs)
    assert [fault.reason for fault in db.session.query(ImportFault)] == []
    step(client, found, "start", run_jobs)

    after = queries.version_content(product.id, 2)
    before["variants"][1]["tiers"] = [[1, 550_000]]
    assert after == before


@pytest.mark.parametrize("state", [VendorState.SUSPENDED, VendorState.REFUSED, VendorState.UNDER_REVIEW, VendorState.APPROVED])
def test_the_operator_exports_the_catalogue_of_a_vendor_in_any_state(app: Flask, tmp_path: Path, state: VendorState) -> None:
    shop = make_vendor()
    make_product(shop, sku="HOSE-1")
    shop.state = state
    db.session.commit()
    path = tmp_path / "catalogue.jsonl"

    answer = app.test_cli_runner().invoke(cli.group, ["export", str(path), "--vendor", shop.slug])
    unknown = app.test_cli_runner().invoke(cli.group, ["export", str(path), "--vendor", "no-such-shop"])

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["products"] == 1
    assert json.loads(path.read_text())["sku"] == "HOSE-1"
    assert (unknown.exit_code, "there is no shop no-such-shop" in unknown.output) == (1, True)
