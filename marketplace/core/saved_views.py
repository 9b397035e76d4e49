"""Saved views: a table as one person likes to see it, kept under a name (filters and order, never rows)."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Flask, flash, render_template, request
from pydantic import Field
from sqlalchemy import Index, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from marketplace.core import clock
from marketplace.core.acting import viewer_here
from marketplace.core.db import Base, db, transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form, FormSchema
from marketplace.core.i18n import gettext
from marketplace.core.ids import new_id
from marketplace.core.web import current_viewer, own_path, path_id, signed_in

MOST = 20
bp = Blueprint("saved_views", __name__)


def init_app(app: Flask) -> None:
    """Let every table's toolbar offer the reader's own views."""
    app.jinja_env.globals["saved_views"] = of_table
    app.register_blueprint(bp)


class SavedView(Base):
    """One kept address of a table."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("company_id", "person_id", "table_name", "name"),
        Index("ix_saved_views_person_id_table_name", "person_id", "table_name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID]
    person_id: Mapped[UUID]
    table_name: Mapped[str]
    """`Table.name`"""
    name: Mapped[str]
    query: Mapped[str]
    """The query string without its place: what is filtered and how it is ordered."""
    created_at: Mapped[datetime]


def of_table(table_name: str) -> list[SavedView]:
    """The reader's own views of a table, by name."""
    viewer = current_viewer()
    if viewer is None:
        return []
    mine = (SavedView.company_id == viewer.company_id) & (SavedView.person_id == viewer.person_id)
    return list(db.session.scalars(select(SavedView).where(mine, SavedView.table_name == table_name).order_by(SavedView.name)))


class ViewInput(FormSchema):
    """A name for the table that is open."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    table: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z_.]+$")]


@bp.post("/saved-views")
@signed_in
def save_view() -> Response | tuple[str, int]:
    """Keep the table that is open; a name that is taken is kept anew."""
    viewer = viewer_here()
    back = own_path(request.form.get("next"), "/")
    form = Form(ViewInput, request.form)
    if not form.is_valid():
        return render_template("saved_views/save_view.html", form=form, back=back), 422
    name, table = " ".join(form.data.name.split()), form.data.table
    with transaction():
        others = select(func.count()).where(
            SavedView.company_id == viewer.company_id,
            SavedView.person_id == viewer.person_id,
            SavedView.table_name == table,
            SavedView.name != name,
        )
        if (db.session.scalar(others) or 0) >= MOST:
            flash(gettext("You have %(n)s views of this table. Remove one first.", n=MOST), "late")
            return redirect(back, 303)
        view = insert(SavedView).values(
            id=new_id(),
            company_id=viewer.company_id,
            person_id=viewer.person_id,
            table_name=table,
            name=name,
            query=urlsplit(back).query,
            created_at=clock.now(),
        )
        unique = ["company_id", "person_id", "table_name", "name"]
        db.session.execute(view.on_conflict_do_update(index_elements=unique, set_={"query": view.excluded.query}))
    flash(gettext("The view %(name)s is saved.", name=name), "done")
    return redirect(back, 303)


@bp.post("/saved-views/<view_id>/remove")
@signed_in
def remove_view(view_id: str) -> Response:
    """Forget a view. Raises: NotFound for another person's."""
    viewer = viewer_here()
    with transaction():
        view = db.session.get(SavedView, path_id(view_id))
        if view is None or (view.company_id, view.person_id) != (viewer.company_id, viewer.person_id):
            raise NotFound
        db.session.delete(view)
    return redirect(own_path(request.form.get("next"), "/"), 303)
