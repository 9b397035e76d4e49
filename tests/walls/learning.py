"""Synonyms and pins of the desk, and a search whose words staff alone may read."""

from uuid import UUID

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from search.learning import rules, services
from search.learning.changes import changes_of
from search.learning.models import SynonymKind, SynonymLanguage
from search.learning.trails import Answered
from search.learning.wishes import PinWish, SynonymWish, digest, pin_snapshot, synonym_snapshot
from tests.walls.side import Side, World


def make_learning(world: World, side: Side) -> None:
    """A synonym, a pin and a change that can be taken back; a search that somebody made."""
    word, variant_id = f"wallword{side.name}", UUID(side.ids["live_variant"])
    names = (f"{word}one", f"{word}two")
    wishes = [SynonymWish(SynonymKind.BOTH, SynonymLanguage.ENGLISH, (name, "flange nut"), True) for name in names]
    synonym_id, other_id = (services.set_synonym(None, wish, seen="", actor=SYSTEM) for wish in wishes)
    pin_id = services.set_pin(None, PinWish(f"{word} pinned", (variant_id,), True), seen="", actor=SYSTEM)
    db.session.flush()  # the ids are written down
    asked = world.word(side, "searched words")
    search_id, vendor_id = new_id(), UUID(side.ids["vendor_company"])
    services.add_searches(
        [
            Answered(
                id=search_id, asked_at=clock.now(), key=asked.lower(), words=asked, category="", filters={}, sort="relevance", page=1, found=1,
                took_ms=5, correction="", is_relaxed=False, language="en", company_mark="", first_position=1, variants=[variant_id],
                versions=[1], vendors=[vendor_id], matches={str(vendor_id): 1},
            )
        ]
    )  # fmt: skip
    side.ids |= {
        "synonym": str(synonym_id),
        "synonym_seen": digest(synonym_snapshot(rules.synonym_by_id(synonym_id))),
        "pin": str(pin_id),
        "pin_seen": digest(pin_snapshot(rules.pin_by_id(pin_id))),
        "rule_change": str(db.session.scalars(changes_of(other_id)).one().id),
        "search": str(search_id),
    }
