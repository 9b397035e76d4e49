"""Millgate: an open-source B2B marketplace. The rooms of the house; `docs/architecture.md` says where every line lives."""

from marketplace.core.memory import look_after_the_start

# Before anything else is imported: a start makes two thousand modules and hardly a cycle, and to look for them took a third of it.
look_after_the_start()
