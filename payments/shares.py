"""Pure rules of partial money: what a part of an order costs the vendor and the platform. Source: payments.md §3.4, J09, J10, J16, J19, J20."""

from dataclasses import dataclass

from marketplace.core.money import divide_half_up


@dataclass(frozen=True, slots=True)
class Parts:
    """A sum in its parts, in minor units of one currency."""

    goods_minor: int
    freight_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All parts together."""
        return self.goods_minor + self.freight_minor + self.tax_minor

    @property
    def is_whole(self) -> bool:
        """Whether no part is negative."""
        return min(self.goods_minor, self.freight_minor, self.tax_minor) >= 0

    def at_most(self, other: "Parts") -> "Parts":
        """As much of each part as there is in another sum."""
        return Parts(
            min(self.goods_minor, other.goods_minor), min(self.freight_minor, other.freight_minor), min(self.tax_minor, other.tax_minor)
        )

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(self.goods_minor + other.goods_minor, self.freight_minor + other.freight_minor, self.tax_minor + other.tax_minor)

    def __sub__(self, other: "Parts") -> "Parts":
        return Parts(self.goods_minor - other.goods_minor, self.freight_minor - other.freight_minor, self.tax_minor - other.tax_minor)


def commission_of(commission_minor: int, goods_minor: int, part_goods_minor: int) -> int:
    """The commission on a part of the goods: commission is on goods only, so freight and tax carry none.

    Called with sums so far, never with single parts: then the rounding of many parts never adds up to more than the whole.
    """
    return divide_half_up(commission_minor * part_goods_minor, goods_minor) if goods_minor else 0


@dataclass(frozen=True, slots=True)
class CommissionShare:
    """What a refund takes off the commission: a part that is never charged, and a part that was charged and is given back."""

    waived_minor: int
    back_minor: int


def commission_share(
    *, wanted_minor: int, uncharged_minor: int, charged_minor: int, refund_minor: int, released_minor: int
) -> CommissionShare:
    """Split the commission of a refund between held and released money, as the refund itself is (`released_minor` of `refund_minor`).

    Neither part is more than there is of it: `uncharged_minor` waits for its release, `charged_minor` was kept and not yet given back.
    """
    back = min(charged_minor, divide_half_up(wanted_minor * released_minor, refund_minor))
    return CommissionShare(min(uncharged_minor, wanted_minor - back), back)
