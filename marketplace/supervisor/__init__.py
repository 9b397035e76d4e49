"""Starts, watches and stops the processes of a development world: embedded PostgreSQL and Valkey, the payment simulator and ours.

Owns the data folder (`MARKETPLACE_HOME`, else `.data`), its lock, its secrets and `running.json`. Refuses to know anything of the
application: it imports the standard library and psycopg only, and speaks to the application through commands and environment variables.
"""
