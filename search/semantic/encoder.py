"""Texts into vectors by a small sentence encoder. Optional: without its packages search answers by words alone.

The model is all-MiniLM-L6-v2 (Apache-2.0) with int8 weights in a package of 21 MB; it needs no network and runs on one thread.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from search.semantic import wordpiece
from search.semantic.packages import is_available, minilm, numpy, onnxruntime

DIMENSIONS = 384
QUERY_PIECES = 64
TEXT_PIECES = 128
BATCH = 32
DESCRIPTION_SIGNS = 300
"""Of a description: more of it says less about what a thing is, and takes longer."""


def text_of(title: str, description: str) -> str:
    """What of a product is encoded."""
    return f"{title}. {description[:DESCRIPTION_SIGNS]}" if description else title


class Encoder:
    """The model, loaded once a process (about a second). Safe for several threads."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        model = Path(minilm.model_path())
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {wanted.name for wanted in self._session.get_inputs()}

    def encode(self, texts: Sequence[str], pieces: int = TEXT_PIECES) -> Any:
        """An array of (texts, 384) 32-bit floats, each row of length 1."""
        rows = [wordpiece.numbers(text, pieces) for text in texts]
        # Texts of a like length share a batch, so that little of it is padding.
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found = numpy.zeros((len(rows), DIMENSIONS), dtype=numpy.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            found[places] = self._batch([rows[place] for place in places])
        return found

    def _batch(self, rows: list[list[int]]) -> Any:
        longest = max(map(len, rows))
        ids = numpy.zeros((len(rows), longest), dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        answer = self._session.run(None, {name: value for name, value in given.items() if name in self._inputs})[0]
        if answer.ndim == 3:
            weights = mask[:, :, None].astype(numpy.float32)
            answer = (answer * weights).sum(axis=1) / weights.sum(axis=1)
        return answer / numpy.linalg.norm(answer, axis=1, keepdims=True)


class Loading:
    """The encoder of a process. Loading takes a second, so pages do not wait for it: until it is there they answer by words."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._encoder: Encoder | None = None
        self._thread: Thread | None = None

    def now(self) -> Encoder | None:
        """The encoder, loaded if need be; None without the extra."""
        if not is_available():
            return None
        with self._lock:
            if self._encoder is None:
                self._encoder = Encoder()
            return self._encoder

    def if_ready(self) -> Encoder | None:
        """The encoder if it is loaded already; else None, and it begins to load."""
        if self._encoder is None and self._thread is None and is_available():
            self._thread = Thread(target=self.now, name="load-encoder", daemon=True)
            self._thread.start()
        return self._encoder


ENCODER = Loading()
