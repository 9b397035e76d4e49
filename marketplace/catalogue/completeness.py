"""How complete a listing is, and what is still to do: a help for its vendor, never part of trust (pure). Source: product.md §3."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import ProductDraft
from marketplace.core.i18n import lazy


@dataclass(frozen=True, slots=True)
class Completeness:
    """`done` of `total` points, and what each missing one asks for, in English source texts."""

    done: int
    total: int
    missing: tuple[str, ...]


def completeness_of(draft: ProductDraft, asked: Sequence[Definition], *, has_picture: bool, documents: Collection[str]) -> Completeness:
    """What buyers filter by, ask for, or need before they can order."""
    points = dict(_points(draft, has_picture=has_picture, documents=documents))
    filled = sum(all(d.code in {**draft.attributes, **v.attributes} for v in draft.variants) for d in asked)
    missing = [text for text, is_there in points.items() if not is_there]
    if filled < len(asked):
        missing.append(lazy("Fill in the remaining attributes: buyers filter by them."))
    return Completeness(sum(points.values()) + filled, len(points) + len(asked), tuple(missing))


def _points(draft: ProductDraft, *, has_picture: bool, documents: Collection[str]) -> Iterable[tuple[str, bool]]:
    variants = draft.variants
    yield lazy("Write a title in English and in Chinese."), {"en", "zh-Hans"} <= set(draft.title)
    yield lazy("Describe it."), bool(draft.description)
    yield lazy("Add a photo."), has_picture
    yield lazy("Add a spec sheet."), "spec_sheet" in documents
    yield lazy("Say how long it takes."), all(v.lead_time for v in variants)
    yield lazy("State the weight: freight goes by it."), all(v.weight_g is not None for v in variants)
    yield lazy("State the size."), all(v.dims_mm is not None for v in variants)
    yield lazy("State the country of origin and the HS code: duty goes by them."), all(v.origin and v.hs_code for v in variants)
    yield lazy("State the GTIN, or brand and MPN: buyers find it by them."), all(v.gtin or (v.brand and v.mpn) for v in variants)
    yield lazy("Offer a sample."), any(v.sample is not None for v in variants)
