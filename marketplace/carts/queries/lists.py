"""Reads of requisition lists: always of one company."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.carts.models import RequisitionLine, RequisitionList
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import lazy
from marketplace.core.tables import Asked, Sort, Stretch, Table, Words

LISTS = Table(
    name="carts.lists",
    key=RequisitionList.id,
    sorts={"name": Sort(func.lower(RequisitionList.name)), "changed": Sort(RequisitionList.updated_at, falls=True)},
    default="-changed",
    filters=(
        Words(
            "q",
            lazy("Name of the list, or a SKU in it"),
            lambda words: (
                RequisitionList.name.icontains(words, autoescape=True)
                | RequisitionList.id.in_(select(RequisitionLine.list_id).where(RequisitionLine.sku.icontains(words, autoescape=True)))
            ),
        ),
    ),
)


def _lists(company_id: UUID) -> Select[Any]:
    count = select(func.count()).where(RequisitionLine.list_id == RequisitionList.id).scalar_subquery()
    columns: list[Any] = [RequisitionList, count.label("lines")]
    return select(*columns).where(RequisitionList.company_id == company_id)


def lists(company_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of the company's lists with how many lines each has, as asked of `LISTS`."""
    return LISTS.page(_lists(company_id), asked)


def export_lists(company_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    return LISTS.rows(_lists(company_id), asked)


def names_of_lists(company_id: UUID, limit: int = 500) -> list[tuple[UUID, str]]:
    """The company's lists to choose from, those changed last first."""
    query = select(RequisitionList.id, RequisitionList.name).where(RequisitionList.company_id == company_id)
    return [(row.id, row.name) for row in db.session.execute(query.order_by(RequisitionList.updated_at.desc()).limit(limit))]


def find_list_by_name(name: str, *, company_id: UUID) -> UUID | None:
    """The company's list of a name, in whatever case."""
    same = func.lower(RequisitionList.name) == func.lower(name)
    return db.session.scalar(select(RequisitionList.id).where(RequisitionList.company_id == company_id, same))


def list_of(list_id: UUID, *, company_id: UUID) -> RequisitionList:
    """A list of the company. Raises: NotFound, also for another company's."""
    return _one(select(RequisitionList).where(RequisitionList.id == list_id, RequisitionList.company_id == company_id))


def lock_list(list_id: UUID, *, company_id: UUID) -> RequisitionList:
    """The same, locked and read afresh."""
    query = select(RequisitionList).where(RequisitionList.id == list_id, RequisitionList.company_id == company_id)
    return _one(query.with_for_update().execution_options(populate_existing=True))


def _one(query: Select[Any]) -> RequisitionList:
    found: RequisitionList | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def lines_of(list_id: UUID, *, company_id: UUID) -> list[RequisitionLine]:
    """The lines of a list in the order in which they were added."""
    query = select(RequisitionLine).where(RequisitionLine.list_id == list_id, RequisitionLine.company_id == company_id)
    return list(db.session.scalars(query.order_by(RequisitionLine.added_at, RequisitionLine.id)))
