"""Keep the content of a version in its row: most are a little longer than what the server leaves there, and cost rows of a second table."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is written from now on stays in its row up to a page; rows that are there stay as they are, and are read as before."""
    op.execute("ALTER TABLE product_versions SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Move them out again, from now on."""
    op.execute("ALTER TABLE product_versions RESET (toast_tuple_target)")
