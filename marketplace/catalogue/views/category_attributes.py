"""What a category asks of its products: each attribute's type, unit, allowed values, and whether it is required, a filter, compared."""

from typing import Any

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries, services
from marketplace.catalogue.attributes import UNITS
from marketplace.catalogue.errors import CategoryChangedSince, CategoryRefused
from marketplace.catalogue.models import AttributeDefinition, AttributeKind, Category, CategoryAttribute
from marketplace.catalogue.schemas import AttributeInput, SeenInput
from marketplace.catalogue.taxonomy import AttributeWish, WishRefused, attribute_snapshot, choices_in_lines, code_from, digest, read_choices
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.effects import differences, effects_of_attribute, effects_of_removal
from marketplace.catalogue.wording import ATTRIBUTE_KINDS
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other


@bp.get("/desk/categories/<category_id>/attributes/new")
@requires(Permission.CATEGORY_EDIT)
def choose_attribute(category_id: str) -> str:
    """Another category's attribute, or a new one."""
    return _form_page(queries.category_by_id(path_id(category_id)), None, None, Form(AttributeInput, initial=_initial(None, None)))[0]


@bp.post("/desk/categories/<category_id>/attributes/new")
@requires(Permission.CATEGORY_EDIT)
def define_attribute(category_id: str) -> Page:
    """A new attribute: first the effect, then the saving."""
    category = queries.category_by_id(path_id(category_id))
    form = Form(AttributeInput, request.form)
    if form.is_valid():
        code = form.data.code or code_from(form.data.name_en, joined_by="_").lstrip("0123456789_")
        if code in ("", "new") and form.data.code:
            form.add_error("code", gettext("Write a code of small letters, digits and underscores."))
        elif code in ("", "new"):
            form.add_error(
                "name_en", gettext("No code can be made of this name. Write one below, of small letters, digits and underscores.")
            )
        elif (known := queries.find_attribute(code)) is not None:
            form.add_error("code", gettext("“%(code)s” exists already. Find it above and use it.", code=known.code))
    return _saved(category, None, None, form)


@bp.route("/desk/categories/<category_id>/attributes/<code>", methods=["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def edit_attribute(category_id: str, code: str) -> Page:
    """An attribute that there is, asked for here or not yet."""
    category = queries.category_by_id(path_id(category_id))
    definition = queries.attribute_by_code(code)
    asked = queries.find_asked(category.id, definition.id)
    if request.method != "POST":
        return _form_page(category, definition, asked, Form(AttributeInput, initial=_initial(definition, asked)))
    return _saved(category, definition, asked, Form(AttributeInput, request.form))


@bp.post("/desk/categories/<category_id>/attributes/<code>/remove")
@requires(Permission.CATEGORY_EDIT)
def remove_attribute(category_id: str, code: str) -> Page:
    """Stop asking for it."""
    key, definition = path_id(category_id), queries.attribute_by_code(code)
    attribute_key = definition.id
    form = Form(SeenInput, request.form)
    refusal: CategoryRefused | CategoryChangedSince = CategoryChangedSince()
    if form.is_valid():
        try:
            with transaction():
                services.remove_attribute(key, attribute_key, seen=form.data.seen, actor=current_actor())
            flash(gettext("No longer asked for."), "done")
            return see_other("catalogue.show_category", category_id=key)
        except (CategoryRefused, CategoryChangedSince) as refused:
            refusal = refused
    definition = queries.attribute_by_id(attribute_key)
    asked = queries.find_asked(key, attribute_key)
    again = Form(AttributeInput, initial=_initial(definition, asked))
    again.add_error("form", gettext(refusal.text))
    return _form_page(queries.category_by_id(key), definition, asked, again, status=409)


def _initial(definition: AttributeDefinition | None, asked: CategoryAttribute | None) -> dict[str, Any]:
    if definition is None:
        return {"kind": "text", "comparable": "1"}
    return {
        "code": definition.code,
        "name_en": definition.name.get("en", ""),
        "name_zh": definition.name.get("zh-Hans", ""),
        "kind": definition.kind.value,
        "unit": definition.unit or "",
        "choices": choices_in_lines(definition.choices),
        "required": "1" if asked and asked.is_required else None,
        "facet": "1" if asked and asked.is_facet else None,
        "comparable": "1" if asked is None or asked.is_comparable else None,
        "position": asked.position if asked else 0,
    }


def _saved(category: Category, definition: AttributeDefinition | None, asked: CategoryAttribute | None, form: Form[AttributeInput]) -> Page:
    wish = _wish(form, definition) if form.is_valid() else None
    if wish is None:
        return _form_page(category, definition, asked, form, status=422)
    try:
        if form.data.told != digest(wish.snapshot()):
            if definition is not None:
                services.check_definition(definition, wish.snapshot()["definition"])
            return _form_page(category, definition, asked, form, wish=wish)
        with transaction():
            services.set_attribute(category.id, wish, seen=form.data.seen, actor=current_actor())
    except CategoryRefused as refused:
        form.add_error(refused.field, gettext(refused.text, **refused.values))
        return _form_page(*_again(category, wish.code), form, status=422)
    except CategoryChangedSince as late:
        form.add_error("form", gettext(late.text))
        return _form_page(*_again(category, wish.code), form, status=late.status, stands_against=wish)
    flash(gettext("Saved. Product forms ask for it and filters show it at once."), "done")
    return see_other("catalogue.show_category", category_id=category.id)


def _again(category: Category, code: str) -> tuple[Category, AttributeDefinition | None, CategoryAttribute | None]:
    """What stands now: a refusal has taken back what was read."""
    definition = queries.find_attribute(code)
    fresh = queries.category_by_id(category.id)
    return fresh, definition, queries.find_asked(fresh.id, definition.id) if definition else None


def _wish(form: Form[AttributeInput], definition: AttributeDefinition | None) -> AttributeWish | None:
    data = form.data
    code = definition.code if definition else data.code or code_from(data.name_en, joined_by="_").lstrip("0123456789_")
    choices: tuple[dict[str, str], ...] = ()
    if data.kind is AttributeKind.CHOICE:
        try:
            choices = read_choices(data.choices)
        except WishRefused as refused:
            form.add_error("choices", gettext(refused.text, **refused.values))
            return None
        if not choices:
            form.add_error("choices", gettext("Write at least one value."))
            return None
    unit = data.unit if data.kind is AttributeKind.NUMBER else ""
    if unit and unit not in UNITS and (definition is None or unit != definition.unit):
        form.add_error("unit", gettext("Choose one of the list."))
        return None
    name = {"en": data.name_en} | ({"zh-Hans": data.name_zh} if data.name_zh else {})
    return AttributeWish(
        code, data.kind, unit or None, name, choices, data.required == "1", data.facet == "1", data.comparable == "1", data.position
    )


def _form_page(
    category: Category,
    definition: AttributeDefinition | None,
    asked: CategoryAttribute | None,
    form: Form[AttributeInput],
    *,
    wish: AttributeWish | None = None,
    stands_against: AttributeWish | None = None,
    status: int = 200,
) -> tuple[str, int]:
    now = attribute_snapshot(definition, asked)
    typed = form.typed
    words = request.args.get("q", "")[:100].strip()
    held = queries.holding(definition.code) if definition else 0
    return render_template(
        "catalogue/edit_attribute.html",
        category=category,
        definition=definition,
        asked=asked,
        form=form,
        kinds=[(kind.value, gettext(word)) for kind, word in ATTRIBUTE_KINDS.items()],
        kind_words=ATTRIBUTE_KINDS,
        units=[(unit, unit) for unit in dict.fromkeys([*UNITS, *([definition.unit] if definition and definition.unit else [])])],
        held=held,
        others=[row for row in queries.categories_asking(definition.id) if row.id != category.id] if definition else [],
        effects=effects_of_attribute(category, definition, asked, wish) if wish else [],
        told=digest(wish.snapshot()) if wish else "",
        seen=typed["seen"] if typed is not None and "seen" in typed and status != 409 else digest(now),
        stands=differences(now, stands_against.snapshot()) if stands_against else [],
        removal=effects_of_removal(category, definition) if definition and asked else [],
        now=digest(now),
        words=words,
        likely=queries.attributes_like(words, but_of=category.id) if words and definition is None else [],
    ), status
