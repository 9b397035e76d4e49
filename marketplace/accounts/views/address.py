"""Another e-mail address: proved by a link that goes there, and told to the present one."""

from flask import flash, render_template, request

from marketplace.accounts import queries, services
from marketplace.accounts.errors import AddressTaken, LinkSpent, TooManyTries
from marketplace.accounts.schemas import EmailInput
from marketplace.accounts.views.blueprint import bp
from marketplace.accounts.views.entry import WAIT
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, current_viewer, network, nobody, public, see_other, signed_in, steps_up


@bp.route("/settings/email", methods=["GET", "POST"])
@signed_in
@steps_up
def change_address() -> Page:
    """Ask for another address. The answer is the same whether or not it has an account."""
    viewer = viewer_here()
    form = Form(EmailInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return render_template("accounts/change_address.html", form=form)
    if not form.is_valid():
        return render_template("accounts/change_address.html", form=form), 422
    if form.data.email == viewer.email:
        form.add_error("email", gettext("This is your address now. Write another one."))
        return render_template("accounts/change_address.html", form=form), 422

    def ask() -> None:
        services.admit_mail(form.data.email, network=network())
        services.ask_for_new_address(viewer.person_id, form.data.email, actor=current_actor())

    try:
        act_once("change_address", form.data.model_dump(), ask)
    except TooManyTries as refusal:
        form.add_error("email", gettext(refusal.text))
        return render_template("accounts/change_address.html", form=form), 429, WAIT
    flash(gettext("A link went to %(email)s. Your address changes when it is opened, within 24 hours.", email=form.data.email), "need")
    return see_other("accounts.show_security")


@bp.route("/confirm-new-address/<token>", methods=["GET", "POST"])
@public
def confirm_new_address(token: str) -> Page:
    """The link in the mail to the new address. Opening it shows a button: programs that look at mails open links, too.

    Whoever holds the link may use it, also in a browser where somebody else is signed in; the page then says whose address changes.
    """
    viewer = current_viewer()
    if request.method != "POST":
        found = queries.find_new_address(token)
        if found is None:
            return render_template("accounts/link_spent.html"), 404
        person_id, email = found
        is_of_another = viewer is not None and viewer.person_id != person_id
        return render_template("accounts/confirm_new_address.html", email=email, is_of_another=is_of_another)
    try:
        with transaction():
            person = services.change_address(token, actor=nobody())
            email, person_id = person.email, person.id
    except LinkSpent:
        return render_template("accounts/link_spent.html"), 404
    except AddressTaken as refusal:
        return render_template("accounts/address_taken.html", text=gettext(refusal.text)), 409
    if viewer is not None and viewer.person_id != person_id:
        flash(gettext("The other account goes by %(email)s now. Nothing changes in yours.", email=email), "done")
        return see_other("accounts.show_security")
    flash(gettext("Your address is %(email)s now. Log in with it from now on.", email=email), "done")
    return see_other("accounts.show_security" if viewer else "accounts.log_in")
