"""The public pages of rules and fees: with the numbers of the operator, and reached from where they are accepted."""

from flask.testing import FlaskClient

from marketplace.admin import services
from marketplace.core.db import transaction
from tests.factories.accounts import actor_of, make_operator


def test_the_rules_can_be_read_where_they_are_accepted(client: FlaskClient) -> None:
    form = client.get("/sign-up").get_data(as_text=True)

    assert 'href="/rules" target="_blank"' in form
    assert client.get("/rules").status_code == 200


def test_rules_and_fees_say_the_numbers_of_today(client: FlaskClient) -> None:
    company, person = make_operator()
    with transaction():
        services.change_setting("commission_bp", 525, seen=400, reason="A try", actor=actor_of(person, company))

    rules, fees = (client.get(path).get_data(as_text=True) for path in ("/rules", "/fees"))

    assert "5.25 % of the goods" in fees
    assert "within 1 business day." in rules
    assert "is cancelled and paid back" in rules


def test_the_rules_stand_in_both_languages(client: FlaskClient) -> None:
    page = client.get("/rules?lang=zh-Hans").get_data(as_text=True)

    assert "搜索结果如何排序" in page
    assert "最多使得分变动 5%" in page
