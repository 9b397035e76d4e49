"""The embedded engine. One process writes, any number reads; a small pointer file tells readers what is new."""

from search.engines.tantivy.engine import TantivyEngine

__all__ = ["TantivyEngine"]
