"""Price sponsored places: what a click costs, the most of a month, and what was clicked day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"


def upgrade() -> None:
    """Places that are there already go on without a price, in the currency of their vendor."""
    for name in ("click_price_minor", "monthly_cap_minor", "spent_minor"):
        op.add_column("sponsored_places", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("sponsored_places", name, server_default=None)
    op.add_column("sponsored_places", sa.Column("currency", sa.Text(), nullable=True))
    op.execute("UPDATE sponsored_places SET currency = vendors.currency FROM vendors WHERE vendors.id = sponsored_places.vendor_id")
    op.alter_column("sponsored_places", "currency", nullable=False)
    op.add_column("sponsored_places", sa.Column("spent_month", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sponsored_places_price"), "sponsored_places", "click_price_minor >= 0 AND monthly_cap_minor >= click_price_minor"
    )
    op.create_check_constraint(
        op.f("ck_sponsored_places_spent"), "sponsored_places", "spent_minor >= 0 AND spent_minor <= monthly_cap_minor"
    )
    op.create_table(
        "sponsored_days",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["sponsored_places.id"], name=op.f("fk_sponsored_days_place_id")),
        sa.PrimaryKeyConstraint("place_id", "day", name=op.f("pk_sponsored_days")),
    )
    op.execute("ALTER TABLE sponsored_days ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sponsored_days_of_company ON sponsored_days FOR SELECT TO millgate_app USING (vendor_id = {MINE})")
    op.execute("GRANT SELECT ON sponsored_days TO millgate_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON sponsored_days TO millgate_jobs")


def downgrade() -> None:
    """Forget prices and clicks; the audit log keeps what was agreed."""
    op.drop_table("sponsored_days")
    op.drop_constraint(op.f("ck_sponsored_places_spent"), "sponsored_places")
    op.drop_constraint(op.f("ck_sponsored_places_price"), "sponsored_places")
    for name in ("spent_month", "currency", "spent_minor", "monthly_cap_minor", "click_price_minor"):
        op.drop_column("sponsored_places", name)
