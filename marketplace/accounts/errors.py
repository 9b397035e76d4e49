"""What this room refuses."""

from datetime import datetime

from marketplace.core.errors import Conflict, Forbidden, NotFound, TooMany
from marketplace.core.i18n import lazy


class WrongPassword(Forbidden):
    """The address is unknown or the password is wrong: both look alike."""

    code = "wrong_password"
    message = lazy("E-mail or password is not right.")


class ShutOut(Forbidden):
    """The platform has shut the person out. Only somebody with the right password or passkey is told."""

    code = "shut_out"
    message = lazy("Your account is shut. Call %(phone)s (%(hours)s) to ask why.")


REMOVED = lazy(
    "%(company)s ended your membership on %(day)s, and you belong to no other company. Ask one of its people to invite you again."
)
LEFT = lazy("You left %(company)s on %(day)s, and you belong to no other company. Ask one of its people to invite you again.")


class NoCompany(Forbidden):
    """The person is no longer a member of any company; where the last one is known, the text is `REMOVED` or `LEFT` with its values.

    Only somebody who has proved who they are is told.
    """

    code = "no_company"
    message = lazy("You belong to no company. Ask a company to invite you.")

    def __init__(self, why: str | None = None, *, company: str = "", ended_at: datetime | None = None) -> None:
        super().__init__(why, company=company)
        self.company = company
        self.ended_at = ended_at


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


class WrongCode(Forbidden):
    """A code of the app or of the paper that is wrong, too old or used: all look alike."""

    code = "wrong_code"
    message = lazy("This code is not right, or was used. Wait for the next one in the app.")


class PasskeyRefused(Forbidden):
    """The browser's answer does not prove a passkey that we know, or came too late."""

    code = "passkey_refused"
    message = lazy("The passkey was not taken. Try it again, or use another way.")


class TooManyPasskeys(Conflict):
    """A person keeps a handful."""

    code = "too_many_passkeys"
    message = lazy("You have 20 passkeys. Remove one first.")


class IdentityNotProved(Forbidden):
    """The act waits for password, second factor or passkey (robustness.md 14); people get a page that asks for it."""

    code = "identity_not_proved"
    message = lazy("Confirm that it is you first: you last did more than 10 minutes ago.")


class AddressTaken(Conflict):
    """Somebody has taken the address since the link was sent."""

    code = "address_taken"
    message = lazy("This address belongs to another account by now. Nothing was changed.")


class UnitNameTaken(Conflict):
    """Two units beside each other do not share a name."""

    code = "unit_name_taken"
    message = lazy("There is a unit of this name in the same place.")


class UnitBelowItself(Conflict):
    """A unit cannot stand below itself or below one of its own."""

    code = "unit_below_itself"
    message = lazy("A unit cannot stand below itself. Choose another one.")


class UnitsTooDeep(Conflict):
    """A tree of more levels is no tree that people read."""

    code = "units_too_deep"
    message = lazy("Units can stand 6 deep. Choose a place higher up.")


class UnitHasUnits(Conflict):
    """What stands below a unit is moved or removed first."""

    code = "unit_has_units"
    message = lazy("Other units stand below it. Move or remove them first.")


class TooManyUnits(Conflict):
    """A company has at most 500 units."""

    code = "too_many_units"
    message = lazy("Your company has 500 units. Remove one first.")


class NumberThere(Conflict):
    """The tax number is in the list already."""

    code = "number_there"
    message = lazy("This number is in the list already.")


class TooManyNumbers(Conflict):
    """A company has at most 30 tax numbers."""

    code = "too_many_numbers"
    message = lazy("Your company has 30 numbers. Remove one first.")


class FactsChecked(Conflict):
    """What was checked about a vendor changes by a check alone (product.md §10)."""

    code = "facts_checked"
    message = lazy("This was checked with your application: ask for the change in your shop portal, and a verifier looks at it.")


class OwnSeat(Conflict):
    """Nobody shuts themselves out."""

    code = "own_seat"
    message = lazy("This is you. Ask a colleague.")


class NoVisit(Conflict):
    """Staff are themselves in their own company."""

    code = "no_visit"
    message = lazy("This is the platform's own company: there is nobody to act as.")
