"""Sheets that other people open: no cell of ours is a formula, wherever their program cuts."""

import csv
import io

import pytest

from marketplace.core.sheets import csv_lines

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-cmd|x", "@SUM(1)", "\t=1", "\r=1"]


def cells(sheet: str, cut: str) -> list[str]:
    """The cells as a program reads them that cuts at this character; quotes inside a field, and line ends between them, mean nothing to it."""
    lines = sheet.removeprefix("\ufeff").splitlines() if cut != "," else io.StringIO(sheet.removeprefix("\ufeff"), newline="")
    return [cell for row in csv.reader(lines, delimiter=cut) for cell in row]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("cut", [",", ";", "\t"])
def test_no_cell_begins_a_formula_in_head_or_row(text: str, cut: str) -> None:
    sheet = "".join(csv_lines([text, "plain"], [[text, f"PO 7;{text}"], [f"two lines\n{text}", f"a\t{text}"]]))

    assert [cell for cell in cells(sheet, cut) if cell.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("text", ["-5", "+46", "M8; -20 °C", "a;-5", "cold:\n- dry", "a - b = c", "x@y.example"])
def test_what_is_no_formula_is_left_as_it_is(text: str) -> None:
    assert cells("".join(csv_lines(["head"], [[text]])), ",")[1] == text
