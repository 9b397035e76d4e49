"""What a part of a bulk edit does to prices, counts and states: the rows are locked and read together, and written by a statement a table.

Each act is what the one for a single listing does, with the same version, history and mark for the index beside it. Each returns why rows
were left, by their numbers; the others are done.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, delete, exists, literal, select, text, update

from marketplace.catalogue import bulk
from marketplace.catalogue.copying import copy_lines, copy_rows, instant, json_value, text_array
from marketplace.catalogue.drafts import draft_of, missing_of
from marketplace.catalogue.models import (
    BulkEditRow,
    KitPart,
    PriceTier,
    Product,
    ProductProposal,
    ProductState,
    ProposalState,
    ReservationState,
    Stock,
    StockReservation,
    Variant,
)
from marketplace.catalogue.queries.categories import asked_by_categories
from marketplace.catalogue.queries.products import lock_products, version_contents
from marketplace.catalogue.services.counts import Count, write_counts
from marketplace.catalogue.services.import_rows import VERSION_COLUMNS
from marketplace.catalogue.services.movements import mark_stock
from marketplace.catalogue.services.products import default_place
from marketplace.catalogue.services.writing import differences
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor, Done
from marketplace.core.db import db

Reasons = dict[int, str]
"""{number of the row: why it was left (English source text)}"""
Tiers = list[list[int]]
ACTS = {ProductState.PAUSED: "product.paused", ProductState.LIVE: "product.resumed", ProductState.RETIRED: "product.retired"}


def set_prices(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """The tiers that were shown take the place of those that stood beside them."""
    return _change_prices(rows, {row.number: (row.before, row.after) for row in rows}, vendor_id, actor)


def restore_prices(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """The tiers that an edit found come back, where its own still stand."""
    return _change_prices(rows, {row.number: (row.after, row.before) for row in rows}, vendor_id, actor)


def _change_prices(rows: Sequence[BulkEditRow], moves: Mapping[int, tuple[Tiers, Tiers]], vendor_id: UUID, actor: Actor) -> Reasons:
    """Put tiers in the place of given ones, as one version of each listing; those that are others by now are left."""
    products = lock_products([row.product_id for row in rows], vendor_id=vendor_id)
    contents = version_contents(products.values())
    standing = {variant["id"]: variant["tiers"] for content in contents.values() for variant in content["variants"]}
    left: Reasons = {}
    changed: dict[str, Tiers] = {}
    touched: dict[UUID, Product] = {}
    for row in rows:
        given, wanted = moves[row.number]
        product = products[row.product_id]
        if product.state is ProductState.RETIRED or standing.get(str(row.variant_id)) != given:
            left[row.number] = bulk.CHANGED_SINCE
        else:
            changed[str(row.variant_id)] = wanted
            touched[product.id] = product
    if changed:
        _write_tiers(changed, {str(row.variant_id): products[row.product_id].currency for row in rows})
        _write_versions(touched, contents, changed, actor)
    return left


def _write_tiers(changed: Mapping[str, Tiers], currencies: Mapping[str, str]) -> None:
    db.session.execute(delete(PriceTier).where(PriceTier.variant_id == any_(literal([UUID(one) for one in changed], ARRAY(Uuid)))))
    lines = (f"{variant}\t{start}\t{price}\t{currencies[variant]}" for variant, tiers in changed.items() for start, price in tiers)
    copy_lines("price_tiers", ("variant_id", "from_quantity", "unit_price_micro", "currency"), lines)


def _write_versions(
    products: Mapping[UUID, Product], contents: Mapping[UUID, dict[str, Any]], changed: Mapping[str, Tiers], actor: Actor
) -> None:
    now = clock.now()
    versions, done = [], []
    for product in products.values():
        old = contents[product.id]
        variants = [variant | {"tiers": changed.get(variant["id"], variant["tiers"])} for variant in old["variants"]]
        new = old | {"variants": variants}
        reasons = text_array(tuple(product.reasons))
        versions.append((product.id, product.version + 1, product.state.value, json_value(new), reasons, actor.person_id, instant(now)))
        done.append(Done(product.id, *differences(old, new)))
    copy_rows("product_versions", VERSION_COLUMNS, versions)
    _update(products, version=Product.version + 1)
    audit.record_all(actor, "product.edited", "product", done, companies=_companies(products.values()))
    changes.mark("product", products)


def _update(product_ids: Iterable[UUID], **values: Any) -> None:
    ids = literal(list(product_ids), ARRAY(Uuid))
    db.session.execute(update(Product).where(Product.id == any_(ids)).values(**values, updated_at=clock.now()))


def _companies(products: Iterable[Product]) -> tuple[UUID, ...]:
    return tuple({product.vendor_id for product in products})


def set_counts(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """What was counted stands in the default place. Goods may have left since it was planned: `before` becomes what is found now."""
    found = _lock_stock([row.variant_id for row in rows if row.variant_id], vendor_id)
    left: Reasons = {}
    for row in rows:
        stock = found.get(row.variant_id) if row.variant_id else None
        if stock is None:
            left[row.number] = bulk.NOT_STOCKED
        elif row.after[0] < stock.reserved:
            left[row.number] = bulk.PROMISED
        else:
            row.before = [stock.on_hand]
    _count([(row, row.before[0], row.after[0]) for row in rows if row.number not in left], vendor_id, actor)
    return left


def restore_counts(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """What an edit found in the default place stands there again, where its own count still does."""
    found = _lock_stock([row.variant_id for row in rows if row.variant_id], vendor_id)
    left: Reasons = {}
    for row in rows:
        stock = found.get(row.variant_id) if row.variant_id else None
        if stock is None or stock.on_hand != row.after[0]:
            left[row.number] = bulk.CHANGED_SINCE
        elif row.before[0] < stock.reserved:
            left[row.number] = bulk.PROMISED
    _count([(row, row.after[0], row.before[0]) for row in rows if row.number not in left], vendor_id, actor)
    return left


def _lock_stock(variant_ids: Sequence[UUID], vendor_id: UUID) -> dict[UUID, Stock]:
    """The rows of the vendor's variants in its default place, made where there are none; a kit has none of its own."""
    place_id = default_place(vendor_id)
    ids = literal(list(variant_ids), ARRAY(Uuid))
    # What waits for goods is locked first, as where a promise is given back: else the two would wait for each other.
    waiting = (StockReservation.variant_id == any_(ids), StockReservation.state == ReservationState.WAITING)
    order = (StockReservation.variant_id, StockReservation.state, StockReservation.id)
    db.session.execute(select(StockReservation.id).where(*waiting).order_by(*order).with_for_update())
    is_kit = exists().where(KitPart.kit_id == Variant.id)
    own = select(Variant.id).where(Variant.id == any_(ids), Variant.vendor_id == vendor_id, ~is_kit)
    db.session.execute(
        text(
            "INSERT INTO stock (variant_id, place_id, on_hand, reserved)"
            " SELECT id, :place, 0, 0 FROM unnest(CAST(:ids AS uuid[])) AS own (id) ON CONFLICT DO NOTHING"
        ),
        {"place": place_id, "ids": sorted(db.session.scalars(own), key=str)},
    )
    query = select(Stock).where(Stock.variant_id.in_(own), Stock.place_id == place_id).order_by(Stock.variant_id)
    rows = db.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {row.variant_id: row for row in rows}


def _count(counted: Sequence[tuple[BulkEditRow, int, int]], vendor_id: UUID, actor: Actor) -> None:
    place_id = default_place(vendor_id)
    counts = [
        Count(row.variant_id, place_id, before, after) for row, before, after in counted if row.variant_id is not None and before != after
    ]
    write_counts(counts, actor=actor)
    skus = {row.variant_id: row.sku for row, _, _ in counted}
    done = [
        Done(
            count.variant_id, {"on_hand": count.before}, {"sku": skus[count.variant_id], "on_hand": count.after, "place_id": str(place_id)}
        )
        for count in counts
    ]
    audit.record_all(actor, "stock.counted", "variant", done, companies=(vendor_id,))
    mark_stock(count.variant_id for count in counts)


def set_states(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """Each listing goes where its row says. `before` becomes all that taking it back restores: [state, reasons, change that waited]."""
    products = lock_products([row.product_id for row in rows], vendor_id=vendor_id)
    to = ProductState(rows[0].after[0])
    broken = _incomplete(products) if to is ProductState.LIVE else set()
    left: Reasons = {}
    for row in rows:
        reason = bulk.move_fault(products[row.product_id].state, to) or (bulk.BROKEN if row.product_id in broken else None)
        if reason:
            left[row.number] = reason
    moved = {row.product_id: row for row in rows if row.number not in left}
    withdrawn = _withdraw_changes(moved, vendor_id, actor) if to is ProductState.RETIRED else {}
    for product_id, row in moved.items():
        product = products[product_id]
        row.before = [product.state.value, list(product.reasons), withdrawn.get(product_id)]
    _update(moved, state=to, reasons=[])
    done = [Done(product_id, {"state": row.before[0]}, {"state": to.value}) for product_id, row in moved.items()]
    audit.record_all(actor, ACTS[to], "product", done, companies=(vendor_id,))
    changes.mark("product", moved)
    return left


def _incomplete(products: Mapping[UUID, Product]) -> set[UUID]:
    """The listings that lack what must be there before they are on sale."""
    drafts = {product_id: draft_of(content) for product_id, content in version_contents(products.values()).items()}
    asked = asked_by_categories({draft.category_id for draft in drafts.values()})
    return {product_id for product_id, draft in drafts.items() if missing_of(draft, asked.get(draft.category_id, ()))}


def _withdraw_changes(product_ids: Iterable[UUID], vendor_id: UUID, actor: Actor) -> dict[UUID, str]:
    """Changes that wait for the platform are taken back with their listings; {listing: change}."""
    ids = literal(list(product_ids), ARRAY(Uuid))
    waiting = update(ProductProposal).where(ProductProposal.product_id == any_(ids), ProductProposal.state == ProposalState.WAITING)
    taken = waiting.values(state=ProposalState.WITHDRAWN, decided_at=clock.now()).returning(ProductProposal.product_id, ProductProposal.id)
    found = {product_id: str(proposal_id) for product_id, proposal_id in db.session.execute(taken)}
    done = [Done(product_id) for product_id in found]
    audit.record_all(actor, "product.change_withdrawn", "product", done, companies=(vendor_id,))
    return found


def restore_states(rows: Sequence[BulkEditRow], *, vendor_id: UUID, actor: Actor) -> Reasons:
    """Each listing is again what the edit found: its state, why it was refused, and the change of it that waited.

    Not a move: the one way back from `retired`, open for a day and only by the edit that led there.
    """
    products = lock_products([row.product_id for row in rows], vendor_id=vendor_id)
    left = {row.number: bulk.CHANGED_SINCE for row in rows if products[row.product_id].state.value != row.after[0]}
    moved = [row for row in rows if row.number not in left]
    by_state: dict[tuple[str, tuple[str, ...]], list[UUID]] = {}
    for row in moved:
        state, reasons, _ = row.before
        by_state.setdefault((state, tuple(reasons)), []).append(row.product_id)
    for (state, reasons), product_ids in by_state.items():
        _update(product_ids, state=ProductState(state), reasons=list(reasons))
    waited = literal([UUID(row.before[2]) for row in moved if row.before[2]], ARRAY(Uuid))
    again = update(ProductProposal).where(ProductProposal.id == any_(waited), ProductProposal.state == ProposalState.WITHDRAWN)
    back = list(db.session.scalars(again.values(state=ProposalState.WAITING, decided_at=None).returning(ProductProposal.product_id)))
    audit.record_all(actor, "product.change_submitted", "product", [Done(one) for one in back], companies=(vendor_id,))
    done = [Done(row.product_id, {"state": row.after[0]}, {"state": row.before[0]}) for row in moved]
    audit.record_all(actor, "product.state_restored", "product", done, companies=(vendor_id,))
    changes.mark("product", [row.product_id for row in moved])
    return left
