"""A long trade for a benchmark: purchases that the demo played, copied over many companies and days until there are lines enough.

A copy is a purchase whole: basket, orders, shipments, claims, papers, payment, hold, every ledger entry, history. Ids, numbers, buyer and
moments are its own; what was bought, from whom and for how much is as it was. Rows go in through COPY, so that each constraint and trigger
holds, the sums that hang on them are made anew, and the rules of `payments/ledger.py` have the last word. Not copied: files, jobs, reviews.
"""

import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import psycopg
from psycopg.sql import SQL, Identifier

from marketplace.core.ids import new_id
from payments.ledger import RULES

BATCH = 400
"""Purchases in one COPY of each table."""
DAYS = 900
"""How far back what has ended is spread."""
LARGE_SHARE = 0.2
"""Of the purchases: to the buyer with many, and to the vendor with many."""

OF_PURCHASE = "JOIN purchases p ON p.id = t.purchase_id"
OF_ORDER = "JOIN vendor_orders o ON o.id = t.vendor_order_id JOIN purchases p ON p.id = o.purchase_id"
OF_LINE = "JOIN order_lines l ON l.id = t.line_id JOIN vendor_orders o ON o.id = l.vendor_order_id JOIN purchases p ON p.id = o.purchase_id"
OF_HOLD = "JOIN holds h ON h.id = t.hold_id JOIN purchases p ON p.id = h.purchase_id"
OF_CLAIM = "JOIN claims c ON c.id = t.claim_id JOIN vendor_orders o ON o.id = c.vendor_order_id JOIN purchases p ON p.id = o.purchase_id"
OF_OWN = "JOIN own p ON p.own_id = t.{}"
OF_ENTRY = "JOIN own_entries p ON p.entry_id = t.{}"
FOLLOWED = {
    "carts": "JOIN purchases p ON p.cart_id = t.id",
    "cart_lines": "JOIN purchases p ON p.cart_id = t.cart_id",
    "purchases": "JOIN purchases p ON p.id = t.id",
    "payments": OF_PURCHASE,
    "holds": OF_PURCHASE,
    "vendor_orders": OF_PURCHASE,
    "order_lines": OF_ORDER,
    "stock_reservations": OF_OWN.format("order_line_id"),
    "stock_movements": OF_OWN.format("reference_id"),
    "shipments": OF_ORDER,
    "shipment_lines": OF_LINE,
    "production_stages": OF_ORDER,
    "change_requests": OF_ORDER,
    "change_request_lines": OF_LINE,
    "line_promises": OF_LINE,
    "claims": OF_ORDER,
    "claim_lines": OF_CLAIM,
    "claim_appeals": OF_CLAIM,
    "invoices": OF_ORDER,
    "refunds": OF_HOLD,
    "releases": OF_HOLD,
    "statement_lines": OF_HOLD,
    "operations": OF_OWN.format("subject_id"),
    "ledger_accounts": OF_OWN.format("owner_id"),
    "ledger_balances": "JOIN ledger_accounts a ON a.id = t.account_id JOIN own p ON p.own_id = a.owner_id",
    "journal_entries": OF_ENTRY.format("id"),
    "postings": OF_ENTRY.format("entry_id"),
    "provider_movements": OF_ENTRY.format("entry_id"),
    "audit_events": OF_OWN.format("subject_id"),
}
"""Table → how its rows belong to a purchase, in the order of the foreign keys."""

OWN = (
    "CREATE TEMP TABLE own AS SELECT id AS own_id, id FROM purchases UNION SELECT id, purchase_id FROM vendor_orders "
    "UNION SELECT id, purchase_id FROM payments UNION SELECT id, purchase_id FROM holds "
    "UNION SELECT l.id, o.purchase_id FROM order_lines l JOIN vendor_orders o ON o.id = l.vendor_order_id "
    "UNION SELECT c.id, o.purchase_id FROM claims c JOIN vendor_orders o ON o.id = c.vendor_order_id "
    "UNION SELECT r.id, h.purchase_id FROM refunds r JOIN holds h ON h.id = r.hold_id "
    "UNION SELECT r.id, h.purchase_id FROM releases r JOIN holds h ON h.id = r.hold_id "
    "UNION SELECT s.id, o.purchase_id FROM shipments s JOIN vendor_orders o ON o.id = s.vendor_order_id"
)
OWN_ENTRIES = (
    "CREATE TEMP TABLE own_entries AS SELECT e.id AS entry_id, p.id FROM journal_entries e JOIN own p ON p.own_id = e.reference_id "
    "UNION SELECT q.entry_id, p.id FROM postings q JOIN ledger_accounts a ON a.id = q.account_id JOIN own p ON p.own_id = a.owner_id"
)
TEMPLATES = (
    "SELECT p.id, p.buyer_id, p.placed_by, b.name, p.placed_by_name, count(DISTINCT l.id), array_agg(DISTINCT o.vendor_id), "
    "bool_and(o.state IN ('closed', 'declined', 'cancelled')) "
    "FROM purchases p JOIN companies b ON b.id = p.buyer_id JOIN vendor_orders o ON o.purchase_id = p.id "
    "JOIN order_lines l ON l.vendor_order_id = o.id WHERE p.state = 'placed' "
    # What shares an entry of the ledger with another purchase, or was taken out of another release, stays alone.
    "AND NOT EXISTS (SELECT FROM own_entries e JOIN own_entries f ON f.entry_id = e.entry_id AND f.id <> e.id WHERE e.id = p.id) "
    "AND NOT EXISTS (SELECT FROM holds h JOIN vendor_debts d ON d.hold_id = h.id WHERE h.purchase_id = p.id) "
    "AND NOT EXISTS (SELECT FROM holds h JOIN releases r ON r.hold_id = h.id WHERE h.purchase_id = p.id AND r.netted_minor > 0) "
    "GROUP BY p.id, b.name ORDER BY p.placed_at, p.id"
)
SHOWN = {
    ("journal_entries", "id"): "'entry-' || t.id",
    ("journal_entries", "reverses_id"): "'entry-' || t.reverses_id",
    ("postings", "entry_id"): "'entry-' || t.entry_id",
    ("provider_movements", "entry_id"): "'entry-' || t.entry_id",
    ("invoices", "sequence"): "'paper/' || t.kind || '/' || t.vendor_id || '/' || t.sequence || '/'",
    ("invoices", "number"): "'paper/' || t.kind || '/' || t.vendor_id || '/' || t.sequence || '/' || left(t.number, 4)",
}
"""Values that a copy counts for itself, as they stand in a template."""
LEFT_OUT = {("audit_events", "seq")}

PAPER = r"paper/\w+/[0-9a-f-]{36}/\d+/[A-Z-]*"
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00"
DAY = r"(?<=\t)\d{4}-\d\d-\d\d(?=[\t\n])"
NUMBER = r"\b(?:PO|ORD|CLM)-\d{4}-\d{6,}"
ENTRY = r"\bentry-\d+"
PROVIDERS = r"\b(?:pi|ch|py|cs|txn|tr|trr|re|pyr|po|evt)_\w+"
SEQUENCES = {"PO": "purchase_numbers", "ORD": "vendor_order_numbers", "CLM": "claim_numbers"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys in a copy."""

    company_id: str
    company: str
    person_id: str
    person: str


@dataclass(slots=True)
class Template:
    """A played purchase: for each table its rows as pieces of text, every second one of which a copy has for its own."""

    buyer: Buyer
    lines: int
    vendors: frozenset[str]
    has_ended: bool
    pieces: dict[str, list[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)


class Press:
    """Makes copies of the played purchases. `database` is the address of the owner of the tables."""

    def __init__(self, database: str, seed: int = 7) -> None:
        self.address = database.replace("postgresql+psycopg://", "postgresql://")
        self.connection = psycopg.connect(self.address)
        self.connection.execute("SET timezone = 'UTC'")
        self.random = Random(seed)
        self.mark = secrets.token_hex(2)
        self.copies = 0
        self.counters: Counter[str] = Counter()
        self.counted: Counter[str] = Counter()

    def run(self, lines: int) -> dict[str, int]:
        """Copy until there are `lines` order lines in all; returns how many rows each table now has. One transaction, all or nothing."""
        with self.connection:
            self.connection.execute(OWN)
            self.connection.execute(OWN_ENTRIES)
            templates = self._templates()
            buyers = self._buyers()
            self._start_counting()
            missing = lines - self._count("order_lines")
            large = Counter(vendor for one in templates for vendor in one.vendors).most_common(1)[0][0]
            batch: dict[str, list[str]] = defaultdict(list)
            for template in self._chosen(templates, large):
                if missing <= 0:
                    break
                missing -= template.lines
                buyer = buyers[0] if self.random.random() < LARGE_SHARE else self.random.choice(buyers)
                self._copy(template, buyer, batch)
                if self.copies % BATCH == 0:
                    self._write(batch)
            self._write(batch)
            self._settle()
            self._check_ledger()
            found = {table: self._count(table) for table in FOLLOWED}
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return found

    def _check_ledger(self) -> None:
        for rule, query in RULES.items():
            if wrong := self.connection.execute(query.replace(":late", "now()")).fetchone():
                raise ValueError(f"{rule}: {wrong}")

    def _count(self, table: str) -> int:
        row = self.connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
        return int(row[0]) if row else 0

    def _templates(self) -> list[Template]:
        found: dict[str, Template] = {}
        for row in self.connection.execute(TEMPLATES):
            buyer = Buyer(str(row[1]), row[3], str(row[2]), row[4])
            found[str(row[0])] = Template(buyer, row[5], frozenset(map(str, row[6])), row[7])
        texts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for table, how in FOLLOWED.items():
            shown = ", ".join(SHOWN.get((table, column), f"t.{column}") for column in self._columns(table))
            with self.connection.cursor().copy(
                SQL("COPY (SELECT DISTINCT p.id, {} FROM {} t {}) TO STDOUT").format(SQL(shown), Identifier(table), SQL(how))
            ) as rows:
                for chunk in b"".join(rows).decode().split("\n")[:-1]:
                    purchase, _, rest = chunk.partition("\t")
                    if purchase in found:
                        texts[purchase, table].append(f"{rest}\n")
                        found[purchase].own.add(rest.split("\t", 1)[0])
        for purchase, template in found.items():
            names = "|".join(re.escape(name) for name in (template.buyer.company, template.buyer.person))
            own = re.compile(f"({PAPER}|{ID}|{MOMENT}|{DAY}|{NUMBER}|{ENTRY}|{PROVIDERS}|{names})")
            for table in FOLLOWED:
                if (purchase, table) in texts:
                    template.pieces[table] = own.split("".join(texts[purchase, table]))
        return list(found.values())

    def _columns(self, table: str) -> list[str]:
        query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        return [name for (name,) in self.connection.execute(query, (table,)) if (table, name) not in LEFT_OUT]

    def _buyers(self) -> list[Buyer]:
        """Companies that buy, with somebody of theirs; the one with the most purchases comes first."""
        query = (
            "SELECT DISTINCT ON (c.id) c.id, c.name, q.id, q.name, (SELECT count(*) FROM purchases WHERE buyer_id = c.id) "
            "FROM companies c JOIN memberships m ON m.company_id = c.id AND m.ended_at IS NULL JOIN people q ON q.id = m.person_id "
            "WHERE c.is_buyer ORDER BY c.id, q.id"
        )
        rows = sorted(self.connection.execute(query), key=lambda row: -int(row[4]))
        return [Buyer(str(row[0]), row[1], str(row[2]), row[3]) for row in rows]

    def _start_counting(self) -> None:
        for prefix, sequence in SEQUENCES.items():
            row = self.connection.execute(SQL("SELECT last_value FROM {}").format(Identifier(sequence))).fetchone()
            self.counters[prefix] = int(row[0]) if row else 0
        row = self.connection.execute("SELECT max(id) FROM journal_entries").fetchone()
        self.counters["entry"] = int(row[0] or 0) if row else 0
        for vendor, kind, last in self.connection.execute("SELECT vendor_id, kind, last FROM document_counters"):
            self.counters[f"{kind}/{vendor}"] = last

    def _chosen(self, templates: list[Template], large: str) -> Iterator[Template]:
        """Purchases to copy: most have ended, and one vendor has more than its part."""
        of_large = [one for one in templates if large in one.vendors]
        while True:
            among = of_large if self.random.random() < LARGE_SHARE else templates
            ended = [one for one in among if one.has_ended] if self.random.random() < 0.9 else []
            yield self.random.choice(ended or among)

    def _copy(self, template: Template, buyer: Buyer, batch: dict[str, list[str]]) -> None:
        self.copies += 1
        back = timedelta(days=self.random.randrange(1, DAYS)) if template.has_ended else timedelta(minutes=self.random.randrange(1, 600))
        theirs = template.buyer
        known = {
            theirs.company_id: buyer.company_id,
            theirs.company: buyer.company,
            theirs.person_id: buyer.person_id,
            theirs.person: buyer.person,
        }
        for table, pieces in template.pieces.items():
            copied = list(pieces)
            for place in range(1, len(pieces), 2):
                token = pieces[place]
                value = known.get(token)
                if value is None:
                    value = known[token] = self._own(token, template, back)
                copied[place] = value
            batch[table].append("".join(copied))

    def _own(self, token: str, template: Template, back: timedelta) -> str:
        if token.startswith("paper/"):
            _, kind, vendor, sequence, prefix = token.split("/")
            counted = f"{kind}/{vendor}"
            written = self._paper(f"{self.copies}/{counted}/{sequence}", counted)
            return f"{prefix}{written:06d}" if prefix else str(written)
        if token[:4].isdigit() and len(token) == 10:
            return str(date.fromisoformat(token) - timedelta(days=back.days))
        if token.endswith("+00"):
            return str(datetime.fromisoformat(token) - back)
        prefix, _, rest = token.partition("-")
        if prefix in SEQUENCES and rest:
            self.counters[prefix] += 1
            return f"{prefix}-{rest[:4]}-{self.counters[prefix]:06d}"
        if prefix == "entry" and rest.isdigit():
            self.counters["entry"] += 1
            return str(self.counters["entry"])
        if "_" in token:
            return f"{token}{self.mark}{self.copies}"
        return str(new_id()) if token in template.own else token

    def _paper(self, paper: str, counted: str) -> int:
        """The number of a paper, taken once although it stands in two columns."""
        if paper not in self.counted:
            self.counters[counted] += 1
            self.counted[paper] = self.counters[counted]
        return self.counted[paper]

    def _write(self, batch: dict[str, list[str]]) -> None:
        for table in FOLLOWED:
            if batch[table]:
                columns = SQL(", ").join(map(Identifier, self._columns(table)))
                with self.connection.cursor().copy(SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), columns)) as rows:
                    rows.write("".join(batch[table]))
        batch.clear()

    def _settle(self) -> None:
        """What is counted over many purchases: numbers that were used, balances of vendors, stock."""
        for prefix, sequence in SEQUENCES.items():
            self.connection.execute("SELECT setval(%s, %s)", (sequence, max(self.counters[prefix], 1)))
        self.connection.execute("SELECT setval('journal_entries_id_seq', %s)", (self.counters["entry"],))
        self.connection.execute(
            "INSERT INTO document_counters (vendor_id, kind, last) SELECT vendor_id, kind, max(sequence) FROM invoices GROUP BY vendor_id, kind "
            "ON CONFLICT (vendor_id, kind) DO UPDATE SET last = excluded.last"
        )
        self.connection.execute(
            "UPDATE ledger_balances b SET posted = s.posted FROM (SELECT a.id, sum(p.amount_minor) * a.side AS posted FROM ledger_accounts a "
            "JOIN postings p ON p.account_id = a.id GROUP BY a.id) s WHERE s.id = b.account_id AND s.posted <> b.posted"
        )
        # What was sold so often had to come in first: one delivery beside the copies, so that movements still add up to the stock.
        self.connection.execute(
            "CREATE TEMP TABLE moved AS SELECT variant_id, place_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved, "
            "min(at) AS at FROM stock_movements GROUP BY variant_id, place_id"
        )
        self.connection.execute(
            "UPDATE stock s SET reserved = m.reserved, on_hand = s.on_hand + greatest(m.reserved - s.reserved, 0) FROM moved m "
            "WHERE m.variant_id = s.variant_id AND m.place_id = s.place_id AND m.reserved <> s.reserved"
        )
        self.connection.execute(
            "INSERT INTO stock_movements (id, variant_id, place_id, kind, on_hand_change, reserved_change, note, at) "
            "SELECT gen_random_uuid(), m.variant_id, m.place_id, 'received', s.on_hand - m.on_hand, 0, 'opening', m.at FROM moved m "
            "JOIN stock s ON s.variant_id = m.variant_id AND s.place_id = m.place_id WHERE s.on_hand <> m.on_hand"
        )
