"""What tests of pages look for in their text."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import db

IndexNow = Callable[..., int]


def page(client: FlaskClient, address: str) -> str:
    """The text of a page that must be there."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def skus(text: str) -> list[str]:
    """SKUs of the hits, in order."""
    return re.findall(r'<p class="what"><span class="nowrap">([^<]+)</span>', text)


def count_of(text: str, name: str, value: str) -> int:
    """The count beside a box of a facet."""
    found = re.search(rf'name="{re.escape(name)}" value="{re.escape(value)}"[^>]*><span>[^<]*</span><span class="n">([\d,]+)</span>', text)
    assert found, f"no box {name}={value}"
    return int(found.group(1).replace(",", ""))


def variant_of(product: Product) -> Variant:
    return db.session.query(Variant).filter_by(product_id=product.id).one()
