"""Let sides accept a ruling before its time, listings of a merged category move in parts, and companies name their state."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOVES = ("moving", "stands", "moving_back", "undone")


def upgrade() -> None:
    """Add who accepted, how far a move is, and the state."""
    op.add_column("companies", sa.Column("region", sa.Text(), nullable=True))
    for side in ("buyer", "vendor"):
        op.add_column("claims", sa.Column(f"{side}_accepted_at", sa.DateTime(timezone=True), nullable=True))
    state = sa.Enum(*MOVES, name="state", native_enum=False, create_constraint=True, length=40)
    op.add_column("category_changes", sa.Column("state", state, server_default="stands", nullable=False))
    op.execute("UPDATE category_changes SET state = 'undone' WHERE undone_at IS NOT NULL")
    op.alter_column("category_changes", "state", server_default=None)
    for name in ("total", "done"):
        op.add_column("category_changes", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        op.execute(f"UPDATE category_changes SET {name} = cardinality(product_ids)")
        op.alter_column("category_changes", name, server_default=None)


def downgrade() -> None:
    """Forget them."""
    for name in ("done", "total", "state"):
        op.drop_column("category_changes", name)
    for side in ("vendor", "buyer"):
        op.drop_column("claims", f"{side}_accepted_at")
    op.drop_column("companies", "region")
