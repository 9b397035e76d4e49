"""Quick orders as tests take them along."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.carts.models import CartLine
from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import db
from tests.factories.accounts import log_in
from tests.factories.orders import Trade, make_trade

Index = Callable[..., int]


def product_of(variant: Variant) -> Product:
    return db.session.get_one(Product, variant.product_id)


def buyer_with(client: FlaskClient, index: Index, **variant: object) -> Trade:
    trade = make_trade(**variant)  # type: ignore[arg-type]
    index(*(product_of(each) for each in trade.variants))
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    return trade


def read(client: FlaskClient, pasted: str) -> str:
    answer = client.post("/quick-order", data={"pasted": pasted})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def form_of(page: str, **changed: str) -> dict[str, str]:
    """What the browser would send of the rows on a page."""
    fields = dict(re.findall(r'name="(rows-\d+-(?:code|quantity))"[^>]*? value="([^"]*)"', page))
    token = re.search(r'name="_once" value="([^"]+)"', page)
    assert token
    return fields | {"_once": token[1]} | changed


def quantities() -> dict[str, int]:
    db.session.expire_all()
    return dict(db.session.execute(select(Variant.sku, CartLine.quantity).join(Variant, Variant.id == CartLine.variant_id)).all())
