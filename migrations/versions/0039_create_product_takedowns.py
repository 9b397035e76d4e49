"""Products on sale that the platform takes down, and appeals against that and against refused changes."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0037"
branch_labels = None
depends_on = None

SOURCES = ("own_check", "notice", "authority")
ENDS = ("undone", "granted", "sent_again")
STATES = ("draft", "checking", "live", "refused", "paused", "retired")
KINDS = ("application_refused", "suspended", "product_refused")
MORE_KINDS = (*KINDS, "product_taken_down", "change_refused")


def upgrade() -> None:
    """Make the table, and let appeals be about what it holds. A taking down is never deleted."""
    op.create_table(
        "product_takedowns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state_before", _enum("state_before", STATES), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("source", _enum("source", SOURCES), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("file_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_by_name", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", _enum("ended", ENDS), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name=op.f("ck_product_takedowns_ended_at")),
        sa.CheckConstraint("ended <> 'undone' OR end_reason IS NOT NULL", name=op.f("ck_product_takedowns_end_reason")),
        sa.CheckConstraint("state_before IN ('live', 'paused')", name=op.f("ck_product_takedowns_was_on_sale")),
        sa.CheckConstraint("cardinality(reasons) > 0", name=op.f("ck_product_takedowns_reasons")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_takedowns_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_product_takedowns_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_takedowns")),
    )
    in_force = sa.text("ended IS NULL")
    op.create_index("uq_product_takedowns_in_force", "product_takedowns", ["product_id"], unique=True, postgresql_where=in_force)
    for column in ("product_id", "vendor_id", "act_id"):
        op.create_index(f"ix_product_takedowns_{column}", "product_takedowns", [column])
    op.create_index("ix_product_takedowns_taken_at_id", "product_takedowns", ["taken_at", "id"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON product_takedowns TO millgate_app, millgate_jobs")
    _allow(MORE_KINDS, "kind IN ('product_refused', 'product_taken_down', 'change_refused')")


def downgrade() -> None:
    """Forget the statements; the audit log keeps them. Refused while appeals are about them: an appeal is never deleted."""
    _allow(KINDS, "kind = 'product_refused'")
    op.drop_table("product_takedowns")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _allow(kinds: tuple[str, ...], about_product: str) -> None:
    """Which decisions appeals may be about, and which of them name a product."""
    for name in ("kind", "product"):
        op.drop_constraint(op.f(f"ck_vendor_appeals_{name}"), "vendor_appeals")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    # The table is small: one row for each appeal ever filed.
    op.create_check_constraint(op.f("ck_vendor_appeals_kind"), "vendor_appeals", f"kind IN ({listed})")
    op.create_check_constraint(op.f("ck_vendor_appeals_product"), "vendor_appeals", f"({about_product}) = (product_id IS NOT NULL)")
