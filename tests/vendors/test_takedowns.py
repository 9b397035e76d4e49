"""Taking down at the desk's pages and what the vendor sees of it: the question, the act, the list of SKUs, the list, the way back."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.carts import services as carts
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product, ProductState, TakedownEnd
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db, transaction
from marketplace.orders.models import VendorOrder, VendorOrderState
from marketplace.quality import queries as quality
from marketplace.quality import services as quality_services
from marketplace.quality.models import DecisionKind
from search.watching import follows
from search.watching.models import FollowKind
from tests.accounts.mailbox import letters_to, text_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_kit, make_product, only_variant
from tests.factories.orders import fill_cart, make_order
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.quality.contested import SAID, STATEMENT, Contest, Desk, make_contest, make_desk
from tests.walls.shops import PDF
from vendors.models import Vendor

RunJobs = Callable[[], int]
WHY = "The certificate in the title is of another maker; rule: what a listing claims has to be so."
FIELDS = {"reasons": ["MISLEADING", "CERT-MISSING"], "reason": WHY, "source": "notice", "reference": "Notice 17 of a buyer"}


@pytest.fixture
def verifiers(app: Flask) -> Desk:
    return make_desk()


@pytest.fixture
def desk(app: Flask, verifiers: Desk) -> FlaskClient:
    client = app.test_client()
    log_in(client, verifiers.second, verifiers.company)
    return client


@pytest.fixture
def contest(verifiers: Desk) -> Contest:
    """A product that the desk's first verifier has taken down."""
    made = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    db.session.commit()
    return made


def enter(app: Flask, contest: Contest, *roles: Role) -> FlaskClient:
    client = app.test_client()
    log_in(client, make_member(contest.company, roles) if roles else contest.owner, contest.company)
    return client


def words(client: FlaskClient, path: str) -> str:
    return " ".join(client.get(path).get_data(as_text=True).split())


def fresh(product: Product) -> Product:
    db.session.expire_all()
    return db.session.get_one(Product, product.id)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found.group(1)


def listed(vendor: Vendor, **fields: object) -> Product:
    with transaction():
        return make_product(vendor, **fields)  # type: ignore[arg-type]


def test_the_question_says_what_happens_and_the_act_is_done_once(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    product = listed(vendor, title="Plug, CE tested")
    url = f"/desk/products/{product.id}/take-down"
    page = words(desk, url)
    assert "1 product leaves search, categories and the shop at once" in page
    assert "No open order, cart, list, price list, kit, follower or alert holds it." in page
    assert url in words(desk, f"/desk/products/{product.id}")
    assert f"/desk/products/{product.id}" in words(desk, f"/products/{product.slug}")
    fields = FIELDS | {"version": "1", "_once": hidden(page, "_once")}

    answers = [desk.post(url, data=fields | {"papers": (BytesIO(PDF), "report.pdf")}) for _ in range(2)]

    assert [(a.status_code, a.location) for a in answers] == [(303, f"/desk/products/{product.id}")] * 2
    (row,) = catalogue.takedowns_of(product.id)
    assert (fresh(product).state, row.reference, len(row.file_ids)) == (ProductState.REFUSED, "Notice 17 of a buyer", 1)
    shown = words(desk, f"/desk/products/{product.id}")
    assert all(said in shown for said in (WHY, "report.pdf", "Notice 17 of a buyer", "In force", "Product: taken down"))
    assert desk.get(f"/files/{row.file_ids[0]}").status_code == 200
    assert app.test_client().get(f"/products/{product.slug}").status_code == 404
    again = desk.get(url)
    assert (again.status_code, again.location) == (303, f"/desk/products/{product.id}")


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk: FlaskClient) -> None:
    product = listed(make_vendor())
    url = f"/desk/products/{product.id}/take-down"
    typed = {"version": "1", "reason": WHY, "source": "authority", "reference": "Order 4711"}

    none = desk.post(url, data=typed)
    unknown = desk.post(url, data=typed | {"reasons": ["NO-SUCH"]})
    short = desk.post(url, data=typed | {"reasons": ["UNSAFE"], "reason": "Unsafe"})
    bad = desk.post(url, data=typed | {"reasons": ["UNSAFE"], "papers": (BytesIO(b"no paper"), "x.txt")})

    for answer in (none, unknown, short, bad):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "Order 4711" in page
        assert re.search(r'value="authority" checked', page)
    assert "Choose at least one." in unknown.get_data(as_text=True)
    assert "20 characters or more" in short.get_data(as_text=True)
    assert WHY in bad.get_data(as_text=True)
    assert fresh(product).state is ProductState.LIVE


def test_a_version_saved_since_and_a_product_off_sale_are_said(desk: FlaskClient, contest: Contest) -> None:
    product = listed(make_vendor())
    url = f"/desk/products/{product.id}/take-down"
    draft = draft_of(catalogue.version_content(product.id, 1))
    dearer = replace(draft, variants=(replace(draft.variants[0], tiers=((1, 900_000),)),))
    services.edit_product(product.id, dearer, version=1, actor=Actor(company_id=product.vendor_id, name="Keeper"))
    db.session.commit()

    stale = desk.post(url, data=FIELDS | {"version": "1"})

    assert stale.status_code == 409
    assert "The vendor has saved version 2 since" in stale.get_data(as_text=True)
    assert 'name="version" value="2"' in stale.get_data(as_text=True)

    assert contest.product is not None
    over = desk.post(f"/desk/products/{contest.product.id}/take-down", data=FIELDS | {"version": "1"})

    assert over.status_code == 409
    assert "It is not on sale any more" in over.get_data(as_text=True)
    assert "Take the product down" not in over.get_data(as_text=True)
    assert WHY in over.get_data(as_text=True)


def test_products_of_a_vendor_are_taken_down_by_their_skus(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    keeper = make_member(db.session.get_one(Company, vendor.id), (Role.VENDOR_CATALOGUE,))
    products = [listed(vendor, sku=f"PLUG-{n}", title=f"Plug {n}") for n in (1, 2)]
    draft = listed(vendor, sku="PLUG-3", state=ProductState.DRAFT)
    foreign = listed(make_vendor(), sku="ALIEN-1")
    url = f"/desk/verification/{vendor.id}/take-down"
    assert url in words(desk, f"/desk/verification/{vendor.id}")
    typed = "PLUG-1\nPLUG-2\tfive\n\nPLUG-3\nPLUG-1\nALIEN-1"

    look = desk.post(url, data={"skus": typed})
    page = " ".join(look.get_data(as_text=True).split())
    assert (look.status_code, fresh(products[0]).state) == (200, ProductState.LIVE)
    assert "2 products leave search" in page
    assert "Take 2 products down" in page
    assert "1 SKU is not of this vendor:</b> ALIEN-1" in page
    assert "Nothing: it is not on sale" in page
    fields = FIELDS | {"skus": typed, "stamp": hidden(page, "stamp"), "act": "take_down", "_once": hidden(page, "_once")}
    wrong = desk.post(url, data=fields | {"reason": "No"})
    assert (wrong.status_code, "Take 2 products down" in wrong.get_data(as_text=True)) == (422, True)

    answers = [desk.post(url, data=fields) for _ in range(2)]

    assert [a.status_code for a in answers] == [303, 303]
    assert [fresh(each).state for each in (*products, draft, foreign)] == [
        ProductState.REFUSED, ProductState.REFUSED, ProductState.DRAFT, ProductState.LIVE,
    ]  # fmt: skip
    run_jobs()
    mine = [letter for letter in letters_to(app, keeper.email) if "Taken down" in str(letter["Subject"])]
    assert [str(letter["Subject"]) for letter in mine] == ["Taken down: 2 products of yours"]
    assert all(said in text_of(mine[0]) for said in ("Plug 1, PLUG-1", "Plug 2, PLUG-2", "/portal/products?state=taken_down"))


def test_a_list_that_changed_since_is_looked_at_again(desk: FlaskClient) -> None:
    vendor = make_vendor()
    first, second = listed(vendor, sku="PLUG-1"), listed(vendor, sku="PLUG-2")
    url = f"/desk/verification/{vendor.id}/take-down"
    page = desk.post(url, data=FIELDS | {"skus": "PLUG-1\nPLUG-2"}).get_data(as_text=True)
    assert WHY in page  # written before the list was mended
    second.state = ProductState.RETIRED
    db.session.commit()

    sent = FIELDS | {"skus": "PLUG-1\nPLUG-2", "stamp": hidden(page, "stamp"), "act": "take_down"}
    answer = desk.post(url, data=sent)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, fresh(first).state) == (409, ProductState.LIVE)
    assert all(said in page for said in ("Something of it has changed since you looked", WHY, "Take 1 product down"))

    first.state = ProductState.RETIRED
    db.session.commit()
    gone = desk.post(url, data=sent)
    kept = gone.get_data(as_text=True)
    assert (gone.status_code, "there is nothing to take down" in kept, "PLUG-1\nPLUG-2</textarea>" in kept) == (409, True, True)
    assert all(hidden(kept, name) == FIELDS[name] for name in ("reason", "source", "reference"))


def test_too_many_skus_and_none_are_refused_beside_the_field(desk: FlaskClient) -> None:
    vendor = make_vendor()
    db.session.commit()
    url = f"/desk/verification/{vendor.id}/take-down"

    many = desk.post(url, data={"skus": "\n".join(f"S-{n}" for n in range(501))})
    none = desk.post(url, data={"skus": " "})
    strange = desk.post(url, data={"skus": "NOBODYS"})
    damaged = desk.post(url, data=FIELDS | {"skus": "S-1\0", "act": "take_down"})

    assert (many.status_code, "These are 501 SKUs: at most 500 at once." in many.get_data(as_text=True)) == (422, True)
    assert "S-500" in many.get_data(as_text=True)
    assert (none.status_code, "None of them is on sale" in strange.get_data(as_text=True)) == (422, True)
    assert (damaged.status_code, WHY in damaged.get_data(as_text=True)) == (422, True)


def test_the_question_about_many_costs_what_one_costs(desk: FlaskClient) -> None:
    vendor = make_vendor()
    for n in range(12):
        listed(vendor, sku=f"PLUG-{n}")
    url = f"/desk/verification/{vendor.id}/take-down"
    desk.post(url, data={"skus": "PLUG-0"})

    with count_queries() as one:
        desk.post(url, data={"skus": "PLUG-0"})
    with count_queries() as many:
        desk.post(url, data={"skus": "\n".join(f"PLUG-{n}" for n in range(12))})

    assert len(many) == len(one)


def test_the_vendor_reads_why_and_what_it_can_do(app: Flask, contest: Contest, run_jobs: RunJobs) -> None:
    owner, keeper = enter(app, contest), enter(app, contest, Role.VENDOR_CATALOGUE)
    assert contest.product is not None
    run_jobs()

    page = words(owner, f"/portal/products/{contest.product.id}/edit")
    assert all(said in page for said in ("The platform took it down on", STATEMENT.words, "A check of our own", "Submit for review"))
    assert f"/portal/appeals/new/{contest.decision_id}" in page
    assert "The owner or a manager of the shop can appeal until" in words(keeper, f"/portal/products/{contest.product.id}/edit")
    listing = words(owner, "/portal/products?state=taken_down")
    assert 'data-tone="late">Taken down</span>' in listing
    assert "You already list the same product" in listing
    home = words(owner, "/portal")
    assert all(one in home for one in (": it was taken down", "It stays off sale", "An appeal is possible until"))
    quality_services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=contest.actor)
    db.session.commit()
    assert "An appeal is possible until" not in words(owner, "/portal")
    letter = next(each for each in letters_to(app, contest.owner.email) if str(each["Subject"]).startswith("Taken down: "))
    said = text_of(letter)
    assert all(
        one in said for one in (STATEMENT.words, "A check of our own", "appeals against the decision until", "Orders that are placed go on")
    )
    assert f"/portal/products/{contest.product.id}/edit" in said


def test_mails_speak_the_readers_language(app: Flask, verifiers: Desk, run_jobs: RunJobs) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    contest.owner.locale = "zh_Hans"
    assert contest.product is not None
    services.undo_takedown(contest.product.id, reason="It was another product.", actor=verifiers.other)
    db.session.commit()

    run_jobs()

    subjects = [str(letter["Subject"]) for letter in letters_to(app, contest.owner.email)]
    assert any(subject.startswith("已下架：") for subject in subjects)
    assert any(subject.startswith("已撤回：") for subject in subjects)


def test_the_desk_reads_what_was_changed_since(app: Flask, desk: FlaskClient, contest: Contest) -> None:
    owner = enter(app, contest)
    assert contest.product is not None
    services.publish_product(contest.product.id, actor=contest.actor)
    db.session.commit()
    assert "The vendor has changed nothing since." in words(desk, f"/desk/products/{contest.product.id}")
    assert owner.post(f"/portal/products/{contest.product.id}/withdraw").status_code == 303
    draft_title(contest.product)
    services.publish_product(contest.product.id, actor=contest.actor)
    db.session.commit()

    page = words(desk, f"/desk/products/{contest.product.id}")

    assert all(
        said in page
        for said in (STATEMENT.words, "What the vendor has changed since", "<b>A corrected title</b>", "Sent again by the vendor")
    )


def draft_title(product: Product) -> None:
    own = catalogue.own_product(product.id, vendor_id=product.vendor_id)
    draft = replace(draft_of(own.content), title={"en": "A corrected title"})
    services.edit_product(own.id, draft, version=own.version, actor=Actor(company_id=product.vendor_id, name="Keeper"))


def test_the_desk_takes_its_decision_back(app: Flask, desk: FlaskClient, contest: Contest, run_jobs: RunJobs) -> None:
    assert contest.product is not None
    url = f"/desk/products/{contest.product.id}/restore"
    assert url in words(desk, f"/desk/products/{contest.product.id}")
    page = words(desk, url)
    assert "It is on sale again at once, while its shop is seen." in page
    assert desk.post(url, data={"reason": "No"}).status_code == 422
    reason = "The report was about another product of another vendor."

    answers = [desk.post(url, data={"reason": reason, "_once": hidden(page, "_once")}) for _ in range(2)]
    late = desk.post(url, data={"reason": reason})

    assert [a.status_code for a in (*answers, late)] == [303, 303, 409]
    assert reason in late.get_data(as_text=True)
    assert fresh(contest.product).state is ProductState.LIVE
    assert [row.ended for row in catalogue.takedowns_of(contest.product.id)] == [TakedownEnd.UNDONE]
    run_jobs()
    letter = letters_to(app, contest.owner.email)[-1]
    assert "It is on sale again." in text_of(letter)
    assert reason in text_of(letter)
    assert desk.get(url).location == f"/desk/products/{contest.product.id}"


def test_the_list_is_filtered_sorted_paged_and_comes_as_csv(desk: FlaskClient, verifiers: Desk) -> None:
    assert "Nothing was ever taken down" in words(desk, "/desk/takedowns")
    contests = [make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers) for _ in range(2)]
    assert contests[0].product is not None
    services.undo_takedown(contests[0].product.id, reason="It was another product.", actor=verifiers.other)
    db.session.commit()

    whole, standing, undone = (words(desk, f"/desk/takedowns{q}") for q in ("", "?stands=in_force", "?stands=undone"))

    names = [contest.vendor.name for contest in contests]
    assert [[name in page for name in names] for page in (whole, standing, undone)] == [[True, True], [False, True], [True, False]]
    assert "Nothing that was taken down fits." in words(desk, "/desk/takedowns?reason=UNSAFE")
    assert names[1] in words(desk, f"/desk/takedowns?q={names[1]}&sort=vendor&source=own_check&reason=DUPLICATE")
    rows = desk.get("/desk/takedowns.csv").get_data(as_text=True).splitlines()
    assert len(rows) == 3
    assert STATEMENT.words.split(",")[0] in rows[1]


def test_what_the_vendor_has_retired_since_is_moot_and_not_in_force(desk: FlaskClient, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    product = contest.product
    assert product is not None
    assert "In force" in words(desk, f"/desk/products/{product.id}")
    db.session.execute(update(Product).where(Product.id == product.id).values(state=ProductState.RETIRED))
    db.session.commit()

    standing, moot = (words(desk, f"/desk/takedowns?stands={how}") for how in ("in_force", "moot"))

    assert contest.vendor.name not in standing
    assert contest.vendor.name in moot
    assert "Moot: the vendor has retired the product" in desk.get("/desk/takedowns.csv").get_data(as_text=True)
    page = words(desk, f"/desk/products/{product.id}")
    assert "Moot: the vendor has retired the product" in page
    assert "In force" not in page


def test_a_long_list_costs_what_a_short_one_costs(desk: FlaskClient, verifiers: Desk) -> None:
    vendor = make_vendor()
    products = [make_product(vendor, sku=f"P-{n}") for n in range(30)]
    services.take_down_products(vendor.id, {products[0].id: 1}, STATEMENT, actor=verifiers.decider)
    db.session.commit()
    desk.get("/desk/takedowns")
    with count_queries() as short:
        desk.get("/desk/takedowns")
    services.take_down_products(vendor.id, {product.id: 1 for product in products[1:]}, STATEMENT, actor=verifiers.decider)
    db.session.commit()

    with count_queries() as long:
        page = desk.get("/desk/takedowns").get_data(as_text=True)

    assert len(long) == len(short)
    after = re.search(r'href="[^"]*(\?[^"]*after=[^"]+)"', page)
    assert after
    assert desk.get("/desk/takedowns" + after.group(1).replace("&amp;", "&")).get_data(as_text=True).count('data-label="Known from"') == 5


def test_the_effect_counts_what_hangs_on_it(app: Flask) -> None:
    trade, order = make_order(VendorOrderState.ACCEPTED)
    vendor, variant = trade.vendors[0], trade.variants[0]
    fill_cart(trade, (5,))
    product, kit = db.session.get_one(Product, variant.product_id), make_product(vendor)
    make_kit(only_variant(kit), {variant: 2})
    make_price_list(vendor, companies=[trade.buyer.id], prices={variant.id: [(1, 400_000)]})
    make_price_list(vendor, companies=[trade.buyer.id], prices={variant.id: [(1, 300_000)]}, is_active=False)
    with transaction():
        kept = carts.create_list("Plugs", actor=trade.actor)
        carts.add_to_list(kept.id, {variant.id: Decimal(3)}, ship_to="SE", actor=trade.actor)
        follows.follow(FollowKind.PRODUCT, product.id, keys=frozenset({"all"}), actor=trade.actor)

    touched = quality.touched_by([product.id])

    assert (touched.orders, touched.buyers, touched.carts, touched.lists, touched.price_lists, touched.kits) == (1, 1, 1, 1, 1, 1)
    assert quality.touched_by([product.id, kit.id]).kits == 0
    assert quality.touched_by([kit.id]) == quality.Touched(0, 0, 0, 0, 0, 0)
    assert follows.watching([product.id]) == (1, 0)
    services.take_down_products(vendor.id, {product.id: product.version}, STATEMENT, actor=SYSTEM)
    assert db.session.get_one(VendorOrder, order.id, populate_existing=True).state is VendorOrderState.ACCEPTED


def test_people_without_the_permission_do_not_get_there(app: Flask, verifiers: Desk) -> None:
    product = listed(make_vendor())
    support = app.test_client()
    log_in(support, make_member(verifiers.company, (Role.PLATFORM_SUPPORT,)), verifiers.company)

    assert support.get(f"/desk/products/{product.id}/take-down").status_code == 403
    assert support.get("/desk/takedowns").status_code == 403
