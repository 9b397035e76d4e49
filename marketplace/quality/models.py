"""What this room counts by itself."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.models import Product
from marketplace.core.db import Base


class ProductViewDay(Base):
    """How often the page of a product was opened on a day (UTC), by anybody but its vendor and the platform. No personal data."""

    __tablename__ = "product_view_days"
    __table_args__ = (CheckConstraint("views > 0", name="views"),)

    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]
