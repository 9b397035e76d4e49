"""The door of learning: it notices searches and what follows from them, and writes when the answer is already on its way.

A page costs a signature and an addition in memory. What a process has noticed is written within a second, in a transaction of its own
beside the requests; a killed process loses that second and no more. What was done with a search that another process has not yet written
waits for it. Whoever asks not to be tracked, programs that say what they are, and the platform's staff are not noticed at all
(docs/decisions/0020).
"""

import atexit
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Timer
from time import perf_counter, sleep
from uuid import UUID

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DBAPIError

from marketplace.catalogue.codes import code_of
from marketplace.core import clock, i18n
from marketplace.core.context import kept, this_request
from marketplace.core.db import for_every_company, transaction
from marketplace.core.ids import new_id, parse_id
from marketplace.core.robots import is_robot
from marketplace.core.web import current_viewer
from search.learning import services
from search.learning.models import SearchActKind
from search.learning.trails import (
    Answered,
    Followed,
    company_mark,
    matches_kept,
    read_token,
    token_of,
    values_without_addresses,
    without_addresses,
)
from search.learning.wishes import query_key
from search.query import Found, FoundVariant, Plan
from search.schemas import CompareInput
from search.views.blueprint import bp
from search.views.hits import Hit
from search.views.relief import Search

log = structlog.get_logger()
WRITE_AFTER_SECONDS = 1.0
SEARCH_WITHIN = timedelta(seconds=5)
"""How long what was done waits for its search: the process that answered writes within a second, a busy one a little later."""
MOST_WAITING = 20_000
"""What is noticed beyond that, while the database is away or very late, is left out, and said."""
NOT_FILTERS = {"q", "sort", "landed", "page", "exact"}
PRODUCT_PAGE, COMPARE_PAGE = "catalogue.show_product", "search.compare"
CART_ACTS = ("carts.add_line", "carts.add_sample")


class Notes:
    """What this process has noticed since it last wrote."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._searches: list[Answered] = []
        self._acts: list[Followed] = []
        self._is_due = False

    def add(self, note: Answered | Followed) -> bool:
        """Keep a note; True for the first since the last writing, which has to see to the next."""
        with self._lock:
            if len(self._searches) + len(self._acts) >= MOST_WAITING:
                log.warning("searches_left_out")
                return False
            if isinstance(note, Answered):
                self._searches.append(note)
            else:
                self._acts.append(note)
            is_first, self._is_due = not self._is_due, True
            return is_first

    def are_due(self) -> bool:
        """Whether anything is there to be written."""
        return self._is_due

    def take(self) -> tuple[list[Answered], list[Followed]]:
        """Everything noticed so far; the list begins again."""
        with self._lock:
            taken = self._searches, self._acts
            self._searches, self._acts, self._is_due = [], [], False
            return taken


notes = Notes()


def write_notes(app: Flask) -> None:
    """Write what was noticed, as the role that alone may see it. When the database is away that second is lost, and said."""
    searches, acts = notes.take()
    if not searches and not acts:
        return
    early: list[Followed] = []
    try:
        with app.app_context(), for_every_company(), transaction():
            services.add_searches(searches)
            early = services.add_acts(acts)
    except DBAPIError as error:
        log.warning("searches_lost", searches=len(searches), acts=len(acts), error=type(error).__name__)
    _wait_for_searches(app, early)


def _wait_for_searches(app: Flask, early: list[Followed]) -> None:
    """Keep acts whose search is not written yet for the next writings; after a few seconds it never will be, or was forgotten."""
    still = clock.now() - SEARCH_WITHIN
    waiting = [act for act in early if act.at > still]
    if len(waiting) < len(early):
        log.warning("acts_without_search", acts=len(early) - len(waiting))
    for act in waiting:
        _keep(app, act)


def _is_noticed() -> bool:
    """Whether this reader may be noticed at all."""
    if request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1" or is_robot():
        return False
    viewer = current_viewer()
    return viewer is None or not (viewer.is_staff or viewer.acting_as)


@dataclass(frozen=True, slots=True)
class Trail:
    """What a page of results, the answer to a plan, is known by afterwards."""

    search_id: UUID
    token: str
    wish: Plan

    def marked(self, url: str, place: int) -> str:
        """The address of the hit at a place of the page, counted from 0, which tells where it was found."""
        return f"{url}{'&' if '?' in url else '?'}from={self.token}.{self.wish.offset + 1 + place}"


def begin_trail(wish: Plan) -> Trail | None:
    """The trail of the page that answers a plan; None where the reader is not noticed."""
    if not _is_noticed():
        return None
    search_id = new_id()
    return Trail(search_id, token_of(search_id, str(current_app.config["SECRET_KEY"])), wish)


def note_answer(
    trail: Trail, hits: Sequence[Hit], places: Sequence[FoundVariant], search: Search, found: Found, *, page: int, sort: str
) -> None:
    """Note what was asked and answered, to be written when the page is on its way. `places` are where the hits were found, `page` and
    `sort` what is shown, whatever the address asks for.

    How many somebody wants is no part of the words: the desk asks what people look for, and each count would be a query of its own.
    """
    facts, wanted = {hit.variant_id: hit for hit in places}, search.wanted
    shown = [facts[hit.variant_id] for hit in hits]
    # Whoever filters by vendor has chosen who is shown; nobody's share can be read from that.
    is_open = not wanted.maker and "vendor" in found.facets
    viewer, words, wish = current_viewer(), without_addresses(search.words_asked), trail.wish
    count = {"count": search.who.count.written} if search.who.count else {}
    g.answered = Answered(
        id=trail.search_id,
        asked_at=clock.now(),
        key=query_key(words),
        words=words,
        category=search.scene.category or "",
        filters=values_without_addresses(wanted.model_dump(mode="json", exclude_defaults=True, exclude=NOT_FILTERS)) | count,
        sort=sort,
        page=page,
        found=found.total,
        took_ms=0,
        correction=without_addresses(wish.correction.searched) if wish.correction else "",
        is_relaxed=found.relaxed,
        language=i18n.locale(),
        company_mark=company_mark(viewer.company_id if viewer else None, str(current_app.config["SECRET_KEY"])),
        first_position=wish.offset + 1,
        variants=[hit.variant_id for hit in shown],
        versions=[hit.version for hit in shown],
        vendors=[hit.vendor_id for hit in shown],
        matches=matches_kept(found.facets["vendor"].counts, (hit.vendor_id for hit in shown)) if is_open else {},
    )


@bp.after_app_request
def _notice(response: Response) -> Response:
    noted, app = kept(), current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request
    answered: Answered | None = noted.pop("answered", None)
    if answered is not None:
        if response.status_code == 200:
            _keep(app, answered._replace(took_ms=round((perf_counter() - noted.started) * 1000)))
        return response
    if this_request().request.endpoint in (PRODUCT_PAGE, COMPARE_PAGE, *CART_ACTS) and response.status_code in (200, 303):
        for act in _followed(clock.now()):
            _keep(app, act)
    return response


def _followed(now: datetime) -> list[Followed]:
    """What this request does with results of a search, as its address tells, or that of the page it comes from."""
    if request.endpoint in CART_ACTS:
        # The form of the product page says nothing of the search; the address of that page does.
        _, is_told, rest = (request.referrer or "").partition("from=")
        token = rest.partition("&")[0] if is_told else ""
    else:
        token = request.args.get("from", "")
    told = read_token(token, str(current_app.config["SECRET_KEY"])) if token else None
    if told is None or not _is_noticed():
        return []
    search_id, position = told
    if request.endpoint == PRODUCT_PAGE:
        code = code_of(str((request.view_args or {}).get("slug", "")))
        return [Followed(search_id, SearchActKind.CLICK, now, position, product_code=code)] if position and code else []
    if request.endpoint in CART_ACTS:
        variant_id = parse_id(request.form.get("variant_id", ""))
        return [Followed(search_id, SearchActKind.CART, now, position, variant_id=variant_id)] if position and variant_id else []
    asked = CompareInput.read(request.args)
    # What the list showed ticked was chosen before.
    ids = [variant_id for variant_id in asked.variant if variant_id not in asked.showed][:20]
    return [Followed(search_id, SearchActKind.COMPARE, now, variant_id=variant_id) for variant_id in ids]


def _keep(app: Flask, note: Answered | Followed) -> None:
    if notes.add(note) and not app.testing:  # tests write by hand, so that none of them depends on how long the others took
        later = Timer(WRITE_AFTER_SECONDS, write_notes, [app])
        later.daemon = True
        later.start()


def write_last_notes(app: Flask) -> None:
    """Write what is left when the process ends; a search that another process still holds is waited for, as long as at any time."""
    write_notes(app)
    while notes.are_due():
        sleep(WRITE_AFTER_SECONDS)
        write_notes(app)


@bp.record_once
def _write_at_the_end(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    if not app.testing:
        atexit.register(write_last_notes, app)
