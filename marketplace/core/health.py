"""Liveness and readiness: `/healthz` touches nothing, `/readyz` asks every part and says why one is not ready."""

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from marketplace.core import changes, clock, emails, files, jobs
from marketplace.core.db import begin_again, db
from marketplace.core.i18n import gettext, number, speaking
from marketplace.core.web import public

bp = Blueprint("health", __name__)
Check = Callable[[], str | None]
LATE_SECONDS = 60
OK = "ok"
IN_DATABASE = frozenset({"jobs", "index queue", "mail"})
"""Parts that are rows: without the database they are as ready as it is, and waiting for it once is enough."""


def add_check(app: Flask, name: str, check: Check) -> None:
    """Add a part to `/readyz`: the check returns None when all is well, else why it is not."""
    app.extensions.setdefault("readiness", {})[name] = check


def check_database() -> str | None:
    """Whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return None


def check_jobs() -> str | None:
    """Whether due jobs are done in time."""
    oldest = jobs.oldest_due_at()
    late = (clock.now() - oldest).total_seconds() if oldest else 0
    return gettext("a job has been due for %(seconds)s s", seconds=f"{late:.0f}") if late > LATE_SECONDS else None


def check_index_queue() -> str | None:
    """Whether the index follows: how much waits, and for how long.

    A change carries no time, which would cost every import; so this process keeps since when it has seen the oldest one waiting.
    """
    oldest, now = changes.oldest(), clock.now()
    known, since = current_app.extensions.get("index_queue", (None, now))
    if oldest != known:
        since = now
    current_app.extensions["index_queue"] = oldest, since
    waited = (now - since).total_seconds()
    if oldest is not None and waited > LATE_SECONDS:
        return gettext("a change has waited to be indexed for %(seconds)s s or more", seconds=f"{waited:.0f}")
    waiting = changes.waiting()
    return gettext("%(count)s things wait to be indexed", count=number(waiting)) if waiting > 5_000 else None


def parts(app: Flask) -> dict[str, str]:
    """Every part with `OK` or the reason why it is not ready, in the reader's language."""
    answers: dict[str, str] = {}
    for name, check in app.extensions.get("readiness", {}).items():
        if name in IN_DATABASE and answers["database"] != OK:
            answers[name] = answers["database"]
            continue
        try:
            answers[name] = check() or OK
        except SQLAlchemyError as error:
            answers[name] = gettext("the database does not answer (%(fault)s)", fault=type(error).__name__)
            begin_again()
        except Exception as error:  # noqa: BLE001 - any fault of a part is the answer
            answers[name] = type(error).__name__
    return answers


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Every part with `ok` or the reason why it is not ready; 503 only when pages cannot be served."""
    with speaking("en"):  # for programs and their logs
        answers = parts(current_app)
    ready = answers.get("database") == OK
    response = jsonify(status="ok" if ready else "down", parts=answers)
    response.status_code = 200 if ready else 503
    return response


def init_app(app: Flask) -> None:
    """The two addresses, and the ground floor's own checks."""
    add_check(app, "database", check_database)
    add_check(app, "jobs", check_jobs)
    add_check(app, "index queue", check_index_queue)
    add_check(app, "mail", emails.why_not_ready)
    add_check(app, "files", files.why_not_ready)
    app.register_blueprint(bp)
