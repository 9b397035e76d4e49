"""What is compared at prices of one's own, and a shared link, which shows public ones to everybody."""

import html
import re
from uuid import UUID

from flask.testing import FlaskClient

from marketplace.catalogue.models import Variant
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.orders import make_trade
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from vendors.models import Vendor


def _contracted(client: FlaskClient) -> tuple[str, str]:
    """A signed-in buyer with a price of its own; returns the variant's id and the buyer's price as it is shown."""
    trade = make_trade(sku="QZ-1", tiers=[(1, 2_000_000)])
    make_price_list(trade.vendors[0], prices={trade.variants[0].id: [(1, 1_234_500)]}, companies=[trade.buyer.id])
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    return str(trade.variants[0].id), "1.2345"


def test_compare_shows_my_own_price_and_says_so(client: FlaskClient, index_now: IndexNow) -> None:
    variant_id, mine = _contracted(client)

    text = page(client, f"/compare?variant={variant_id}&quantity=100")

    assert mine in text
    assert "your price" in text


def test_a_shared_link_shows_public_prices_to_everybody_and_keeps_nothing(client: FlaskClient, index_now: IndexNow) -> None:
    variant_id, mine = _contracted(client)
    text = page(client, f"/compare?variant={variant_id}&quantity=100&ship_to=DE")
    link = re.search(r'id="share" readonly value="([^"]+)"', text)
    assert link
    address = html.unescape(link[1]).removeprefix("http://localhost")
    assert mine not in address

    page(client, "/compare?ship_to=SE&quantity=7")
    shared = page(client, address)

    assert mine not in shared
    assert "2.0000" in shared
    assert mine not in client.get(address.replace("/compare?", "/compare.csv?")).get_data(as_text=True)
    own = page(client, "/compare")
    assert "Freight to Sweden" in own
    assert "At my quantity" in own
    assert 'name="quantity" inputmode="decimal" value="7"' in own

    assert "Show my prices" in shared
    stranger = client.application.test_client()
    assert "2.0000" in page(stranger, address)
    assert "Show my prices" not in page(stranger, address)  # nobody is told of prices of their own without an account
    assert "Nothing to compare yet" in page(stranger, "/compare")


def test_a_shared_link_shows_another_company_neither_the_senders_contract_nor_its_own(client: FlaskClient, index_now: IndexNow) -> None:
    variant_id, mine = _contracted(client)
    address = f"/compare?variant={variant_id}&quantity=100&shared=1"
    other = make_company()
    vendor_id = db.session.get_one(Variant, UUID(variant_id)).vendor_id
    make_price_list(db.session.get_one(Vendor, vendor_id), companies=[other.id], prices={UUID(variant_id): [(1, 1_110_000)]})
    log_in(client, make_member(other), other)
    db.session.commit()

    assert "1.1100" in page(client, address.removesuffix("&shared=1"))
    for shared in (address, address.replace("/compare?", "/compare.csv?")):
        text = client.get(shared).get_data(as_text=True)
        assert "2.0000" in text
        assert mine not in text
        assert "1.1100" not in text


def test_a_shared_link_leaves_out_goods_that_only_i_may_see(client: FlaskClient, index_now: IndexNow) -> None:
    buyer = make_company()
    secret = make_product(make_vendor(), sku="SECRET-1", visibility=[f"company:{buyer.id}"])
    log_in(client, make_member(buyer), buyer)
    db.session.commit()
    address = f"/compare?variant={variant_of(secret).id}"

    assert "SECRET-1" in page(client, address)
    assert "SECRET-1" not in page(client, f"{address}&shared=1")
