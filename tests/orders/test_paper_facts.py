"""Papers keep the facts of their day: a vendor that is called otherwise since is printed as it was (docs/decisions/0037)."""

from datetime import timedelta

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.orders.papers import printing
from marketplace.orders.views.documents import _paper
from tests.factories.orders import Trade, make_order
from tests.quality.contested import make_desk
from tests.vendors.changing import MOVED, NEW_NUMBER, OLD_NUMBER, Seller, seen, send
from vendors import services
from vendors.changing import numbers_before


@pytest.fixture
def trade(app: Flask) -> tuple[Trade, VendorOrder, Seller]:
    trade, order = make_order(VendorOrderState.ACCEPTED)
    vendor = trade.vendors[0]
    company = db.session.get_one(Company, vendor.id)
    company.tax_ids = [OLD_NUMBER]
    db.session.flush()
    return trade, order, Seller(vendor, company, trade.sellers[0])


def rename(seller: Seller, name: str) -> None:
    change = send(seller, name=name)
    services.confirm_change(change.id, seen(change), revision=change.revision, actor=make_desk().decider)
    db.session.flush()
    db.session.expire_all()


def test_an_invoice_that_was_issued_keeps_its_seller_and_the_next_has_the_new_one(app: Flask) -> None:
    made, order = make_order(VendorOrderState.SHIPPED)
    vendor = made.vendors[0]
    seller, old = Seller(vendor, db.session.get_one(Company, vendor.id), made.sellers[0]), vendor.name
    issued = queries.find_invoice(order.id)
    assert issued is not None
    with clock.at(clock.now() + timedelta(days=2)):
        rename(seller, "Norrvik Industri AB")
        _, later = make_order(VendorOrderState.SHIPPED, trade=made)

    again, new = queries.find_invoice(order.id), queries.find_invoice(later.id)
    assert again is not None
    assert new is not None
    assert again.content["seller"]["name"] == old
    assert new.content["seller"]["name"] == "Norrvik Industri AB"
    assert order.vendor_name == old
    assert later.vendor_name == "Norrvik Industri AB"


def test_the_papers_of_an_order_print_the_vendor_of_their_day(trade: tuple[Trade, VendorOrder, Seller]) -> None:
    _, order, seller = trade
    old, street = seller.vendor.name, seller.vendor.address["street"]
    placed_at, accepted_at = order.placed_at, order.accepted_at
    assert accepted_at is not None
    with clock.at(clock.now() + timedelta(days=2)):
        rename(seller, "Norrvik Industri AB")
    with clock.at(clock.now() + timedelta(days=4)):
        change = send(seller, seller.wanted(name="Norrvik Steel AB", address=MOVED, tax_id=NEW_NUMBER, replaces=OLD_NUMBER))
        services.confirm_change(change.id, seen(change), revision=change.revision, actor=make_desk().decider)
        db.session.flush()
        db.session.expire_all()

    for print_it in (
        lambda: printing.purchase_order(_paper(order, placed_at)),
        lambda: printing.order_confirmation(_paper(order, accepted_at), {}),
    ):
        paper = print_it()
        assert paper["issuer"] == old
        lines = " ".join(paper["parties"][0]["lines"])
        assert street in lines
        assert OLD_NUMBER["display"] in lines
    between = queries.seller(seller.vendor.id, at=clock.now() + timedelta(days=3))
    assert (between.name, between.tax_ids) == ("Norrvik Industri AB", (OLD_NUMBER["display"],))
    now = queries.seller(seller.vendor.id)
    assert (now.name, now.tax_ids) == ("Norrvik Steel AB", (NEW_NUMBER["display"],))


def test_numbers_are_taken_back_in_their_places() -> None:
    other = {"scheme": "se.orgnr", "value": "5599990001", "display": "5599990001"}
    third = OLD_NUMBER | {"value": "556000000001", "display": "SE556000000001"}
    assert numbers_before([other, NEW_NUMBER], [(NEW_NUMBER, OLD_NUMBER)]) == [other, OLD_NUMBER]
    assert numbers_before([NEW_NUMBER, other], [(NEW_NUMBER, OLD_NUMBER), (OLD_NUMBER, third)]) == [third, other]
    assert numbers_before([other, NEW_NUMBER], [(NEW_NUMBER, None)]) == [other]
