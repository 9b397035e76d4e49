"""What pricing refuses."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class RateBegun(Conflict):
    """A rate or price that begins on a day that is past: what was charged on it stays as it was."""

    code = "rate_begun"
    message = lazy("It can begin today at the earliest: what was charged before stays as it was.")


class RateKnown(Conflict):
    """There is a rate of that place, kind and day already."""

    code = "rate_known"
    message = lazy("There is a rate that begins on this day already. Let the new one begin on a later day.")


class ListNameTaken(Conflict):
    """Another price list of the vendor has this name."""

    code = "list_name_taken"
    message = lazy("Another price list has this name.")


class ListChanged(Conflict):
    """The list is not as the form showed it."""

    code = "list_changed"
    message = lazy("Somebody has changed this price list since you opened it. Your entries are kept: check them and save again.")


class ListEnded(Conflict):
    """An ended list stays as it was."""

    code = "list_ended"
    message = lazy("This price list has ended. Make a new one.")


class ListNotReady(Conflict):
    """A list without prices or without buyers would do nothing."""

    code = "list_not_ready"
    message = lazy("A price list needs prices and somebody that it is meant for before it can be switched on.")


class BaseUnfit(Conflict):
    """A formula stands on the public prices or on a fixed list in the same currency."""

    code = "base_unfit"
    message = lazy("A formula stands on the public prices or on a list with written prices, in the same currency.")


class SegmentNameTaken(Conflict):
    """Another segment of the vendor has this name."""

    code = "segment_name_taken"
    message = lazy("Another segment has this name.")


class SegmentInUse(Conflict):
    """A price list is meant for the segment."""

    code = "segment_in_use"
    message = lazy("A price list is meant for this segment. Take it out of the list first.")
