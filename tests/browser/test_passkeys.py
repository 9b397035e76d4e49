"""Passkeys in a real browser with a virtual authenticator: made once for each device, used for log-in, removed.

Browsers make passkeys for a name, never for an IP address, so the world is visited as `localhost`.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import DESKTOP, PHONE, faults_of, keep_picture
from tests.browser.people import PATIENCE_MS, Windows

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(windows: Windows) -> Iterator[Page]:
    """A window at the name of the world, with a device that holds passkeys."""
    port = urlsplit(windows.url).port
    context = windows.browser.new_context(base_url=f"http://localhost:{port}", locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    windows.faults.watch(context)
    opened = context.new_page()
    device = context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield opened
    context.close()


def test_a_passkey_is_made_opens_the_account_and_is_removed(page: Page, windows: Windows) -> None:
    email = windows.log_ins.buyer
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(windows.log_ins.password)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(lambda url: "/log-in" not in url)
    page.goto("/settings/passkeys/new")
    assert faults_of(page, DESKTOP) + faults_of(page, PHONE) == []
    keep_picture(page, "add passkey", PHONE)

    page.get_by_label("Name").fill("Laptop at the dock")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/settings/security")
    expect(page.locator("main tbody th")).to_have_text("Laptop at the dock")

    page.goto("/settings/passkeys/new")
    page.get_by_label("Name").fill("The same laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.locator("[data-known]")).to_have_text(re.compile("This device has a passkey of your account already"))
    expect(page.locator("[data-failed]")).to_be_hidden()
    page.goto("/settings/security")

    page.get_by_role("link", name="Rename").first.click()
    page.wait_for_url("**/settings/passkeys/*")
    assert faults_of(page, DESKTOP) + faults_of(page, PHONE) == []

    page.context.clear_cookies()
    page.goto("/log-in?next=/settings/security")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/settings/security")
    expect(page.locator("main")).to_contain_text(email)

    page.get_by_role("button", name="Remove Laptop at the dock").click()
    expect(page.locator("main")).to_contain_text("No passkey yet.")


def test_at_an_ip_address_the_page_says_where_passkeys_are_made(windows: Windows) -> None:
    window = windows.of(windows.log_ins.buyer)
    window.goto("/settings/passkeys/new")

    expect(window.get_by_role("button", name="Make the passkey")).to_be_hidden()
    expect(window.locator("[data-elsewhere]")).to_contain_text("http://localhost")
