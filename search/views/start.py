"""The first page: where to look, and for visitors how a trade goes."""

from flask import render_template

from marketplace.core.web import public
from search.views.blueprint import bp
from search.views.categories import branches
from search.views.reader import reader


@bp.get("/")
@public
def show_start() -> str:
    """Categories with counts; above them, for a visitor, the steps of a trade."""
    roots, is_live = branches(reader())
    return render_template("search/show_start.html", roots=roots, is_live=is_live)
