"""Pins: what stands first, for which search, through which walls, and on which page."""

import csv
import html
import io
import json
import re
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Product, ProductState
from marketplace.core.audit import Actor
from marketplace.core.db import db
from search import plan
from search.learning import rules, services
from search.learning.changes import last_changes
from search.learning.errors import RuleRefused
from search.learning.models import Pin, RuleKind
from search.learning.wishes import PinWish, digest, pin_snapshot
from search.pinning import find
from search.query import Facet, FacetKind, Found, Plan, Sort
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_operator
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus, variant_of
from tests.search.rows import ROWS, make_row, variant
from tests.search.subjects import Subject, numbers
from vendors.models import VendorState

STAFF = Actor(name="Rosa Okafor", is_staff=True)
MARK = "Chosen by Millgate"


def goods(title: str, sku: str, **changes: object) -> Product:
    return make_product(make_vendor(), title=title, sku=sku, category=make_category(name="Sundries"), **changes)  # type: ignore[arg-type]


def pin(words: str, *products: Product, is_active: bool = True) -> UUID:
    ids = tuple(variant_of(product).id for product in products)
    return services.set_pin(None, PinWish(words, ids, is_active), seen="", actor=STAFF)


def staff(client: FlaskClient, role: Role = Role.PLATFORM_ADMIN) -> None:
    company, person = make_operator((role,))
    log_in(client, person, company)


def test_a_pinned_product_stands_first_and_says_so(client: FlaskClient, index_now: IndexNow) -> None:
    found, chosen = goods("Hex bolt M8", "HB-1"), goods("Torque wrench", "TW-1")
    index_now(found, chosen)
    before = page(client, "/search?q=hex+bolts")
    assert skus(before) == ["HB-1"]
    assert MARK not in before

    pin("Hex-Bolt", chosen)
    after = page(client, "/search?q=hex+bolts")

    assert skus(after) == ["TW-1", "HB-1"]
    assert after.count(MARK) == 1
    assert "2 products" in after
    assert skus(page(client, "/search?q=hex+bolt+m8")) == ["HB-1"], "another search is another search"


@pytest.mark.parametrize("asked", ["hex+bolts+1000+pcs", "500个+hex+bolt", "qty+20+hex+bolt", "hex+bolt+1000+pcs&quantity=3"])
def test_a_pin_holds_for_any_quantity(client: FlaskClient, index_now: IndexNow, asked: str) -> None:
    found, chosen = goods("Hex bolt M8", "HB-1"), goods("Torque wrench", "TW-1")
    index_now(found, chosen)

    pin("hex bolt", chosen)

    assert skus(page(client, f"/search?q={asked}")) == ["TW-1", "HB-1"]
    assert "TW-1" not in skus(page(client, f"/search?q={asked}&exact=1")), "exactly these words are other words"


def test_a_pin_of_goods_that_are_called_by_a_count_holds_for_that_count(client: FlaskClient, index_now: IndexNow) -> None:
    called, chosen = goods("Cable tie 100 pcs", "CT-1"), goods("Torque wrench", "TW-1")
    index_now(called, chosen)

    pin("cable tie 100 pcs", chosen)

    assert skus(page(client, "/search?q=cable+ties+100+pcs")) == ["TW-1", "CT-1"]
    assert skus(page(client, "/search?q=cable+tie+200+pcs")) == ["CT-1"]


def test_the_desk_refuses_a_pin_of_a_count_and_shows_what_a_search_with_one_finds(client: FlaskClient, index_now: IndexNow) -> None:
    found, chosen = goods("Hex bolt M8", "HB-1"), goods("Torque wrench", "TW-1")
    index_now(found, chosen)
    staff(client)
    pin("hex bolt", chosen)

    refused = client.post("/desk/search/pins/new", data={"words": "hex bolt 1000 pcs", "products": "TW-1", "active": "1"})
    tried = {"asked": "hex bolt", "also": "sechskant", "kind": "both", "language": "other", "active": "1", "trial": "hex bolt 1000 pcs"}
    shown = page_of(client, "/desk/search/synonyms/new", tried)

    assert refused.status_code == 409
    assert "“1000 pcs” is read as how many somebody wants" in refused.get_data(as_text=True)
    assert 'value="hex bolt 1000 pcs"' in refused.get_data(as_text=True)
    assert shown.count(MARK) == 2, "before and after"


def test_an_order_that_the_reader_chose_is_left_alone(client: FlaskClient, index_now: IndexNow) -> None:
    cheap, chosen = goods("Hex bolt M8", "HB-1", price_micro=100_000), goods("Hex bolt M9", "HB-2", price_micro=900_000)
    index_now(cheap, chosen)
    pin("hex bolt", chosen)

    assert skus(page(client, "/search?q=hex+bolt"))[0] == "HB-2"
    by_price = page(client, "/search?q=hex+bolt&sort=price")
    assert skus(by_price) == ["HB-1", "HB-2"]
    assert MARK not in by_price


def test_filters_and_walls_hold_for_pins_too(client: FlaskClient, index_now: IndexNow) -> None:
    owner = make_company()
    found = goods("Hex bolt M8", "HB-1")
    private = goods("Wrench of one company", "PW-1", visibility=[f"company:{owner.id}"])
    suspended = make_product(make_vendor(state=VendorState.SUSPENDED), title="Wrench of the suspended", sku="SW-1")
    plain = goods("Torque wrench", "TW-1")
    index_now(found, private, suspended, plain)
    pin("hex bolt", private, suspended, plain)

    assert skus(page(client, "/search?q=hex+bolt")) == ["TW-1", "HB-1"]
    assert skus(page(client, "/search?q=hex+bolt&cert=ISO+9001")) == []


def test_a_pin_that_is_off_or_removed_pins_nothing(client: FlaskClient, index_now: IndexNow) -> None:
    found, chosen = goods("Hex bolt M8", "HB-1"), goods("Torque wrench", "TW-1")
    index_now(found, chosen)

    pin("hex bolt", chosen, is_active=False)

    assert skus(page(client, "/search?q=hex+bolt")) == ["HB-1"]


@pytest.mark.parametrize("size", [3, 7, 24])
def test_pages_have_no_doubles_and_no_holes_and_counts_are_exact(full: Subject, size: int) -> None:
    vendors = {row.vendor_id for row in ROWS}
    category = Facet("cat", FacetKind.KEYWORD, "categories")

    def ask(text: str, offset: int, pins: list[UUID]) -> Found:
        wanted = plan.build(
            text, vocabulary=full.vocabulary(), visibility=["all"], vendors=vendors, facets=[category], offset=offset, limit=size
        )
        return find(full.find, wanted, pins)

    plain = [n for offset in range(0, 200, size) for n in numbers(ask("hex bolt", offset, []))]
    unmatched = next(n for n, row in enumerate(ROWS) if n not in plain and "all" in row.visibility)
    pins = [variant(unmatched), variant(plain[-1]), variant(plain[1])]
    pinned = [n for offset in range(0, 200, size) for n in numbers(ask("hex bolt", offset, pins))]

    first = [unmatched, plain[-1], plain[1]]
    assert pinned[:3] == first
    assert sorted(pinned) == sorted([*plain, unmatched])
    found = ask("hex bolt", 0, pins)
    assert found.total == len(plain) + 1
    leaves = dict(found.facets["cat"].counts)
    own = ROWS[unmatched].categories
    assert all(leaves[name] == sum(name in ROWS[n].categories for n in pinned) for name in own)


def test_without_pins_the_plan_is_asked_as_it_is() -> None:
    asked: list[Plan] = []

    def ask(wanted: Plan) -> Found:
        asked.append(wanted)
        return Found(0, ())

    wanted = plan.build("", vocabulary=None, visibility=["all"])  # type: ignore[arg-type] # without words it is not asked
    find(ask, wanted, [make_row(1).variant_id])
    find(ask, wanted, [])

    assert wanted.sort is Sort.NEWEST
    assert asked == [wanted, wanted]


@pytest.mark.parametrize(
    ("words", "products", "part"),
    [("hex bolt", "NO-SUCH", "No product has the SKU"), ("--", "TW-1", "“--” is no word"),
     ("!!!", "TW-1", "“!!!” is no word"), ("-bolt", "TW-1", "A minus before a word leaves it out"), ("hex bolt", "TW-1\nTW-1", "stands here twice"),
     ("hex bolt", "DOUBLE-1", "Several vendors"), ("hex bolt", "/products/none-zzzzzz", "No product has"),
     ("hex bolt", "/products///[", "No product has"), ("hex bolt", "/products/x?variant=%00", "No product has")],
)  # fmt: skip
def test_pins_are_refused_beside_their_field(client: FlaskClient, index_now: IndexNow, words: str, products: str, part: str) -> None:
    goods("Torque wrench", "TW-1")
    goods("One", "DOUBLE-1")
    goods("Two", "DOUBLE-1")
    staff(client)

    answer = client.post("/desk/search/pins/new", data={"words": words, "products": products, "active": "1"})

    assert answer.status_code == 409, "refused before an effect is shown"
    text = html.unescape(answer.get_data(as_text=True))
    assert part in text
    assert products in text, "what was typed stays in the form"
    assert "With this change" not in text


def test_a_pin_of_what_is_off_sale_says_so_before_it_is_saved(client: FlaskClient, index_now: IndexNow) -> None:
    paused, sold = goods("Torque wrench", "TW-1", state=ProductState.PAUSED), goods("Hex bolt M8", "HB-1")
    index_now(paused, sold)
    staff(client)

    def told(products: str) -> str:
        return html.unescape(page_of(client, "/desk/search/pins/new", {"words": "bolt", "products": products, "active": "1"}))

    assert "Not on sale to everybody: TW-1. It stands first only for those who may see it" in told("TW-1\nHB-1")
    assert "Not on sale to everybody" not in told("HB-1")


def test_words_that_have_pins_are_refused_before_an_effect_is_shown(client: FlaskClient, index_now: IndexNow) -> None:
    pin("hex bolt", goods("Torque wrench", "TW-1"))
    staff(client)

    answer = client.post("/desk/search/pins/new", data={"words": "Hex-Bolts", "products": "TW-1", "active": "1"})

    assert answer.status_code == 409
    assert "have pins already" in answer.get_data(as_text=True)
    assert "With this change" not in answer.get_data(as_text=True)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found.group(1)


def test_a_form_that_is_sent_twice_is_done_once_and_answered_as_done(client: FlaskClient, index_now: IndexNow) -> None:
    goods("Torque wrench", "TW-1")
    staff(client)
    data = {"words": "hex bolt", "products": "TW-1", "active": "1"}
    shown = page_of(client, "/desk/search/pins/new", data)
    data |= {"told": hidden(shown, "told"), "_once": hidden(shown, "_once")}
    assert [client.post("/desk/search/pins/new", data=data).status_code for _ in range(2)] == [303, 303]
    made = db.session.query(Pin).one()

    address = f"/desk/search/pins/{made.id}"
    edit = {"words": "hex bolt", "products": "TW-1", "seen": hidden(page(client, address), "seen")}
    edit |= {"told": hidden(page_of(client, address, edit), "told")}
    assert [client.post(address, data=edit).status_code for _ in range(2)] == [303, 303], "two windows, one wish"

    gone = {"seen": digest(pin_snapshot(rules.pin_by_id(made.id)))}
    assert [client.post(f"{address}/remove", data=gone).status_code for _ in range(2)] == [303, 303]
    assert client.post(f"/desk/search/pins/{uuid4()}/remove", data=gone).status_code == 404
    assert [bool(change.after) for change in last_changes(RuleKind.PIN)] == [False, True, True]


def page_of(client: FlaskClient, address: str, data: dict[str, str]) -> str:
    answer = client.post(address, data=data)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_late_answer_says_all_that_stands(client: FlaskClient, index_now: IndexNow) -> None:
    chosen = goods("Torque wrench", "TW-1")
    goods("Hex bolt M8", "HB-1")
    pin_id = pin("hex bolt", chosen)
    staff(client)
    address = f"/desk/search/pins/{pin_id}"
    data = {"words": "hex bolt", "products": "HB-1", "active": "1", "seen": hidden(page(client, address), "seen")}
    data |= {"told": hidden(page_of(client, address, data), "told")}
    services.set_pin(pin_id, PinWish("ball valve", (variant_of(chosen).id,), False), seen=data["seen"], actor=STAFF)

    late = client.post(address, data=data)

    assert late.status_code == 409
    stands = late.get_data(as_text=True).split('aria-labelledby="stands"')[1].split("</section>")[0]
    assert "<dt>Search words</dt><dd>ball valve</dd>" in stands
    assert "TW-1" in stands
    assert "<dt>In use</dt><dd>No</dd>" in stands


def test_the_audit_log_names_what_was_pinned_before_and_after(client: FlaskClient) -> None:
    old, new = goods("Torque wrench", "TW-1"), goods("Hex bolt M8", "HB-1")
    pin_id = pin("hex bolt", old)
    seen = digest(pin_snapshot(rules.pin_by_id(pin_id)))
    services.set_pin(pin_id, PinWish("hex bolt", (variant_of(new).id, variant_of(old).id), True), seen=seen, actor=STAFF)
    staff(client)

    assert re.search(r"<del[^>]*>TW-1</del> <ins[^>]*>HB-1, TW-1</ins>", page(client, "/desk/audit"))
    lines = csv.reader(io.StringIO(client.get("/desk/audit.csv").get_data(as_text=True).lstrip("\ufeff")))
    sides = [[json.loads(side)["variants"] for side in line[5:7]] for line in lines if line[8] == "search_pin.edited"]
    assert sides == [[["TW-1"], ["HB-1", "TW-1"]]]


def _hidden(text: str, name: str) -> str:
    return text.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_what_was_typed_is_kept_where_the_pins_were_removed_meanwhile(client: FlaskClient, index_now: IndexNow) -> None:
    first, second = (make_product(make_vendor(), sku=f"QZ-{n}") for n in (1, 2))
    index_now(first, second)
    staff(client)
    pin_id = pin("hex bolt", first)
    address, seen = f"/desk/search/pins/{pin_id}", digest(pin_snapshot(rules.pin_by_id(pin_id)))
    services.remove_pin(pin_id, seen=seen, actor=STAFF)

    typed = {"words": "hex bolt", "products": "QZ-2", "active": "1", "seen": seen, "told": ""}
    late = client.post(address, data=typed)
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "Somebody else has removed this since." in text
    assert "QZ-2</textarea>" in text
    typed["seen"] = _hidden(text, "seen")
    typed["told"] = _hidden(client.post(address, data=typed).get_data(as_text=True), "told")

    assert client.post(address, data=typed).status_code == 303
    assert rules.pin_by_id(pin_id).variant_ids == [variant_of(second).id]


def test_the_desk_pins_shows_and_takes_back(client: FlaskClient, index_now: IndexNow) -> None:
    found, chosen = goods("Hex bolt M8", "HB-1"), goods("Torque wrench", "TW-1")
    index_now(found, chosen)
    staff(client)
    data = {"words": "hex bolt", "products": f"https://example.org/products/{chosen.slug}?variant=TW-1", "active": "1"}

    shown = client.post("/desk/search/pins/new", data=data).get_data(as_text=True)
    assert "With this change" in shown
    assert MARK in shown
    assert db.session.query(Pin).count() == 0
    told = re.search(r'name="told" value="([^"]*)"', shown)
    assert told
    assert client.post("/desk/search/pins/new", data=data | {"told": told.group(1)}).status_code == 303
    with pytest.raises(RuleRefused, match="have pins already"):
        pin("Hex bolts", found)

    text = page(client, "/desk/search/pins")
    undo = re.search(r'action="(/desk/search/changes/[^"]+/undo)"', text)
    assert undo
    assert "TW-1" in client.get("/desk/search/pins.csv").get_data(as_text=True)
    assert "Torque wrench" in page(client, f"/desk/search/pins/{db.session.query(Pin).one().id}") or "torque-wrench" in text
    client.post(undo.group(1))
    assert db.session.query(Pin).count() == 0
    assert rules.in_force().pins_of("hex bolt") == ()


def test_the_list_costs_the_same_however_many_pins(client: FlaskClient) -> None:
    chosen = goods("Torque wrench", "TW-1")
    pin("hex bolt", chosen)
    staff(client)
    page(client, "/desk/search/pins")
    with count_queries() as few:
        page(client, "/desk/search/pins")
    for letter in "abcdefgh":
        pin(f"hex bolt {letter * 3}", chosen)
    page(client, "/desk/search/pins")

    with count_queries() as many:
        page(client, "/desk/search/pins")

    assert len(many) <= len(few) <= 20, many
