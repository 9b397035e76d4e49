"""What README says of speed is what was measured (decisions.md 47)."""

import json

from bench import table


def test_the_table_of_readme_is_made_from_the_kept_figures() -> None:
    figures = json.loads(table.FIGURES.read_text(encoding="utf-8"))

    assert table.written(table.README.read_text(encoding="utf-8")) == table.table(figures)


def test_the_kept_figures_are_of_one_run_with_its_yardstick() -> None:
    figures = json.loads(table.FIGURES.read_text(encoding="utf-8"))

    assert figures["commit"]
    assert figures["plain_per_second"] > 0
    assert {row["work"] for row in figures["rows"]} == set(table.WORDS)
    assert not [row for row in figures["rows"] if row["errors"]]
