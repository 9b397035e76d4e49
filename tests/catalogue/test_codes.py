"""Article numbers and addresses."""

import pytest

from marketplace.catalogue.codes import code_of, fresh_codes, gtin, gtin_key, link_words, maker_key, slug


@pytest.mark.parametrize("written", ["4006381333931", "4 006381 333931", "0095205603217", "095205603217", "00095205603217", "96385074"])
def test_a_gtin_with_the_right_check_digit_is_taken(written: str) -> None:
    assert gtin(written) is not None


@pytest.mark.parametrize("written", ["4006381333932", "400638133393", "6937418201", "", "abc", "４００６３８１３３３９３１", "1" * 40])
def test_a_wrong_gtin_is_not(written: str) -> None:
    assert gtin(written) is None


def test_the_forms_of_one_gtin_meet() -> None:
    assert gtin_key(gtin("095205603217")) == gtin_key(gtin("0095205603217")) == gtin_key(gtin("00095205603217"))
    assert gtin_key(None) is None


def test_brand_and_part_number_meet_without_spelling() -> None:
    assert maker_key("Qianzhu", "4017-8-40") == maker_key("QIANZHU", "4017 8_40") == "qianzhu:4017840"
    assert maker_key("Qianzhu", None) is None
    assert maker_key("--", "4017") is None


def test_an_address_holds_words_and_ends_with_the_code() -> None:
    assert slug("Hex bolt ISO 4017 M8 × 40", "a1b2c3") == "hex-bolt-iso-4017-m8-40-a1b2c3"
    assert slug("六角螺栓", "a1b2c3") == "product-a1b2c3"
    assert code_of("whatever-words-A1B2C3") == code_of("a1b2c3") == "a1b2c3"
    assert code_of("words-a1b2c") is code_of("words-a1b2\0i") is None
    assert len(link_words("word " * 50)) <= 70


def test_fresh_codes_are_new_and_differ() -> None:
    taken = {"aaaaaa"}

    made = fresh_codes(500, taken)

    assert len(set(made)) == 500
    assert "aaaaaa" not in made
    assert all(len(code) == 6 for code in made)
