"""What every request passes through: who is asking, what the route allows, errors as pages, one-time tokens.

Routes deny by default: a view carries `@requires(permission)` or `@public`; one that carries neither answers 403 and fails a test.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import Any, TypeVar, cast
from uuid import UUID

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    redirect,
    request,
)
from flask.ctx import RequestContext
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from marketplace.core import db as database
from marketplace.core import faults, headers, i18n, policy
from marketplace.core.audit import Actor, Viewer
from marketplace.core.context import kept, request_context, this_request
from marketplace.core.errors import CompanyAlone, Forbidden, NotFound, Unauthenticated
from marketplace.core.files import MAX_BYTES
from marketplace.core.ids import new_id
from marketplace.core.links import absolute_url, log_in_url, own_address, query_string, url_for
from marketplace.core.links import own_path as own_path  # noqa: PLC0414 - rooms take these from here
from marketplace.core.links import page_url as page_url  # noqa: PLC0414
from marketplace.core.links import static_url as static_url  # noqa: PLC0414
from marketplace.core.sessions import Sessions
from marketplace.core.templating import country_choice

View = TypeVar("View", bound=Callable[..., Any])
bp = Blueprint("core", __name__)
csrf = CSRFProtect()
login_manager = LoginManager()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of a navigation: `count` is what needs the reader (`tone` need or late) or a plain total (no tone)."""

    label: str
    url: str
    current: bool = False
    count: int | None = None
    tone: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: the entries of its navigation, and how many lines are in the reader's cart."""

    nav: list[NavItem]
    cart_count: int


def requires(*permissions: str) -> Callable[[View], View]:
    """The route is for members whose roles carry any of the permissions. Without a session: log in first."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            viewer = current_viewer()
            if viewer is None:
                raise Unauthenticated
            if not any(viewer.can(p) for p in permissions):
                raise Forbidden
            return view(*args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return cast(View, guarded)

    return mark


BESIDE_FILES = 1024**2
"""Bytes of a form beside its files."""
VISITORS_OWN = frozenset({"admin.stop_acting", "accounts.log_out"})
"""Of the pages of a person, what staff still reach while they act as a company."""


def signed_in(view: View) -> View:
    """The route is for any signed-in person, whatever the roles: own profile, switching company, logging out."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> object:
        viewer = current_viewer()
        if viewer is None:
            raise Unauthenticated
        if viewer.acting_as and request.endpoint not in VISITORS_OWN:
            raise Forbidden  # what belongs to the person is closed while they act as somebody else
        return view(*args, **kwargs)

    guarded.permissions = ("signed_in",)  # type: ignore[attr-defined]
    return cast(View, guarded)


def steps_up(view: View) -> View:
    """The act needs an identity that was proved within the last 10 minutes; stands below `requires` (robustness.md 14).

    Password, second factor or passkey is asked for by the accounts room, before the form is shown or, when it was open for longer,
    on the way of what it sent: the act then goes on with everything that was typed, but for files.
    """

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> object:
        ask_identity: Callable[[], object] = current_app.extensions["step_up"]
        question = ask_identity()
        return view(*args, **kwargs) if question is None else question

    guarded.steps_up = True  # type: ignore[attr-defined]
    return cast(View, guarded)


def in_person(view: View) -> View:
    """What is sent here speaks for the company to others: staff who act as it may look, not send (docs/decisions/0015)."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> object:
        viewer = current_viewer()
        if viewer is not None and viewer.acting_as and request.method == "POST":
            raise CompanyAlone
        return view(*args, **kwargs)

    return cast(View, guarded)


def takes_files(most: int) -> Callable[[View], View]:
    """The form may bring this many files of the largest size together; stands below `requires`. The proxy has to let them in too."""

    def mark(view: View) -> View:
        view.takes_files = most  # type: ignore[attr-defined]
        return view

    return mark


def frames_files(view: View) -> View:
    """The page shows PDFs in frames beside what is written about them; stands below `requires`. No other page may frame anything."""
    view.frames_files = True  # type: ignore[attr-defined]
    return view


def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before anything reads the form: afterwards a larger request is already refused.
    most = getattr(current_app.view_functions.get(endpoint or ""), "takes_files", 0)
    if most and request.method == "POST":
        request.max_content_length = most * MAX_BYTES + BESIDE_FILES


def public(view: View) -> View:
    """The route stands on the public list: it shows nothing that belongs to one company."""
    view.permissions = ("public",)  # type: ignore[attr-defined]
    return view


def current_viewer() -> Viewer | None:
    """The signed-in person as a company, or None."""
    context = request_context()
    if context is None:
        return None
    user = kept().get("_login_user")  # where Flask-Login keeps who was loaded
    if user is None and "_user_id" in context.session:
        user = current_user._get_current_object()  # noqa: SLF001 - the proxy must not leave the request
    return user if isinstance(user, Viewer) else None


def current_actor() -> Actor:
    """Who acts in this request. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return Actor(
        person_id=viewer.person_id,
        company_id=viewer.company_id,
        name=viewer.person_name,
        on_behalf_of=viewer.company_id if viewer.acting_as else None,
        request_id=g.request_id,
        network=network(),
        is_staff=viewer.is_staff,
    )


def nobody() -> Actor:
    """The actor of a request without a session, such as a sign-up."""
    return Actor(name="", request_id=g.request_id, network=network())


def network() -> str:
    """The address the request came from, as the proxy in front vouches for it."""
    return request.remote_addr or ""


def see_other(endpoint: str, **values: Any) -> BaseResponse:
    """Redirect after an act, so that the back button and reload never repeat it."""
    return redirect(url_for(endpoint, **values), 303)


def download(body: str | bytes, name: str, mimetype: str = "text/csv") -> Response:
    """A file that the reader keeps."""
    response = Response(body, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def once_token() -> str:
    """The value of the hidden `_once` field: the same form sent twice is one act."""
    return secrets.token_urlsafe(18)


def once_key() -> str:
    """The `_once` value that came with the form; a missing one makes the act count by itself."""
    typed = request.form.get("_once", "")
    return typed[:64] if typed and typed.isprintable() else secrets.token_urlsafe(18)


def path_id(value: str) -> UUID:
    """An id in an address. Raises: NotFound for anything else."""
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound from error


@bp.get("/theme")
@public
def set_theme() -> BaseResponse:
    """Remember light, dark or as the system says. Asked for by GET, as the language is: nothing changes but how pages look, and a form
    token in the frame of every page would give every visitor a session (docs/decisions/0024).
    """
    response = redirect(own_path(request.args.get("next"), "/"), 303)
    theme = request.args.get("theme")
    if theme in ("light", "dark"):
        response.set_cookie("theme", theme, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure)
    else:
        response.delete_cookie("theme")
    return response


def init_pages(app: Flask, *, load_viewer: Callable[[str], Viewer | None], frame: Callable[[str, Viewer | None], Frame]) -> None:
    """Say who reads pages, by the accounts room's loader, and what stands around each, by its area and reader."""
    login_manager.user_loader(lambda token: _load(token, load_viewer))
    app.extensions["frame"] = frame


def init_app(app: Flask) -> None:
    """Wire requests and templates."""
    app.session_interface = Sessions()
    # No `current_user` in templates: a page that says that the database is away would ask it who reads.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None  # sessions live on the server and are revoked there
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)  # noqa: SLF001 - no cookie of ours remembers anybody
    app.url_map.merge_slashes = False  # a doubled slash is no address
    app.jinja_env.filters.update(i18n.filters())
    app.jinja_env.globals.update(_=i18n.gettext, gettext=i18n.gettext, ngettext=i18n.ngettext)
    app.jinja_env.globals.update(
        static_url=static_url, page_url=page_url, url_for=url_for, query_string=query_string, absolute_url=absolute_url
    )
    app.jinja_env.globals.update(csrf_token=generate_csrf, once_token=once_token, page_language=i18n.language_tag)
    app.jinja_env.globals.update(country_choice=country_choice, own_address=own_address, log_in_url=log_in_url)
    app.url_value_preprocessor(_make_room)
    app.before_request(_begin)
    csrf.init_app(app)
    app.before_request(
        _check_form
    )  # after the beginning: a stale form is answered by a page, which needs the request's number and language
    app.before_request(_deny_unmarked)
    app.after_request(headers.carry)
    app.context_processor(_context)
    faults.init_app(app)
    app.register_blueprint(bp)


def _load(token: str, load_viewer: Callable[[str], Viewer | None]) -> Viewer | None:
    viewer = load_viewer(token)
    if viewer is not None:
        database.acting_company.set(viewer.company_id)
        # Staff see every company at their desk; elsewhere they are a company like any other.
        database.as_staff.set(viewer.is_staff)
    database.begin_again()
    return viewer


def _begin() -> None:
    context, noted = this_request(), kept()
    noted.started, noted.request_id = perf_counter(), (request_id := new_id().hex[-12:])
    database.acting_company.set(None)
    database.as_staff.set(False)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    asking, visit = context.request, context.session
    endpoint = asking.endpoint
    if endpoint == "static":
        i18n.set_context("en", "UTC")
        return
    viewer = current_viewer() if endpoint not in UNSEEN else None
    if viewer is not None:
        structlog.contextvars.bind_contextvars(company_id=str(viewer.company_id))
    asked = asking.args.get("lang")
    if asked and asking.method != "POST":
        visit["lang"] = i18n.match(asked)
    chosen = visit.get("lang") or (viewer.locale if viewer else None) or i18n.match(asking.headers.get("Accept-Language"))
    if chosen == "pseudo" and not context.app.testing:
        chosen = "en"
    if chosen not in i18n.TAGS:  # an older cookie may name a language that the house no longer has
        chosen = "en"
    i18n.set_context(chosen, viewer.time_zone if viewer else "UTC")


UNSEEN = frozenset({"health.healthz", "health.readyz", "payments.receive_stripe_event"})
"""Endpoints that never look for a session: a health check must not touch the database by accident."""


def _check_form() -> None:
    # The library looks first for what is exempt, on every page that is only read.
    context = this_request()
    if context.request.method not in SAFE_METHODS and context.app.config["WTF_CSRF_ENABLED"]:
        csrf.protect(apply_exemptions=True)


def _deny_unmarked() -> None:
    context = this_request()
    if "\0" in context.request.path:
        raise NotFound  # no address of ours holds one, and the database cannot look for it
    endpoint = context.request.endpoint
    view = context.app.view_functions.get(endpoint or "")
    if view is not None and endpoint != "static" and not getattr(view, "permissions", None):
        raise Forbidden


def area() -> str:
    """Which frame the page stands in: the buyer's, the shop portal or the platform's desk."""
    path = this_request().request.path
    if path.startswith("/portal"):
        return "portal"
    return "desk" if path.startswith("/desk") else "buyer"


def _context() -> dict[str, Any]:
    context = request_context()
    if context is None:  # a mail, written by a task
        return {"page_lang": i18n.TAGS[i18n.locale()], "operator": _operator()}
    noted, app, asking = kept(), context.app, context.request
    if noted.get("is_fault"):  # the page about our own fault asks nothing of the database
        return {"viewer": None, "nav": [], "page_lang": i18n.TAGS[i18n.locale()], "operator": None, "request_id": noted.request_id}
    viewer = current_viewer() if asking.endpoint not in UNSEEN else None
    room, theme = area(), asking.cookies.get("theme")
    frame: Frame = app.extensions["frame"](room, viewer)
    return {
        "viewer": viewer,
        "nav": frame.nav,
        "cart_count": frame.cart_count,
        "locale": i18n.locale(),
        "page_lang": i18n.TAGS[i18n.locale()],
        "languages": LANGUAGES,
        "theme": theme if theme in ("light", "dark") else None,
        "operator": _operator(),
        "simulated_payments": app.config["SIMULATED_PAYMENTS"],
        "request_id": noted.request_id,
        "area": room,
        "answers": _answers(context) if asking.method == "POST" else None,
    }


def _answers(context: RequestContext) -> str:
    """Where the history finds the page that answers a form: `here` if its address can be opened, else on the page `before` it."""
    adapter = context.url_adapter
    return "here" if adapter is not None and "GET" in adapter.allowed_methods() else "before"


LANGUAGES = tuple((i18n.TAGS[key], name) for key, name in i18n.LOCALES.items())
"""(tag, own name) of the languages that a page offers."""


def _operator() -> dict[str, str]:
    numbers = policy.current()
    return {"name": numbers.operator_name, "phone": numbers.operator_phone, "hours": numbers.operator_hours}
