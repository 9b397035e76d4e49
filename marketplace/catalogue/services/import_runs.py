"""A vendor's acts on its imports, and the parts in which the clockwork does them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue.errors import ImportRunning
from marketplace.catalogue.importing.files import Row
from marketplace.catalogue.importing.mapping import ColumnMapping, fingerprint
from marketplace.catalogue.models import CatalogueExport, CatalogueImport, ExportState, ImportFault, ImportMapping, ImportState
from marketplace.catalogue.queries.imports import export_of, lock_import, running_import
from marketplace.catalogue.services.import_parts import Reading, RowFault, Taken, take_part
from marketplace.core import audit, clock, i18n, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id

ROW_LIMIT = 100_000
RUNNING = (ImportState.CHECKING, ImportState.IMPORTING)
CELL_KEPT = 20_000
"""Characters of a refused row's cell that are kept."""


class _OnlyTried(Exception):
    """Takes back what a dry run has done."""


def add_import(import_id: UUID, *, file_name: str, size: int, kind: str, columns: Mapping[str, Sequence[Any]], mapping: ColumnMapping,
               actor: Actor) -> CatalogueImport:  # fmt: skip
    """A file of the vendor has come in; its bytes are in the store. `columns` are its heads with their first values. Raises: NotFound."""
    found = CatalogueImport(
        id=import_id,
        vendor_id=_vendor(actor),
        file_name=file_name,
        size=size,
        format=kind,
        heads=list(columns),
        samples=[list(values) for values in columns.values()],
        mapping=mapping.stored(),
        state=ImportState.MAPPING,
        total=0,
        position=0,
        made=0,
        changed=0,
        unchanged=0,
        refused=0,
        fault=None,
        created_by=actor.person_id,
        created_by_name=actor.name,
        created_at=clock.now(),
        started_at=None,
        finished_at=None,
    )
    db.session.add(found)
    return found


def choose_columns(import_id: UUID, mapping: ColumnMapping, *, actor: Actor) -> CatalogueImport:
    """The vendor says what the columns are; it is remembered for the next file with this heading. Raises: NotFound, InvalidMove."""
    found = lock_import(import_id, vendor_id=_vendor(actor))
    found.move(ImportState.CHECKING)
    found.mapping = mapping.stored() | {"language": i18n.locale()}
    _restart(found)
    found.total = 0
    values = {"mapping": mapping.stored(), "used_at": clock.now()}
    statement = upsert(ImportMapping).values(vendor_id=found.vendor_id, fingerprint=fingerprint(found.heads), **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["vendor_id", "fingerprint"], set_=values))
    jobs.enqueue("catalogue.check_import", import_id=found.id)
    return found


def reopen_columns(import_id: UUID, *, actor: Actor) -> CatalogueImport:
    """The vendor wants to say again what the columns are. Raises: NotFound, InvalidMove."""
    found = lock_import(import_id, vendor_id=_vendor(actor))
    found.move(ImportState.MAPPING)
    return found


def start_importing(import_id: UUID, *, actor: Actor) -> CatalogueImport:
    """The vendor says yes to what the dry run has shown. Raises: NotFound, InvalidMove, ImportRunning."""
    found = lock_import(import_id, vendor_id=_vendor(actor))
    if running_import(found.vendor_id) not in (None, found):
        raise ImportRunning
    found.move(ImportState.IMPORTING)
    found.started_at = clock.now()
    try:
        db.session.flush()  # two starts at the same moment meet in the index
    except IntegrityError as error:
        raise ImportRunning from error
    _restart(found)
    _record("import.started", found, actor)
    jobs.enqueue("catalogue.run_import", import_id=found.id)
    return found


def cancel_import(import_id: UUID, *, actor: Actor) -> CatalogueImport:
    """The vendor says no, or stop: what was taken until now stays. Raises: NotFound, InvalidMove."""
    found = lock_import(import_id, vendor_id=_vendor(actor))
    found.move(ImportState.CANCELLED)
    found.finished_at = clock.now()
    _record("import.cancelled", found, actor)
    return found


def count_rows(import_id: UUID, total: int) -> None:
    """How many rows the file has. For the clockwork."""
    lock_import(import_id, vendor_id=None).total = total


def check_part(import_id: UUID, rows: Sequence[Row], *, position: int, reading: Reading) -> ImportState | None:
    """Try the rows after `position` and take everything back. Returns the state; None: another worker is ahead."""
    found = lock_import(import_id, vendor_id=None)
    if found.state is not ImportState.CHECKING or found.position != position:
        return None if found.state is ImportState.CHECKING else found.state
    try:
        with db.session.begin_nested():
            taken = take_part(rows, reading, actor=_actor(found))
            raise _OnlyTried
    except _OnlyTried:
        pass
    _add(found, taken, len(rows))
    return found.state


def import_part(import_id: UUID, rows: Sequence[Row], *, position: int, reading: Reading) -> ImportState | None:
    """Take the rows after `position`, and remember in the same transaction that they are behind. Returns as `check_part`."""
    found = lock_import(import_id, vendor_id=None)
    if found.state is not ImportState.IMPORTING or found.position != position:
        return None if found.state is ImportState.IMPORTING else found.state
    _add(found, take_part(rows, reading, actor=_actor(found)), len(rows))
    return found.state


def end_import(import_id: UUID, *, position: int) -> bool:
    """No row is left; False when another worker is ahead."""
    found = lock_import(import_id, vendor_id=None)
    if found.state not in RUNNING or found.position != position:
        return found.state not in RUNNING
    if found.state is ImportState.CHECKING:
        found.move(ImportState.CHECKED)
    else:
        found.move(ImportState.DONE)
        found.finished_at = clock.now()
        _record("import.done", found, _actor(found))
    return True


def fail_import(import_id: UUID, reason: str) -> None:
    """The file as a whole cannot be read; what was taken until now stays."""
    found = lock_import(import_id, vendor_id=None)
    if found.state in RUNNING:
        found.move(ImportState.FAILED)
        found.fault = reason
        found.finished_at = clock.now()
        _record("import.failed", found, _actor(found))


def _restart(found: CatalogueImport) -> None:
    found.position = found.made = found.changed = found.unchanged = found.refused = 0
    db.session.execute(delete(ImportFault).where(ImportFault.import_id == found.id))


def _add(found: CatalogueImport, taken: Taken, rows: int) -> None:
    found.position += rows
    found.made += taken.made
    found.changed += taken.changed
    found.unchanged += taken.unchanged
    if taken.faults:
        faults = [_fault_row(found, found.refused + n, fault) for n, fault in enumerate(taken.faults)]
        db.session.execute(insert(ImportFault), faults)
    found.refused += len(taken.faults)


def _fault_row(found: CatalogueImport, number: int, fault: RowFault) -> dict[str, Any]:
    cells = {head: value[:CELL_KEPT] if isinstance(value, str) else value for head, value in fault.cells.items()}
    values = {"line": fault.line, "sku": fault.sku, "reason": fault.reason, "cells": cells}
    return {"import_id": found.id, "number": number, "vendor_id": found.vendor_id, **values}


def _actor(found: CatalogueImport) -> Actor:
    return Actor(person_id=found.created_by, company_id=found.vendor_id, name=found.created_by_name)


def _vendor(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _record(act: str, found: CatalogueImport, actor: Actor) -> None:
    counts = {"made": found.made, "changed": found.changed, "unchanged": found.unchanged, "refused": found.refused}
    after = {"file": found.file_name, "rows": found.position, **counts}
    audit.record(actor, act, "import", found.id, companies=(found.vendor_id,), after=after)


def start_export(kind: str, total: int, *, actor: Actor) -> CatalogueExport:
    """The vendor asks for its whole catalogue as a file. `kind` is csv, xlsx or jsonl. Raises: NotFound."""
    export = CatalogueExport(
        id=new_id(),
        vendor_id=_vendor(actor),
        format=kind,
        state=ExportState.WRITING,
        total=total,
        done=0,
        size=0,
        created_by_name=actor.name,
        created_at=clock.now(),
        finished_at=None,
    )
    db.session.add(export)
    audit.record(actor, "export.started", "export", export.id, companies=(export.vendor_id,), after={"format": kind, "products": total})
    jobs.enqueue("catalogue.write_export", export_id=export.id)
    return export


def note_export(export_id: UUID, done: int) -> None:
    """So many listings are written. For the clockwork."""
    export_of(export_id, vendor_id=None).done = done


def finish_export(export_id: UUID, size: int) -> None:
    """The file lies where its page finds it; `size` in bytes. For the clockwork."""
    export = export_of(export_id, vendor_id=None)
    export.state = ExportState.DONE
    export.size = size
    export.done = export.total
    export.finished_at = clock.now()
