"""The doors in: log-in, sign-up, the links of mails, log-out, switching company."""

from typing import Any

from flask import flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from marketplace.accounts import passkeys, queries, services
from marketplace.accounts.devices import device_name
from marketplace.accounts.errors import LinkSpent, NoCompany, ShutOut, TooManyTries, WrongPassword
from marketplace.accounts.models import LinkKind, Person
from marketplace.accounts.passwords import hash_password, is_right
from marketplace.accounts.permissions import Permission
from marketplace.accounts.queries import Credentials
from marketplace.accounts.schemas import EmailInput, LogInInput, NewPasswordInput, SignUpInput
from marketplace.accounts.tax_ids import check_tax_id
from marketplace.accounts.views.blueprint import bp, forget, remember
from marketplace.accounts.views.proof import new_challenge, site
from marketplace.core import clock, i18n, once, policy
from marketplace.core.acting import Page
from marketplace.core.audit import Viewer
from marketplace.core.db import outside, transaction
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import day, gettext
from marketplace.core.ids import parse_id, token_hash
from marketplace.core.web import current_actor, current_viewer, network, nobody, once_key, own_path, page_url, public, see_other, signed_in

WAIT = {"Retry-After": "900"}
PENDING = "second_step"
"""Where the session keeps who has given the right password but not the second factor yet."""


def landing(viewer: Viewer, target: str | None) -> str:
    """Where somebody goes after logging in: where they wanted to, else to the desk, the portal or the buyer's home."""
    fallback = "/"
    if viewer.is_staff:
        fallback = page_url("admin.show_home") or page_url("vendors.list_cases") or "/"
    elif viewer.is_vendor and not viewer.is_buyer:
        fallback = page_url("vendors.show_home") or "/"
    elif viewer.can(Permission.ORDER_VIEW):
        fallback = page_url("carts.show_account_home") or "/"
    wanted = own_path(target, fallback)
    return fallback if wanted == "/" else wanted


def enter(person_token: str, target: str | None) -> Response:
    """Begin the session whose secret this is, and go on."""
    remember(person_token)
    viewer = queries.load_viewer(person_token)
    outside()
    return redirect(landing(viewer, target) if viewer else "/", 303)


@bp.route("/log-in", methods=["GET", "POST"])
@public
def log_in() -> Page:
    """Give e-mail and password. What is wrong is never said: neither by words nor by time. Who is shut out hears it after both are right."""
    target = own_path(request.values.get("next"), "")
    viewer = current_viewer()
    if request.method != "POST":
        if viewer is not None:
            return redirect(landing(viewer, target), 303)
        return log_in_page(Form(LogInInput), target)
    form = Form(LogInInput, request.form)
    if not form.is_valid():
        return log_in_page(form, target), 422
    try:
        found = _known(form.data)
        if queries.ways_of(found.person_id).has_app:
            session[PENDING] = [str(found.person_id), token_hash(found.password_hash), int(clock.now().timestamp())]
            return see_other("accounts.give_second_step", next=target or None)
        with transaction():
            token = services.open_session(found.person_id, device=device_name(request.user_agent.string), actor=nobody())
    except TooManyTries as refusal:
        form.add_error("form", gettext(refusal.text))
        return log_in_page(form, target), 429, WAIT
    except (WrongPassword, ShutOut, NoCompany) as refusal:
        form.add_error("form", why_not(refusal))
        return log_in_page(form, target), 422
    return enter(token, target)


def why_not(refusal: Forbidden) -> str:
    """Why nobody is let in; what only its owner may know of an account is refused only after the proof."""
    if isinstance(refusal, ShutOut):
        trade = policy.current()
        return gettext(refusal.text, phone=trade.operator_phone, hours=trade.operator_hours)
    if isinstance(refusal, NoCompany) and refusal.ended_at is not None:
        return gettext(refusal.text, company=refusal.company, day=day(refusal.ended_at))
    return gettext(refusal.text)


def log_in_page(form: Form[Any], target: str) -> str:
    """The page with both ways in. The passkey's challenge lies on the cookie until it is used or ten minutes are over."""
    options = passkeys.request_options(site(), new_challenge("log_in"))
    return render_template("accounts/log_in.html", form=form, target=target, passkey_options=options, passkey_origin=site().origins[0])


def _known(data: LogInInput) -> Credentials:
    with transaction():
        services.admit_log_in(data.email, network=network())
    found = queries.find_credentials(data.email)
    outside()
    if not is_right(data.password, found.password_hash if found else None) or found is None:
        raise WrongPassword
    if found.is_shut_out:
        raise ShutOut
    return found


@bp.post("/log-out")
@signed_in
def log_out() -> Response:
    """End this session."""
    viewer = current_viewer()
    if viewer is not None:
        with transaction():
            services.end_session(viewer.session_id, actor=current_actor())
    forget()
    return redirect("/", 303)


@bp.post("/switch-company")
@signed_in
def switch_company() -> Response:
    """Go on as another of one's companies."""
    viewer = current_viewer()
    company_id = parse_id(request.form.get("company_id", ""))
    if viewer is None or company_id is None:
        raise NotFound
    with transaction():
        token = services.switch_company(viewer.session_id, company_id, actor=current_actor())
    session.pop("ship_to", None)  # chosen for the goods of the company that is left
    return enter(token, None)


@bp.route("/sign-up", methods=["GET", "POST"])
@public
def sign_up() -> Page:
    """A person and their company in one step. A known address is answered exactly like a new one."""
    if request.method != "POST":
        country = session.get("ship_to", "")
        form = Form(SignUpInput, initial={"does": ["buy"], "language": i18n.locale(), "currency": "EUR", "country": country})
        return render_template("accounts/sign_up.html", form=form)
    form = Form(SignUpInput, request.form)
    if not form.is_valid():
        return render_template("accounts/sign_up.html", form=form), 422
    data = form.data
    try:
        with transaction():
            services.admit_mail(data.email, network=network())
    except TooManyTries as refusal:
        form.add_error("form", gettext(refusal.text))
        return render_template("accounts/sign_up.html", form=form), 429, WAIT
    password_hash = hash_password(data.password)
    with transaction():
        if once.claim("accounts.sign_up", once_key(), data.model_dump(exclude={"password"})) is None:
            services.sign_up(
                data.email,
                name=data.name,
                password_hash=password_hash,
                company_name=data.company_name,
                country=data.country,
                region=data.region,
                tax_ids=[check_tax_id(data.country, data.tax_id)] if data.tax_id else [],
                is_buyer="buy" in data.does,
                is_vendor="sell" in data.does,
                language=data.language,
                currency=data.currency,
                actor=nobody(),
            )
    session["mail_to"] = data.email
    return see_other("accounts.show_mail_sent")


@bp.get("/mail-sent")
@public
def show_mail_sent() -> str:
    """The next step lies in the mailbox."""
    return render_template(
        "accounts/show_mail_sent.html", email=session.get("mail_to", ""), is_reset=request.args.get("about") == "password"
    )


@bp.route("/confirm-address/<token>", methods=["GET", "POST"])
@public
def confirm_email(token: str) -> Page:
    """The link of the mail. Opening it shows a button: programs that look at mails open links, too."""
    if request.method != "POST":
        person = queries.find_link_person(token, LinkKind.CONFIRM_EMAIL)
        if person is None:
            return _spent()
        _speak_to(person)
        return render_template("accounts/confirm_email.html", email=person.email)
    try:
        with transaction():
            person = services.confirm_address(token, actor=nobody())
    except LinkSpent:
        return _spent()
    viewer = current_viewer()
    _speak_to(person)
    flash(gettext("%(email)s is confirmed.", email=person.email), "done")
    if viewer is not None and viewer.person_id == person.id:
        return redirect(landing(viewer, None), 303)
    return see_other("accounts.log_in")


def _speak_to(person: Person) -> None:
    """Whoever opens the link of a mail reads on in the language of the mail, unless this browser has chosen one or shows somebody else."""
    viewer = current_viewer()
    if "lang" not in session and (viewer is None or viewer.person_id == person.id):
        i18n.set_context(person.locale, person.time_zone)


@bp.get("/confirm-address")
@signed_in
def show_unconfirmed() -> Page:
    """Why the page that was asked for waits, and how to get the mail again."""
    viewer = current_viewer()
    if viewer is not None and viewer.email_confirmed:
        return redirect(landing(viewer, None), 303)
    return render_template("accounts/show_unconfirmed.html")


@bp.post("/confirm-address")
@signed_in
def send_confirmation() -> Page:
    """Send the link once more."""
    actor = current_actor()
    viewer = current_viewer()
    try:
        with transaction():
            services.admit_mail(viewer.email if viewer else "", network=network())
            if actor.person_id is not None:
                services.send_confirmation_again(actor.person_id)
    except TooManyTries as refusal:
        flash(gettext(refusal.text), "late")
        return render_template("accounts/show_unconfirmed.html"), 429, WAIT
    flash(gettext("Sent. The link works for 3 days."), "done")
    return see_other("accounts.show_unconfirmed")


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot_password() -> Page:
    """Ask for a link by mail. The answer is the same whether or not the address exists."""
    if request.method != "POST":
        return render_template("accounts/forgot_password.html", form=Form(EmailInput))
    form = Form(EmailInput, request.form)
    if not form.is_valid():
        return render_template("accounts/forgot_password.html", form=form), 422
    try:
        with transaction():
            services.admit_mail(form.data.email, network=network())
            services.ask_for_reset(form.data.email)
    except TooManyTries as refusal:
        form.add_error("form", gettext(refusal.text))
        return render_template("accounts/forgot_password.html", form=form), 429, WAIT
    session["mail_to"] = form.data.email
    return see_other("accounts.show_mail_sent", about="password")


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> Page:
    """Set a new password by the link of a mail."""
    form = Form(NewPasswordInput, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        person = queries.find_link_person(token, LinkKind.RESET_PASSWORD)
        if person is None:
            return _spent()
        _speak_to(person)
        return render_template("accounts/reset_password.html", form=form, email=person.email), 422 if request.method == "POST" else 200
    password_hash = hash_password(form.data.password)
    try:
        with transaction():
            services.reset_password(token, password_hash, actor=nobody())
    except LinkSpent:
        return _spent()
    forget()
    flash(gettext("The new password is set, and all earlier sessions have ended. Log in with it."), "done")
    return see_other("accounts.log_in")


def _spent() -> tuple[str, int]:
    return render_template("accounts/link_spent.html"), 404
