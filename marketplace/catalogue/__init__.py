"""What is for sale: categories, products, variants with tiers and stock, items that link the same thing from several vendors.

It refuses a tier that is not monotone, a quantity off the increment, and to sell what is not there.
"""
