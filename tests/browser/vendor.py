"""The factory's part of the tour: accept, make ready, ship, delivered, and the reply to a review."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import reload_until

CARRIER, SIGNED_BY = "Nordfrakt", "A. Berg"


class Factory:
    """Somebody of a vendor at the shop portal."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")

    def press(self, text: str) -> None:
        """A button by the beginning of its name."""
        self.main.get_by_role("button", name=re.compile(f"^{re.escape(text)}")).first.click()

    def open_order(self, number: str) -> None:
        """From the home page, where it stands among what needs me, else from the list."""
        self.page.goto("/portal/orders")
        row = self.main.get_by_role("link", name=number, exact=True)
        reload_until(self.page, row)
        row.first.click()
        self.page.wait_for_url(f"**/portal/orders/{number}")

    def fulfil(self, number: str, tracking: str) -> None:
        """The whole way of an order of goods from stock."""
        self.open_order(number)
        self.press("Accept order, EUR")
        self.press("Ready to ship")
        self.main.get_by_label("Carrier").fill(CARRIER)
        self.main.get_by_label("Tracking number").fill(tracking)
        self.press("Mark as shipped")
        self.main.get_by_label("Signed by").fill(SIGNED_BY)
        self.press("Mark as delivered")
        expect(self.main.get_by_role("button", name="Mark as delivered")).to_have_count(0)
        expect(self.main).to_contain_text(tracking)

    def reply_to_review(self, text: str, reply: str) -> None:
        """Once, beside the review that says `text`."""
        self.page.goto("/portal/reviews")
        review = self.main.get_by_role("listitem").filter(has_text=text).last
        review.locator("summary").click()
        review.get_by_label("Your reply").fill(reply)
        review.get_by_role("button", name="Publish the reply").click()
        expect(self.main).to_contain_text(reply)
