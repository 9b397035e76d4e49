"""Trades over plain HTTP, through the same forms: quick where a page of the trade is the matter and not the way to it."""

import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import urljoin

from tests.browser.buyer import Purchase
from tests.browser.people import Windows
from tests.browser.vendor import CARRIER, SIGNED_BY
from tests.browser.walk import inside
from tests.visitor import FormReader, PageForm, Visitor
from tests.world import wait_until

SECONDS = 60


def fill_cart(visitor: Visitor, sku: str, quantity: str) -> None:
    """One line of something that is in stock."""
    found = visitor.get(f"/search?q={sku}").text
    product = next(link for link in inside(found, visitor.base) if link.startswith("/products/")).split("?")[0]
    answer = visitor.send(visitor.form(f"{product}?quantity={quantity}", "/cart/lines"))
    assert answer.status_code == 303, f"adding to the cart answered {answer.status_code}"


def place_order(visitor: Visitor) -> str:
    """Of what is in the cart; returns the address of its payment, whose provider's page is open."""
    placed = visitor.send(visitor.form("/checkout", "/checkout"))
    assert placed.status_code == 303, f"checkout answered {placed.status_code}"
    payment = placed.headers["Location"].removeprefix(visitor.base)
    form = visitor.form(payment, "/orders/")
    form.action = f"{payment}/start"  # where the order's door sends it on
    started = visitor.send(form)
    assert started.status_code == 303, f"the payment's start answered {started.status_code}"
    return payment


def pay(visitor: Visitor, payment: str) -> str:
    """On the provider's page; returns the purchase order's number."""
    page = visitor.get(f"{payment}/continue").text
    link = re.search(r'href="([^"]+)"[^>]*>Go on and pay', page)
    number = re.search(r"PO-\d{4}-\d{6}", page)
    assert link, page
    assert number, page
    reader = FormReader()
    reader.feed(visitor.http.get(link.group(1), timeout=SECONDS).text)
    form: PageForm = reader.forms[0]
    card = {"email": "a@halden.example", "number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "A"}
    back = visitor.http.post(urljoin(link.group(1), form.action), data=form.fields | card, timeout=SECONDS)
    assert payment in back.url, f"paying led to {back.url}"
    return number.group()


def orders_of(visitor: Visitor, number: str, vendors: Iterable[str]) -> Purchase:
    """The vendor orders of a purchase."""
    page = visitor.get(f"/orders/{number}").text
    found = dict(re.findall(r'<h2 id="(ORD-[0-9-]+)">[^<]*(?:<a [^>]*>)?([^<]+)', page))
    return Purchase(number, {vendor: order for vendor in vendors for order, name in found.items() if name.startswith(vendor)})


def wait_for_order(visitor: Visitor, order: str) -> None:
    """Until the vendor sees an order: it is paid, and the worker has heard of that."""
    wait_until(partial(_is_there, visitor, f"/portal/orders/{order}"), SECONDS, f"the vendor of {order} sees it", every=0.25)


def fulfil_quickly(windows: Windows, purchase: Purchase, people: Iterable[tuple[str, str]], *, until: str = "delivered") -> None:
    """The same acts without a browser, through the same forms, as far as `until`. `people`: vendor → e-mail."""
    for vendor, email in people:
        path = f"/portal/orders/{purchase.orders[vendor]}"
        visitor = windows.visitor(email)
        try:
            wait_for_order(visitor, purchase.orders[vendor])
            for act, fields in (
                ("accept", {}),
                ("ready", {}),
                ("ship", {"carrier": CARRIER, "tracking": "NF-1"}),
                ("delivered", {"signed_by": SIGNED_BY}),
            ):
                answer = visitor.send(visitor.form(path, f"{path}/{act}"), **fields)
                assert answer.status_code == 303, f"{act} of {path} answered {answer.status_code}"
                if act == until:
                    break
        finally:
            visitor.close()


def _is_there(visitor: Visitor, path: str) -> bool:
    return visitor.get(path).status_code == 200
