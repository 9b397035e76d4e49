"""A text into the numbers that the encoder reads (pure): BERT's uncased WordPiece, with the vocabulary that the model was trained on.

Source: Devlin et al. 2018; the vocabulary file is that of bert-base-uncased (Apache-2.0), one piece a line, its place its number.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

VOCABULARY = Path(__file__).parent / "vocabulary.txt"
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100
CONTINUED = "##"


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Number by piece."""
    with VOCABULARY.open(encoding="utf-8") as lines:
        return {line.rstrip("\n"): number for number, line in enumerate(lines)}


def numbers(text: str, limit: int) -> list[int]:
    """A text as numbers of pieces between a start and an end mark, at most `limit` in all."""
    known = vocabulary()
    found: list[int] = []
    for word in _words(text):
        found.extend(_pieces(word))
        if len(found) >= limit:
            break
    return [known[START], *found[: limit - 2], known[END]]


def _words(text: str) -> list[str]:
    """Lower-case words without accents; punctuation and each Han character stand alone."""
    signs: list[str] = []
    for sign in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(sign)
        if kind == "Mn" or (kind in ("Cc", "Cf") and not sign.isspace()) or sign == "�":
            continue
        signs.append(f" {sign} " if _stands_alone(sign, kind) else sign)
    return "".join(signs).split()


def _stands_alone(sign: str, kind: str) -> bool:
    is_ascii_mark = sign.isascii() and not sign.isalnum() and not sign.isspace()
    return is_ascii_mark or kind[0] == "P" or "一" <= sign <= "鿿" or "㐀" <= sign <= "䶿" or "豈" <= sign <= "﫿"


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[int, ...]:
    """The longest known piece first, then the longest of the rest; a word that cannot be made of pieces is unknown."""
    known = vocabulary()
    if len(word) > LONGEST_WORD:
        return (known[UNKNOWN],)
    pieces: list[int] = []
    start = 0
    while start < len(word):
        prefix = CONTINUED if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in known), 0)
        if not end:
            return (known[UNKNOWN],)
        pieces.append(known[prefix + word[start:end]])
        start = end
    return tuple(pieces)
