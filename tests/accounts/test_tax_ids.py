"""Tax numbers by country."""

import pytest

from marketplace.accounts.tax_ids import TaxIDWrong, check_tax_id, vat_id


@pytest.mark.parametrize(
    ("country", "written", "scheme", "display"),
    [
        ("SE", "se 559998-4001 01", "se.vat", "SE559998400101"),
        ("SE", "559998-4001", "se.orgnr", "5599984001"),
        ("IT", "99998430179", "it.iva", "IT99998430179"),
        ("AT", "ATU99984106", "at.uid", "ATU99984106"),
        ("NO", "949941019 MVA", "no.mva", "NO949941019MVA"),
        ("CN", "91330424MAY9984Q1P", "cn.uscc", "91330424MAY9984Q1P"),
        ("HK", "no. 12345678", "hk.unchecked", "no. 12345678"),
    ],
)
def test_a_number_that_fits_is_kept_with_the_scheme_that_checked_it(country: str, written: str, scheme: str, display: str) -> None:
    number = check_tax_id(country, written)

    assert (number["scheme"], number["display"]) == (scheme, display)


@pytest.mark.parametrize(("country", "written"), [("SE", "SE55667712"), ("DE", "DE999984105"), ("CN", "9133"), ("SE", "５５"), ("HK", "1")])
def test_a_number_with_a_wrong_digit_is_refused(country: str, written: str) -> None:
    with pytest.raises(TaxIDWrong):
        check_tax_id(country, written)


def test_a_registry_number_is_no_vat_number() -> None:
    assert vat_id("SE", [check_tax_id("SE", "5599984001")]) is None
    assert vat_id("SE", [check_tax_id("SE", "5599984001"), check_tax_id("SE", "SE559998400101")]) == "SE559998400101"
