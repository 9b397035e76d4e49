"""What this room refuses."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class ApplicationClosed(Conflict):
    """The application lies with the verifiers, or is decided: it can be read, not changed."""

    code = "application_closed"
    message = lazy("The application cannot be changed now: it is being checked, or was decided.")


class ApplicationIncomplete(Conflict):
    """Something of the checklist is missing. Facts: kinds (names of the open requirements)."""

    code = "application_incomplete"
    message = lazy("The application is not complete yet.")


class RequirementsOpen(Conflict):
    """An approval needs every requirement passed. Facts: kinds."""

    code = "requirements_open"
    message = lazy("Not every requirement has passed.")


class CaseChanged(Conflict):
    """Somebody else has worked on the case since the page was opened."""

    code = "case_changed"
    message = lazy("Somebody has worked on this case meanwhile. The page shows how it stands now; what you wrote is kept.")


class ReasonNeeded(Conflict):
    """What fails, and what is decided against a vendor, carries its reason. Facts: kind (of the requirement), or none."""

    code = "reason_needed"
    message = lazy("Write the reason: the vendor reads it.")
