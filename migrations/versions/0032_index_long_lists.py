"""Long lists: what each page counts or walks is found by an index, and a vendor's own rows of money are known without their hold."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INDICES: dict[str, tuple[str, list[str]]] = {
    "ix_vendor_orders_placed_at_id": ("vendor_orders", ["placed_at", "id"]),
    "ix_vendor_orders_vendor_id_state": ("vendor_orders", ["vendor_id", "state"]),
    "ix_vendor_orders_buyer_id_state": ("vendor_orders", ["buyer_id", "state"]),
    "ix_cart_lines_variant_id_added_at": ("cart_lines", ["variant_id", "added_at"]),
    "ix_audit_events_act": ("audit_events", ["act"]),
    "ix_audit_events_actor_name": ("audit_events", ["actor_name"]),
}
"""Name → (table, columns)."""

COVERING: dict[str, tuple[str, list[str], list[str]]] = {
    "ix_postings_account_id": ("postings", ["account_id"], ["amount_minor"]),
    "ix_statement_lines_vendor_id_at_id": ("statement_lines", ["vendor_id", "at", "id"], ["currency", "kind", "amount_minor"]),
}
"""Name → (table, columns, what stands beside them, so that a sum reads the index alone). Without the last they were there."""

MINE = "nullif(current_setting('app.company', true), '')::uuid"
OF_HOLD = "EXISTS (SELECT FROM holds h WHERE h.id = {table}.hold_id)"
MONEY = ("releases", "vendor_debts", "statement_lines")


def upgrade() -> None:
    """Make the indices concurrently: orders, history and the ledger are written all the time."""
    with op.get_context().autocommit_block():
        for name, (table, columns) in INDICES.items():
            op.create_index(name, table, columns, postgresql_concurrently=True)
        for name, (table, columns, beside) in COVERING.items():
            op.drop_index(name, table, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_include=beside, postgresql_concurrently=True)
    for table in MONEY:
        _allow(table, seen=f"vendor_id = {MINE} OR {OF_HOLD.format(table=table)}")


def downgrade() -> None:
    """The indices and rules as they were."""
    for table in MONEY:
        _allow(table, seen=OF_HOLD.format(table=table))
    with op.get_context().autocommit_block():
        for name, (table, columns, _) in COVERING.items():
            op.drop_index(name, table, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_concurrently=True)
        for name, (table, _) in reversed(INDICES.items()):
            op.drop_index(name, table, postgresql_concurrently=True)


def _allow(table: str, seen: str) -> None:
    """Which rows are seen. What may be written stays bound to the hold: a row of a foreign hold is never ours by its own word."""
    op.execute(f"ALTER POLICY {table}_of_company ON {table} USING ({seen}) WITH CHECK ({OF_HOLD.format(table=table)})")
