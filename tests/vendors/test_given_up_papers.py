"""Papers that come with an appeal or a taking down stay with it; those of a form that was refused or sent twice do not stay for good."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries as catalogue
from marketplace.core import clock, files, jobs
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from marketplace.quality import queries
from marketplace.quality.models import DecisionKind
from tests.factories.accounts import log_in
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.quality.contested import SAID, make_contest, make_desk
from tests.vendors.test_appeals import enter, form_url
from tests.vendors.test_takedowns import FIELDS, hidden
from tests.walls.shops import PDF
from vendors import services as vendors

OTHER = PDF.replace(b"%%EOF", b"% two\n%%EOF")


def drop_unused() -> None:
    """The jobs that look after papers, each twice: a repeat does no harm."""
    for job in db.session.scalars(select(jobs.Job).where(jobs.Job.name == "quality.drop_unused_papers")).all():
        for _ in range(2):
            db.session.commit()
            jobs.TASKS[job.name](job_id=job.id, **job.args)


def test_papers_of_an_appeal_stay_and_those_of_a_refused_one_go(app: Flask) -> None:
    desk = make_desk()
    contest = make_contest(DecisionKind.SUSPENDED, desk)
    db.session.commit()
    owner = enter(app, contest)
    url = form_url(contest)

    first = owner.post(url, data={"said": SAID, "papers": (BytesIO(PDF), "letter.pdf")})
    again = owner.post(url, data={"said": SAID + " Once more.", "papers": (BytesIO(OTHER), "second.pdf")})

    assert (first.status_code, again.status_code) == (303, 409)
    stored = {row.name: row for row in db.session.scalars(select(StoredFile).where(StoredFile.company_id == contest.vendor.id))}
    taken, given_up = stored["letter.pdf"], stored["second.pdf"]
    db.session.expunge_all()
    soonest = db.session.scalars(select(jobs.Job.run_at).where(jobs.Job.name == "quality.drop_unused_papers")).first()
    assert soonest is not None
    assert soonest > clock.now() + timedelta(days=6)

    drop_unused()

    (appeal,) = queries.appeals_of(contest.vendor.id)
    assert appeal.file_ids == [taken.id]
    assert files.read(taken) == PDF
    assert (owner.get(f"/files/{taken.id}").status_code, owner.get(f"/files/{given_up.id}").status_code) == (200, 404)
    with pytest.raises(NotFound):
        files.read(given_up)


def test_a_bad_paper_keeps_none_of_them(app: Flask) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, make_desk())
    db.session.commit()
    owner = enter(app, contest)

    bad = owner.post(form_url(contest), data={"said": SAID, "papers": [(BytesIO(PDF), "letter.pdf"), (BytesIO(b"words"), "letter.txt")]})

    assert bad.status_code == 422
    assert db.session.scalars(select(StoredFile).where(StoredFile.company_id == contest.vendor.id)).all() == []


def test_an_appeal_against_what_is_over_leaves_no_paper(app: Flask) -> None:
    desk = make_desk()
    contest = make_contest(DecisionKind.SUSPENDED, desk)
    vendors.lift_suspension(contest.vendor.id, reason="The goods have come, see the three receipts.", actor=desk.other)
    db.session.commit()
    owner = enter(app, contest)

    late = owner.post(form_url(contest), data={"said": SAID, "papers": (BytesIO(PDF), "letter.pdf")})
    drop_unused()

    assert late.status_code == 409
    assert db.session.scalars(select(StoredFile).where(StoredFile.company_id == contest.vendor.id)).all() == []


def test_evidence_that_a_second_click_brought_again_goes_and_the_first_stays(app: Flask) -> None:
    verifiers = make_desk()
    product = make_product(make_vendor())
    db.session.commit()
    desk = app.test_client()
    log_in(desk, verifiers.second, verifiers.company)
    url = f"/desk/products/{product.id}/take-down"
    fields = FIELDS | {"version": "1", "_once": hidden(desk.get(url).get_data(as_text=True), "_once")}

    answers = [desk.post(url, data=fields | {"papers": (BytesIO(PDF), "report.pdf")}) for _ in range(2)]
    drop_unused()

    assert [answer.status_code for answer in answers] == [303, 303]
    (row,) = catalogue.takedowns_of(product.id)
    assert list(db.session.scalars(select(StoredFile.id).where(StoredFile.company_id == product.vendor_id))) == row.file_ids
