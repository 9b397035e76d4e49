"""The numbers of the trade: explained, bounded, changed with a reason, in force at once."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.admin import services, settings
from marketplace.core import audit, policy
from tests.factories.accounts import log_in, make_operator


@pytest.fixture(autouse=True)
def fresh_policy() -> Iterator[None]:
    yield
    policy.forget()


def log_in_staff(client: FlaskClient, role: Role) -> None:
    company, person = make_operator((role,))
    log_in(client, person, company)


def change(client: FlaskClient, key: str, **fields: str) -> tuple[int, str]:
    answer = client.post(f"/desk/settings/{key}", data=fields)
    return answer.status_code, answer.get_data(as_text=True)


def test_every_number_is_explained_and_inside_its_bounds() -> None:
    assert settings.unexplained() == set()
    for setting in settings.SETTINGS.values():
        written = setting.in_field(setting.default)
        assert settings.understood(setting, written) == setting.default, setting.key


def test_a_change_is_in_force_at_once_and_keeps_its_reason(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    status, _ = change(client, "commission_bp", value="3.5", reason="Spring offer", seen="400")

    assert status == 303
    assert policy.current().commission_bp == 350
    page = client.get("/desk/settings/commission_bp").get_data(as_text=True)
    assert "Spring offer" in page
    for written in ("Now 3.50\xa0%, by default 4.00\xa0%.", 'value="3.50"', "From 0.00\xa0% to 30.00\xa0%.", ">4.00\xa0%</td>"):
        assert written in page
    (event,) = audit.history_of(services.setting_id("commission_bp"), company_id=None)
    assert (event.before["value"], event.after["value"]) == (400, 350)
    listed = client.get("/desk/settings").get_data(as_text=True)
    assert "changed" in listed
    assert "3.50\xa0%" in listed
    audited = client.get("/desk/audit").get_data(as_text=True)
    assert '<del translate="no">4.00\xa0%</del> <ins translate="no">3.50\xa0%</ins>' in audited
    assert '""value"": 350' in client.get("/desk/audit.csv").get_data(as_text=True)  # a file keeps what is stored


@pytest.mark.parametrize("typed", ["", "-1", "30.01", "4e0", "4.555", "99999999999999999999", "four", "4\0"])
def test_a_value_out_of_bounds_is_refused_beside_the_field_and_kept(client: FlaskClient, typed: str) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    status, page = change(client, "commission_bp", value=typed, reason="A try", seen="400")

    assert status == 422
    assert 'id="value-error"' in page
    assert "A try" in page
    assert policy.current().commission_bp == 400


def test_bounds_are_written_as_numbers_are(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    _, page = change(client, "commission_bp", value="400", reason="A try", seen="400")

    assert "From 0.00\xa0% to 30.00\xa0%." in page
    assert "Write a number from 0.00\xa0% to 30.00\xa0%." in page


@pytest.mark.parametrize(("typed", "points"), [("4", 400), ("4.25", 425), ("4,25", 425), ("4.5 %", 450), ("0", 0), ("30", 3_000)])
def test_a_share_is_typed_in_per_cent(typed: str, points: int) -> None:
    assert settings.understood(settings.SETTINGS["commission_bp"], typed) == points


def test_a_share_that_somebody_else_has_changed_is_told_in_per_cent(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    status, page = change(client, "commission_bp", value="5", reason="A try", seen="300")

    assert status == 409
    assert "it is 4.00\xa0% now" in page


def test_no_reason_no_change(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    status, page = change(client, "inspection_days", value="7", reason="", seen="10")

    assert status == 422
    assert 'value="7"' in page
    assert policy.current().inspection_days == 10


def test_a_wrong_value_and_a_missing_reason_are_told_together(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    status, page = change(client, "inspection_days", value="99", reason="", seen="10")

    assert status == 422
    for field in ("value", "reason"):
        assert f'id="{field}-error"' in page


def test_the_second_of_two_people_sees_what_the_first_has_saved(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)
    change(client, "inspection_days", value="7", reason="Shorter", seen="10")

    status, page = change(client, "inspection_days", value="14", reason="Longer", seen="10")

    assert status == 409
    assert "it is 7 now" in page
    assert policy.current().inspection_days == 7


def test_currency_and_country_are_codes(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    assert change(client, "platform_currency", value="XQX", reason="A try", seen="EUR")[0] == 422
    assert change(client, "platform_country", value="Sweden", reason="A try", seen="SE")[0] == 422
    assert change(client, "platform_country", value="DE", reason="We moved", seen="SE")[0] == 303


def test_others_of_the_platform_look_and_do_not_change(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_SUPPORT)

    assert client.get("/desk/settings").status_code == 200
    assert change(client, "commission_bp", value="0", reason="A gift", seen="400")[0] == 403
    assert policy.current().commission_bp == 400


def test_an_unknown_setting_is_nothing(client: FlaskClient) -> None:
    log_in_staff(client, Role.PLATFORM_ADMIN)

    assert client.get("/desk/settings/secret_key").status_code == 404
