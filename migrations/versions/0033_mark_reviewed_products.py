"""Whether a product has reviews stands on its row, so that pages of products without any need not ask."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and say what is true of the products there are."""
    op.add_column("products", sa.Column("is_reviewed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("UPDATE products SET is_reviewed = true WHERE id IN (SELECT product_id FROM reviews)")


def downgrade() -> None:
    """Take it away."""
    op.drop_column("products", "is_reviewed")
