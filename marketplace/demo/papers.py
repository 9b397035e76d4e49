"""Papers of the demo world: certificates and a register extract as PDF, each marked as an example."""

from collections.abc import Mapping
from datetime import date

from marketplace.core import pdf

NOTE = "EXAMPLE. A paper of Millgate's demo world: company, issuer and numbers are invented, and it proves nothing."


def certificate_paper(
    *, holder: str, scheme: str, number: str, issuer: str, scope: str | None, valid_from: date, valid_until: date | None
) -> bytes:
    """A certificate with what is recorded of it; the same bytes for the same facts."""
    facts = {
        "Holder": holder,
        "Number": number,
        "Scope": scope or "",
        "Valid from": valid_from.isoformat(),
        "Valid until": valid_until.isoformat() if valid_until else "no end",
    }
    return paper(f"Certificate {scheme}", issuer, facts)


def paper(title: str, issuer: str, facts: Mapping[str, str]) -> bytes:
    """One sheet of A4 with these facts."""
    texts = {"page": "Page"}
    return pdf.render(
        "demo_paper.typ", {"language": "en", "texts": texts, "title": title, "issuer": issuer, "facts": list(facts.items()), "note": NOTE}
    )
