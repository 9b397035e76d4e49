"""Requisition lists as tests take them along."""

from decimal import Decimal
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.carts import services
from marketplace.carts.models import RequisitionLine
from marketplace.core.db import db, transaction
from tests.factories.accounts import log_in
from tests.factories.orders import Trade, make_trade


def make_list(trade: Trade, name: str = "Service parts", *, quantity: int = 20) -> UUID:
    with transaction():
        made = services.create_list(name, actor=trade.actor)
        wanted = {variant.id: Decimal(quantity) for variant in trade.variants}
        assert services.add_to_list(made.id, wanted, ship_to="SE", actor=trade.actor) == {}
    return made.id


def lines(list_id: UUID) -> list[RequisitionLine]:
    db.session.expire_all()
    return list(db.session.scalars(select(RequisitionLine).where(RequisitionLine.list_id == list_id).order_by(RequisitionLine.added_at)))


def buyer(client: FlaskClient, **trade: object) -> Trade:
    made = make_trade(**trade)  # type: ignore[arg-type]
    log_in(client, made.person, made.buyer)
    db.session.commit()
    return made


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def fields_of(found: list[RequisitionLine], quantity: str = "20") -> dict[str, object]:
    fields: dict[str, object] = {"chosen": [str(line.id) for line in found]}
    for number, line in enumerate(found):
        fields |= {f"lines-{number}-id": str(line.id), f"lines-{number}-quantity": quantity}
    return fields


def asked(statements: list[str]) -> list[str]:
    """Without those that look, once in a while, whether what is kept has changed."""
    return [one for one in statements if "hashtidextended" not in one and "policy_settings" not in one]
