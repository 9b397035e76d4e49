"""The chart of accounts (payments.md §3.3), one set per currency. Complete as a table; what is not used yet is opened by its first posting."""

from dataclasses import dataclass

from marketplace.core.i18n import lazy

DEBIT, CREDIT = 1, -1

STRIPE_BALANCE = "1010"
BANK = "1030"
TOP_UPS = "1041"
SUSPENSE = "1900"
HELD = "2010"
VENDOR_DEBT = "1120"
PAYABLE = "2020"
REFUNDS_PAYABLE = "2050"
COMMISSION = "4010"
COMMISSION_BACK = "4910"
FEES = "5010"


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """A line of the chart. Strict: it keeps a balance row that may not pass 0. `owner`: what each sub-account belongs to."""

    code: str
    name: str
    side: int
    is_strict: bool
    owner: str | None = None


CHART: dict[str, ChartAccount] = {
    account.code: account
    for account in (
        ChartAccount("1010", lazy("Provider balance, platform"), DEBIT, is_strict=False),
        ChartAccount("1030", lazy("Bank, operating"), DEBIT, is_strict=False),
        ChartAccount("1040", lazy("Payouts in transit"), DEBIT, is_strict=True),
        ChartAccount("1041", lazy("Top-ups in transit"), DEBIT, is_strict=True),
        ChartAccount("1100", lazy("Receivable from buyer, net terms"), DEBIT, is_strict=True, owner="buyer"),
        ChartAccount("1110", lazy("Late fees receivable"), DEBIT, is_strict=True, owner="buyer"),
        ChartAccount("1120", lazy("Receivable from vendor"), DEBIT, is_strict=True, owner="vendor"),
        ChartAccount("1130", lazy("Advances outstanding"), DEBIT, is_strict=True, owner="advance"),
        ChartAccount("1140", lazy("Disputed funds withdrawn"), DEBIT, is_strict=True, owner="dispute"),
        ChartAccount("1190", lazy("Allowance for doubtful receivables"), CREDIT, is_strict=False),
        # Lazy although payments.md calls it strict: a strict account has a floor of 0 here, and suspense may stand on either side.
        ChartAccount("1900", lazy("Suspense, unexplained"), DEBIT, is_strict=False),
        ChartAccount("2010", lazy("Held funds"), CREDIT, is_strict=True, owner="hold"),
        ChartAccount("2020", lazy("Vendor payable, due"), CREDIT, is_strict=True, owner="vendor"),
        ChartAccount("2021", lazy("Vendor payable, not yet due"), CREDIT, is_strict=True, owner="vendor"),
        ChartAccount("2025", lazy("Vendor reserve"), CREDIT, is_strict=True, owner="vendor"),
        ChartAccount("2040", lazy("Buyer credit"), CREDIT, is_strict=True, owner="buyer"),
        ChartAccount("2050", lazy("Refunds payable"), CREDIT, is_strict=True, owner="refund"),
        ChartAccount("2070", lazy("Sales tax payable"), CREDIT, is_strict=False, owner="jurisdiction"),
        ChartAccount("2090", lazy("Deferred revenue"), CREDIT, is_strict=False),
        ChartAccount("2200", lazy("Funding facility payable"), CREDIT, is_strict=True),
        ChartAccount("3010", lazy("Owner's equity"), CREDIT, is_strict=False),
        ChartAccount("4010", lazy("Commission"), CREDIT, is_strict=False),
        ChartAccount("4020", lazy("Certification revenue"), CREDIT, is_strict=False),
        ChartAccount("4030", lazy("Subscription revenue"), CREDIT, is_strict=False),
        ChartAccount("4040", lazy("Financing revenue"), CREDIT, is_strict=False),
        ChartAccount("4050", lazy("Late-fee revenue"), CREDIT, is_strict=False),
        ChartAccount("4910", lazy("Commission given back"), DEBIT, is_strict=False),
        ChartAccount("5010", lazy("Provider fees"), DEBIT, is_strict=False),
        ChartAccount("5020", lazy("Dispute fees"), DEBIT, is_strict=False),
        ChartAccount("5030", lazy("Chargeback losses"), DEBIT, is_strict=False),
        ChartAccount("5040", lazy("Bad debt"), DEBIT, is_strict=False),
        ChartAccount("5050", lazy("Early-payment discount given"), DEBIT, is_strict=False),
        ChartAccount("5060", lazy("Goodwill"), DEBIT, is_strict=False),
        ChartAccount("5080", lazy("Rounding"), DEBIT, is_strict=False),
        ChartAccount("5090", lazy("Cost of funds"), DEBIT, is_strict=False),
        ChartAccount("6010", lazy("Currency position"), DEBIT, is_strict=False),
        ChartAccount("9010", lazy("Memo: credit line free"), DEBIT, is_strict=True, owner="buyer"),
        ChartAccount("9020", lazy("Memo: credit line used"), CREDIT, is_strict=True, owner="buyer"),
    )
}

KINDS = {
    "J01": lazy("Card payment received"),
    "J02": lazy("Provider fee"),
    "J09": lazy("Released to the vendor"),
    "J10": lazy("Released in part"),
    "J14": lazy("Transferred to the vendor"),
    "J16": lazy("Refund decided"),
    "J17": lazy("Refund paid"),
    "J18": lazy("Refund came back"),
    "J19": lazy("Refund of released money"),
    "J20": lazy("Refund of transferred money"),
    "J21": lazy("Transfer taken back"),
    "J22": lazy("Debt taken out of a release"),
    "J32": lazy("Topped up from the bank"),
    "J54": lazy("Unexplained movement"),
    "J55": lazy("Correction"),
}
"""What is written so far. J13, the reservation, is no entry: it stands in `ledger_reservations`."""
