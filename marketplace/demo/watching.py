"""What the demo's buyer watches: two vendors and a category, a saved search, and a request that nobody here can meet yet."""

from decimal import Decimal

from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.models import Category
from marketplace.core.db import db
from marketplace.demo.cast import Cast
from search.watching import follows, searches, wishes
from search.watching.models import Alert, FollowKind
from search.watching.schemas import SaveSearchInput, WishInput

BUYER, COUNTRY = "halden", "SE"
VENDORS = ("norrvik", "qianzhu")
CATEGORY = "fasteners"
SEARCH = SaveSearchInput(name="Hex bolts M8, in stock", query="q=hex+bolt+m8&stock=1", alert=Alert.NEVER)
WISH = WishInput(
    words="Hex bolt M8 × 40, titanium grade 5",
    quantity=Decimal(2_000),
    unit="pcs",
    note="For a bogie trial: weight matters more than price. With a 3.1 certificate.",
)


def seed_watching(cast: Cast) -> None:
    """Write it through the services that the pages use. What the buyer follows must be there already."""
    actor = cast.actor(cast.companies[BUYER], Permission.CART_EDIT)
    keys = searches.keys_of(cast.companies[BUYER], COUNTRY)
    for key in VENDORS:
        follows.follow(FollowKind.VENDOR, cast.companies[key], keys=keys, actor=actor)
    category_id = db.session.scalars(select(Category.id).where(Category.slug == CATEGORY)).one()
    follows.follow(FollowKind.CATEGORY, category_id, keys=keys, actor=actor)
    query = searches.canonical(SEARCH.query, ship_to=COUNTRY, quantity="")
    searches.save_search(SEARCH, query=query, found=(), actor=actor)
    wishes.make_wish(WISH, actor=actor)
