"""The category tree, and the page of one category."""

from dataclasses import dataclass

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.core.errors import NotFound
from marketplace.core.links import query_string, url_for
from marketplace.core.web import public
from search import index, plan, queries
from search.errors import SearchUnavailable
from search.filters import CATEGORY_LIMIT
from search.queries import CategoryNode
from search.query import Facet, FacetKind
from search.schemas import SearchInput
from search.views.blueprint import bp
from search.views.reader import Reader, reader
from search.views.results import REACH, from_database, kept_fields, look, toolbar_fields

FILTERED = ("search.results", "search.show_table", "search.export_table")
"""Pages that a category is a filter of."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A category of the list with what stands below it; `n` is None while nobody can count."""

    node: CategoryNode
    n: int | None
    children: list["Branch"]


@bp.get("/categories")
@public
def show_categories() -> str:
    """All categories with how many products each holds."""
    roots, is_live = branches(reader())
    return render_template("search/show_categories.html", roots=roots, is_live=is_live)


def branches(who: Reader) -> tuple[list[Branch], bool]:
    """The tree with what this reader can find in each branch; false while the index is away and nobody can count."""
    tree, counts = queries.category_tree(), _counts(who)

    def branch(node: CategoryNode) -> Branch:
        number = None if counts is None else counts.get(node.slug, 0)
        return Branch(node, number, [branch(child) for child in tree.children(node.id)])

    return [branch(root) for root in tree.children(None)], counts is not None


def _counts(who: Reader) -> dict[str, int] | None:
    """How many variants stand in each category for this reader; None while the index is away."""
    facet = Facet("cat", FacetKind.KEYWORD, "categories", size=CATEGORY_LIMIT * 10)
    try:
        wish = plan.build(
            "", vocabulary=index.vocabulary(), visibility=who.keys, vendors=queries.seen_vendors().ids, facets=[facet], limit=0
        )
        return dict(index.find(wish).facets["cat"].counts)
    except SearchUnavailable:
        return None


@bp.before_request
def follow_filter() -> Response | None:
    """A list that is filtered by a category that was merged or retired leads to the same list by what stands in its place."""
    asked = request.args.getlist("cat")
    if not asked or request.endpoint not in FILTERED or queries.standing_slugs(asked) == tuple(dict.fromkeys(asked)):
        return None
    return redirect(f"{request.path}?{query_string({'cat': list(queries.standing_slugs(asked))}, ())}", 301)


@bp.get("/categories/<slug>")
@public
def show_category(slug: str) -> str:
    """What stands in a category and below it; from the database while the index is away."""
    tree, who, wanted = queries.category_tree(), reader(), SearchInput.read(request.args)
    category = tree.by_slug.get(slug)
    if category is None:
        raise NotFound
    try:
        page = look(wanted, who, tree, category)
    except SearchUnavailable:
        page = from_database(category, wanted, who)
    above = tree.trail(category)[:-1]
    trail = [(node.name, url_for("search.show_category", slug=node.slug)) for node in above]
    return render_template(
        "search/results.html",
        page=page,
        wanted=wanted,
        reader=page.who,
        category=category,
        children=tree.children(category.id),
        trail=trail,
        reach=REACH,
        kept=kept_fields(page.facets, *toolbar_fields(wanted)),
    )
