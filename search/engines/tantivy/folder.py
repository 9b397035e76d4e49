"""One index folder: its schema, the only writer that it can have, and the next folder while it is built."""

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID

import tantivy
from pydantic_core import to_json
from tantivy import Index, IndexWriter, Query, Schema, SchemaBuilder, Searcher

from search import mapping
from search.documents import Document
from search.engines.port import Put, newest
from search.errors import SearchUnavailable
from search.mapping import FIELDS, Kind

HEAP_BYTES = 128_000_000


def schema() -> Schema:
    """The schema, made from `mapping.FIELDS`."""
    builder = SchemaBuilder()
    # Exact values use the raw tokenizer: with any other, deleting by id matches nothing.
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("reference", stored=True, indexed=False)
    builder.add_integer_field("version", fast=True)
    builder.add_integer_field("deleted", indexed=True, fast=True)
    for name, kind in FIELDS.items():
        if kind in (Kind.WORDS, Kind.SET, Kind.PLACED_WORDS):
            option = {Kind.WORDS: "freq", Kind.SET: "basic", Kind.PLACED_WORDS: "position"}[kind]
            builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
        elif kind in (Kind.KEYWORDS, Kind.CODES):
            builder.add_text_field(name, fast=kind is Kind.KEYWORDS, tokenizer_name="raw", index_option="basic")
        elif kind is Kind.INTEGER:
            builder.add_integer_field(name, fast=True)
        else:
            builder.add_json_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = schema()


class Folder:
    """Writes into one index folder. `staged` holds the versions by id that are written and not committed yet."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.index = Index(SCHEMA, str(path))
        self.index.config_reader("manual")
        self.staged: dict[str, int] = {}
        self._writer: IndexWriter | None = None

    def writer(self) -> IndexWriter:
        """The only writer of this folder. Raises: SearchUnavailable if another process has it."""
        if self._writer is None:
            try:
                self._writer = self.index.writer(HEAP_BYTES, 1)
            except ValueError as error:
                raise SearchUnavailable("Another process writes to the search index.") from error
        return self._writer

    def versions(self, ids: Iterable[str]) -> dict[str, int]:
        """Committed versions by id."""
        wanted = list(ids)
        self.index.reload()
        searcher = self.index.searcher()
        if not wanted or not searcher.num_docs:
            return {}
        found = searcher.search(Query.term_set_query(SCHEMA, "id", wanted), limit=len(wanted), count=False)
        addresses = [address for _, address in found.hits]
        versions = searcher.fast_field_values("version", addresses)
        return {str(ids_at(searcher, address)[0]): int(version or 0) for address, version in zip(addresses, versions, strict=True)}

    def put(self, documents: Iterable[Document]) -> Put:
        """Hand documents to the writer unless they are older than what is here. Not visible before `commit`."""
        batch = newest(documents)
        known = self.versions(batch)
        known.update((key, self.staged[key]) for key in batch.keys() & self.staged.keys())
        writer, written = self.writer(), 0
        for document in batch.values():
            before = known.get(document.id)
            if before is not None:
                if before >= document.version:
                    continue
                writer.delete_documents_by_term("id", document.id)
            writer.add_json(_written(document))
            self.staged[document.id] = document.version
            written += 1
        return Put(written, len(batch) - written)

    def commit(self) -> None:
        """Make what was written durable and visible."""
        self.writer().commit()
        self.staged.clear()

    def forget(self) -> None:
        """Take back what was written since the last commit."""
        try:
            self.writer().rollback()
        except (ValueError, OSError):
            self._writer = None  # it goes, and with it what it held
        self.staged.clear()

    def close(self) -> None:
        """Give the writer's lock back; what was not committed is forgotten. The folder itself may be gone already."""
        self._writer = None
        self.staged.clear()


def _written(document: Document) -> str:
    """A document as JSON, which the engine reads into its own form at once: a `Document` of Python's values would be copied twice."""
    own = _bytes(document.id)
    fields = document.fields
    if fields is None:
        return _json({"id": document.id, "version": document.version, "deleted": 1}, own * 3)
    if not fields.keys() <= FIELDS.keys():
        raise ValueError(f"fields that the mapping does not know: {sorted(fields.keys() - FIELDS.keys())}")
    reference = own + _bytes(fields["product_id"]) + _bytes(fields["vendor_id"])
    return _json({**fields, "id": document.id, "version": document.version, "deleted": 0}, reference)


def _json(fields: dict[str, object], reference: bytes) -> str:
    fields["reference"] = b64encode(reference).decode()
    return to_json(fields).decode()


def _bytes(key: str) -> bytes:
    return bytes.fromhex(key.replace("-", ""))


def ids_at(searcher: Searcher, address: tantivy.DocAddress) -> tuple[UUID, UUID, UUID]:
    """(variant, product, vendor) of a document."""
    reference = bytes(searcher.doc(address).get_first("reference") or b"")
    return UUID(bytes=reference[:16]), UUID(bytes=reference[16:32]), UUID(bytes=reference[32:48])


class TantivyBuilding:
    """The next index. Nobody else writes to it, and it commits once, at the end: until then all its versions are staged ones."""

    def __init__(self, path: Path, publish: Callable[[Path], None]) -> None:
        self._publish = publish
        self._folder = Folder(path)

    def put(self, documents: Iterable[Document]) -> Put:
        """Write a batch; it becomes durable on `publish`."""
        return self._folder.put(documents)

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Versions written so far."""
        staged = self._folder.staged
        return {i: staged[str(i)] for i in ids if str(i) in staged}

    def all_versions(self) -> Iterator[tuple[UUID, int]]:
        """Everything written so far."""
        return ((UUID(key), version) for key, version in list(self._folder.staged.items()))

    def publish(self) -> None:
        """Commit and move the pointer."""
        self._folder.commit()
        self._folder.close()
        self._publish(self._folder.path)

    def abandon(self) -> None:
        """Remove the folder."""
        self._folder.close()
        shutil.rmtree(self._folder.path, ignore_errors=True)


def new_folder(path: Path) -> Path:
    """Make the next folder of an index with today's mapping."""
    taken = [int(other.name.rpartition("-")[2]) for other in path.glob(f"variants-v{mapping.VERSION}-*")]
    folder = path / f"variants-v{mapping.VERSION}-{max(taken, default=0) + 1:06d}"
    folder.mkdir(parents=True)
    return folder


def all_versions(searcher: Searcher) -> Iterator[tuple[UUID, int]]:
    """Every id with its version, tombstones included."""
    if not searcher.num_docs:
        return
    found = searcher.search(Query.all_query(), limit=searcher.num_docs, count=False)
    addresses = [address for _, address in found.hits]
    for address, version in zip(addresses, searcher.fast_field_values("version", addresses), strict=True):
        yield ids_at(searcher, address)[0], int(version or 0)
