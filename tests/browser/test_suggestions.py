"""Suggestions in the head of a page: whoever types on has chosen nothing, and what fails leaves nothing of another word."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import Windows

# Quicker than the wait before the server is asked.
ANOTHER_LETTER_AND_BACK = """field => {
  for (const text of [field.value + "x", field.value]) {
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}"""


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


def test_lines_of_other_words_cannot_be_chosen(windows: Windows) -> None:
    page = windows.new()
    typed(page, "hex")
    page.route("**/search/suggest*", lambda _route: None)  # the line is slow: no answer comes
    field, line = page.locator("#top-q"), page.locator("[role=option]").first

    field.press_sequentially(" nut m6")
    field.press("ArrowDown")

    expect(page.locator("#top-q-list")).to_have_attribute("aria-disabled", "true")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    line.click(force=True)  # as a hand does that does not see that it is greyed out
    expect(line).to_be_visible()
    expect(page).to_have_url(re.compile("/categories$"))
    field.press("Enter")
    page.wait_for_url("**/search?q=hex+nut+m6*")
    page.context.close()


def test_no_answer_takes_the_mark_from_a_line_of_the_same_words(windows: Windows) -> None:
    asked: list[str] = []
    page = windows.new()
    page.clock.install()
    typed(page, "hex")
    page.on("request", lambda request: asked.append(request.url) if "/search/suggest" in request.url else None)
    field = page.locator("#top-q")

    field.evaluate(ANOTHER_LETTER_AND_BACK)
    field.press("ArrowDown")
    page.clock.fast_forward("00:01")

    expect(field).to_have_attribute("aria-activedescendant", re.compile("."))
    assert asked == []
    page.context.close()


@pytest.mark.parametrize("key", ["Home", "End", "ArrowLeft"])
def test_who_goes_back_among_the_letters_has_marked_nothing(windows: Windows, key: str) -> None:
    page = windows.new()
    typed(page, "hex")
    field = page.locator("#top-q")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("."))

    field.press(key)

    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.context.close()


def test_a_count_is_read_out_again_for_another_list(windows: Windows) -> None:
    page = windows.new()
    typed(page, "hex")
    said = page.locator("#top-q-list + [role=status]")
    expect(said).to_have_text(re.compile("suggestion"))
    page.route("**/search/suggest*", lambda _route: None)

    page.locator("#top-q").press_sequentially(" n")

    expect(said).to_be_empty()
    page.context.close()
