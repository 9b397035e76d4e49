"""What the reviews room refuses."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class NotDelivered(Conflict):
    """The line has not arrived, or its order was called off."""

    code = "not_delivered"
    message = lazy("Only goods that have arrived can be reviewed.")


class ReviewWindowClosed(Conflict):
    """Too long ago. `days`: how long the window is."""

    code = "review_window_closed"
    message = lazy("The time to review these goods is over.")


class AlreadyReviewed(Conflict):
    """There is one review a line."""

    code = "already_reviewed"
    message = lazy("This line has its review already.")


class LinkedCompany(Conflict):
    """The reviewer and the vendor are not strangers to each other."""

    code = "linked_company"
    message = lazy("A company does not review a vendor that it is linked to.")


class EditNotPossible(Conflict):
    """The one edit is used, or its time is over."""

    code = "edit_not_possible"
    message = lazy("A review can be changed once, within 30 days.")


class AlreadyReplied(Conflict):
    """There is one reply a review."""

    code = "already_replied"
    message = lazy("This review has its reply already.")


class ReplyTooLate(Conflict):
    """Too long ago."""

    code = "reply_too_late"
    message = lazy("The time to reply to this review is over.")
