"""`/metrics`: counters and queues for Prometheus."""

import hmac

from flask import Response, current_app, request

from marketplace.admin import queries
from marketplace.admin.views.blueprint import bp
from marketplace.core import clock, health, metrics
from marketplace.core.errors import NotFound
from marketplace.core.web import network, public

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@bp.get("/metrics")
@public
def show_metrics() -> Response:
    """In production for the holder of METRICS_TOKEN, elsewhere also for this machine itself. For all others there is nothing here."""
    settings = current_app.config["SETTINGS"]
    bearer = f"Bearer {settings.metrics_token}" if settings.metrics_token else None
    knows = bearer is not None and hmac.compare_digest(request.headers.get("Authorization", "").encode(), bearer.encode())
    is_here = bearer is None and not settings.is_production and network() in LOOPBACK
    if not (knows or is_here):
        raise NotFound
    return Response(metrics.exposition(_gauges(), shared_folder=settings.metrics_folder), mimetype="text/plain; version=0.0.4")


def _gauges() -> metrics.Gauges:
    workings, needs = queries.workings(), queries.needs()
    late = (clock.now() - workings.oldest_due_at).total_seconds() if workings.oldest_due_at else 0.0
    parts = health.parts(current_app)
    return {
        "millgate_jobs": ("Jobs by state.", {state: float(count) for state, count in workings.counts.items()}),
        "millgate_job_late_seconds": ("For how long the oldest job that should have run has been due.", {"": late}),
        "millgate_index_waiting": ("Things that the index has not learned yet.", {"": float(workings.waiting_for_index)}),
        "millgate_needs": (
            "What waits for staff.",
            {
                "cases": float(needs.cases),
                "late_cases": float(needs.late_cases),
                "appeals": float(needs.appeals),
                "late_appeals": float(needs.late_appeals),
                "fact_changes": float(needs.fact_changes),
                "late_fact_changes": float(needs.late_fact_changes),
                "problems": float(needs.problems),
                "unanswered_orders": float(needs.unanswered_orders),
                "parked_operations": float(needs.parked_operations),
                "failed_refunds": float(needs.failed_refunds),
                "failed_jobs": float(needs.failed_jobs),
            },
        ),
        "millgate_part_ready": ("Whether a part works.", {name: float(said == health.OK) for name, said in parts.items()}),
    }
