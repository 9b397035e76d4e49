"""Jobs of the catalogue."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.catalogue import emails, queries, services
from marketplace.catalogue.exporting import write_catalogue
from marketplace.catalogue.importing.files import Unreadable, open_file
from marketplace.catalogue.importing.mapping import mapping_of
from marketplace.catalogue.models import CatalogueImport, ImportState
from marketplace.catalogue.queries import imports
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.services.import_parts import Reading
from marketplace.core import emails as mail
from marketplace.core import files, i18n, jobs
from marketplace.core.db import outside, transaction
from marketplace.core.emails import Letter
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.orders.queries.buyers import companies_that_bought
from vendors import queries as vendors

RUN_SECONDS = 35.0
"""A job ends well before its time limit, and goes on as another one."""
GONE = lazy("The file is no longer there. Send it again.")
TOO_MANY_ROWS = lazy("This file has more than %(limit)s rows. Send it in parts.")


@jobs.task("catalogue.give_back_expired")
def give_back_expired(*, job_id: UUID) -> None:
    """Promises of stock whose end has passed go back, a part at a time; the next start of a payment promises again."""
    while True:
        with transaction():
            if not services.give_back_expired():
                jobs.finish(job_id)
                return


def _in_parts(job_id: UUID, name: str, step: Callable[[], bool], **args: str | None) -> None:
    """Do a step until it says that it was the last one, each in a transaction; a long run goes on as a job of its own with the same `args`."""
    ends = time.monotonic() + RUN_SECONDS
    while True:
        with transaction():
            is_done = step()
            if is_done or time.monotonic() > ends:
                if jobs.finish(job_id) and not is_done:
                    jobs.enqueue(name, run_at=None, key=None, **args)
                return


@jobs.task("catalogue.move_listings")
def move_listings(*, job_id: UUID, change_id: str, person_id: str | None) -> None:
    """Move the listings of a merged category, there or back."""
    mover = UUID(person_id) if person_id else None
    step = partial(services.move_listings, UUID(change_id), person_id=mover)
    _in_parts(job_id, "catalogue.move_listings", step, change_id=change_id, person_id=person_id)


@jobs.task("catalogue.plan_bulk_edit")
def plan_bulk_edit(*, job_id: UUID, bulk_edit_id: str) -> None:
    """Reckon what a bulk edit would do."""
    _in_parts(job_id, "catalogue.plan_bulk_edit", partial(services.plan_rows, UUID(bulk_edit_id)), bulk_edit_id=bulk_edit_id)


@jobs.task("catalogue.apply_bulk_edit")
def apply_bulk_edit(*, job_id: UUID, bulk_edit_id: str) -> None:
    """Do a bulk edit."""
    _in_parts(job_id, "catalogue.apply_bulk_edit", partial(services.apply_rows, UUID(bulk_edit_id)), bulk_edit_id=bulk_edit_id)


@jobs.task("catalogue.undo_bulk_edit")
def undo_bulk_edit(*, job_id: UUID, bulk_edit_id: str) -> None:
    """Take a bulk edit back."""
    _in_parts(job_id, "catalogue.undo_bulk_edit", partial(services.undo_rows, UUID(bulk_edit_id)), bulk_edit_id=bulk_edit_id)


def _tell(job_id: UUID, name: str, company_ids: Iterable[UUID], permission: str, **args: str | int) -> None:
    """One job for each reader's letter, in the transaction that ends the one that found them."""
    people = {person.id for company_id in company_ids for person in accounts.people_to_write_to(company_id, permission)}
    if jobs.finish(job_id):
        for person_id in sorted(people, key=str):
            jobs.enqueue(name, run_at=None, key=None, person_id=person_id, **args)


def _send(job_id: UUID, letter: Letter | None) -> None:
    outside()
    if letter is not None:
        mail.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("catalogue.tell_of_lifecycle")
def tell_of_lifecycle(*, job_id: UUID, variant_id: str, product_id: str) -> None:
    """Those who bought a variant hear that it is on its way out."""
    with transaction():
        buyers = companies_that_bought(UUID(product_id), variant_id=UUID(variant_id))
        _tell(job_id, "catalogue.email_lifecycle", buyers, Permission.ORDER_PLACE, variant_id=variant_id)


@jobs.task("catalogue.email_lifecycle")
def email_lifecycle(*, job_id: UUID, variant_id: str, person_id: str) -> None:
    """What ends, when, and what to take instead."""
    _send(job_id, emails.lifecycle(UUID(variant_id), UUID(person_id)))


@jobs.task("catalogue.tell_of_document")
def tell_of_document(*, job_id: UUID, document_id: str, version: int) -> None:
    """Those who bought the product, and may read the document, hear that it is new."""
    with transaction():
        document = queries.find_document(UUID(document_id))
        is_present = document is not None and document.version == version
        bought = companies_that_bought(document.product_id) if document is not None and is_present else []
        readers = [company_id for company_id in bought if document is not None and queries.may_read_document(document, company_id)]
        _tell(job_id, "catalogue.email_document", readers, Permission.ORDER_PLACE, document_id=document_id, version=version)


@jobs.task("catalogue.email_document")
def email_document(*, job_id: UUID, document_id: str, version: int, person_id: str) -> None:
    """Which document is new."""
    _send(job_id, emails.document(UUID(document_id), version, UUID(person_id)))


@jobs.task("catalogue.email_documents_asked")
def email_documents_asked(*, job_id: UUID, grant_id: str) -> None:
    """The vendor hears who asks for its closed documents."""
    with transaction():
        grant = queries.find_grant(UUID(grant_id))
        companies = [grant.vendor_id] if grant is not None else []
        _tell(job_id, "catalogue.email_grant_asked", companies, Permission.PRODUCT_EDIT, grant_id=grant_id)


@jobs.task("catalogue.email_grant_asked")
def email_grant_asked(*, job_id: UUID, grant_id: str, person_id: str) -> None:
    """Who asks, on which product's page."""
    _send(job_id, emails.documents_asked(UUID(grant_id), UUID(person_id)))


@jobs.task("catalogue.email_documents_answered")
def email_documents_answered(*, job_id: UUID, grant_id: str) -> None:
    """The buyer hears what the vendor said."""
    with transaction():
        grant = queries.find_grant(UUID(grant_id))
        companies = [grant.company_id] if grant is not None else []
        _tell(job_id, "catalogue.email_grant_answered", companies, Permission.ORDER_PLACE, grant_id=grant_id)


@jobs.task("catalogue.email_grant_answered")
def email_grant_answered(*, job_id: UUID, grant_id: str, person_id: str) -> None:
    """Whether the documents are open now."""
    _send(job_id, emails.documents_answered(UUID(grant_id), UUID(person_id)))


@jobs.task("catalogue.email_takedown")
def email_takedown(*, job_id: UUID, act_id: str, person_id: str) -> None:
    """The vendor's people read what was taken down, and why."""
    _send(job_id, emails.takedown(UUID(act_id), UUID(person_id)))


@jobs.task("catalogue.email_takedown_undone")
def email_takedown_undone(*, job_id: UUID, takedown_id: str, person_id: str) -> None:
    """They read that it was a mistake."""
    _send(job_id, emails.takedown_undone(UUID(takedown_id), UUID(person_id)))


@jobs.task("catalogue.check_import")
def check_import(*, job_id: UUID, import_id: str) -> None:
    """Try a vendor's file and take everything back."""
    _walk(job_id, "catalogue.check_import", UUID(import_id), ImportState.CHECKING)


@jobs.task("catalogue.run_import")
def run_import(*, job_id: UUID, import_id: str) -> None:
    """Import a vendor's file."""
    _walk(job_id, "catalogue.run_import", UUID(import_id), ImportState.IMPORTING)


def _walk(job_id: UUID, name: str, import_id: UUID, state: ImportState) -> None:
    """Go on with an import where it stands. A worker that is killed costs a part: its job comes again and begins behind the last one."""
    found = imports.find_import(import_id)
    if found is None or found.state is not state:
        with transaction():
            jobs.finish(job_id)
        return
    outside()
    with i18n.speaking(found.mapping.get("language", "en")), TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        try:
            files.fetch_large(found.vendor_id, f"imports/{found.id}", path)
            _go_on(job_id, name, found, path)
        except (Unreadable, NotFound) as refused:
            with transaction():
                import_runs.fail_import(import_id, str(refused) if isinstance(refused, Unreadable) else gettext(GONE))
                jobs.finish(job_id)


def _go_on(job_id: UUID, name: str, found: CatalogueImport, path: Path) -> None:
    ends = time.monotonic() + RUN_SECONDS
    step = import_runs.check_part if found.state is ImportState.CHECKING else import_runs.import_part
    mapping = mapping_of(found.mapping)
    encoding = mapping.encoding if found.format != "xlsx" else None
    position = found.position
    if not found.total:
        with open_file(path, encoding) as opened:
            total = sum(1 for _ in islice(opened.rows, import_runs.ROW_LIMIT + 1))
        if total > import_runs.ROW_LIMIT:
            raise Unreadable(gettext(TOO_MANY_ROWS, limit=i18n.number(import_runs.ROW_LIMIT)))
        with transaction():
            import_runs.count_rows(found.id, total)
    vendor = vendors.vendor_by_id(found.vendor_id)
    reading = Reading(found.vendor_id, vendor.currency, found.file_name, mapping, is_text=found.format != "jsonl")
    if reading.names_others:
        with open_file(path, encoding) as opened:
            reading.look_ahead(opened.rows)
    with open_file(path, encoding) as opened:
        reading.begin()
        reading.pass_over(islice(opened.rows, position))
        for part in reading.parts(opened.rows):
            with transaction():
                state = step(found.id, part, position=position, reading=reading)
                if state is None:
                    return  # another delivery of this job is at work, and will finish it
                is_over = time.monotonic() > ends
                if (is_over or state not in import_runs.RUNNING) and jobs.finish(job_id) and state in import_runs.RUNNING:
                    jobs.enqueue(name, import_id=found.id)
            if is_over or state not in import_runs.RUNNING:
                return
            position += len(part)
    with transaction():
        if import_runs.end_import(found.id, position=position):
            jobs.finish(job_id)


@jobs.task("catalogue.write_export")
def write_export(*, job_id: UUID, export_id: str) -> None:
    """Write a vendor's whole catalogue, and put it where its pages find it."""
    export = imports.export_of(UUID(export_id), vendor_id=None)
    vendor_id, kind = export.vendor_id, export.format

    def tell(done: int) -> None:
        with transaction():
            import_runs.note_export(UUID(export_id), done)

    outside()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write_catalogue(kind, vendor_id, path, tell)
        outside()
        with path.open("rb") as source:
            files.put_large(vendor_id, f"exports/{export_id}", source)
        size = path.stat().st_size
    with transaction():
        import_runs.finish_export(UUID(export_id), size)
        jobs.finish(job_id)
