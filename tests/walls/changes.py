"""A change of checked facts that waits: of the side's second vendor, since one waits at a time and the first asks for its own."""

from uuid import UUID

from marketplace.core import clock
from tests.factories.accounts import actor_of, make_member
from tests.walls.side import Side, World
from vendors import queries, services
from vendors.changing import Wanted
from vendors.models import ChangeReason


def make_change(world: World, side: Side) -> None:
    """The new name, the note and the paper are the vendor's and the desk's; the old name stands everywhere until it is confirmed."""
    company = side.companies["covendor"]
    owner = make_member(company, email=f"changes-{side.name}@covendor.example")
    facts = queries.checked_facts(company.id) | {"name": f"Norrvik {world.word(side, 'new name', 'covendor')} AB"}
    change = services.send_change(
        company.id,
        Wanted(**facts),
        reason=ChangeReason.NEW_NAME,
        holds_from=clock.now().date(),
        note=f"Since Monday {world.word(side, 'note of a change', 'covendor')}",
        files={"registry": UUID(side.ids["covendor_certificate"])},
        actor=actor_of(owner, company),
    )
    side.ids["fact_change"] = str(change.id)
