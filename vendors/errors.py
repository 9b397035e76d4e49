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


class PointsOpen(Conflict):
    """What passes has every point of its checklist ticked. Facts: kind (of the requirement); of a certificate points, is_looked_up."""

    code = "points_open"
    message = lazy("Tick every point that you have seen to be right, or say that it fails.")


class SecondReaderNeeded(Conflict):
    """This needs a second pair of eyes: another person than the one who proposed it or asked for it."""

    code = "second_reader_needed"
    message = lazy("This needs a second reader: another verifier decides.")


class TakenByColleague(Conflict):
    """Somebody else has taken the case since the page was opened."""

    code = "taken_by_colleague"
    message = lazy("A colleague has taken this meanwhile.")


class LevelsBelowOpen(Conflict):
    """A level stands on all below it. Facts: levels (those that are missing)."""

    code = "levels_below_open"
    message = lazy("The levels below are not all valid today.")


class LevelNotEarned(Conflict):
    """Level 4 comes from orders alone. Facts: orders, needed."""

    code = "level_not_earned"
    message = lazy("Too few orders were accepted for this level.")


class CertificateClosed(Conflict):
    """The certificate is decided, withdrawn, or its last day is over."""

    code = "certificate_closed"
    message = lazy("This certificate cannot be changed now: it was decided, withdrawn, or has ended.")


class CertificateSentTwice(Conflict):
    """The same certificate, with the same scope and dates, waits for its check or is checked already."""

    code = "certificate_sent_twice"
    message = lazy("You have sent this certificate already, with the same scope and dates.")


class DocumentNeeded(Conflict):
    """A certificate without its paper cannot be checked."""

    code = "document_needed"
    message = lazy("Add the certificate as a PDF or a picture.")


class EntryExists(Conflict):
    """The list has such an entry."""

    code = "entry_exists"
    message = lazy("The list already has this entry.")


class ShippingNameTaken(Conflict):
    """The vendor ships another way of this name. Facts: languages in which it is the same."""

    code = "shipping_name_taken"
    message = lazy("You ship another way of this name already: a buyer could not tell the two apart.")


class FactsNotChecked(Conflict):
    """Nothing was checked yet: the application can be changed itself."""

    code = "facts_not_checked"
    message = lazy("Nothing of this was checked yet: change the application itself.")


class ChangeWaits(Conflict):
    """One change of checked facts waits at a time."""

    code = "change_waits"
    message = lazy("A change waits already. Withdraw it first, or wait for its answer.")


class NothingChanged(Conflict):
    """All that was sent reads as what is in force."""

    code = "nothing_changed"
    message = lazy("Nothing differs from what is in force.")


class ChangePapersMissing(Conflict):
    """What changes has to be shown. Facts: kinds (of the requirements whose papers are missing)."""

    code = "change_papers_missing"
    message = lazy("A paper is missing that shows the change.")


class HoldsTooLate(Conflict):
    """A change is asked for at most 90 days ahead."""

    code = "holds_too_late"
    message = lazy("This day is too far away: send the change in the 90 days before.")


class ChangeClosed(Conflict):
    """The change was decided or withdrawn, or waits for the vendor."""

    code = "change_closed"
    message = lazy("This cannot be done now: the change was decided, was withdrawn, or waits for the vendor.")


class OwnChange(Conflict):
    """Whoever has asked for a change does not decide it."""

    code = "own_change"
    message = lazy("You asked for this change yourself: another verifier decides.")
