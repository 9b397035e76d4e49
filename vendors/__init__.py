"""A company's selling side: its application, checks, level, certificates, shipping and shop page.

It refuses to sell for a vendor that is not approved, and to give a level that nobody checked.
"""
