"""The bulk writes every column that the product form writes: a listing comes in whole."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Flask

from marketplace.catalogue import cli, queries
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, draft_of
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.models import AttributeKind, KitPart, Product, Supply, Variant
from marketplace.catalogue.services.import_rows import PRODUCT_COLUMNS, VARIANT_COLUMNS
from marketplace.core.audit import Actor
from marketplace.core.db import db
from tests.factories.catalogue import make_attribute, make_category
from tests.factories.vendors import make_vendor

PICTURES = {"picture_id"}
"""Pictures come by the form alone."""
REVIEWS = {"is_reviewed"}
"""Whether there are reviews is said by the first of them."""
WHOLE: dict[str, Any] = {
    "label": "M8 × 40",
    "brand": "Qianzhu",
    "mpn": "4017-8-40",
    "gtin": "4006381333931",
    "codes": ("77", 'a"b'),
    "attributes": {"length": {"v": 40, "unit": "mm"}},
    "unit": "mm",
    "display_unit": "m",
    "display_factor": 1_000,
    "pack": "roll",
    "pack_quantity": 50_000,
    "minimum_quantity": 1_000,
    "increment": 1_000,
    "maximum_quantity": 9_000_000,
    "price_per": 1_000,
    "tiers": ((1_000, 118_000), (5_000, 94_000)),
    "supply": Supply.STOCK,
    "lead_time": ((5_000, 2, 4), (None, 10, None)),
    "capacity_month": 1_000_000,
    "sample": {"price_micro": 500_000, "credited": True},
    "weight_g": Decimal("0.039"),
    "dims_mm": (10.0, 20.5, 30.0),
    "hs_code": "731815",
    "origin": "CN",
    "lifecycle": "last_time_buy",
    "last_time_buy_on": date(2031, 5, 4),
    "substitutes": (("QZ-3", "equivalent"),),
    "mix_group": "bolts",
    "back_order_on": date(2031, 1, 2),
}


def test_every_column_of_products_and_variants_is_written() -> None:
    assert {column.name for column in Product.__table__.columns} - set(PRODUCT_COLUMNS) == PICTURES | REVIEWS
    assert {column.name for column in Variant.__table__.columns} == set(VARIANT_COLUMNS)


def test_a_whole_listing_comes_in_without_loss(app: Flask) -> None:
    category, vendor = make_category(), make_vendor()
    make_attribute(code="length", kind=AttributeKind.NUMBER, unit="mm")
    parts = [VariantDraft(sku=sku, tiers=((1, 1_000),)) for sku in ("QZ-3", "QZ-4")]
    whole, kit = VariantDraft(sku="QZ-1", **WHOLE), VariantDraft(sku="QZ-2", tiers=((1, 9_000),), parts=(("QZ-3", 2), ("QZ-4", 1)))
    drafts = [
        ProductDraft(
            category.id,
            {"en": "Bolt", "zh-Hans": "螺栓"},
            (whole, kit),
            description={"en": "Long\nwords\twith \\ signs"},
            keywords=("a", "b"),
            attributes={"length": {"v": 2.5, "unit": "mm"}},
            visibility=("registered",),
            videos=("https://www.youtube.com/watch?v=dQw4w9WgXcQ",),
        ),
        ProductDraft(category.id, {"en": "Parts"}, tuple(parts)),
    ]
    refused: list[Refused] = []
    listings = [Listing(line, vendor.id, "EUR", draft) for line, draft in enumerate(drafts, 1)]

    cli.Run("rows.jsonl", Actor(name="import"), refused.append).take(listings)

    assert refused == []
    product = db.session.query(Product).filter(Product.videos.is_not(None)).one()
    stored = draft_of(queries.version_content(product.id, 1))
    ids = {variant.sku: variant.id for variant in db.session.query(Variant)}
    for before, after in zip((whole, kit), stored.variants, strict=True):
        assert after.id == ids[before.sku]
        told = [f.name for f in fields(VariantDraft) if f.name != "id" and getattr(before, f.name) != getattr(after, f.name)]
        assert told == []
    row = db.session.query(Variant).filter_by(sku="QZ-1").one()
    for name, value in WHOLE.items():
        if name != "tiers":
            kept = getattr(row, name)
            assert kept == ([list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, tuple) else value), name
    assert (product.videos, product.visibility) == (list(drafts[0].videos), ["registered"])
    assert product.description == drafts[0].description
    made_of = {(part.kit_id, part.part_id): part.quantity for part in db.session.query(KitPart)}
    assert made_of == {(ids["QZ-2"], ids["QZ-3"]): 2, (ids["QZ-2"], ids["QZ-4"]): 1}
