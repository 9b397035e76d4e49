"""Millgate: an open-source B2B marketplace. The rooms of the house; `docs/architecture.md` says where every line lives."""
