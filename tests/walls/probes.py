"""The probes of the tenant matrix: the owner's control, the stranger at the address, the smuggled id, the smuggled field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from marketplace.accounts.permissions import UNCONFIRMED
from marketplace.core.db import db
from tests.walls.case import Case, Ref
from tests.walls.effects import effect_of
from tests.walls.house import Answer, House, address, filled, unused
from tests.walls.people import VISITOR, Principal
from tests.walls.rows import Key, differences, last_write, rows, stamps, written_tables, wrote
from tests.walls.side import STAFF, Side, World

OWN = ("owner", "buyer", "viewer", "vendor", "quality", "covendor", "applicant", "former")
OTHERS = ("owner", "viewer", "vendor")
FEW_OWN, FEW_OTHERS = ("viewer", "vendor", "covendor", "former"), ("owner", "vendor")
"""Where the address names nothing: one of each kind is enough."""
FEW_STAFF = ("staff.admin", "staff.support")
ASKS_THE_PROVIDER = {"payments.return_from_provider", "payments.return_from_onboarding"}
"""Pages that write down what the provider says; they are reached by its redirect."""
EXTRA: dict[str, Ref | str] = {
    "company_id": Ref("buyer_company"),
    "buyer_id": Ref("buyer_company"),
    "vendor_id": Ref("vendor_company"),
    "person_id": Ref("owner_person"),
    "actor_id": Ref("owner_person"),
    "placed_by": Ref("owner_person"),
    "user_id": Ref("owner_person"),
    "id": Ref("location"),
    "file_id": Ref("vendor_extract"),
    "payment_id": Ref("delivered_payment"),
    "order": Ref("delivered_order"),
    "number": Ref("delivered_order"),
    "product_id": Ref("live_product"),
    "method_id": Ref("shipping1"),
    "state": "approved",
    "level": "4",
    "is_operator": "1",
    "is_staff": "1",
    "is_vendor": "1",
    "is_confirmed": "1",
    "role": "platform_admin",
    "permissions": "ledger.view",
    "unit_price_micro": "1",
    "goods_minor": "1",
    "amount_minor": "1",
    "commission_bp": "0",
    "tax_minor": "0",
    "exposure_cap_minor": "999999999",
    "verified": "1",
    "label": "verified_order",
    "written_at": "2020-01-01T00:00:00+00:00",
}
"""What a form never asks for; `label` and the like are left out where a form does."""


@dataclass
class Tally:
    """How many probes were made, of which kind, and what they found."""

    made: Counter[str] = field(default_factory=Counter)
    cases: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.made.values())


@dataclass
class Probes:
    """Makes the probes of a case; what is wrong comes back in words."""

    world: World
    house: House
    tally: Tally = field(default_factory=Tally)
    _still: dict[Key, str] | None = None
    _stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    _last_write: int = 0
    every: int = 1
    """Every which stranger asks; they take turns from case to case and side to side, so that each kind meets every room."""
    _turn: int = 0
    _refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sides(self) -> Iterator[tuple[Side, Side]]:
        """Both directions: a rule that only holds for the company that came first is none."""
        yield self.world.sides["a"], self.world.sides["b"]
        yield self.world.sides["b"], self.world.sides["a"]

    def owner_of(self, case: Case, side: Side) -> Principal:
        """Whose control it is."""
        return self.world.principal(side, case.owner)

    def ask(self, case: Case, side: Side, who: Principal, **changes: Any) -> Answer:
        """The case as it is for a side, asked by somebody. `at`, `body`, `query` and `method` can be changed."""
        at = {name: str(value) for name, value in (filled(case.at, side) | changes.get("at", {})).items()}
        return self.house.send(
            who,
            changes.get("method", case.method),
            address(self.world.app, case, at),
            query=filled(case.query, side) | changes.get("query", {}),
            body=filled(case.body, side) | changes.get("body", {}),
        )

    def leaks(self, answer: Answer, who: Principal, *asked: str) -> list[str]:
        """Private words of others in an answer, besides those in the address that was `asked`. Staff see every company at their desk."""
        if who.company == "staff":
            return []
        said = f"{answer.text} {answer.headers}"
        for word in asked:
            said = said.replace(word, "")
        return [f"{who.name} reads {found}" for found in self.world.marks.leaks(said, who.company)]

    def _since(self, connection: Connection) -> list[Key]:
        """The rows that differ from how everything stood, inside `undone`."""
        return differences(*self._written(connection))

    def _written(self, connection: Connection) -> tuple[dict[Key, str], dict[Key, str]]:
        """The rows before and now of the tables that were written, inside `undone`."""
        still = self.still()
        if not wrote(connection):
            return {}, {}
        tables = written_tables(connection)
        return {key: row for key, row in still.items() if key[0] in tables}, rows(connection, tables)

    def control(self, case: Case, side: Side) -> list[str]:
        """The owner succeeds at the same address with the same body, and a write writes (decisions.md 42)."""
        who = self.owner_of(case, side)
        with self.house.undone() as connection:
            answer = self.ask(case, side, who)
            touched = self._since(connection)
        found = self.leaks(answer, who) if case.strangers != "bearer" else []
        if case.strangers != "served" and "no-store" not in answer.headers.get("Cache-Control", ""):
            found.append(f"{who.name} got a page that may be kept: {answer.headers.get('Cache-Control')}")
        if not answer.is_done:
            found.append(f"control: {who.name} got {describe(answer)}")
        elif case.method == "POST" and case.writes and not touched:
            found.append(f"control: {who.name} changed nothing, so its refusals prove nothing")
        return found + (self._looked_at(case, side, answer, touched) if case.method == "GET" else [])

    def _looked_at(self, case: Case, side: Side, answer: Answer, touched: list[Key]) -> list[str]:
        """GET and HEAD of a page answer alike and change nothing: programs that open links of mails must not act (RFC 9110 §9.2.1)."""
        who, found = self.owner_of(case, side), []
        self.tally.made["look"] += 2
        with self.house.undone() as connection:
            head = self.ask(case, side, who, method="HEAD")
            touched = touched + self._since(connection)
        if touched and case.endpoint not in ASKS_THE_PROVIDER:
            found.append(f"{who.name} changed {touched[:3]} by looking")
        if (answer.status, answer.location) != (head.status, head.location):
            found.append(f"GET got {describe(answer)}, HEAD {describe(head)}")
        return found + ["HEAD has a body"] * bool(head.text)

    def strangers(self, case: Case, side: Side) -> Iterator[Principal]:
        """Everybody who is not the owner, nor a colleague with the same right."""
        owner = self.owner_of(case, side)
        other = self.world.other(side)
        asked = self.permissions(case)
        is_short = self._is_open(case) or side.name == "b"  # the other direction finds rules that hold for the first company only
        own, others = (FEW_OWN, FEW_OTHERS) if is_short else (OWN, OTHERS)
        staff = STAFF if case.owner in STAFF else FEW_STAFF
        names = [side.key(name) for name in own] + [other.key(name) for name in others] + [VISITOR, *staff]
        if side.name == "b" and case.strangers == "served":
            names = [other.key("owner")]  # the page is the same for both sides
        self._turn += 1
        for name in names[self._turn % self.every :: self.every]:
            who = self.world.people[name]
            is_colleague = who.company == owner.company and who.can(asked) and not case.personal
            is_kin = any(name in (side.key(kin), kin) or who.company == kin for kin in case.kin)
            if who is not owner and not is_colleague and not is_kin:
                yield who

    def permissions(self, case: Case) -> tuple[str, ...]:
        """What the route asks for."""
        view = self.world.app.view_functions[case.endpoint]
        return tuple(str(permission) for permission in getattr(view, "permissions", ()))

    def stranger(self, case: Case, side: Side, who: Principal) -> list[str]:
        """Somebody else at the owner's address: refused by the rule, or served with nothing of the side's."""
        asked = self.permissions(case)
        self.tally.made["stranger"] += 1
        if case.strangers != "hidden" and "public" not in asked and not who.can(asked):
            return self._refused(case, side, who, wanted="log in" if not who.is_alive else "403")
        if self._is_open(case):
            return self._own_page(case, side, who)
        return self._refused(case, side, who, wanted="404")

    def _is_open(self, case: Case) -> bool:
        """Whether the address is everybody's own: it names no thing of a side."""
        return case.strangers == "served" or (case.strangers == "by_rule" and not case.ids and not self._query_ids(case))

    def _query_ids(self, case: Case) -> list[str]:
        return [name for name, value in case.query.items() if isinstance(value, Ref) and not value.own]

    def _own_page(self, case: Case, side: Side, who: Principal) -> list[str]:
        """The address is everybody's own: whatever it does, nothing of the side changes and nothing of it is seen."""
        with self.house.undone() as connection:
            answer = self.ask(case, side, who)
            touched = self._since(connection)
        found = self.leaks(answer, who)
        if answer.status >= 500:
            found.append(f"{who.name} got {describe(answer)}")
        mine = set() if who.side != side.name else set(touched)  # a colleague without scope of his own may change his company
        return found + [f"{who.name} changed {key} of {side.name}" for key in touched if key in side.rows and key not in mine]

    def _refused(self, case: Case, side: Side, who: Principal, *, wanted: str) -> list[str]:
        answer = self.ask(case, side, who)
        found = self.leaks(answer, who, *(str(filled(case.at, side)[name]) for name in case.ids))
        got = "log in" if answer.is_log_in else str(answer.status)
        if got != wanted:
            found.append(f"{who.name} got {describe(answer)}, not {wanted}")
        if case.method == "POST":
            found += self.unchanged(who)
        elif wanted == "404":
            self.tally.made["head"] += 1
            head = self.ask(case, side, who, method="HEAD")
            if head.status != answer.status or head.text:
                found.append(f"{who.name} got {describe(head)} for HEAD")
        if wanted == "404" and not found:
            # Who asks hardly matters here: every third stranger of a case and side asks for an id that nothing has, too.
            self._refusals[case.name, side.name] += 1
            if self._refusals[case.name, side.name] % 3 == 1:
                self.tally.made["unused id"] += 1
                found += self._like_unused(case, side, who, answer)
        return found

    def unchanged(self, who: Principal) -> list[str]:
        """After a refused write every row is as before, in what is really committed."""
        before = self.still()
        with db.engine.connect() as connection:
            latest = last_write(connection)
            if latest == self._last_write:
                return []
            self._last_write = latest
            if stamps(connection) == self._stamps:
                return []
            self._stamps, self._still = stamps(connection), rows(connection)
        return [f"{who.name} changed {key}" for key in differences(before, self._still)]

    def still(self) -> dict[Key, str]:
        """Every row as it stood before the next refused write."""
        if self._still is None:
            with db._app_engines[self.world.app][None].connect() as connection:
                self._last_write = last_write(connection)
                self._stamps, self._still = stamps(connection), rows(connection)
        return self._still

    def _like_unused(self, case: Case, side: Side, who: Principal, answer: Answer) -> list[str]:
        """A stranger's id answers exactly like an id that nothing has."""
        at = filled(case.at, side)
        query = filled(case.query, side)
        ids = {str(at[name]) for name in case.ids} | {str(query[name]) for name in self._query_ids(case)}
        other_at = {name: unused(str(at[name])) for name in case.ids}
        other_query = {name: unused(str(query[name])) for name in self._query_ids(case)}
        twin = self.ask(case, side, who, at=other_at, query=other_query)
        if answer.like(*ids) != twin.like(*other_at.values(), *other_query.values()):
            return [f"{who.name} can tell a stranger's id ({describe(answer)}) from an unused one ({describe(twin)})"]
        return []

    def smuggled(self, case: Case, side: Side) -> list[str]:
        """The owner sends the other side's ids in a body or query: refused like an unused id, and nothing happens."""
        found = []
        for where in ("body", "query"):
            values: Mapping[str, Any] = getattr(case, where)
            for name, value in values.items():
                if isinstance(value, Ref) and not value.own:
                    found += self._swap(case, side, where, name, value)
        if case.bulk:
            found += self._mixed(case, side)
        return found

    def _swap(self, case: Case, side: Side, where: str, name: str, ref: Ref) -> list[str]:
        self.tally.made["smuggled id"] += 1
        who, foreign = self.owner_of(case, side), self.world.other(side).ids[ref.name]
        none = unused(foreign)
        with self.house.undone() as connection:
            answer = self.ask(case, side, who, **{where: {name: foreign}})
            touched = self._since(connection)
        with self.house.undone():
            twin = self.ask(case, side, who, **{where: {name: none}})
        return self._judge_smuggled(f"{name} of the other side", who, answer, twin, touched, (foreign, none))

    def _mixed(self, case: Case, side: Side) -> list[str]:
        """A list with an own and a foreign row: all of it is refused."""
        self.tally.made["mixed list"] += 1
        who, foreign = self.owner_of(case, side), filled(case.bulk, self.world.other(side))
        refs = [name for name, value in case.bulk.items() if isinstance(value, Ref)]
        none = {name: unused(str(foreign[name])) for name in refs}
        with self.house.undone() as connection:
            answer = self.ask(case, side, who, body=foreign)
            touched = self._since(connection)
        with self.house.undone():
            twin = self.ask(case, side, who, body=foreign | none)
        return self._judge_smuggled("a mixed list", who, answer, twin, touched, (*(str(foreign[name]) for name in refs), *none.values()))

    def _judge_smuggled(
        self, what: str, who: Principal, answer: Answer, twin: Answer, touched: list[Key], ids: tuple[str, ...]
    ) -> list[str]:
        found = self.leaks(answer, who)
        if answer.status not in (403, 404, 409, 422):
            found.append(f"{who.name} with {what} got {describe(answer)}")
        if touched:
            found.append(f"{who.name} with {what} changed {touched[:4]}")
        if answer.like(*ids) != twin.like(*ids):
            found.append(f"{who.name} can tell {what} ({describe(answer)}) from an unused id ({describe(twin)})")
        return found

    def nested(self, case: Case, side: Side) -> list[str]:
        """An own parent with the other side's child, and the other way round: nothing of either."""
        who, own, foreign = self.owner_of(case, side), filled(case.at, side), filled(case.at, self.world.other(side))
        found = []
        for name in case.ids if len(case.ids) > 1 else ():
            self.tally.made["nested id"] += 1
            answer = self.ask(case, side, who, at={name: foreign[name]})
            if answer.status != 404:
                found.append(f"{who.name} with the other side's {name} beside {own} got {describe(answer)}")
            found += self.leaks(answer, who) + self.unchanged(who)
        return found

    def same_token(self, case: Case, side: Side) -> list[str]:
        """A form's one-time token is its sender's own: the same one from the other side is another act."""
        self.tally.made["same token"] += 1
        other = self.world.other(side)
        first, second = self.owner_of(case, side), self.owner_of(case, other)
        _, usual = self._effect(case, other, second, {"_once": "a token of its own"})
        with self.house.undone() as connection:
            self.ask(case, side, first, body={"_once": "one and the same"})
            tables = written_tables(connection)
            between = rows(connection, tables)
            answer = self.ask(case, other, second, body={"_once": "one and the same"})
            before, after = self._written(connection)
            effect = effect_of({key: row for key, row in before.items() if key[0] not in tables} | between, after)
        found = self.leaks(answer, second)
        lost = [row for row in usual - effect if row[0] != "items"]  # both offer the same thing, which is one item
        if not answer.is_done or lost:
            found.append(f"{second.name} got {describe(answer)} for a token that {first.name} had used; lost {lost[:2]}")
        return found

    def unconfirmed(self, case: Case, side: Side) -> list[str]:
        """Somebody whose address is not confirmed sees and does only what waits for nothing (product.md §2)."""
        who = self.world.people[side.key("unconfirmed")]
        if set(self.permissions(case)) & {"public", "signed_in", *UNCONFIRMED}:
            return []
        self.tally.made["unconfirmed"] += 1
        answer = self.ask(case, side, who)
        wanted = answer.status == 403 if case.method == "POST" else answer.location == "/confirm-address"
        found = [] if wanted else [f"{who.name} got {describe(answer)}"]
        return found + self.unchanged(who)

    def extra_fields(self, case: Case, side: Side) -> list[str]:
        """Fields that a form does not ask for change nothing of what it does, whatever company, price or state they name."""
        self.tally.made["smuggled fields"] += 1
        who, other = self.owner_of(case, side), self.world.other(side)
        extra = {name: value for name, value in filled(EXTRA, other).items() if name not in case.body and name not in case.at}
        usual, usual_rows = self._effect(case, side, who, {})
        answer, effect = self._effect(case, side, who, extra)
        told = self.leaks(usual, who) if case.strangers == "bearer" else []  # what the link itself lets its bearer read
        found = [line for line in self.leaks(answer, who) if line not in told]
        if answer.status != usual.status:
            found.append(f"{who.name} with more fields got {describe(answer)}, without {describe(usual)}")
        if effect != usual_rows:
            more, less = effect - usual_rows, usual_rows - effect
            found.append(f"{who.name} did something else with more fields: {list(more)[:3]} instead of {list(less)[:3]}")
        return found

    def _effect(self, case: Case, side: Side, who: Principal, extra: Mapping[str, Any]) -> tuple[Answer, Counter[tuple[str, str]]]:
        """What an act changed, without what differs each time."""
        with self.house.undone() as connection:
            answer = self.ask(case, side, who, body=dict(extra))
            before, after = self._written(connection)
        return answer, effect_of(before, after)


def describe(answer: Answer) -> str:
    """Status, where to, and the fault behind a 500."""
    if answer.fault is not None:
        return f"500 ({type(answer.fault).__name__}: {str(answer.fault)[:300]})"
    return f"{answer.status}{' to ' + answer.location if answer.location else ''}"
