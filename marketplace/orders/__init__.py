"""Checkout, purchases, vendor orders and their path to acceptance. It refuses a stale total, a lost stock and an illegal step."""
