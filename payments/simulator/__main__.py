"""`python -m payments.simulator`: reads the command line and serves until it is stopped."""

import argparse
import sys
from pathlib import Path

from payments.simulator import spec
from payments.simulator.api import API, ROUTES
from payments.simulator.clock import Clock
from payments.simulator.control import Control
from payments.simulator.faults import Faults
from payments.simulator.pages import Pages
from payments.simulator.server import Server
from payments.simulator.simulator import Settings, Simulator
from payments.simulator.store import Store
from payments.simulator.validation import Validation
from payments.simulator.webhooks import Deliveries, ensure_default


def main(arguments: list[str] | None = None) -> None:
    """Start, print the port, write it to `--port-file`, serve."""
    options = _options(arguments)
    data = Path(options.data)
    data.parent.mkdir(parents=True, exist_ok=True)
    server = Server(options.port)
    port = server.server_address[1]
    public_url = (options.public_url or f"http://127.0.0.1:{port}").rstrip("/")
    settings = Settings(options.secret_key, options.webhook_secret, options.webhook_url or "", public_url, options.currency.lower())
    store = Store(data)
    validation = Validation(spec.load(ROUTES, data.with_name(f"{data.name}.text.json")))
    simulator = Simulator(settings, store, Clock(store, options.clock_offset), validation)
    with store.act():
        ensure_default(simulator)
    faults, deliveries = Faults(), Deliveries(simulator)
    server.api, server.control, server.pages = API(simulator, faults), Control(simulator, faults, deliveries), Pages(simulator)
    deliveries.start()
    if options.port_file:
        aside = Path(f"{options.port_file}.new")
        aside.write_text(f"{port}\n")
        aside.replace(options.port_file)
    # Whoever started us reads it.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m payments.simulator", description="Speaks Stripe's HTTP interface on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True, help="0: any free one")
    parser.add_argument("--port-file", help="the port is written here once requests are answered")
    parser.add_argument("--data", required=True, help="SQLite file that holds all state")
    parser.add_argument("--secret-key", required=True, help="sk_test_…")
    parser.add_argument("--webhook-secret", required=True, help="whsec_…")
    parser.add_argument("--webhook-url", help="where events are delivered; without it they are held")
    parser.add_argument("--public-url", help="how a browser reaches this process")
    parser.add_argument("--clock-offset", type=int, default=0, help="seconds that the simulated time is ahead, for a new file")
    parser.add_argument("--currency", default="eur", help="the platform's currency")
    options = parser.parse_args(arguments)
    if not options.secret_key.startswith("sk_test_"):
        parser.error("--secret-key must begin with sk_test_")
    return options


if __name__ == "__main__":
    main()
