"""Every field of a document, once: its kind decides how each engine stores it. Closed: an unknown field is refused.

Token streams are split at spaces only; `analysis.py` has done the rest. Bump `VERSION` when a field or its analysis changes:
an index of another version is not opened but built again beside the old one.
"""

from enum import StrEnum
from typing import Any

from search.documents import LEAD_SLOTS, TIER_SLOTS

VERSION = 22
REMEMBERED = "6h"
"""How long a server refuses older versions of what was purged; by itself for a minute, which an indexer may have stood still for."""


class Kind(StrEnum):
    """How a field is stored."""

    WORDS = "words"  # a token stream with frequencies
    PLACED_WORDS = "placed_words"  # also with positions, for phrases
    SET = "set"  # a token stream that is matched, not scored
    KEYWORDS = "keywords"  # exact values, counted and filtered
    CODES = "codes"  # exact values, looked up only
    INTEGER = "integer"  # sorted, counted and filtered
    ATTRIBUTES = "attributes"  # text by key; on the server the keyword `key=value`
    NUMBERS = "numbers"  # number by key; on the server nested, never one field per key


FIELDS: dict[str, Kind] = {
    "title_en": Kind.PLACED_WORDS,
    "title_zh": Kind.PLACED_WORDS,
    "joined": Kind.WORDS,
    "description": Kind.WORDS,
    "brand": Kind.WORDS,
    "category": Kind.WORDS,
    "keywords": Kind.WORDS,
    "traits": Kind.WORDS,
    "flags": Kind.WORDS,
    "sizes": Kind.WORDS,
    "heads": Kind.SET,
    "kind": Kind.SET,
    "codes": Kind.CODES,
    "mentions": Kind.CODES,
    "product_id": Kind.KEYWORDS,
    "vendor_id": Kind.KEYWORDS,
    "categories": Kind.KEYWORDS,
    "maker": Kind.KEYWORDS,
    "visibility": Kind.CODES,
    "turn": Kind.CODES,
    "attributes": Kind.ATTRIBUTES,
    "numbers": Kind.NUMBERS,
    "minimum": Kind.INTEGER,
    "in_stock": Kind.INTEGER,
    "available": Kind.INTEGER,
    "sample": Kind.INTEGER,
    "published_at": Kind.INTEGER,
    **{f"tier_{slot}_{part}": Kind.INTEGER for slot in range(TIER_SLOTS) for part in ("from", "below", "price")},
    **{f"lead_{slot}_{part}": Kind.INTEGER for slot in range(LEAD_SLOTS) for part in ("from", "below", "days")},
}


def meta(*, is_complete: bool) -> dict[str, Any]:
    """What an index on the server says of itself. Complete: loaded to its end once, so that pages may read it."""
    return {"version": VERSION, "complete": is_complete}


def elasticsearch(similarity: dict[str, Any] | None = None, *, is_complete: bool = False) -> dict[str, Any]:
    """Settings and mappings of an index on Elasticsearch 9.5: no scripts, no licensed feature, strict.

    `similarity` is for tests on another Lucene server whose BM25 lacks a constant factor.
    """
    kinds: dict[Kind, dict[str, Any]] = {
        Kind.WORDS: {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
        Kind.PLACED_WORDS: {"type": "text", "analyzer": "whitespace"},
        Kind.SET: {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False},
        Kind.KEYWORDS: {"type": "keyword"},
        Kind.CODES: {"type": "keyword", "doc_values": False},
        Kind.INTEGER: {"type": "long"},
        Kind.ATTRIBUTES: {"type": "keyword"},
        Kind.NUMBERS: {"type": "nested", "dynamic": "strict", "properties": {"key": {"type": "keyword"}, "value": {"type": "double"}}},
    }
    settings: dict[str, Any] = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "1s", "gc_deletes": REMEMBERED}
    if similarity:
        settings["similarity"] = {"default": similarity}
    return {
        "settings": settings,
        "mappings": {
            "dynamic": "strict",
            "_meta": meta(is_complete=is_complete),
            "properties": {
                "id": {"type": "keyword"},
                "version": {"type": "long"},
                "deleted": {"type": "boolean"},
                **{name: kinds[kind] for name, kind in FIELDS.items()},
            },
        },
    }
