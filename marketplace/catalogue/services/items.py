"""Items: what several vendors sell under one GTIN, or under one brand and part number, is one thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, text

from marketplace.catalogue import codes
from marketplace.catalogue.drafts import VariantDraft
from marketplace.catalogue.models import Item
from marketplace.core import arrays
from marketplace.core.db import db
from marketplace.core.ids import new_id

Keys = tuple[str | None, str | None]
"""(gtin_key, maker_key) of a variant"""


@dataclass(slots=True)
class _New:
    """An item that will be made."""

    id: UUID
    gtin_key: str | None
    maker_key: str | None


def _order(keys: Keys) -> tuple[str, str]:
    gtin, maker = keys
    return gtin or "", maker or ""


def keys_of(variant: VariantDraft) -> Keys:
    """Under which keys a variant is linked; both None for one without a GTIN and without brand and MPN."""
    return codes.gtin_key(variant.gtin), codes.maker_key(variant.brand, variant.mpn)


def link_items(wanted: Iterable[Keys]) -> Mapping[Keys, UUID]:
    """The item of each pair of keys, made where there is none. A GTIN counts for more than brand and MPN.

    Two items that a later pair would join stay apart: a vendor's claim must not merge what others sell.
    """
    # In one order, so that two imports wait for each other instead of locking crosswise.
    pairs = sorted({keys for keys in wanted if any(keys)}, key=_order)
    if not pairs:
        return {}
    by_gtin, by_maker = _find(pairs)
    found = _paired(pairs, by_gtin, by_maker)
    new: dict[str, _New] = {}
    for gtin, maker in pairs:
        if (gtin, maker) in found:
            continue
        # One new item per GTIN, else per maker's number; the other key is taken only if it is still free.
        key = gtin or str(maker)
        if key not in new:
            new[key] = _New(new_id(), gtin, maker)
    taken: set[str | None] = set()
    for row in new.values():
        if row.maker_key in taken:
            row.maker_key = None
        taken.add(row.maker_key)
    rows = [row for row in new.values() if row.gtin_key or row.maker_key]
    if rows:
        made = set(
            db.session.scalars(
                text(
                    "INSERT INTO items (id, gtin_key, maker_key)"
                    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:gtins AS text[]), CAST(:makers AS text[]))"
                    " ON CONFLICT DO NOTHING RETURNING id"
                ).bindparams(
                    arrays.ids("ids", [row.id for row in rows]),
                    arrays.texts("gtins", [row.gtin_key for row in rows]),
                    arrays.texts("makers", [row.maker_key for row in rows]),
                )
            )
        )
        if len(made) == len(rows):
            by_gtin |= {row.gtin_key: row.id for row in rows if row.gtin_key}
            by_maker |= {row.maker_key: row.id for row in rows if row.maker_key}
        else:  # somebody else has just made some of them
            by_gtin, by_maker = _find(pairs)
        found = _paired(pairs, by_gtin, by_maker)
        # An item whose maker's number another pair took first is left without a use.
        unused = made - set(found.values())
        if unused:
            db.session.execute(delete(Item).where(Item.id.in_(unused)))
    return found


def _find(pairs: list[Keys]) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """The items that have one of the keys, by GTIN and by maker's number."""
    gtins = [gtin for gtin, _ in pairs if gtin]
    makers = [maker for _, maker in pairs if maker]
    rows = db.session.execute(
        text(
            "SELECT id, gtin_key, maker_key FROM items WHERE gtin_key = ANY(CAST(:gtins AS text[]))"
            " UNION SELECT id, gtin_key, maker_key FROM items WHERE maker_key = ANY(CAST(:makers AS text[]))"
        ).bindparams(arrays.texts("gtins", gtins), arrays.texts("makers", makers))
    ).all()
    return {gtin: key for key, gtin, _ in rows if gtin}, {maker: key for key, _, maker in rows if maker}


def _paired(pairs: list[Keys], by_gtin: Mapping[str, UUID], by_maker: Mapping[str, UUID]) -> dict[Keys, UUID]:
    """The item of each pair that has one."""
    found = {}
    for gtin, maker in pairs:
        item_id = (by_gtin.get(gtin) if gtin else None) or (by_maker.get(maker) if maker else None)
        if item_id is not None:
            found[(gtin, maker)] = item_id
    return found
