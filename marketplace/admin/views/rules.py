"""What everybody who trades here accepts, and what it costs: with the operator's numbers of today."""

from flask import render_template

from marketplace.admin.views.blueprint import bp
from marketplace.core import policy
from marketplace.core.web import public
from marketplace.quality import queries as quality
from search.ranking.trust import MOST


@bp.get("/rules")
@public
def show_rules() -> str:
    """The rules, in plain words; who signs up or accepts an invitation accepts them."""
    return render_template("admin/show_rules.html", policy=policy.current(), most_percent=round(MOST * 100))


@bp.get("/rules/decisions")
@public
def show_decisions() -> str:
    """What was decided against vendors in the last 12 months, and what became of their appeals: counts without names (product.md §10)."""
    return render_template("admin/show_decisions.html", figures=quality.decision_figures(), policy=policy.current())


@bp.get("/fees")
@public
def show_fees() -> str:
    """Who pays the platform what."""
    return render_template("admin/show_fees.html", policy=policy.current())
