"""Which part of a change to a listing on sale waits for the platform's yes (pure). Source: product.md §3.

What a buyer is told about the thing is looked at first: its words, its place, its attributes, its codes, what a kit holds. What the
vendor alone decides is true at once: prices, quantities, lead times, stock, who sees it, when it ends.
"""

from collections.abc import Mapping
from typing import Any

REVIEWED = frozenset({"category_id", "title", "description", "keywords", "attributes", "drawing", "videos"})
REVIEWED_OF_VARIANT = frozenset({"label", "brand", "mpn", "gtin", "codes", "attributes", "origin", "hs_code", "parts"})

Content = Mapping[str, Any]
"""The content of a version (`drafts.content_of`), its variants with ids."""


def at_once(live: Content, wanted: Content) -> dict[str, Any]:
    """The live listing with all of a wanted change that needs no yes. Variants that are new wait, those taken out go."""
    content = {name: value if name not in REVIEWED else live.get(name, value) for name, value in wanted.items() if name != "variants"}
    on_sale = {variant["id"]: variant for variant in live["variants"]}
    variants = []
    for variant in wanted["variants"]:
        before = on_sale.get(variant["id"]) if variant["id"] else None
        if before is not None:
            variants.append({n: before.get(n, v) if n in REVIEWED_OF_VARIANT else v for n, v in variant.items()})
    # A listing is never without a variant: if all of them are to be replaced, the old ones stay until the new ones are accepted.
    return content | {"variants": variants or list(live["variants"])}


def with_proposal(live: Content, proposal: Content) -> dict[str, Any]:
    """The live listing with what a proposal asks for: reviewed fields, and new variants at the end. What was changed since stays."""
    content = {name: proposal.get(name, value) if name in REVIEWED else value for name, value in live.items() if name != "variants"}
    proposed = {variant["id"]: variant for variant in proposal["variants"] if variant["id"]}
    skus = {variant["sku"] for variant in live["variants"]}
    kept = {variant["id"] for variant in live["variants"]}
    variants = []
    for variant in live["variants"]:
        wanted = proposed.get(variant["id"], variant)
        variants.append({n: wanted.get(n, v) if n in REVIEWED_OF_VARIANT else v for n, v in variant.items()})
    new = [v for v in proposal["variants"] if v["id"] not in kept and v["sku"] not in skus]
    return content | {"variants": variants + new}


def waits_for_a_yes(live: Content, wanted: Content) -> bool:
    """Whether a change of a listing holds anything that the platform looks at first."""
    now_live = at_once(live, wanted)
    return with_proposal(now_live, wanted) != now_live
