"""Judging: what the command reads, says and refuses, and how its figures are defined."""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from marketplace.core.audit import Actor
from marketplace.core.db import db
from search import judging
from search.learning import services as learning
from search.learning.models import SynonymKind, SynonymLanguage
from search.learning.wishes import SynonymWish
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor

IndexNow = Callable[..., int]


@pytest.fixture
def judgements(tmp_path: Path) -> Path:
    """Two judged queries; the third has nothing relevant."""
    path = tmp_path / "judgements.csv"
    rows = [
        ("bolt", "B-1", 3, "chorus"),
        ("bolt", "V-1", 0, "added"),
        ("valve", "V-1", 2, "chorus"),
        ("valve", "B-1", 1, "added"),
        ("x", "B-1", 0, "chorus"),
    ]
    with path.open("w", newline="") as target:
        csv.writer(target).writerows([("query", "product_id", "rating", "source"), *rows])
    return path


def test_the_judge_prints_one_flat_object(app: Flask, index_now: IndexNow, judgements: Path, tmp_path: Path) -> None:
    vendor, other = make_vendor(name="Norrvik"), make_vendor(name="Somebody Else")
    index_now(make_product(vendor, sku="B-1"), make_product(vendor, title="Ball valve", sku="V-1"), make_product(other, sku="B-2"))
    named = tmp_path / "products.jsonl"
    named.write_text('{"supplier": "Norrvik"}\n')

    answer = app.test_cli_runner().invoke(args=["search", "judge", str(judgements), "--lexical", "--vendors-of", str(named), "--rows"])

    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert set(found) >= {"ndcg_completed", "ndcg_condensed", "judged_at_10", "share_under_03", "relevant_in_3", "queries"}
    assert [row["query"] for row in found["queries"]] == ["bolt", "valve"]
    assert found["queries"][0]["skus"][0] == "B-1"
    assert "B-2" not in found["queries"][0]["skus"]
    assert (found["ndcg_condensed"], found["relevant_in_3"], found["share_under_03"]) == (1.0, 1.0, 0.0)


def test_the_judge_reads_the_operators_synonyms_as_the_page_does(app: Flask, index_now: IndexNow, tmp_path: Path) -> None:
    index_now(make_product(make_vendor(), title="Ball valve", sku="V-1"))
    wish = SynonymWish(SynonymKind.BOTH, SynonymLanguage.ENGLISH, ("gizmo", "ball valve"), is_active=True)
    learning.set_synonym(None, wish, seen="", actor=Actor(name="Rosa Okafor", is_staff=True))
    db.session.commit()
    path = tmp_path / "judgements.csv"
    path.write_text("query,product_id,rating\ngizmo,V-1,3\n")

    answer = app.test_cli_runner().invoke(args=["search", "judge", str(path), "--lexical"])

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["ndcg_completed"] == 1.0


@pytest.mark.usefixtures("index_now")
def test_the_judge_says_when_an_engine_has_nothing_to_be_judged_by(app: Flask, judgements: Path) -> None:
    answer = app.test_cli_runner().invoke(args=["search", "judge", str(judgements), "--lexical"])

    assert answer.exit_code == 1
    assert "search rebuild --engine tantivy" in answer.output


def test_figures_follow_their_definitions() -> None:
    ratings = {"a": 3, "b": 1, "c": 0}
    judged = judging.judge(judging.Judgement("q", ratings, {"a": 3}), ["x", "a", "b"])

    assert judged
    ideal = 7 + 1 / math.log2(3)
    assert judged.completed == pytest.approx((7 / math.log2(3) + 1 / 2) / ideal)
    assert judged.condensed == 1.0, "unjudged hits are skipped"
    assert judged.judged_share == pytest.approx(0.2)
    assert judged.is_relevant_in_3
    assert judging.judge(judging.Judgement("q", {"a": 0}, {}), ["a"]) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"query,sku,rating\nbolt,B-1,3\n", "line 2: query or product_id is missing"),
        (b"query,product_id,rating\nbolt,B-1,good\n", "line 2: good is no rating from 0 to 10"),
        (b"query,product_id,rating\nbolt,B-1,3\nbolt,B-2,\n", "line 3: nothing is no rating from 0 to 10"),
        (b"query,product_id,rating\nbolt,B-1,-1\n", "line 2: -1 is no rating from 0 to 10"),
        (b"query,product_id,rating\nbolt,B-1,nan\n", "line 2: nan is no rating from 0 to 10"),
        (b"query,product_id,rating\n", "no query of the file has anything relevant"),
        (b"query,product_id,rating\nbolt,B-1,0\n", "no query of the file has anything relevant"),
    ],
)
def test_a_file_that_cannot_be_judged_by_is_refused_with_its_line(
    app: Flask, index_now: IndexNow, tmp_path: Path, content: bytes, said: str
) -> None:
    index_now(make_product(make_vendor(), sku="B-1"))
    path = tmp_path / "judgements.csv"
    path.write_bytes(content)

    answer = app.test_cli_runner().invoke(args=["search", "judge", str(path), "--lexical"])

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
    assert said in answer.output


def test_a_product_file_without_suppliers_is_refused(app: Flask, judgements: Path, tmp_path: Path) -> None:
    named = tmp_path / "products.jsonl"
    named.write_text('{"maker": "Norrvik"}\n')

    answer = app.test_cli_runner().invoke(args=["search", "judge", str(judgements), "--lexical", "--vendors-of", str(named)])

    assert answer.exit_code == 1
    assert "products.jsonl names no supplier" in answer.output


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffquery,product_id,rating\nbolt,B-1,3\n",
        "query;product_id;rating\nbolt;B-1;3\n",
        "rating\tsource\tquery\tproduct_id\n3.0\tchorus\tbolt\tB-1\n",
        '{"query": "bolt", "product_id": "B-1", "rating": 3, "source": null}\n',
    ],
)
def test_judgements_are_read_as_spreadsheets_write_them(tmp_path: Path, content: str) -> None:
    path = tmp_path / "judgements.csv"
    path.write_text(content, encoding="utf-8")

    assert judging.read_judgements(path) == [judging.Judgement("bolt", {"B-1": 3}, {"B-1": 3})]
