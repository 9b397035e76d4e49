"""System status: the desk's with reasons, and the public one."""

from datetime import timedelta

from flask import current_app, flash, render_template
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.admin import job_words, queries, services, words
from marketplace.admin.queries import duties
from marketplace.admin.views.blueprint import bp
from marketplace.core import clock, health
from marketplace.core.db import transaction
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, public, requires, see_other
from payments import gateway

ASKED_AGAIN = timedelta(seconds=30)
"""So long the public page keeps what the provider said: whoever reloads it asks us, and not the provider."""


@bp.get("/desk/status")
@requires(Permission.DESK_VIEW)
def show_status() -> str:
    """Every part with why it is not ready, the provider too, the background work, the regular duties, and the jobs that were given up."""
    # Asked here alone: `/readyz` is asked every few seconds, and pages are served without the provider.
    payments = gateway.why_not_ready() or health.OK
    return render_template(
        "admin/show_status.html",
        parts=health.parts(current_app) | {"payments": payments},
        workings=queries.workings(),
        duties=duties.standings(),
        archiving=duties.archiving(),
        now=clock.now(),
        words=words,
        said=job_words.said,
    )


@bp.post("/desk/status/jobs/<job_id>")
@requires(Permission.SETTING_EDIT)
def try_job_again(job_id: str) -> Response:
    """Queue a job again that was given up."""
    with transaction():
        services.try_job_again(path_id(job_id), actor=current_actor())
    flash(gettext("The job is queued again."), "done")
    return see_other("admin.show_status")


@bp.get("/status")
@public
def show_public_status() -> str:
    """Whether the parts work, for everybody: without reasons, which may name what is inside."""
    parts = {name: text == health.OK for name, text in health.parts(current_app).items()}
    parts["payments"] = _can_be_paid()
    return render_template("admin/show_public_status.html", parts=parts, now=clock.now(), words=words)


def _can_be_paid() -> bool:
    """Whether the payment provider answers, as it was last asked; while one reader asks, the others read the answer before."""
    asked_at, answer = current_app.extensions.get("provider_answers", (None, True))
    now = clock.now()
    if asked_at is None or now - asked_at > ASKED_AGAIN:
        current_app.extensions["provider_answers"] = now, answer
        answer = gateway.why_not_ready() is None
        current_app.extensions["provider_answers"] = now, answer
    return bool(answer)
