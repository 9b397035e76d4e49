"""The rows of a chunk: how planned listings are written, and stock is counted, by the bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select, text

from marketplace.catalogue.codes import slug
from marketplace.catalogue.copying import array_text, copy_rows, json_text, temporary_like
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.models import MovementKind, Place, ProductState
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.catalogue.services.products import PLACE_NAME
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import new_id

SOMEBODY_FASTER = lazy("Somebody else has just added this SKU.")
BELOW_RESERVED = lazy("Everything but the count was taken: open orders have been promised more than it.")
PRODUCT_COLUMNS = (
    "id", "vendor_id", "category_id", "slug", "code", "state", "reasons", "version", "visibility", "title", "description", "keywords",
    "attributes", "currency", "drawing", "published_at", "created_at", "updated_at",
)  # fmt: skip
VARIANT_COLUMNS = (
    "id", "product_id", "vendor_id", "position", "is_active", "sku", "label", "item_id", "brand", "mpn", "gtin", "codes", "attributes",
    "unit", "display_unit", "display_factor", "pack", "pack_quantity", "minimum_quantity", "increment", "maximum_quantity", "price_per",
    "supply", "lead_time", "capacity_month", "sample", "weight_g", "dims_mm", "hs_code", "origin", "lifecycle", "created_at",
)  # fmt: skip
MOVEMENT_COLUMNS = ("id", "variant_id", "place_id", "kind", "on_hand_change", "reserved_change", "reference_id", "at", "actor_id")


@dataclass(frozen=True, slots=True)
class Planned:
    """A listing that will be written, with every id and the content of its version."""

    listing: Listing
    draft: ProductDraft
    content: dict[str, Any]
    product_id: UUID
    code: str
    version: int
    state: ProductState
    reasons: tuple[str, ...]
    currency: str
    published_at: datetime | None
    created_at: datetime
    new_variants: frozenset[UUID]

    @property
    def is_new(self) -> bool:
        """Whether the listing did not exist before."""
        return self.version == 1


def write_listings(planned: Sequence[Planned], actor: Actor, refused: list[Refused]) -> list[Planned]:
    """Write the rows of listings; returns those that were written: another session may have taken a SKU meanwhile."""
    if not planned:
        return []
    now = clock.now()
    items = link_items(keys_of(variant) for plan in planned for variant in plan.draft.variants)
    # Written once and used twice: in the product, and in the content of its version.
    attributes = {plan.product_id: json_text(dict(plan.draft.attributes)) or "{}" for plan in planned}
    copy_rows(temporary_like("products"), PRODUCT_COLUMNS, (_product_row(plan, attributes[plan.product_id], now) for plan in planned))
    db.session.execute(text(_upsert("products", PRODUCT_COLUMNS, "(id)", "true")))
    rows = (
        _variant_row(plan, variant, position, items.get(keys_of(variant)), now)
        for plan in planned
        for position, variant in enumerate(plan.draft.variants)
    )
    copy_rows(temporary_like("variants"), VARIANT_COLUMNS, rows)
    statement = _upsert("variants", VARIANT_COLUMNS, "(vendor_id, sku)", "variants.id = excluded.id") + " RETURNING id"
    placed = set(db.session.scalars(text(statement)))
    lost = [plan for plan in planned if not all(variant.id in placed for variant in plan.draft.variants)]
    if lost:
        _take_back(lost, refused)
        planned = [plan for plan in planned if plan not in lost]
    _write_prices(planned)
    columns = ("product_id", "version", "state", "content", "reasons", "made_by", "made_at")
    versions = (_version_row(plan, attributes[plan.product_id], actor, now) for plan in planned)
    copy_rows("product_versions", columns, versions)
    _open_stock(planned, actor, now)
    return list(planned)


def _version_row(plan: Planned, attributes: str, actor: Actor, now: datetime) -> tuple[Any, ...]:
    rest = json_text({name: value for name, value in plan.content.items() if name != "attributes"}) or "{}"
    content = f'{rest[:-1]}, "attributes": {attributes}}}'
    at = plan.created_at if plan.is_new else now
    return plan.product_id, plan.version, plan.state.value, content, array_text(plan.reasons), actor.person_id, at


def _product_row(plan: Planned, attributes: str, now: datetime) -> tuple[Any, ...]:
    draft = plan.draft
    return (
        plan.product_id,
        plan.listing.vendor_id,
        draft.category_id,
        slug(draft.title.get("en") or "", plan.code),
        plan.code,
        plan.state.value,
        array_text(plan.reasons),
        plan.version,
        array_text(draft.visibility),
        json_text(dict(draft.title)),
        json_text(dict(draft.description)),
        array_text(draft.keywords),
        attributes,
        plan.currency,
        draft.drawing,
        plan.published_at,
        plan.created_at,
        plan.created_at if plan.is_new else now,
    )


def _variant_row(plan: Planned, variant: VariantDraft, position: int, item_id: UUID | None, now: datetime) -> tuple[Any, ...]:
    return (
        variant.id,
        plan.product_id,
        plan.listing.vendor_id,
        position,
        True,
        variant.sku,
        variant.label,
        item_id,
        variant.brand,
        variant.mpn,
        variant.gtin,
        array_text(variant.codes),
        json_text(dict(variant.attributes)),
        variant.unit,
        variant.display_unit,
        variant.display_factor,
        variant.pack,
        variant.pack_quantity,
        variant.minimum_quantity,
        variant.increment,
        variant.maximum_quantity,
        variant.price_per,
        variant.supply.value,
        json_text([list(band) for band in variant.lead_time]),
        variant.capacity_month,
        json_text(dict(variant.sample)) if variant.sample is not None else None,
        variant.weight_g,
        json_text(list(variant.dims_mm)) if variant.dims_mm is not None else None,
        variant.hs_code,
        variant.origin,
        variant.lifecycle,
        plan.created_at if plan.is_new else now,
    )


def _upsert(table: str, columns: Sequence[str], conflict: str, condition: str) -> str:
    """The statement that moves a temporary table's rows into its table; names come from the constants above only."""
    listed = ", ".join(columns)
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("id", "created_at", "vendor_id", "code"))
    return (
        f"INSERT INTO {table} ({listed}) SELECT {listed} FROM import_{table}"  # noqa: S608
        f" ON CONFLICT {conflict} DO UPDATE SET {changed} WHERE {condition}"
    )


def _take_back(lost: Sequence[Planned], refused: list[Refused]) -> None:
    """Somebody else added a SKU between our look and our write: the listing's fresh rows go, the others stay."""
    refused += [Refused(plan.listing.line, plan.listing.sku, gettext(SOMEBODY_FASTER)) for plan in lost]
    fresh = [variant_id for plan in lost for variant_id in plan.new_variants]
    db.session.execute(text("DELETE FROM variants WHERE id = ANY(:ids)"), {"ids": fresh})
    db.session.execute(text("DELETE FROM products WHERE id = ANY(:ids)"), {"ids": [plan.product_id for plan in lost if plan.is_new]})


def _write_prices(planned: Sequence[Planned]) -> None:
    changed = [variant.id for plan in planned if not plan.is_new for variant in plan.draft.variants]
    if changed:
        db.session.execute(text("DELETE FROM price_tiers WHERE variant_id = ANY(:ids)"), {"ids": changed})
    rows = (
        (variant.id, start, price, plan.currency) for plan in planned for variant in plan.draft.variants for start, price in variant.tiers
    )
    copy_rows("price_tiers", ("variant_id", "from_quantity", "unit_price_micro", "currency"), rows)


def _places(vendor_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The default place of each vendor, made where there is none."""
    wanted = sorted(set(vendor_ids), key=str)
    statement = text(
        "INSERT INTO places (id, vendor_id, name, is_default)"
        " SELECT id, vendor_id, :name, true FROM unnest(CAST(:ids AS uuid[]), CAST(:vendors AS uuid[])) AS new (id, vendor_id)"
        " ON CONFLICT DO NOTHING"
    )
    db.session.execute(statement, {"name": PLACE_NAME, "ids": [new_id() for _ in wanted], "vendors": wanted})
    found = select(Place.vendor_id, Place.id).where(Place.vendor_id == any_(literal(wanted, ARRAY(Uuid))), Place.is_default)
    return dict(db.session.execute(found).all())


def _open_stock(planned: Sequence[Planned], actor: Actor, now: datetime) -> None:
    """A stock row for each new variant, with what it opens with."""
    new = [(plan, variant) for plan in planned for variant in plan.draft.variants if variant.id in plan.new_variants]
    if not new:
        return
    places = _places(plan.listing.vendor_id for plan, _ in new)
    opening = [
        (variant.id, places[plan.listing.vendor_id], plan.listing.stock.get(variant.sku, plan.listing.opening_stock.get(variant.sku, 0)))
        for plan, variant in new
    ]
    copy_rows(
        "stock",
        ("variant_id", "place_id", "on_hand", "reserved"),
        ((variant_id, place_id, count, 0) for variant_id, place_id, count in opening),
    )
    movements = (
        (new_id(), variant_id, place_id, MovementKind.COUNTED.value, count, 0, None, now, actor.person_id)
        for variant_id, place_id, count in opening
        if count
    )
    copy_rows("stock_movements", MOVEMENT_COLUMNS, movements)


def count_listed(listings: Sequence[tuple[Listing, UUID]], actor: Actor, refused: list[Refused]) -> set[UUID]:
    """Set the counts that listings state; returns the products whose stock changed. A count below what is promised is refused."""
    stated = {(listing.vendor_id, sku): (listing, count) for listing, _ in listings for sku, count in listing.stock.items()}
    if not stated:
        return set()
    rows = db.session.execute(
        text(
            "SELECT v.id, v.vendor_id, v.sku, v.product_id, s.place_id, s.on_hand, s.reserved"
            " FROM unnest(CAST(:vendors AS uuid[]), CAST(:skus AS text[])) AS wanted (vendor_id, sku)"
            " JOIN variants v ON v.vendor_id = wanted.vendor_id AND v.sku = wanted.sku"
            " JOIN places p ON p.vendor_id = v.vendor_id AND p.is_default"
            " JOIN stock s ON s.variant_id = v.id AND s.place_id = p.id"
            " ORDER BY v.id FOR UPDATE OF s"
        ),
        {"vendors": [vendor_id for vendor_id, _ in stated], "skus": [sku for _, sku in stated]},
    ).all()
    now = clock.now()
    counts, movements, products = [], [], set()
    for variant_id, vendor_id, sku, product_id, place_id, on_hand, reserved in rows:
        listing, count = stated[(vendor_id, sku)]
        if count < reserved:
            refused.append(Refused(listing.line, sku, gettext(BELOW_RESERVED)))
        elif count != on_hand:
            counts.append((variant_id, place_id, count))
            movements.append((new_id(), variant_id, place_id, MovementKind.COUNTED.value, count - on_hand, 0, None, now, actor.person_id))
            products.add(product_id)
    if counts:
        db.session.execute(
            text(
                "UPDATE stock s SET on_hand = counted.on_hand"
                " FROM unnest(CAST(:variants AS uuid[]), CAST(:places AS uuid[]), CAST(:counts AS bigint[]))"
                " AS counted (variant_id, place_id, on_hand)"
                " WHERE s.variant_id = counted.variant_id AND s.place_id = counted.place_id"
            ),
            {"variants": [c[0] for c in counts], "places": [c[1] for c in counts], "counts": [c[2] for c in counts]},
        )
        copy_rows("stock_movements", MOVEMENT_COLUMNS, movements)
    return products
