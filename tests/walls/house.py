"""Sending requests as principals, and undoing what they did: a probe leaves nothing behind."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from time import process_time
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from marketplace.core import db as database
from marketplace.core.db import db
from marketplace.core.ids import parse_id
from tests.services import MAY_PAUSE
from tests.walls.case import Case, Ref, Upload
from tests.walls.people import Principal
from tests.walls.side import Side

CHANGES_EACH_TIME = re.compile(
    r'(name="(?:csrf_token|_once|_csrf|from)" value=")[^"]*"|([0-9a-f]{12})(?=</)|("request_id": ?")[^"]*"|\?v=[0-9a-f]+'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `fault` is the error that the application raised, as it would be a 500."""

    status: int
    text: str
    location: str
    headers: Mapping[str, str]
    fault: BaseException | None = None
    seconds: float = 0.0
    """Of this process's own processor time."""

    def like(self, *ids: str) -> str:
        """The page without what differs each time and without these ids: equal answers tell nothing apart."""
        text = html.unescape(CHANGES_EACH_TIME.sub(r"\1", self.text))
        for written in sorted({part for i in ids for part in (i, i.replace(" ", "+"))}, key=len, reverse=True):
            text = text.replace(written, "<id>")
        return f"{self.status}\n{text}"

    @property
    def is_done(self) -> bool:
        """A page or a redirect that is not the way to the log-in."""
        return 200 <= self.status < 400 and not self.is_log_in

    @property
    def is_log_in(self) -> bool:
        """Sent away to log in first."""
        return self.status == 303 and self.location.startswith("/log-in?next=")


@dataclass
class House:
    """The application as it is asked from outside, with real commits or inside `undone`."""

    app: Flask

    @cached_property
    def client(self) -> FlaskClient:
        """Keeps no cookies: each request says who asks."""
        return FlaskClient(self.app, self.app.response_class, use_cookies=False)

    def send(
        self,
        who: Principal,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
        raw: bytes | None = None,
        raw_path: bytes | None = None,
        raw_query: bytes | None = None,
    ) -> Answer:
        """One request in an application context of its own, as in production; what is raw goes out byte by byte."""
        sent = dict(headers or {})
        if who.cookie:
            sent["Cookie"] = "; ".join(part for part in (who.cookie, sent.get("Cookie")) if part)
        builder = EnvironBuilder(
            path=path,
            method=method,
            query_string=query,
            data=raw if raw is not None else fields_of(body) if method == "POST" else None,
            headers=Headers(sent),
            content_type=content_type,
            base_url="http://localhost",
        )
        environ = builder.get_environ()
        builder.close()
        if raw_path is not None:
            environ["PATH_INFO"] = raw_path.decode("latin-1")
        if raw_query is not None:
            environ["QUERY_STRING"] = raw_query.decode("latin-1")
        db.session.commit()
        begun = process_time()
        try:
            with self.app.app_context():
                answer = _read(self.client.open(environ), begun)
        except Exception as error:  # noqa: BLE001 - whatever the application lets rise is a fault that the caller reports
            with self.app.app_context():
                db.session.remove()
            answer = Answer(500, "", "", {}, error)
        database.acting_company.set(None)
        database.as_staff.set(False)
        return answer

    @contextmanager
    def undone(self) -> Iterator[Connection]:
        """One outer transaction on a connection of the pages' role; commits inside become savepoints, and all is undone at the end."""
        db.session.remove()
        engines = db._app_engines[self.app]
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            connection.execute(text(MAY_PAUSE))
            engines[None] = connection  # type: ignore[assignment] # the session takes either
            try:
                yield connection
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()


def _read(response: Response, begun: float) -> Answer:
    text = response.get_data().decode("utf-8", "replace")
    seconds = process_time() - begun
    return Answer(response.status_code, text, response.headers.get("Location", ""), dict(response.headers), seconds=seconds)


def fields_of(body: Any) -> Any:
    """A body in the form that the client takes: lists repeat a field, uploads are streams."""
    if not isinstance(body, Mapping):
        return body
    found: MultiDict[str, Any] = MultiDict()
    for name, value in body.items():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            found.add(name, (BytesIO(each.content), each.name) if isinstance(each, Upload) else each)
    return found


def filled(values: Mapping[str, Any], side: Side) -> dict[str, Any]:
    """A body or query with the ids of a side."""
    return {name: [_one(v, side) for v in value] if isinstance(value, list) else _one(value, side) for name, value in values.items()}


def _one(value: Any, side: Side) -> Any:
    return side.ids[value.name] if isinstance(value, Ref) else value


def address(app: Flask, case: Case, ids: Mapping[str, str]) -> str:
    """The path of a case with these arguments of its rule."""
    return app.url_map.bind("localhost").build(case.endpoint, dict(ids))


def unused(value: str) -> str:
    """An id of the same kind that nothing has: a number, a slug, a uuid or a token."""
    if parse_id(value):
        return str(uuid4())
    if re.fullmatch(r"[A-Z]+-\d{4}-\d{6}", value):
        return f"{value[:-6]}999999"
    return f"{value[:-6]}zzzzzz"
