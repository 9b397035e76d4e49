"""The one door to the index: pages ask it, the indexer feeds it, whatever engine stands behind. Only doors use it."""

from importlib import import_module
from pathlib import Path

from flask import current_app

from marketplace.config import Settings
from marketplace.core.db import outside
from marketplace.core.i18n import gettext
from search import copies, ordering, queries
from search.engines.port import Engine
from search.engines.tantivy import TantivyEngine
from search.errors import SearchUnavailable
from search.learning import rules
from search.query import Found, Plan, Vocabulary
from search.semantic.vectors import Meanings

SERVER = "search.engines.elasticsearch"
EXTENSION = "search"
MEANINGS = "search_meanings"


def connect(settings: Settings, *, query_seconds: float | None = None) -> Engine:
    """The engine that the settings name: a server if there is one, else the embedded index. `query_seconds`: how long a server is waited for.

    The client of a server is only loaded where there is one: it takes a tenth of the start of every process of ours.
    """
    if settings.elasticsearch_url:
        server: Engine = import_module(SERVER).connect(settings.elasticsearch_url, before=outside, query_seconds=query_seconds)
        return server
    if settings.search_path is None:
        raise ValueError("neither ELASTICSEARCH_URL nor SEARCH_PATH is set")
    return TantivyEngine(Path(settings.search_path))


def engine() -> Engine:
    """The engine of this process; it may not be there, which shows when it is asked."""
    if EXTENSION not in current_app.extensions:
        current_app.extensions[EXTENSION] = connect(current_app.config["SETTINGS"])
    found: Engine = current_app.extensions[EXTENSION]
    return found


def vocabulary() -> Vocabulary:
    """What the index knows of words; from here on they are read with the operator's synonyms. Raises: SearchUnavailable."""
    rules.in_force()
    return engine().vocabulary()


def find(plan: Plan) -> Found:
    """Answer a plan. Raises: SearchUnavailable; ValueError for a plan without visibility."""
    return ordering.find(engine(), plan, meanings(), queries.ranking().trust_for(plan, vocabulary()))


def meanings() -> Meanings | None:
    """What the catalogue's goods mean, where the extra `semantic` is installed; else words alone answer."""
    if MEANINGS not in current_app.extensions:
        settings = current_app.config["SETTINGS"]
        folder = copies.folder_of(settings)
        if folder is not None and settings.elasticsearch_url:
            copies.start(current_app._get_current_object(), folder)  # type: ignore[attr-defined] # noqa: SLF001 - proxies have no class
        current_app.extensions[MEANINGS] = Meanings(folder) if folder is not None else None
    found: Meanings | None = current_app.extensions[MEANINGS]
    return found


def compares_meaning(plan: Plan) -> bool:
    """Whether the answer of a plan also holds goods that mean the same, whatever their words."""
    known = meanings()
    return bool(plan.meaning) and known is not None and known.current() is not None


def why_not_ready() -> str | None:
    """Why search cannot answer, for status pages; None when it can."""
    try:
        engine().count()
    except SearchUnavailable as refusal:
        return gettext(refusal.text)
    return None
