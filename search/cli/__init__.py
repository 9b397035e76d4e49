"""Commands of search, and the `indexer` process."""

from search.cli.commands import group
from search.cli.indexer import indexer

commands = (indexer,)
"""Commands that stand beside the group: processes have names of their own."""

__all__ = ["commands", "group"]
