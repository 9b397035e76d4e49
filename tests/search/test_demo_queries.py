"""The trade's queries in two languages on the demo's goods: what must be in the first 10, what must not, and of which kind most are.

Passed by rules and dictionaries only: nothing in the code knows these queries.
"""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from marketplace.demo import world
from search import plan
from search.documents import AttributeValue, IndexRow, axes_of, turn_of, variant_documents
from search.engines.tantivy import TantivyEngine

WORLD = Path(world.__file__).parent / "world"


def names_of(leaf: dict[str, Any], categories: dict[str, dict[str, Any]]) -> tuple[list[str], list[str]]:
    """(slugs from the root, names of the leaf and then its parents)."""
    slugs: list[str] = []
    names: list[str] = []
    node = leaf
    while True:
        slugs.insert(0, node["slug"])
        names += [node["en"], node["zh"]]
        if not node["parent"]:
            return slugs, names
        node = categories[node["parent"]]


def attribute(definition: dict[str, Any], value: Any) -> AttributeValue:
    """A value as the database would hold it."""
    texts: tuple[str, ...] = ()
    if definition["type"] == "choice":
        choice = next(choice for choice in definition["choices"] if choice["code"] == value)
        texts = (choice["en"], choice["zh"])
    return AttributeValue(value, definition["unit"], texts, definition["en"])


def rows() -> list[IndexRow]:
    """Every variant of the demo that everybody may see."""
    table = json.loads((WORLD / "categories.json").read_text(encoding="utf-8"))
    categories = {category["slug"]: category for category in table["categories"]}
    definitions = {definition["code"]: definition for definition in table["attributes"]}
    found: list[IndexRow] = []
    with gzip.open(WORLD / "products.jsonl.gz", "rt", encoding="utf-8") as lines:
        for product in map(json.loads, lines):
            slugs, names = names_of(categories[product["category"]], categories)
            own = [{code: attribute(definitions[code], value) for code, value in one["attributes"].items()} for one in product["variants"]]
            axes = axes_of(own)
            for place, variant in enumerate(product["variants"]):
                values = {**product["attributes"], **variant["attributes"]}
                found.append(
                    IndexRow(
                        variant_id=UUID(int=len(found) + 1),
                        product_id=UUID(int=10_000 + len(found)),
                        vendor_id=UUID(int=1),
                        version=1,
                        titles={"zh-Hans" if language == "zh" else language: text for language, text in product["title"].items()},
                        sku=variant["sku"],
                        listed=product["state"] == "live" and product["visibility"]["kind"] == "everyone",
                        categories=tuple(slugs),
                        category_names=tuple(names),
                        label=variant["label"] or "",
                        descriptions=product["description"],
                        keywords=tuple(product["keywords"]),
                        brand=variant["brand"] or "",
                        mpn=variant["mpn"] or "",
                        codes=tuple(code for code in [variant["gtin"]] if code),
                        attributes={code: attribute(definitions[code], value) for code, value in values.items()},
                        turn=turn_of(place, len(product["variants"])),
                        axes=axes,
                    )
                )
    return found


@pytest.fixture(scope="module")
def goods(tmp_path_factory: pytest.TempPathFactory) -> tuple[TantivyEngine, dict[UUID, IndexRow]]:
    """The demo's goods in an embedded index."""
    engine, known = TantivyEngine(tmp_path_factory.mktemp("demo")), rows()
    engine.put(variant_documents(known))
    return engine, {row.variant_id: row for row in known}


def queries() -> list[Any]:
    """The trade's queries, and those that buyers of ours would ask beside them."""
    asked: list[dict[str, str]] = []
    for name in ("queries.tsv", "more_queries.tsv"):
        with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as table:
            asked += csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [pytest.param(row, id=row["query"]) for row in asked]


@pytest.mark.parametrize("asked", queries())
def test_a_buyer_finds_what_he_means(asked: dict[str, str], goods: tuple[TantivyEngine, dict[UUID, IndexRow]]) -> None:
    engine, known = goods
    wanted = plan.build(asked["query"], vocabulary=engine.vocabulary(), visibility=["all"], limit=10)

    found = [known[hit.variant_id] for hit in engine.find(wanted).hits]

    skus = [row.sku for row in found]
    assert set(filter(None, (asked["must_be_in_first_10"] or "").split("|"))) <= set(skus)
    assert not set(filter(None, (asked["must_not_be_in_first_10"] or "").split("|"))) & set(skus)
    if asked["category_of_most_hits"]:
        assert Counter(row.categories[-1] for row in found).most_common(1)[0][0] == asked["category_of_most_hits"]
