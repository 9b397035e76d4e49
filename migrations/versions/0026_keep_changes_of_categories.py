"""Keep changes of categories: what was before, so that it can be taken back; retired ones; what buyers compare."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KINDS = ("added", "edited", "retired", "merged", "attribute_set", "attribute_removed")


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("categories", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("categories", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_categories_merged_into_id"), "categories", "categories", ["merged_into_id"], ["id"])
    op.add_column("category_attributes", sa.Column("is_comparable", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.create_table(
        "category_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("product_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_category_changes_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_changes")),
    )
    op.create_index("ix_category_changes_category_id_made_at", "category_changes", ["category_id", "made_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON category_changes TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the changes; the audit log keeps them."""
    op.drop_table("category_changes")
    op.drop_column("category_attributes", "is_comparable")
    op.drop_constraint(op.f("fk_categories_merged_into_id"), "categories", type_="foreignkey")
    op.drop_column("categories", "merged_into_id")
    op.drop_column("categories", "retired_at")
