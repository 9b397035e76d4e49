"""A simulator process for these tests, and short ways to use it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import stripe

SECRET_KEY, WEBHOOK_SECRET = "sk_test_simulator", "whsec_simulator"
CODE = Path(__file__).parents[3]
DAY = 86_400
Body = dict[str, Any]


class Process:
    """One `python -m payments.simulator` with its store in `folder`; `kill` is SIGKILL, `start` begins again on the same store and port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self.http = requests.Session()
        self.port = 0
        self.start()

    def start(self) -> None:
        arguments = ("--port", str(self.port), "--data", str(self.folder / "simulator.sqlite"), "--secret-key", SECRET_KEY)
        secret = ("--webhook-secret", WEBHOOK_SECRET, "--port-file", str(self.folder / "port"))
        command = (sys.executable, "-m", "payments.simulator", *arguments, *secret, *self._arguments)
        with (self.folder / "errors").open("ab") as errors:
            self._process = subprocess.Popen(command, cwd=CODE, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        assert first, (self.folder / "errors").read_text()
        self.port = int(first)
        self.url = f"http://127.0.0.1:{self.port}"
        self._client: Any = stripe.RequestsClient(timeout=30)
        self.stripe = self.client(SECRET_KEY)

    def client(self, key: str, retries: int = 2) -> stripe.StripeClient:
        return stripe.StripeClient(key, max_network_retries=retries, base_addresses={"api": self.url}, http_client=self._client)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._client.close()

    def stop(self) -> None:
        self.kill()
        self.http.close()

    def control(self, name: str, body: Body | None = None) -> Body:
        """GET without a body, POST with one; fails unless it is 200."""
        url = f"{self.url}/_sim/{name}"
        response = self.http.get(url) if body is None else self.http.post(url, json=body)
        assert response.status_code == 200, response.text
        found: Body = response.json()
        return found

    def advance(self, seconds: int) -> None:
        self.control("clock", {"advance": seconds})

    def violations(self) -> list[Body]:
        found: list[Body] = self.control("violations")["violations"]
        return found

    # --- what most tests begin with

    def supplier(self, *, onboarded: bool = True) -> str:
        """A connected account that asks for transfers."""
        wanted = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
        body: Any = {
            "display_name": "Fastener Works",
            "contact_email": "money@fastener.example",
            "dashboard": "express",
            "identity": {"country": "de"},
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {"recipient": {"capabilities": wanted}},
        }
        account = self.stripe.v2.core.accounts.create(body)
        if onboarded:
            self.control("onboard", {"account": account.id})
        return account.id

    def session(self, amount: int = 10_000, *, currency: str = "eur", group: str = "PO-1", **more: Any) -> stripe.checkout.Session:
        """A Checkout Session for one line."""
        line = {"quantity": 1, "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Bolts & nuts"}}}
        fields: Any = {
            "mode": "payment",
            "line_items": [line],
            "success_url": "https://shop.example/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/cart",
            "payment_intent_data": {"transfer_group": group, "metadata": {"purchase": group}},
        }
        fields.update(more)
        return self.stripe.v1.checkout.sessions.create(fields)

    def pay(self, session_id: str, card: str = "4242424242424242", **more: Any) -> Body:
        return self.control("pay", {"session": session_id, "card": card, **more})

    def charge(self, amount: int = 10_000, card: str = "4242424242424242", **more: Any) -> stripe.Charge:
        """A paid purchase's charge."""
        paid = self.pay(self.session(amount, **more).id, card)
        assert paid["outcome"] == "paid", paid
        found = self.stripe.v1.payment_intents.retrieve(paid["payment_intent"], {"expand": ["latest_charge"]}).latest_charge
        assert isinstance(found, stripe.Charge)
        return found

    def balance(self, currency: str = "eur", account: str | None = None) -> tuple[int, int]:
        """Available and pending money."""
        body = self.stripe.v1.balance.retrieve(None, {"stripe_account": account} if account else None)
        return _sum(body.available, currency), _sum(body.pending, currency)

    def transactions(self, account: str | None = None) -> list[stripe.BalanceTransaction]:
        options: Any = {"stripe_account": account} if account else None
        return list(self.stripe.v1.balance_transactions.list({"limit": 100}, options).auto_paging_iter())

    def events(self, kind: str | None = None) -> list[stripe.Event]:
        """Oldest first."""
        found = list(self.stripe.v1.events.list({"limit": 100}).auto_paging_iter())
        return [event for event in reversed(found) if kind in (None, event.type)]


def _sum(amounts: list[Any], currency: str) -> int:
    return sum(each.amount for each in amounts if each.currency == currency)


class Receiver:
    """A webhook endpoint that keeps what it gets and answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[bytes, str]] = []
        self._news = threading.Condition()

    def take(self, payload: bytes, header: str) -> int:
        with self._news:
            self.got.append((payload, header))
            self._news.notify_all()
            return self.status

    def wait_for(self, count: int, seconds: float = 15) -> bool:
        """Whether at least `count` deliveries have come."""
        with self._news:
            return self._news.wait_for(lambda: len(self.got) >= count, seconds)


@contextmanager
def receiving(receiver: Receiver, port: int = 0) -> Iterator[str]:
    """The address under which `receiver` listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(payload, self.headers["Stripe-Signature"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/payments/stripe/events"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
