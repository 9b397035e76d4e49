"""The door's blueprint, and what its views answer with."""

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from marketplace.core import health
from search import index

bp = Blueprint("search", __name__)


@bp.record_once
def _add_check(state: BlueprintSetupState) -> None:
    if isinstance(state.app, Flask):
        health.add_check(state.app, "search", index.why_not_ready)
