"""Why a hit is there: a page of its own, since few ask, and the sentences of a whole list take a fifth of the time of the list.

Where scripts run the list shows them in place (`why` in `marketplace/static/app.js`).
"""

from flask import render_template, request
from werkzeug.exceptions import NotFound

from marketplace.core.ids import parse_id
from marketplace.core.links import page_url
from marketplace.core.web import public
from search import index, queries
from search.errors import SearchUnavailable
from search.learning import rules
from search.lexical import Reading
from search.schemas import SearchInput
from search.views.blueprint import bp
from search.views.hits import hits_of, price_reasons
from search.views.reader import Reader, reader, understood, words_asked
from search.views.reasons import reasons_of


def why_address(wanted: SearchInput, who: Reader, reading: Reading | None) -> str | None:
    """Where the hits of a search say why they are there, but for the variant; None where no words were asked for."""
    if reading is None or not reading.concepts:
        return None
    quantity = who.quantity_sent if who.is_quantity_sent else None
    ship_to = request.args.get("ship_to") or None
    return page_url("search.show_why", q=wanted.q, exact="1" if wanted.exact else None, quantity=quantity, ship_to=ship_to)


@bp.get("/search/why")
@public
def show_why() -> str:
    """What is to be said of one variant as a hit of some words. Not found where the reader may not see it, or without words."""
    wanted, variant_id = SearchInput.read(request.args), parse_id(request.args.get("variant", ""))
    try:
        reading, who = understood(wanted, reader(), index.vocabulary())
    except SearchUnavailable:
        return render_template("search/down.html", roots=queries.category_tree().children(None))
    if variant_id is None or reading is None or not reading.concepts:
        raise NotFound
    shown = queries.shown_variants([variant_id], keys=who.keys)
    if not shown:
        raise NotFound
    [hit] = hits_of(shown, who)
    is_chosen = variant_id in rules.in_force().pins_of(words_asked(wanted.q, reading, who.count))
    reasons = [*reasons_of(reading, shown[0], is_chosen=is_chosen), *price_reasons(hit.offer)]
    return render_template("search/show_why.html", hit=hit, reasons=reasons, wanted=wanted)
