"""One contract for every engine: sizes and ranges of sizes, in whatever way they are written."""

import pytest

from search.documents import AttributeValue, IndexRow, axes_of
from tests.search.rows import make_row
from tests.search.subjects import Subject, having


@pytest.mark.parametrize(
    "text",
    [
        "cable 1-2 m", "cable 1 to 2 m", "cable from 1 to 2 m", "cable between 1 and 2 m", "cable 1m-2m", "cable 1~2m", "cable 1 m to 2 m",
        "cable 1到2米", "cable 100-200 cm", "cable 1..2 m", "cable 1...2m", "cable 1…2 m", "1至2米 cable",
    ],
)  # fmt: skip
def test_a_range_may_be_written_in_many_ways(subject: Subject, text: str) -> None:
    subject.write([make_row(n, titles={"en": f"Cable {size}"}) for n, size in enumerate(("0.5 m", "1 m", "1.5 m", "2 m", "3 m"), start=1)])

    assert set(having(subject, text)) == {2, 3, 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hose clamp 15 mm", {1, 2}), ("hose clamp 12.5mm", {1}), ("hose clamp 20 mm", {2}), ("hose clamp 9 mm", set[int]()),
        ("hose clamp 5/8 in", {1, 2}), ("hose clamp 14-15 mm", {1, 2}), ("hose clamp 40 V", {3}),
    ],
)  # fmt: skip
def test_a_size_within_the_ends_that_are_stated_is_a_size_of_it(subject: Subject, text: str, expected: set[int]) -> None:
    def clamp(number: int, low: float, high: float, unit: str = "mm") -> IndexRow:
        ends = {"clamp_min": AttributeValue(low, unit), "clamp_max": AttributeValue(high, unit)}
        return make_row(number, titles={"en": "Hose clamp"}, attributes=ends)

    only_one_end = make_row(4, titles={"en": "Hose clamp"}, attributes={"clamp_min": AttributeValue(10, "mm")})
    subject.write([clamp(1, 10, 16), clamp(2, 15, 27), clamp(3, 10, 100, "V"), only_one_end])

    assert set(having(subject, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("carton 400x300", [3, 1]), ("carton 40 x 30 cm", [3, 1]), ("纸箱 400x300", [3, 1]), ("carton 400x300x200", [1]), ("carton 300x200", []),
        ("carton 400x300x150", []),
    ],
)  # fmt: skip
def test_two_numbers_are_the_beginning_of_three(subject: Subject, text: str, expected: list[int]) -> None:
    titles = ("Carton 400 × 300 × 200 mm 纸箱", "Carton 600 × 400 × 300 mm 纸箱", "Carton 400 × 300 mm 纸箱")
    subject.write([make_row(n, titles={"en": title}) for n, title in enumerate(titles, start=1)])

    assert having(subject, text) == expected


def test_a_range_from_nothing_holds_no_nothing(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Monitor 15 inch"}), make_row(2, titles={"en": "Monitor, works at 0-45 °C"})])

    assert having(subject, "monitor under 20 inch") == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hose 105 °C", {1, 3}), ("hose 105℃", {1, 3}), ("hose 105ºC", {1, 3}), ("软管 105摄氏度", {1, 3}), ("hose 90 °C", {1, 3}), ("hose at least 150 °C", {2}),
        ("hose 200°C", {2}), ("hose -20 °C", {1, 3}), ("hose -40 °C", {3}), ("hose 40 °C", {1, 3, 4}), ("hose 40 mm", {5}),
        ("hose -20...120 °C", {1}), ("hose −30…110 °C", {3}), ("hose -20 to 100°C", {1, 3}), ("hose -20/+100°C", {1, 3}), ("软管 -20～100℃", {1, 3}), ("软管 -20至100摄氏度", {1, 3}),
    ],
)  # fmt: skip
def test_a_temperature_is_a_size_and_one_of_frost_another(subject: Subject, text: str, expected: set[int]) -> None:
    def bearing(number: int, low: int, high: int) -> IndexRow:
        ends = {"temp_min": AttributeValue(low, "°C"), "temp_max": AttributeValue(high, "°C")}
        return make_row(number, titles={"en": "Hose", "zh-Hans": "软管"}, attributes=ends)

    subject.write(
        [
            bearing(1, -20, 120), make_row(2, titles={"en": "Hose, to 200 °C"}), bearing(3, -40, 110),
            make_row(4, titles={"en": "Hose 0–40 °C"}), make_row(5, titles={"en": "Hose 40 mm"}),
        ]
    )  # fmt: skip

    assert set(having(subject, text)) == expected


def test_a_variant_keeps_the_range_that_it_shares_with_its_family(subject: Subject) -> None:
    ranges = [{"clamp_min": AttributeValue(low, "mm"), "clamp_max": AttributeValue(high, "mm")} for low, high in ((8, 12), (10, 16))]
    axes = axes_of(ranges)
    subject.write([make_row(n, titles={"en": "Hose clamp"}, attributes=one, axes=axes) for n, one in enumerate(ranges)])

    assert set(having(subject, "hose clamp 12 mm")) == set(having(subject, "hose clamp 10 mm")) == {0, 1}
    assert set(having(subject, "hose clamp 9 mm")) == {0}


def test_a_size_orders_alike_with_and_without_a_space(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "TAPE, PACKING, 50MM X 66 M"}), make_row(2, titles={"en": "Packing tape 50 mm × 66 m"}),
            make_row(3, titles={"en": "Tape 50mm wide"}), make_row(4, titles={"en": "Tape, 50 mm wide"}), make_row(5, titles={"en": "Tape 30 mm"}),
        ]
    )  # fmt: skip

    assert having(subject, "tape 50mm") == having(subject, "tape 50 mm")
    assert set(having(subject, "tape 50 mm")) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("spaced", "glued", "expected"),
    [
        ("IP 67 driver", "IP67 driver", {1}),
        ("M 12 connector", "M12 connector", {3}),
        ("connector m 12", "connector m12", {3}),
        ("driver 5 m 12", "driver 5m 12", set[int]()),  # a length, and a number
    ],
)
def test_a_class_or_a_thread_may_stand_apart_from_its_number(subject: Subject, spaced: str, glued: str, expected: set[int]) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "LED driver IP67"}), make_row(2, titles={"en": "Printer driver for TCP/IP"}),
            make_row(3, titles={"en": "M12 connector"}), make_row(4, titles={"en": "Connector 5 m, 12 poles"}),
        ]
    )  # fmt: skip

    assert set(having(subject, spaced)) == set(having(subject, glued)) == expected


BELOW = (
    "cable under 2 m", "cable up to 2 m", "cable less than 200 cm", "cable <2 m", "<= 2 m cable", "≤2m cable", "cable at most 2 m",
    "cable no more than 2 m", "cable 2米以下", "cable 小于2米", "不超过2米 cable",
)  # fmt: skip
ABOVE = (
    "cable over 2 m", "cable at least 2 m", "cable more than 200 cm", "cable >2 m", ">= 2 m cable", "≥2m cable", "cable min. 2 m",
    "cable minimum 2 m", "cable 2米以上", "至少2米 cable", "cable no less than 2 m",
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [*((text, {1, 2}) for text in BELOW), *((text, {2, 3, 4, 5, 6}) for text in ABOVE)])
def test_a_range_may_have_one_end(subject: Subject, text: str, expected: set[int]) -> None:
    sizes = ("0.5 m", "2 m", "3 m", "7.5 m", "7.62 m", "20 m")
    subject.write([make_row(n, titles={"en": f"Cable {size}"}) for n, size in enumerate(sizes, start=1)])

    assert set(having(subject, text)) == expected


@pytest.mark.parametrize(
    ("title", "texts"),
    [
        ("Wire 2.5 mm²", ("wire 2.5 mm^2", "wire 2,5mm2", "wire 2.5平方", "wire 2.5 sqmm")),
        ("Resistor 1 kΩ", ("resistor 1kohm", "resistor 1000 ohm", "resistor 1 kΩ", "resistor 1000 Ω")),
        ("Capacitor 10 µF", ("capacitor 10uF", "capacitor 10 μF", "capacitor 10000 nF")),
        ("Diode 500 mW", ("diode 0.5W", "diode 0,5 W", "diode 1/2 W", "diode ½W")),
        ("Relay 12/24 V", ("relay 12V", "relay 24 V", "relay 12/24V")),
        ("Pipe 1 ½ in", ('pipe 1½"', "pipe 1 1/2 inch", 'pipe 1 ½"', "pipe 38.1 mm")),
        ("Motor 3000 rpm", ("motor 3000 r/min", "motor 3000 U/min", "motor 3000 1/min")),
        ("Wrench 10 Nm", ("wrench 10 n·m", "wrench 10N·m")),
        ("Probe -20℃", ("probe -20°C", "probe −20 ℃")),
        ("Bolt M8 × 40", ("bolt M8*40", "bolt m8x40", "bolt M8×40 mm", "bolt M 8x40")),
        ("Hose 12.7 mm", ("hose 12.7毫米", "hose 12,7mm", "hose ½ in", 'hose 1/2"')),
        ("Cable 5 m", ("cable 5 mtrs", "cable ５ｍ", "cable 5米")),
    ],
)
def test_a_size_may_be_written_in_many_ways(subject: Subject, title: str, texts: tuple[str, ...]) -> None:
    subject.write([make_row(1, titles={"en": title}), make_row(2, titles={"en": f"{title.split(maxsplit=1)[0]} 7 kg"})])

    for text in texts:
        assert having(subject, text) == [1], text


@pytest.mark.parametrize("text", ["ups over 1000 va", "ups 1000-3000 va", "ups 1000 to 3000 VA", "ups at least 1 kVA"])
def test_the_ends_of_a_range_are_no_part_numbers(subject: Subject, text: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "UPS 1500 VA"}),
            make_row(2, titles={"en": "UPS 3000 VA"}),
            make_row(3, titles={"en": "UPS 500 VA"}, sku="1000"),
            make_row(4, titles={"en": "UPS 700 VA"}, sku="3000"),
        ]
    )

    assert set(having(subject, text)) == {1, 2}


def test_the_figure_of_a_size_is_no_part_number(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Disk 1 TB"}),
            make_row(2, titles={"en": "Disk cover"}, sku="1000"),
            make_row(3, titles={"en": "Bearing"}, sku="1210K"),
        ]
    )

    assert having(subject, "disk 1000 gb") == [1]
    assert having(subject, "bearing 1210 k") == [3]
    assert having(subject, "1000") == [2]


@pytest.mark.parametrize("text", ["external hard drive 1tb", "移动硬盘 1TB"])
def test_beside_a_size_a_thing_of_several_words_heads_its_goods(subject: Subject, text: str) -> None:
    titles = ("External hard drive enclosure, up to 1 TB", "External hard drive 500 GB", "External hard drive 320 GB")
    subject.write([make_row(n, titles={"en": title}) for n, title in enumerate(titles, start=1)])

    assert not having(subject, text)
    subject.write([make_row(4, titles={"en": "External hard drive 1 TB"})])
    assert having(subject, text) == [4]
