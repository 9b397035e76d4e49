"""The navigation of each frame: the buyer's bar, the shop portal's side, the desk's side. It lists only what works.

It reads in every room, so a process that shows no page goes without this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask

from marketplace.accounts import queries as accounts
from marketplace.carts import queries as carts
from marketplace.catalogue import queries as catalogue
from marketplace.core.audit import Viewer
from marketplace.core.context import this_request
from marketplace.core.i18n import gettext, lazy, locale
from marketplace.core.links import url_for
from marketplace.core.waiting import Queue, Waits, counted
from marketplace.core.web import Frame, NavItem, init_pages
from marketplace.orders import queries as orders
from marketplace.quality import queries as quality
from payments import queries as payments
from vendors import queries as vendors

Asked = Callable[[Viewer], tuple[Queue, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: shown when its endpoint exists and the viewer may go there."""

    label: str
    endpoint: str
    permission: str | None = None
    queues: Asked | None = None
    """What waits for the viewer there."""
    others: tuple[str, ...] = ()
    """Lists that stand beside its own under tabs."""
    is_personal: bool = False
    """Holds what a person has put there, whatever its roles: for everybody who is signed in."""

    def holds(self, path: str) -> bool:
        """Whether a page stands in it. A frame's home begins every address of the frame, and holds only itself."""
        for endpoint in (self.endpoint, *self.others):
            url = url_for(endpoint)
            if path.startswith(url) and (path == url or (path[len(url)] == "/" and self.endpoint not in HOMES)):
                return True
        return False

    def is_for(self, viewer: Viewer | None) -> bool:
        """Whether the viewer may go there; None is a visitor."""
        if viewer is None:
            return not (self.is_personal or self.permission)
        return self.permission is None or viewer.can(self.permission)


VERIFICATION = (
    "vendors.list_certificate_checks",
    "vendors.list_second_readings",
    "vendors.list_appeal_checks",
    "payments.list_bank_changes",
    "vendors.show_lists",
)


def _verification(_: Viewer) -> tuple[Queue, ...]:
    return (
        vendors.queue_of_cases(),
        vendors.queue_of_fact_changes(),
        quality.queue_of_appeals(),
        vendors.queue_of_certificates(),
        vendors.queue_of_second_readings(),
        payments.queue_of_bank_changes(),
    )


CART = "cart"
HOMES = frozenset({"vendors.show_home", "admin.show_home"})
BUYER = (
    Entry(lazy("Home"), "carts.show_account_home", "order.view"),
    Entry(lazy("Categories"), "search.show_categories"),
    Entry(lazy("Search"), "search.results"),
    Entry(lazy("Compare"), "search.compare"),
    Entry(lazy("Lists"), "carts.list_lists", "order.view"),
    Entry(
        lazy("Watching"),
        "search.show_feed",
        others=("search.list_follows", "search.list_saved", "search.list_wishes"),
        is_personal=True,
    ),
    Entry(lazy("Orders"), "orders.list_purchases", "order.view", lambda viewer: (orders.queue_of_purchases(viewer.company_id),)),
    Entry(lazy("Payments"), "payments.list_payments", "payment.view"),
    Entry(lazy("Reviews"), "reviews.list_lines_to_review", "review.write"),
    Entry(lazy("Company"), "accounts.show_company", "company.view"),
    Entry(lazy("Shop portal"), "vendors.show_home", "portal.view"),
)
PORTAL = (
    Entry(lazy("Home"), "vendors.show_home", "portal.view"),
    Entry(
        lazy("Orders"), "orders.list_vendor_orders", "vendor_order.view", lambda viewer: (orders.queue_of_vendor_orders(viewer.company_id),)
    ),
    Entry(lazy("Claims"), "orders.list_vendor_claims", "vendor_order.view", lambda viewer: (orders.queue_of_claims(viewer.company_id),)),
    Entry(lazy("Products"), "catalogue.list_products", "product.edit"),
    Entry(lazy("Stock"), "catalogue.list_stock", "product.edit"),
    Entry(lazy("Price lists"), "pricing.list_price_lists", "product.edit"),
    Entry(lazy("Customers"), "vendors.list_customers", "vendor_order.view"),
    Entry(lazy("Reviews"), "reviews.list_vendor_reviews", "portal.view"),
    Entry(lazy("Money"), "payments.show_vendor_money", "vendor_money.view"),
    Entry(lazy("Payout account"), "payments.show_payout_account", "payout.edit"),
    Entry(lazy("Sponsored places"), "marketing.list_my_places", "vendor_money.view"),
    Entry(lazy("Application"), "vendors.show_application", "shop.edit", others=("vendors.list_appeals",)),
    Entry(lazy("Certificates"), "vendors.list_certificates", "shop.edit"),
    Entry(lazy("Shop"), "vendors.edit_shop", "shop.edit"),
    Entry(lazy("Team"), "vendors.show_team", "portal.view"),
    Entry(lazy("Company"), "accounts.show_company", "company.view"),
    Entry(lazy("Buy"), "carts.show_account_home", "order.view"),
)
DESK = (
    Entry(lazy("Home"), "admin.show_home", "desk.view"),
    Entry(lazy("Verification"), "vendors.list_cases", "vendor.verify", _verification, VERIFICATION),
    Entry(
        lazy("Product checks"),
        "catalogue.list_checks",
        "vendor.verify",
        lambda _: (catalogue.queue_of_listings(),),
        ("vendors.list_takedowns",),
    ),
    Entry(lazy("Categories"), "catalogue.list_categories", "category.edit"),
    Entry(lazy("Search"), "search.show_desk", "desk.view"),
    Entry(lazy("Sponsored places"), "marketing.list_places", "desk.view"),
    Entry(lazy("Vendors"), "admin.list_vendors", "desk.view"),
    Entry(lazy("Companies"), "admin.list_companies", "desk.view"),
    Entry(lazy("People"), "admin.list_people", "desk.view"),
    Entry(lazy("Orders"), "admin.list_orders", "any_order.view"),
    Entry(lazy("Requests"), "search.list_all_wishes", "desk.view"),
    Entry(lazy("Problems"), "orders.list_claims", "hold.decide", lambda viewer: (orders.queue_of_claims_to_decide(viewer.person_id),)),
    Entry(lazy("Ledger"), "payments.show_ledger", "ledger.view"),
    Entry(lazy("Taxes and duties"), "pricing.list_taxes", "setting.edit"),
    Entry(lazy("Audit log"), "admin.show_audit_log", "audit.view"),
    Entry(lazy("Settings"), "admin.list_settings", "desk.view"),
    Entry(lazy("Status"), "admin.show_status", "desk.view"),
)
AREAS = {"buyer": BUYER, "portal": PORTAL, "desk": DESK}


def frame(area: str, viewer: Viewer | None) -> Frame:
    """The entries of a frame that this viewer may use, with what needs attention counted, by one statement."""
    context = this_request()
    known, path, language = context.app.view_functions, context.request.path, locale()
    entries = [entry for entry in AREAS[area] if entry.endpoint in known and entry.is_for(viewer)]
    asked = {entry.endpoint: entry.queues(viewer) for entry in entries if entry.queues and viewer}
    if viewer and area == "buyer" and viewer.can("cart.edit"):
        asked[CART] = (carts.queue_of_lines(viewer.company_id, viewer.person_id),)
    waits = _waits(asked)
    items = [
        _item(language, entry.label, url_for(entry.endpoint), *_said(waits.get(entry.endpoint)), is_current=entry.holds(path))
        for entry in entries
    ]
    return Frame(items, waits[CART].n if CART in waits else 0)


def _waits(asked: Mapping[str, tuple[Queue, ...]]) -> dict[str, Waits]:
    """What stands in the queues of each entry, all of them asked at once."""
    found = iter(counted([each for queues in asked.values() for each in queues]))
    together = {name: [next(found) for _ in queues] for name, queues in asked.items()}
    return {name: Waits(sum(each.n for each in parts), sum(each.late for each in parts)) for name, parts in together.items()}


def _said(waits: Waits | None) -> tuple[int | None, str | None]:
    return (None, None) if waits is None else (waits.n or None, "late" if waits.late else "need")


@lru_cache(maxsize=1024)
def _item(_language: str, label: str, url: str, count: int | None, tone: str | None, *, is_current: bool) -> NavItem:
    return NavItem(gettext(label), url, current=is_current, count=count, tone=tone)


def init_app(app: Flask) -> None:
    """Put the frame around every page, and find out who reads it."""
    init_pages(app, load_viewer=accounts.load_viewer, frame=frame)
