"""One contract for every engine: what a query leaves out is in no hit, total or count; only a sign before a word leaves it out."""

import pytest

from search import plan as plans
from search.lexical.exclusions import meant_out
from search.query import Facet, FacetKind
from search.schemas import SearchInput
from tests.search.rows import make_row
from tests.search.subjects import EVERYBODY, Subject, numbers, search

CABLES = (
    make_row(1, titles={"en": "USB cable, HDMI adapter"}, brand="Vendel"),
    make_row(2, titles={"en": "USB cable 2 m"}, keywords=("hdmi",), brand="Vendel"),
    make_row(3, titles={"en": "USB cable 2 m, black", "zh-Hans": "黑色数据线"}, brand="Norrvik"),
    make_row(4, titles={"en": "USB cable 3 m, two plugs"}, sku="QZ-4017-M8", brand="Norrvik"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("usb cable -hdmi", (3, 4)),
        ("-hdmi usb cable", (3, 4)),
        ("usb cable -HDMI -black", (4,)),
        ("usb cable -plug", (1, 2, 3)),
        ("usb cable -plugs", (1, 2, 3)),
        ("usb cable -vendel", (3, 4)),
        ("usb cable -数据线", (1, 2, 4)),
        ("usb cable －hdmi", (3, 4)),
        ("usb cable -2m", (1, 4)),
        ("usb cable -QZ-4017-M8", (1, 2, 3)),
        ("-hdmi", (3, 4)),
    ],
)
def test_goods_with_a_signed_word_are_left_out_wherever_it_stands(subject: Subject, text: str, expected: tuple[int, ...]) -> None:
    subject.write(CABLES)
    maker = Facet("maker", FacetKind.KEYWORD, "maker")

    found = search(subject, text, facets=[maker])

    assert sorted(numbers(found)) == list(expected)
    assert found.total == len(expected)
    assert sum(count for _, count in found.facets["maker"].counts) == len(expected)


@pytest.mark.parametrize("text", ["usb plugs -usb", "plug USB -usb", "-usb usb plug", 'usb plug -"usb"'])
def test_a_word_that_is_asked_for_and_left_out_is_only_left_out(subject: Subject, text: str) -> None:
    subject.write(
        [make_row(1, titles={"en": "USB plug"}), make_row(2, titles={"en": "Plug for rubber cable"}), make_row(3, titles={"en": "Clamp"})]
    )

    found = search(subject, text)

    assert sorted(numbers(found)) == [2]
    assert not found.relaxed


@pytest.mark.parametrize("text", ['lead -"usb c"', "lead -“USB-C”", '-"usb c" lead', 'lead not "usb c"'])
def test_words_in_quotes_are_left_out_where_they_stand_together(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Lead USB-C to HDMI"}),
            make_row(2, titles={"en": "Lead USB A, class C"}),
            make_row(3, titles={"en": "Lead"}, keywords=("usb c",)),
            make_row(4, titles={"en": "USBC lead"}),
            make_row(5, titles={"en": "Lead"}, descriptions={"en": "From USB to class C"}),
        ]
    )

    plan = plans.build(SearchInput(q=text).q, vocabulary=subject.vocabulary(), visibility=EVERYBODY)

    assert sorted(numbers(subject.find(plan))) == [2, 5]


@pytest.mark.parametrize("text", ['lead -"', 'lead -""', '-"', 'lead "usb c"', 'lead -" "'])
def test_quotes_that_hold_nothing_leave_nothing_out(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Lead USB-C"})])

    assert 1 in numbers(search(subject, text)) or text == '-"'


def test_a_synonym_of_a_signed_word_is_not_left_out(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Steel hexagon head screw"}), make_row(2, titles={"en": "Steel hex bolt"})])

    assert numbers(search(subject, "steel -bolt")) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "QZ-4017-M8",
        "qz-4017 -m8",
        "QZ -4017 -M8",
        "usb-cable",
        "cable - plugs",
        "cable -",
        "cable -3",
        "cable -40°C",
        "cable -40℃",
        "cable -20...60°C",
        "cable -20~+60℃",
        "cable -20至60摄氏度",
        "usb cable --hdmi",
    ],
)
def test_hyphens_within_words_and_codes_and_signs_of_numbers_leave_nothing_out(subject: Subject, text: str) -> None:
    subject.write(CABLES)

    plan = plans.build(text, vocabulary=subject.vocabulary(), visibility=EVERYBODY)

    assert plan.without == ()
    assert 4 in numbers(subject.find(plan))


def test_relaxed_results_have_no_signed_word_either(subject: Subject) -> None:
    subject.write(CABLES)

    found = search(subject, "usb cable 5 m shielded -hdmi")

    assert found.relaxed
    assert set(numbers(found)) == {3, 4}


def test_a_signed_word_that_nothing_has_leaves_everything(subject: Subject) -> None:
    subject.write(CABLES)

    assert search(subject, "usb cable -zinc").total == len(CABLES)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("gloves not nitrile", "gloves -nitrile"),
        ("球阀 不要NPT", "球阀 -NPT"),
        ("not zinc", "-zinc"),
        ("freezer not -20", "freezer not -20"),
        ("supply not 24v", "supply not 24v"),
        ("cable without connector", "cable without connector"),
        ("whatnot shelf", "whatnot shelf"),
    ],
)
def test_not_is_a_sign_and_without_a_word(written: str, read: str) -> None:
    assert SearchInput(q=written).q == read


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("ups without battery", "ups -battery"),
        ("bolt no stainless", "bolt -stainless"),
        ("UPS 不带电池", "UPS -电池"),
        ("cable w/o connector", "cable -connector"),
        ("screw no 8", ""),
        ("without battery", ""),  # it names nothing that would be left
        ("nostalgic lamp", ""),
    ],
)
def test_what_a_minus_would_leave_out_is_offered(written: str, offered: str) -> None:
    assert meant_out(written) == offered


def test_what_goods_are_called_leaves_nothing_out(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Exchange service"}, mpn="4y NBD exch -H Svc"), make_row(2, titles={"en": "4y exch service"})])

    found = search(subject, "4y nbd exch -h svc")

    assert numbers(found)[0] == 1
    assert numbers(search(subject, "exchange -service")) == []
