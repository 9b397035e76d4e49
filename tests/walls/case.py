"""What a probe of a route needs: an address with ids of one side, and a body with which its owner succeeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Strangers = Literal["by_rule", "served", "hidden", "bearer"]
"""What a stranger gets: by what the route asks for, the same as everybody, nothing though the route is public, what the link gives."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of a thing of the side. In a body the other side's is smuggled in its place, unless it is `own`: no id, or everybody's."""

    name: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent with a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Case:
    """One route and method, with what makes it work for its owner.

    `owner` is a principal of the side (`owner`, `vendor`…) or of the platform (`staff.finance`). `at` fills the address, `body` and
    `query` what is sent; `bulk` are further fields that mix rows of the other side into a list. `personal`: colleagues are strangers.
    `writes`: the owner's control must change rows, else it proves nothing.
    """

    endpoint: str
    method: str = "GET"
    owner: str = "owner"
    at: Mapping[str, Ref | str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    bulk: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    strangers: Strangers = "by_rule"
    kin: tuple[str, ...] = ()
    personal: bool = False
    writes: bool = True

    @property
    def ids(self) -> tuple[str, ...]:
        """The arguments of the rule that name a thing of the side."""
        return tuple(name for name, value in self.at.items() if isinstance(value, Ref))

    @property
    def name(self) -> str:
        """How a test calls it."""
        return f"{self.method} {self.endpoint}{' ' + self.label if self.label else ''}"
