"""Create requisition lists: what a company buys again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("requisition_lists", "requisition_lines")


def upgrade() -> None:
    """Make the tables; pages see only the rows of the company they act for."""
    op.create_table(
        "requisition_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_requisition_lists_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisition_lists")),
    )
    op.create_index("uq_requisition_lists_name", "requisition_lists", ["company_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "requisition_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("vendor_name", sa.Text(), nullable=False),
        sa.Column("display_unit", sa.Text(), nullable=False),
        sa.Column("display_factor", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_requisition_lines_quantity")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_requisition_lines_company_id")),
        sa.ForeignKeyConstraint(["list_id"], ["requisition_lists.id"], name=op.f("fk_requisition_lines_list_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_requisition_lines_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisition_lines")),
        sa.UniqueConstraint("list_id", "variant_id", name=op.f("uq_requisition_lines_list_id_variant_id")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_of_company ON {table} TO millgate_app "
            "USING (company_id = nullif(current_setting('app.company', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the lists."""
    for table in reversed(TABLES):
        op.drop_table(table)
