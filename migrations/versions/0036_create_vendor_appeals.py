"""Appeals of vendors against the platform's decisions: one for each decision, answered by another person."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KINDS = ("application_refused", "suspended", "product_refused")
STATES = ("open", "upheld", "granted", "withdrawn")


def upgrade() -> None:
    """Make the table. An appeal is never deleted."""
    op.create_table(
        "vendor_appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("decision_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_by", sa.Uuid(), nullable=True),
        sa.Column("decision_by_name", sa.Text(), nullable=False),
        sa.Column("decision_reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("file_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("filed_by_name", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decided_by <> decision_by", name=op.f("ck_vendor_appeals_four_eyes")),
        sa.CheckConstraint(
            "(state IN ('upheld', 'granted')) = (decided_by IS NOT NULL AND answer IS NOT NULL)", name=op.f("ck_vendor_appeals_answered")
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_vendor_appeals_closed")),
        sa.CheckConstraint("(kind = 'product_refused') = (product_id IS NOT NULL)", name=op.f("ck_vendor_appeals_product")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_vendor_appeals_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_appeals_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_appeals")),
    )
    op.create_index("uq_vendor_appeals_decision_id", "vendor_appeals", ["decision_id"], unique=True)
    op.create_index("ix_vendor_appeals_vendor_id", "vendor_appeals", ["vendor_id"])
    op.create_index("ix_vendor_appeals_open", "vendor_appeals", ["due_at"], postgresql_where=sa.text("state = 'open'"))
    op.execute("GRANT SELECT, INSERT, UPDATE ON vendor_appeals TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the appeals; the audit log keeps that there were some."""
    op.drop_table("vendor_appeals")
