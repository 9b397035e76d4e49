"""Facts about vendors, made of what happened: orders on time, sales, customers, views. Owns the counted views, and the appeals of vendors
against the platform's decisions: it stands above the rooms whose decisions they are, and undoes one only through their services.
"""
