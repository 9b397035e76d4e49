"""The buyer's part of the tour, written once: with mouse or keys, wide or narrow, with or without scripts, in any language.

Halden searches, compares, fills one cart from three vendors, places one order, pays once, and later decides about the goods.
"""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import Way, faults_of
from tests.browser.hands import Hand
from tests.browser.people import Words, reload_until

CARD = "4242 4242 4242 4242"
NORRVIK, PALLWERK, GRATHOF = "Norrvik", "Pallwerk", "Grathof"
# What is searched for, how many, and the SKU that is then taken. All of it is in stock in thousands.
BOLTS, CARTONS, SHEETS = ("NV-8040-A2", "2000"), ("PW-303030-BC", "420"), ("GH SB-60", "600")
REFERENCE = "HRS-88123"


@dataclass
class Purchase:
    """What one checkout made."""

    number: str
    orders: dict[str, str]
    """Vendor order by the beginning of the vendor's name."""


class Buyer:
    """M. Lindqvist of Halden at a window. In a way of looking, every page of the walk is looked at, and `faults` says what was wrong."""

    def __init__(self, hand: Hand, words: Words | None = None, way: Way | None = None) -> None:
        self.hand, self.say, self.way = hand, words or Words(), way
        self.faults: list[str] = []

    @property
    def page(self) -> Page:
        return self.hand.page

    def see(self) -> None:
        """Look at what is shown now; the window gets its height back."""
        if self.way:
            size = self.page.viewport_size
            self.faults += faults_of(self.page, self.way)
            if size:
                self.page.set_viewport_size(size)

    def button(self, text: str, within: Locator | None = None) -> Locator:
        """The button with this text of the house."""
        return (within or self.page.get_by_role("main")).get_by_role("button", name=self.say.like(text))

    def link(self, text: str, within: Locator | None = None) -> Locator:
        """The link with this text of the house."""
        return (within or self.page.get_by_role("main")).get_by_role("link", name=self.say.like(text))

    def log_in(self, email: str, password: str) -> None:
        """Begins at the first page, in the reader's language."""
        self.page.goto(f"/log-in?lang={self.say.tag}")
        self.hand.write(self.page.locator("#email"), email)
        self.hand.write(self.page.locator("#password"), password)
        self.hand.press(self.button("Log in"))
        self.page.wait_for_url(lambda url: "/log-in" not in url)

    def search(self, words: str) -> None:
        """By the field that stands on top of every page."""
        self.hand.write(self.page.locator("#top-q"), words)
        self.hand.press(self.page.get_by_role("search").get_by_role("button"))
        self.page.wait_for_url("**/search?q=*")

    def compare(self) -> None:
        """Two offers of the same bolt side by side, at the quantity that is needed."""
        sku, quantity = BOLTS
        self.search("M8x40 A2")
        self.hand.write(self.page.locator("#quantity"), quantity)
        self.hand.press(self.page.locator(".toolbar").get_by_role("button", name=self.say("Update"), exact=True))
        self.page.wait_for_url("**quantity=2000**")
        hits = self.page.locator("li.hit")
        mine = hits.filter(has_text=sku)
        other = hits.filter(has_not_text=NORRVIK).first
        for hit in sorted((mine, other), key=lambda h: h.evaluate("e => [...e.parentElement.children].indexOf(e)")):
            self.hand.tick(hit.get_by_role("checkbox"))
        tray = self.page.locator(".tray")
        self.hand.press(tray.get_by_role("button"))
        self.page.wait_for_url("**/compare?*")
        table = self.page.locator("table.compare")
        expect(table.locator("thead th")).to_have_count(3)
        self.see()
        self.hand.press(table.locator("thead th").filter(has_text=sku).get_by_role("link").first)
        self.page.wait_for_url("**/products/*")

    def find(self, sku: str, quantity: str) -> None:
        """By part number to the product's page, and its price at my quantity."""
        self.search(sku)
        hit = self.page.locator("li.hit").filter(has_text=sku).first
        self.hand.press(hit.get_by_role("heading").get_by_role("link"))
        self.page.wait_for_url("**/products/*")
        if self.page.locator("#quantity").input_value() != quantity:
            self.hand.write(self.page.locator("#quantity"), quantity)
            self.hand.press(self.button("Update price"))
            self.page.wait_for_url(f"**quantity={quantity}**")

    def add_to_cart(self) -> None:
        """What the page shows, at the quantity it shows."""
        cart = self.page.get_by_role("banner").get_by_role("link", name=self.say.like("Cart"))
        before = _count(cart)
        self.hand.press(self.button("Add %(quantity)s to cart"))
        expect(cart).to_have_text(re.compile(rf"\b{before + 1}\b"))
        self.see()

    def empty_cart(self) -> None:
        """Nothing of an earlier walk is ordered again."""
        self.page.goto("/cart")
        remove = self.page.locator("main").get_by_role("button", name=self.say.like("Remove"))
        for left in range(remove.count() - 1, -1, -1):
            self.hand.press(remove.first)
            expect(remove).to_have_count(left)

    def fill_cart(self) -> None:
        """Bolts of Norrvik, cartons of Pallwerk, abrasive sheets of Grathof."""
        self.empty_cart()
        self.compare()
        self.add_to_cart()
        for sku, quantity in (CARTONS, SHEETS):
            self.find(sku, quantity)
            self.add_to_cart()

    def check_out(self) -> str:
        """One order for all three, with the own reference on it; returns the purchase order's number."""
        self.hand.press(self.page.get_by_role("banner").get_by_role("link", name=self.say.like("Cart")))
        self.page.wait_for_url("**/cart")
        for vendor in (NORRVIK, PALLWERK, GRATHOF):
            expect(self.page.get_by_role("heading", name=vendor)).to_have_count(1)
        self.see()
        self.hand.press(self.button("Go to checkout"))
        self.page.wait_for_url("**/checkout")
        self.see()
        self.hand.write(self.page.locator("#buyer_reference"), REFERENCE)
        total = self.page.locator("aside .price").inner_text()
        place = self.button("Place order, %(sum)s", self.page.get_by_role("complementary"))
        expect(place).to_contain_text(total)
        self.hand.press(place)
        self.page.wait_for_url("**/payments/*")
        found = re.search(r"PO-\d{4}-\d{6}", self.page.locator("main").inner_text())
        assert found, f"{self.page.url} names no purchase order"
        return found.group()

    def pay(self) -> None:
        """Once, on the provider's page."""
        ours = self.page.url
        self.hand.press(self.button("Pay %(sum)s"))
        self.page.wait_for_url("**/continue")
        self.see()
        self.hand.press(self.link("Go on and pay %(sum)s"))
        # The provider's page speaks English.
        self.hand.write(self.page.get_by_label("Email"), "m.lindqvist@halden.example")
        self.hand.write(self.page.get_by_label("Card number"), CARD)
        self.hand.write(self.page.get_by_label("Expiry date"), "12 / 34")
        self.hand.write(self.page.get_by_label("Security code"), "123")
        self.hand.write(self.page.get_by_label("Name on card"), "M. Lindqvist")
        self.hand.press(self.page.get_by_role("button", name=re.compile("^Pay ")))
        self.page.wait_for_url(ours)
        self.see()

    def open_purchase(self, number: str) -> None:
        """From the list of orders."""
        self.page.goto("/orders")
        self.hand.press(self.page.get_by_role("main").get_by_role("link", name=number, exact=True))
        self.page.wait_for_url(f"**/orders/{number}")

    def buy(self) -> Purchase:
        """The whole way from the first search to money that is held for each vendor."""
        self.fill_cart()
        number = self.check_out()
        self.pay()
        self.open_purchase(number)
        held = self.page.locator("section[aria-labelledby=money] tbody tr").filter(has_text=self.say("Held"))
        reload_until(self.page, held.nth(2))
        self.see()
        headings = self.page.get_by_role("heading", name=re.compile("^ORD-")).all_inner_texts()
        orders = {name: text.split(" ")[0] for text in headings for name in (NORRVIK, PALLWERK, GRATHOF) if name in text}
        assert len(orders) == 3, headings
        return Purchase(number, orders)

    def money_row(self, purchase: Purchase, vendor: str) -> Locator:
        """Where the money of a vendor order is, on the purchase's page."""
        return self.page.locator("section[aria-labelledby=money] tbody tr").filter(has_text=purchase.orders[vendor])

    def accept(self, purchase: Purchase, vendor: str) -> None:
        """The goods of one vendor; its money is released."""
        number = purchase.orders[vendor]
        self.open_purchase(purchase.number)
        panel = self.page.get_by_role("complementary").locator("section.panel").filter(has_text=number).first
        self.hand.press(self.button("Accept goods, release %(sum)s", panel))
        question = self.page.get_by_role("dialog")
        expect(question).to_be_visible()
        self.see()
        self.hand.press(self.button("Accept and release %(sum)s", question))
        expect(self.money_row(purchase, vendor)).not_to_contain_text(self.say("Held"))

    def report_problem(self, purchase: Purchase, vendor: str, text: str) -> None:
        """On the goods of one vendor; its money is frozen."""
        number = purchase.orders[vendor]
        self.open_purchase(purchase.number)
        panel = self.page.get_by_role("complementary").locator("section.panel").filter(has_text=number).first
        self.hand.press(self.link("Report a problem", panel))
        self.page.wait_for_url(f"**/orders/{number}/problem")
        self.hand.choose(self.page.locator("#lines-0-kind"), self.say("Damaged"))
        self.hand.write(self.page.locator("#lines-0-text"), text)
        self.hand.press(self.button("Report the problem, freeze %(sum)s"))
        self.page.wait_for_url(re.compile(f"/orders/{number}/claims/CLM-"))
        expect(self.page.locator("main")).to_contain_text(text)
        self.see()

    def review(self, purchase: Purchase, sku: str, text: str) -> None:
        """One delivered line."""
        self.open_purchase(purchase.number)
        self.hand.press(self.page.get_by_role("link", name=self.say("Review %(sku)s", sku=sku)))
        self.page.wait_for_url("**/reviews/new?*")
        very_good, good = self.say("5, very good"), self.say("4, good")
        self.hand.tick(self.page.get_by_role("radio", name=very_good))
        for name, mark in (("quality", very_good), ("on_time", good), ("communication", very_good), ("documents", good)):
            self.hand.choose(self.page.locator(f"#{name}"), mark)
        self.hand.tick(self.page.get_by_role("radio", name=self.say("Yes"), exact=True))
        self.hand.write(self.page.locator("#text"), text)
        self.hand.press(self.button("Publish the review"))
        self.page.wait_for_url(re.compile(r"/reviews/(?!new)|/orders/"))
        expect(self.page.locator("main")).to_contain_text(text)
        self.see()


def _count(cart: Locator) -> int:
    found = re.search(r"\d+", cart.inner_text())
    return int(found.group()) if found else 0
