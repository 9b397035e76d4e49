"""Searches for a benchmark: what many readers have asked in ninety days, until there are enough, with what followed from them.

Words are those of the catalogue's own titles, a few asked often and most of them seldom; what a page shows are variants of the catalogue,
of few vendors and many places. Every eighth page is a further one, every tenth search finds nothing, and three of ten are followed by a
click. Rows go in through COPY; hours that are over are then summed by the duty of the product, as every ten minutes.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb

from marketplace.core import clock
from marketplace.core import db as database
from marketplace.core.db import transaction
from marketplace.core.ids import new_id
from search.learning import services
from search.learning.services.records import COLUMNS
from search.learning.wishes import query_key

DAYS = 89
PLACES = 24
QUERIES = 6_000
VENDORS_SHOWN = 9


def fill(address: str, number: int) -> None:
    """Write searches until there are so many. `address`: of the database, as the role of the jobs."""
    dice = Random(20)
    with psycopg.connect(address.replace("postgresql+psycopg://", "postgresql://")) as connection:
        (there,) = connection.execute("SELECT count(*) FROM searches").fetchone() or (0,)
        titles = connection.execute(
            "SELECT coalesce(title->>'en', title->>'zh') FROM products WHERE state = 'live' ORDER BY id LIMIT 20000"
        )
        queries = [" ".join(str(title).split()[: dice.randint(1, 3)]) for (title,) in titles]
        queries = list(dict.fromkeys(filter(query_key, queries)))[:QUERIES]
        query = "SELECT v.id, p.vendor_id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.state = 'live' ORDER BY v.id LIMIT 20000"
        goods: dict[UUID, list[UUID]] = {}
        for variant, vendor in connection.execute(query):
            goods.setdefault(vendor, []).append(variant)
        made = [_search(dice, queries, goods) for _ in range(number - there)]
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY searches ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                copy.set_types(list(COLUMNS.values()))
                for row in made:
                    copy.write_row([row[name] for name in COLUMNS])
            with cursor.copy("COPY search_acts (search_id, position, kind, variant_id, at) FROM STDIN") as copy:
                for row in made:
                    if row["variants"] and dice.random() < 0.3:
                        place = min(int(dice.expovariate(0.3)), len(row["variants"]) - 1)
                        at = row["asked_at"] + timedelta(seconds=20)
                        copy.write_row((row["id"], row["first_position"] + place, "click", row["variants"][place], at))


def _search(dice: Random, queries: list[str], goods: dict[UUID, list[UUID]]) -> dict[str, Any]:
    words = queries[min(int(dice.paretovariate(0.5)) - 1, len(queries) - 1)]
    vendors = [] if dice.random() < 0.1 else dice.choices(list(goods), k=VENDORS_SHOWN)
    shown = [(dice.choice(goods[vendor]), vendor) for vendor in dice.choices(vendors, k=PLACES)] if vendors else []
    page = 1 if dice.random() < 0.875 else dice.randint(2, 9)
    return {
        "id": new_id(),
        "asked_at": _moment(dice),
        "key": query_key(words),
        "words": words,
        "category": "",
        "filters": Jsonb({}),
        "sort": "relevance",
        "page": page,
        "found": PLACES * 20 if shown else 0,
        "took_ms": int(dice.lognormvariate(3, 0.6)),
        "correction": "",
        "is_relaxed": dice.random() < 0.1,
        "language": "en",
        "company_mark": "",
        "first_position": 1 + PLACES * (page - 1),
        "variants": [variant for variant, _ in shown],
        "versions": [1] * len(shown),
        "vendors": [vendor for _, vendor in shown],
        "matches": Jsonb({str(vendor): dice.randint(1, 50) for vendor in vendors}),
    }


def _moment(dice: Random) -> datetime:
    return clock.now() - timedelta(seconds=dice.randrange(60, DAYS * 86_400))


def sum_hours(app: Flask) -> None:
    """Sum every hour that is over, as the duty does."""
    before = database.as_staff.set(True)
    try:
        is_left = True
        while is_left:
            with app.app_context(), transaction():
                is_left = services.sum_hour()
    finally:
        database.as_staff.reset(before)
