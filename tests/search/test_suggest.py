"""Suggestions: goods, codes, categories, vendors and own past searches, for those who may see them."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from search import analysis
from search.suggesting import fitting, named, typed_plan
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow
from tests.search.rows import make_row
from tests.search.subjects import Subject, numbers
from vendors.models import VendorState


def typed(subject: Subject, text: str, visibility: tuple[str, ...] = ("all",)) -> list[int]:
    """Rows for what was typed so far."""
    vendors = {row.vendor_id for row in (make_row(1),)}
    wanted = typed_plan(text, vocabulary=subject.vocabulary(), visibility=visibility, vendors=vendors, limit=10)
    return numbers(subject.find(wanted)) if wanted else []


def test_words_that_are_left_out_suggest_nothing_and_hide_nothing(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Brass ball valve"}), make_row(2, titles={"en": "Steel ball valve"})])

    assert set(typed(subject, "ball valve -brass")) == set(typed(subject, "-brass ball valve")) == {1, 2}
    assert typed(subject, "-brass") == []


def test_goods_are_found_while_their_last_word_is_typed(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Brass ball valve DN 15"}), make_row(2, titles={"en": "Valve handle, red"}),
            make_row(3, titles={"en": "Ball bearing 6204"}), make_row(4, titles={"en": "Steel ball valve", "zh-Hans": "钢球阀"}),
        ]
    )  # fmt: skip

    assert set(typed(subject, "ball va")) == {1, 4}
    assert set(typed(subject, "val")) == {1, 2, 4}
    assert typed(subject, "球阀")[0] == 4, "the Chinese name first, and what it means in English too"
    assert typed(subject, "v") == []
    assert typed(subject, "zzz") == []


@pytest.mark.parametrize("text", ["不锈钢球", "不锈钢球阀", "球阀不锈", "不锈钢 球阀"])
def test_chinese_is_read_word_by_word_and_its_last_word_completed(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Ball valve, stainless steel"}), make_row(2, titles={"en": "Ball valve, brass"}), make_row(3)])

    assert typed(subject, text) == [1]


@pytest.mark.parametrize("text", ["batter", "batteri", "batterie", "batteries", "Batteries "])
def test_a_plural_is_suggested_from_each_of_its_beginnings(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Battery, alkaline"}), make_row(2, titles={"en": "Charger"})])

    assert typed(subject, text) == [1]


@pytest.mark.parametrize("text", ["cooki", "cookie", "cookies", "shelv", "shelve", "shelves", "lense"])
def test_so_is_one_that_no_ending_tells(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Shelf for a cookie and a lens"}), make_row(2, titles={"en": "Charger"})])

    assert typed(subject, text) == [1]


@pytest.mark.parametrize("text", ["u盘", "U盘", "64 U盘", "U盘 64", "usb-", "usb - "])
def test_a_term_of_two_scripts_and_a_sign_at_the_end_hide_nothing(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "USB flash drive 64 GB"}), make_row(2, titles={"en": "Plate, unglazed"})])

    assert typed(subject, text) == [1]


def test_words_beside_each_other_are_suggested_first(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Cable USB, type C"}), make_row(2, titles={"en": "Cable USB-C, long"})])

    assert typed(subject, "usb-c") == [2, 1]


def test_a_code_is_completed_in_any_writing(subject: Subject) -> None:
    subject.write([make_row(1, sku="QZ-4017/M8"), make_row(2, sku="QZ-5000"), make_row(3, sku="AB-4017", titles={"en": "Nut"})])

    assert typed(subject, "qz40") == [1]
    assert typed(subject, "QZ-40") == [1]
    assert typed(subject, "qz 40")[0] == 1


def test_letters_with_a_hyphen_begin_a_code(subject: Subject) -> None:
    subject.write([make_row(1, sku="DPA-BVB-32"), make_row(2, sku="DPA-SV-8"), make_row(3, sku="AB-1", titles={"en": "Dpa reader"})])

    assert typed(subject, "dpa-bv") == typed(subject, "DPA-BVB-") == [1]
    assert typed(subject, "dpa-s") == [2]


def test_words_before_the_last_are_read_as_the_search_reads_them(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Stainless bolt, black"}), make_row(2, titles={"en": "Brass bolt, black"}),
            make_row(3, titles={"en": "Safety vest, black"}), make_row(4, titles={"en": "Notebook sleeve"}),
        ]
    )  # fmt: skip

    assert typed(subject, "stainles bolt") == typed(subject, "stainles b")[:1] == [1], "one slip"
    assert typed(subject, "hi vis vest bl") == [3], "what several words are also called"
    assert typed(subject, "laptop sl") == [4]


def test_a_number_behind_a_word_may_begin_a_part_number(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Bearing 30206, 30 × 62 × 17"}), make_row(2, titles={"en": "Bearing 6205-2RS"}), make_row(3)])

    assert typed(subject, "bearing 62") == [2, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bolt m8x4", {1, 2}), ("bolt M8 x 4", {1, 2}), ("bolt m8x40", {1}), ("bolt 8 x 40 mm", {1}), ("valve 1/2", {3}), ("valve 1/2 in", {3}),
     ('1/2"', {3}), ("valve dn1", {3, 4})],
)  # fmt: skip
def test_a_size_is_suggested_in_any_writing_and_while_it_is_typed(subject: Subject, text: str, expected: set[int]) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Hex bolt M8 × 40"}), make_row(2, titles={"en": "Hex bolt M8×45"}),
            make_row(3, titles={"en": "Ball valve DN 15"}), make_row(4, titles={"en": "Ball valve DN 10"}),
            make_row(5, titles={"en": "Lead"}, sku="12IN-LEAD"), make_row(6, titles={"en": "Hex bolt M10 × 4"}),
        ]
    )  # fmt: skip

    assert set(typed(subject, text)) == expected


def test_one_chinese_sign_begins_a_name(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Ball valve"}), make_row(2, titles={"en": "Cover", "zh-Hans": "罩子"}), make_row(3)])

    assert (typed(subject, "球"), typed(subject, "罩")) == ([1], [2])


def test_what_may_not_be_seen_is_not_suggested(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Secret valve"}, visibility=("company:other",)), make_row(2, titles={"en": "Open valve"})])

    assert typed(subject, "valv") == [2]
    assert set(typed(subject, "valv", ("all", "company:other"))) == {1, 2}


@pytest.mark.parametrize("text", [".*", "a(b", "[x", "va*", '"', "\\", "x" * 500, "。。", "  ", "é́"])
def test_any_sign_may_be_typed(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Valve"})])

    assert typed(subject, text) in ([], [1])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ba", ["Ball valves", "Steel balls"]),
        ("valves ba", ["Ball valves"]),
        ("b", []),
        ("ub", []),
        ("阀", ["阀门", "球阀", "球阀/阀座"]),
        ("球阀", ["球阀", "球阀/阀座"]),
        ("阀/", ["球阀/阀座"]),
    ],
)
def test_names_fit_by_the_beginning_of_their_words_and_chinese_ones_anywhere(text: str, names: list[str]) -> None:
    known = [(name, name) for name in ("Steel balls", "Ball valves", "Tubes", "球阀", "阀门", "球阀/阀座")]

    assert fitting(named(known), text, 5) == names


@given(st.lists(st.text("ab -/é阀", max_size=9), max_size=6), st.text("ab -/é阀", max_size=6))
def test_each_typed_word_begins_a_word_or_the_whole_name_or_is_chinese_and_within_one(names: list[str], text: str) -> None:
    def words(name: str) -> list[str]:
        whole = analysis.fold(name)
        return [whole, *whole.replace("-", " ").replace("/", " ").split()]

    def says(word: str, one: str) -> bool:
        return word.startswith(one) or (one[0] == "阀" and one in word)

    asked = analysis.fold(text).split()
    fits = {name for name in names if all(any(says(word, one) for word in words(name)) for one in asked)}

    found = fitting(named((name, name) for name in dict.fromkeys(names)), text, 10)

    assert set(found) == (fits if found else set())


def suggested(client: FlaskClient, text: str) -> list[tuple[str, str]]:
    """(group, text) of each suggestion."""
    answer = client.get("/search/suggest", query_string={"q": text})
    assert answer.status_code == 200
    items = answer.get_json()["items"]
    assert all(item["url"].startswith("/") for item in items)
    return [(item["group"], item["text"]) for item in items]


def test_goods_categories_and_vendors_are_suggested_and_counted(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(name="Boltwerk")
    index_now(make_product(vendor, title="Hex bolt M8 × 40", sku="BW-1", category=make_category(name="Bolts of all kinds")))

    assert ("Products", "Hex bolt M8 × 40") in suggested(client, "hex bol")
    assert ("Categories", "Bolts of all kinds") in suggested(client, "bolts")
    assert ("Vendors", "Boltwerk") in suggested(client, "boltw")
    assert ("Products", "Hex bolt M8 × 40") in suggested(client, "bw1")
    assert client.get("/search/suggest?q=boltw").get_json()["said"] == "1 suggestion"
    assert suggested(client, "") == []


def test_a_listing_is_suggested_once_whatever_its_sizes(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(*(make_product(vendor, title=f"Flange nut {n}", sku=f"FN-{n}") for n in range(8)))

    assert len([text for group, text in suggested(client, "flange n") if group == "Products"]) == 5


def test_goods_of_others_are_not_suggested(client: FlaskClient, index_now: IndexNow) -> None:
    owner, hidden = make_company(), make_vendor(name="Hidden works", state=VendorState.SUSPENDED)
    index_now(
        make_product(make_vendor(), title="Secret gasket", sku="SG-1", visibility=[f"company:{owner.id}"]),
        make_product(hidden, title="Gasket of the suspended", sku="SG-2"),
    )

    assert suggested(client, "gask") == []
    assert suggested(client, "hidden") == []
    log_in(client, make_member(owner), owner)
    assert suggested(client, "gask") == [("Products", "Secret gasket")]


def test_own_past_searches_come_first_and_only_to_who_made_them(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Hex bolt"))
    client.get("/search?q=copper+tube")
    assert suggested(client, "copp") == []

    company = make_company()
    log_in(client, make_member(company), company)
    client.get("/search?q=copper+tube")
    client.get("/search?q=hex+bolt")

    assert suggested(client, "copp") == [("Searched before", "copper tube")]
    assert client.get("/search/suggest?q=copp").headers["Cache-Control"].startswith("private")


def test_suggestions_cost_few_statements(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(*(make_product(vendor, title=f"Hex bolt {n}", sku=f"HB-{n}") for n in range(5)))
    client.get("/search/suggest?q=hex")

    with count_queries() as seen:
        client.get("/search/suggest?q=hex+b")

    assert len(seen) <= 4


def test_the_same_words_in_another_case_are_one_past_search(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Hex bolt"))
    company = make_company()
    log_in(client, make_member(company), company)

    for text in ("copper+tube", "Copper++Tube", "brass+tube"):
        client.get(f"/search?q={text}")

    assert [text for _, text in suggested(client, "copp")] == ["Copper Tube"]
    assert suggested(client, "COPPER TUBE") == []
