"""Pages that stand between two acts of one person: the second step of a log-in, and the question who it is."""

import re

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.checks import DESKTOP, PHONE, faults_of
from tests.browser.people import ASHGRAVE, Windows

# Sends what somebody whose password is too long ago would send, with a wrong one.
ASK_AGAIN = """() => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/confirm-identity";
  const fields = {csrf_token: document.querySelector("[name=csrf_token]").value, next: "/settings", identity_password: "not it"};
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    Object.assign(input, {type: "hidden", name, value});
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


def sound(page: Page) -> None:
    assert faults_of(page, DESKTOP) + faults_of(page, PHONE) == []


def test_the_question_who_it_is_says_what_is_wrong_and_is_sound(windows: Windows) -> None:
    page = windows.of(ASHGRAVE)
    page.goto("/settings")

    page.evaluate(ASK_AGAIN)
    page.wait_for_url("**/confirm-identity")

    expect(page.get_by_role("main")).to_contain_text("This is not your password.")
    sound(page)


def test_a_second_step_is_asked_for_and_given(windows: Windows) -> None:
    page = windows.new(state=windows.state(ASHGRAVE))
    page.goto("/settings/two-step")
    key = re.sub(r"\s", "", page.locator("main code").first.inner_text())
    app = pyotp.TOTP(key)
    page.locator("#code").fill(app.now())
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("main")).to_contain_text("codes")
    sound(page)

    other = windows.new()
    other.goto("/log-in")
    other.get_by_label("E-mail").fill(ASHGRAVE)
    other.get_by_label("Password").fill(windows.log_ins.password)
    other.get_by_role("button", name="Log in", exact=True).click()
    other.wait_for_url("**/log-in/second-step*")
    sound(other)
    other.context.close()

    page.goto("/settings/security")
    page.get_by_role("button", name="Turn it off").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Turn it off").click()
    expect(page.locator('form[action$="/settings/two-step/off"]')).to_have_count(0)
    page.context.close()


def test_back_after_a_corrected_form_finds_a_page(windows: Windows) -> None:
    """Not the browser's question whether to send the refused form once more; also where the form's own address cannot be opened."""
    page = windows.new(state=windows.state(ASHGRAVE))
    main = page.get_by_role("main")
    page.goto("/settings")
    name = page.get_by_label("Your name").input_value()
    page.get_by_label("Your name").fill("")
    main.get_by_role("button", name="Save").click()
    expect(main).to_contain_text("Fill this in.")
    page.get_by_label("Your name").fill(name)
    main.get_by_role("button", name="Save").click()
    expect(main.get_by_role("alert")).to_have_count(0)

    page.go_back()

    expect(page.get_by_label("Your name")).to_have_value(name)
    expect(main).not_to_contain_text("Fill this in.")
    page.context.close()


def test_a_refused_form_stands_under_the_whole_address_of_its_page(windows: Windows) -> None:
    """The address that it is sent to leaves out the query, without which the page before may not be found again."""
    page = windows.new()
    page.goto("/log-in?next=/orders")
    page.get_by_label("E-mail").fill(ASHGRAVE)
    page.get_by_label("Password").fill("not it at all")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is not right")

    page.wait_for_url("**/log-in?next=/orders")

    page.context.close()


def test_what_was_typed_is_sent_after_a_log_in_in_another_tab(windows: Windows) -> None:
    page = windows.new(state=windows.state(ASHGRAVE))
    main = page.get_by_role("main")
    page.goto("/wishes/new")
    page.get_by_label("What you look for").fill("Left-handed widget M7")
    page.get_by_label("Note").fill("Two lines,\nboth kept")
    session = page.context.cookies()
    page.context.clear_cookies()

    main.get_by_role("button", name="Send the request").click()

    expect(main.get_by_role("link", name="Log in in a new tab")).to_be_visible()
    expect(main).to_contain_text("both kept")
    sound(page)

    # As a log-in in another tab leaves them.
    page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": page.url} for one in session])
    main.get_by_role("button", name="go on").click()
    expect(main.get_by_role("button", name="Send it again")).to_be_visible()
    sound(page)
    main.get_by_role("button", name="Send it again").click()

    page.wait_for_url("**/wishes")
    expect(main).to_contain_text("Left-handed widget M7")
    page.context.close()
