"""Checkout, purchases, vendor orders and their path to acceptance. It refuses a stale total, a lost stock and an illegal step.

Speaks upward only by the job `reviews.withdraw_proof`, when delivered goods are refunded in full.
"""
