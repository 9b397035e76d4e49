"""Count what follows from a place once for each variant: of one hit several sizes are put into the cart, and each can be ordered."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def _key(*columns: str) -> None:
    op.drop_constraint(op.f("pk_search_acts"), "search_acts", type_="primary")
    op.create_primary_key(op.f("pk_search_acts"), "search_acts", list(columns))


def upgrade() -> None:
    """The variant is part of the key; the rows that are there stay."""
    _key("search_id", "position", "kind", "variant_id")


def downgrade() -> None:
    """Of several variants the first one stays, as if the others had not been noticed."""
    op.execute(
        "DELETE FROM search_acts AS later USING search_acts AS first "
        "WHERE (first.search_id, first.position, first.kind) = (later.search_id, later.position, later.kind) "
        "AND (first.at, first.variant_id) < (later.at, later.variant_id)"
    )
    _key("search_id", "position", "kind")
