"""A million offers against the catalogue that stands: how much longer a page of results takes.

    python3 dev.py bench million [--offers N] [--rounds N] [--folder FOLDER] [--profile]

Runs in one process against the world that stands (`dev.py up`, with the 19,406 imported), as `inside` does. The documents of its index
are made by the indexer's own path and written again and again under other ids, each time for other vendors at other prices, until there
are enough: a real index of a million, read by the page's own code, with as many more vendors. The database does not grow: where the large
index finds a copy, the rows of the goods are shown that the small one finds, so that both pages show the same. `--folder` keeps the large
index for the next run.

Each page is asked for twice: once as after a commit of the index, which has answered nothing yet, and once more as long as nothing changes.
"""

import argparse
import cProfile
import gc
import json
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from flask import Flask

from bench.pages import addresses, standing
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.core.memory import no_cycles
from marketplace.core.recent import Kept
from search import index
from search.cli.indexer import DatabaseTruth
from search.documents import Document
from search.engines.tantivy import TantivyEngine
from search.queries import vendors
from search.queries.vendors import SeenVendors, seen_from, seen_vendors
from search.query import Found, FoundVariant, Plan

BATCH = 1_000
PERCENT = 41
"""Prices of copies stand between 80 and 120 percent of the first one's."""
PRICES = tuple(f"tier_{slot}_price" for slot in range(10))


@dataclass
class Size:
    """One of the two catalogues, and what its pages took: milliseconds by the clock and of the processor, first asked and asked again."""

    engine: TantivyEngine
    vendors: Kept[SeenVendors]
    is_large: bool
    taken: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "first_cpu": [], "again": [], "again_cpu": []})


def copied(key: UUID, copy: int) -> UUID:
    """The id of a copy of a thing; the first is the thing itself."""
    return UUID(int=key.int ^ copy)


def copy_of(document: Document, copy: int) -> Document:
    """The same offer by another vendor at another price."""
    fields = document.fields or {}
    changed: dict[str, Any] = {name: max(1, fields[name] * (80 + copy * 7 % PERCENT) // 100) for name in PRICES if name in fields}
    changed |= {name: str(copied(UUID(fields[name]), copy)) for name in ("product_id", "vendor_id")}
    return Document(str(copied(UUID(document.id), copy)), document.version, fields | changed)


def originals() -> list[Document]:
    """Every document of the world, made from its rows as a rebuild makes them."""
    truth = DatabaseTruth()
    ids = iter([variant_id for variant_id, standing in truth.standings().items() if standing.is_live])
    documents: list[Document] = []
    with no_cycles():
        while chunk := list(islice(ids, BATCH)):
            documents += truth.documents(chunk)
    return [document for document in documents if document.fields is not None]


def build(folder: Path, offers: int) -> tuple[int, int]:
    """Write the large index; returns (offers, copies of each)."""
    documents = originals()
    copies = -(-offers // len(documents))
    building = TantivyEngine(folder).rebuild()
    for copy in range(copies):
        with no_cycles():
            for start in range(0, len(documents), BATCH):
                building.put(copy_of(document, copy) if copy else document for document in documents[start : start + BATCH])
        print(f"{(copy + 1) * len(documents):,} of {copies * len(documents):,}", file=sys.stderr)
    building.publish()
    (folder / "copies").write_text(str(copies))
    return len(documents) * copies, copies


def many_vendors(copies: int) -> Kept[SeenVendors]:
    """The vendors of the world and their copies, all of whom may be seen."""

    def read() -> SeenVendors:
        facts = [replace(one, id=copied(one.id, copy)) for one in few.facts.values() for copy in range(copies)]
        return seen_from({one.id: one for one in facts})

    few = seen_vendors()
    return Kept(read, lambda: 0)


class Stage:
    """Shows pages of both catalogues. Where the large index finds copies, the hits of the small one for the same page stand in for them."""

    def __init__(self, app: Flask) -> None:
        self._app, self._find = app, index.find
        self._seen: dict[str, list[tuple[FoundVariant, ...]]] = {}
        self._path, self._is_large = "", False
        self._left: Iterator[tuple[FoundVariant, ...]] = iter(())
        index.find = self._found

    def _found(self, plan: Plan) -> Found:
        found = self._find(plan)
        if not found.hits:
            return found
        if self._is_large:
            return replace(found, hits=next(self._left, ())[: plan.limit])
        self._seen[self._path].append(found.hits)
        return found

    def ask(self, size: Size, path: str, kind: str) -> None:
        """One page; when it is the first of its kind the index has answered nothing before."""
        self._app.extensions[index.EXTENSION], vendors._kept = size.engine, size.vendors  # noqa: SLF001 - the catalogues change places here
        self._path, self._is_large = path, size.is_large
        if size.is_large:
            self._left = iter(self._seen[path])
        else:
            self._seen[path] = []
        if kind == "first":
            size.engine.state().answers.clear()
        began, cpu = time.perf_counter(), time.process_time()
        answer = self._app.test_client(use_cookies=False).get(path)
        size.taken[kind].append((time.perf_counter() - began) * 1000)
        size.taken[f"{kind}_cpu"].append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}")


def compare(stage: Stage, sizes: list[Size], paths: list[str], rounds: int) -> None:
    """Ask both catalogues in turn, so that what the machine does meanwhile touches both alike."""
    for path in paths * rounds:
        for kind in ("first", "again"):
            for size in sizes:
                stage.ask(size, path, kind)


def profile(stage: Stage, size: Size, paths: list[str]) -> None:
    """Print the functions that take the most time of pages that are asked first."""
    measured = cProfile.Profile(time.thread_time)
    measured.enable()
    for path in paths * 3:
        stage.ask(size, path, "first")
    measured.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(measured, stream=sys.stderr).strip_dirs().sort_stats(order).print_stats(50)


def row(name: str, sizes: list[Size], kind: str) -> dict[str, object]:
    """p50 of both catalogues, and the ratio."""
    small, large = (median(size.taken[kind]) for size in sizes)
    cpu = [median(size.taken[f"{kind}_cpu"]) for size in sizes]
    return {
        "work": name, "p50_ms": round(small, 2), "p50_ms_large": round(large, 2), "ratio": round(large / small, 2),
        "cpu_ms": round(cpu[0], 2), "cpu_ms_large": round(cpu[1], 2), "ratio_cpu": round(cpu[1] / cpu[0], 2),
    }  # fmt: skip


def main() -> None:
    """Build, measure, and print one JSON object."""
    options = argparse.ArgumentParser()
    options.add_argument("--offers", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--folder", type=Path)
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    variables = os.environ | standing().running()["environment"]
    app = create_app(Settings.from_env(variables))
    paths = addresses(variables["JOBS_DATABASE_URL"])
    with tempfile.TemporaryDirectory(prefix="million-") as spare, app.app_context():
        folder = chosen.folder or Path(spare)
        began = time.monotonic()
        if not (folder / "copies").exists():
            folder.mkdir(parents=True, exist_ok=True)
            jobs = create_app(Settings.from_env(variables | {"DATABASE_URL": variables["JOBS_DATABASE_URL"]}))
            with jobs.app_context():
                build(folder, chosen.offers)
        built, copies = time.monotonic() - began, int((folder / "copies").read_text())
        small, large = index.engine(), TantivyEngine(folder)
        if not isinstance(small, TantivyEngine):
            raise SystemExit("the world that stands has another engine")
        many = many_vendors(copies)
        sizes = [Size(small, vendors._kept, is_large=False), Size(large, many, is_large=True)]  # noqa: SLF001
        head = {
            "offers": small.count(),
            "offers_large": large.count(),
            "vendors": len(seen_vendors().ids),
            "vendors_large": len(many.get().ids),
            "built_in_s": round(built),
            "segments": large.state().searcher.num_segments,
        }
        gc.freeze()
        rows = []
        stage = Stage(app)
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            for name in ("search", "category"):
                compare(stage, sizes, paths[name], 1)
                for size in sizes:
                    size.taken = {kind: [] for kind in size.taken}
                compare(stage, sizes, paths[name], chosen.rounds)
                rows += [row(f"{name}, {words}", sizes, kind) for kind, words in (("first", "asked first"), ("again", "asked again"))]
                if chosen.profile:
                    profile(stage, sizes[1], paths[name])
    json.dump(head | {"rows": rows}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
