"""Files of any length: read whole from the database first, sent from disk in pieces."""

import io
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from python_calamine import CalamineWorkbook

from marketplace.core.downloads import PIECE_BYTES, download_csv, download_xlsx

ROWS = 20_000


class Rows:
    """Rows as a query gives them, and whether the last has been asked for."""

    def __init__(self) -> None:
        self.are_read = False

    def __iter__(self) -> Iterator[list[object]]:
        for number in range(ROWS):
            yield [f"SKU-{number:06}", number]
        self.are_read = True


def sent(response: Response) -> list[bytes]:
    """The pieces as the server sends them."""
    assert "Content-Length" not in response.headers
    return [piece for piece in response.iter_encoded() if piece]


def test_a_long_table_leaves_in_pieces_after_its_last_row_was_read(app: Flask) -> None:
    rows = Rows()
    with app.test_request_context():
        response = download_csv(["SKU", "Number"], rows, "stock.csv")
        assert rows.are_read  # the transaction may end: a slow reader holds nothing
        pieces = sent(response)

    assert len(pieces) > 2
    assert max(map(len, pieces)) <= PIECE_BYTES
    lines = b"".join(pieces).decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0], lines[-1]) == (ROWS + 1, "SKU,Number", "SKU-019999,19999")
    assert response.headers["Content-Disposition"] == "attachment; filename=stock.csv"


def test_a_long_workbook_leaves_in_pieces(app: Flask) -> None:
    with app.test_request_context():
        pieces = sent(download_xlsx(["SKU", "Number"], Rows(), "errors.xlsx"))

    assert max(map(len, pieces)) <= PIECE_BYTES
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(pieces))).get_sheet_by_index(0).to_python()
    assert (len(rows), rows[-1]) == (ROWS + 1, ["SKU-019999", 19999])


@pytest.mark.parametrize("rows", [[], [["only", 1]]])
def test_a_short_table_is_whole(app: Flask, rows: list[list[object]]) -> None:
    with app.test_request_context():
        pieces = sent(download_csv(["SKU", "Number"], rows, "stock.csv"))

    assert b"".join(pieces).decode("utf-8-sig").splitlines() == ["SKU,Number", *(",".join(map(str, row)) for row in rows)]
