"""The pages in a real browser: accessible by axe at both widths and in both schemes, and the way back to the shop is not blocked."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.payments.simulator.process import Process
from tests.payments.simulator.test_pages import account_link

AXE = Path(__file__).parents[2] / "browser" / "axe" / "axe.min.js"


@pytest.fixture
def shop() -> Iterator[str]:
    """Another origin, as the marketplace is one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Shop</title><h1>Shop</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def _fill(page: Page, number: str) -> None:
    for label, value in (("Card number", number), ("Expiry date", "12 / 40"), ("Security code", "123")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Pay").click()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_finds_or_scrolls_sideways(provider: Process, browser: Browser, width: int, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    session, paid = provider.session(customer_email="b@shop.example"), provider.session()
    waiting = provider.pay(provider.session().id, "4000002760003184")["redirect"]
    provider.pay(paid.id)
    page.goto(str(session.url))
    page.get_by_text("Test cards").click()
    checked = [_faults(page)]

    _fill(page, "4000 0000 0000 9995")
    assert page.get_by_role("alert").is_visible()
    checked.append(_faults(page))
    for address in (str(paid.url), waiting, account_link(provider, provider.supplier(onboarded=False)), provider.url):
        page.goto(address)
        checked.append(_faults(page))

    assert checked == [[]] * 6
    context.close()


def _faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    faults = [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, f"scrolls sideways by {sideways} px"] if sideways > 0 else faults


@pytest.mark.parametrize("number", ["4242 4242 4242 4242", "4000 0027 6000 3184"])
def test_the_buyer_comes_back_to_the_shop_without_scripts(provider: Process, browser: Browser, shop: str, number: str) -> None:
    session = provider.session(success_url=f"{shop}/paid?session={{CHECKOUT_SESSION_ID}}", cancel_url=f"{shop}/cart")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(str(session.url))
    _fill(page, number)
    if number.endswith("3184"):
        page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{shop}/paid?session={session.id}")

    assert provider.stripe.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    context.close()


def test_the_supplier_comes_back_to_the_shop(provider: Process, browser: Browser, shop: str) -> None:
    supplier = provider.supplier(onboarded=False)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(account_link(provider, supplier, shop))
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(f"{shop}/back")

    assert provider.stripe.v1.accounts.retrieve(supplier).payouts_enabled is True
    context.close()
