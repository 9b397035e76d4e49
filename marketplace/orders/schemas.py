"""What may be sent to the orders."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from marketplace.core.forms import FormSchema, WholeNumber

Short = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=1000)]


class PlaceOrderInput(FormSchema):
    """A checkout. The cart, its version and the total are what the buyer saw, and part of the act."""

    location_id: UUID
    buyer_reference: Annotated[str, StringConstraints(max_length=60)] | None = None
    note: Annotated[str, StringConstraints(max_length=1000)] | None = None
    cart_id: UUID
    cart_version: datetime
    total_minor: WholeNumber
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)]


class ReasonInput(FormSchema):
    """Why: read by the other side."""

    reason: Reason


class ShipOrderInput(FormSchema):
    """Who carries the goods, and how they are followed."""

    carrier: Short
    tracking: Annotated[str, StringConstraints(max_length=120)] | None = None


class ProofInput(FormSchema):
    """Who signed for the goods."""

    signed_by: Short


class ProblemKind(StrEnum):
    """What is wrong with delivered goods (product.md §8)."""

    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG = "wrong"
    LATE = "late"


class ProblemInput(FormSchema):
    """A reported problem."""

    kind: ProblemKind
    text: Annotated[str, StringConstraints(min_length=10, max_length=4000)]


class Decision(StrEnum):
    """What the platform's finance decides about held money."""

    RELEASE = "release"
    REFUND = "refund"


class DecisionInput(FormSchema):
    """A decision with its reason, which both sides read."""

    decision: Decision
    reason: Reason
