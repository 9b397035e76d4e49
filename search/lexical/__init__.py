"""A buyer's words into what the engines score."""

from search.lexical.concepts import Concept
from search.lexical.reading import Reading, read

__all__ = ["Concept", "Reading", "read"]
