"""What a category asks of its products, edited at the desk."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries
from marketplace.catalogue.models import AttributeKind, Category, CategoryAttribute, CategoryChange
from marketplace.catalogue.taxonomy import WishRefused, read_choices
from marketplace.core.changes import Change
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_operator
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor

STEEL = {"material": {"v": "steel"}}


@pytest.fixture
def _desk(client: FlaskClient) -> None:
    company, person = make_operator([Role.PLATFORM_ADMIN])
    log_in(client, person, company)


def hidden(answer: TestResponse, name: str) -> str:
    return answer.get_data(as_text=True).split(f'name="{name}" value="')[1].split('"')[0]


def save(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Both steps: the effect, then the saving with what the page carried."""
    typed = {"name_en": "Material", "kind": "text", "comparable": "1", "seen": hidden(client.get(address), "seen")} | fields
    first = client.post(address, data=typed)
    if first.status_code != 200:
        return first
    return client.post(address, data={**typed, "told": hidden(first, "told")})


def at(category: Category, code: str = "new") -> str:
    return f"/desk/categories/{category.id}/attributes/{code}"


def asked_in(category: Category) -> dict[str, tuple[bool, bool, bool]]:
    return {d.code: (d.is_required, d.is_facet, d.is_comparable) for d in queries.asked_by_category(category.id)}


@pytest.mark.usefixtures("_desk")
def test_a_new_attribute_is_asked_for_at_once(client: FlaskClient) -> None:
    category = make_category()

    answer = save(
        client,
        at(category),
        name_en="Finish",
        name_zh="表面",
        kind="choice",
        choices="zinc: Zinc = 镀锌\nPlain = 本色",
        required="1",
        facet="1",
    )

    assert answer.status_code == 303
    (definition,) = queries.asked_by_category(category.id)
    assert (definition.code, definition.kind, definition.is_required, definition.is_facet) == ("finish", AttributeKind.CHOICE, True, True)
    assert definition.choices == (("zinc", {"en": "Zinc", "zh-Hans": "镀锌"}), ("plain", {"en": "Plain", "zh-Hans": "本色"}))


@pytest.mark.usefixtures("_desk")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name_en": ""}, "name_en"),
        ({"kind": "colour"}, "kind"),
        ({"kind": "choice"}, "choices"),
        ({"kind": "choice", "choices": "a: A\na: B"}, "choices"),
        ({"kind": "number", "unit": "furlong"}, "unit"),
        ({"code": "Not a code"}, "code"),
        ({"code": "taken"}, "code"),
        ({"name_en": "材料"}, "name_en"),
        ({"position": "4e2"}, "position"),
    ],
)
def test_what_no_attribute_can_be_is_refused_beside_its_field(client: FlaskClient, fields: dict[str, str], field: str) -> None:
    category = make_category()
    make_attribute(code="taken")

    answer = save(client, at(category), **fields)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert asked_in(category) == {}


@pytest.mark.usefixtures("_desk")
def test_listings_that_would_lack_a_required_value_are_counted_first(client: FlaskClient) -> None:
    category = make_category()
    definition = make_attribute(category, code="material")
    make_product(make_vendor(), category=category, attributes=STEEL)
    for _ in range(2):
        make_product(make_vendor(), category=category, attributes={})

    address = at(category, definition.code)
    page = client.post(address, data={"name_en": "Material", "kind": "text", "required": "1"}).get_data(as_text=True)

    assert "1 of 3 listings on sale here hold a value." in page
    assert "2 listings on sale (vendors: 2) have no value for “Material”." in page
    assert asked_in(category)["material"][0] is False
    assert save(client, address, required="1").status_code == 303
    assert asked_in(category)["material"][0] is True


@pytest.mark.usefixtures("_desk")
def test_type_unit_and_used_values_stay(client: FlaskClient) -> None:
    category = make_category()
    definition = make_attribute(category, code="finish", kind=AttributeKind.CHOICE, choices=("zinc", "plain"))
    make_product(make_vendor(), category=category, attributes={"finish": {"v": "zinc"}})
    address = at(category, definition.code)

    other_kind = save(client, address, name_en="Finish", kind="text")
    without_used = save(client, address, name_en="Finish", kind="choice", choices="plain: PLAIN")
    without_unused = save(client, address, name_en="Finish", kind="choice", choices="zinc: ZINC")

    assert (other_kind.status_code, without_used.status_code, without_unused.status_code) == (422, 422, 303)
    assert 'id="kind-error"' in other_kind.get_data(as_text=True)
    assert "left out a value that is in use (zinc). Listings that use it: 1." in without_used.get_data(as_text=True)


@pytest.mark.usefixtures("_desk")
def test_a_new_name_is_told_for_every_category_and_reaches_the_index(client: FlaskClient) -> None:
    category, other = make_category(name="Bolts"), make_category(name="Washers")
    definition = make_attribute(category, code="material")
    db.session.add(CategoryAttribute(category_id=other.id, attribute_id=definition.id, is_required=False, is_facet=True, position=1))
    product = make_product(make_vendor(), category=other, attributes=STEEL)
    db.session.query(Change).delete()
    address = at(category, definition.code)

    page = client.post(address, data={"name_en": "Stuff", "kind": "text"}).get_data(as_text=True)
    assert "Also asked for in: Washers" in page
    assert save(client, address, name_en="Stuff", facet="1").status_code == 303

    assert [change.subject_id for change in db.session.query(Change)] == [product.id]


@pytest.mark.usefixtures("_desk")
def test_an_attribute_of_another_category_is_found_and_used(client: FlaskClient) -> None:
    category = make_category()
    definition = make_attribute(make_category(), code="material")

    page = client.get(at(category) + "?q=mater").get_data(as_text=True)
    assert at(category, definition.code) in page
    assert save(client, at(category, definition.code)).status_code == 303

    assert asked_in(category) == {"material": (False, False, True)}


@pytest.mark.usefixtures("_desk")
def test_the_second_of_two_people_sees_what_the_first_has_saved(client: FlaskClient) -> None:
    category = make_category()
    definition = make_attribute(category, code="material")
    address = at(category, definition.code)
    seen = hidden(client.get(address), "seen")
    save(client, address, name_en="Stuff")

    answer = save(client, address, name_en="Matter", seen=seen)

    assert answer.status_code == 409
    assert "Stuff" in answer.get_data(as_text=True)
    assert 'value="Matter"' in answer.get_data(as_text=True)


@pytest.mark.usefixtures("_desk")
def test_what_is_no_longer_asked_for_keeps_its_values_and_can_come_back(client: FlaskClient) -> None:
    category = make_category()
    definition = make_attribute(category, code="material", is_required=True)
    make_product(make_vendor(), category=category, attributes=STEEL)
    page = client.get(at(category, definition.code))
    assert "1 listing here keeps its value" in page.get_data(as_text=True)

    stale = client.post(at(category, definition.code) + "/remove", data={"seen": "old"})
    answer = client.post(at(category, definition.code) + "/remove", data={"seen": hidden(page, "seen")})

    assert (stale.status_code, answer.status_code) == (409, 303)
    assert asked_in(category) == {}
    change = db.session.query(CategoryChange).one()
    assert client.post(f"/desk/categories/changes/{change.id}/undo").status_code == 303
    assert asked_in(category) == {"material": (True, True, True)}


def test_values_are_read_one_a_line() -> None:
    assert read_choices("a2: Stainless A2 = 不锈钢\n\n Brass \n") == (
        {"code": "a2", "en": "Stainless A2", "zh-Hans": "不锈钢"},
        {"code": "brass", "en": "Brass"},
    )
    for wrong in ("螺母", "x: A\ny: a", "x: " + "A" * 81):
        with pytest.raises(WishRefused):
            read_choices(wrong)
