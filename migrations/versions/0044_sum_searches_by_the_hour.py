"""Sum searches by the hour: who was shown and who matched, and which positions, so that the desk's reports add up hours."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None
TABLES = ("search_position_sums", "search_vendor_sums", "search_hours")


def upgrade() -> None:
    """An hour, and its sums, which go with it. Hours of the past are summed by the duty `search.sum_hours`."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "search_hours", sa.Column("hour", moment, nullable=False), sa.PrimaryKeyConstraint("hour", name=op.f("pk_search_hours"))
    )
    op.create_table(
        "search_vendor_sums",
        sa.Column("hour", moment, nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("fair_times", sa.BigInteger(), nullable=False),
        sa.Column("fair_weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["hour"], ["search_hours.hour"], name=op.f("fk_search_vendor_sums_hour"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hour", "vendor_id", name=op.f("pk_search_vendor_sums")),
    )
    op.create_table(
        "search_position_sums",
        sa.Column("hour", moment, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["hour"], ["search_hours.hour"], name=op.f("fk_search_position_sums_hour"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hour", "position", name=op.f("pk_search_position_sums")),
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {', '.join(TABLES)} TO millgate_jobs")


def downgrade() -> None:
    """The sums can be made again from the searches."""
    for table in TABLES:
        op.drop_table(table)
