"""Add wishes, saved searches and follows: what buyers look for and did not find, look for again, and watch."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("quote_wishes", "saved_searches", "follows")


def upgrade() -> None:
    """Make the tables; pages see only the rows of the company they act for."""
    op.create_table(
        "quote_wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "withdrawn", name="state", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_wishes_quantity")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_quote_wishes_category_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_quote_wishes_company_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_quote_wishes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_wishes")),
    )
    op.create_index("ix_quote_wishes_company_id_created_at", "quote_wishes", ["company_id", "created_at"])
    op.create_index("ix_quote_wishes_created_at_id", "quote_wishes", ["created_at", "id"])
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "alert",
            sa.Enum("never", "daily", "weekly", "at_once", name="alert", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("known", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("told", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_saved_searches_company_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_searches_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index("uq_saved_searches_name", "saved_searches", ["company_id", "person_id", sa.text("lower(name)")], unique=True)
    op.create_index("ix_saved_searches_looked_at", "saved_searches", ["looked_at"], postgresql_where=sa.text("alert <> 'never'"))
    op.create_table(
        "follows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("vendor", "product", "category", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_follows_company_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_follows_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("company_id", "person_id", "kind", "subject_id", name=op.f("uq_follows_company_id_person_id_kind_subject_id")),
    )
    for table in TABLES:
        rule = "company_id = nullif(current_setting('app.company', true), '')::uuid"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget them."""
    for table in reversed(TABLES):
        op.drop_table(table)
