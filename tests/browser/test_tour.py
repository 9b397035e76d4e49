"""The ten-minute tour of README.md, walked in a browser: one trade from the first search to the review, and a new vendor let in."""

import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import BOLTS, GRATHOF, NORRVIK, PALLWERK, Buyer
from tests.browser.checks import PHONE
from tests.browser.desk import Applicant, approve, refund, see_that_books_agree
from tests.browser.hands import Keys, Mouse
from tests.browser.people import GRATHOF as GRATHOF_PERSON
from tests.browser.people import PALLWERK as PALLWERK_PERSON
from tests.browser.people import Windows, Words, reload_until
from tests.browser.trades import fulfil_quickly
from tests.browser.vendor import Factory

TORN, GOOD, THANKS = "40 sheets of the first pack are torn.", "Threads measured, all inside 6g.", "Thank you. The next lot is in stock."
REASON = "The pictures show it, and the vendor agrees."


@pytest.fixture
def window(windows: Windows, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh window, as wide as the test says."""
    page = windows.new(**getattr(request, "param", {}))
    yield page
    page.context.close()


def test_a_trade_goes_from_the_first_search_to_the_review(windows: Windows, window: Page) -> None:
    log_ins = windows.log_ins
    buyer = Buyer(Mouse(window))
    buyer.log_in(log_ins.buyer, log_ins.password)

    purchase = buyer.buy()

    norrvik = Factory(windows.of(log_ins.factory))
    for factory, vendor in (
        (norrvik, NORRVIK),
        (Factory(windows.of(PALLWERK_PERSON)), PALLWERK),
        (Factory(windows.of(GRATHOF_PERSON)), GRATHOF),
    ):
        factory.fulfil(purchase.orders[vendor], f"NF-{vendor}")

    buyer.accept(purchase, PALLWERK)
    buyer.report_problem(purchase, GRATHOF, TORN)
    refund(windows.of(log_ins.finance), purchase.orders[GRATHOF], REASON)
    buyer.open_purchase(purchase.number)
    for vendor, word in (
        (NORRVIK, "Held"),
        (PALLWERK, re.compile("Released|Paid out")),
        (GRATHOF, "Held"),
    ):  # a decision waits five days for an appeal
        reload_until(window, buyer.money_row(purchase, vendor).filter(has_text=word))

    buyer.review(purchase, BOLTS[0], GOOD)
    norrvik.reply_to_review(GOOD, THANKS)
    buyer.find(*BOLTS)
    expect(window.get_by_role("main")).to_contain_text(THANKS)
    see_that_books_agree(windows.of(log_ins.finance))
    assert not buyer.faults, "\n".join(buyer.faults)


def test_a_new_vendor_signs_up_applies_and_is_let_in(windows: Windows, window: Page) -> None:
    company = f"Marbach Zerspanung {secrets.token_hex(3)} GmbH"
    applicant = Applicant(window, company, f"ilse.{secrets.token_hex(3)}@marbach.example", windows.log_ins.password)

    applicant.sign_up()
    applicant.open_payout_account()
    applicant.apply()
    visitor = windows.of(None)
    visitor.goto("/shops")
    expect(visitor.get_by_role("main")).not_to_contain_text(company)

    approve(windows.of(windows.log_ins.verifier), company)

    visitor.reload()
    expect(visitor.get_by_role("main")).to_contain_text(company)


def walk(windows: Windows, buyer: Buyer) -> None:
    """The buyer's part from the log-in to the decision about each vendor's goods."""
    log_ins = windows.log_ins
    buyer.log_in(log_ins.buyer, log_ins.password)
    purchase = buyer.buy()
    factories = ((NORRVIK, log_ins.factory), (PALLWERK, PALLWERK_PERSON), (GRATHOF, GRATHOF_PERSON))
    fulfil_quickly(windows, purchase, factories)
    buyer.accept(purchase, PALLWERK)
    buyer.report_problem(purchase, GRATHOF, TORN)
    buyer.review(purchase, BOLTS[0], GOOD)
    assert not buyer.faults, "\n".join(buyer.faults)


@pytest.mark.parametrize("window", [{"width": 360}], indirect=True, ids=["360"])
def test_the_buyer_walks_the_tour_on_a_phone(windows: Windows, window: Page) -> None:
    walk(windows, Buyer(Mouse(window), way=PHONE))


@pytest.mark.parametrize("window", [{"has_scripts": False, "width": 360}], indirect=True, ids=["360"])
def test_the_buyer_walks_the_tour_without_scripts(windows: Windows, window: Page) -> None:
    walk(windows, Buyer(Mouse(window)))


def test_the_buyer_walks_the_tour_by_keyboard_alone(windows: Windows, window: Page) -> None:
    walk(windows, Buyer(Keys(window)))


def test_the_buyer_walks_the_tour_in_chinese(windows: Windows, window: Page) -> None:
    walk(windows, Buyer(Mouse(window), Words("zh_Hans")))
