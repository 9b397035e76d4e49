"""The category tree and its attributes, loaded from a table such as `demo/world/categories.json`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeDefinition, AttributeKind, Category, CategoryAttribute, Product, Variant
from marketplace.core import arrays, changes
from marketplace.core.db import db
from marketplace.core.ids import new_id

FACET_SHARE_PERCENT = 20
"""A category shows an attribute that at least this share of its products has; see `link_attributes`."""
FACET_LIMIT = 12


def load_categories(table: Mapping[str, Any]) -> dict[str, UUID]:
    """Write categories and attributes; what is there already is brought up to date, nothing is taken away.

    Shape: `attributes` [{code, type, unit, en, zh, choices [{code, en, zh}]}] and `categories` [{slug, parent (slug or null), en, zh,
    unspsc, hs [codes], leaf, attributes [{code, required, facet, order}]}], parents first; a category may carry its own `position`. Returns slug → id.
    """
    define_attributes(
        Definition(
            code=row["code"],
            kind=AttributeKind(row["type"]),
            name=_by_language(row),
            unit=row["unit"],
            choices=tuple((choice["code"], _by_language(choice)) for choice in row["choices"]),
        )
        for row in table["attributes"]
    )
    attribute_ids = {code: key for key, code in db.session.execute(select(AttributeDefinition.id, AttributeDefinition.code))}
    known = {row.slug: row for row in db.session.scalars(select(Category))}
    for position, row in enumerate(table["categories"]):
        category = known.get(row["slug"])
        if category is None:
            category = Category(id=new_id(), slug=row["slug"])
            db.session.add(category)
            known[row["slug"]] = category
        parent = known[row["parent"]] if row["parent"] else None
        category.parent_id = parent.id if parent else None
        category.path = [*(parent.path if parent else []), category.id]
        category.name = _by_language(row)
        category.unspsc = row["unspsc"]
        category.hs_codes = list(row["hs"])
        category.is_leaf = row["leaf"]
        category.position = row.get("position", position)
    db.session.flush()  # the statement below points to these rows
    asked = [
        {
            "category_id": known[row["slug"]].id,
            "attribute_id": attribute_ids[asked["code"]],
            "is_required": asked["required"],
            "is_facet": asked["facet"],
            "position": asked["order"],
        }
        for row in table["categories"]
        for asked in row.get("attributes", ())
    ]
    if asked:
        statement = insert(CategoryAttribute).values(asked)
        changed = {name: statement.excluded[name] for name in ("is_required", "is_facet", "position")}
        db.session.execute(statement.on_conflict_do_update(index_elements=["category_id", "attribute_id"], set_=changed))
    return {row["slug"]: known[row["slug"]].id for row in table["categories"]}


def _by_language(row: Mapping[str, Any]) -> dict[str, str]:
    return {"en": row["en"]} | ({"zh-Hans": row["zh"]} if row.get("zh") else {})


def define_attributes(definitions: Iterable[Definition]) -> None:
    """Write attribute definitions; an existing code keeps its kind and unit and gets the new name and choices.

    Listings that use a definition which changed are indexed again: its words stand in their documents.
    """
    rows: list[dict[str, Any]] = [
        {
            "id": str(new_id()),
            "code": definition.code,
            "kind": definition.kind.value,
            "unit": definition.unit,
            "name": dict(definition.name),
            "choices": [{"code": code, **name} for code, name in definition.choices],
        }
        for definition in sorted(definitions, key=lambda d: d.code)
    ]
    found = select(AttributeDefinition.code, AttributeDefinition.name, AttributeDefinition.choices).where(
        AttributeDefinition.code == any_(arrays.texts(None, [row["code"] for row in rows]))
    )
    standing = {code: (name, choices) for code, name, choices in db.session.execute(found)}
    wanted = [row for row in rows if standing.get(row["code"]) != (row["name"], row["choices"])]
    if wanted:
        # One array of JSON: an operator's file brings thousands.
        statement = """
            INSERT INTO attribute_definitions (id, code, kind, unit, name, choices)
            SELECT id, code, kind, unit, name, choices FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS new (id uuid, code text, kind text, unit text, name jsonb, choices jsonb)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, choices = excluded.choices
        """
        db.session.execute(text(statement), {"rows": json.dumps(wanted)})
    renamed = [row["code"] for row in wanted if row["code"] in standing]
    if renamed:
        codes = literal(renamed, ARRAY(Text))
        own = select(Variant.product_id).where(Variant.attributes.has_any(codes))
        shared = select(Product.id).where(Product.attributes.has_any(codes))
        changes.mark("product", db.session.scalars(own.union(shared)))


def link_attributes(category_ids: Iterable[UUID]) -> None:
    """Let categories ask for the attributes that their products commonly have, none of them required.

    For imported goods, whose attributes nobody has put in order: up to 12 that at least a fifth of the category's products have, the
    commonest first. Texts with more than 40 values and numbers without a unit are shown, but are no filter.
    """
    for category_id in category_ids:
        db.session.execute(
            text(
                """
                INSERT INTO category_attributes (category_id, attribute_id, is_required, is_facet, position)
                SELECT :category, d.id, false, d.kind = 'boolean' OR (d.kind = 'text' AND c.different BETWEEN 2 AND 40), c.place - 1
                FROM (
                    SELECT key, count(words) AS different,
                           row_number() OVER (ORDER BY sum(holding) DESC, key) AS place,
                           sum(holding) AS holding
                    FROM (
                        SELECT key, left(value->>'v', 80) AS words, count(*) AS holding
                        FROM products, jsonb_each(attributes)
                        WHERE category_id = :category AND state = 'live'
                        GROUP BY 1, 2
                    ) AS each_value
                    GROUP BY key
                ) c JOIN attribute_definitions d ON d.code = c.key
                WHERE c.place <= :limit
                  AND c.holding * 100 >= :share * (SELECT count(*) FROM products WHERE category_id = :category AND state = 'live')
                ON CONFLICT (category_id, attribute_id) DO UPDATE SET is_facet = excluded.is_facet, position = excluded.position
                """
            ),
            {"category": category_id, "limit": FACET_LIMIT, "share": FACET_SHARE_PERCENT},
        )
