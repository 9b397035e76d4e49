"""The page of the product form: everything that its template shows beside what was typed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import attributes, queries
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.completeness import Completeness, completeness_of
from marketplace.catalogue.drafts import UNITS, ProductDraft
from marketplace.catalogue.models import AttributeKind, ProductState
from marketplace.catalogue.queries import OwnProduct
from marketplace.catalogue.reasons import words_of
from marketplace.catalogue.schemas import ProductInput
from marketplace.catalogue.views import audience
from marketplace.catalogue.views.hints import tier_hints
from marketplace.catalogue.wording import FIELDS, LIFECYCLES, PACKS, RELATIONS, STATES, TAKEN_DOWN, UNIT_WORDS
from marketplace.core import i18n
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.links import url_for
from marketplace.core.web import page_url
from marketplace.quality import queries as quality
from vendors import queries as vendors

ROW_FIELDS = {
    "tiers": ("from_quantity", "price"),
    "lead_time": ("up_to", "days_from", "days_to"),
    "substitutes": ("sku",),
    "parts": ("sku", "quantity"),
}
ROW_LIMITS = {"tiers": 10, "lead_time": 12, "substitutes": 12, "parts": 60}


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else saved while the form was open: `beside` is for fields that both changed, `taken` are labels of theirs alone."""

    beside: Mapping[str, str] = field(default_factory=dict)
    taken: Sequence[str] = ()


NO_CONFLICT = Conflict()


def definitions_of(category_id: str) -> list[Definition]:
    """The attributes that the chosen category asks for; none for what is no id."""
    try:
        return queries.asked_by_category(UUID(category_id))
    except ValueError:
        return []


def form_page(
    form: Form[ProductInput],
    vendor_id: UUID,
    currency: str,
    own: OwnProduct | None = None,
    draft: ProductDraft | None = None,
    *,
    conflict: Conflict = NO_CONFLICT,
) -> str:
    """The form of a new listing, or of a saved one with its present content."""
    asked = definitions_of(form.value("category_id"))
    shown = {f"attr-{d.code}{part}" for d in asked for part in ("", "-unit")}
    unit = form.value("unit") if form.value("unit") in UNITS else "pc"
    tiers = rows_of(form, "tiers")
    return render_template(
        "catalogue/edit_product.html",
        form=form,
        product=own,
        draft=draft,
        currency=currency,
        conflict=conflict,
        asked=asked,
        # Attributes typed for a category that cannot be read any more are carried, not lost.
        carried=[(name, request.form[name]) for name in request.form if name.startswith("attr-") and name not in shown],
        kinds=AttributeKind,
        other_units={d.code: [(u, u) for u in units] if len(units := attributes.units_for(d.unit)) > 1 else [] for d in asked},
        reasons=words_of(own.reasons) if own else [],
        **_decided(own, vendor_id),
        choice_options=choice_options,
        categories=category_options(),
        units=_words(UNIT_WORDS),
        packs=_words(PACKS),
        lifecycles=_words(LIFECYCLES),
        relations=_words(RELATIONS),
        unit=unit,
        tier_rows=tiers,
        tier_hints=tier_hints(form, tiers, currency),
        lead_rows=rows_of(form, "lead_time"),
        substitute_rows=rows_of(form, "substitutes"),
        part_rows=rows_of(form, "parts"),
        labels=labels_of(form, asked),
        countries=audience.countries(),
        companies=audience.companies(vendor_id, form.values("companies")),
        segments=audience.segments(vendor_id),
        variant_tabs=_variant_tabs(own, draft, form),
        can_remove=own is not None and draft is not None and len(draft.variants) > 1 and bool(form.value("variant_id")),
        tabs=product_tabs(own.id, "edit") if own else [],
        completeness=_completeness(own, draft, asked),
    )


def _decided(own: OwnProduct | None, vendor_id: UUID) -> dict[str, Any]:
    """What the platform has decided against a listing, whether that can be appealed against, and its statement when it was taken down."""
    if own is None:
        return {"contested": None, "takedown": None, "evidence": [], "state": None}
    takedown = queries.takedown_in_force(own.id) if own.state is ProductState.REFUSED else None
    return {
        "contested": quality.standing_of_product(own.id, own.state, vendor_id=vendor_id),
        "takedown": takedown,
        "state": STATES[own.state] if takedown is None else TAKEN_DOWN,
        "source": gettext(queries.SOURCES[takedown.source]) if takedown is not None else "",
        "evidence": list(vendors.files_by_id(takedown.file_ids, company_id=vendor_id).values()) if takedown is not None else [],
    }


def _completeness(own: OwnProduct | None, draft: ProductDraft | None, asked: Sequence[Definition]) -> Completeness | None:
    if own is None or draft is None:
        return None
    documents = [document.kind for document, _ in queries.own_documents(own.id, vendor_id=own.vendor_id)]
    return completeness_of(draft, asked, has_picture=bool(queries.own_pictures(own.id, vendor_id=own.vendor_id)), documents=documents)


def choice_options(definition: Definition) -> list[tuple[str, str]]:
    """The values of a choice."""
    return [(code, i18n.text(dict(names))) for code, names in definition.choices]


def category_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every root with its leaves."""
    return [(i18n.text(root.name), [(str(leaf.id), i18n.text(leaf.name)) for leaf in leaves]) for root, leaves in queries.leaf_categories()]


def _words(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, gettext(word)) for code, word in table.items()]


def rows_of(form: Form[ProductInput], name: str) -> list[str]:
    """The rows of a list field, one more where a button asked for it."""
    rows = form.rows(name, blank=1)
    if request.method == "POST" and (not rows or request.form.get("add") == name):
        rows.append(f"{name}-{len(rows)}")
    return rows[: ROW_LIMITS[name]]


def labels_of(form: Form[ProductInput], asked: Sequence[Definition]) -> Mapping[str, str]:
    """Labels for the summary of errors, those of rows with their number: `Tier 3, price`."""
    labels = {name: gettext(text) for name, text in FIELDS.items()} | {f"attr-{d.code}": i18n.text(dict(d.name)) for d in asked}
    for name, _ in form.errors:
        parts = name.split("-")
        if len(parts) != 3 or parts[0] not in ROW_FIELDS:
            continue
        number = int(parts[1]) + 1
        if parts[0] == "tiers":
            labels[name] = gettext("Tier %(n)s, %(part)s", n=number, part=gettext("price") if parts[2] == "price" else gettext("from"))
        elif parts[0] == "lead_time":
            labels[name] = gettext("Lead time, band %(n)s", n=number)
        elif parts[0] == "parts":
            labels[name] = gettext("Part %(n)s", n=number)
        else:
            labels[name] = gettext("Substitute %(n)s", n=number)
    return labels


def _variant_tabs(own: OwnProduct | None, draft: ProductDraft | None, form: Form[ProductInput]) -> list[tuple[str, str, bool]]:
    if own is None or draft is None:
        return []
    current = form.value("variant_id")
    tabs: list[tuple[str, str, bool]] = [
        (v.label or v.sku, url_for("catalogue.edit_product", product_id=own.id, variant=v.sku), str(v.id) == current)
        for v in draft.variants
    ]
    return [*tabs, (gettext("Add a variant"), url_for("catalogue.edit_product", product_id=own.id, variant=""), not current)]


def product_tabs(product_id: UUID, current: str) -> list[tuple[str, str, bool]]:
    """The pages of one listing in the portal."""
    pages = (
        ("edit", gettext("Data"), "catalogue.edit_product"),
        ("pictures", gettext("Photos"), "catalogue.list_pictures"),
        ("documents", gettext("Documents"), "catalogue.list_documents"),
        ("stock", gettext("Stock"), "catalogue.count_stock"),
        ("versions", gettext("Versions"), "catalogue.list_versions"),
    )
    return [
        (word, url_for(endpoint, product_id=product_id), key == current)
        for key, word, endpoint in pages
        if page_url(endpoint, product_id=product_id)
    ]


def saved_words(group: str, saved: Mapping[str, Sequence[str]], asked: Sequence[Definition]) -> str:
    """What somebody else saved in a field or a list, as it is said beside it."""
    rows = sorted({name.rsplit("-", 1)[0] for name in saved if name.startswith(f"{group}-")}) if group in ROW_FIELDS else []
    if rows:
        parts = [": ".join(value for name in ROW_FIELDS[group] if (value := "".join(saved.get(f"{row}-{name}", ())))) for row in rows]
        return "; ".join(part for part in parts if part) or "–"
    value = ", ".join(saved.get(group, ()))
    words: dict[str, Callable[[str], str]] = {
        "pack": lambda v: gettext(PACKS.get(v, v)),
        "lifecycle": lambda v: gettext(LIFECYCLES.get(v, v)),
        "origin": i18n.country,
        "category_id": _category_word,
    }
    for definition in asked:
        if group == f"attr-{definition.code}" and definition.kind is AttributeKind.CHOICE:
            value = i18n.text(dict(definition.choice_name(value))) if value else ""
    if not value:
        return "–"
    unit = "".join(saved.get(f"{group}-unit", saved.get(f"{group}_unit", ())))
    return words[group](value) if group in words else f"{value} {unit}".strip()


def _category_word(category_id: str) -> str:
    return next((name for _, leaves in category_options() for key, name in leaves if key == category_id), category_id)


def as_values(initial: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in a form, as it would be sent."""
    return {
        name: [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]
        for name, value in initial.items()
        if value != ""
    }


def as_typed(values: Mapping[str, Sequence[str]]) -> MultiDict[str, str]:
    """Values as a form takes them."""
    return MultiDict([(name, value) for name, given in values.items() for value in given])
