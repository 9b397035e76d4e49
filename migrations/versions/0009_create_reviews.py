"""Create reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.BigInteger(), nullable=False),
        sa.Column("on_time", sa.BigInteger(), nullable=False),
        sa.Column("communication", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("would_reorder", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("spend_minor", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof_withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stars BETWEEN 1 AND 5 AND quality BETWEEN 1 AND 5 AND on_time BETWEEN 1 AND 5 AND communication BETWEEN 1 AND 5 AND documents BETWEEN 1 AND 5",
            name=op.f("ck_reviews_marks"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_reviews_buyer_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_reviews_order_line_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_reviews_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_reviews_variant_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_reviews_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_reviews_order_line_id")),
    )
    op.create_index("ix_reviews_product_id_written_at", "reviews", ["product_id", "written_at"], unique=False)
    op.create_index("ix_reviews_vendor_id_written_at", "reviews", ["vendor_id", "written_at"], unique=False)
    op.create_table(
        "review_replies",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_replies_review_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_review_replies_vendor_id")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_replies")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON reviews, review_replies TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Take them away."""
    op.drop_table("review_replies")
    op.drop_table("reviews")
