"""Two complete worlds in one database: everything that a company can own, twice, with private words in every text."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from flask import Flask
from sqlalchemy import update

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Invitation, LinkKind, Location, Membership, PersonLink, UserSession
from marketplace.accounts.permissions import Role
from marketplace.carts import queries as carts
from marketplace.carts import services as carts_services
from marketplace.catalogue.models import Category, Product
from marketplace.core import changes, clock, jobs
from marketplace.core import db as database
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id, new_token, token_hash
from marketplace.core.saved_views import SavedView
from marketplace.orders import queries as orders
from payments import calls
from payments import queries as payment_queries
from payments import services as payments
from payments.models import DebtState, Refund, RefundState, VendorDebt
from reviews import services as reviews
from reviews.schemas import ReviewInput
from search.cli.indexer import Indexer
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION, engine
from tests.factories.accounts import make_location, make_member, make_session
from tests.factories.catalogue import make_attribute, make_category
from tests.factories.orders import make_tax_rate
from tests.factories.payments import control
from tests.walls.company import make_company_facts
from tests.walls.learning import make_learning
from tests.walls.marketing import make_marketing
from tests.walls.people import Principal, cookie_of
from tests.walls.prices import make_prices
from tests.walls.rows import rows
from tests.walls.shops import make_pictures, make_public_file, make_shops, refresh_stamps
from tests.walls.side import Side, World, add_person, make_side_company, make_staff
from tests.walls.taxonomy import make_taxonomy
from tests.walls.trade import checkout_fields, make_purchases, put_in_cart, traders
from tests.walls.watching import make_watching

PEOPLE: dict[str, tuple[str, list[Role]]] = {
    "owner": ("buyer", [Role.OWNER]),
    "buyer": ("buyer", [Role.BUYER]),
    "viewer": ("buyer", [Role.VIEWER]),
    "vendor": ("vendor", [Role.VENDOR_OWNER, Role.OWNER]),
    "quality": ("vendor", [Role.VENDOR_QUALITY]),
    "covendor": ("covendor", [Role.VENDOR_OWNER, Role.OWNER]),
    "applicant": ("applicant", [Role.VENDOR_OWNER]),
    "suspended": ("suspended", [Role.VENDOR_OWNER]),
}
"""Principal → (company, roles). Vendors buy as well, so that scope alone keeps them from what buyers see."""

SELLERS = ("vendor", "covendor", "applicant", "case", "suspended")
MARKS = {"stars": 4, "quality": 4, "on_time": 5, "communication": 4, "documents": 3, "would_reorder": "yes"}


def build(app: Flask) -> World:
    """Make both worlds. The caller stands in an application context; everything is committed."""
    world = World(app)
    database.as_staff.set(True)  # one hand makes the things of every company
    database.begin_again()
    make_staff(world)
    make_tax_rate("SE")
    category = make_category(slug="wall-bolts", name="Wall bolts")
    make_attribute(category, code="wall_material", name="Material")
    failed = _failed_job()
    db.session.commit()
    for name in ("a", "b"):
        side = world.sides[name] = Side(name)
        side.ids |= {"category": str(category.id), "job": str(failed)}
        before = set(rows(db.session.connection()))
        _build_side(world, side, category)
        side.rows = frozenset(set(rows(db.session.connection())) - before)
        db.session.commit()
    # Sessions that were just seen are not written again, and are asked nothing again, however long the probes take.
    later = clock.now() + timedelta(hours=2)
    db.session.execute(update(UserSession).values(seen_at=later, confirmed_at=later))
    db.session.commit()
    database.as_staff.set(False)
    db.session.remove()
    return world


def fill_index(world: World, folder: Path) -> None:
    """An index of this world alone, in a folder of its own, fed as the indexer feeds it."""
    world.app.extensions[EXTENSION] = TantivyEngine(folder)
    database.as_staff.set(True)
    with transaction():
        changes.mark("product", [product_id for (product_id,) in db.session.query(Product.id)])
    while Indexer(engine()).drain():
        pass
    database.as_staff.set(False)
    db.session.remove()


def _build_side(world: World, side: Side, category: Category) -> None:
    make_side_company(world, side, "buyer", sells=False)
    for key in SELLERS:
        make_side_company(world, side, key, sells=True, buys=key != "applicant")
    for name, (company, roles) in PEOPLE.items():
        add_person(world, side, name, company, roles)
    add_person(world, side, "unconfirmed", "buyer", [Role.OWNER], is_confirmed=False)
    _former(world, side)
    _addresses(world, side)
    make_shops(world, side, category)
    make_taxonomy(side)
    make_public_file(world, side)
    make_pictures(world, side)
    _saved_view(world, side)
    db.session.flush()  # stamps are made of rows
    refresh_stamps(side)
    db.session.commit()
    make_purchases(world, side)
    _cart(world, side)
    _lists(world, side)
    _members(world, side)
    make_company_facts(world, side)
    make_prices(world, side)
    make_learning(world, side)
    make_marketing(side)
    make_watching(world, side)
    _money(world, side)
    _reviews(world, side)
    db.session.commit()


def _saved_view(world: World, side: Side) -> None:
    """A table as the owner likes to see it."""
    owner = world.principal(side, "owner").person
    assert owner is not None
    view = SavedView(
        id=new_id(),
        company_id=side.companies["buyer"].id,
        person_id=owner.id,
        table_name="orders.purchases",
        name="Mine",
        query="state=waiting",
        created_at=clock.now(),
    )
    db.session.add(view)
    side.ids["saved_view"] = str(view.id)
    viewer = world.principal(side, "viewer").person
    former = world.principal(side, "former").person
    assert viewer is not None
    assert former is not None
    side.ids |= {"buyer_company": str(side.companies["buyer"].id), "viewer_person": str(viewer.id), "former_person": str(former.id)}


def _former(world: World, side: Side) -> None:
    """Somebody whose seat was taken away but whose browser still shows the session."""
    company = side.companies["buyer"]
    person = make_member(company, [Role.OWNER], email=f"{world.word(side, 'former mail', 'buyer')}@people.example")
    token = make_session(person, company)
    membership = db.session.query(Membership).filter(Membership.person_id == person.id).one()
    membership.ended_at = clock.now()
    db.session.flush()  # nobody may load it as a member
    world.people[side.key("former")] = Principal(
        side.key("former"), "visitor", cookie_of(world.app, token), frozenset(), is_alive=False, person=person
    )


def _addresses(world: World, side: Side) -> None:
    company = side.companies["buyer"]
    for name, is_default in (("location", True), ("location2", False)):
        made: Location = make_location(company, name=world.word(side, name, "buyer", "vendor", "covendor"), is_default=is_default)
        made.street = f"Street {world.word(side, f'{name} street', 'buyer', 'vendor', 'covendor')}"
        made.dock = f"Dock {world.word(side, f'{name} dock', 'buyer', 'vendor', 'covendor')}"
        side.ids[name] = str(made.id)
    for key in ("vendor", "covendor"):
        location = make_location(side.companies[key], name=world.word(side, f"{key} location", key))
        side.ids[f"{key}_location"] = str(location.id)


def _lists(world: World, side: Side) -> None:
    """A requisition list of the buyer with one line."""
    buyer = traders(world, side).buyer
    with transaction():
        made = carts_services.create_list(world.word(side, "list name", "buyer"), actor=buyer)
        carts_services.add_to_list(made.id, {UUID(side.ids["covendor_variant"]): Decimal(20)}, ship_to="SE", actor=buyer)
    side.ids["list"] = str(made.id)
    side.ids["list_line"] = str(carts.lines_of(made.id, company_id=made.company_id)[0].id)


def _cart(world: World, side: Side) -> None:
    """Open carts of two colleagues: a cart is a person's."""
    who = traders(world, side)
    for actor, key in ((who.buyer, "line"), (who.vendor, "vendor_line")):
        put_in_cart(UUID(side.ids["covendor_variant"]), actor)
        side.ids[key] = _first_line(actor.company_id, actor.person_id)
    put_in_cart(UUID(side.ids["live_variant"]), who.buyer)
    seen = checkout_fields(who.buyer, UUID(side.ids["location"]))
    side.ids |= {"cart": str(seen.cart_id), "cart_version": seen.cart_version.isoformat(), "cart_total": str(seen.total_minor)}


def _first_line(company_id: UUID | None, person_id: UUID | None) -> str:
    assert company_id is not None
    assert person_id is not None
    cart = carts.find_open_cart(company_id, person_id)
    assert cart is not None
    return str(carts.cart_lines(cart.id)[0].id)


def _members(world: World, side: Side) -> None:
    """Seats, an open invitation with its link, links of mails, and a second session of the owner."""
    who = traders(world, side)
    company = side.companies["buyer"]
    with transaction():
        email = f"{world.word(side, 'invited mail', 'buyer')}@people.example"
        invitation: Invitation = accounts.invite_member(email, [Role.BUYER], company_id=company.id, actor=who.buyer)
        token = new_token()
        invitation.token_hash = token_hash(token)
    side.ids |= {"invitation": str(invitation.id), "invitation_token": token}
    for name in ("viewer", "owner", "quality"):
        person = world.people[side.key(name)].person
        assert person is not None
        member = db.session.query(Membership).filter(Membership.person_id == person.id).one()
        side.ids[f"{name}_member"] = str(member.id)
    owner = world.people[side.key("owner")].person
    assert owner is not None
    side.ids |= {"owner_mail": owner.email, "owner_person": str(owner.id)}
    make_session(owner, company)
    newest = db.session.query(UserSession).filter(UserSession.person_id == owner.id).order_by(UserSession.id.desc()).first()
    assert newest is not None
    side.ids["session"] = str(newest.id)
    for kind, person_name in ((LinkKind.CONFIRM_EMAIL, "unconfirmed"), (LinkKind.RESET_PASSWORD, "viewer")):
        side.ids[kind.value] = _link(world, side, kind, person_name)


def _link(world: World, side: Side, kind: LinkKind, person_name: str) -> str:
    person = world.people[side.key(person_name)].person
    assert person is not None
    token, now = new_token(), clock.now()
    link = PersonLink(id=new_id(), person_id=person.id, kind=kind, token_hash=token_hash(token), created_at=now, used_at=None)
    link.expires_at = now.replace(year=now.year + 1)
    db.session.add(link)
    db.session.flush()  # found by its token
    return token


def _money(world: World, side: Side) -> None:
    """An account at the provider, a transfer that waits for one, and a refund that came back."""
    who = traders(world, side)
    assert who.vendor.company_id is not None
    with transaction():
        operation_id = payments.open_payout_account(who.vendor.company_id, actor=who.vendor)
    assert operation_id is not None
    assert calls.perform(operation_id)
    account = payment_queries.find_payout_account(who.vendor.company_id)
    assert account is not None
    control(SimpleNamespace(url=world.app.config["SETTINGS"].stripe_api_base), "onboard", {"account": account.stripe_account_id})
    calls.refresh_payout_account(who.vendor.company_id)
    form = {"account": account.stripe_account_id, "iban": "DE89370400440532013000"}
    control(SimpleNamespace(url=world.app.config["SETTINGS"].stripe_api_base), "onboard", form)
    calls.refresh_payout_account(who.vendor.company_id)
    banks = payment_queries.find_banks(who.vendor.company_id)
    assert banks is not None
    assert banks.coming is not None  # changed details that wait
    side.ids["bank_details"] = str(banks.coming.id)
    with transaction():
        hold = _hold(side.ids["done_coorder"])
        (release,) = payment_queries.releases_of_hold(hold)
        assert payments.prepare_transfer(release.id) is None  # the covendor has no account: parked
        operation = payment_queries.find_operation("tr", release.id)
        assert operation is not None
        side.ids["operation"] = str(operation.id)
    refund = db.session.query(Refund).filter(Refund.hold_id == _hold(side.ids["cancelled_order"])).one()
    refund.state = RefundState.FAILED
    refund.failure = "lost_or_stolen_card"
    side.ids["refund"] = str(refund.id)
    now = clock.now()
    paid_back = VendorDebt(
        id=new_id(),
        refund_id=refund.id,
        hold_id=refund.hold_id,
        release_id=None,
        vendor_id=refund.vendor_id,
        currency=refund.currency,
        amount_minor=1,
        reversed_minor=0,
        netted_minor=1,
        state=DebtState.SETTLED,
        created_at=now,
        settled_at=now,
    )
    db.session.add(paid_back)


def _hold(number: str) -> UUID:
    order = orders.order_for_staff(number)
    return payment_queries.any_hold_of_vendor_order(order.id).id


def _reviews(world: World, side: Side) -> None:
    """A review that can be answered and changed, and a line that can still be reviewed."""
    who = traders(world, side)
    for key in ("order", "coorder"):
        order = orders.order_for_staff(side.ids[f"done_{key}"])
        line = orders.lines_of_orders([order.id])[order.id][0]
        side.ids["line_to_review" if key == "coorder" else "reviewed_line"] = str(line.id)
    given = ReviewInput(**MARKS, text=f"Good: {world.word(side, 'review', 'all')}")  # type: ignore[arg-type]
    with transaction():
        review = reviews.write_review(UUID(side.ids["reviewed_line"]), given, language="en", actor=who.buyer)
    side.ids["review"] = str(review)


def _failed_job() -> UUID:
    """A job that was given up, for the desk."""
    job_id = jobs.enqueue("orders.email_released", vendor_order_id=new_id(), released_minor=1, fee_minor=0)
    assert job_id is not None
    job = db.session.get_one(jobs.Job, job_id)
    job.state, job.last_error, job.finished_at = jobs.JobState.FAILED, "gave up", clock.now()
    return job_id
