"""Support looks companies and people up, writes notes, shuts people out."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import queries as accounts
from marketplace.accounts import services as account_services
from marketplace.accounts.errors import NoVisit, OwnSeat
from marketplace.accounts.models import Company
from marketplace.accounts.permissions import ROLE_WORDS, Permission, known_roles
from marketplace.admin import queries, services, words
from marketplace.admin.schemas import AccessInput, NoteInput, VisitInput
from marketplace.admin.views.blueprint import bp
from marketplace.admin.views.lines import lines_of
from marketplace.core import clock
from marketplace.core.acting import Page, act_once
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.forms import Form
from marketplace.core.i18n import country, gettext, lazy
from marketplace.core.web import current_actor, current_viewer, path_id, requires, see_other, signed_in, steps_up
from vendors import queries as vendors

NEWEST = 10
HISTORY = 20
COMPANY_HEAD = (
    lazy("Name"), lazy("Country"), lazy("Buys"), lazy("Sells"), lazy("Members"), lazy("Orders bought"), lazy("Orders sold"), lazy("Since"),
)  # fmt: skip
YES = {True: lazy("Yes"), False: lazy("No")}
PEOPLE_HEAD = (lazy("Name"), lazy("E-mail"), lazy("Address confirmed"), lazy("Shut out"), lazy("Since"), lazy("Last seen"))


@bp.get("/desk/companies")
@requires(Permission.DESK_VIEW)
def list_companies() -> str:
    """All companies."""
    asked = queries.COMPANIES.read(request.args)
    return render_template("admin/list_companies.html", asked=asked, found=queries.COMPANIES.page(queries.all_companies(), asked))


@bp.get("/desk/companies.csv")
@requires(Permission.DESK_VIEW)
def export_companies() -> Response:
    """The same rows as a file."""
    asked = queries.COMPANIES.read(request.args)
    rows = (
        (
            r.name,
            country(r.country),
            gettext(YES[r.is_buyer]),
            gettext(YES[r.is_vendor]),
            r.members,
            r.bought,
            r.sold,
            r.created_at.isoformat(),
        )
        for r in queries.COMPANIES.rows(queries.all_companies(), asked)
    )
    return download_csv([gettext(word) for word in COMPANY_HEAD], rows, f"companies-{clock.now():%Y-%m-%d}.csv")


@bp.route("/desk/companies/<company_id>", methods=["GET", "POST"])
@requires(Permission.DESK_VIEW)
def show_company(company_id: str) -> Page:
    """One company: members, money, newest orders, history, and the notes of staff, to which one can be added."""
    company = accounts.company_by_id(path_id(company_id))
    form = Form(NoteInput, request.form if request.method == "POST" else None)
    if _keep_note("company", company.id, form):
        return see_other("admin.show_company", company_id=company.id)
    return _company_page(company, form, Form(VisitInput)), 422 if form.messages else 200


def _keep_note(about: str, subject_id: UUID, form: Form[NoteInput]) -> bool:
    """Keep the note that was sent; False where none was, or it is wrong."""
    if not form.is_valid():
        return False
    text = form.data.text
    act_once(
        "write_note",
        {"about": str(subject_id), "text": text},
        lambda: services.write_note(about, subject_id, text, actor=current_actor()),
    )
    flash(gettext("The note is kept."), "done")
    return True


@bp.post("/desk/companies/<company_id>/visit")
@requires(Permission.COMPANY_VISIT)
@steps_up
def act_as(company_id: str) -> Page:
    """See and help as the company, for half an hour, with a reason that it can read."""
    company = accounts.company_by_id(path_id(company_id))
    form = Form(VisitInput, request.form)
    viewer = current_viewer()
    if viewer is not None and form.is_valid():
        try:
            with transaction():
                account_services.begin_visit(company.id, session_id=viewer.session_id, reason=form.data.reason, actor=current_actor())
            return see_other("vendors.show_home" if company.is_vendor else "search.show_start")
        except NoVisit as refused:
            form.add_error("reason", gettext(refused.text))
    return _company_page(company, Form(NoteInput), form), 422


@bp.post("/stop-acting")
@signed_in
def stop_acting() -> Response:
    """Be oneself again, at the page of the company."""
    viewer = current_viewer()
    with transaction():
        visited = account_services.end_visit(viewer.session_id, actor=current_actor()) if viewer else None
    return see_other("admin.show_company", company_id=visited) if visited else see_other("admin.show_home")


def _company_page(company: Company, note_form: Form[NoteInput], visit_form: Form[VisitInput]) -> str:
    return render_template(
        "admin/show_company.html",
        company=company,
        is_vendor=vendors.find_vendor(company.id) is not None,
        members=accounts.members_of(company.id),
        exemptions=accounts.kept_exemptions(company.id),
        role_words=lambda roles: [gettext(ROLE_WORDS[role]) for role in known_roles(roles)],
        turnover=queries.turnover(company.id),
        orders=queries.newest_orders(company.id, NEWEST),
        notes=queries.notes_about(company.id),
        history=lines_of(queries.history_of_company(company.id, limit=HISTORY)),
        form=visit_form if visit_form.messages else note_form,
        note_form=note_form,
        visit_form=visit_form,
        words=words,
    )


@bp.get("/desk/people")
@requires(Permission.DESK_VIEW)
def list_people() -> str:
    """All people, with the companies in which they have a seat."""
    asked = queries.PEOPLE.read(request.args)
    found = queries.PEOPLE.page(queries.all_people(), asked)
    seats = queries.companies_of_people([row.id for row in found.rows])
    return render_template("admin/list_people.html", asked=asked, found=found, seats=seats)


@bp.get("/desk/people.csv")
@requires(Permission.DESK_VIEW)
def export_people() -> Response:
    """The same rows as a file."""
    asked = queries.PEOPLE.read(request.args)
    rows = [
        (r.name, r.email, _moment(r.email_confirmed_at), _moment(r.disabled_at), r.created_at.isoformat(), _moment(r.seen_at))
        for r in queries.PEOPLE.rows(queries.all_people(), asked)
    ]
    return download_csv([gettext(word) for word in PEOPLE_HEAD], rows, f"people-{clock.now():%Y-%m-%d}.csv")


@bp.route("/desk/people/<person_id>", methods=["GET", "POST"])
@requires(Permission.DESK_VIEW)
def show_person(person_id: str) -> Page:
    """One person: seats, standing, notes."""
    person = queries.person_known(path_id(person_id))
    form = Form(NoteInput, request.form if request.method == "POST" else None)
    if _keep_note("person", person.id, form):
        return see_other("admin.show_person", person_id=person.id)
    return _person_page(person.id, form, Form(AccessInput)), 422 if form.messages else 200


@bp.post("/desk/people/<person_id>/access")
@requires(Permission.VENDOR_SUSPEND)
@steps_up
def change_access(person_id: str) -> Page:
    """Shut a person out, or let them in again, with a reason."""
    person = queries.person_known(path_id(person_id))
    form = Form(AccessInput, request.form)
    if form.is_valid():
        act = account_services.let_in if form.data.access == "open" else account_services.shut_out
        try:
            with transaction():
                act(person.id, reason=form.data.reason, actor=current_actor())
            return see_other("admin.show_person", person_id=person.id)
        except OwnSeat as refused:
            form.add_error("reason", gettext(refused.text))
    return _person_page(person.id, Form(NoteInput), form), 422


def _person_page(person_id: UUID, note_form: Form[NoteInput], reason_form: Form[AccessInput]) -> str:
    person = queries.person_known(person_id)
    return render_template(
        "admin/show_person.html",
        person=person,
        seats=queries.companies_of_people([person.id]).get(person.id, []),
        sessions=queries.open_sessions(person.id),
        notes=queries.notes_about(person.id),
        form=note_form if note_form.messages or not reason_form.messages else reason_form,
        note_form=note_form,
        reason_form=reason_form,
    )


def _moment(at: object) -> str:
    return at.isoformat() if hasattr(at, "isoformat") else ""
