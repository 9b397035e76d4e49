"""What one side of the world is: its ids by name, its principals, and the rows that were made for it."""

from dataclasses import dataclass, field

from flask import Flask

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role, permissions_of
from tests.factories.accounts import make_company, make_operator, make_session
from tests.walls.marks import Marks
from tests.walls.people import NOBODY, VISITOR, Principal, cookie_of, enter
from tests.walls.rows import Key

STAFF = {
    "staff.admin": Role.PLATFORM_ADMIN,
    "staff.verifier": Role.PLATFORM_VERIFIER,
    "staff.finance": Role.PLATFORM_FINANCE,
    "staff.support": Role.PLATFORM_SUPPORT,
}


@dataclass
class Side:
    """One of the two: a buyer and its vendors, with something of every kind, in every useful state."""

    name: str
    ids: dict[str, str] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    rows: frozenset[Key] = frozenset()

    def key(self, company: str) -> str:
        """A company of this side as `Marks` knows it."""
        return f"{self.name}.{company}"


@dataclass
class World:
    """Both sides, the platform's staff and a visitor."""

    app: Flask
    marks: Marks = field(default_factory=Marks)
    sides: dict[str, Side] = field(default_factory=dict)
    people: dict[str, Principal] = field(default_factory=lambda: {VISITOR: NOBODY})

    def other(self, side: Side) -> Side:
        """The other side."""
        return self.sides["b" if side.name == "a" else "a"]

    def principal(self, side: Side, name: str) -> Principal:
        """`owner` of a side, or `staff.finance` of the platform, or the visitor."""
        return self.people[name if name in self.people else side.key(name)]

    def word(self, side: Side, meaning: str, *companies: str) -> str:
        """A private word of this side; its readers are companies of the side, or `all`."""
        readers = [company if company in ("all", "registered") else side.key(company) for company in companies]
        return self.marks.plant(f"{side.name} {meaning}", *readers)


def make_staff(world: World) -> None:
    """The platform's company and one of its people for each kind."""
    for name, role in STAFF.items():
        company, person = make_operator([role], name=f"Staff {name.partition('.')[2]}")
        token = make_session(person, company)
        world.people[name] = Principal(name, "staff", cookie_of(world.app, token), permissions_of(frozenset({role.value})), person=person)


def make_side_company(world: World, side: Side, key: str, *, sells: bool, buys: bool = True) -> Company:
    """A company whose private texts are marked. A vendor's name and contact are public, a buyer's are not."""
    name = world.word(side, f"{key} name", "all") if sells else world.word(side, f"{key} name", "buyer", "vendor", "covendor")
    company = make_company(
        name=f"Firm {name}",
        is_buyer=buys,
        is_vendor=sells,
        with_location=False,
        email=f"{world.word(side, f'{key} company mail', *(['all'] if sells else [key]))}@firm.example",
    )
    side.companies[key] = company
    side.ids[f"{key}_company"] = str(company.id)
    return company


def add_person(world: World, side: Side, name: str, company: str, roles: list[Role], *, is_confirmed: bool = True) -> Principal:
    """A principal of a side; its e-mail address is its company's business alone."""
    mail = world.word(side, f"{name} mail", company)
    world.people[side.key(name)] = enter(
        world.app,
        side.key(name),
        side.companies[company],
        side.key(company),
        roles,
        email=f"{mail}@people.example",
        person_name=f"Person {world.word(side, f'{name} name', 'buyer', 'vendor', 'covendor', 'applicant', 'suspended')}",
        is_confirmed=is_confirmed,
    )
    return world.people[side.key(name)]
