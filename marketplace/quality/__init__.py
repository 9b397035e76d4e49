"""Facts about vendors, made of what happened: orders on time, sales, customers, views. Owns the counted views; changes no other room."""
