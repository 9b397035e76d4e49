"""A vendor of the demo world that has become another kind of company: its change waits for a verifier, and nothing reads otherwise yet."""

from marketplace.accounts.permissions import Permission
from marketplace.core import clock, files
from marketplace.core.files import StoredFile
from marketplace.demo import papers
from marketplace.demo.cast import Cast
from marketplace.demo.world import Calendar, World
from vendors import queries
from vendors import services as vendors
from vendors.changing import Wanted
from vendors.models import ChangeReason

VENDOR, NEW_NAME = "ravnholt", "Ravnholt Bolt Supply A/S"
HELD_DAY, ASKED_DAY = -9, -1
NOTE = "The general meeting has turned us into a stock company. Number, address and owners stay as they are."


def ask_for_new_name(world: World, cast: Cast, calendar: Calendar) -> tuple[StoredFile, bytes]:
    """The vendor asks, with an extract of the register; returns the file's row and its bytes, which the caller stores afterwards."""
    row = next(row for row in world.companies["vendors"] if row["key"] == VENDOR)
    vendor_id = cast.companies[VENDOR]
    facts = {
        "Company": NEW_NAME,
        "Formerly": row["legal_name"],
        "Number": row["tax_ids"][0]["display"],
        "Since": str(calendar.day(HELD_DAY)),
    }
    content = papers.paper("Register extract", "Commercial register", facts)
    with clock.at(calendar.instant(ASKED_DAY)):
        stored = files.record(vendor_id, "register-extract.pdf", content)
        vendors.send_change(
            vendor_id,
            Wanted(**(queries.checked_facts(vendor_id) | {"name": NEW_NAME})),
            reason=ChangeReason.LEGAL_FORM,
            holds_from=calendar.day(HELD_DAY),
            note=NOTE,
            files={"registry": stored.id},
            actor=cast.actor(vendor_id, Permission.SHOP_EDIT),
        )
    return stored, content
