"""The night of the index: compared with the database, mended, and rid of what is no longer for sale. The indexer runs it."""

from uuid import UUID

import structlog

from marketplace.core import changes, duties
from marketplace.core.db import transaction
from marketplace.core.duties import Duty
from search import queries, services
from search.documents import Document
from search.engines.port import Engine
from search.rebuilding import Drift, drift

log = structlog.get_logger()
CHECK = "index_check"
"""The kind of a mark that asks for it."""
CHUNK = 1_000


def check_index(target: Engine) -> Drift:
    """Compare, mend, purge, and note what was found; returns that. Raises: SearchUnavailable, and then nothing is noted.

    What is missing or of another version is marked, and indexed next; what the database never had is removed at once, and so are
    tombstones. What is written late does not bring them back: the embedded index has one writer, which is at this just now, and a server
    remembers their versions for hours (`index.gc_deletes`).
    """
    indexed = dict(target.all_versions())
    with transaction():
        found = drift(indexed, queries.standings())
        services.pass_versions(found.ahead)
        wrong = {*queries.products_of([*found.missing, *found.behind, *found.ahead])}
        unindexed = {*queries.unversioned_products(), *queries.misjudged_products()}
        unmarked = unindexed - changes.marked("product", unindexed)  # what is marked was changed just now, and is next
        changes.mark("product", wrong | unmarked)
    purged = remove(target, found)
    facts = {
        "documents": len(indexed), "missing": len(found.missing), "behind": len(found.behind), "ahead": len(found.ahead),
        "surplus": len(found.surplus), "unmarked": len(unmarked), "purged": purged,
    }  # fmt: skip
    if found.count or unmarked:
        log.warning("index_differed", **facts)
    with transaction():
        duties.note(Duty.INDEX_CHECK, facts)
    return found


def remove(target: Engine, found: Drift) -> int:
    """Take surplus documents and tombstones out of the index; returns how many went."""
    surplus = list(found.surplus.items())
    for start in range(0, len(surplus), CHUNK):
        target.put(Document(str(variant_id), version + 1, None) for variant_id, version in surplus[start : start + CHUNK])
    gone: list[UUID] = [*found.surplus, *found.tombstones]
    return sum(target.purge(gone[start : start + CHUNK]) for start in range(0, len(gone), CHUNK))
