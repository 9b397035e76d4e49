"""The category tree at the desk: add, edit, move, merge, retire, each with its effect told first, and taken back."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries, services
from marketplace.catalogue.models import Category, CategoryChange, CategoryChangeKind, CategoryMove, Product, ProductVersion
from marketplace.catalogue.services import category_moves
from marketplace.catalogue.taxonomy import category_snapshot, digest
from marketplace.core.audit import AuditEvent
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_operator
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor

TREE = "/desk/categories"


@pytest.fixture
def _desk(client: FlaskClient) -> None:
    company, person = make_operator([Role.PLATFORM_ADMIN])
    log_in(client, person, company)


def fresh(category: Category) -> Category:
    return db.session.query(Category).filter_by(id=category.id).populate_existing().one()


def edit(client: FlaskClient, category: Category, *, told: str = "", seen: str | None = None, **fields: str) -> TestResponse:
    now = fresh(category)
    typed = {
        "name_en": now.name["en"],
        "name_zh": now.name.get("zh-Hans", ""),
        "parent_id": str(now.parent_id or ""),
        "position": str(now.position),
        "unspsc": now.unspsc or "",
        "hs_codes": ", ".join(now.hs_codes),
        "seen": digest(category_snapshot(now)) if seen is None else seen,
        "told": told,
    } | fields
    return client.post(f"{TREE}/{category.id}/edit", data=typed)


def told_on(answer: TestResponse) -> str:
    """The hidden field by which the second sending says what effect was shown."""
    page = answer.get_data(as_text=True)
    return page.split('name="told" value="')[1].split('"')[0]


def save(client: FlaskClient, category: Category, **fields: str) -> TestResponse:
    return edit(client, category, told=told_on(edit(client, category, **fields)), **fields)


def merge(client: FlaskClient, category: Category, into: Category) -> TestResponse:
    seen = digest(category_snapshot(fresh(category)))
    return client.post(f"{TREE}/{category.id}/merge", data={"into_id": str(into.id), "told": str(into.id), "seen": seen})


def newest_change(category: Category) -> CategoryChange:
    return db.session.query(CategoryChange).filter_by(category_id=category.id).order_by(CategoryChange.id.desc()).limit(1).one()


def undo(client: FlaskClient, category: Category) -> TestResponse:
    return client.post(f"{TREE}/changes/{newest_change(category).id}/undo")


@pytest.mark.parametrize("role", [Role.PLATFORM_VERIFIER, Role.PLATFORM_SUPPORT, Role.PLATFORM_FINANCE])
def test_only_an_administrator_edits_the_tree(client: FlaskClient, role: Role) -> None:
    company, person = make_operator([role])
    log_in(client, person, company)

    assert client.get(TREE).status_code == 403
    assert client.post(f"{TREE}/new", data={"name_en": "Nuts"}).status_code == 403


@pytest.mark.usefixtures("_desk")
def test_the_tree_shows_both_languages_and_what_stands_where(client: FlaskClient) -> None:
    root = make_category(slug="fasteners", name="Fasteners", is_leaf=False)
    leaf = make_category(slug="hex", name="Hex bolts", parent=root)
    for _ in range(2):
        make_product(make_vendor(), category=leaf)

    with count_queries() as statements:
        page = client.get(TREE).get_data(as_text=True)

    assert len(statements) <= 16
    assert "Fasteners" in page
    assert "六角螺栓" in page
    rows = {row.slug: row for row in queries.tree_rows()}
    assert (rows["fasteners"].live, rows["hex"].live, rows["hex"].depth) == (2, 2, 1)
    assert "No category fits" in client.get(f"{TREE}?q=zzz").get_data(as_text=True)
    assert "hex,Hex bolts,六角螺栓,1,products" in client.get(f"{TREE}.csv").get_data(as_text=True)


@pytest.mark.usefixtures("_desk")
def test_a_new_category_is_offered_to_vendors_at_once(client: FlaskClient) -> None:
    root = make_category(slug="fasteners", name="Fasteners", is_leaf=False)

    answer = client.post(
        f"{TREE}/new", data={"name_en": "Wing nuts", "name_zh": "蝶形螺母", "parent_id": str(root.id), "holds": "products"}
    )

    assert answer.status_code == 303
    leaves = {leaf.slug: leaf for _, group in queries.leaf_categories() for leaf in group}
    assert leaves["wing-nuts"].path == [root.id, leaves["wing-nuts"].id]


@pytest.mark.usefixtures("_desk")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name_en": ""}, "name_en"),
        ({"slug": "taken"}, "slug"),
        ({"slug": "Not An Address"}, "slug"),
        ({"name_en": "螺母"}, "slug"),
        ({"unspsc": "123"}, "unspsc"),
        ({"hs_codes": "73x"}, "hs_codes"),
        ({"position": "-1"}, "position"),
        ({"parent_id": "nonsense"}, "parent_id"),
        ({"parent_id": "leaf"}, "parent_id"),
        ({"name_en": "Nu\0ts"}, "name_en"),
    ],
)
def test_what_no_category_can_be_is_refused_beside_its_field(client: FlaskClient, fields: dict[str, str], field: str) -> None:
    leaf = make_category(slug="taken")
    typed = {"name_en": "Nuts", "holds": "products", "hs_codes": "7318"} | fields
    if typed.get("parent_id") == "leaf":
        typed["parent_id"] = str(leaf.id)

    answer = client.post(f"{TREE}/new", data=typed)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert db.session.query(Category).count() == 1


@pytest.mark.usefixtures("_desk")
def test_what_would_be_right_is_said_and_not_that_something_is_wrong(client: FlaskClient) -> None:
    page = client.post(f"{TREE}/new", data={"name_en": "Nuts", "holds": "products", "slug": "Not An Address", "unspsc": "12"})

    assert "Write small letters, digits and hyphens, such as hex-bolts." in page.get_data(as_text=True)
    assert "Write eight digits, such as 31161801." in page.get_data(as_text=True)


@pytest.mark.usefixtures("_desk")
def test_the_effect_is_told_before_anything_is_saved(client: FlaskClient) -> None:
    category = make_category(name="Bolts")
    make_product(make_vendor(), category=category)

    answer = edit(client, category, name_en="Screws")

    assert answer.status_code == 200
    assert "1 listing stands in it or below, 1 on sale." in answer.get_data(as_text=True)
    assert fresh(category).name["en"] == "Bolts"
    # What was told for one change is no yes to another.
    assert edit(client, category, told=told_on(answer), name_en="Nails").status_code == 200
    assert fresh(category).name["en"] == "Bolts"


@pytest.mark.usefixtures("_desk")
def test_a_move_takes_along_what_stands_below_and_marks_it_for_the_index(client: FlaskClient) -> None:
    old, new = (make_category(name=name, is_leaf=False) for name in ("Old", "New"))
    group = make_category(name="Group", parent=old, is_leaf=False)
    leaf = make_category(name="Leaf", parent=group)
    product = make_product(make_vendor(), category=leaf)
    db.session.query(Change).delete()

    assert save(client, group, parent_id=str(new.id)).status_code == 303

    assert fresh(leaf).path == [new.id, group.id, leaf.id]
    assert [change.subject_id for change in db.session.query(Change)] == [product.id]
    assert undo(client, group).status_code == 303
    assert fresh(leaf).path == [old.id, group.id, leaf.id]


@pytest.mark.usefixtures("_desk")
def test_a_category_cannot_stand_below_itself(client: FlaskClient) -> None:
    group = make_category(name="Group", is_leaf=False)
    below = make_category(name="Below", parent=group, is_leaf=False)

    assert save(client, group, parent_id=str(below.id)).status_code == 422
    assert save(client, group, parent_id=str(group.id)).status_code == 422
    assert fresh(group).parent_id is None


@pytest.mark.usefixtures("_desk")
def test_the_second_of_two_people_sees_what_the_first_has_saved(client: FlaskClient) -> None:
    category = make_category(name="Bolts")
    seen = digest(category_snapshot(category))
    save(client, category, name_en="Screws")

    told = told_on(edit(client, category, seen=seen, name_en="Nails"))
    answer = edit(client, category, seen=seen, told=told, name_en="Nails")

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Screws" in page
    assert 'value="Nails"' in page
    assert fresh(category).name["en"] == "Screws"


@pytest.mark.usefixtures("_desk")
def test_a_merge_moves_every_listing_and_its_address_leads_on(client: FlaskClient) -> None:
    source, target = make_category(slug="screws", name="Screws"), make_category(slug="bolts", name="Bolts")
    make_attribute(target, code="thread", name="Thread", is_required=True)
    product = make_product(make_vendor(), category=source)
    seen = digest(category_snapshot(source))
    db.session.query(Change).delete()

    preview = client.post(f"{TREE}/{source.id}/merge", data={"into_id": str(target.id), "seen": seen})
    assert "1 listing moves. Live 1." in preview.get_data(as_text=True)
    assert "has no value for “Thread”" in preview.get_data(as_text=True)
    assert merge(client, source, target).status_code == 303

    moved = db.session.query(Product).filter_by(id=product.id).populate_existing().one()
    assert (moved.category_id, moved.version) == (target.id, 2)
    versions = {v.version: v.content["category_id"] for v in db.session.query(ProductVersion).filter_by(product_id=product.id)}
    assert versions == {1: str(source.id), 2: str(target.id)}
    assert [change.subject_id for change in db.session.query(Change)] == [product.id]
    answer = client.get("/categories/screws?lang=zh-Hans")
    assert (answer.status_code, answer.location) == (301, "/categories/bolts?lang=zh-Hans")
    assert queries.leaf_category(source.id) is None


@pytest.mark.usefixtures("_desk")
def test_a_merge_taken_back_moves_only_what_it_moved(client: FlaskClient) -> None:
    source, target = make_category(slug="screws"), make_category(slug="bolts")
    vendor = make_vendor()
    moved, there = make_product(vendor, category=source), make_product(vendor, category=target)
    merge(client, source, target)

    assert undo(client, source).status_code == 303

    places = {row.id: row.category_id for row in db.session.query(Product).populate_existing()}
    assert places == {moved.id: source.id, there.id: target.id}
    assert fresh(source).retired_at is None
    assert client.get("/categories/screws").status_code == 200
    assert undo(client, source).status_code == 409


class TestManyListings:
    """A merge of more listings than one part: the rest is a job's, which can be killed, stopped and taken back."""

    @pytest.fixture(autouse=True)
    def _small_parts(self, monkeypatch: pytest.MonkeyPatch, _desk: None) -> None:
        monkeypatch.setattr(category_moves, "PART", 2)

    def merged(self, client: FlaskClient, listings: int = 5) -> tuple[Category, Category, CategoryChange]:
        source, target = make_category(slug="screws"), make_category(slug="bolts")
        vendor = make_vendor()
        for _ in range(listings):
            make_product(vendor, category=source)
        assert merge(client, source, target).status_code == 303
        return source, target, newest_change(source)

    def places(self) -> Counter[UUID]:
        return Counter(row.category_id for row in db.session.query(Product).populate_existing())

    def test_the_page_shows_how_far_it_is_and_the_job_moves_the_rest(self, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
        source, target, change = self.merged(client)
        shown = client.get(f"{TREE}/{target.id}").text
        assert self.places() == {source.id: 3, target.id: 2}
        assert "2 of 5" in shown
        assert 'data-module="refresh"' in shown

        run_jobs()

        change = newest_change(source)
        assert (change.state, change.done, change.total, len(change.product_ids)) == (CategoryMove.STANDS, 5, 5, 5)
        assert self.places() == {target.id: 5}
        assert 'id="moving"' not in client.get(f"{TREE}/{target.id}").text
        assert {row.version for row in db.session.query(Product)} == {2}

    def test_a_killed_worker_costs_a_part_and_its_job_goes_on(self, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
        source, target, change = self.merged(client)
        services.move_listings(change.id, person_id=None)
        db.session.rollback()  # what a kill leaves of a part: nothing
        assert self.places() == {source.id: 3, target.id: 2}

        run_jobs()

        assert self.places() == {target.id: 5}
        assert Counter(row.version for row in db.session.query(Product)) == {2: 5}

    def test_it_is_stopped_and_what_has_moved_returns(self, client: FlaskClient, run_jobs: Callable[[], int]) -> None:
        source, _, _ = self.merged(client, listings=7)

        assert undo(client, source).status_code == 303
        run_jobs()  # the merge's own job finds that it moves back

        assert self.places() == {source.id: 7}
        assert (newest_change(source).state, fresh(source).retired_at) == (CategoryMove.UNDONE, None)

    def test_neither_end_is_merged_or_retired_meanwhile(self, client: FlaskClient) -> None:
        _, target, _ = self.merged(client)
        other = make_category(slug="nuts")

        assert merge(client, target, other).status_code == 422
        seen = digest(category_snapshot(fresh(target)))
        assert client.post(f"{TREE}/{target.id}/retire", data={"seen": seen}).status_code == 422


@pytest.mark.usefixtures("_desk")
def test_a_merge_into_itself_a_group_or_nothing_is_refused(client: FlaskClient) -> None:
    source, group = make_category(), make_category(is_leaf=False)

    for into in (str(source.id), str(group.id), str(new_id()), "nonsense", ""):
        answer = client.post(f"{TREE}/{source.id}/merge", data={"into_id": into, "told": into, "seen": digest(category_snapshot(source))})
        assert answer.status_code == 422, into
    assert fresh(source).retired_at is None


@pytest.mark.usefixtures("_desk")
def test_only_what_holds_nothing_is_retired(client: FlaskClient) -> None:
    root = make_category(slug="fasteners", is_leaf=False)
    leaf = make_category(slug="hex", parent=root)
    product = make_product(make_vendor(), category=leaf)

    def retire(category: Category) -> int:
        return client.post(f"{TREE}/{category.id}/retire", data={"seen": digest(category_snapshot(fresh(category)))}).status_code

    assert retire(root) == 422
    assert retire(leaf) == 422
    db.session.query(Product).filter_by(id=product.id).update({"state": "retired"})
    assert retire(leaf) == 303
    assert client.get("/categories/hex").location == "/categories/fasteners"
    assert retire(leaf) == 422
    assert undo(client, leaf).status_code == 303
    assert client.get("/categories/hex").status_code == 200


@pytest.mark.usefixtures("_desk")
def test_a_change_on_which_another_was_built_is_not_taken_back(client: FlaskClient) -> None:
    category = make_category(name="Bolts")
    save(client, category, name_en="Screws")
    first = newest_change(category)
    save(client, category, name_en="Nails")

    answer = client.post(f"{TREE}/changes/{first.id}/undo")

    assert answer.status_code == 409
    assert "cannot be taken back any more" in answer.get_data(as_text=True)
    assert fresh(category).name["en"] == "Nails"
    assert client.post(f"{TREE}/changes/{new_id()}/undo").status_code == 404


@pytest.mark.usefixtures("_desk")
def test_every_change_stands_in_the_history_and_the_audit_log(client: FlaskClient) -> None:
    category = make_category(name="Bolts")
    save(client, category, name_en="Screws")

    page = client.get(f"{TREE}/{category.id}").get_data(as_text=True)

    assert "Bolts" in page
    assert newest_change(category).kind is CategoryChangeKind.EDITED
    (event,) = db.session.query(AuditEvent).filter_by(act="category.edited")
    assert (event.before["name"]["en"], event.after["name"]["en"]) == ("Bolts", "Screws")
