"""The back button over pages that answer a form without doing anything yet: what was sent is there again, and nothing is done twice."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import ADMIN, ASHGRAVE, Windows

LINES = "NV-8040-A2 2500\nNV-985-M8-A2 2000\nnobody-knows-this 5"


def read_lines(page: Page) -> None:
    page.goto("/quick-order")
    page.get_by_label(re.compile("^Codes and quantities")).fill(LINES)
    page.get_by_role("button", name="Find the goods").click()
    expect(page.locator("#rows-2-code")).to_have_value("nobody-knows-this")


def test_rows_of_a_quick_order_are_there_after_a_look_at_a_product(windows: Windows) -> None:
    page = windows.new(state=windows.state(ASHGRAVE))
    page.on("dialog", lambda question: question.accept())  # leaving a changed form asks
    read_lines(page)
    page.locator("#rows-0-quantity").fill("3000")
    page.locator("main a[href*='/products/']").first.click()
    page.wait_for_url("**/products/**")

    page.go_back()

    expect(page.locator("#rows-0-quantity")).to_have_value(re.compile("3,?000"))
    expect(page.locator("#rows-2-code")).to_have_value("nobody-knows-this")
    page.go_back()
    expect(page.get_by_label(re.compile("^Codes and quantities"))).to_have_value("")
    page.context.close()


def test_rows_that_went_into_the_cart_do_not_come_back(windows: Windows) -> None:
    page = windows.new(state=windows.state(ASHGRAVE))
    read_lines(page)
    page.get_by_role("button", name=re.compile("^Put 2 rows")).click()
    expect(page.locator("#rows-1-code")).to_have_count(0)
    expect(page.locator("#rows-0-code")).to_have_value("nobody-knows-this")
    page.goto("/cart")

    page.go_back()

    expect(page.locator("#rows-0-code")).to_have_value("nobody-knows-this")
    expect(page.locator("#rows-1-code")).to_have_count(0)
    page.context.close()


def test_a_preview_at_the_desk_is_left_and_found_with_its_words(windows: Windows) -> None:
    page = windows.new(state=windows.state(ADMIN))
    page.goto("/desk/search/pins/new")
    page.get_by_label("Search words").fill("hex bolt")
    page.get_by_label("Products first").fill("NV-8040-A2")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("main").get_by_role("button", name="Save")).to_be_visible()
    page.goto("/desk")

    page.go_back()

    expect(page.get_by_label("Search words")).to_have_value("hex bolt")
    expect(page.get_by_label("Products first")).to_have_value("NV-8040-A2")
    expect(page.get_by_role("main").get_by_role("button", name="See what it does")).to_be_visible()
    page.context.close()
