"""Text into tokens, the same for documents and queries and for every engine: the engines split at spaces and nothing else.

Words are lower-case runs of letters and digits without accents, decimals kept, plural taken off by `stemming.py`;
Han text becomes overlapping pairs of characters; sizes are brought to one writing by `units.py`; codes keep letters and digits.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from search import units
from search.stemming import STEMS, ByWord

HAN = "㐀-䶿一-鿿豈-﫿々〆"
WORD = re.compile(rf"(?P<han>[{HAN}]+)|[^\W_{HAN}]+(?:[.,]\d+)*")
FOREIGN = re.compile(r"[^\x00-\x7f]+")
HAN_RUN = re.compile(f"[{HAN}]+")
WORD_ASCII = re.compile(r"[a-z0-9]+(?:[.,]\d+)*")
PIECE = re.compile(r"[^\s,;()\[\]{}|\"'“”]{4,}")
NOT_CODE = re.compile(r"[\W_]+")
HEAD_WORD = re.compile(r"[^\s,;:()\[\]]+|[,;:()\[\]]")
HEAD_ENDS = frozenset(
    [",", ";", ":", "for", "f", "f.", "f/", "with", "without", "w", "w/", "w/o", "to", "in", "and", "from", "by", "on", "at", "over", "incl", "incl.", "including"]
)  # fmt: skip
PREPOSITIONS = frozenset(["for", "with", "without", "to", "incl", "including"])
"""Behind one of these stands what the thing fits or has."""
HEAD_BREAKS = frozenset(["(", ")", "[", "]", "-", "–", "—", "/", "|", "iso", "din", "en", "uni", "bs", "ansi", "iec", "gb", "jis", "nf"])
# Marks are no letters of the word before them: "Velocity™" is not called "velocitytm".
PLAIN_LETTERS = str.maketrans(
    {
        "™": " ", "℠": " ", "×": "x", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "ı": "i", "°": " deg ", "℃": " deg c ", "℉": " deg f ",
    }
)  # fmt: skip
DIGIT = re.compile(r"\d")
SIDES = re.compile(r"/|,|\band\b|&")
SEVERAL_HAN = re.compile("[、与和及]")
LATIN_WORD = re.compile(r"[^\W\d_]+")

COLOURS = frozenset(
    [
        "black", "white", "grey", "gray", "silver", "gold", "blue", "red", "green", "yellow", "orange", "brown", "pink", "purple", "navy",
        "beige", "transparent", "clear", "natural", "cyan", "magenta", "violet", "turquoise", "ivory", "bronze", "khaki", "teal", "burgundy",
        "cream", "anthracite", "multicolor", "multicolour",
    ]
)  # fmt: skip
INTERFACES = frozenset(["hdmi", "dvi", "vga", "displayport", "usb", "sata", "esata", "sas", "scsi", "ide", "pci", "pcie"])
"""What says which of many cables or discs is meant, though it names no thing."""
NO_NOUNS = INTERFACES | frozenset(
    [
        "pc", "pcs", "piece", "pack", "set", "unit", "pair", "item", "each", "count", "series", "model", "type", "version", "edition",
        "colour", "color", "size", "original", "compatible", "genuine", "regular", "standard", "new", "kit", "bundle", "mm", "cm", "inch",
        "ft", "gb", "tb", "mb", "mhz", "ghz", "pro", "plus", "max", "mini", "ultra", "lite", "slim", "premium", "deluxe", "professional",
        "basic", "advanced", "universal", "wireless", "digital", "portable", "mobile", "electric", "gaming", "bluetooth", "hd", "full",
        "retail", "bulk", "adjustable", "automatic", "cordless", "ergonomic", "external", "foldable", "gigabit", "hydraulic", "indoor",
        "internal", "magnetic", "nvme", "outdoor", "pneumatic", "poe", "rechargeable", "waterproof", "utp", "ftp", "stp", "sftp", "pimf",
        "lszh", "fi", "dpi", "ppm", "rpm", "va", "kva", "mah", "ml", "kg", "ohm", "kbit", "mbit", "gbit", "mp", "pixel", "page",
        "capacity", "yield", "category", "singlepack", "multipack", "twinpack", "matt", "matte", "gloss", "glossy", "satin", "opaque",
        "optical", "thermal", "stereo", "duplex", "dual", "hybrid", "male", "female", "shielded", "unshielded", "managed", "unmanaged",
        "multimode", "singlemode", "ambidextrous", "wired", "branded", "certified", "assembled", "equivalent", "freestanding", "front",
        "load", "industrial", "personal", "permanent", "printable", "perforated", "stranded", "modular", "continuous", "qwerty", "qwertz",
        "azerty", "english", "german", "french", "spanish", "italian", "russian", "nordic", "eu", "uk", "us",
    ]
)  # fmt: skip
"""Words that end many titles and name no kind of thing: "1 pc(s)" must not answer "gaming pc", and no thing is a "pro"."""
NO_NOUN_ENDS = ("less", "proof")
"""Ends of words that say how a thing is: bagless, brushless, frameless, shockproof."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query with its place; `han` words are whole runs, not pairs yet."""

    text: str
    start: int
    end: int
    han: bool = False


def fold(text: str) -> str:
    """Lower case without accents; ß, ø and their like become plain letters, full-width forms become narrow ones."""
    return _plain(text).lower()


def _plain(text: str) -> str:
    """Without accents, with the capitals of plain letters."""
    return text if text.isascii() else FOREIGN.sub(_folded, text)


def _folded(run: re.Match[str]) -> str:
    return _plain_letters(run.group())


@lru_cache(maxsize=50_000)
def _plain_letters(run: str) -> str:
    """A run of letters and signs beyond ASCII: most texts have few, and the same ones."""
    decomposed = unicodedata.normalize("NFKD", run.translate(PLAIN_LETTERS).lower())
    return "".join([sign for sign in decomposed if not unicodedata.combining(sign)])


def words_of(folded: str) -> list[str]:
    """The words of a folded text as they are written, without runs of Han characters."""
    if folded.isascii():
        return WORD_ASCII.findall(folded)
    return [match.group() for match in WORD.finditer(folded) if not match["han"]]


def split(text: str) -> list[Token]:
    """The words of a query in order, with their places in `fold(text)`."""
    found = []
    for match in WORD.finditer(fold(text)):
        if match["han"]:
            found.append(Token(match.group(), match.start(), match.end(), han=True))
        else:
            word = match.group()
            found.append(Token(STEMS[word], match.start(), match.end()))
    return found


def pairs(run: str) -> list[str]:
    """Overlapping pairs of a run of Han characters; a single character stays itself."""
    return [run] if len(run) == 1 else [run[index : index + 2] for index in range(len(run) - 1)]


def words(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(words, Han pairs) of a text that is to be indexed, in order."""
    folded = fold(text)
    if folded.isascii():
        return tuple(map(STEMS.__getitem__, WORD_ASCII.findall(folded))), ()
    plain: list[str] = []
    han: list[str] = []
    for match in WORD.finditer(folded):
        if match["han"]:
            han.extend(pairs(match.group()))
        else:
            word = match.group()
            plain.append(STEMS[word])
    return tuple(plain), tuple(han)


def joined(tokens: tuple[str, ...]) -> list[str]:
    """Each pair of neighbours as one word: "head set" answers "headset"."""
    return list(map(add, tokens, tokens[1:]))


def text_sizes(text: str, *, is_stated: bool = False) -> tuple[str, ...]:
    """The sizes in a text that is to be indexed: series, their numbers, and each way a trade names them. What an attribute states is not
    always a length: the numbers of "1920 x 1080" are no sizes by themselves (`is_stated`).
    """
    found: dict[str, None] = {}
    if text.isascii() and not DIGIT.search(text):
        return ()
    for measure in units.measures(units.plain(text)):
        for token in measure.tokens if is_stated and measure.is_bare else measure.said:
            found[token] = None
    return tuple(found)


sizes = lru_cache(maxsize=50_000)(text_sizes)
"""The same of titles that stand on pages again and again."""


def code(text: str) -> str:
    """A part number or article number with letters and digits only: `QZ-4017/M8 X 40` → `qz4017m8x40`."""
    if text.isascii():
        # Most codes are plain already, and this runs for five of them a document.
        return text.lower() if text.isalnum() else NOT_CODE.sub("", text.lower())
    return NOT_CODE.sub("", fold(text))


def code_forms(text: str) -> tuple[str, ...]:
    """A code as it is looked up: article numbers of trade (12 to 14 digits) also without the zeros that scanners add or drop."""
    normal = code(text)
    if not normal:
        return ()
    if normal.isdigit() and 12 <= len(normal) <= 14 and normal[0] == "0":
        return normal, normal.lstrip("0")
    return (normal,)


def codes_in(text: str) -> list[str]:
    """Code-like pieces of a title (4 characters or more, a digit among them), normalised: codes that it mentions."""
    # Most pieces are words, and letters alone are told apart faster than a digit is found.
    pieces = [piece for piece in PIECE.findall(text) if not piece.isalpha() and DIGIT.search(piece)]
    return [normal for piece in pieces if len(normal := code(piece)) >= 4]


END, BREAK, COLOUR = range(3)
"""What a word of a title says that names no thing."""
Said = str | int | None
"""The noun of a word that names a thing, one of the three above, or None for a word that says nothing."""


SMALL = 4
"""Letters of a noun at least that the thing is called in small ones: "3rd gen Intel" is no gen."""


def _says(written: str) -> Said:
    word = written.lower()
    if word in HEAD_ENDS:
        return END
    if word in HEAD_BREAKS or (not word.isalpha() and DIGIT.search(word)):
        return BREAK
    if word in COLOURS:
        return COLOUR
    return _noun(word)


def heads(title: str, brand: str = "") -> tuple[str, ...]:
    """The nouns that can say what a title sells: "Sleeve for 15-inch notebook" → sleeve, never notebook.

    Source: cut the brand off, cut at the first preposition or comma behind a noun, part the rest at numbers, standards, brackets, dashes and
    where small letters become capitals, take the last noun of each part. Before an accessory stands what it fits: a "ThinkPad X60 Tablet
    8 cell battery" is no tablet; and behind one, in capitals, too: "screen protector Mobile phone/Smartphone".
    """
    text = _plain(title).strip()
    maker = fold(brand)
    if maker and text[: len(maker)].lower() == maker:
        text = text[len(maker) :]
    nouns: dict[str, None] = {}
    noun: str | None = None
    coloured: str | None = None
    is_small = is_accessory = False
    for word in HEAD_WORD.findall(text):
        says = _SAYS[word]
        if is_small and noun and word[0].isupper():
            # Behind the thing stands what it has: "PowerEdge T440 server Intel Xeon".
            is_accessory = is_accessory or noun in ACCESSORIES
            nouns[noun], noun = None, None
        if says is None:
            continue
        if says == END:
            # Where nothing is named yet, it stands behind: "USB A male to A female cable", "black and white printer".
            if nouns or noun or coloured:
                break
        elif says == BREAK:
            if noun:
                nouns[noun] = None
            noun = None
        elif says == COLOUR:
            # Catalogues write the colour behind the thing and its features behind that: "camcorder black full HD".
            coloured, noun = noun or coloured, None
        else:
            noun = str(says)
            is_small = len(word) >= SMALL and word[0].islower()
    for other in filter(None, (coloured, noun)):
        nouns[other] = None
    return tuple(other for other in nouns if not (is_accessory or noun in ACCESSORIES) or other in ACCESSORIES)


def _noun(word: str) -> str | None:
    """A word as a noun that can name a thing; "tool-box" gives box, colours and packs give nothing."""
    if not word.isalpha():
        return last_noun(word)
    stemmed = STEMS[word]
    if len(stemmed) < 2 or _is_han(stemmed) or stemmed in COLOURS or stemmed in NO_NOUNS or stemmed.endswith(NO_NOUN_ENDS):
        return None
    return stemmed


_SAYS = ByWord(_says)


ACCESSORIES = frozenset(
    [
        "accessory", "adapter", "arm", "backpack", "bag", "base", "battery", "bezel", "bracket", "briefcase", "cabinet", "cable", "cap",
        "card", "carrier", "cart", "cartridge", "case", "charger", "clamp", "cleaner", "clip", "cord", "cover", "cushion", "dock",
        "drawer", "drum", "enclosure", "extension", "filter", "foot", "frame", "fuser", "guard", "handle", "hanger", "holder", "hook",
        "hose", "housing", "key", "label", "lamp", "lead", "lens", "lid", "lock", "magazine", "mount", "mounting", "pad",
        "paper", "part", "pen", "plate", "plug", "pod", "pouch", "protector", "rack", "rail", "remote", "ribbon", "ring", "roller",
        "screen", "seal", "shelf", "shield", "sleeve", "socket", "spare", "stand", "strap", "stylus", "support", "switch", "tool",
        "tray", "tripod", "wall", "wrap",
    ]
)  # fmt: skip
"""What is sold for other things: behind a noun one of these is what the thing is, and the noun says what it fits."""
REACH = 3
"""Words behind a noun in which an accessory still takes its place: "camera lens filter"."""


def heads_title(noun: str, words: tuple[str, ...]) -> bool:
    """Whether a noun of a category is what a title sells: "keyboard USB black" is one, "keyboard cover" and "pad for keyboard" not."""
    at = words.index(noun) if noun in words else -1
    if at < 0 or not PREPOSITIONS.isdisjoint(words[:at]):
        return False
    return ACCESSORIES.isdisjoint(words[at + 1 : at + 1 + REACH])


def sorted_as(of_category: Sequence[str], words: tuple[str, ...], said: Sequence[str]) -> list[str]:
    """The nouns of a category that a title of these words and heads sells. One that the title lacks is known by a category that has no other:
    "Keyboards and mice" does not say which of the two. Where an accessory is said, or what it is for, that is no noun of its category: a holder
    among smartphones is none.
    """
    nouns = [noun for noun in of_category if noun in ACCESSORIES or ACCESSORIES.isdisjoint(said)]
    alone = len(of_category) == 1
    return [
        noun for noun in nouns if heads_title(noun, words) or (alone and noun not in words and (noun in ACCESSORIES or "for" not in words))
    ]


def last_noun(text: str) -> str | None:
    """The last word of letters that names a thing, without its plural; colours and packs do not."""
    return next((noun for word in reversed(LATIN_WORD.findall(text)) if (noun := _noun(word))), None)


def category_heads(name: str) -> list[str]:
    """The last noun of each "/" alternative of a category's name, and of each side of an "and"."""
    return [noun for noun in map(last_noun, SIDES.split(fold(name))) if noun]


def of_every_kind(name: str) -> str:
    """A category's name without single words that only say which of its goods: in "USB, serial and data cables" stands many a SATA cable. They
    share the noun at the end; plurals are kinds themselves ("Drums, fusers and printer parts"). Latin words of a Chinese name are such words.
    """
    if not name.isascii():
        return " ".join(HAN_RUN.findall(name)) if SEVERAL_HAN.search(name) else name
    parts = [part.lower() for side in SIDES.split(name) if (part := side.strip())]
    if len(parts) < 2 or " " not in parts[-1]:
        return name
    return " ".join([*(part for part in parts[:-1] if " " in part or STEMS[part] != part), parts[-1]])


def kind_heads(text: str) -> list[str]:
    """The head nouns of what a vendor says that the thing is: said on purpose, a lone "PC" is a thing and no packet."""
    words_of = words(text)[0]
    if len(words_of) == 1 and words_of[0].isalpha():
        return [words_of[0]]
    *parts, last = SIDES.split(fold(text))
    # Single words before several share the noun of these: a "server/workstation board" is no server.
    shared = [part for part in parts if len(part.split()) > 1] if len(last.split()) > 1 else parts
    return [noun for noun in map(last_noun, (*shared, last)) if noun]


def han_head(text: str) -> str | None:
    """The last two Han characters of the first Han run: Chinese names a thing at the end (六角螺栓 → 螺栓)."""
    match = re.search(f"[{HAN}]{{2,}}", text)
    return match.group()[-2:] if match else None


def _is_han(word: str) -> bool:
    return word[0] >= "㐀"
