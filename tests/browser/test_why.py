"""Why a hit is there: read in place where scripts run, and a page of its own where they do not, or the line is bad."""

from playwright.sync_api import Page, expect

from tests.browser.people import Windows


def first_fold(page: Page) -> None:
    page.goto("/search?q=washer+m8")
    page.locator("details.why summary").first.click()


def test_reasons_are_read_in_place(windows: Windows) -> None:
    page = windows.new()

    first_fold(page)

    fold = page.locator("details.why").first
    expect(fold.locator("li").first).to_contain_text("In the title: washer")
    expect(fold.locator("a")).to_have_count(0)
    fold.locator("summary").click()
    fold.locator("summary").click()
    expect(fold.locator("ul")).to_have_count(1)
    page.context.close()


def test_the_link_stays_where_something_else_answers(windows: Windows) -> None:
    page = windows.new()
    page.route("**/search/why*", lambda route: route.fulfill(body="<p>A page of some proxy"))
    with page.expect_response("**/search/why*"):  # the fold is open before it is asked for: the true answer must not get in
        first_fold(page)
    link = page.locator("details.why a").first
    expect(link).to_be_visible()

    page.unroute_all()
    link.click()

    page.wait_for_url("**/search/why?*")
    expect(page.locator("#reasons li").first).to_contain_text("In the title: washer")
    page.context.close()
