"""The second part of README.md's tour: what the three people do besides one plain trade, each step in both languages."""

import re
import secrets
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import BOLTS
from tests.browser.people import CLAIRE, OWNER, SUPPORT, VERIFIER, Windows, Words, reload_until
from tests.browser.trades import fill_cart, orders_of, pay, place_order, wait_for_order

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^    ```\n(.+?)^    ```\n", README.partition("## Ten more")[2], re.DOTALL | re.MULTILINE)
PASTED, TABLE = (textwrap.dedent(block) for block in BLOCKS)
"""What the README gives to paste and to send."""
NUTS = "NV-985-M8-A2"


@dataclass
class Guest:
    """Somebody who follows the README in a language."""

    windows: Windows
    say: Words

    def opens(self, email: str | None, path: str) -> Page:
        """The person's window with a page in it."""
        page = self.windows.of(email, f"tour in {self.say.locale}")
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={self.say.tag}")
        return page

    def link(self, page: Page, text: str) -> Locator:
        """The first link of the house with this text."""
        return page.get_by_role("main").get_by_role("link", name=self.say.like(text)).first

    def button(self, page: Page, text: str) -> Locator:
        """The first button of the house with this text."""
        return page.get_by_role("main").get_by_role("button", name=self.say.like(text)).first

    def reads(self, page: Page, text: str, **values: object) -> None:
        """The page says this."""
        expect(page.get_by_role("main")).to_contain_text(self.say(text, **values) if values else self.say.like(text))


@pytest.fixture(params=["en", "zh_Hans"])
def guest(windows: Windows, request: pytest.FixtureRequest) -> Guest:
    """One reader for each language."""
    return Guest(windows, Words(request.param))


def test_codes_are_pasted_and_what_does_not_fit_stays_with_its_reason(guest: Guest) -> None:
    page = guest.opens(guest.windows.log_ins.buyer, "/quick-order")
    page.locator("#pasted").fill(PASTED)
    guest.button(page, "Find the goods").click()

    main = page.get_by_role("main")
    expect(main).to_contain_text(NUTS)  # found in another spelling
    guest.reads(page, "Not found")
    guest.button(page, "Put %(num)s row into the cart").click()
    guest.reads(page, "%(num)s line is in your cart.")
    expect(page.locator("#rows-1-code")).to_have_value("no such thing")
    expect(main).not_to_contain_text(NUTS)
    page.goto("/cart")
    expect(main).to_contain_text(NUTS)
    guest.button(page, "Remove").click()
    expect(main).not_to_contain_text(NUTS)


def test_offers_are_compared_and_the_link_to_share_holds_public_prices(guest: Guest) -> None:
    page = guest.opens(guest.windows.log_ins.buyer, "/search?q=M8x40+A2")
    for place in (0, 1):
        page.locator("li.hit").nth(place).get_by_role("checkbox").check()
    page.locator(".tray").get_by_role("button").click()
    page.wait_for_url("**/compare?*")
    shared = guest.link(page, "See what others see").get_attribute("href")
    assert shared

    stranger = guest.opens(None, shared)

    expect(stranger.locator("table.compare thead th")).to_have_count(3)
    guest.reads(stranger, "public prices, a shared link")


def test_ticks_last_over_pages_windows_and_a_tick_taken_away(guest: Guest) -> None:
    page = guest.opens(None, "/search?q=bolt")
    page.locator("li.hit").nth(1).get_by_role("checkbox").check()
    page.locator("nav.pager").get_by_role("link", name=guest.say("Next")).click()
    page.wait_for_url("**page=2**")
    for place in range(6):
        page.locator("li.hit:not([data-ad])").nth(place).get_by_role("checkbox").check()
    expect(page.locator("#ticked")).to_contain_text("7")
    page.goto("/compare")
    expect(page.locator("table.compare thead th")).to_have_count(7)
    expect(page.locator(".notice li")).to_have_count(1)

    page.goto("/search?q=bolt&page=2")
    page.locator("li.hit:not([data-ad])").nth(0).get_by_role("checkbox").uncheck()
    expect(page.locator("#ticked")).to_contain_text("6")
    page.locator(".tray").get_by_role("button").click()
    page.wait_for_url("**/compare?*")

    expect(page.locator("table.compare thead th")).to_have_count(7)
    expect(page.locator(".notice li")).to_have_count(0)


def test_a_second_step_is_turned_on_with_an_app(guest: Guest) -> None:
    page = guest.opens(CLAIRE, "/settings/security")
    guest.link(page, "Turn the second step on").click()
    key = re.sub(r"\s", "", page.locator("main code").first.inner_text())
    page.locator("#code").fill(pyotp.TOTP(key).now())
    guest.button(page, "Turn it on").click()
    guest.reads(page, "Your sheet of codes")

    page.goto("/settings/security")
    guest.button(page, "Turn it off").click()
    page.get_by_role("dialog").get_by_role("button", name=guest.say("Turn it off")).click()
    expect(guest.link(page, "Turn the second step on")).to_be_visible()


def test_a_bad_row_of_a_file_stops_no_good_one_and_comes_back_with_its_reason(guest: Guest) -> None:
    page = guest.opens(guest.windows.log_ins.factory, "/portal/products/import")
    # Who follows the tour in the second language would send what stands already, and have nothing to say yes to.
    table = TABLE if guest.say.locale == "en" else TABLE.replace("1950", "1940")
    page.locator("#file").set_input_files({"name": "prices.csv", "mimeType": "text/csv", "buffer": table.encode()})
    guest.button(page, "Look into the file").click()
    guest.button(page, "Try every row").click()
    start = guest.button(page, "Import all but the refused rows")
    reload_until(page, start)

    with page.expect_download() as kept:
        guest.link(page, "Refused rows with reasons").click()
    errors = kept.value.path().read_text(encoding="utf-8-sig")
    start.click()
    reload_until(page, page.get_by_role("main").get_by_text(guest.say("Rows that were refused")))

    assert "NV-985-M12-A2" in errors
    assert "NV-985-M16-A2" not in errors


def test_an_order_is_moved_shipped_in_parts_and_credited(guest: Guest) -> None:
    log_ins = guest.windows.log_ins
    visitor = guest.windows.visitor(log_ins.buyer)
    fill_cart(visitor, *BOLTS)
    purchase = orders_of(visitor, pay(visitor, place_order(visitor)), ["Norrvik"])
    visitor.close()
    order = purchase.orders["Norrvik"]

    seller = guest.windows.visitor(log_ins.factory)
    wait_for_order(seller, order)
    seller.close()
    factory = guest.opens(log_ins.factory, f"/portal/orders/{order}")
    guest.link(factory, "Take it with another day").click()
    later = (datetime.now(UTC) + timedelta(days=60)).date()
    factory.locator("input[type=date]").first.fill(later.isoformat())
    factory.locator("#reason").fill("The forge is serviced in that week.")
    guest.button(factory, "Propose the change").click()
    factory.wait_for_url(f"**/portal/orders/{order}")

    buyer = guest.opens(log_ins.buyer, f"/orders/{purchase.number}")
    guest.reads(buyer, "The vendor takes the order only with it.")
    guest.button(buyer, "Agree to the change").click()
    guest.reads(buyer, "Agreed")

    factory.reload()
    guest.button(factory, "Ready to ship").click()
    for quantity in ("1200", "800"):
        guest.link(factory, "Ship a part").click()
        factory.wait_for_url("**/shipments/new")
        factory.locator("#carrier").fill("Nordfrakt")
        factory.locator("input[name$=-quantity]").fill(quantity)
        guest.button(factory, "Mark as shipped").click()
        factory.wait_for_url(f"**/portal/orders/{order}")
        if quantity == "1200":
            guest.reads(factory, "Partly shipped")
    factory.locator("#signed_by").fill("A. Berg")
    guest.button(factory, "Mark as delivered").click()

    buyer.goto(f"/orders/{order}/problem")
    buyer.locator("#lines-0-kind").select_option("damaged")
    buyer.locator("#lines-0-text").fill("Twelve bolts have rust under the head.")
    guest.button(buyer, "Report the problem, freeze %(sum)s").click()
    buyer.wait_for_url(re.compile("/claims/CLM-"))
    claim = buyer.url.rsplit("/", 1)[1].split("?")[0]

    factory.goto("/portal/claims")
    factory.get_by_role("main").get_by_role("link", name=claim).first.click()
    if factory.locator("input[name=answer]").count() == 0:
        guest.link(factory, "Answer this line").click()
    factory.locator("input[name=answer][value=credit]").check()
    factory.locator("#amount").fill("2.50")
    factory.locator("#text").fill("Sorry: we pay twelve bolts back.")
    guest.button(factory, "Send the answer").click()

    buyer.reload()
    guest.button(buyer, "Accept the answer: %(what)s").click()
    guest.reads(buyer, "Settled")
    expect(buyer.get_by_role("main")).to_contain_text("2.50")


def test_a_second_verifier_approves_what_the_first_one_asks_about(guest: Guest) -> None:
    first = guest.opens(guest.windows.log_ins.verifier, "/desk/verification")
    first.get_by_role("main").get_by_role("link").filter(has_text="Kuretani").first.click()
    if guest.button(first, "Ask for a second reader").count():
        guest.button(first, "Ask for a second reader").click()
    guest.reads(first, "A second reader is asked for: another verifier than the one who asked approves.")
    expect(guest.button(first, "Approve, give level 1")).to_be_disabled()

    second = guest.opens(VERIFIER, "/desk/second-readings")
    second.get_by_role("main").get_by_role("link").filter(has_text="Kuretani").first.click()

    expect(guest.button(second, "Approve, give level 1")).to_be_enabled()


def test_a_suspension_says_beforehand_what_it_does(guest: Guest) -> None:
    page = guest.opens(guest.windows.log_ins.verifier, "/desk/vendors?words=Norrvik")
    page.get_by_role("main").get_by_role("link", name="Norrvik Fastening AB", exact=True).first.click()
    guest.link(page, "Suspend …").click()

    guest.reads(page, "What happens at once")
    expect(page.get_by_role("main")).to_contain_text("95")  # live products
    guest.link(page, "Go back").click()
    page.wait_for_url(re.compile("/desk/verification/"))


def test_support_acts_as_a_company_with_a_reason_and_everybody_sees_it(guest: Guest) -> None:
    reason = f"Call {secrets.token_hex(3)}: the delivery address cannot be found"
    page = guest.opens(SUPPORT, "/desk/companies?words=Halden")
    page.get_by_role("main").get_by_role("link", name="Halden Rail Systems AB").first.click()
    page.locator("#reason").fill(reason)
    guest.button(page, "Act as %(name)s").click()
    banner = page.locator(".act-as")
    expect(banner).to_contain_text("Halden Rail Systems AB")
    page.goto("/orders")
    banner.get_by_role("button", name=guest.say("Stop")).click()
    expect(banner).to_have_count(0)

    owner = guest.opens(OWNER, "/company/history")

    expect(owner.get_by_role("main")).to_contain_text(reason)
