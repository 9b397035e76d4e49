"""Pure: what the two sides of an order say to each other in the story: claims with their answers, changes of a promise.

The files hold what is claimed or changed and when; their notes speak to the authors, so the words for people stand here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.orders.models import ProblemKind, Remedy


@dataclass(frozen=True, slots=True)
class ClaimTold:
    """A claim about one line, in base units. `answer` None: the vendor is silent; days are those of the files."""

    kind: ProblemKind
    sku: str
    quantity: int
    day: int
    text: str
    answer: Remedy | None = None
    answer_day: int = 0
    answer_text: str = ""
    is_taken: bool = False
    """The buyer takes the answer on the day that it is given."""
    hand_over_day: int | None = None
    """When the buyer asks the platform to decide."""


CLAIMS = {
    "P01": ClaimTold(
        ProblemKind.MISSING, "QZ-7089-M8-A2", 2000, -3, "2,000 washers are missing: we count 598 bags of a thousand, the slip says 600."
    ),
    "P14": ClaimTold(
        ProblemKind.DAMAGED,
        "CM-PL-5959-36-40",
        4,
        -4,
        "Four panels have broken corners.",
        answer=Remedy.REPLACE,
        answer_day=-3,
        answer_text="We send four new ones with better corner boards.",
        is_taken=True,
    ),
    "P16": ClaimTold(
        ProblemKind.DAMAGED,
        "CM-HV-60-24",
        8,
        -40,
        "Two of fifty checked were dead on arrival: that is eight of 200.",
        answer=Remedy.CREDIT,
        answer_day=-39,
        answer_text="Agreed, 4 % go back.",
        is_taken=True,
    ),
    "P22": ClaimTold(
        ProblemKind.WRONG,
        "FY-CV-20",
        24,
        -4,
        "The check valves do not close at low pressure.",
        answer=Remedy.REFUSE,
        answer_day=-2,
        answer_text="All of them closed on our bench at 0.3 bar; the report is enclosed with the goods.",
        hand_over_day=-1,
    ),
    "P25": ClaimTold(ProblemKind.WRONG, "TG4017/10/50", 1000, -2, "Two of the twelve boxes hold M10 × 40 instead of M10 × 50."),
}
"""By purchase; each is about the one order that holds the SKU."""
REFUND_WORDS = {"P28": ("The rods are scratched along their threads.", "The pictures show it: all of it goes back.")}
"""By purchase that is refunded after acceptance: what the buyer says, and the reason of the decision."""


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """Another arrival day for one line, proposed by a side; the other one signs it half an hour later, or it waits.

    A change waits for one business day only, so the one of the files that waits is of the day of seeding.
    """

    sku: str
    day: int
    to_day: int
    is_vendors: bool
    is_signed: bool
    reason: str


CHANGES = {
    "P01": ChangeTold("NV-22115-HV", -8, 1, is_vendors=True, is_signed=True, reason="Heat treatment repeated after a failed hardness test"),
    "P09": ChangeTold("QZ-4017-M12X60-A2", 0, 9, is_vendors=False, is_signed=False, reason="By air, please: our line stops without them."),
}
"""By purchase."""


def claim_about(purchase: str, skus: Iterable[str]) -> ClaimTold | None:
    """The claim about an order of these SKUs."""
    told = CLAIMS.get(purchase)
    return told if told is not None and told.sku in skus else None


def change_of(purchase: str, skus: Iterable[str]) -> ChangeTold | None:
    """The change of an order of these SKUs."""
    told = CHANGES.get(purchase)
    return told if told is not None and told.sku in skus else None
