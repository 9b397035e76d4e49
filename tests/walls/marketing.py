"""A sponsored place of each side's product."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.marketing import services
from marketplace.marketing.models import SponsoredDay
from tests.walls.side import Side


def make_marketing(side: Side) -> None:
    """A place that runs today."""
    today = clock.now().date()
    product_id = UUID(side.ids["live_product"])
    place_id = services.add_place(
        product_id, words=f"wallplace {side.name}", category_id=None, from_on=today, until_on=today + timedelta(days=30),
        click_price=Decimal("0.5"), monthly_cap=Decimal(50), actor=SYSTEM,
    )  # fmt: skip
    db.session.flush()  # the id is written down
    day = SponsoredDay(place_id=place_id, day=today, vendor_id=UUID(side.ids["vendor_company"]), clicks=1, cost_minor=50)
    db.session.add(day)
    side.ids |= {"sponsored_place": str(place_id)}
