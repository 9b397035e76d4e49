"""Add claims by line, partial releases and refunds, and what vendors owe."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
# What the running request acts for; '' when nobody is signed in.
MINE = "nullif(current_setting('app.company', true), '')::uuid"
OF_HOLD = "EXISTS (SELECT FROM holds h WHERE h.id = {table}.hold_id)"
"""A row of money belongs to the two companies of its hold: the buyer's acceptance writes the vendor's release."""
OF_COMPANIES = "buyer_id = {mine} OR vendor_id = {mine}"
RULES = {table: OF_HOLD.format(table=table) for table in ("releases", "vendor_debts", "statement_lines")} | {
    "claim_lines": OF_COMPANIES.format(mine=MINE)
}


def upgrade() -> None:
    """Let money move in parts, and claims be answered line by line."""
    _split_holds()
    _add_releases()
    _add_debts()
    _open_claims()
    op.execute((SQL / "0017_reserve.sql").read_text(encoding="utf-8"))
    op.execute("GRANT SELECT, INSERT, UPDATE ON releases, vendor_debts TO millgate_app, millgate_jobs")
    op.execute("GRANT SELECT, INSERT ON statement_lines TO millgate_app, millgate_jobs")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON claim_lines, claim_photos TO millgate_app, millgate_jobs")
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")


def _split_holds() -> None:
    for name in ("commission_waived_minor", "commission_back_minor", "taken_back_minor"):
        op.add_column("holds", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("holds", name, server_default=None)
    op.drop_constraint(op.f("ck_holds_spent"), "holds", type_="check")
    op.create_check_constraint(
        op.f("ck_holds_spent"), "holds", "released_minor >= 0 AND refunded_minor >= 0 AND released_minor + refunded_minor <= amount_minor"
    )
    op.create_check_constraint(op.f("ck_holds_taken_back"), "holds", "taken_back_minor >= 0 AND taken_back_minor <= released_minor")
    op.create_check_constraint(
        op.f("ck_holds_commission"),
        "holds",
        "commission_waived_minor >= 0 AND commission_back_minor >= 0 AND commission_waived_minor + commission_back_minor <= commission_minor",
    )
    parts = ("goods_minor", "freight_minor", "tax_minor", "held_goods_minor", "held_freight_minor", "held_tax_minor", "commission_minor")
    for name in parts:
        op.add_column("refunds", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("refunds", name, server_default=None)
    op.drop_constraint(op.f("ck_refunds_amount"), "refunds", type_="check")
    op.create_check_constraint(
        op.f("ck_refunds_amount"), "refunds", "amount_minor > 0 AND amount_minor = goods_minor + freight_minor + tax_minor"
    )
    op.create_check_constraint(
        op.f("ck_refunds_held"),
        "refunds",
        "held_goods_minor BETWEEN 0 AND goods_minor AND held_freight_minor BETWEEN 0 AND freight_minor AND held_tax_minor BETWEEN 0 AND tax_minor",
    )
    op.create_index("ix_refunds_buyer_id_decided_at_id", "refunds", ["buyer_id", "decided_at", "id"])
    op.create_index("ix_refunds_vendor_id_decided_at_id", "refunds", ["vendor_id", "decided_at", "id"])


def _sums(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _state(*values: str, name: str = "state") -> sa.Column[str]:
    return sa.Column(name, sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40), nullable=False)


def _add_releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        *_sums("goods_minor", "freight_minor", "tax_minor", "commission_minor", "taken_back_minor", "netted_minor", "reversed_minor"),
        _state("due", "paid_out"),
        sa.Column("stripe_transfer_id", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("goods_minor >= 0 AND freight_minor >= 0 AND tax_minor >= 0", name=op.f("ck_releases_parts")),
        sa.CheckConstraint("commission_minor >= 0 AND taken_back_minor >= 0 AND netted_minor >= 0", name=op.f("ck_releases_amounts")),
        sa.CheckConstraint(
            "goods_minor + freight_minor + tax_minor >= commission_minor + taken_back_minor + netted_minor", name=op.f("ck_releases_due")
        ),
        sa.CheckConstraint("reversed_minor >= 0", name=op.f("ck_releases_reversed")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_releases_hold_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_releases_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("stripe_transfer_id", name=op.f("uq_releases_stripe_transfer_id")),
    )
    op.create_index("ix_releases_hold_id", "releases", ["hold_id"])
    op.create_index("ix_releases_vendor_id_released_at_id", "releases", ["vendor_id", "released_at", "id"])
    op.create_index("ix_releases_due", "releases", ["vendor_id"], postgresql_where=sa.text("state = 'due'"))


def _add_debts() -> None:
    op.create_table(
        "vendor_debts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        *_sums("amount_minor", "reversed_minor", "netted_minor"),
        _state("recalled", "owed", "settled"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_vendor_debts_amount")),
        sa.CheckConstraint(
            "reversed_minor >= 0 AND netted_minor >= 0 AND reversed_minor + netted_minor <= amount_minor", name=op.f("ck_vendor_debts_paid")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_vendor_debts_hold_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_vendor_debts_refund_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_vendor_debts_release_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_debts_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_debts")),
        sa.UniqueConstraint(
            "refund_id", "release_id", name=op.f("uq_vendor_debts_refund_id_release_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_vendor_debts_vendor_id_created_at_id", "vendor_debts", ["vendor_id", "created_at", "id"])
    op.create_index("ix_vendor_debts_open", "vendor_debts", ["vendor_id"], postgresql_where=sa.text("state <> 'settled'"))
    op.create_table(
        "statement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _state("release", "fee", "refund", "fee_back", "transfer", "reversal", name="kind"),
        *_sums("amount_minor"),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_statement_lines_amount")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_statement_lines_hold_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_statement_lines_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
    )
    op.create_index("ix_statement_lines_vendor_id_at_id", "statement_lines", ["vendor_id", "at", "id"])


CLAIM_STATES = ("open", "settled", "withdrawn", "released", "split", "refunded")
KINDS = ("damaged", "missing", "wrong", "late")
REMEDIES = ("replace", "credit", "return", "refuse")
LATER = ("handed_over_at", "grant_at", "hand_over_at", "decide_by_at", "ended_at")


def _values(*values: str) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _open_claims() -> None:
    """A claim has lines with kind and text of their own, clocks, and more ends; several may be open on one order."""
    op.add_column("vendor_orders", sa.Column("returns", postgresql.JSONB(none_as_null=True), nullable=False, server_default="{}"))
    op.alter_column("vendor_orders", "returns", server_default=None)
    op.drop_index("uq_claims_open", "claims")
    for name in ("kind", "text"):
        op.drop_column("claims", name)
    op.add_column("claims", sa.Column("opened_by_name", sa.Text(), nullable=False, server_default=""))
    op.alter_column("claims", "opened_by_name", server_default=None)
    op.add_column("claims", sa.Column("answer_by_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE claims SET answer_by_at = opened_at")
    op.alter_column("claims", "answer_by_at", nullable=False)
    for name in LATER:
        op.add_column("claims", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("claims", sa.Column("handed_over_by", sa.Text(), nullable=True))
    op.add_column("claims", sa.Column("inspect_by_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_claims_state"), "claims", type_="check")
    op.create_check_constraint(op.f("ck_claims_state"), "claims", f"state IN ({_values(*CLAIM_STATES)})")
    op.create_index("ix_claims_vendor_order_id", "claims", ["vendor_order_id"])
    op.create_index("ix_claims_vendor_id_opened_at_id", "claims", ["vendor_id", "opened_at", "id"])
    op.create_index("ix_claims_buyer_id_opened_at_id", "claims", ["buyer_id", "opened_at", "id"])
    op.create_index("ix_claims_open", "claims", ["vendor_id"], postgresql_where=sa.text("state = 'open'"))
    _add_claim_lines()


def _add_claim_lines() -> None:
    texts = ("answer_text", "answered_by_name", "carrier", "tracking")
    times = ("answered_at", "due_at", "sent_at", "arrived_at", "settled_at")
    op.create_table(
        "claim_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        _state(*KINDS, name="kind"),
        sa.Column("text", sa.Text(), nullable=False),
        _state(*REMEDIES, name="wish"),
        *_sums("position", "quantity", "asked_minor", "goods_minor", "freight_minor", "tax_minor", "offered_minor"),
        _state("open", "answered", "replacing", "returning", "settled"),
        sa.Column("answer", _kind("answer", *REMEDIES), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in texts),
        sa.Column("return_terms", postgresql.JSONB(none_as_null=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in times),
        *_sums("credited_goods_minor", "credited_freight_minor", "credited_tax_minor"),
        sa.Column("settlement", _kind("settlement", "agreed", "granted", "decided", "withdrawn", "lapsed"), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claim_lines_quantity")),
        sa.CheckConstraint("goods_minor >= 0 AND freight_minor >= 0 AND tax_minor >= 0", name=op.f("ck_claim_lines_value")),
        sa.CheckConstraint(
            "asked_minor >= 0 AND asked_minor <= goods_minor + freight_minor + tax_minor", name=op.f("ck_claim_lines_asked")
        ),
        sa.CheckConstraint(
            "offered_minor >= 0 AND offered_minor <= goods_minor + freight_minor + tax_minor", name=op.f("ck_claim_lines_offered")
        ),
        sa.CheckConstraint(
            "credited_goods_minor >= 0 AND credited_freight_minor >= 0 AND credited_tax_minor >= 0 "
            "AND credited_goods_minor <= goods_minor AND credited_freight_minor <= freight_minor AND credited_tax_minor <= tax_minor",
            name=op.f("ck_claim_lines_credited"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_lines_claim_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_claim_lines_buyer_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_claim_lines_vendor_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_claim_lines_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_lines")),
    )
    op.create_index("ix_claim_lines_claim_id", "claim_lines", ["claim_id"])
    op.create_index("ix_claim_lines_line_id", "claim_lines", ["line_id"])
    op.create_table(
        "claim_photos",
        sa.Column("claim_line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["claim_line_id"], ["claim_lines.id"], name=op.f("fk_claim_photos_claim_line_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_claim_photos_file_id")),
        sa.PrimaryKeyConstraint("claim_line_id", "position", name=op.f("pk_claim_photos")),
    )


def _kind(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _close_claims() -> None:
    op.drop_table("claim_photos")
    op.drop_table("claim_lines")
    for index in ("open", "buyer_id_opened_at_id", "vendor_id_opened_at_id", "vendor_order_id"):
        op.drop_index(f"ix_claims_{index}", "claims")
    op.drop_constraint(op.f("ck_claims_state"), "claims", type_="check")
    op.execute("UPDATE claims SET state = 'released' WHERE state IN ('settled', 'withdrawn', 'split')")
    op.create_check_constraint(op.f("ck_claims_state"), "claims", "state IN ('open', 'released', 'refunded')")
    for name in ("inspect_by_at", "handed_over_by", *LATER, "answer_by_at", "opened_by_name"):
        op.drop_column("claims", name)
    for name in ("kind", "text"):
        op.add_column("claims", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("claims", name, server_default=None)
    op.create_index("uq_claims_open", "claims", ["vendor_order_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.drop_column("vendor_orders", "returns")


def downgrade() -> None:
    """Back to whole sums and whole problems."""
    _close_claims()
    op.execute((SQL / "0017_reserve_before.sql").read_text(encoding="utf-8"))
    for table in ("statement_lines", "vendor_debts", "releases"):
        op.drop_table(table)
    op.drop_index("ix_refunds_vendor_id_decided_at_id", "refunds")
    op.drop_index("ix_refunds_buyer_id_decided_at_id", "refunds")
    op.drop_constraint(op.f("ck_refunds_held"), "refunds", type_="check")
    op.drop_constraint(op.f("ck_refunds_amount"), "refunds", type_="check")
    op.create_check_constraint(op.f("ck_refunds_amount"), "refunds", "amount_minor > 0")
    parts = ("goods_minor", "freight_minor", "tax_minor", "held_goods_minor", "held_freight_minor", "held_tax_minor", "commission_minor")
    for name in parts:
        op.drop_column("refunds", name)
    op.drop_constraint(op.f("ck_holds_commission"), "holds", type_="check")
    op.drop_constraint(op.f("ck_holds_taken_back"), "holds", type_="check")
    op.drop_constraint(op.f("ck_holds_spent"), "holds", type_="check")
    op.create_check_constraint(op.f("ck_holds_spent"), "holds", "released_minor + refunded_minor <= amount_minor")
    for name in ("commission_waived_minor", "commission_back_minor", "taken_back_minor"):
        op.drop_column("holds", name)
