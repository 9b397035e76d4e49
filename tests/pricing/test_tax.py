"""Tax by vendor's country, ship-to and the buyer's VAT number."""

import pytest

from marketplace.core.i18n import speaking
from marketplace.pricing.tax import Tax, tax_on, tax_words

RATES = {"SE": 2_500, "DE": 1_900, "GB": 2_000}


@pytest.mark.parametrize(
    ("vendor", "ship_to", "vat", "tax"),
    [
        ("SE", "SE", "SE", Tax(2_500, "domestic:SE")),
        ("SE", "SE", None, Tax(2_500, "domestic:SE")),
        ("DE", "SE", "SE", Tax(0, "reverse_charge:SE")),
        ("DE", "FR", "SE", Tax(0, "reverse_charge:FR")),
        ("DE", "SE", None, Tax(1_900, "no_vat_id:DE")),
        ("DE", "SE", "NO", Tax(1_900, "domestic:DE")),
        ("DE", "SE", "DE", Tax(1_900, "domestic:DE")),
        ("DE", "NO", "NO", Tax(0, "export:NO")),
        ("GB", "SE", "SE", Tax(0, "export:SE")),
        ("CN", "SE", "SE", Tax(0, "export:SE")),
        ("GB", "GB", None, Tax(2_000, "domestic:GB")),
        ("US", "US", None, Tax(None, "unknown:US")),
    ],
)
def test_tax_follows_the_goods_and_the_number(vendor: str, ship_to: str, vat: str | None, tax: Tax) -> None:
    assert tax_on(vendor, ship_to, vat_country=vat, standard_bp=RATES) == tax


def test_a_reason_is_written_for_people() -> None:
    with speaking("en"):
        assert tax_words("domestic:FI", 2_550) == "VAT of Finland, 25.5\u00a0%"
        assert "Sweden" in tax_words("reverse_charge:SE", 0)
        assert tax_words("something else", 0) == "Tax unknown"
