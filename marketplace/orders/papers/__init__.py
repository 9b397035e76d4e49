"""Printed documents of an order: what is frozen when one is issued, and how each is written for its reader."""
