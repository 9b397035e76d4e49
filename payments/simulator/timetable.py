"""What happens by itself when its time has come: money matures, sessions expire, refunds are paid or fail."""

from payments.simulator import balance, checkout, refunds
from payments.simulator.simulator import Simulator


def run_due(simulator: Simulator) -> None:
    """Do everything whose instant is not after the simulated now. Call inside an act, before anything is read."""
    now = simulator.clock.now()
    due = simulator.store.sql("SELECT at, kind, id FROM due WHERE at <= ? ORDER BY at, kind, id", (now,))
    matured = False
    for at, kind, object_id in due:
        simulator.store.sql("DELETE FROM due WHERE at = ? AND kind = ? AND id = ?", (at, kind, object_id))
        if kind == "maturing":
            balance.mature(simulator)
            matured = True
        elif kind == "session":
            row = simulator.store.find(object_id, "checkout.session")
            if row is not None and row.body["status"] == "open":
                checkout.expire(simulator, row)
        elif kind == "refund_failure":
            row = simulator.store.find(object_id, "refund")
            if row is not None:
                refunds.fail(simulator, row, row.hidden["failure_reason"])
    if matured:
        refunds.settle(simulator)


def next_due(simulator: Simulator) -> int | None:
    """Seconds until the next thing happens, or None when nothing is planned."""
    found = simulator.store.sql("SELECT MIN(at) FROM due")[0][0]
    return None if found is None else max(0, found - simulator.clock.now())
