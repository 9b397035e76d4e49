"""Decisions about vendors, taken by the real services, for tests of the appeals against them."""

from dataclasses import dataclass, replace
from uuid import UUID

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product, ProductState, TakedownSource
from marketplace.catalogue.services import Statement
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.quality import queries
from marketplace.quality.models import DecisionKind
from tests.factories.accounts import actor_of, make_member, make_operator
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from vendors import queries as vendor_queries
from vendors import services as vendors
from vendors.models import Vendor, VendorState

REASON = "Late 14.2 % of 113 orders, the limit is 10 %, after two warnings."
SAID = "Sixteen of these orders were held at the port by a strike."
TITLE = "Hex bolt ISO 4017 M8 × 40, tested by ourselves"
STATEMENT = Statement(["DUPLICATE"], "Two listings of the same bolt stand side by side, which the rules forbid.", TakedownSource.OWN_CHECK)
ANSWER = "The letter of the carrier says so; the orders do not count."


@dataclass(frozen=True)
class Desk:
    """The operator with the verifier who decided, and another one."""

    company: Company
    first: Person
    second: Person

    @property
    def decider(self) -> Actor:
        return actor_of(self.first, self.company)

    @property
    def other(self) -> Actor:
        return actor_of(self.second, self.company)


@dataclass(frozen=True)
class Contest:
    """A decision about a vendor, and the vendor's owner."""

    kind: DecisionKind
    vendor: Vendor
    company: Company
    owner: Person
    product: Product | None
    decision_id: UUID

    @property
    def actor(self) -> Actor:
        return actor_of(self.owner, self.company)


def make_desk() -> Desk:
    company, first = make_operator((Role.PLATFORM_VERIFIER,))
    return Desk(company, first, make_member(company, (Role.PLATFORM_VERIFIER,)))


def make_contest(kind: DecisionKind, desk: Desk) -> Contest:
    """A vendor about which the desk's first verifier has decided."""
    state = VendorState.UNDER_REVIEW if kind is DecisionKind.APPLICATION_REFUSED else VendorState.APPROVED
    vendor = make_vendor(state=state)
    company = db.session.get_one(Company, vendor.id)
    owner = make_member(company, (Role.VENDOR_OWNER,))
    product = None
    if kind in (DecisionKind.PRODUCT_REFUSED, DecisionKind.PRODUCT_TAKEN_DOWN, DecisionKind.CHANGE_REFUSED):
        product = _decide_about_product(kind, vendor, actor_of(owner, company), desk)
        standing = queries.standing_of_product(product.id, product.state, vendor_id=vendor.id)
    else:
        if kind is DecisionKind.SUSPENDED:
            vendors.suspend_vendor(vendor.id, reason=REASON, actor=desk.decider)
        else:
            vendors.refuse_vendor(vendor.id, {}, stamp=vendor_queries.case_stamp(vendor), reason=REASON, actor=desk.decider)
        standing = queries.standing_of_vendor(vendor_queries.vendor_by_id(vendor.id))
    assert standing is not None
    return Contest(kind, vendor, company, owner, product, standing.decision.decision_id)


def _decide_about_product(kind: DecisionKind, vendor: Vendor, owner: Actor, desk: Desk) -> Product:
    product = make_product(vendor, state=ProductState.CHECKING if kind is DecisionKind.PRODUCT_REFUSED else ProductState.LIVE)
    if kind is DecisionKind.PRODUCT_REFUSED:
        catalogue.refuse_product(product.id, ["DUPLICATE"], version=product.version, actor=desk.decider)
    elif kind is DecisionKind.PRODUCT_TAKEN_DOWN:
        catalogue.take_down_products(vendor.id, {product.id: product.version}, STATEMENT, actor=desk.decider)
    else:
        ask_for_change(product, owner)
        proposal_id = catalogue_queries.own_product(product.id, vendor_id=vendor.id).proposal_id
        catalogue.refuse_change(product.id, ["DUPLICATE"], version=product.version, proposal_id=proposal_id, actor=desk.decider)
    return product


def ask_for_change(product: Product, owner: Actor, *, title: str = TITLE) -> None:
    """The vendor of a product on sale wants another title; the change waits."""
    own = catalogue_queries.own_product(product.id, vendor_id=product.vendor_id)
    draft = replace(draft_of(own.content), title={"en": title})
    catalogue.edit_product(product.id, draft, version=own.version, proposal_id=own.proposal_id, actor=owner)


def state_of(contest: Contest) -> VendorState | ProductState:
    """How what was decided about stands now."""
    db.session.flush()
    if contest.product is not None:
        return db.session.get_one(Product, contest.product.id, populate_existing=True).state
    return db.session.get_one(Vendor, contest.vendor.id, populate_existing=True).state
