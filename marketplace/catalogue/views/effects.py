"""What a change of the tree does, in sentences with numbers, before it is saved."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.models import AttributeDefinition, AttributeKind, Category, CategoryAttribute, CategoryChange, ProductState
from marketplace.catalogue.taxonomy import AttributeWish, CategoryWish, attribute_snapshot, category_snapshot, choices_in_lines
from marketplace.catalogue.wording import ATTRIBUTE_KINDS, CATEGORY_FIELDS, STATES
from marketplace.core import i18n
from marketplace.core.i18n import gettext, ngettext
from marketplace.pricing.queries.tables import tax_classes_of

Effect = tuple[str, str | None]
"""(sentence, tone)"""


def effects_of_edit(category: Category, wish: CategoryWish) -> list[Effect]:
    """New names and another place in the tree."""
    live, listings = (counts.get(category.id, 0) for counts in queries.listing_counts())
    found: list[Effect] = [
        (
            ngettext(
                "%(num)s listing stands in it or below, %(live)s on sale.",
                "%(num)s listings stand in it or below, %(live)s on sale.",
                listings,
                live=i18n.number(live),
            ),
            None,
        ),
    ]
    before = category_snapshot(category)
    if before["name"] != dict(wish.name) or category.parent_id != wish.parent_id:
        found.append((gettext("They are indexed again, which takes seconds to minutes; their addresses stay."), None))
    if category.parent_id != wish.parent_id:
        found += _tax_effects(category.id, wish.parent_id)
    return found


def _tax_effects(source: UUID, target: UUID | None) -> list[Effect]:
    classes = tax_classes_of([source, target] if target else [source])
    before, after = classes.get(source, "standard"), classes.get(target, "standard") if target else "standard"
    if before == after:
        return []
    return [
        (
            gettext("The tax class differs: %(before)s here, %(after)s there. Prices with tax change with it.", before=before, after=after),
            "late",
        )
    ]


def effects_of_merge(category: Category, into: Category) -> list[Effect]:
    """Listings move, attributes differ, the address leads on."""
    states = queries.states_in(category.id)
    parts = gettext(", ").join(f"{gettext(STATES[state][0])} {i18n.number(n)}" for state, n in states.items())
    total = sum(states.values())
    found: list[Effect] = [
        (ngettext("%(num)s listing moves.", "%(num)s listings move.", total) + (f" {parts}." if parts else ""), None),
        (
            gettext(
                "/categories/%(old)s leads to /categories/%(new)s from then on, and imports know both.", old=category.slug, new=into.slug
            ),
            None,
        ),
    ]
    wanted = queries.attributes_asked(into.id)
    for row in wanted:
        if row.asked.is_required:
            n, vendors = queries.lacking(category.id, row.definition.code)
            if n:
                found.append((_lack(row.definition.name, n, vendors), "need"))
    known = {row.definition.code for row in wanted}
    lost = [
        i18n.text(dict(row.definition.name))
        for row in queries.attributes_asked(category.id)
        if row.definition.code not in known and row.held
    ]
    if lost:
        found.append(
            (
                gettext(
                    "Not asked for there: %(names)s. Listings keep these values; no filter shows them.", names=gettext(", ").join(lost)
                ),
                "need",
            )
        )
    return found + _tax_effects(category.id, into.id)


def _lack(name: Mapping[str, str], n: int, vendors: int) -> str:
    return ngettext(
        "%(num)s listing on sale (vendors: %(vendors)s) has no value for “%(name)s”. It stays on sale; its vendor must fill it in at the next change.",
        "%(num)s listings on sale (vendors: %(vendors)s) have no value for “%(name)s”. They stay on sale; their vendors must fill it in at the next change.",
        n,
        vendors=i18n.number(vendors),
        name=i18n.text(dict(name)),
    )  # fmt: skip


def effects_of_attribute(
    category: Category, definition: AttributeDefinition | None, asked: CategoryAttribute | None, wish: AttributeWish
) -> list[Effect]:
    """A value that is required, a filter more or less, words that other categories share."""
    live = queries.states_in(category.id).get(ProductState.LIVE, 0)
    lack, vendors = queries.lacking(category.id, wish.code)
    found: list[Effect] = [
        (
            ngettext(
                "%(n)s of %(num)s listing on sale here holds a value.",
                "%(n)s of %(num)s listings on sale here hold a value.",
                live,
                n=i18n.number(live - lack),
            ),
            None,
        )
    ]
    if wish.is_required and lack and (asked is None or not asked.is_required):
        found.append((_lack(wish.name, lack, vendors), "need"))
    if asked is not None and asked.is_required and not wish.is_required:
        found.append((gettext("It need not be filled in any more."), None))
    if wish.is_facet and (asked is None or not asked.is_facet):
        found.append((gettext("Buyers can filter by it at once."), None))
    if asked is not None and asked.is_facet and not wish.is_facet:
        found.append((gettext("The filter disappears at once."), None))
    if definition is not None:
        found += _shared_effects(category, definition, wish)
    return found


def _shared_effects(category: Category, definition: AttributeDefinition, wish: AttributeWish) -> list[Effect]:
    found: list[Effect] = []
    if attribute_snapshot(definition, None)["definition"] == wish.snapshot()["definition"]:
        return found
    held = queries.holding(wish.code)
    found.append(
        (
            ngettext("%(num)s listing that holds a value is indexed again.", "%(num)s listings that hold a value are indexed again.", held),
            None,
        )
    )
    others = [i18n.text(dict(row.name)) for row in queries.categories_asking(definition.id) if row.id != category.id]
    if others:
        found.append(
            (
                gettext(
                    "Also asked for in: %(names)s. Its type, names and values change there too.", names=gettext(", ").join(others[:10])
                ),
                "need",
            )
        )
    return found


def effects_of_removal(category: Category, definition: AttributeDefinition) -> list[Effect]:
    """What is gone when a category asks no longer."""
    held = queries.holding(definition.code, category_id=category.id)
    return [
        (ngettext("%(num)s listing here keeps its value; no form asks for it and no filter shows it.", "%(num)s listings here keep their values; no form asks for them and no filter shows them.", held), None)
    ]  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(field, before, after) in words of what differs between two snapshots."""
    first, second = _flat(before), _flat(after)
    names = [name for name in CATEGORY_FIELDS if first.get(name) != second.get(name)]
    rows = [(gettext(CATEGORY_FIELDS[name]), _words(name, first.get(name)), _words(name, second.get(name))) for name in names]
    return [row for row in rows if row[1] != row[2]]


def changes_in_words(changes: Sequence[CategoryChange]) -> dict[UUID, list[tuple[str, str, str]]]:
    """What each change changed."""
    return {change.id: differences(change.before, change.after) for change in changes}


def _flat(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {**(snapshot.get("definition") or {}), **(snapshot.get("asked") or {}), **snapshot}


def _words(name: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name == "name":
        return " · ".join(value.values())
    if name == "kind":
        return gettext(ATTRIBUTE_KINDS[AttributeKind(value)])
    if name == "choices":
        return choices_in_lines(value)
    if name == "parent_id":
        return i18n.text(dict(queries.category_by_id(UUID(value)).name))
    return ", ".join(value) if isinstance(value, list) else str(value)
