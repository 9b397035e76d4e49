"""Tax by vendor's jurisdiction, ship-to, class of the goods and status of the buyer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.i18n import speaking
from marketplace.core.regions import US_STATES, region_code
from marketplace.pricing.tax import (
    WORDS_TO_OTHERS,
    BuyerStatus,
    Exemption,
    Place,
    RateTable,
    Tax,
    is_reclaimable,
    tax_note,
    tax_on,
    tax_words,
    tax_words_to_others,
)

TABLE = RateTable(
    {
        ("SE", "", "standard"): 2_500,
        ("SE", "", "reduced"): 1_200,
        ("DE", "", "standard"): 1_900,
        ("GB", "", "standard"): 2_000,
        ("GB", "", "zero"): 0,
        ("US", "WI", "sales_tax_state"): 500,
        ("US", "OR", "sales_tax_state"): 0,
        ("CA", "", "standard"): 500,
        ("CA", "ON", "standard"): 1_300,
    }
)


NOBODY = BuyerStatus()


def taxed(vendor: Place, ship_to: Place, buyer: BuyerStatus = NOBODY, tax_class: str = "standard") -> Tax:
    return tax_on(vendor, ship_to, tax_class=tax_class, buyer=buyer, table=TABLE)


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
        ("JP", "JP", None, Tax(None, "unknown:JP")),
    ],
)
def test_tax_follows_the_goods_and_the_number(vendor: str, ship_to: str, vat: str | None, tax: Tax) -> None:
    assert taxed(Place(vendor), Place(ship_to), BuyerStatus(vat)) == tax


def test_goods_of_a_class_have_its_rate_and_the_standard_one_where_a_country_has_no_such_class() -> None:
    assert taxed(Place("SE"), Place("SE"), tax_class="reduced") == Tax(1_200, "domestic:SE")
    assert taxed(Place("GB"), Place("GB"), tax_class="zero") == Tax(0, "domestic:GB")
    assert taxed(Place("DE"), Place("DE"), tax_class="reduced") == Tax(1_900, "domestic:DE")


def test_a_sale_within_the_states_is_taxed_by_the_state_that_the_goods_go_to() -> None:
    assert taxed(Place("US", "OH"), Place("US", "WI")) == Tax(500, "sales_tax:US-WI")
    assert taxed(Place("US", "WI"), Place("US", "OR")) == Tax(0, "sales_tax:US-OR")


def test_a_state_that_nobody_named_or_rated_blocks_the_order() -> None:
    assert taxed(Place("US", "OH"), Place("US")) == Tax(None, "no_region:US")
    assert taxed(Place("US", "OH"), Place("US", "OH")) == Tax(None, "unknown:US-OH")


def test_a_part_of_a_country_goes_before_the_country() -> None:
    assert taxed(Place("CA"), Place("CA", "ON")).rate_bp == 1_300
    assert taxed(Place("CA"), Place("CA", "AB")).rate_bp == 500


@pytest.mark.parametrize(("jurisdiction", "rate"), [("US-WI", 0), ("US", 0), ("US-OH", 500), ("SE", 500)])
def test_a_certificate_counts_only_where_it_is_for(jurisdiction: str, rate: int) -> None:
    buyer = BuyerStatus(exemptions=(Exemption(jurisdiction, "R-77"),))

    assert taxed(Place("US", "OH"), Place("US", "WI"), buyer).rate_bp == rate


def test_an_exemption_is_stored_with_its_number() -> None:
    tax = taxed(Place("SE"), Place("SE"), BuyerStatus("SE", (Exemption("SE", "EX:1"),)))

    assert (tax.reason, tax.jurisdiction) == ("exempt:SE:EX:1", "SE")
    with speaking("en"):
        assert tax_words(tax.reason, 0) == "Exempt in Sweden by your certificate EX:1"


def test_a_reason_is_written_for_people() -> None:
    with speaking("en"):
        assert tax_words("domestic:FI", 2_550) == "VAT of Finland, 25.5\u00a0%"
        assert tax_words("sales_tax:US-WI", 500) == "Sales tax of Wisconsin (United States), 5\u00a0%"
        assert "Sweden" in tax_words("reverse_charge:SE", 0)
        assert tax_words("reverse_charge:SE", 0) == "Reverse charge: your company owes the VAT in Sweden"
        assert tax_words_to_others("reverse_charge:SE", 0) == "Reverse charge: the buyer owes the VAT in Sweden"
        assert not any("your" in str(words) for words in WORDS_TO_OTHERS.values())
        assert tax_words("something else", 0) == "Tax unknown"
        assert "196" in (tax_note("reverse_charge:SE") or "")
        assert tax_note("domestic:SE") is None


def test_only_vat_of_ones_own_country_comes_back() -> None:
    swede = BuyerStatus("SE")

    assert is_reclaimable("domestic:SE", swede)
    assert is_reclaimable("reverse_charge:SE", swede)
    assert not is_reclaimable("domestic:DE", swede)
    assert not is_reclaimable("domestic:SE", BuyerStatus())
    assert not is_reclaimable("sales_tax:US-WI", BuyerStatus("US"))


@given(st.sampled_from(sorted(US_STATES)), st.sampled_from(["{}", "US-{}", "us-{}", " {} "]))
def test_a_state_is_known_by_code_and_name(code: str, writing: str) -> None:
    assert region_code("US", writing.format(code)) == code
    assert region_code("US", US_STATES[code].upper()) == code


@pytest.mark.parametrize(("country", "written"), [("US", "Bavaria"), ("US", ""), ("DE", "Bayern"), ("SE", None)])
def test_what_is_no_part_of_the_country_is_none(country: str, written: str | None) -> None:
    assert region_code(country, written) == ""
