"""Add imports and exports of a vendor's catalogue (product.md §3, decisions.md 11 and 27)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"
TABLES = ("import_mappings", "catalogue_imports", "import_faults", "catalogue_exports")


def upgrade() -> None:
    """Make the tables, the wall around each, and say who may write."""
    op.create_table(
        "import_mappings",
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_import_mappings_vendor_id")),
        sa.PrimaryKeyConstraint("vendor_id", "fingerprint", name=op.f("pk_import_mappings")),
    )
    op.create_table(
        "catalogue_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("heads", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("samples", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("mapping", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("state", _enum("state", "mapping", "checking", "checked", "importing", "done", "cancelled", "failed"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("position", "made", "changed", "unchanged", "refused")],
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_catalogue_imports_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_imports")),
    )
    op.create_index("ix_catalogue_imports_vendor_id_created_at_id", "catalogue_imports", ["vendor_id", "created_at", "id"])
    op.create_index(
        "uq_catalogue_imports_running", "catalogue_imports", ["vendor_id"], unique=True, postgresql_where=sa.text("state = 'importing'")
    )
    op.create_table(
        "import_faults",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cells", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["catalogue_imports.id"], name=op.f("fk_import_faults_import_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_faults")),
    )
    op.create_table(
        "catalogue_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("state", _enum("state", "writing", "done", "failed"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_catalogue_exports_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_exports")),
    )
    op.create_index("ix_catalogue_exports_vendor_id_created_at", "catalogue_exports", ["vendor_id", "created_at"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        rule = f"vendor_id = {MINE}"
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO millgate_app, millgate_jobs")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    """Take the tables away with their walls."""
    for table in ("catalogue_exports", "import_faults", "catalogue_imports", "import_mappings"):
        op.execute(f"DROP POLICY {table}_of_company ON {table}")
        op.drop_table(table)
