"""Answer the desk's reports of searches from an index: a search's row holds what a page showed, which no sum by query reads."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None
NAME = "ix_searches_key_asked_at"


def upgrade() -> None:
    """The index has all that the sums by query read."""
    op.drop_index(NAME, "searches")
    op.create_index(NAME, "searches", ["key", "asked_at"], postgresql_include=["id", "page", "found", "took_ms", "is_relaxed"])


def downgrade() -> None:
    """The index has the columns that are searched by."""
    op.drop_index(NAME, "searches")
    op.create_index(NAME, "searches", ["key", "asked_at"])
