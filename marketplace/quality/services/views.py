"""Counted views."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Product
from marketplace.core.db import db
from marketplace.quality.models import ProductViewDay


def add_views(counted: Mapping[tuple[str, date, UUID | None], int]) -> None:
    """Add what was counted: (product code, day, company of the reader when it sells) → times. A vendor's looks at its own are left out.

    Codes of no product are left out. Rows are written in the order of their key, so that two processes never wait for each other in a ring.
    """
    codes = {code for code, _day, _reader in counted}
    known = {
        row.code: row for row in db.session.execute(select(Product.code, Product.id, Product.vendor_id).where(Product.code.in_(codes)))
    }
    sums: dict[tuple[UUID, date], int] = {}
    for (code, day, reader), times in counted.items():
        product = known.get(code)
        if product is not None and reader != product.vendor_id:
            sums[product.id, day] = sums.get((product.id, day), 0) + times
    if not sums:
        return
    rows = [{"product_id": product_id, "day": day, "views": views} for (product_id, day), views in sorted(sums.items())]
    statement = insert(ProductViewDay).values(rows)
    total = ProductViewDay.views + statement.excluded.views
    db.session.execute(statement.on_conflict_do_update(index_elements=["product_id", "day"], set_={"views": total}))
