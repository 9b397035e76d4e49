"""Every page that can be opened, looked at as people look at it: on a phone and wide, in the dark, in Chinese."""

import re
import secrets
from collections import Counter

import pytest
from playwright.sync_api import expect

from marketplace.app import create_app
from marketplace.config import Settings
from tests.browser import making
from tests.browser.buyer import BOLTS, NORRVIK
from tests.browser.checks import CHINESE_PHONE, DARK, DESKTOP, MEASURED, PHONE, faults_of, keep_picture
from tests.browser.people import ADMIN, ASHGRAVE, KURETANI, OWNER, LogIns, Windows, reload_until
from tests.browser.trades import fill_cart, fulfil_quickly, orders_of, pay, place_order
from tests.browser.walk import Map, Stop, in_language, look_at, walk
from tests.visitor import Visitor

NOWHERE = "/nothing-here"
SPENT = "not-a-token"
# Who walks, and from where: the pages of each frame, lists in their states, nothing found, spent links, refusals.
STARTS = {
    "buyer": ("/", "/orders", "/orders?state=waiting", "/orders?q=nothing+like+it", "/reviews", "/desk", NOWHERE),
    "owner": ("/cart", "/checkout", "/company", "/company/members", "/settings"),
    "ashgrave": ("/orders",),
    "factory": ("/portal", "/portal/orders", "/portal/orders?state=done", "/portal/payout-account/continue", "/cart"),
    "verifier": (
        "/desk",
        "/desk/verification",
        "/desk/verification?queue=approved",
        "/desk/products",
        "/desk/takedowns",
    ),
    "finance": ("/desk/problems", "/desk/ledger", "/desk/ledger/movements", "/desk/orders?state=shipped"),
    "admin": ("/desk/status", "/desk/search/synonyms", "/desk/search/pins", "/desk/search/searches"),
    "visitor": (
        "/",
        "/search?q=NV-8040-A2&quantity=2000",
        "/search?q=hex+bolt+M8&sort=price",
        "/search?q=hex+bolt+M8&sort=landed&quantity=1000",
        "/search/table?q=hex+bolt+M8&quantity=1000",
        "/search?q=qzxwvk",
        "/search?q=strech+flim",
        "/compare",
        "/log-in",
        "/sign-up",
        "/forgot-password",
        "/mail-sent",
        f"/confirm-address/{SPENT}",
        f"/confirm-new-address/{SPENT}",
        f"/reset-password/{SPENT}",
        f"/invitations/{SPENT}",
        f"/searches/stop/{SPENT}",
        "/dev/mail",
        NOWHERE,
        "/log-out",
    ),
    "applicant": ("/portal", "/portal/orders", "/portal/products", "/portal/money", "/portal/reviews", "/portal/application"),
    "empty": ("/", "/cart", "/orders", "/reviews", "/company"),
    "unconfirmed": ("/confirm-address",),
}
# Views that are no page of their own: machines, downloads, and steps that lead on by themselves.
NO_PAGE = {
    "health.healthz",
    "health.readyz",
    "static",
    "accounts.show_app_picture",
    "accounts.show_file",
    "accounts.show_paper",
    "accounts.show_thumbnail",
    "admin.show_metrics",
    "catalogue.download_export",
    "catalogue.download_import_errors",
    "catalogue.read_document",
    "catalogue.read_document_version",
    "catalogue.show_photo",
    "core.set_theme",
    "orders.show_buyer_document",
    "orders.show_staff_document",
    "orders.show_vendor_document",
    "payments.return_from_provider",
    "payments.return_from_onboarding",
    "search.suggest",
}
# Pages that stand between two acts of one person, at a moment that no link leads to: test_identity.py and test_passkeys.py look at them.
IN_PASSING = {"accounts.confirm_identity", "accounts.give_second_step", "accounts.rename_passkey"}


def is_page(endpoint: str) -> bool:
    """Whether a view shows something; every `export_…` is a download."""
    return endpoint not in NO_PAGE | IN_PASSING and not endpoint.partition(".")[2].startswith("export_")


# Forms that are sent empty, to see their refusal.
REFUSED = (
    "accounts.log_in",
    "accounts.sign_up",
    "accounts.forgot_password",
    "accounts.add_location",
    "accounts.invite_member",
    "catalogue.new_product",
    "vendors.add_shipping",
    "vendors.edit_shop",
    "vendors.suspend_vendor",
    "vendors.change_facts",
    "vendors.file_appeal",
    "vendors.take_down_product",
    "vendors.take_down_products",
    "vendors.undo_takedown",
    "orders.show_problem_form",
    "orders.show_claim",
    "reviews.write_review",
)
NOBODY = "postgresql+psycopg://nobody@localhost/none"


@pytest.fixture(scope="module")
def where() -> Map:
    """The views of the application; none of them is called here, so no service is needed."""
    settings = Settings(
        environment="development",
        base_url="http://localhost",
        secret_key="only for the map of addresses of the application",
        database_url=NOBODY,
        migration_database_url=NOBODY,
        jobs_database_url=NOBODY,
        broker_url="memory://",
        elasticsearch_url=None,
        search_path="",
        stripe_api_base="http://127.0.0.1:9",
        stripe_secret_key="sk_test_map",
        stripe_webhook_secret="whsec_map",
        smtp_url="file:///nowhere",
        object_store_url="file:///nowhere",
        home="",
        trusted_proxies=0,
    )
    return Map(create_app(settings, doors="web"))


@pytest.fixture(scope="module")
def people(windows: Windows, log_ins: LogIns) -> dict[str, str | None]:
    """Who is behind each reader. One company is new, and one has not even confirmed its address."""
    new, unconfirmed = (f"{name}.{secrets.token_hex(3)}@newcomer.example" for name in ("new", "unconfirmed"))
    for email in (new, unconfirmed):
        sign_up(windows, email)
    confirm(windows, new)
    return {
        "visitor": None,
        "unconfirmed": unconfirmed,
        "empty": new,
        "buyer": log_ins.buyer,
        "owner": OWNER,
        "ashgrave": ASHGRAVE,
        "factory": log_ins.factory,
        "applicant": KURETANI,
        "verifier": log_ins.verifier,
        "finance": log_ins.finance,
        "admin": ADMIN,
    }


def sign_up(windows: Windows, email: str) -> None:
    """A company that buys and has done nothing yet."""
    visitor = windows.visitor(None)
    answer = visitor.send(
        visitor.form("/sign-up", "/sign-up"),
        name="Nora New",
        email=email,
        password=windows.log_ins.password,
        company_name=f"Newcomer {secrets.token_hex(2)} AB",
        country="SE",
        does="buy",
        rules="1",
    )
    assert answer.status_code == 303, f"sign-up answered {answer.status_code}"


def confirm(windows: Windows, email: str) -> None:
    """By the link of the mail."""
    page = windows.of(None)
    page.goto(f"/dev/mail?to={email}")
    letter = page.locator("main tbody a")
    reload_until(page, letter)
    letter.first.click()
    page.locator('main a[href*="/confirm-address/"]').click()
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/confirm-address" not in url)


def comparison(visitor: Visitor) -> str:
    """The page that compares the first offers of a search."""
    offers = re.findall(r'name="variant" value="([^"]+)"', visitor.get("/search?q=M8x40+A2").text)
    return "/compare?quantity=2000&" + "&".join(f"variant={offer}" for offer in offers[:4])


def made_for(reader: str, visitor: Visitor, windows: Windows, under_way: list[str]) -> list[str]:
    """What the demo does not hold is made for the reader; returns further pages to begin at. `under_way`: orders that a buyer leaves there."""
    if reader == "visitor":
        return [comparison(visitor)]
    if reader == "buyer":
        purchases = []
        for until in ("delivered", "ship", "ready", "accept"):
            fill_cart(visitor, *BOLTS)
            purchase = orders_of(visitor, pay(visitor, place_order(visitor)), [NORRVIK])
            fulfil_quickly(windows, purchase, [(NORRVIK, windows.log_ins.factory)], until=until)
            purchases.append(purchase)
        making.a_claim(visitor, purchases[0].orders[NORRVIK])
        making.a_list(visitor)
        making.a_search(visitor)
        under_way += [purchase.orders[NORRVIK] for purchase in purchases]
        return [making.to_follow(visitor), *(f"/orders/{purchase.number}" for purchase in purchases)]
    if reader == "owner":
        making.a_company(visitor)
        fill_cart(visitor, *BOLTS)
        unpaid = place_order(visitor)
        fill_cart(visitor, *BOLTS)
        return [unpaid, f"{unpaid}/continue"]
    if reader == "factory":
        making.a_change(visitor)
        return [*making.a_shop(visitor), *(f"/portal/orders/{number}" for number in under_way)]
    if reader == "applicant":
        desk = windows.visitor(windows.log_ins.verifier)
        pages = making.refused_products(desk, visitor)
        desk.close()
        return pages
    if reader == "verifier":
        return [*making.a_level(visitor), *making.takedowns(visitor)]
    if reader == "admin":
        making.rules_of_search(visitor)
    return []


@pytest.fixture(scope="module")
def found(windows: Windows, people: dict[str, str | None], where: Map) -> tuple[list[Stop], list[str]]:
    """All pages of all readers, and the links that lead nowhere."""
    stops, dead = [], []
    under_way: list[str] = []
    kept: Counter[str] = Counter()
    for reader, starts in STARTS.items():
        visitor = windows.visitor(people[reader])
        more = made_for(reader, visitor, windows, under_way)
        of_reader, failed = walk(visitor, reader, where, [*starts, *more], kept)
        stops += of_reader
        dead += failed
        visitor.close()
    return stops, dead


def test_no_link_leads_to_a_refusal(found: tuple[list[Stop], list[str]]) -> None:
    assert not found[1], "\n".join(found[1])


def test_every_view_is_looked_at(found: tuple[list[Stop], list[str]], where: Map) -> None:
    unseen = {view for view in where.views if is_page(view)} - {stop.endpoint for stop in found[0]}

    assert not unseen, "\n".join(sorted(unseen))


@pytest.mark.parametrize("reader", STARTS)
def test_pages_are_sound_wide_narrow_dark_and_in_chinese(
    reader: str, windows: Windows, people: dict[str, str | None], found: tuple[list[Stop], list[str]]
) -> None:
    pages = [windows.of(people[reader]), windows.of(people[reader], "second")]

    faults = look_at(pages, [stop for stop in found[0] if stop.reader == reader], (DESKTOP, DARK, MEASURED, CHINESE_PHONE))

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("endpoint", REFUSED)
def test_a_refused_form_is_as_sound_as_a_fresh_one(
    endpoint: str, windows: Windows, people: dict[str, str | None], found: tuple[list[Stop], list[str]]
) -> None:
    stop = [stop for stop in found[0] if stop.endpoint == endpoint][-1]
    page = windows.of(people[stop.reader])
    page.goto(in_language(stop.path, "en"))
    form = page.locator("main form[method=post]").filter(has=page.locator("textarea, input:not([type=hidden])")).first

    form.evaluate(SEND_EMPTY)

    summary = page.locator("main .errors")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error:")
    assert faults_of(page, DESKTOP) + faults_of(page, PHONE) == []
    keep_picture(page, f"refused {endpoint}", PHONE)


SEND_EMPTY = """form => {
  for (const field of form.querySelectorAll("textarea, input:not([type=hidden], [type=radio], [type=checkbox])")) field.value = "";
  form.noValidate = true;
  form.requestSubmit();
}"""
