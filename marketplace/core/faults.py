"""Refusals and faults as people and machines read them: one place turns any error into a page or a problem document."""

import structlog
from flask import Flask, current_app, g, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from marketplace.core import db as database
from marketplace.core import i18n
from marketplace.core.errors import MarketplaceError, TooMany, Unauthenticated, Unavailable
from marketplace.core.unsent import Unsent, unsent, way_back

log = structlog.get_logger()
TEXTS = {
    400: i18n.lazy("This request cannot be read."),
    404: i18n.lazy("There is nothing here."),
    405: i18n.lazy("This address does not take that."),
    413: i18n.lazy("This is too large to be taken."),
    500: i18n.lazy("The fault is ours. Nothing was changed."),
}


def init_app(app: Flask) -> None:
    """Every error that leaves a view passes through here."""
    app.register_error_handler(MarketplaceError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(PoolExhausted, _database_away)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _fault)


def wants_problem() -> bool:
    """Machines get a problem document, people a page."""
    return request.path.startswith(("/api/", "/payments/stripe/", "/healthz", "/readyz")) or (
        request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"]) not in (None, "text/html")
    )


def problem(status: int, code: str, text: str, fields: dict[str, str] | None = None) -> BaseResponse:
    """A problem document (RFC 9457) with our stable code."""
    body = jsonify(type="about:blank", status=status, code=code, title=text, fields=fields or {}, request_id=g.get("request_id", ""))
    body.status_code = status
    body.mimetype = "application/problem+json"
    return body


def _page(status: int, code: str, text: str, **facts: object) -> BaseResponse:
    if wants_problem():
        return problem(status, code, text)
    known = status if status in (402, 403, 404, 405, 409, 413, 422, 429, 500, 503) else (500 if status >= 500 else 422)
    response = current_app.make_response(render_template(f"errors/{known}.html", message=text, code=code, facts=facts))
    response.status_code = status
    return response


def _refused(error: MarketplaceError) -> BaseResponse:
    if isinstance(error, Unauthenticated) and not wants_problem():
        held = unsent()
        if held is not None:
            return _kept(held, error.status)
        target = request.full_path.rstrip("?") if request.method != "POST" else "/"
        return redirect(url_for("accounts.log_in", next=target), 303)
    if wants_problem():
        return problem(error.status, error.code, i18n.gettext(error.text), error.fields)
    response = _page(error.status, error.code, i18n.gettext(error.text), **error.facts)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = "60"
    return response


def _stale_form(error: CSRFError) -> BaseResponse:
    held = None if wants_problem() else unsent()
    if held is not None:
        return _kept(held, 409)
    return _page(409, "stale_form", i18n.gettext("This form is too old to be sent. Go back, reload the page and send it again."))


def _kept(held: Unsent, status: int) -> BaseResponse:
    """A page with what was typed. Whoever sends it on from there does so by a click of their own, and reads as whom."""
    is_public = getattr(current_app.view_functions.get(request.endpoint or ""), "permissions", ()) == ("public",)
    page = render_template("errors/unsent.html", held=held, is_public=is_public, back=way_back())
    return current_app.make_response((page, status))


def _http_error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()
    text = i18n.gettext(TEXTS.get(status, TEXTS[500 if status >= 500 else 400]))
    response = _page(status, f"http_{status}", text)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _database_away(error: SQLAlchemyError) -> BaseResponse:
    log.error("database_away", error=type(error).__name__)
    g.is_fault = True
    return _page(503, "unavailable", i18n.gettext(Unavailable.message))


def _fault(error: Exception) -> BaseResponse:
    log.error("fault", exc_info=error)
    if current_app.config.get("PROPAGATE_FAULTS"):
        raise error
    database.begin_again()
    g.is_fault = True
    return _page(500, "fault", i18n.gettext(TEXTS[500]))
