"""Acts at the same moment on real connections, each behind the wall of its own company."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from uuid import UUID

from flask import Flask

from marketplace.core import db as database
from marketplace.core.db import db, transaction


@contextmanager
def acting_as(company_id: UUID | None) -> Iterator[None]:
    """Behind the wall of one company, as a page is; None is the clockwork, which sees every company."""
    db.session.rollback()
    tokens = database.acting_company.set(company_id), database.as_staff.set(company_id is None)
    try:
        yield
    finally:
        db.session.rollback()
        database.acting_company.reset(tokens[0])
        database.as_staff.reset(tokens[1])


def together(app: Flask, acts: list[tuple[UUID | None, Callable[[], object]]]) -> list[object]:
    """Run acts at the same moment, each in a transaction and connection of its own; returns each one's result or refusal."""
    barrier = Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(position: int, company_id: UUID | None, act: Callable[[], object]) -> None:
        with app.app_context(), acting_as(company_id):
            barrier.wait()
            try:
                with transaction():
                    results[position] = act()
            except Exception as error:  # noqa: BLE001 - the test judges whatever came out
                results[position] = error

    threads = [Thread(target=run, args=(n, company_id, act)) for n, (company_id, act) in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
