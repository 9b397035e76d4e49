"""Where money is: the ledger, holds, the payment provider's gateway, refunds, payouts, disputes, invoices and credit lines.

Refuses: to post an entry that does not sum to zero, to move money without an operation row, to call the provider inside a transaction.
Speaks upward only by the jobs `orders.mark_paid`, `orders.email_refunded` and `orders.email_released`.
`payments/simulator/` stands in for the provider, is a process of its own, and is imported by nothing here.
"""
