"""How far the history is, for `dev.py status`, and the log-ins, for people: two files in the world's data folder."""

import json
from pathlib import Path

from marketplace.core import once

SCOPE = "demo"
"""Under which the demo keeps what it has done, so that a run that was killed goes on."""
PASSWORD = "open the mill gate"  # noqa: S105 - of the demo, printed for everybody
LOGINS = (
    ("Buyer", "m.lindqvist@halden.example", "M. Lindqvist, Halden Rail Systems"),
    ("Factory", "karin.wallgren@norrvik.example", "Karin Wallgren, Norrvik Fastening"),
    ("Verifier", "rosa.okafor@millgate.example", "Rosa Okafor, platform desk"),
    ("Finance", "s.brandt@millgate.example", "S. Brandt, platform desk"),
)


def is_seeded() -> bool:
    """Whether the people of the demo, whose one password everybody knows, are in this database."""
    return once.answer_of(SCOPE, "day 0") is not None


def logins_text() -> str:
    """The log-ins as they are printed."""
    lines = [f"{role + ':':<10} {email:<32} {who}" for role, email, who in LOGINS]
    return "\n".join(
        ["Log-ins of the demo; the password is the same for everybody in it:", f"  {PASSWORD}", *(f"  {line}" for line in lines)]
    )


def write_logins(home: str) -> None:
    """Leave the log-ins where `dev.py up` looks for them; nowhere when the process has no data folder."""
    if home:
        (Path(home) / "logins.txt").write_text(logins_text() + "\n", encoding="utf-8")


def write_progress(home: str, *, done: int, total: int, waiting: list[str]) -> None:
    """Say how far the history is; the file is whole at any moment."""
    if not home:
        return
    partial = Path(home) / ".seeding.json.part"
    partial.write_text(json.dumps({"done": done, "total": total, "waiting": waiting}, ensure_ascii=False), encoding="utf-8")
    partial.replace(Path(home) / "seeding.json")
