"""What a buyer watches: a wish, a saved search with mails, and follows."""

from uuid import UUID

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from search.watching import wishes
from search.watching.alerts import stop_token
from search.watching.models import Alert, Follow, FollowKind, SavedSearch
from search.watching.schemas import WishInput
from tests.factories.accounts import actor_of
from tests.walls.side import Side, World


def make_watching(world: World, side: Side) -> None:
    """One of each, of the side's owner."""
    owner, company = world.principal(side, "owner").person, side.companies["buyer"]
    assert owner is not None
    asked = WishInput(words=world.word(side, "wished words", "buyer"), note=world.word(side, "wish note", "buyer"))
    wish = wishes.make_wish(asked, actor=actor_of(owner, company))
    now = clock.now()
    own = {"company_id": company.id, "person_id": owner.id, "created_at": now}
    saved = SavedSearch(
        id=new_id(), name=world.word(side, "saved search", "buyer"), query="q=bolt", category=None, alert=Alert.DAILY, known=[], told=[],
        opened_at=now, looked_at=now, **own,
    )  # fmt: skip
    db.session.add(saved)
    for kind, name in ((FollowKind.VENDOR, "vendor_company"), (FollowKind.PRODUCT, "live_product")):
        db.session.add(Follow(id=new_id(), kind=kind, subject_id=UUID(side.ids[name]), **own))
    db.session.flush()  # the ids are written down
    side.ids |= {"wish": str(wish.id), "wish_seen": wishes.mark_of(wish), "saved_search": str(saved.id), "stop_token": stop_token(saved.id)}
