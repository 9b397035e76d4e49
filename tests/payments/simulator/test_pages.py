"""The pages for people: no script, labelled, honest about being a simulation, and paying once."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
import requests
import stripe

from tests.payments.simulator.process import DAY, Process

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12 / 40", "cvc": "123", "name": "B. Buyer", "email": "b@shop.example"}


class Reader(HTMLParser):
    """What a page consists of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _check(response: requests.Response) -> Reader:
    """What must hold for every page."""
    page = Reader(response.text)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("script") == []
    assert not re.search(r"\son\w+=|style=", response.text)
    labelled = {label["for"] for label in page.all("label")}
    assert all(field["id"] in labelled for field in page.all("input"))
    assert "Simulated payment provider" in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    return page


def _post(url: str, form: dict[str, str]) -> requests.Response:
    return requests.post(url, data=form, timeout=30, allow_redirects=False)


def test_the_pay_page_shows_what_is_paid_and_how_to_cancel(provider: Process) -> None:
    session = provider.session(123_450, customer_email="b@shop.example")
    assert session.url is not None

    response = requests.get(session.url, timeout=30)

    page = _check(response)
    assert "EUR 1,234.50" in response.text
    assert "Bolts &amp; nuts" in response.text
    assert {"href": "https://shop.example/cart"} in page.all("a")
    assert next(field for field in page.all("input") if field["name"] == "email")["value"] == "b@shop.example"
    assert "form-action 'self' https://shop.example;" in response.headers["Content-Security-Policy"]
    assert requests.get(f"{provider.url}/simulator.css", timeout=30).headers["Content-Type"].startswith("text/css")


def test_a_paid_session_leads_to_the_shop_and_says_so_when_opened_again(provider: Process) -> None:
    session = provider.session()
    assert session.url is not None

    paid = _post(session.url, GOOD)
    again = _post(session.url, GOOD)
    shown = requests.get(session.url, timeout=30)

    assert (paid.status_code, again.status_code) == (303, 303)
    assert paid.headers["Location"] == again.headers["Location"] == f"https://shop.example/paid?session={session.id}"
    _check(shown)
    assert "Already paid" in shown.text
    assert len(provider.transactions()) == 1


def test_a_button_pressed_eight_times_at_once_pays_once(provider: Process) -> None:
    session = provider.session()
    url = str(session.url)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _post(url, GOOD).status_code, range(8)))

    assert answers == [303] * 8
    assert len(provider.stripe.v1.charges.list().data) == len(provider.transactions()) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": "4000 0000 0000 9995"}, "insufficient funds"),
        ({"number": "4000 0000 0000 0002"}, "declined"),
        ({"number": ""}, "Enter the card number"),
        ({"expiry": "13 / 40"}, "expiry date as MM / YY"),
        ({"expiry": "01 / 20"}, "in the past"),
        ({"cvc": "1"}, "security code"),
    ],
)
def test_a_failed_try_says_why_and_keeps_what_was_typed(provider: Process, change: dict[str, str], says: str) -> None:
    session = provider.session()
    assert session.url is not None
    form = {**GOOD, **change}

    response = _post(session.url, form)

    page = _check(response)
    assert response.status_code == 422
    assert says in response.text
    kept = {field["name"]: field["value"] for field in page.all("input")}
    assert kept == {**form, "cvc": ""}
    assert provider.transactions() == []


def test_three_d_secure_is_a_page_with_two_answers(provider: Process) -> None:
    session = provider.session()
    assert session.url is not None
    form = {**GOOD, "number": "4000 0027 6000 3184"}

    bank = _post(session.url, form).headers["Location"]
    page = _check(requests.get(bank, timeout=30))
    failed = _post(bank, {"answer": "fail"})
    back = requests.get(f"{provider.url}{failed.headers['Location']}", timeout=30)
    bank = _post(session.url, form).headers["Location"]
    completed = _post(bank, {"answer": "complete"})

    assert [button.get("value") for button in page.all("button")] == ["complete", "fail"]
    assert "unable to authenticate" in back.text
    assert completed.headers["Location"].startswith("https://shop.example/paid")
    _check(requests.get(bank, timeout=30))
    assert requests.get(bank[:-3] + "xyz", timeout=30).status_code == 404
    assert len(provider.transactions()) == 1


def test_an_expired_session_says_so(provider: Process) -> None:
    session = provider.session()
    assert session.url is not None
    provider.advance(DAY + 1)

    for response in (requests.get(session.url, timeout=30), _post(session.url, GOOD)):
        _check(response)
        assert "expired" in response.text
    assert provider.transactions() == []


def account_link(provider: Process, account: str, shop: str = "https://shop.example") -> str:
    addresses = {"refresh_url": f"{shop}/again", "return_url": f"{shop}/back"}
    use = {"type": "account_onboarding", "account_onboarding": addresses}
    return provider.stripe.v2.core.account_links.create({"account": account, "use_case": use}).url  # type: ignore[typeddict-item]


def test_the_supplier_is_active_after_submitting_the_form(provider: Process) -> None:
    supplier = provider.supplier(onboarded=False)
    url = account_link(provider, supplier)

    page = _check(requests.get(url, timeout=30))
    empty = _post(url, {"name": "", "country": "DE", "iban": "DE89"})
    submitted = _post(url, {"name": "Fastener Works", "country": "DE", "iban": "DE89370400440532013000"})

    assert {field["name"]: field["value"] for field in page.all("input")}["name"] == "Fastener Works"
    assert empty.status_code == 422
    _check(empty)
    assert submitted.headers["Location"] == "https://shop.example/back"
    v1 = provider.stripe.v1.accounts.retrieve(supplier)
    assert (v1.details_submitted, v1.payouts_enabled, v1.capabilities and v1.capabilities.transfers) == (True, True, "active")
    assert requests.get(url, timeout=30).status_code == 410
    assert provider.violations() == []


def test_the_form_asks_for_the_bank_account_and_another_one_takes_its_place(provider: Process) -> None:
    supplier = provider.supplier()
    first = provider.stripe.v1.accounts.external_accounts.list(supplier).data
    url = account_link(provider, supplier)

    filled = {str(field["name"]): str(field["value"]) for field in _check(requests.get(url, timeout=30)).all("input")}
    same = _post(url, filled)
    assert (same.status_code, provider.stripe.v1.accounts.external_accounts.list(supplier).data) == (303, first)
    _post(account_link(provider, supplier), {"name": "Fastener Works", "country": "DE", "iban": "de89 3704 0044 0532 0130 00"})

    (bank,) = provider.stripe.v1.accounts.external_accounts.list(supplier).data
    shown = bank.to_dict()
    assert filled["iban"].endswith(first[0].to_dict()["last4"])
    assert (shown["last4"], shown["country"], shown["default_for_currency"]) == ("3000", "DE", True)
    assert shown["fingerprint"] != first[0].to_dict()["fingerprint"]
    assert provider.stripe.v1.accounts.external_accounts.retrieve(supplier, bank.id).to_dict() == shown
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.accounts.external_accounts.retrieve(supplier, first[0].id)
    types = [json.loads(each["payload"])["type"] for each in provider.control("webhooks", {"take": True})["taken"]]
    assert types[-2:] == ["account.external_account.created", "account.external_account.deleted"]
    assert provider.violations() == []


def test_suppliers_without_a_number_have_plausible_ones_of_their_own(provider: Process) -> None:
    one, other = provider.supplier(), provider.supplier()
    waiting = provider.supplier(onboarded=False)

    numbers = {provider.stripe.v1.accounts.external_accounts.list(each).data[0].to_dict()["fingerprint"] for each in (one, other)}

    assert len(numbers) == 2
    assert provider.stripe.v1.accounts.external_accounts.list(waiting).data == []
    assert provider.stripe.v1.accounts.external_accounts.list(one, {"object": "card"}).data == []
    assert provider.violations() == []


def test_an_expired_link_leads_to_a_new_one(provider: Process) -> None:
    url = account_link(provider, provider.supplier(onboarded=False))
    provider.advance(301)

    response = requests.get(url, timeout=30, allow_redirects=False)

    assert (response.status_code, response.headers["Location"]) == (303, "https://shop.example/again")


def test_an_address_without_a_page_is_404(provider: Process) -> None:
    for path in ("/nothing", "/pay/cs_nothing", "/onboard/acct_x/link_x"):
        assert requests.get(f"{provider.url}{path}", timeout=30).status_code in (404, 410)
    _check(requests.get(f"{provider.url}/", timeout=30))
