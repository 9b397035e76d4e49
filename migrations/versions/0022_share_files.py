"""Share files: with named companies, and with everybody who has signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"
BEFORE = f"company_id = {MINE} OR access = 'public'"
NOW = (
    f"{BEFORE} OR (access = 'registered' AND {MINE} IS NOT NULL) "
    f"OR EXISTS (SELECT FROM file_readers r WHERE r.file_id = files.id AND r.company_id = {MINE})"
)


def upgrade() -> None:
    """Make the table and widen the wall by it."""
    op.create_table(
        "file_readers",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_readers_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "company_id", name=op.f("pk_file_readers")),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON file_readers TO millgate_app, millgate_jobs")
    _access("'company', 'registered', 'public'")
    op.execute(f"ALTER POLICY files_of_company ON files USING ({NOW}) WITH CHECK (company_id = {MINE})")


def downgrade() -> None:
    """Close it again; what everybody signed in could read is the company's own."""
    op.execute(f"ALTER POLICY files_of_company ON files USING ({BEFORE}) WITH CHECK ({BEFORE})")
    op.execute("UPDATE files SET access = 'company' WHERE access = 'registered'")
    _access("'company', 'public'")
    op.drop_table("file_readers")


def _access(values: str) -> None:
    op.drop_constraint(op.f("ck_files_access"), "files", type_="check")
    op.create_check_constraint(op.f("ck_files_access"), "files", f"access IN ({values})")
