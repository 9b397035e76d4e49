"""Who asks: principals of a world, each with the signed cookie of an open session and what its roles carry."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import permissions_of
from tests.factories.accounts import make_member, make_session

VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody at a browser. `company` is a reader of `Marks`; without a session, or with a dead one, nobody is signed in."""

    name: str
    company: str
    cookie: str
    permissions: frozenset[str]
    is_alive: bool = True
    person: Person | None = None

    @property
    def side(self) -> str:
        """`a`, `b`, `staff` or `visitor`."""
        return self.name.partition(".")[0]

    def can(self, asked: Iterable[str]) -> bool:
        """Whether a route that asks for any of these lets this one in."""
        return self.is_alive and ("signed_in" in asked or bool(self.permissions & set(asked)))


NOBODY = Principal(VISITOR, VISITOR, "", frozenset(), is_alive=False)


def cookie_of(app: Flask, token: str) -> str:
    """The header with which a browser shows this session."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'_user_id': token, '_fresh': True})}"


def enter(
    app: Flask, name: str, company: Company, key: str, roles: Iterable[str], *, email: str, person_name: str, is_confirmed: bool = True
) -> Principal:
    """A new member with an open session; `key` is the company as `Marks` knows it."""
    person = make_member(company, roles, email=email, name=person_name, is_confirmed=is_confirmed)
    token = make_session(person, company)
    return Principal(name, key, cookie_of(app, token), permissions_of(frozenset(str(role) for role in roles)), person=person)
