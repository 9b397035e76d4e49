"""The operator's synonyms at the desk: list, add, change, remove, take back; the shipped tables beside them, to read."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, act_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from search import index
from search.errors import SearchUnavailable
from search.learning import rules, services
from search.learning.changes import CHANGES, changes_of, last_changes
from search.learning.errors import RuleChangedSince, RuleRefused, RuleRemovedSince
from search.learning.models import RuleKind, SynonymRule
from search.learning.rules import KINDS, LANGUAGES
from search.learning.schemas import SynonymInput
from search.learning.wishes import SynonymWish, check_synonym, digest, prepared, synonym_snapshot
from search.lexical.concepts import known_codes
from search.synonyms import shipped_rows
from search.views.blueprint import bp
from search.views.desk_forms import history, looked_at, refuse, remove, seen_of, standing, stood
from search.views.desk_preview import Preview, asked_by_visitors, preview

HEAD = (lazy("Direction"), lazy("Language"), lazy("Who searches for"), lazy("also finds"), lazy("In use"), lazy("Changed"), lazy("By"))
SHIPPED_PAGE = 100


@bp.get("/desk/search/synonyms")
@requires(Permission.DESK_VIEW)
def list_synonyms() -> str:
    """The operator's own, and what was changed."""
    asked = rules.SYNONYMS.read(request.args)
    return render_template(
        "search/list_synonyms.html",
        asked=asked,
        found=rules.SYNONYMS.page(rules.all_synonyms(), asked),
        kinds=KINDS,
        language_words=LANGUAGES,
        changes=history(last_changes(RuleKind.SYNONYM), {}),
        shipped=len(shipped_rows()),
    )


@bp.get("/desk/search/synonyms.csv")
@requires(Permission.DESK_VIEW)
def export_synonyms() -> Response:
    """The same rows as a file."""
    rows = (
        (
            gettext(KINDS[rule.kind]), gettext(LANGUAGES[rule.language]), rule.terms[0], "|".join(rule.terms[1:]),
            gettext("Yes") if rule.is_active else gettext("No"), rule.changed_at.isoformat(), rule.changed_by_name,
        )
        for rule in rules.SYNONYMS.rows(rules.all_synonyms(), rules.SYNONYMS.read(request.args))
    )  # fmt: skip
    return download_csv([gettext(word) for word in HEAD], rows, f"synonyms-{clock.now():%Y-%m-%d}.csv")


@bp.get("/desk/search/dictionaries")
@requires(Permission.DESK_VIEW)
def list_dictionaries() -> str:
    """The shipped tables: read and searched, never changed here."""
    words = request.args.get("words", "").strip()[:100]
    typed = words.casefold()
    rows = [row for row in shipped_rows() if any(typed in term.casefold() for term in row[1][2])]
    number = request.args.get("page", "1")
    last = max(1, -(-len(rows) // SHIPPED_PAGE))
    page = min(max(1, int(number)), last) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    shown = rows[(page - 1) * SHIPPED_PAGE : page * SHIPPED_PAGE]
    return render_template("search/list_dictionaries.html", words=words, rows=shown, total=len(rows), page=page, size=SHIPPED_PAGE)


@bp.route("/desk/search/synonyms/new", methods=["GET", "POST"])
@requires(Permission.SEARCH_EDIT)
def add_synonym() -> Page:
    """A new one; a search that found nothing may bring its words along."""
    return _edit(None, {"asked": request.args.get("asked", "")[:200], "active": "1"})


@bp.route("/desk/search/synonyms/<rule_id>", methods=["GET", "POST"])
@requires(Permission.SEARCH_EDIT)
def edit_synonym(rule_id: str) -> Page:
    """One synonym: first what it does, then the saving; below, who changed it."""
    key = path_id(rule_id)
    rule = rules.standing_synonym(key)
    if rule is None and not stood(RuleKind.SYNONYM, key):
        raise NotFound
    return _edit(rule, _initial(rule) if rule else {}, key)


def _initial(rule: SynonymRule) -> dict[str, Any]:
    return {
        "asked": rule.terms[0], "also": "\n".join(rule.terms[1:]), "kind": rule.kind.value, "language": rule.language.value,
        "active": "1" if rule.is_active else "",
    }  # fmt: skip


def _edit(rule: SynonymRule | None, initial: dict[str, Any], rule_id: UUID | None = None) -> Page:
    """The form of one that stands, of a new one, or of one that was removed while its form was open: that has an id alone."""
    form = Form(SynonymInput, request.form if request.method == "POST" else None, initial={"kind": "both", "language": "en", **initial})
    now = _now(rule, rule_id)
    shown: Preview | None = None
    told, status = "", 422 if request.method == "POST" else 200
    if form.is_valid():
        wish = form.data.wish()
        mark = digest({**wish.snapshot(), "trial": form.data.trial})
        try:
            seen = form.data.seen
            if form.data.told == mark:
                content = {"synonym": rule_id, "seen": seen, **wish.snapshot()}
                act_once("set_synonym", content, lambda: _save(rule_id, wish, seen))
                flash(gettext("Saved. Searches are read with it within a second."), "done")
                return see_other("search.list_synonyms")
            if rule_id and not rule and seen != now:
                raise RuleRemovedSince
            _check(rule_id, wish)
            shown, told, status = looked_at(form, lambda: _preview(rule_id, wish, form.data.trial or wish.terms[0])), mark, 200
        except (RuleRefused, RuleChangedSince) as refused:
            status = refuse(form, refused)
            rule = rules.standing_synonym(rule_id) if rule_id else None
            now = _now(rule, rule_id)
    return _page(rule, form, status, shown=shown, told=told, now=now)


def _now(rule: SynonymRule | None, rule_id: UUID | None) -> str:
    """The digest of what stands; empty for one that is yet to be added."""
    return digest(synonym_snapshot(rule) if rule else {}) if rule_id else ""


def _page(
    rule: SynonymRule | None, form: Form[SynonymInput], status: int, *, now: str, shown: Preview | None = None, told: str = ""
) -> Page:
    found = CHANGES.page(changes_of(rule.id), CHANGES.read(request.args)) if rule else None
    return render_template(
        "search/edit_synonym.html",
        rule=rule,
        form=form,
        kinds=[(kind.value, gettext(word)) for kind, word in KINDS.items()],
        language_options=[(one.value, gettext(word)) for one, word in LANGUAGES.items()],
        preview=shown,
        told=told,
        seen=seen_of(form, status, now),
        stands=standing(synonym_snapshot(rule), {}) if rule and status == 409 else None,
        found=found,
        changes=history(found.rows, {}) if found else [],
    ), status


def _save(rule_id: UUID | None, wish: SynonymWish, seen: str) -> None:
    _check(rule_id, wish)
    services.set_synonym(rule_id, wish, seen=seen, actor=current_actor())


def _check(rule_id: UUID | None, wish: SynonymWish) -> None:
    """Refuse before anything is shown what the service would refuse, and codes, which only the index knows. Raises: RuleRefused."""
    check_synonym(wish, rules.other_synonyms(rule_id))
    try:
        vocabulary = index.vocabulary()
        codes = [term for term in wish.terms if any(sign.isdigit() for sign in term) and known_codes(prepared(term), vocabulary)]
    except SearchUnavailable:
        return
    if codes:
        field = "asked" if codes[0] == wish.terms[0] else "also"
        raise RuleRefused(field, lazy("“%(code)s” is a part number of the catalogue; it is found in any spelling."), code=codes[0])


def _preview(rule_id: UUID | None, wish: SynonymWish, query: str) -> Preview:
    others = rules.active_synonyms(but=rule_id)
    pins = rules.in_force().pins_of(asked_by_visitors(query)[0])
    after = rules.tables_with([*others, wish] if wish.is_active else others)
    return preview(query, (rules.in_force().synonyms, pins), (after, pins))


@bp.post("/desk/search/synonyms/<rule_id>/remove")
@requires(Permission.SEARCH_EDIT)
def remove_synonym(rule_id: str) -> Page:
    """Take it out; the history can bring it back."""
    key = path_id(rule_id)

    def again(refused: RuleChangedSince) -> Page:
        rule = rules.synonym_by_id(key)
        form = Form(SynonymInput, None, initial=_initial(rule))
        return _page(rule, form, refuse(form, refused), now=digest(synonym_snapshot(rule)))

    return remove(RuleKind.SYNONYM, key, lambda seen: services.remove_synonym(key, seen=seen, actor=current_actor()), again)
