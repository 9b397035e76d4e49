"""Reading files of listings."""

import gzip
import json
from pathlib import Path

import pytest

from marketplace.catalogue.importing.encodings import encoding_of
from marketplace.catalogue.importing.files import Row, Unreadable, read_rows
from marketplace.catalogue.importing.rules import category_table
from marketplace.core.i18n import speaking

ROOT = Path(__file__).parents[2]


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def rows_of(folder: Path, content: bytes) -> list[Row]:
    with speaking("en"):
        return list(read_rows(write(folder, content)))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_lines_and_csv_are_told_by_their_content(tmp_path: Path, pack: type, mark: bytes) -> None:
    json_rows = rows_of(tmp_path, pack(mark + b'{"sku": "A", "price": 5}\n\n{"sku": "B"}\n'))
    csv_rows = rows_of(tmp_path, pack(mark + 'sku;title\nA;"Bolt;\nlong"\nB;螺栓\n'.encode()))

    assert [(r.line, r.values) for r in json_rows] == [(1, {"sku": "A", "price": 5}), (3, {"sku": "B"})]
    assert [(r.line, r.values) for r in csv_rows] == [(2, {"sku": "A", "title": "Bolt;\nlong"}), (4, {"sku": "B", "title": "螺栓"})]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{not json}", "This line is not JSON."),
        (b"[" * 100_000, "This line is not JSON."),
        (b'{"a": NaN}', "This line is not JSON."),
        (b'{"a": -1e400}', "This line holds a number that is too large."),
        (b'{"a": [{"b": 1e400}]}', "This line holds a number that is too large."),
        (b'{"a": ' + b"9" * 5_000 + b"}", "This line is not JSON."),
        (b"[1, 2]", "This line is no JSON object."),
        (b'{"a": "\xff"}', "This line is not UTF-8 text."),
        (b'{"a": "\\u0000"}', "This holds characters that cannot be stored."),
        (b'{"a": "\\ud800"}', "This holds characters that cannot be stored."),
        (b'{"a": "' + b"x" * 1_000_001 + b'"}', "This line is longer than 1000000 characters."),
    ],
)
def test_a_bad_line_stops_no_other(tmp_path: Path, line: bytes, fault: str) -> None:
    rows = rows_of(tmp_path, b'{"sku": "A"}\n' + line + b'\n{"sku": "B"}\n')

    assert [row.line for row in rows] == [1, 2, 3]
    assert rows[1] == Row(2, None, fault)
    assert rows[2].values == {"sku": "B"}


@pytest.mark.parametrize("written", ["-0", "-0.0", "1E5", "0.1", "9007199254740993", "1e-400", '"\\ud83d\\ude00"', "[" * 300 + "]" * 300])
def test_a_value_is_read_as_json_has_it(tmp_path: Path, written: str) -> None:
    rows = rows_of(tmp_path, f'{{"a": 1, "a": {written}}}\n'.encode())

    assert repr(rows[0].values) == repr({"a": json.loads(written)})


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"A,B,C,D", "This row has more cells than the heading."),
        (b"A,\xff", "This line is not UTF-8 text."),
        (b"A,a\0b", "This holds characters that cannot be stored."),
        (b"A," + b"x" * 200_001, "This line is longer than 200000 characters."),
    ],
)
def test_a_bad_csv_row_stops_no_other(tmp_path: Path, line: bytes, fault: str) -> None:
    rows = rows_of(tmp_path, b"sku,title\nA,Bolt\n" + line + b"\nB,Nut\n")

    assert [row.fault for row in rows] == ["", fault, ""]
    assert rows[2].values == {"sku": "B", "title": "Nut"}


@pytest.mark.parametrize("mark", [b"", b"sep=;\n"])
def test_a_title_above_the_heading_is_passed_over(tmp_path: Path, mark: bytes) -> None:
    """As a spreadsheet writes it: the title alone in a row of the table's width, an empty row, and then the names."""
    rows = rows_of(tmp_path, mark + b'"Price list, 2026";;\n;;\nsku;title;price\nA;"Bolt;\nlong";1,5\nB;Nut;2\n')

    first = 4 + bool(mark)
    assert [(row.line, row.values) for row in rows] == [
        (first, {"sku": "A", "title": "Bolt;\nlong", "price": "1,5"}),
        (first + 2, {"sku": "B", "title": "Nut", "price": "2"}),
    ]


def test_a_single_column_is_a_table_too(tmp_path: Path) -> None:
    assert [(row.line, row.values) for row in rows_of(tmp_path, b"sku\nA\n\nB\n")] == [(2, {"sku": "A"}), (4, {"sku": "B"})]


def test_a_short_row_lacks_its_last_cells(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b"sku,title\nA\n,\n")[0].values == {"sku": "A"}
    assert len(rows_of(tmp_path, b"sku,title\nA\n,\n")) == 1


@pytest.mark.parametrize("content", [b"", b"  \n", b"sku,sku\nA,B\n", b",\n,\n", gzip.compress(b"{}", mtime=0)[:-4]])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable):
        rows_of(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "This is no table."),
        (b"{\\rtf1 price list}", "This is no table."),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "This is no table."),
        (b"<html><table><tr><td>SKU</td></tr></table></html>\n", "This is no table."),
        (b"<!doctype html>\n<p>one, two</p>\n", "This is no table."),
        (b"x" * 200_001 + b",sku\nA,B\n", "This is no table."),
        (b"SKU;Title;title\nA;B;C\n", "Two columns are called Title"),
        (b'[\n {"sku": "A"},\n {"sku": "B"}\n]\n', "This is one JSON list."),
    ],
)
def test_what_is_no_table_is_not_taken_for_one(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        rows_of(tmp_path, content)


@pytest.mark.parametrize("word", ["größe", "Maß", "déjà créée"])
def test_two_accented_letters_side_by_side_are_no_chinese_character(word: str) -> None:
    assert encoding_of(f"sku;Titel\nA;{word} × 40\n".encode("cp1252")) == "cp1252"


def test_a_line_that_is_no_text_names_the_letters_it_was_read_in(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "货号,标题\nA,螺栓螺母垫圈\nB,".encode("gb18030") + b"\xff\xff\n")

    assert [row.fault for row in rows] == ["", "This line is not GB18030 text."]


def test_the_operators_categories_stand_beside_the_demos() -> None:
    world = json.loads((ROOT / "marketplace/demo/world/categories.json").read_text(encoding="utf-8"))
    shipped = {category["slug"] for category in world["categories"]}

    assert {category["slug"] for category in category_table()["categories"]} & shipped == set()
