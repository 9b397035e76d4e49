"""What this room refuses."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class DecisionOver(Conflict):
    """The decision is no longer in force: it was lifted, or what it was about has been sent again."""

    code = "decision_over"
    message = lazy("This decision is no longer in force: there is nothing to appeal against.")


class AppealedAlready(Conflict):
    """Each decision can be appealed against once."""

    code = "appealed_already"
    message = lazy("This decision was appealed against already: that is possible once for each decision.")


class AppealTooLate(Conflict):
    """The time to appeal is over."""

    code = "appeal_too_late"
    message = lazy("The time to appeal against this decision is over.")


class AppealClosed(Conflict):
    """Somebody was first: the appeal was answered or taken back."""

    code = "appeal_closed"
    message = lazy("This appeal was answered or taken back meanwhile. The page shows how it stands now; what you wrote is kept.")


class OwnDecision(Conflict):
    """Four eyes: whoever took a decision does not answer the appeal against it."""

    code = "own_decision"
    message = lazy("You took this decision yourself: another verifier answers the appeal.")
