"""The platform's own desk: what needs staff, vendors, orders, history, status. It owns no tables and calls the other rooms' services."""
