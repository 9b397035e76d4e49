"""Pasted lines: every spelling of a quantity, and codes that hold spaces, commas and an x."""

from decimal import Decimal

import pytest

from marketplace.carts.pasting import Figure, Reading, read_pasted, read_quantity, readings, text_of_file


@pytest.mark.parametrize(
    ("line", "code", "quantity"),
    [
        ("ABC-1\t25", "ABC-1", "25"),
        ("ABC-1,25", "ABC-1", "25"),
        ("ABC-1;25", "ABC-1", "25"),
        ("ABC-1 25", "ABC-1", "25"),
        ("ABC-1  x 25", "ABC-1", "25"),
        ("10 x ABC-1", "ABC-1", "10"),
        ("10x ABC-1", "ABC-1", "10"),
        ("10 pcs ABC-1", "ABC-1", "10"),
        ("10 ABC DEF-1", "ABC DEF-1", "10"),
        ("25\tABC-1", "ABC-1", "25"),
        ("ABC-1，２５", "ABC-1", "25"),
        ("ABC-1；25个", "ABC-1", "25"),
        ("ABC-1、25", "ABC-1", "25"),
        ("20个 ABC-1", "ABC-1", "20"),
        ("ABC-1：1,000 pcs", "ABC-1", "1000"),
        ("ABC-1, 1,000", "ABC-1", "1000"),
        ("ABC-1\t1 000", "ABC-1", "1000"),
        ("ABC-1 × 2,5 m", "ABC-1", "2.5"),
        ("KN 6205-2RS 40", "KN 6205-2RS", "40"),
        ("RB 4017 08 040 500", "RB 4017 08 040", "500"),
        ("1\tABC-1\tHex bolt, M8\t100", "ABC-1", "100"),
        ("ABC-100 Hex bolt zinc plated 100", "ABC-100", "100"),
        ("ABC-1", "ABC-1", None),
        ("RB 4017 08 040", "RB 4017 08 040", None),
        ("ABC-1 0", "ABC-1", "0"),
        ("ABC-1 -5", "ABC-1", "-5"),
        ("ABC-1\t-5", "ABC-1", "-5"),
        ("ABC-1 1 000", "ABC-1", "1000"),
        ("ABC-1 1 234,5 m", "ABC-1", "1234.5"),
        ("1 000 x ABC-1", "ABC-1", "1000"),
        ("ABC-1 1’000 pcs", "ABC-1", "1000"),
        ("ABC-1\t1.234,50", "ABC-1", "1234.50"),
        ("ABC-1 1.000.000", "ABC-1", "1000000"),
        ("ABC-1 (10)", "ABC-1", "10"),
        ("ABC-1\t(10 pcs)", "ABC-1", "10"),
        ("AB C1 - 10 pcs", "AB C1", "10"),
        ("AB C1 -> 10", "AB C1", "10"),
        ("AB C1, qty: 10", "AB C1", "10"),
        ("1. AB C1 10", "AB C1", "10"),
        ("• AB C1 10 St", "AB C1", "10"),
        ("10 pcs of ABC-1", "ABC-1", "10"),
        ("ABC-100 hex bolt zinc 100 pcs", "ABC-100", "100"),
    ],
)
def test_a_line_can_be_read_as_its_code_and_quantity(line: str, code: str, quantity: str | None) -> None:
    assert (code, Decimal(quantity) if quantity else None) in {(each.code, each.figure and each.figure.number) for each in readings(line)}


@pytest.mark.parametrize(
    "line",
    [
        "ABC-1 10 dozen",
        "ABC-1\t10 dozen",
        "ABC-1 #10",
        "ABC-1 10,-",
        "[10] ABC-1",
        "ABC-1 一千",
        "ABC-1\t两百个",
        "十 ABC-1",
        "ABC-1 12 x 1000",
        "ABC-1 12 boxes x 1,000 pcs",
        "Board ABC-1 12×1000 mm",
        "12 x 1000 ABC-1",
    ],
)
def test_a_figure_that_is_no_quantity_beside_a_code_leaves_the_quantity_unclear(line: str) -> None:
    assert Reading("ABC-1", None, is_unclear=True) in readings(line)


def test_figures_in_the_name_of_goods_make_no_quantity_unclear() -> None:
    assert Reading("ABC-1", None) in readings("ABC-1 hex bolt M8x40")
    assert Reading("ABC-1", None) in readings("ABC-1 一字槽螺钉")


def test_a_size_within_the_name_of_goods_leaves_the_quantity_at_the_end() -> None:
    assert Reading("ABC-1", Figure(Decimal(7))) in readings("Rail 2 x 40 ABC-1 7")


def test_blank_lines_and_a_line_of_heads_are_no_rows() -> None:
    rows = read_pasted("SKU\tQuantity\r\n\r\nABC-1\t5\r\n  \r\nXYZ\t7\r\n")

    assert [row.text for row in rows] == ["ABC-1 5", "XYZ 7"]


@pytest.mark.parametrize(
    ("typed", "number"), [("1,000", "1000"), ("10 pcs", "10"), ("x 5", "5"), ("２０个", "20"), ("2.5", "2.5"), ("0", "0"), ("-5", "-5")]
)
def test_a_quantity_is_read_as_people_write_it(typed: str, number: str) -> None:
    figure = read_quantity(typed)

    assert figure is not None
    assert figure.number == Decimal(number)


@pytest.mark.parametrize(
    "line", ["ABC-1 1.000 Stk", "ABC-1\t1.000\tStk", "1.000 st ABC-1", "ABC-1;1,000 pcs", "ABC-1 1 000 st", "ABC-1: 1.000个"]
)
def test_three_figures_after_one_sign_are_a_thousand_beside_a_word_for_counted_things(line: str) -> None:
    assert Reading("ABC-1", Figure(Decimal(1000))) in readings(line)


@pytest.mark.parametrize(
    ("typed", "number", "other"),
    [("1.250", "1.25", "1250"), ("1,250 m", "1250", "1.25"), ("1.250 kg", "1.25", "1250"), ("1,250", "1250", "1.25")],
)
def test_a_figure_that_can_be_read_in_two_ways_keeps_both_and_its_writing(typed: str, number: str, other: str) -> None:
    assert read_quantity(typed) == Figure(Decimal(number), Decimal(other), typed.split(maxsplit=1)[0])


@pytest.mark.parametrize("typed", ["0,500 kg", "0.500", "12.5", "12,50", "1.250,50", "1,250.5", "1'250"])
def test_a_figure_that_can_be_read_in_one_way_alone_has_no_other(typed: str) -> None:
    figure = read_quantity(typed)

    assert figure is not None
    assert figure.other is None
    assert figure.number in (Decimal("0.5"), Decimal("12.5"), Decimal(1250), Decimal("1250.5"))


@pytest.mark.parametrize("typed", ["", "--5", "many", "1e9", "M8", "5 bolts"])
def test_what_is_no_quantity_is_none(typed: str) -> None:
    assert read_quantity(typed) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    text = text_of_file('编号;数量\r\n"ABC;1";"2,5"\r\n'.encode(encoding))

    assert text == "编号\t数量\nABC;1\t2,5"


def test_a_file_that_is_no_text_is_refused() -> None:
    assert text_of_file(b"PK\x03\x04\x00\x00\xff\xff") is None


@pytest.mark.parametrize("text", ["²", "2²", "③", "½"])
def test_raised_and_circled_figures_are_no_quantity(text: str) -> None:
    assert read_quantity(text) is None
