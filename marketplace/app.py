"""create_app: wires everything; the only file that knows every room."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import structlog
from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from jinja2 import ChoiceLoader, FileSystemLoader
from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import first_pages
from marketplace.config import ROOT, STRIPE, Settings, SettingsError
from marketplace.core import clock, db, health, large_pages, memory, recent, saved_views
from marketplace.core import web as core_web
from marketplace.core.compiled import KeptTemplates
from marketplace.core.templating import LanguageEnvironment
from marketplace.demo import progress

Doors = Literal["web", "tasks", "cli", "all", "none"]
ROOMS = (
    "marketplace.accounts",
    "vendors",
    "marketplace.catalogue",
    "marketplace.pricing",
    "marketplace.carts",
    "payments",
    "marketplace.orders",
    "reviews",
    "marketplace.quality",
    "search",
    "marketplace.marketing",
    "marketplace.admin",
    "marketplace.demo",
)
DOOR_FILES: dict[str, tuple[str, ...]] = {
    "web": ("views",),
    "tasks": ("tasks",),
    "cli": ("cli",),
    "all": ("views", "tasks", "cli"),
    "none": (),
}
CONNECT_SECONDS, POOL = 5, 8


class Json(DefaultJSONProvider):
    """Answers in JSON, written by a library that takes a tenth of the time of Python's own."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        """The text of plain values, ids and dates. Raises: TypeError for others."""
        return to_json(obj, fallback=self.default).decode()


class Values(ImmutableMultiDict[str, str]):
    """What a request names. Most that a page looks for is not there, which the base finds out by an error with a page about it."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002 - the base's name
        """The first value of a name, or what stands in for it."""
        return super().get(key, default, type) if key in self else default


class AppRequest(Request):
    """Flask's request with `Values`."""

    parameter_storage_class = dict_storage_class = Values


class Application(Flask):
    """Flask without coroutines: it would ask of each of twenty functions of a request whether it is one."""

    json_provider_class = Json
    request_class = AppRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function: none of ours is a coroutine."""
        return func


def has_door(room: str, door: str) -> bool:
    """Whether the room has this door: a file or a folder of the name."""
    place = ROOT.joinpath(*room.split("."), door)
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def create_app(settings: Settings, *, doors: Doors = "web", patience: int = 1) -> Flask:
    """The application with only the doors that the process needs: importing all of them costs seconds. `none`: no room at all.

    `patience`: how many times as long as usual locks, statements and idle transactions may last. A proof on a crowded machine asks
    whether a rule holds, not how soon.
    """
    app = Application("marketplace", root_path=str(ROOT / "marketplace"))
    app.jinja_environment = LanguageEnvironment
    app.config.update(_configuration(settings, is_web=doors in ("web", "all"), patience=patience))
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(str(ROOT / "marketplace" / "templates"))]
        + [FileSystemLoader(str(ROOT.joinpath(*room.split("."), "templates"))) for room in ROOMS]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.home:
        app.jinja_env.bytecode_cache = KeptTemplates(Path(settings.home))
    structlog.configure(processors=LOG_PROCESSORS, cache_logger_on_first_use=True)
    if settings.is_production:
        clock.forbid_shifting()
    db.init_app(app)
    health.init_app(app)
    core_web.init_app(app)
    saved_views.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    if doors in ("web", "all"):
        import_module("marketplace.navigation").init_app(app)
    for door, module in doors_of(doors):
        _open(app, door, module)
    memory.look_seldom()
    return app


def doors_of(doors: Doors) -> Iterator[tuple[str, ModuleType]]:
    """(kind, module) of every door: importing them takes longer than all else at a start, so each process takes those that it needs."""
    for door in DOOR_FILES[doors]:
        for room in ROOMS:
            if has_door(room, door):
                yield door, import_module(f"{room}.{door}")


def _configuration(settings: Settings, *, is_web: bool, patience: int) -> dict[str, Any]:
    secure = settings.base_url.startswith("https://")
    seconds = (15 if is_web else 120) * patience
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.environment == "test",
        "DEVELOPMENT": settings.environment == "development",
        "PRODUCTION": settings.is_production,
        "BASE_URL": settings.base_url,
        "SMTP_URL": settings.smtp_url,
        "OBJECT_STORE_URL": settings.object_store_url,
        "SIMULATED_PAYMENTS": settings.stripe_api_base != STRIPE,
        "SETTINGS": settings,
        "SESSION_COOKIE_NAME": "__Host-millgate" if secure else "millgate",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 8 * 1024 * 1024,
        "MAX_FORM_PARTS": 10_000,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the session
        "WTF_CSRF_CHECK_DEFAULT": False,  # `core/web.py` asks for it
        "STATEMENT_SECONDS": seconds,
        "SQLALCHEMY_DATABASE_URI": settings.database_url if is_web else settings.jobs_database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": POOL,
            "max_overflow": 4,
            "pool_timeout": 10 * patience,
            "json_deserializer": from_json,
            "connect_args": {
                "connect_timeout": CONNECT_SECONDS,
                # Jobs and the indexer compute inside their transactions; a page never may for long.
                "options": f"-c timezone=UTC -c lock_timeout={10 * patience}s "
                f"-c statement_timeout={seconds}s "
                f"-c idle_in_transaction_session_timeout={(5 if is_web else 60) * patience}s",
            },
        },
    }


def _open(app: Flask, door: str, module: ModuleType) -> None:
    if door == "views":
        for blueprint in module.blueprints:
            app.register_blueprint(blueprint)
    elif door == "cli":
        app.cli.add_command(module.group)
        for command in getattr(module, "commands", ()):
            app.cli.add_command(command)


def _log_line(event: Any, **_options: Any) -> str:
    try:
        return to_json(event, fallback=repr).decode()
    except PydanticSerializationError:  # half a character that somebody has sent
        return json.dumps(event, default=repr)


LOG_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(_log_line),
]


def refuse_demo(app: Flask) -> None:
    """Real companies never stand beside people with a known password (robustness.md 17). Raises: SettingsError.

    While the database is away nobody can log in, and the pages that need it say so: that refuses no start.
    """
    with app.app_context():
        try:
            is_seeded = progress.is_seeded()
        except OperationalError:
            return
        finally:
            db.db.session.remove()
    if is_seeded:
        raise SettingsError("the database holds the demo, whose password is public: production needs a database of its own")


def web() -> Flask:
    """What the web server is pointed at: `granian --interface wsgi --factory marketplace.app:web`."""
    settings = Settings.from_env()
    app = create_app(settings, doors="web")
    if settings.is_production:
        refuse_demo(app)
    first_pages.make(app)
    memory.keep_what_stands()
    large_pages.keep_gathering()
    recent.keep_asking(app)
    return app
