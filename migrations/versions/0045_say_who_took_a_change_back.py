"""Keep who took a change of a synonym or a pin back; of those that were taken back before, the audit log alone knows."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A name beside the moment."""
    op.add_column("search_rule_changes", sa.Column("undone_by_name", sa.Text(), server_default="", nullable=False))
    op.alter_column("search_rule_changes", "undone_by_name", server_default=None)


def downgrade() -> None:
    """The audit log keeps the names."""
    op.drop_column("search_rule_changes", "undone_by_name")
