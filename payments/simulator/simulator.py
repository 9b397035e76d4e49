"""What every endpoint works with: the file, the clock, the checks, and the request at hand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.simulator.clock import Clock
from payments.simulator.errors import StripeError, missing
from payments.simulator.store import Body, Row, Store, new_id
from payments.simulator.validation import Validation

PLATFORM = ""
DAY = 86_400


@dataclass(frozen=True)
class Settings:
    """The command line."""

    secret_key: str
    webhook_secret: str
    webhook_url: str
    public_url: str
    currency: str


@dataclass
class Simulator:
    """One running simulator."""

    settings: Settings
    store: Store
    clock: Clock
    validation: Validation
    # Set when an event is due for delivery or the clock was moved, so that the worker looks at once.
    wake: threading.Event = field(default_factory=threading.Event)

    def blank(self, name: str, prefix: str, **fields: Any) -> Body:
        """A new object of the text with an id, its creation time where it has one, and the given fields."""
        body = self.validation.blank(name)
        body["id"] = new_id(prefix)
        if "created" in body:
            body["created"] = self.clock.now()
        return {**body, **fields}

    def add(self, kind: str, body: Body, *, account: str = PLATFORM, hidden: Body | None = None) -> Row:
        """Store a new object."""
        return self.store.add(Row(body["id"], kind, account, self.clock.now(), body, hidden or {}))

    def get(self, kind: str, object_id: str, *, account: str = PLATFORM, param: str = "id") -> Row:
        """The object named in the address, or Stripe's 404."""
        row = self.store.find(object_id, kind, account=account)
        if row is None:
            raise missing(kind, object_id, param)
        return row

    def violation(self, what: str, where: str, problems: list[dict[str, Any]]) -> None:
        """Remember that a request or an answer is not what the text allows. Call inside an act."""
        shown = [{key: value for key, value in problem.items() if key != "value"} for problem in problems[:10]]
        count = self.store.sql("SELECT COUNT(*) FROM violations")[0][0]
        if count < _VIOLATIONS_KEPT:
            self.store.add_violation(self.clock.now(), {"what": what, "where": where, "problems": shown})


_VIOLATIONS_KEPT = 1_000


@dataclass
class Call:
    """One request to an endpoint, already authorised and checked against the text."""

    simulator: Simulator
    operation: str
    path: dict[str, str]
    params: Body
    account: str
    request_id: str
    idempotency_key: str | None

    @property
    def reason(self) -> Body:
        """What events say about the request that caused them."""
        return {"id": self.request_id, "idempotency_key": self.idempotency_key}


Handler = Callable[[Call], Body]


@dataclass(frozen=True)
class Route:
    """An endpoint: who answers, and which parameters of the text mean something here.

    A parameter that the text knows and `takes` does not name is refused, so that nothing is silently ignored. `takes` holds dotted
    names; one stands for everything below it.
    """

    handler: Handler
    takes: frozenset[str] = frozenset()

    def ignored(self, names: list[str]) -> list[str]:
        """Which of the dotted names would have no effect."""
        return [name for name in names if not any(name == each or name.startswith(f"{each}.") for each in self.takes | _EVERYWHERE)]


_EVERYWHERE = frozenset(("expand", "include"))
LISTS = ("limit", "starting_after", "ending_before")


def route(handler: Handler, *takes: str) -> Route:
    """Short for a `Route`."""
    return Route(handler, frozenset(takes))


def listing(call: Call, kind: str, url: str, *, account: str | None = None, **where: Any) -> Body:
    """A v1 list, newest first, by cursor. `where` keeps only the filters that were given (None is left out)."""
    simulator, params = call.simulator, call.params
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeError(400, f"Invalid limit: {limit} (must be between 1 and 100)", code="parameter_invalid_integer", param="limit")
    edges = []
    for name in ("starting_after", "ending_before"):
        edge = simulator.store.find(params[name], kind) if name in params else None
        if name in params and edge is None:
            raise missing(kind, params[name], name, status=400)
        edges.append(edge)
    created = params.get("created", {})
    created = created if isinstance(created, dict) else {"gte": created, "lte": created}
    rows, more = simulator.store.page(
        kind,
        call.account if account is None else account,
        where={name: value for name, value in where.items() if value is not None},
        created=created,
        limit=limit,
        after=edges[0],
        before=edges[1],
    )
    return {"object": "list", "url": url, "has_more": more, "data": [row.body for row in rows]}
