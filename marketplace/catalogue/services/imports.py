"""The one bulk service (decisions.md 27): a chunk of listings into the catalogue, by COPY into temporary tables and INSERT … ON CONFLICT."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from pydantic_core import PydanticSerializationError
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import content_of, faults_of, missing_of
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing.reasons import said
from marketplace.catalogue.listings import Imported, Listing, Refused
from marketplace.catalogue.models import Category, Product, ProductState, ProductVersion, Variant
from marketplace.catalogue.queries.categories import asked_by_categories, definitions_by_code
from marketplace.catalogue.services.import_rows import Planned, count_listed, write_listings
from marketplace.catalogue.services.products import free_codes
from marketplace.core import arrays, audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import new_id

CHUNK = 1_000
UNHOLDABLE_ERRORS = (
    DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, UnicodeEncodeError, OverflowError, PydanticSerializationError,
)  # fmt: skip
"""What a value that the database cannot hold raises: the driver's own come from COPY, which the ORM does not see, and the last three from
writing a value for it. Whoever calls `import_products` rolls back and tries halves of the chunk, down to the row."""
SUBMITTED = frozenset({ProductState.CHECKING, ProductState.LIVE, ProductState.PAUSED})
ONLY_PART = lazy("This product has further SKUs (%(skus)s): send them together, or change it in the product form.")
TWO_PRODUCTS = lazy("These SKUs belong to two products.")
RETIRED = lazy("A retired product cannot be changed.")
TWICE = lazy("This SKU stands twice in this part of the file.")


@dataclass(frozen=True, slots=True)
class _Known:
    """A listing that exists: its row, the content of its version, and (SKU → id) of the variants that it ever had."""

    product: Product
    content: Mapping[str, Any]
    skus: Mapping[str, UUID]


def import_products(
    listings: Sequence[Listing],
    *,
    actor: Actor,
    source: str,
    known: MutableMapping[str, Definition] | None = None,
    heads: Mapping[str, str] | None = None,
) -> Imported:
    """Take a chunk of listings, at most 1,000: new ones are made, changed ones get a version, the same ones are left alone.

    Repeatable by vendor and SKU. A bad listing is refused with a reason and stops no other. `source` names the file in the one line of
    history; `known` keeps attribute definitions between the chunks of one file; `heads` are the names of its columns, for the reasons.
    Raises nothing about the listings themselves.
    """
    if len(listings) > CHUNK:
        raise ValueError(f"a chunk has at most {CHUNK} listings")
    refused: list[Refused] = []
    sound = list(_sound(listings, {} if known is None else known, heads or {}, refused))
    existing = _existing(sound)
    planned, same = _plan(sound, existing, refused)
    written = write_listings(planned, actor, refused)
    counted = count_listed([(plan.listing, plan.product_id) for plan in written] + same, actor, refused)
    changes.mark("product", {plan.product_id for plan in written} | counted)
    made = sum(plan.is_new for plan in written)
    stands = frozenset(listing.line for listing, product_id in same if product_id not in counted)
    changed = len(written) + len(same) - made - len(stands)
    result = Imported(made, changed, stands, tuple(sorted(refused, key=lambda row: row.line)))
    if listings:
        audit.record(
            actor,
            "catalogue.imported",
            "import",
            new_id(),
            companies=tuple({listing.vendor_id for listing in listings}),
            after={
                "source": source,
                "lines": [listings[0].line, listings[-1].line],
                "made": result.made,
                "changed": result.changed,
                "unchanged": result.unchanged,
                "refused": len(result.refused),
            },
        )
    return result


def _sound(
    listings: Sequence[Listing], known: MutableMapping[str, Definition], heads: Mapping[str, str], refused: list[Refused]
) -> Iterator[Listing]:
    """The listings that break no rule by themselves."""
    used = set[str]().union(*[attributes for row in listings for attributes in row.draft.all_attributes])
    known.update(definitions_by_code(used.difference(known)))
    category_ids = {listing.draft.category_id for listing in listings}
    # The lock keeps them from being retired or merged while the act lasts.
    open_leaf = select(Category.id).where(Category.id.in_(category_ids), Category.is_leaf, Category.retired_at.is_(None))
    leaves = set(db.session.scalars(open_leaf.order_by(Category.id).with_for_update(read=True, key_share=True)))
    asked = asked_by_categories(leaves)
    seen: set[tuple[UUID, str]] = set()
    for listing in listings:
        draft = listing.draft
        faults = faults_of(draft, known)
        if draft.category_id not in leaves:
            faults.append(Fault("category_id", lazy("There is no such category for products.")))
        elif listing.state in SUBMITTED:
            faults += missing_of(draft, asked.get(draft.category_id, ()))
        skus = {(listing.vendor_id, variant.sku) for variant in draft.variants}
        if not seen.isdisjoint(skus):
            faults.append(Fault("sku", TWICE))
        if faults:
            refused.append(Refused(listing.line, listing.sku, said(faults, heads, [variant.sku for variant in draft.variants])))
        else:
            seen |= skus
            yield listing


def _existing(listings: Sequence[Listing]) -> dict[tuple[UUID, str], _Known]:
    """What exists under the SKUs of the chunk, by vendor and SKU; its products are locked in the order of their ids."""
    pairs = [(listing.vendor_id, variant.sku) for listing in listings for variant in listing.draft.variants]
    product_ids = list(
        db.session.scalars(
            text(
                "SELECT DISTINCT v.product_id FROM unnest(CAST(:vendors AS uuid[]), CAST(:skus AS text[])) AS wanted (vendor_id, sku)"
                " JOIN variants v ON v.vendor_id = wanted.vendor_id AND v.sku = wanted.sku"
            ).bindparams(arrays.ids("vendors", [vendor_id for vendor_id, _ in pairs]), arrays.texts("skus", [sku for _, sku in pairs]))
        )
    )
    if not product_ids:
        return {}
    locked = select(Product).where(Product.id.in_(product_ids)).order_by(Product.id).with_for_update()
    products = {row.id: row for row in db.session.scalars(locked.execution_options(populate_existing=True))}
    contents: dict[UUID, dict[str, Any]] = dict(
        db.session.execute(
            select(ProductVersion.product_id, ProductVersion.content)
            .join(Product, (Product.id == ProductVersion.product_id) & (Product.version == ProductVersion.version))
            .where(Product.id.in_(product_ids))
        ).all()
    )
    skus: dict[UUID, dict[str, UUID]] = {}
    rows = db.session.execute(select(Variant.id, Variant.product_id, Variant.sku).where(Variant.product_id.in_(product_ids)))
    for variant_id, product_id, sku in rows:
        skus.setdefault(product_id, {})[sku] = variant_id
    found: dict[tuple[UUID, str], _Known] = {}
    for product_id, product in products.items():
        entry = _Known(product, contents[product_id], skus[product_id])
        found |= {(product.vendor_id, sku): entry for sku in entry.skus}
    return found


def _plan(
    listings: Sequence[Listing], existing: Mapping[tuple[UUID, str], _Known], refused: list[Refused]
) -> tuple[list[Planned], list[tuple[Listing, UUID]]]:
    """(what will be written, what stands already with its product's id)."""
    new = [row for row in listings if not any((row.vendor_id, variant.sku) in existing for variant in row.draft.variants)]
    codes = dict(zip((row.line for row in new), free_codes(len(new)) if new else (), strict=True))
    now = clock.now()
    planned, same = [], []
    for listing in listings:
        if listing.line in codes:
            planned.append(_planned_new(listing, codes[listing.line], now))
            continue
        entries = {id(e): e for v in listing.draft.variants if (e := existing.get((listing.vendor_id, v.sku)))}
        entry = next(iter(entries.values()))
        missing = {v["sku"] for v in entry.content["variants"]} - {v.sku for v in listing.draft.variants}
        if len(entries) > 1:
            refused.append(Refused(listing.line, listing.sku, gettext(TWO_PRODUCTS)))
        elif entry.product.state is ProductState.RETIRED:
            refused.append(Refused(listing.line, listing.sku, gettext(RETIRED)))
        elif missing:
            refused.append(Refused(listing.line, listing.sku, gettext(ONLY_PART, skus=", ".join(sorted(missing)[:5]))))
        else:
            change = _planned_change(listing, entry)
            if change is None:
                same.append((listing, entry.product.id))
            else:
                planned.append(change)
    return planned, same


def _planned_new(listing: Listing, code: str, now: datetime) -> Planned:
    ids = tuple([new_id() for _ in listing.draft.variants])
    at = listing.published_at or now
    is_published = listing.state in (ProductState.LIVE, ProductState.PAUSED)
    return Planned(
        listing=listing,
        ids=ids,
        product_id=new_id(),
        code=code,
        version=1,
        state=listing.state,
        reasons=listing.reasons,
        currency=listing.currency,
        published_at=at if is_published else None,
        created_at=at,
        new_variants=frozenset(ids),
    )


def _planned_change(listing: Listing, entry: _Known) -> Planned | None:
    """What the listing changes; None when it stands as it is."""
    product = entry.product
    ids = tuple([entry.skus.get(variant.sku) or new_id() for variant in listing.draft.variants])
    if content_of(listing.draft, product.currency, ids) == entry.content:
        return None
    return Planned(
        listing=listing,
        ids=ids,
        product_id=product.id,
        code=product.code,
        version=product.version + 1,
        state=product.state,
        reasons=tuple(product.reasons),
        currency=product.currency,
        published_at=product.published_at,
        created_at=product.created_at,
        new_variants=frozenset(ids).difference(entry.skus.values()),
    )
