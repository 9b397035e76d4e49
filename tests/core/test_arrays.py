"""Arrays in their written form arrive as what they were."""

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import any_, select, text

from marketplace.core import arrays
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.ids import new_id

STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(st.none() | STORABLE | st.sampled_from(["NULL", "", '"', "\\", "{,}", " a "])))
def test_any_text_arrives_as_it_was_written(app: Flask, values: list[str | None]) -> None:
    statement = text("SELECT CAST(:values AS text[])").bindparams(arrays.texts("values", values))

    assert db.session.execute(statement).scalar_one() == values


def test_ids_arrive_as_ids_and_none_find_nothing(app: Flask) -> None:
    ids = [new_id() for _ in range(3)]
    statement = text("SELECT CAST(:ids AS uuid[])").bindparams(arrays.ids("ids", ids))

    assert db.session.execute(statement).scalar_one() == ids
    assert list(db.session.scalars(select(Change.number).where(Change.subject_id == any_(arrays.ids(None, []))))) == []
