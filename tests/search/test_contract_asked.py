"""One contract for every engine: what a question says beside the name of a thing, and what goods say otherwise."""

import pytest

from search import lexical
from search.documents import AttributeValue
from search.lexical import codes
from search.lexical.tree import Tree
from search.synonyms import TRADE
from tests.search.rows import make_row
from tests.search.subjects import Subject, having, numbers, search
from tests.search.written_words import Words


@pytest.mark.parametrize("stated", [{"points": AttributeValue("1920 x 1080")}, {}])
def test_the_points_of_a_picture_are_no_lengths(subject: Subject, stated: dict[str, AttributeValue]) -> None:
    title = "Monitor 21.5 in" if stated else "Monitor 21.5 in, 1920 x 1080 pixels"
    subject.write([make_row(1, titles={"en": title}, attributes=stated), make_row(2, titles={"en": "Monitor 42.5 in"})])

    assert having(subject, "42.5 inch monitor") == [2]
    assert having(subject, "1920x1080 monitor") == [1]


@pytest.mark.parametrize(
    "text",
    [
        "valve 24 V", "voltage 24 V valve", "24V voltage valve", "valve 电压 24V", "power 8 W valve", "功率 8W 阀", "pressure 16 bar valve",
        "red colour valve", "颜色 red valve", "valve grade 8.8", "class 8.8 valve", "valve size 12 mm", "temperature -20 °C valve",
    ],
)  # fmt: skip
def test_the_name_of_a_property_beside_its_value_is_no_word_to_look_for(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Valve 24 V, 8 W, 16 bar, 12 mm, red, 8.8, -20 °C", "zh-Hans": "球阀"}), make_row(2)])

    assert having(subject, text) == [1]


@pytest.mark.parametrize("text", ["24 V power supply", "16 bar pressure gauge"])
def test_behind_its_value_it_may_begin_the_thing(text: str) -> None:
    words = Words(title_en={"power": 9, "supply": 9, "pressure": 9, "gauge": 9}, heads={"supply": 9, "gauge": 9})

    said = [word for concept in lexical.read(text, words).concepts for word in concept.words]

    assert {"power", "pressure"} & set(said)


@pytest.mark.parametrize("text", ["vest XL码", "vest XL"])
def test_a_letter_is_a_size_with_and_without_its_measure_word(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Vest, size XL"}), make_row(2, titles={"en": "Vest, size S"})])

    assert having(subject, text) == [1]


@pytest.mark.parametrize("text", ["printer without scanner", "printer no scanner", "printer excluding scanner", "打印机不带扫描仪"])
def test_what_goods_are_to_lack_they_need_not_have(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Printer", "zh-Hans": "打印机"}), make_row(2), make_row(3, titles={"en": "Scanner"})])

    assert having(subject, text) == [1]


@pytest.mark.parametrize(("text", "first"), [("cable without plug", 2), ("gloves without powder", 4)])
def test_what_says_that_it_lacks_something_stands_first(subject: Subject, text: str, first: int) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Cable, plug on one end"}),
            make_row(2, titles={"en": "Cable of copper for indoors, 3 cores, without plug"}),
            make_row(3, titles={"en": "Gloves, powder inside"}),
            make_row(4, titles={"en": "Gloves of blue nitrile for food, powder free"}),
        ]
    )

    assert numbers(search(subject, text))[0] == first


@pytest.mark.parametrize(("text", "expected"), [("pump 220 V", {1, 2}), ("pump 240V", {1, 2}), ("pump 230 V", {1, 2}), ("pump 120 V", {3})])
def test_one_network_has_several_names(subject: Subject, text: str, expected: set[int]) -> None:
    titles = ("Pump 230 V", "Pump 220 V", "Pump 110 V", "Pump 24 V")
    subject.write([make_row(number, titles={"en": title}) for number, title in enumerate(titles, 1)])

    assert set(having(subject, text)) == expected


@pytest.mark.parametrize("text", ["vendel q 2612 a", "vendel q-2612-a", "vendel Q2612A", "toner q 2612 a"])
def test_a_part_number_in_pieces_finds_what_is_it_and_what_stands_in_for_it(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Toner, black"}, sku="Q2612A", brand="Vendel"),
            make_row(2, titles={"en": "Toner, replaces Vendel Q2612A"}),
            make_row(3, titles={"en": "Toner 2613"}, brand="Vendel"),
        ]
    )

    assert set(having(subject, text)) == {1, 2}


@pytest.mark.parametrize("text", ["memory 2x8GB", "2 x 8 GB memory", "2x8G memory"])
def test_modules_are_stated_without_their_unit(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Memory kit 16 GB"}, attributes={"layout": AttributeValue("2 x 8")}),
            make_row(2, titles={"en": "Memory kit 16 GB"}, attributes={"layout": AttributeValue("1 x 16")}),
        ]
    )

    assert having(subject, text) == [1]


def test_what_a_category_is_called_by_is_not_what_only_has_it(subject: Subject) -> None:
    screen = {"parts": AttributeValue("full hd screen, webcam")}
    subject.write(
        [
            make_row(1, titles={"en": "Laptop"}, attributes=screen, category_names=("Laptops",)),
            make_row(2, titles={"en": "Vendel full HD webcam"}, category_names=("Webcams",)),
        ]
    )

    assert having(subject, "full hd webcam") == [2]


def test_several_words_of_a_category_are_neighbours(subject: Subject) -> None:
    lights = ("LED strips", "LED drivers, power supplies and lighting")
    subject.write(
        [
            make_row(1, titles={"en": "Light"}, category_names=lights),
            make_row(2, titles={"en": "Surge protector"}, category_names=("Power strips",)),
        ]
    )

    assert having(subject, "power strip") == [2]


@pytest.mark.parametrize("text", ["鼠标 -无线", "mouse -无线", "鼠标 -wireless"])
def test_a_word_is_left_out_by_its_name_in_the_other_language_too(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Wireless mouse"}), make_row(2, titles={"en": "Mouse"})])

    assert numbers(search(subject, text)) == [2]


@pytest.mark.parametrize("text", ["1. hex bolt", "2) hex bolt", "Item 4: hex bolt", "pos. 3 hex bolt", "第3项、hex bolt"])
def test_the_number_of_a_line_is_no_word(subject: Subject, text: str) -> None:
    subject.write([make_row(1), make_row(2, titles={"en": "Nut 1, 2, 3, 4"})])

    assert having(subject, text) == [1]


@pytest.mark.parametrize("text", ["1.5 mm bolt", "12:30 clock", "no. 5 screw", "10 x 20 bolt", "3/4 valve"])
def test_a_figure_that_says_something_stays(text: str) -> None:
    assert lexical.read(text, Words(title_en={"bolt": 9, "clock": 9, "screw": 9, "valve": 9})).text == text


def test_how_sharp_a_picture_is_names_no_model() -> None:
    words = Words(title_en={"1080p": 9, "webcam": 9, "hl2140": 3, "toner": 9}, heads={"webcam": 9, "toner": 9})
    designated = {
        text: codes.designated(concepts, Tree(words, TRADE).clauses(concepts, None))
        for text in ("1080p webcam", "hl2140 toner")
        if (concepts := lexical.read(text, words).concepts)
    }

    assert [bool(found) for found in designated.values()] == [False, True]
