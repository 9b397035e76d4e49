"""A vendor's file on its way into the catalogue, what was wrong with its rows, and the catalogue on its way out."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class ImportState(StrEnum):
    """Where an import stands."""

    MAPPING = "mapping"  # waits for the vendor to say what the columns are
    CHECKING = "checking"  # dry run: every row is tried, and nothing is kept
    CHECKED = "checked"  # waits for the vendor's yes
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"  # the vendor said no, or stop: what was taken until then stays
    FAILED = "failed"  # the file as a whole cannot be read


IMPORT_MOVES: dict[ImportState, frozenset[ImportState]] = {
    ImportState.MAPPING: frozenset({ImportState.CHECKING, ImportState.CANCELLED, ImportState.FAILED}),
    ImportState.CHECKING: frozenset({ImportState.CHECKED, ImportState.CANCELLED, ImportState.FAILED}),
    ImportState.CHECKED: frozenset({ImportState.IMPORTING, ImportState.MAPPING, ImportState.CANCELLED}),
    ImportState.IMPORTING: frozenset({ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED}),
    ImportState.DONE: frozenset(),
    ImportState.CANCELLED: frozenset(),
    ImportState.FAILED: frozenset(),
}


class CatalogueImport(Base):
    """A vendor's file. Its bytes lie in the object store under `<vendor>/imports/<id>`."""

    __tablename__ = "catalogue_imports"
    __table_args__ = (
        Index("ix_catalogue_imports_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        # Two files of one vendor at once would answer each other's rows: the second one waits for its start.
        Index("uq_catalogue_imports_running", "vendor_id", unique=True, postgresql_where=text("state = 'importing'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    file_name: Mapped[str]
    size: Mapped[int]
    format: Mapped[str]
    """csv, xlsx or jsonl"""
    heads: Mapped[list[Any]]
    """The names of its columns, as they stand in it"""
    samples: Mapped[list[Any]]
    """The first values of each column, in the order of `heads`"""
    mapping: Mapped[dict[str, Any]]
    """{"columns": {head: column or ""}, "decimal": "." or ",", "encoding": its encoding, "category": for rows without one}"""
    state: Mapped[ImportState] = mapped_column(enum_type(ImportState, "state"))
    total: Mapped[int]
    """Rows, known after the dry run"""
    position: Mapped[int]
    """How many rows are behind it; stored in the transaction of each part, so that a killed worker costs one part"""
    made: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    """These count products, not rows; `refused` counts faults, of which a product may have several."""
    fault: Mapped[str | None]
    """Why the file as a whole was not taken, in the words of the one who sent it"""
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    def move(self, to: ImportState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in IMPORT_MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class ImportFault(Base):
    """A row that is not taken, as it stands in the file."""

    __tablename__ = "import_faults"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    line: Mapped[int]
    sku: Mapped[str]
    reason: Mapped[str]
    cells: Mapped[dict[str, Any]]
    """{head: value}; empty where the line could not be read"""


class ImportMapping(Base):
    """What a vendor said last time about a file with the same heading."""

    __tablename__ = "import_mappings"

    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]


class ExportState(StrEnum):
    """Where an export stands."""

    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


class CatalogueExport(Base):
    """A whole catalogue as a file under `<vendor>/exports/<id>`."""

    __tablename__ = "catalogue_exports"
    __table_args__ = (Index("ix_catalogue_exports_vendor_id_created_at", "vendor_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    format: Mapped[str]
    state: Mapped[ExportState] = mapped_column(enum_type(ExportState, "state"))
    total: Mapped[int]
    done: Mapped[int]
    """Products, of `total`"""
    size: Mapped[int]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
