"""Finance reads every movement that nothing of ours explains: a page walks on, and none is hidden without a word."""

import re
from datetime import timedelta
from html import unescape

from marketplace.core import clock
from marketplace.core.db import db
from payments.models import ProviderMovement
from tests.payments.conftest import Shop
from tests.payments.test_pages import as_finance, page

LIST = "/desk/ledger/movements"


def move(n: int, *, net_minor: int = 100, kind: str = "adjustment", is_unexplained: bool = True) -> None:
    """A movement of the provider's own."""
    at = clock.now() - timedelta(minutes=n)
    db.session.add(
        ProviderMovement(
            id=f"txn_{n:04d}", type=kind, currency="EUR", amount_minor=net_minor, fee_minor=0, net_minor=net_minor, source_id=f"src_{n:04d}",
            available_at=at, created_at=at, entry_id=None, is_unexplained=is_unexplained,
        )
    )  # fmt: skip
    db.session.commit()


def shown(text: str) -> list[str]:
    return re.findall(r"<code>(txn_\d+)</code>", text)


def test_all_of_them_are_walked_and_counted(shop: Shop) -> None:
    for n in range(60):
        move(n)
    as_finance(shop)

    found, address = [], LIST
    while address:
        text = page(shop.client, address)
        found += shown(text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = LIST + unescape(following[1]) if following else ""
    ledger = page(shop.client, "/desk/ledger")

    assert found == [f"txn_{n:04d}" for n in range(60)]
    assert len(shown(ledger)) == 10
    assert f'<a href="{LIST}">All of them: 60 movements</a>' in ledger
    assert "60 things need finance." in ledger


def test_they_are_filtered_sorted_and_taken_home(shop: Shop) -> None:
    move(1, net_minor=5_000)
    move(2, net_minor=-7_000, kind="stripe_fee", is_unexplained=False)
    as_finance(shop)

    def listed(query: str) -> list[str]:
        return shown(page(shop.client, f"{LIST}?{query}"))

    assert listed("q=SRC_0002") == ["txn_0002"]
    assert listed("kind=fee") == ["txn_0002"]
    assert listed("state=suspense") == ["txn_0001"]
    assert listed("sort=net") == ["txn_0002", "txn_0001"]
    assert listed("sort=nonsense&after=nonsense") == ["txn_0001", "txn_0002"]
    assert "No movement fits" in page(shop.client, f"{LIST}?q=none")
    sheet = shop.client.get(f"{LIST}.csv?state=looked_up").get_data(as_text=True)
    assert "txn_0002,src_0002,stripe_fee," in sheet
    assert ",EUR,'-70.00,0.00,'-70.00,Being looked up" in sheet or ",EUR,-70.00,0.00,-70.00,Being looked up" in sheet
    assert "txn_0001" not in sheet


def test_nothing_unexplained(shop: Shop) -> None:
    as_finance(shop)

    assert "Every movement is explained" in page(shop.client, LIST)
    assert "that nothing of ours explains" not in page(shop.client, "/desk/ledger")
