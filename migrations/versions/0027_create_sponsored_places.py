"""Create sponsored places: products that stand, labelled, above the results of words or of a category."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sponsored_places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(words = '') <> (category_id IS NULL)", name="words_or_category"),
        sa.CheckConstraint("from_on <= until_on", name="days"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_sponsored_places_category_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_sponsored_places_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_sponsored_places_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsored_places")),
    )
    op.create_index("ix_sponsored_places_until_on", "sponsored_places", ["until_on"], postgresql_where=sa.text("ended_at IS NULL"))
    op.execute("GRANT SELECT, INSERT, UPDATE ON sponsored_places TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the places; the audit log keeps them."""
    op.drop_table("sponsored_places")
