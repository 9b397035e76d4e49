"""Standards of companies in a query: "iso 9001 bolt" asks for a bolt of a vendor who is certified (pure).

No bolt is made to ISO 9001: it says how a company works, and goods that mention it only advertise their maker. What goods are made to
(ISO 4017) or marked with (CE, RoHS) stays words.
"""

import re

from search import analysis

OF_COMPANIES = ("ISO 9001", "ISO 13485", "ISO 14001", "ISO 22000", "ISO 27001", "ISO 45001", "ISO 50001", "IATF 16949", "AS 9100", "SA8000")
"""As they stand on papers: quality, medical devices, environment, food, information, safety at work, energy, cars, aircraft, labour."""


_by_code = {analysis.code(scheme): scheme for scheme in OF_COMPANIES}
_any = "|".join(re.sub(r"(?<=[A-Z]) ?(?=\d)", r"[\\s-]?", scheme) for scheme in OF_COMPANIES)
SCHEME = re.compile(rf"(?<![\w-])({_any})(?::\d{{4}})?(?![\w-])", re.IGNORECASE)
"""One of them in any writing: `iso 9001`, `ISO9001`, `iso-9001:2015`."""


def parted(text: str) -> tuple[str, tuple[str, ...]]:
    """(the text that is searched for in goods, the schemes that it asks of vendors). A text that is nothing else stays as it is."""
    found = tuple(dict.fromkeys(_by_code[analysis.code(written)] for written in SCHEME.findall(text)))
    rest = " ".join(SCHEME.sub(" ", text).split())
    return (rest, found) if found and analysis.split(rest) else (text, ())
