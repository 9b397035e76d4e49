"""One contract for every engine: a thing by its other names, in other languages, and by what its category is called."""

import pytest

from search.documents import AttributeValue
from tests.search.rows import make_row
from tests.search.subjects import Subject, having, numbers, search


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Netzwerkkabel 10m", "Network cable, 10 m"), ("Drucker mit WLAN", "Printer, wireless"), ("Tintenpatronen", "Ink cartridge"),
        ("Sechskantmutter M8", "Hexagon nut M8"), ("souris sans fil", "Wireless mouse"), ("cartouche d'encre", "Ink cartridge"),
        ("cable de red", "Network cable"), ("tastiera", "Keyboard"),
    ],
)  # fmt: skip
def test_a_thing_is_found_by_its_name_in_a_language_around(subject: Subject, text: str, title: str) -> None:
    subject.write([make_row(1, titles={"en": title}), make_row(2, titles={"en": "Ball valve, brass"})])

    assert having(subject, text) == [1]


@pytest.mark.parametrize("text", ["hex bolt zinc", "hexagon bolt zinc", "machine bolt zinc"])
def test_what_is_sorted_as_the_thing_stands_before_what_a_synonym_calls_so(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Hex head screw, zinc"}, category_names=("Self-drilling screws",)),
            make_row(2, titles={"en": "Hexagon head screw M8 × 40, steel 8.8, zinc"}, category_names=("Hex bolts and screws",)),
        ]
    )

    assert numbers(search(subject, text)) == [2, 1]


def test_what_is_headed_by_the_thing_and_sorted_under_it_stands_first(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "HP Jetdirect 300x Print Server"}, category_names=("Network and wireless",)),
            make_row(
                2,
                titles={"en": "DELL PowerEdge T440 server Intel Xeon Silver 2.2 GHz 32 GB"},
                category_names=("Desktops, workstations and servers",),
            ),
            make_row(
                3, titles={"en": "HP ProDesk Desktop with memory for a server"}, category_names=("Desktops, workstations and servers",)
            ),
        ]
    )

    assert numbers(search(subject, "server")) == [2, 1, 3]


def test_beside_a_size_what_most_titles_with_the_word_are_headed_by_has_to_head_a_title(subject: Subject) -> None:
    titles = ("Barcode scanner, USB, 500 mm, cable 1.5 m", "USB cable 0.5 m", "USB cable 2 m", "Power cable 3 m")
    subject.write([make_row(n, titles={"en": title}) for n, title in enumerate(titles, start=1)])

    assert having(subject, "usb cable 0.5 m") == [2]
    assert having(subject, "usb cable 0.7 m") == []
    assert 1 not in numbers(search(subject, "usb cable 1.5 m"))[:2]


def test_a_thing_of_several_words_is_none_by_long_texts_where_no_goods_are_called_by_its_noun(subject: Subject) -> None:
    system = {"disk": AttributeValue("Hard disk"), "system": AttributeValue("Red Hat Linux")}
    subject.write(
        [
            make_row(1, titles={"en": "Printer"}, attributes=system),
            make_row(2, titles={"en": "Scanner"}, descriptions={"en": "It has a hard disk, and runs with Red Hat."}),
        ]
    )

    assert numbers(search(subject, "hard hat")) == []

    subject.write([make_row(3, titles={"en": "SH-20, yellow"}, descriptions={"en": "A hard hat."}), make_row(4, titles={"en": "Sun hat"})])

    assert 3 in having(subject, "hard hat")


@pytest.mark.parametrize(
    ("text", "first"),
    [("drum for brother hl-2140", 2), ("drum brother HL 2140", 2), ("drum for brother p1102", 3), ("drum for brother hl-20", 1)],
)
def test_what_is_for_the_model_stands_before_what_is_called_so_and_is_for_another(subject: Subject, text: str, first: int) -> None:
    def fitting(*models: str) -> dict[str, AttributeValue]:
        return {"compatibility": AttributeValue(", ".join(models))}

    subject.write(
        [
            make_row(1, titles={"en": "Brother DR-3000 drum unit"}, attributes=fitting("HL-5130", "HL-20"), category_names=("Drums",)),
            make_row(2, titles={"en": "Brother DR2100"}, attributes=fitting("HL-2140", "HL-2150N"), category_names=("Other",)),
            make_row(3, titles={"en": "Brother DR1102"}, attributes=fitting("LaserJet P1102"), category_names=("Other",)),
        ]
    )

    assert numbers(search(subject, text))[0] == first


def test_where_nothing_is_the_thing_what_is_called_so_stands_before_what_is_described_so(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Handheld vacuum, white"}, descriptions={"en": "With a hose."}),
            make_row(2, titles={"en": "CLAMP, WORM-DRIVE HOSE, 10–16MM, BAND 9MM, STAINLESS STEEL 304, BOX OF 50"}),
            make_row(3, titles={"en": "Ball valve, brass"}),
        ]
    )

    assert numbers(search(subject, "hose")) == [2, 1]


def test_a_word_that_says_which_of_a_category_is_none_of_all_its_goods(subject: Subject) -> None:
    cables, parts = ("USB, serial and data cables", "USB、串口与数据线缆"), ("Drums, fusers and printer parts", "硒鼓、定影器与打印机配件")
    subject.write(
        [
            make_row(1, titles={"en": "SATA cable 0.5 m"}, category_names=cables),
            make_row(2, titles={"en": "USB cable 1 m"}, category_names=cables),
            make_row(3, titles={"en": "Brother DR2100"}, category_names=parts),
        ]
    )

    assert having(subject, "usb cable") == [2]
    assert set(having(subject, "data cable")) == {1, 2}
    assert having(subject, "brother drum") == [3]


def test_an_english_word_is_not_found_by_the_chinese_name_of_a_category(subject: Subject) -> None:
    """ "硒鼓" is a drum and a toner: trays for printers stand in "硒鼓、定影器与打印机配件" and are neither."""
    names = ("Drums, fusers and printer parts", "硒鼓、定影器与打印机配件")
    subject.write([make_row(1, titles={"en": "Paper tray"}, category_names=names), make_row(2, titles={"en": "Toner, black"})])

    assert having(subject, "toner") == [2]
    assert having(subject, "硒鼓") == [2, 1], "who writes Chinese is told by both"
