"""Long arrays as one parameter in their written form: the driver writes a list one by one, which takes several times as long."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.types import UserDefinedType


class _Written(UserDefinedType[str]):
    """An array that comes as text. The database takes its type from where it stands, and so can still count its members."""

    cache_ok = True

    def __init__(self, member: str) -> None:
        self.member = member

    def get_col_spec(self, **_: Any) -> str:
        """What the database calls it."""
        return f"{self.member}[]"


def written(values: Iterable[str | None]) -> str:
    """A text array in its written form."""
    parts = ["NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
    return "{" + ",".join(parts) + "}"


def texts(name: str | None, values: Iterable[str | None]) -> BindParameter[Any]:
    """A parameter `text[]`."""
    return bindparam(name, written(values), _Written("TEXT"), unique=name is None)


def ids(name: str | None, values: Iterable[UUID]) -> BindParameter[Any]:
    """A parameter `uuid[]`."""
    return bindparam(name, "{" + ",".join([value.hex for value in values]) + "}", _Written("UUID"), unique=name is None)
