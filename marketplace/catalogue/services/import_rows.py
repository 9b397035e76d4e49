"""The rows of a chunk: how planned listings are written, and stock is counted, by the bulk."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import any_, select, text

from marketplace.catalogue.codes import slug
from marketplace.catalogue.copying import JSONB_FORMAT, copy_lines, copy_rows, instant, json_value, temporary_like, text_array
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_beside_attributes
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.models import Place, ProductState
from marketplace.catalogue.services.counts import Count, note_counts, write_counts
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.catalogue.services.kits import link_kits
from marketplace.catalogue.services.products import make_default_places
from marketplace.core import arrays, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.records import record

SOMEBODY_FASTER = lazy("Somebody else has just added this SKU.")
NO_SUCH_PARTS = lazy("Everything but the parts of the kit was taken: one of them is not there, or is a kit itself.")
BELOW_RESERVED = lazy("Everything but the count was taken: open orders have been promised more than it.")
PRODUCT_COLUMNS = (
    "id", "vendor_id", "category_id", "slug", "code", "state", "reasons", "version", "visibility", "title", "description", "keywords",
    "attributes", "currency", "drawing", "videos", "published_at", "created_at", "updated_at",
)  # fmt: skip
VARIANT_COLUMNS = (
    "id", "product_id", "vendor_id", "position", "is_active", "sku", "label", "item_id", "brand", "mpn", "gtin", "codes", "attributes",
    "unit", "display_unit", "display_factor", "pack", "pack_quantity", "minimum_quantity", "increment", "maximum_quantity", "price_per",
    "supply", "lead_time", "capacity_month", "sample", "weight_g", "dims_mm", "hs_code", "origin", "lifecycle", "last_time_buy_on",
    "substitutes", "mix_group", "back_order_on", "created_at",
)  # fmt: skip
VERSION_COLUMNS = ("product_id", "version", "state", "content", "reasons", "made_by", "made_at")
EMPTY = json_value({})


@record
class Planned:
    """A listing that will be written, with every id."""

    listing: Listing
    ids: tuple[UUID, ...]
    """Of its variants, in their order."""
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
    def draft(self) -> ProductDraft:
        """The listing as it should be."""
        return self.listing.draft

    @property
    def variants(self) -> Iterator[tuple[UUID, VariantDraft]]:
        """Its variants with their ids."""
        return zip(self.ids, self.listing.draft.variants, strict=True)

    @property
    def is_new(self) -> bool:
        """Whether the listing did not exist before."""
        return self.version == 1


def write_listings(planned: Sequence[Planned], actor: Actor, refused: list[Refused]) -> list[Planned]:
    """Write the rows of listings; returns those that were written: another session may have taken a SKU meanwhile."""
    if not planned:
        return []
    now = clock.now()
    keys = {variant_id: keys_of(variant) for plan in planned for variant_id, variant in plan.variants}
    items = link_items(keys.values())
    attributes: dict[UUID, bytes] = {}

    # Each row is made when the server has the one before, so that both are at work.
    def product_rows(plans: Iterable[Planned]) -> Iterator[tuple[Any, ...]]:
        for plan in plans:
            # Written once and used twice: in the product, and in the content of its version.
            written = attributes[plan.product_id] = json_value(plan.draft.attributes)
            yield _product_row(plan, written, now)

    def variant_rows() -> Iterator[tuple[Any, ...]]:
        for plan in planned:
            for position, (variant_id, variant) in enumerate(plan.variants):
                yield _variant_row(plan, variant_id, variant, position, item_id=items.get(keys[variant_id]), now=now)

    # Nobody else can have a new id: only what is changed has to go through a temporary table.
    copy_rows("products", PRODUCT_COLUMNS, product_rows(plan for plan in planned if plan.is_new))
    changed = [plan for plan in planned if not plan.is_new]
    if changed:
        copy_rows("products", PRODUCT_COLUMNS, product_rows(changed), into=temporary_like("products"))
        db.session.execute(text(_upsert("products", PRODUCT_COLUMNS, "(id)", "true")))
    if changed or not _placed_at_once(variant_rows()):
        copy_rows("variants", VARIANT_COLUMNS, variant_rows(), into=temporary_like("variants"))
        statement = _upsert("variants", VARIANT_COLUMNS, "(vendor_id, sku)", "variants.id = excluded.id") + " RETURNING id"
        placed = set(db.session.scalars(text(statement)))
        lost = [plan for plan in planned if not placed.issuperset(plan.ids)]
        if lost:
            _take_back(lost, refused)
            planned = [plan for plan in planned if plan not in lost]
    _write_prices(planned)
    versions = (_version_row(plan, attributes[plan.product_id], actor, now) for plan in planned)
    copy_rows("product_versions", VERSION_COLUMNS, versions)
    _open_stock(planned, actor)
    _write_kits(planned, refused)
    return list(planned)


def _write_kits(planned: Sequence[Planned], refused: list[Refused]) -> None:
    """Link kits with their parts, which may stand further down in the same chunk."""
    listed = {variant_id: (plan.listing, variant) for plan in planned for variant_id, variant in plan.variants}
    wanted = [(variant_id, listing.vendor_id, variant) for variant_id, (listing, variant) in listed.items()]
    for variant_id in link_kits(wanted, were_there=any(not plan.is_new for plan in planned)):
        listing, variant = listed[variant_id]
        refused.append(Refused(listing.line, variant.sku, gettext(NO_SUCH_PARTS)))


def _placed_at_once(rows: Iterable[tuple[Any, ...]]) -> bool:
    """Write new variants without a temporary table; False, and nothing is written, when somebody else has just added one of the SKUs."""
    try:
        with db.session.begin_nested():
            copy_rows("variants", VARIANT_COLUMNS, rows)
    except UniqueViolation:
        return False
    return True


@lru_cache(maxsize=1_000)
def _lead_time(bands: tuple[tuple[int | None, int | None, int | None], ...]) -> bytes:
    return json_value(bands)


def _version_row(plan: Planned, attributes: bytes, actor: Actor, now: datetime) -> tuple[Any, ...]:
    rest = json_value(content_beside_attributes(plan.draft, plan.currency, plan.ids))
    whole = b'%b,"attributes":%b}' % (rest[:-1], attributes.removeprefix(JSONB_FORMAT))
    at = instant(plan.created_at if plan.is_new else now)
    return plan.product_id, plan.version, plan.state.value, whole, text_array(plan.reasons), actor.person_id, at


def _product_row(plan: Planned, attributes: bytes, now: datetime) -> tuple[Any, ...]:
    draft = plan.draft
    return (
        plan.product_id,
        plan.listing.vendor_id,
        draft.category_id,
        slug(draft.title.get("en") or "", plan.code),
        plan.code,
        plan.state.value,
        text_array(plan.reasons),
        plan.version,
        text_array(draft.visibility),
        json_value(draft.title),
        json_value(draft.description) if draft.description else EMPTY,
        text_array(draft.keywords),
        attributes,
        plan.currency,
        draft.drawing,
        text_array(draft.videos) if draft.videos else None,
        instant(plan.published_at) if plan.published_at else None,
        instant(plan.created_at),
        instant(plan.created_at if plan.is_new else now),
    )


def _variant_row(
    plan: Planned, variant_id: UUID, variant: VariantDraft, position: int, *, item_id: UUID | None, now: datetime
) -> tuple[Any, ...]:
    return (
        variant_id,
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
        text_array(variant.codes),
        json_value(variant.attributes) if variant.attributes else EMPTY,
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
        _lead_time(variant.lead_time),
        variant.capacity_month,
        json_value(variant.sample) if variant.sample is not None else None,
        variant.weight_g,
        json_value(variant.dims_mm) if variant.dims_mm is not None else None,
        variant.hs_code,
        variant.origin,
        variant.lifecycle,
        variant.last_time_buy_on,
        json_value(variant.substitutes) if variant.substitutes else None,
        variant.mix_group,
        variant.back_order_on,
        instant(plan.created_at if plan.is_new else now),
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
    changed = [variant_id for plan in planned if not plan.is_new for variant_id in plan.ids]
    if changed:
        db.session.execute(text("DELETE FROM price_tiers WHERE variant_id = ANY(:ids)"), {"ids": changed})
    lines = (
        f"{variant_id.hex}\t{start}\t{price}\t{plan.currency}"
        for plan in planned
        for variant_id, variant in plan.variants
        for start, price in variant.tiers
    )
    copy_lines("price_tiers", ("variant_id", "from_quantity", "unit_price_micro", "currency"), lines)


def _places(vendor_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The default place of each vendor, made where there is none."""
    wanted = set(vendor_ids)
    places = _default_places(wanted)
    missing = sorted(wanted - places.keys(), key=str)
    if missing:
        make_default_places(missing)
        places |= _default_places(missing)
    return places


def _default_places(vendor_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    found = select(Place.vendor_id, Place.id).where(Place.vendor_id == any_(arrays.ids(None, vendor_ids)), Place.is_default)
    return dict(db.session.execute(found).all())


def _open_stock(planned: Sequence[Planned], actor: Actor) -> None:
    """A stock row for each new variant, with what it opens with."""
    new = [
        (plan.listing, variant_id, variant.sku)
        for plan in planned
        for variant_id, variant in plan.variants
        if variant_id in plan.new_variants
    ]
    if not new:
        return
    places = _places(listing.vendor_id for listing, _, _ in new)
    opening = [
        (variant_id, places[listing.vendor_id], listing.stock.get(sku, listing.opening_stock.get(sku, 0)))
        for listing, variant_id, sku in new
    ]
    columns = ("variant_id", "place_id", "on_hand", "reserved")
    copy_lines("stock", columns, (f"{variant_id.hex}\t{place_id.hex}\t{count}\t0" for variant_id, place_id, count in opening))
    note_counts([Count(variant_id, place_id, 0, count) for variant_id, place_id, count in opening if count], actor=actor)


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
    counts, products = [], set()
    for variant_id, vendor_id, sku, product_id, place_id, on_hand, reserved in rows:
        listing, count = stated[(vendor_id, sku)]
        if count < reserved:
            refused.append(Refused(listing.line, sku, gettext(BELOW_RESERVED)))
        elif count != on_hand:
            counts.append(Count(variant_id, place_id, on_hand, count))
            products.add(product_id)
    write_counts(counts, actor=actor)
    return products
