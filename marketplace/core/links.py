"""Addresses of our pages and files. A page of results holds two hundred, and the router builds each from its rules anew.

`url_for` gives what Flask's gives; for rules that are plain text and single path parts it does so from a pattern read once.
"""

import re
import time
from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit
from uuid import UUID

import flask
from flask import Flask, current_app, request
from flask.ctx import RequestContext
from werkzeug.routing import Rule, UnicodeConverter

from marketplace.core.context import request_context

PATH_SAFE, QUERY_SAFE = "!$&'()*+,/:;=@", "!$'()*,/:;?@"
"""What the router leaves as it is in a path part and in a query."""

Pattern = tuple[tuple[tuple[bool, str], ...], frozenset[str]]
"""(parts of the path: whether it is a name of a value, and the text; the names)"""


def url_for(endpoint: str, **values: Any) -> str:
    """The address of a view, as Flask builds it."""
    context = request_context()
    return flask.url_for(endpoint, **values) if context is None else _address(context, endpoint, values)


def absolute_url(endpoint: str, **values: Any) -> str:
    """The whole address of a view, from the configured base and never from what a request names as its host (robustness.md 15)."""
    return str(current_app.config["BASE_URL"]).rstrip("/") + url_for(endpoint, **values)


def page_url(endpoint: str, **values: Any) -> str | None:
    """The address of a view, or None while no room has it: a page never offers what does not work."""
    context = request_context()
    if context is None:
        return flask.url_for(endpoint, **values) if endpoint in current_app.view_functions else None
    return _address(context, endpoint, values) if endpoint in context.app.view_functions else None


def _address(context: RequestContext, endpoint: str, values: dict[str, Any]) -> str:
    pattern = _pattern(context.app, endpoint)
    if pattern is None:
        return flask.url_for(endpoint, **values)
    parts, names = pattern
    path = context.request.root_path
    if not values and not names:
        return path + parts[0][1]
    for is_name, text in parts:
        if not is_name:
            path += text
            continue
        value = values.get(text)
        if type(value) is not str or not value:
            return flask.url_for(endpoint, **values)  # which says what is missing, or converts it
        path += value if _needs_no_quoting(value) else quote(value, safe=PATH_SAFE)
    if len(values) == len(names):
        return path
    asked = []
    for name, value in values.items():
        if name in names or value is None:
            continue
        # `_external`, `_anchor` and their like ask for more than a path.
        if name[0] == "_" or not isinstance(value, str | int | UUID | list | tuple):
            return flask.url_for(endpoint, **values)
        each = (value,) if type(value) is str else _each(value)
        asked += [f"{_quoted(name)}={_quoted(str(one))}" for one in each]
    return f"{path}?{'&'.join(asked)}" if asked else path


_needs_no_quoting = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch


def _quoted(value: str) -> str:
    return value if _needs_no_quoting(value) else _quoted_part(value)


@lru_cache(maxsize=4096)
def _quoted_part(value: str) -> str:
    # The frame of a page names the page itself five times.
    return quote_plus(value, safe=QUERY_SAFE)


def query_string(changes: Mapping[str, Any], drop: Collection[str]) -> str:
    """The query of this page with some names changed (None or an empty list removes one) and others dropped."""
    pairs: list[tuple[str, Any]] = [
        (name, value) for name, value in request.args.items(multi=True) if name not in changes and name not in drop
    ]
    for name, value in changes.items():
        if value is not None:
            pairs += [(name, one) for one in ([value] if isinstance(value, str | int | float) else value)]
    return "&".join(f"{quote_plus(str(name))}={quote_plus(str(value))}" for name, value in pairs)


def url_with_query(endpoint: str, *, drop: Collection[str] = (), **parts: str) -> str:
    """The address of another view of the same things: `parts` of its path, and all that this page was asked for but `drop`.

    What a reader writes into a query is never a name of `url_for`, which has words of its own (`endpoint`, `_scheme`, `_method`).
    """
    asked = query_string({}, drop)
    return url_for(endpoint, **parts) + (f"?{asked}" if asked else "")


def own_address() -> str:
    """The address of this page, as a form or a link gives it along to lead back to it."""
    return request.full_path if request.query_string else request.path


def own_path(target: str | None, fallback: str) -> str:
    """`target` if it is a path of this house, else `fallback`: we never redirect to a stranger."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and not urlsplit(target).netloc and target.isprintable():
        return target
    return fallback


def log_in_url() -> str | None:
    """The way in, and from there back to this page.

    The start page is no place to come back to, everybody has a home of their own; nor are the pages of the way in themselves, what answers
    a form, and an address of nothing.
    """
    is_place = request.endpoint is not None and request.blueprint != "accounts" and request.method == "GET" and request.path != "/"
    return page_url("accounts.log_in", next=own_path(own_address(), "") or None if is_place else None)


def _each(value: Any) -> tuple[Any, ...]:
    return tuple(one for one in value if one is not None) if isinstance(value, list | tuple) else (value,)


@lru_cache(maxsize=2048)
def _pattern(app: Flask, endpoint: str) -> Pattern | None:
    """How the one rule of an endpoint reads; None where only the router knows."""
    rules = app.url_map._rules_by_endpoint.get(endpoint, ())  # noqa: SLF001 - the only list of rules by endpoint
    if len(rules) != 1 or app.url_default_functions or app.url_map.host_matching:
        return None
    rule: Rule = rules[0]
    if rule.defaults or rule.alias or rule.subdomain or any(type(c) is not UnicodeConverter for c in rule._converters.values()):  # noqa: SLF001
        return None
    trace = rule._trace[1:]  # noqa: SLF001 - the first part is the host's
    if any(not is_name and quote(text, safe=PATH_SAFE) != text for is_name, text in trace):
        return None
    parts = [(is_name, "".join(text for _, text in group)) for is_name, group in groupby(trace, key=lambda part: part[0])]
    return tuple(parts), frozenset(rule.arguments)


FILE_AGE_SECONDS = 1.0
_files: dict[tuple[Flask, str], tuple[float, str]] = {}


@lru_cache(maxsize=256)
def _digest(path: str, _changed: float) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:10]


def static_url(name: str) -> str:
    """The address of a file of ours with its digest, so that it can be cached for ever; a changed file is noticed within a second."""
    context = request_context()
    app = current_app._get_current_object() if context is None else context.app  # type: ignore[attr-defined]  # noqa: SLF001 - a key
    known, now = _files.get((app, name)), time.monotonic()
    if known is None or now - known[0] > FILE_AGE_SECONDS:
        path = Path(app.static_folder or "") / name
        address = f"{app.static_url_path}/{quote(name, safe=PATH_SAFE)}?v={_digest(str(path), path.stat().st_mtime)}"
        known = _files[app, name] = (now, address)
    return known[1] if context is None else context.request.root_path + known[1]
