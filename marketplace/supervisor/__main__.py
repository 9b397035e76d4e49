"""`python -m marketplace.supervisor …`, where `dev.py` hands over to."""

import argparse
import sys
from datetime import datetime

from marketplace.supervisor import status, workshop
from marketplace.supervisor.backup import backup
from marketplace.supervisor.environment import Misconfigured
from marketplace.supervisor.processes import StartFailed
from marketplace.supervisor.restore import moment_of, restore
from marketplace.supervisor.run import run
from marketplace.supervisor.up import up


def main(argv: list[str]) -> int:
    """Carry out one command; return the exit code."""
    # Whatever follows these belongs to the program behind them, options too.
    if argv[:1] == ["run"]:
        return run(argv[1:] or ["--help"])
    if argv[:1] == ["test"]:
        return workshop.test(argv[1:])
    parser = argparse.ArgumentParser(prog="dev.py")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "status", "check", "backup"):
        commands.add_parser(name)
    logs = commands.add_parser("logs")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    commands.add_parser("reset").add_argument("--yes", action="store_true")
    back = commands.add_parser("restore")
    back.add_argument("--from", dest="source", metavar="FOLDER", help="where archives lie, or one of them (default: MARKETPLACE_BACKUPS)")
    back.add_argument("--to", metavar="TIME", type=moment, help="a moment, UTC unless it names its zone (default: all there is)")
    prove = commands.add_parser("prove", epilog="Further options go to the named run: `prove kills --rounds 100`.")
    prove.add_argument("names", nargs="*")
    prove.add_argument("--short", action="store_true")
    prove.add_argument("--seed", type=int)
    bench = commands.add_parser("bench")
    bench.add_argument("name", nargs="?")
    bench.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen, further = parser.parse_known_args(argv)
    if further and not (chosen.command == "prove" and chosen.names):
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    if chosen.command == "logs":
        return status.logs(chosen.name, follow=chosen.follow)
    if chosen.command == "reset":
        return status.reset(sure=chosen.yes)
    if chosen.command == "restore":
        return restore(chosen.source, chosen.to)
    if chosen.command == "prove":
        return workshop.prove(chosen.names, chosen.seed, further, short=chosen.short)
    if chosen.command == "bench":
        return workshop.bench(chosen.name, chosen.arguments)
    return {"up": up, "status": status.status, "check": workshop.check, "backup": backup}[chosen.command]()


def moment(text: str) -> datetime:
    """A moment on the command line."""
    try:
        return moment_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it as 2026-11-26 14:05:30 (UTC)") from None


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Misconfigured, StartFailed) as fault:
        sys.exit(str(fault))
