"""One contract for every engine: what a figure, a part number or a size is beside other words."""

import pytest

from search import lexical
from search.documents import AttributeValue
from tests.search.rows import make_row
from tests.search.subjects import Subject, having, numbers, search


@pytest.mark.parametrize(
    ("text", "expected"),
    [("hoist 1.000 kg", (1, 2)), ("hoist 1,000 kg", (1,)), ("hoist 1000kg", (1,)), ("hoist 1 kg", (2,)), ("hoist 1 t", (1,))],
)
def test_a_figure_that_can_be_two_numbers_finds_both_the_likelier_first(subject: Subject, text: str, expected: tuple[int, ...]) -> None:
    subject.write([make_row(1, titles={"en": "Hoist 1000 kg"}), make_row(2, titles={"en": "Hoist 1 kg"}), make_row(3)])

    assert tuple(having(subject, text)) == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("cookies", "Cookie"), ("cookie", "Biscuits and cookies"), ("battery", "Batteries"), ("lenses", "Camera lens"), ("lens", "Lenses"),
        ("shelves", "Steel shelf"), ("sizes", "One size"), ("tvs", "TV"), ("mouse", "Two mice"), ("dies", "Thread die"),
    ],
)  # fmt: skip
def test_either_number_of_a_word_finds_the_other(subject: Subject, text: str, title: str) -> None:
    subject.write([make_row(1, titles={"en": title}), make_row(2)])

    assert having(subject, text) == [1]


@pytest.mark.parametrize("text", ["labels 1.000 sheets", "labels 1,000 sheets", "labels 1000 sheets"])
def test_a_count_is_found_in_any_writing_of_thousands(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Labels, 1,000 sheets"}), make_row(2, titles={"en": "Labels, 1 sheet"}), make_row(3)])

    assert having(subject, text) == [1]


def test_of_the_goods_with_a_code_those_with_the_other_words_come_first(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Bearing"}, sku="6205"),
            make_row(2, titles={"en": "Bearing 6205 sealed"}),
            make_row(3, titles={"en": "Bearing 6205 with a long title that says very much of where it is made and packed"}),
            make_row(4, titles={"en": "Seal kit, sealed in blue bags"}),
        ]
    )

    assert numbers(search(subject, "6205 bearing sealed blue"))[:3] == [2, 1, 3]


def test_of_goods_that_have_the_other_words_alike_the_own_code_counts(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Adapter for the toner D111S"}), make_row(2, titles={"en": "Toner"}, sku="D111S")])

    assert numbers(search(subject, "D111S toner blue")) == [2, 1]


@pytest.mark.parametrize(("text", "expected"), [("bolt 30-50 mm", [2]), ("processor 3050", [1]), ("30-50", [1])])
def test_a_range_of_what_is_sold_is_no_part_number_of_the_same_figures(subject: Subject, text: str, expected: list[int]) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Processor"}, sku="3050"),
            make_row(2, titles={"en": "Bolt 40 mm"}),
            make_row(3, titles={"en": "Bolt 60 mm"}),
        ]
    )

    assert having(subject, text) == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("ups 1.5 kVA", "UPS 1500 VA"),
        ("ups 1500va", "UPS 1.5kVA"),
        ("link 1 gbit", "Link 1000 Mbit/s"),
        ("link 100 mbps", "Link 100 Mb/s"),
        ("battery 2 Ah", "Battery 2000mAh"),
        ("power 1 kwh", "Power 1000 Wh"),
        ("speaker 8 ohms", "Speaker 8 Ohm"),
        ("camera 12 megapixels", "Camera 12 MP"),
        ("wire 2.5sq", "Wire 2.5 mm²"),
        ("wire 2.5 sq mm", "Wire 2.5 mm²"),
        ("screen 27''", 'Screen 27"'),
        ("valve half inch", "Valve DN 15"),
        ("valve G1/2", "Valve DN 15"),
        ("valve three quarter inch", "Valve DN 20"),
        ("bolt length 40 mm", "Bolt 40 mm"),
        ("bolt 40 mm long", "Bolt 40 mm"),
        ("bolt 长度40毫米", "Bolt 40 mm"),
    ],
)
def test_a_size_is_found_in_another_unit_and_writing(subject: Subject, text: str, title: str) -> None:
    others = ["UPS 15 kVA", "Link 10 Mbit/s", "Battery 20 Ah", "Screen 17 in", "Valve DN 25", "Bolt 60 mm", "Wire 25 mm²"]
    subject.write([make_row(n, titles={"en": words}) for n, words in enumerate([title, *others], start=1)])

    assert having(subject, text) == [1]


def test_a_thing_of_several_words_is_none_by_words_of_several_attributes_where_a_size_is_asked_for(subject: Subject) -> None:
    parts = {"display": AttributeValue("LED display"), "control": AttributeValue("Control panel"), "size": AttributeValue("600 x 600")}
    subject.write(
        [
            make_row(1, titles={"en": "Printer"}, attributes=parts),
            make_row(2, titles={"en": "LED panel 595 × 595 mm"}, category_names=("LED panels",)),
            make_row(3, titles={"en": "Lamp 60 × 60 cm"}, attributes={"product_type": AttributeValue("LED panel")}),
        ]
    )

    assert numbers(search(subject, "led panel 600x600")) == [3]
    assert numbers(search(subject, "led panel 600x600 white")) == [3, 2]
    assert 1 not in numbers(search(subject, "led panel 700x700"))


def test_goods_headed_by_the_noun_alone_are_no_answer_where_no_category_is_called_so(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Doll shoes"}, category_names=("Toys",)), make_row(2, titles={"en": "Safety goggles, black"})])

    assert numbers(search(subject, "safety shoes s3 43")) == []
    assert numbers(search(subject, "safety shoes black")) == [], "nor is a colour"


def test_a_colour_only_orders(subject: Subject) -> None:
    subject.write(
        [make_row(1, titles={"en": "Steel hinge"}), make_row(2, titles={"en": "Black toner"}), make_row(3, titles={"en": "Hinge, black"})]
    )

    assert numbers(search(subject, "steel hinge black")) in ([1, 3], [3, 1])


CHINESE = [
    make_row(1, titles={"en": "Pipe", "zh-Hans": "不锈钢管"}),
    make_row(2, titles={"en": "Fitting", "zh-Hans": "管道接头"}),
    make_row(3, titles={"en": "Rigid part", "zh-Hans": "硬管件"}),
    make_row(4, titles={"en": "Ball valve", "zh-Hans": "黄铜球阀"}),
    make_row(5, titles={"en": "Bearing seat", "zh-Hans": "轴承座"}),
    make_row(6, titles={"en": "Bearing", "zh-Hans": "深沟球轴承"}),
]


@pytest.mark.parametrize(
    ("text", "expected"), [("管", {1, 2, 3}), ("阀", {4}), ("座", {5}), ("黄铜 阀", {4}), ("轴承 座", {5}), ("球", {4, 6})]
)
def test_a_single_han_character_is_found_within_longer_words(subject: Subject, text: str, expected: set[int]) -> None:
    subject.write(CHINESE)

    assert set(having(subject, text)) == expected


def test_what_a_single_character_names_comes_before_what_only_has_it(subject: Subject) -> None:
    subject.write(CHINESE)

    assert having(subject, "管")[0] == 1, "a pipe is one, a fitting for it is none"


def test_a_single_han_character_can_be_left_out(subject: Subject) -> None:
    subject.write(CHINESE)

    assert having(subject, "轴承 -座") == [6]


def test_a_little_chinese_word_asks_for_nothing(subject: Subject) -> None:
    subject.write(CHINESE)

    assert set(having(subject, "轴承 用")) == set(having(subject, "轴承"))


def test_a_rare_word_that_looks_like_a_common_one_is_kept_and_the_other_offered(subject: Subject) -> None:
    common = [make_row(n, titles={"en": "Ethernet cable"}) for n in range(1, 53)]
    subject.write(
        [
            *common,
            make_row(90, titles={"en": "Etherner hub"}),
            make_row(91, titles={"en": "Cabel tester"}, brand="Cabel"),
            make_row(92, titles={"en": "Gasket"}),
            make_row(93, titles={"en": "Basket"}),
        ]
    )

    def meant(text: str, *, correct: bool = True) -> str:
        reading = lexical.read(text, subject.vocabulary(), correct=correct)
        assert reading.correction is None
        return reading.meant

    assert having(subject, "etherner") == [90]
    assert meant("etherner cable") == "ethernet cable"
    assert meant("etherner", correct=False) == "", "who searches for exactly that is asked no more"
    assert meant("cabel tester") == "", "a maker is called so"
    assert meant("gasket") == "", "the other is as rare"
    assert meant("ethernet") == ""


def test_goods_with_all_words_that_the_catalogue_knows_stand_before_those_with_some(subject: Subject) -> None:
    subject.write(
        [
            *(make_row(n, titles={"en": "Roller"}, attributes={"product_type": AttributeValue("Roller")}) for n in range(1, 4)),
            make_row(9, titles={"en": "Bearing with taper and long roller, 25 mm, in a box of ten"}),
        ]
    )

    assert numbers(search(subject, "32005 taper roller"))[0] == 9


def test_the_very_size_stands_before_one_that_is_nearly_it(subject: Subject) -> None:
    exact = [make_row(n, titles={"en": f"Tape 50 mm, brand {n}"}) for n in range(1, 20)]
    subject.write([*exact, make_row(30, titles={"en": "Tape 48 mm"})])

    assert numbers(search(subject, "tape 50 mm rollable"))[-1] == 30


def test_a_kind_of_current_is_no_thing(subject: Subject) -> None:
    subject.write(
        [
            *(make_row(n, titles={"en": "Hero figure DC"}, brand="DC") for n in range(1, 4)),
            make_row(9, titles={"en": "Module with relay for 24 V DC, long title of many words"}),
        ]
    )

    assert numbers(search(subject, "24v dc relay unheardof"))[0] == 9


@pytest.mark.parametrize("text", ["bearing 20 mm bore", "bearing bore 20mm", "bearing 内径 20 mm"])
def test_a_bore_is_a_dimension(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Bearing 20 × 47 × 14 mm"}), make_row(2, titles={"en": "Coupling with bore, bearing 30 mm"})])

    assert having(subject, text) == [1]


def test_a_chinese_measure_word_behind_a_figure_asks_for_nothing(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Glove 9", "zh-Hans": "手套"}), make_row(2, titles={"en": "Glove 8", "zh-Hans": "手套"})])

    assert having(subject, "手套 9码") == [1]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("hdmi to vga", 1),
        ("vga to hdmi", 2),
        ("hdmi to vga adapter", 1),
        ("adapter vga to hdmi", 2),
        ("HDMI转VGA", 1),
        ("vga 转 hdmi 转换器", 2),
        ("usb-c to ethernet", 3),
    ],
)
def test_what_joins_two_ends_does_so_in_the_direction_that_was_asked_for(subject: Subject, text: str, first: int) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Acme HDMI to VGA adapter, black, with sound, 15 cm, for screens and projectors of all makes"}),
            make_row(2, titles={"en": "Acme VGA to HDMI adapter, black, with sound, 15 cm, for screens and projectors of all makes"}),
            make_row(3, titles={"en": "Acme USB-C to Ethernet adapter, black"}),
            make_row(4, titles={"en": "VGA HDMI adapter"}),
            make_row(5, titles={"en": "Ethernet USB-C adapter"}),
        ]
    )

    assert numbers(search(subject, text))[0] == first


def test_an_end_is_no_thing(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "USB"}, attributes={"product_type": AttributeValue("USB")}),
            make_row(2, titles={"en": "Dock, SATA to USB, two bays, with power supply and stand"}),
        ]
    )

    assert numbers(search(subject, "sata to usb"))[0] == 2


PRINTER_LIGHT = {"light": AttributeValue("A light for toner and paper")}


@pytest.mark.parametrize("text", ["toner 1160 black", "toner for acme 1160 black", "black toner acme 1160"])
def test_goods_that_only_speak_of_the_thing_do_not_stand_with_those_that_are_it(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Acme 1160, black"}, brand="Acme", attributes=PRINTER_LIGHT, category_names=("Printers",)),
            make_row(2, titles={"en": "Acme 49 X, black, for the 1160"}, brand="Acme", category_names=("Toner cartridges",)),
            make_row(3, titles={"en": "Toner blue"}, category_names=("Toner cartridges",)),
            make_row(4, titles={"en": "Printer"}, brand="Acme", category_names=("Printers",)),
        ]
    )

    assert numbers(search(subject, f"{text} large"))[0] == 2


def test_beside_a_size_a_description_does_not_say_what_the_thing_is(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Notebook 15 W"}, descriptions={"en": "With a webcam."}),
            make_row(2, titles={"en": "Webcam 15 W"}),
            make_row(3, titles={"en": "C 920, 15 W"}, attributes={"product_type": AttributeValue("Webcam")}),
        ]
    )

    assert set(having(subject, "webcam 15 W")) == {2, 3}


@pytest.mark.parametrize("text", ["T0711", "t071", "acme t0711", "T0711 ink"])
def test_a_part_number_is_found_by_its_beginning(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Ink T0711H"}, brand="Acme"),
            make_row(2, titles={"en": "Ink"}, sku="T0711-B", brand="Acme"),
            make_row(3),
        ]
    )

    assert set(having(subject, text)) == {1, 2}


@pytest.mark.parametrize("text", ["T0712", "t07", "0711"])
def test_another_number_or_fewer_signs_are_no_beginning(subject: Subject, text: str) -> None:
    subject.write([make_row(1, titles={"en": "Ink T0711H"}), make_row(2, titles={"en": "Ink"}, sku="T0711-B")])

    assert having(subject, text) == []


@pytest.mark.parametrize("text", ["shredder cross cut", "rack with lock", "toner cyan 305a", "headset with clear handle"])
def test_without_the_thing_its_features_find_nothing(subject: Subject, text: str) -> None:
    """What the trade knows as a thing is asked for, and no words of others are."""
    rows = ("Valve, cross pattern, cut thread", "Nut with lock", "Glove 305 a, cyan", "Pump with clear handle")
    subject.write([make_row(n, titles={"en": title}) for n, title in enumerate(rows, start=1)])

    assert search(subject, text).total == 0


def test_a_single_character_names_a_thing_by_what_it_means(subject: Subject) -> None:
    wood = {"material": AttributeValue("wood")}
    subject.write(
        [
            make_row(1, titles={"en": "Pallet 1200 × 800 mm", "zh-Hans": "托盘"}, category_names=("Pallets", "托盘"), attributes=wood),
            make_row(2, titles={"en": "Pallet, paper, 1200 × 800 mm", "zh-Hans": "托盘"}, category_names=("Pallets", "托盘")),
            make_row(3, titles={"en": "HDMI cable 5 m"}, category_names=("Cables", "电缆")),
            make_row(4, titles={"en": "HDMI switch 5 m"}, category_names=("Switches", "开关")),
        ]
    )

    assert having(subject, "托盘 木 1200x800") == [1]
    assert having(subject, "HDMI 线 5米") == [3]


def test_behind_a_maker_and_a_code_the_thing_is_still_to_come(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "HP printer 305 A"}, brand="HP", category_names=("Printers",)),
            make_row(2, titles={"en": "HP 305A toner"}, brand="HP", category_names=("Toners",)),
            make_row(3, titles={"en": "HP paper"}, brand="HP", category_names=("Papers",)),
        ]
    )

    assert numbers(search(subject, "hp 305a toner"))[0] == 2


def test_what_the_tables_know_is_no_part_number(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Dock 1080p"}), make_row(2, titles={"en": "Webcam full HD"})])

    assert having(subject, "webcam 1080p") == [2]
    assert not lexical.read("webcam 1080p", subject.vocabulary()).code


@pytest.mark.parametrize("text", ["40 foot hdmi", "40 ft hdmi cable", "hdmi cable 12.2 m", "hdmi 40 ft"])
def test_an_interface_beside_a_length_says_which_cable_is_meant(subject: Subject, text: str) -> None:
    titles = ("Network cable 40 ft", "DVI cable 40 ft", "HDMI adapter", "HDMI cable 15 ft", "Vinyl 40 ft", "HDMI cable 50 ft")
    subject.write([make_row(n, titles={"en": title}) for n, title in enumerate(titles, start=1)])

    assert set(numbers(search(subject, text))[:2]) == {4, 6}


@pytest.mark.parametrize("text", ["external battery for laptop", "external battery with usb"])
def test_beside_a_preposition_goods_that_only_have_the_thing_are_no_answer(subject: Subject, text: str) -> None:
    machine = make_row(1, titles={"en": "Laptop 15 inch"}, descriptions={"en": "With battery, USB and external monitor port"})
    subject.write([machine, make_row(2, titles={"en": "Battery 4400 mAh"}), make_row(3, titles={"en": "Laptop battery"})])

    found = numbers(search(subject, text))

    assert not having(subject, text)
    assert set(found[:2]) == {2, 3}
