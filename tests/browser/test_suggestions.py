"""Suggestions in the head of a page: whoever types on has chosen nothing, and what fails leaves nothing of another word."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.people import Windows


def typed(page: Page, text: str) -> None:
    page.goto("/categories")
    page.locator("#top-q").press_sequentially(text)
    expect(page.locator("[role=option]").first).to_be_visible()


def test_enter_searches_for_what_was_typed_on(windows: Windows) -> None:
    page = windows.new()
    typed(page, "was")
    page.locator("#top-q").press("ArrowDown")
    expect(page.locator("#top-q")).to_have_attribute("aria-activedescendant", re.compile("."))
    page.route("**/search/suggest*", lambda _route: None)  # the line is slow: no answer comes

    page.locator("#top-q").press_sequentially("her m8")

    expect(page.locator("#top-q")).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.locator("#top-q").press("Enter")
    page.wait_for_url("**/search?q=washer+m8*")
    page.context.close()


def test_a_list_of_other_words_goes_when_an_answer_fails(windows: Windows) -> None:
    def fail(route: Route) -> None:
        route.fulfill(body="<p>A page of some proxy")

    page = windows.new()
    typed(page, "was")
    page.route("**/search/suggest*", fail)

    page.locator("#top-q").press_sequentially("zzz")

    expect(page.locator("[role=option]").first).to_be_hidden()
    expect(page.locator("#top-q")).to_have_attribute("aria-expanded", "false")
    page.context.close()
