"""Meaning beside words: how both become one order, and that all of it can be absent."""

import html
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from search import ordering, plan
from search.documents import variant_documents
from search.engines.tantivy import TantivyEngine
from search.index import MEANINGS
from search.lexical import Concept
from search.query import Found, FoundVariant, In, Plan, Selection, Sort
from search.semantic import fusion, vectors, wordpiece
from search.semantic.encoder import ENCODER
from search.semantic.packages import is_available
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from tests.search.rows import make_row, variant

TITLES = {
    1: "Notebook 15 inch, 8 GB memory", 2: "Sleeve for notebook", 3: "Portable computer with screen and keyboard", 4: "Garden hose 20 m",
    5: "Office chair, black", 6: "Ball valve, brass",
}  # fmt: skip

needs_extra = pytest.mark.skipif(not is_available(), reason="the extra `semantic` is not installed")


def found(number: int, score: float = 0.0) -> FoundVariant:
    """A hit."""
    return FoundVariant(variant(number), UUID(int=number), UUID(int=1), score)


def test_pieces_are_those_of_the_model() -> None:
    known = wordpiece.vocabulary()

    numbers = wordpiece.numbers("Élégant e-bikes, 20 W", 64)

    assert len(known) == 30_522
    assert [next(word for word, place in known.items() if place == number) for number in numbers] == [
        "[CLS]", "elegant", "e", "-", "bikes", ",", "20", "w", "[SEP]",
    ]  # fmt: skip
    assert len(wordpiece.numbers("word " * 500, 64)) == 64


@pytest.mark.parametrize(
    ("words", "weight"),
    [
        ((("red", "brush"),), fusion.SHORT),
        ((("quiet",), ("fan",), ("for",), ("desk",)), fusion.LONG),
        ((("不锈钢",),), 0.0),
        ((("m8",),), 0.0),
        ((("brush",), ("qz4017",)), 0.0),
        ((), 0.0),
    ],
)
def test_meaning_is_silent_about_codes_and_chinese(words: tuple[tuple[str, ...], ...], weight: float) -> None:
    assert fusion.weight_of([Concept(one) for one in words]) == weight


def test_words_and_meaning_make_one_order() -> None:
    hits = [found(1), found(2), found(3)]

    order = fusion.fused(hits, [10.0, 8.0, 0.0], {variant(2): 0.9, variant(3): 0.6}, 0.7)

    assert [hit.variant_id for hit in order] == [variant(2), variant(3), variant(1)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[TantivyEngine]:
    """Six things, two of which mean the same."""
    made = TantivyEngine(tmp_path / "index")
    made.put(variant_documents([make_row(number, titles={"en": title}) for number, title in TITLES.items()]))
    yield made
    made.close()


def ask(engine: TantivyEngine, text: str, **changes: object) -> Plan:
    """A plan for everybody."""
    return plan.build(text, vocabulary=engine.vocabulary(), visibility=["all"], **changes)  # type: ignore[arg-type]


def numbers(answer: Found) -> list[int]:
    """Which rows, in order."""
    return [hit.variant_id.int - variant(0).int for hit in answer.hits]


def test_without_vectors_the_words_answer_alone(engine: TantivyEngine) -> None:
    wanted = ask(engine, "notebook")

    assert ordering.find(engine, wanted, None) == engine.find(wanted)


@needs_extra
def test_what_means_the_same_is_found_and_counted(engine: TantivyEngine, tmp_path: Path) -> None:
    meanings = _meanings(tmp_path / "meaning")

    answer = ordering.find(engine, ask(engine, "notebook"), meanings)

    assert numbers(answer)[0] == 1
    assert 3 in numbers(answer)
    assert not {4, 5, 6} & set(numbers(answer))
    assert answer.total == len(answer.hits)
    assert answer.alike == 1, "the portable computer is called otherwise"


@needs_extra
@pytest.mark.parametrize("sort", list(Sort))
def test_another_order_has_the_same_goods(engine: TantivyEngine, tmp_path: Path, sort: Sort) -> None:
    meanings = _meanings(tmp_path / "meaning")

    answer = ordering.find(engine, ask(engine, "notebook", sort=sort), meanings)

    assert (answer.total, set(numbers(answer)), answer.alike) == (3, {1, 2, 3}, 1)


@needs_extra
@pytest.mark.parametrize("word", ["4411", "antique"])
def test_what_has_every_word_stands_first(engine: TantivyEngine, tmp_path: Path, word: str) -> None:
    meanings = _meanings(tmp_path / "meaning")
    engine.put(variant_documents([make_row(7, titles={"en": f"Portable {word}"}, keywords=("notebook",))]))

    answer = ordering.find(engine, ask(engine, f"notebook {word}", limit=10), meanings)

    assert answer.relaxed
    assert numbers(answer)[0] == 7


class Alike:
    """Meanings that are what a test says they are."""

    def __init__(self, likenesses: Mapping[int, float]) -> None:
        self.near = {variant(number): likeness for number, likeness in likenesses.items()}

    def nearest(self, _text: str) -> tuple[None, dict[UUID, float]]:
        """All of them."""
        return None, self.near

    def likeness(self, _known: None, _text: str, _variant_ids: object) -> dict[UUID, float]:
        """Those of the others: none."""
        return {}


@pytest.mark.parametrize(("wanted", "other"), [("08B", "16B"), ("RS-08", "RS-16")])
def test_a_designation_says_more_than_a_likeness(engine: TantivyEngine, wanted: str, other: str) -> None:
    titles = {7: f"Sprocket {other} with teeth, bore 20 mm", 8: f"Sprocket {wanted} with teeth"}
    engine.put(variant_documents([make_row(number, titles={"en": title}) for number, title in titles.items()]))
    meanings = cast("vectors.Meanings", Alike({7: 0.8, 8: 0.7}))

    answer = ordering.find(engine, ask(engine, f"sprocket {wanted} 20 teeth"), meanings)
    in_words = ordering.find(engine, ask(engine, "sprocket simplex 20 teeth"), meanings)

    assert (answer.relaxed, numbers(answer)[:2]) == (True, [8, 7])
    assert numbers(in_words)[:2] == [7, 8], "of words alone meaning says more"


@needs_extra
@pytest.mark.parametrize("sort", list(Sort))
def test_where_no_goods_have_any_word_only_what_is_much_alike_is_found(
    engine: TantivyEngine, tmp_path: Path, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanings = _meanings(tmp_path / "meaning")

    def found(text: str, **changes: object) -> tuple[int, list[int]]:
        answer = ordering.find(engine, ask(engine, text, sort=sort, **changes), meanings)
        return answer.total, sorted(numbers(answer))

    assert found("desk seat") == (1, [5])
    assert found("watering pipe") == (0, []), "a little like a hose, as everything is"
    monkeypatch.setattr(ordering, "ALONE", 1.0)
    assert found("desk seat") == (0, [])
    assert found("notebook") == (3, [1, 2, 3]), "words are there"
    elsewhere = (Selection("", In("vendor_id", frozenset([str(variant(99))]))),)
    assert found("notebook", selections=elsewhere)[0] == 0


@needs_extra
def test_pages_follow_each_other_without_a_hole(engine: TantivyEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meanings = _meanings(tmp_path / "meaning")
    engine.put(variant_documents([make_row(number, titles={"en": f"Notebook stand model {number}"}) for number in range(20, 60)]))
    monkeypatch.setattr(ordering, "WINDOW", 5)
    monkeypatch.setattr(ordering, "NEAREST", 5)

    whole = numbers(ordering.find(engine, ask(engine, "notebook", limit=100), meanings))
    paged = [
        n for offset in range(0, 50, 7) for n in numbers(ordering.find(engine, ask(engine, "notebook", limit=7, offset=offset), meanings))
    ]

    assert len(set(whole)) == len(whole) == len(paged)
    assert paged == whole


@needs_extra
def test_what_the_viewer_may_not_see_is_not_found_by_meaning(engine: TantivyEngine, tmp_path: Path) -> None:
    meanings = _meanings(tmp_path / "meaning")
    engine.put(variant_documents([make_row(3, version=2, titles={"en": TITLES[3]}, visibility=("company:other",))]))

    assert 3 not in numbers(ordering.find(engine, ask(engine, "notebook"), meanings))


@needs_extra
def test_a_set_of_vectors_replaces_the_one_before(tmp_path: Path) -> None:
    meanings = _meanings(tmp_path / "meaning")
    first = meanings.current()

    vectors.write(tmp_path / "meaning", {variant(9).bytes: (vectors.digest("one"), ENCODER.now().encode(["one"])[0])})  # type: ignore[union-attr]
    second = meanings.current()

    assert first is not None
    assert second is not None
    assert list(second.places) == [variant(9).bytes]
    assert list(first.places) != list(second.places)


def _meanings(folder: Path, titles: Mapping[UUID, str] | None = None) -> vectors.Meanings:
    known = titles or {variant(number): title for number, title in TITLES.items()}
    encoder = ENCODER.now()
    assert encoder is not None
    made = encoder.encode(list(known.values()))
    vectors.write(folder, {i.bytes: (vectors.digest(title), v) for (i, title), v in zip(known.items(), made, strict=True)})
    return vectors.Meanings(folder, waits=True)


@needs_extra
def test_a_page_says_which_goods_only_mean_much_the_same(
    app: Flask, client: FlaskClient, index_now: IndexNow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listings = [make_product(make_vendor(), title=TITLES[number], sku=f"SKU-{number}") for number in (1, 3, 5)]
    index_now(*listings)
    variants = [variant_of(product).id for product in listings]
    meanings = _meanings(tmp_path / "meaning", dict(zip(variants, (TITLES[1], TITLES[3], TITLES[5]), strict=True)))
    monkeypatch.setitem(app.extensions, MEANINGS, meanings)

    some = html.unescape(page(client, "/search?q=notebook"))
    none = html.unescape(page(client, "/search?q=desk+seat&exact=1"))

    assert "Only 1 product has every word" in some
    assert "The others have none of the words and only mean much the same." in some
    assert some.count("Lacks: notebook") == 1
    assert "No product has every word" in none
    assert "they only mean much the same" in none
    assert "some of the words" not in none.partition("<main")[2].partition("</section>")[0]
