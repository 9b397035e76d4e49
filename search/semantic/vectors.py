"""The vectors of a catalogue in memory-mapped files, which one process writes and any number read: a machine's copy (`search.copies`).

In the folder lie `current` (the number of the newest set, and which state of the table it is) and, by number, the ids of the variants (16 bytes each), digests of the
texts they were made from (16 bytes each) and the vectors. A set is never written into: the pointer moves to the next one.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

from search.semantic.encoder import DIMENSIONS, ENCODER, QUERY_PIECES
from search.semantic.fusion import FLOOR
from search.semantic.packages import is_available, numpy

FOLDER = "meaning"
CURRENT = "current"
ID_BYTES = DIGEST_BYTES = 16
NEAREST = 100
TEXTS_KEPT = 1_024


def digest(text: str) -> bytes:
    """What tells whether a text has changed since its vector was made."""
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


State = tuple[int, int]
"""How many vectors the table has, and the newest number in it."""
NEW: State = (0, 0)


@dataclass(frozen=True, slots=True)
class VectorSet:
    """One set, opened. `places` are rows of `vectors` by the bytes of a variant's id."""

    stamp: tuple[int, int]
    state: State
    places: Mapping[bytes, int]
    digests: Sequence[bytes]
    vectors: Any
    ids: Sequence[bytes]
    nearest: dict[str, dict[UUID, float]] = field(default_factory=dict)
    """Answers of this set by text; they go with it."""


def read(folder: Path) -> VectorSet | None:
    """The newest set, None where none was written."""
    try:
        stat = (folder / CURRENT).stat()
        number, *state = (folder / CURRENT).read_text().split()
        ids = (folder / f"{number}.ids").read_bytes()
        digests = (folder / f"{number}.texts").read_bytes()
        vectors = numpy.load(folder / f"{number}.npy", mmap_mode="r")
    except FileNotFoundError:
        return None
    keys = [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]
    return VectorSet(
        (stat.st_mtime_ns, stat.st_ino),
        (int(state[0]), int(state[1])) if state else NEW,
        {key: place for place, key in enumerate(keys)},
        [digests[start : start + DIGEST_BYTES] for start in range(0, len(digests), DIGEST_BYTES)],
        vectors,
        keys,
    )


def write(folder: Path, rows: Mapping[bytes, tuple[bytes, Any]], state: State = NEW) -> None:
    """Write a set, {id: (digest, vector)}, that shows this state of the table, and let readers find it; the set before it stays for whoever is reading it."""
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(int(path.stem) for path in folder.glob("*.npy"))
    number = (before[-1] if before else 0) + 1
    vectors = numpy.zeros((len(rows), DIMENSIONS), dtype=numpy.float32)
    for place, (_, vector) in enumerate(rows.values()):
        vectors[place] = vector
    numpy.save(folder / f"{number}.npy", vectors)
    (folder / f"{number}.ids").write_bytes(b"".join(rows))
    (folder / f"{number}.texts").write_bytes(b"".join(known for known, _ in rows.values()))
    following = folder / f"{CURRENT}.{os.getpid()}.next"
    following.write_text(f"{number} {state[0]} {state[1]}")
    following.replace(folder / CURRENT)
    for old in before[:-1]:
        for ending in ("npy", "ids", "texts"):
            (folder / f"{old}.{ending}").unlink(missing_ok=True)


class Meanings:
    """What a process knows of meanings. `waits` loads the encoder before the first answer; pages do not wait."""

    def __init__(self, folder: Path, *, waits: bool = False) -> None:
        self._folder, self._waits = folder, waits
        self._set: VectorSet | None = None
        self._texts: dict[str, Any] = {}

    def current(self) -> VectorSet | None:
        """The newest set, opened again when it was replaced."""
        if not is_available():
            return None
        try:
            stat = (self._folder / CURRENT).stat()
        except FileNotFoundError:
            return None
        if self._set is None or self._set.stamp != (stat.st_mtime_ns, stat.st_ino):
            self._set = read(self._folder)
        return self._set

    def vector(self, text: str) -> Any:
        """The vector of a query, None while the encoder is not ready."""
        found = self._texts.get(text)
        if found is None:
            encoder = ENCODER.now() if self._waits else ENCODER.if_ready()
            if encoder is None:
                return None
            if len(self._texts) >= TEXTS_KEPT:
                self._texts.clear()
            found = self._texts[text] = encoder.encode([text], QUERY_PIECES)[0]
        return found

    def nearest(self, text: str) -> tuple[VectorSet, dict[UUID, float]] | None:
        """Variants that mean much the same as a text, with their cosines; None while meaning cannot be told."""
        known = self.current()
        if known is None:
            return None
        found = known.nearest.get(text)
        if found is None:
            vector = self.vector(text)
            if vector is None:
                return None
            if len(known.nearest) >= TEXTS_KEPT:
                known.nearest.clear()
            found = known.nearest[text] = _nearest(known, vector)
        return known, found

    def likeness(self, known: VectorSet, text: str, variant_ids: Iterable[UUID]) -> dict[UUID, float]:
        """Cosines of some variants with a text that `nearest` has answered; a variant without a vector is left out."""
        vector = self.vector(text)
        if vector is None:
            return {}
        placed = [(i, place) for i in variant_ids if (place := known.places.get(i.bytes)) is not None]
        if not placed:
            return {}
        cosines = known.vectors[[place for _, place in placed]] @ vector
        return {i: float(cosine) for (i, _), cosine in zip(placed, cosines, strict=True)}


def _nearest(known: VectorSet, vector: Any) -> dict[UUID, float]:
    cosines = known.vectors @ vector
    wanted = min(NEAREST, len(cosines))
    if not wanted:
        return {}
    places = numpy.argpartition(-cosines, wanted - 1)[:wanted]
    return {UUID(bytes=known.ids[place]): float(cosines[place]) for place in places if cosines[place] >= FLOOR}
