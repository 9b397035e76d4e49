"""Queues of the desk: applications, certificates, changes of checked facts, appeals, bank details. Each is a table of what waits, by deadline, with who works on it.

To add one, beside what its own room has (model with `due_at` and `assigned_to`, services, page of one thing):

1. its queries: a `Table` whose filters are `of_vendor()`, `part_of_queue(PARTS, _is_in)` and `taken_by(Thing.assigned_to, person_id)` of
   `vendors.queries.queues`, its query joined with `Vendor`, and `count_things(part="open")`; sorted by `due_at`.
2. its service `assign_thing(id, *, to, seen, to_name, actor)` around `services.changes_hands`.
3. its views: one `Queue` of the above. The list returns `QUEUE.page()`, the sheet `QUEUE.csv()`, and the act `hand_over(services.assign_thing, id)`;
   a row of `Queue.rows` begins with `waits(due, assigned_to, names)`, and the page of one thing shows the macro of `vendors/_assign.html`.
4. its template extends `vendors/_queue.html`, which names what has to be filled in.
5. one line in `desk_tabs`, one in `navigation._cases`, its cases in `tests/walls`, and a test that the list takes the same statements for many.

Neighbours to copy from: `vendors/views/appeal_checks.py` and `vendors/templates/vendors/list_appeal_checks.html`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import clock, waiting
from marketplace.core.acting import viewer_here
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.tables import AnySelect, Asked, Stretch, Table
from marketplace.core.web import current_actor
from marketplace.quality import queries as quality
from payments import queries as payments
from vendors import queries
from vendors.schemas import AssignInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue, as a verifier reads it."""

    template: str
    """Extends `vendors/_queue.html`."""
    table: Callable[[UUID], Table]
    """How this verifier filters and sorts it."""
    query: Callable[[], AnySelect]
    rows: Callable[[Sequence[Any]], list[dict[str, Any]]]
    """What the page shows of the rows that were found; each holds what `waits` gives."""
    file: str
    """The name of the sheet."""
    columns: Sequence[tuple[str, Callable[[Any, Mapping[UUID, str]], object]]]
    """The sheet: each head, and its cell of one row with the names of the verifiers. A cell takes no statement: the sheet has no end."""
    first: str = "open"
    """The part that a plain address shows: what is to be done."""

    def page(self, **more: object) -> str:
        """The part of the queue that the address asks for, with `more` for the template."""
        found, asked = self.found(), self._asked()
        return render_template(self.template, asked=asked, found=found, rows=self.rows(found.rows), tabs=desk_tabs(), **more)

    def csv(self) -> Response:
        """The same as a sheet, whole."""
        asked, names = self._asked(), verifiers()
        lines = ([cell(row, names) for _, cell in self.columns] for row in asked.table.rows(self.query(), asked))
        return download_csv([gettext(head) for head, _ in self.columns], lines, self.file)

    def found(self) -> Stretch[Any]:
        """The rows of that page; also for the list beside an open case."""
        asked = self._asked()
        return asked.table.page(self.query(), asked)

    def _asked(self) -> Asked:
        args = request.args if "queue" in request.args else {"queue": self.first} | request.args.to_dict()
        return self.table(viewer_here().person_id).read(args)


def waits(due: datetime | None, assigned_to: UUID | None, names: Mapping[UUID, str]) -> dict[str, Any]:
    """What a row says of its deadline and of who works on it. `due` is None when nothing waits any more."""
    return {
        "due": due,
        "tone": None if due is None else "late" if due < clock.now() else "need",
        "taken_by": names.get(assigned_to, gettext("Somebody who has left")) if assigned_to else None,
    }


def name_of(person_id: UUID | None, names: Mapping[UUID, str]) -> str:
    """Who works on it, for the sheet; empty for nobody."""
    return names.get(person_id, "") if person_id else ""


def written(at: datetime | None) -> str:
    """A moment for the sheet; empty before it has come."""
    return at.isoformat() if at else ""


def verifiers() -> dict[UUID, str]:
    """The people of the platform who may work on cases, by name."""
    operator = accounts.operator_company_id()
    people = accounts.people_to_write_to(operator, Permission.VENDOR_VERIFY) if operator else []
    return dict(sorted(((person.id, person.name) for person in people), key=lambda each: each[1]))


def hand_over(assign: Callable[..., object], thing_id: UUID) -> None:
    """Take a thing, give it back, or let a colleague have it, as the form of `_assign.html` says; what was done or refused is told.

    `assign` is the service. Raises: NotFound (no such thing, nonsense, or no verifier).
    """
    form, names = Form(AssignInput, request.form), verifiers()
    if not form.is_valid() or (form.data.to is not None and form.data.to not in names):
        raise NotFound
    to = form.data.to
    name = names[to] if to else ""
    try:
        with transaction():
            assign(thing_id, to=to, seen=form.data.seen, to_name=name, actor=current_actor())
    except Conflict as refusal:
        flash(gettext(refusal.text), "late")
    else:
        said = gettext("%(name)s works on it from now on.", name=name) if name else gettext("Given back: anybody can take it.")
        flash(said, "done")


def desk_tabs() -> list[tuple[str, str, int]]:
    """(endpoint, words, how many wait) of the parts of the desk."""
    parts = (
        ("vendors.list_cases", gettext("Vendors"), queries.queue_of_cases()),
        ("vendors.list_certificate_checks", gettext("Certificates"), queries.queue_of_certificates()),
        ("vendors.list_second_readings", gettext("Second reading"), queries.queue_of_second_readings()),
        ("vendors.list_change_checks", gettext("Changes"), queries.queue_of_fact_changes()),
        ("vendors.list_appeal_checks", gettext("Appeals"), quality.queue_of_appeals()),
        ("payments.list_bank_changes", gettext("Bank details"), payments.queue_of_bank_changes()),
    )
    waits = waiting.counted([queue for *_, queue in parts])
    tabs = [(endpoint, words, each.n) for (endpoint, words, _), each in zip(parts, waits, strict=True)]
    return [*tabs, ("vendors.show_lists", gettext("Choice lists"), 0)]
