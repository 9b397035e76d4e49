"""The provider's own pages for a person: pay, confirm with the bank, and a supplier's form. No scripts; each says it is a simulation."""

from dataclasses import dataclass, field
from string import punctuation
from urllib.parse import parse_qs, quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from payments.simulator import accounts, banks, checkout, payments, timetable
from payments.simulator.balance import exponent
from payments.simulator.simulator import Simulator
from payments.simulator.store import Row

_STYLE = "/simulator.css"
_FIELDS = ("number", "expiry", "cvc", "name", "email")


@dataclass
class Page:
    """An HTML answer, or a redirect when `location` is set. `leads_to` are addresses that a form of the page may end at."""

    status: int
    html: str = ""
    location: str | None = None
    leads_to: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """Content policy and the like; browsers hold a redirect after a form to `form-action`, so the shop's origin is named."""
        origins = " ".join(sorted({origin(address) for address in self.leads_to if address}))
        policy = f"default-src 'none'; style-src 'self'; form-action 'self' {origins}; base-uri 'none'; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy.replace(" ;", ";"), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        if self.location is not None:
            headers["Location"] = quote(self.location, safe=punctuation)
        return {**headers, "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8"}


def origin(address: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def amount(minor: int, currency: str) -> str:
    """`EUR 1,234.50`; the currency decides how many decimals."""
    places = exponent(currency)
    whole, rest = divmod(minor, 10**places)
    return f"{currency.upper()} {whole:,}" + (f".{rest:0{places}}" if places else "")


class Pages:
    """Answers to everything that is neither Stripe's interface nor a control."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        loader = PackageLoader("payments.simulator")
        self._environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self._environment.filters["amount"] = amount
        self.style = loader.get_source(self._environment, "simulator.css")[0].encode()

    def answer(self, method: str, path: str, body: bytes) -> Page:
        """The page at an address."""
        form = {name: values[-1].strip() for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
        steps = path.strip("/").split("/")
        with self._simulator.store.act():
            timetable.run_due(self._simulator)
            match [method, *steps]:
                case ["GET", ""]:
                    return self._page("index.html", 200)
                case ["GET" | "POST", "pay", session_id]:
                    return self._pay(session_id, form if method == "POST" else None)
                case ["GET" | "POST", "authenticate", intent_id, secret]:
                    return self._authenticate(intent_id, secret, form.get("answer") if method == "POST" else None)
                case ["GET" | "POST", "onboard", account_id, token]:
                    return self._onboard(account_id, token, form if method == "POST" else None)
        return self._message(404, "No such page", "The payment simulator has nothing at this address.")

    def _page(self, template: str, status: int, leads_to: list[str] | None = None, **values: object) -> Page:
        html = self._environment.get_template(template).render(style=_STYLE, **values)
        return Page(status, html, leads_to=leads_to or [])

    def _message(self, status: int, title: str, text: str, link: str | None = None, label: str = "") -> Page:
        return self._page("message.html", status, title=title, text=text, link=link, label=label)

    def _pay(self, session_id: str, form: dict[str, str] | None) -> Page:
        row = self._simulator.store.find(session_id, "checkout.session")
        if row is None:
            return self._message(404, "No such payment", "This payment page does not exist.")
        if form is None:
            return self._closed(row) or self._pay_form(row, {"email": row.body["customer_email"] or ""}, self._failure(row), 200)
        values = {name: form.get(name, "") for name in _FIELDS}
        outcome = checkout.pay(self._simulator, row, checkout.Submission(**values))
        if outcome.kind == "paid":
            return Page(303, location=checkout.success_address(row), leads_to=[row.body["success_url"]])
        if outcome.kind == "requires_action":
            return Page(303, location=outcome.address)
        return self._closed(row) or self._pay_form(row, {**values, "cvc": ""}, outcome.message, 422)

    def _pay_form(self, row: Row, values: dict[str, str], problem: str, status: int) -> Page:
        filled = {**dict.fromkeys(_FIELDS, ""), **values}
        shown = {"items": row.hidden["items"], "total": row.body["amount_total"], "currency": row.body["currency"]}
        leads_to = [row.body["success_url"]]
        return self._page(
            "pay.html", status, leads_to, cancel=row.body["cancel_url"], values=filled, problem=problem, address=f"/pay/{row.id}", **shown
        )

    def _failure(self, row: Row) -> str:
        """What went wrong with the last try, for a buyer who comes back from the bank's page."""
        if row.body["payment_intent"] is None:
            return ""
        error = self._simulator.get("payment_intent", row.body["payment_intent"]).body["last_payment_error"]
        return str(error["message"]) if error else ""

    def _closed(self, row: Row) -> Page | None:
        """A session that cannot be paid any more says so."""
        if row.body["status"] == "complete":
            text = "This payment has been made. Nothing more was charged."
            return self._message(200, "Already paid", text, checkout.success_address(row), "Back to the shop")
        if row.body["status"] == "expired":
            text = "The time for this payment is over and nothing was charged. Start again from the shop."
            return self._message(200, "Payment page expired", text, row.body["cancel_url"], "Back to the shop")
        return None

    def _authenticate(self, intent_id: str, secret: str, answer: str | None) -> Page:
        intent = self._simulator.store.find(intent_id, "payment_intent")
        if intent is None or intent.body["client_secret"].rsplit("_", 1)[1] != secret:
            return self._message(404, "No such payment", "This page does not exist.")
        session_id = intent.hidden["session"]
        session = self._simulator.get("checkout.session", session_id) if session_id else None
        if session is not None and (closed := self._closed(session)) is not None:
            return closed
        if intent.body["status"] != "requires_action":
            return self._message(200, "Nothing to confirm", "The bank has its answer already.", f"/pay/{session_id}" if session_id else None, "Back to the payment")  # fmt: skip
        back = intent.body["next_action"]["redirect_to_url"]["return_url"]
        if answer not in ("complete", "fail"):
            values = {"total": intent.body["amount"], "currency": intent.body["currency"], "address": f"/authenticate/{intent_id}/{secret}"}
            return self._page("authenticate.html", 200, [back] if back else [], **values)
        if session is not None:
            outcome = checkout.authenticate(self._simulator, intent, passed=answer == "complete")
            return Page(303, location=checkout.success_address(session) if outcome.kind == "paid" else f"/pay/{session.id}")
        payments.authenticate(self._simulator, intent, passed=answer == "complete")
        if back:
            return Page(303, location=back)
        return self._message(200, "Thank you", "The bank has its answer. You may close this page.")

    def _onboard(self, account_id: str, token: str, form: dict[str, str] | None) -> Page:
        row = self._simulator.store.find(account_id, "v2.core.account")
        link = row.hidden["links"].get(token) if row is not None else None
        if row is None or link is None:
            text = "This link was used or has expired. Ask the shop for a new one."
            return self._message(410, "Link no longer valid", text)
        if link["expires"] <= self._simulator.clock.now():
            return Page(303, location=link["refresh_url"], leads_to=[link["refresh_url"]])
        leads_to = [link["return_url"] or "", link["refresh_url"]]
        country = banks.country_of(row)
        number = (row.hidden.get("ibans") or [banks.plausible_iban(row.id, country)])[0]
        values = {"name": row.body["display_name"] or "", "country": country, "iban": number}
        missing: list[str] = []
        if form is not None:
            values = {name: form.get(name, "") for name in values}
            missing = [name for name, value in values.items() if not value]
            if not missing:
                accounts.onboard(self._simulator, account_id, iban=values["iban"])
                if link["return_url"]:
                    return Page(303, location=link["return_url"], leads_to=leads_to)
                return self._message(200, "Thank you", "The payout account is ready. You may close this page.")
        shown = {"values": values, "missing": missing, "address": f"/onboard/{account_id}/{token}", "later": link["return_url"]}
        return self._page("onboard.html", 422 if missing else 200, leads_to, **shown)
