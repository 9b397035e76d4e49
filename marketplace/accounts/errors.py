"""What this room refuses."""

from marketplace.core.errors import Conflict, Forbidden, NotFound, TooMany
from marketplace.core.i18n import lazy


class WrongPassword(Forbidden):
    """The address is unknown, the password is wrong or the person is disabled: all three look alike."""

    code = "wrong_password"
    message = lazy("E-mail or password is not right.")


class NoCompany(Forbidden):
    """The person is no longer a member of any company."""

    code = "no_company"
    message = lazy("You belong to no company any more. Ask an administrator to invite you again.")


class TooManyTries(TooMany):
    """Too many tries for one address, or from one network."""

    code = "too_many_tries"
    message = lazy("Too many tries. Wait 15 minutes and send this again; nothing you typed is lost.")


class AddressNotConfirmed(Forbidden):
    """Public acts and orders wait for a confirmed e-mail address (product.md §2)."""

    code = "address_not_confirmed"
    message = lazy("Confirm your e-mail address first: open the link in the mail that we sent you.")


class LinkSpent(NotFound):
    """A link of a mail that was used, has run out, or never was."""

    code = "link_spent"
    message = lazy("This link has been used or has run out.")


class LastOwner(Conflict):
    """A company never loses its last owner."""

    code = "last_owner"
    message = lazy("This is the last owner. Make somebody else an owner first.")


class NotYoursToGive(Forbidden):
    """A role that the one who acts may not give or take."""

    code = "not_yours_to_give"
    message = lazy("You cannot give or take this role: it may do more than you.")


class AlreadyMember(Conflict):
    """The invited address belongs to a member already."""

    code = "already_member"
    message = lazy("This person is a member already.")


class WrongPerson(Conflict):
    """The invitation went to another address than that of the person who is signed in."""

    code = "wrong_person"
    message = lazy("This invitation was sent to another address. Log out and open the link again.")


class LastLocation(Conflict):
    """The default address stays until another one takes its place."""

    code = "default_location"
    message = lazy("Goods go here by default. Make another address the default first.")
