"""Create search."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.create_table(
        "search_versions",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_search_versions")),
    )
    op.create_index("ix_search_versions_product_id", "search_versions", ["product_id"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON search_versions TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Take them away."""
    op.drop_table("search_versions")
