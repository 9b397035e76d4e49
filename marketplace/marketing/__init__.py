"""Sponsored places: which product may stand, labelled, above the results of which words or category. They never touch the order below."""
