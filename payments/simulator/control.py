"""The simulator's own controls under `/_sim/`, outside Stripe's interface: time, faults, webhooks, outcomes, and shortcuts for tests."""

import json
from collections.abc import Callable
from typing import Any

from payments.simulator import accounts, balance, cards, checkout, refunds, timetable, webhooks
from payments.simulator.clock import iso
from payments.simulator.errors import StripeError
from payments.simulator.faults import Faults
from payments.simulator.simulator import PLATFORM, Simulator
from payments.simulator.webhooks import Deliveries

Given = dict[str, Any]
_LAST_SHOWN = 200


class Control:
    """Answers to `/_sim/…`; every body is JSON."""

    def __init__(self, simulator: Simulator, faults: Faults, deliveries: Deliveries) -> None:
        self._simulator, self._faults, self._deliveries = simulator, faults, deliveries
        self._answers: dict[str, Callable[[Given], Given]] = {
            "GET health": self._health,
            "GET clock": self._clock,
            "POST clock": self._set_clock,
            "GET fault": lambda _: {"rules": [rule.shown() for rule in faults.rules]},
            "POST fault": lambda given: faults.add(given).shown(),
            "DELETE fault": self._clear_faults,
            "GET webhooks": self._webhooks,
            "POST webhooks": self._set_webhooks,
            "POST outcome": self._outcome,
            "POST pay": self._pay,
            "POST onboard": self._onboard,
            "GET violations": self._violations,
            "POST reset": self._reset,
        }

    def answer(self, method: str, name: str, body: bytes) -> tuple[int, Given]:
        """Status and body. 404 for an unknown control, 400 with `error` for a body that makes no sense."""
        found = self._answers.get(f"{method} {name}")
        if found is None:
            return 404, {"error": f"no such control: {method} /_sim/{name}"}
        try:
            given = json.loads(body or b"{}")
            if not isinstance(given, dict):
                raise TypeError("the body must be a JSON object")
            return 200, found(given)
        except StripeError as error:
            return error.status, {"error": error.message}
        except (ValueError, KeyError, TypeError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}

    def _health(self, _: Given) -> Given:
        return {"ok": True, "now": self._simulator.clock.now()}

    def _clock(self, _: Given) -> Given:
        now = self._simulator.clock.now()
        return {"now": now, "iso": iso(now), "offset": self._simulator.clock.offset}

    def _set_clock(self, given: Given) -> Given:
        """`{"advance": seconds}` or `{"now": seconds since 1970}`; what has become due by then is done at once."""
        simulator = self._simulator
        with simulator.store.act():
            before = simulator.clock.now()
            now = int(given["now"]) if "now" in given else before + int(given["advance"])
            simulator.clock.set(now)
            if now < before:
                balance.unmature(simulator)
            timetable.run_due(simulator)
        simulator.wake.set()
        return self._clock({})

    def _clear_faults(self, _: Given) -> Given:
        self._faults.clear()
        return {"rules": []}

    def _webhooks(self, _: Given) -> Given:
        simulator = self._simulator
        with simulator.store.act():
            counts = dict(simulator.store.sql("SELECT state, COUNT(*) FROM deliveries GROUP BY state"))
            mode = simulator.store.setting("webhooks", {})
            return {"mode": mode, "counts": counts, "pending": webhooks.pending(simulator)}

    def _set_webhooks(self, given: Given) -> Given:
        """Modes `hold`, `shuffle`, `duplicate` (copies of each), `withhold` (share that gets lost); acts `replay`, `flush`, `take`.

        `replay`: "delivered", "withheld" or "all" are made pending again. `flush` tries all pending ones now, also while held.
        `take` answers with the pending ones and counts them as delivered: the caller posts them.
        """
        simulator = self._simulator
        modes = {"hold", "shuffle", "duplicate", "withhold"}
        if unknown := set(given) - modes - {"replay", "flush", "take"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        taken: list[Given] = []
        with simulator.store.act():
            mode = {**simulator.store.setting("webhooks", {}), **{name: given[name] for name in modes & set(given)}}
            simulator.store.set("webhooks", mode)
            if "replay" in given:
                states = {"delivered": ("delivered",), "withheld": ("withheld",), "all": ("delivered", "withheld", "failed")}[
                    given["replay"]
                ]
                marks = ", ".join("?" for _ in states)
                statement = f"UPDATE deliveries SET state = 'pending', next_try = 0, attempts = 0 WHERE state IN ({marks})"  # noqa: S608
                simulator.store.sql(statement, states)
            if given.get("take"):
                taken = webhooks.pending(simulator)
                for each in taken:
                    webhooks.mark_delivered(simulator, each["delivery"], each["event"])
        left = self._deliveries.flush() if given.get("flush") else None
        simulator.wake.set()
        with simulator.store.act():
            counts = dict(simulator.store.sql("SELECT state, COUNT(*) FROM deliveries GROUP BY state"))
        return {"mode": mode, "counts": counts, "taken": taken, "left": left}

    def _outcome(self, given: Given) -> Given:
        """One of: `next_refund`, `refund`, `account`, `pay_out`, `top_up`, `adjust`; see docs/simulator.md."""
        simulator = self._simulator
        with simulator.store.act():
            if "next_refund" in given:
                reason = given.get("reason", "unknown")
                if given["next_refund"] != "failed" or reason not in refunds.FAILURE_REASONS:
                    raise ValueError(f"next_refund must be 'failed', reason one of {', '.join(refunds.FAILURE_REASONS)}")
                simulator.store.set("next_refund", {"reason": reason, "after": int(given.get("after", 0))})
            elif "refund" in given:
                refunds.fail(simulator, simulator.get("refund", given["refund"]), given.get("reason", "unknown"))
            elif "account" in given:
                row = simulator.get("v2.core.account", given["account"])
                status = given["transfers"]
                usual = [] if status == "active" else [{"code": "requirements_past_due", "resolution": "provide_info"}]
                accounts.set_transfers(simulator, row, status, given.get("details", usual))
            elif "pay_out" in given:
                account, currency = given["pay_out"], given["currency"]
                amount = int(given.get("amount", balance.available(simulator, account, currency)))
                balance.book(simulator, "payout", -amount, currency, None, account=account)
            elif "top_up" in given:
                balance.book(simulator, "topup", int(given["top_up"]), given["currency"], None, account=PLATFORM)
            elif "adjust" in given:
                balance.book(simulator, "adjustment", int(given["adjust"]), given["currency"], None, account=PLATFORM)
            else:
                raise ValueError("nothing to do: next_refund, refund, account, pay_out, top_up or adjust")
        return {"ok": True}

    def _pay(self, given: Given) -> Given:
        """Pay a session without a browser, by the code of the page. `authenticate`: the answer to 3-D Secure, if it asks."""
        simulator = self._simulator
        month, year = cards.default_expiry(simulator.clock.now())
        submission = checkout.Submission(
            number=given.get("card", "4242424242424242"),
            expiry=given.get("expiry", f"{month:02} / {year % 100:02}"),
            cvc=given.get("cvc", "123"),
            name=given.get("name", "Test Buyer"),
            email=given.get("email", ""),
        )
        with simulator.store.act():
            timetable.run_due(simulator)
            row = simulator.get("checkout.session", given["session"])
            outcome = checkout.pay(simulator, row, submission)
            row = simulator.get("checkout.session", row.id)
            if outcome.kind == "requires_action" and given.get("authenticate") is not None:
                intent = simulator.get("payment_intent", row.body["payment_intent"])
                outcome = checkout.authenticate(simulator, intent, passed=bool(given["authenticate"]))
                row = simulator.get("checkout.session", row.id)
        same = {"message": outcome.message, "payment_intent": row.body["payment_intent"], "session_status": row.body["status"]}
        back = checkout.success_address(row) if outcome.kind == "paid" else None
        return {"outcome": outcome.kind, **same, "redirect": outcome.address or back}

    def _onboard(self, given: Given) -> Given:
        """Send the form of an `account`; `iban` is the bank account written into it, without one it is as the form comes."""
        simulator = self._simulator
        with simulator.store.act():
            accounts.onboard(simulator, given["account"], iban=given.get("iban"))
            row = simulator.get("v2.core.account", given["account"])
        return {"account": row.id, "stripe_transfers": accounts.transfers_capability(row.body)}

    def _violations(self, _: Given) -> Given:
        with self._simulator.store.act():
            found = self._simulator.store.sql("SELECT at, body FROM violations ORDER BY seq LIMIT ?", (_LAST_SHOWN,))
            count = self._simulator.store.sql("SELECT COUNT(*) FROM violations")[0][0]
        return {"count": count, "violations": [{"at": at, **json.loads(body)} for at, body in found]}

    def _reset(self, _: Given) -> Given:
        """Forget everything; the clock and the webhook endpoint are as the command line says."""
        simulator = self._simulator
        self._faults.clear()
        with simulator.store.act():
            simulator.store.clear()
            simulator.clock.reset()
            webhooks.ensure_default(simulator)
        return {"ok": True}
