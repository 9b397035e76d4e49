"""Typed attributes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.attributes import (
    UNITS,
    Definition,
    ValueRefused,
    convert,
    missing,
    read_value,
    read_values,
    shown,
    stored_faults,
    units_for,
)
from marketplace.catalogue.models import AttributeKind
from marketplace.core.i18n import speaking

LENGTH = Definition("length", AttributeKind.NUMBER, {"en": "Length"}, "mm", is_required=True)
FLAG = Definition("coated", AttributeKind.BOOLEAN, {"en": "Coated"})
FREE = Definition("standard", AttributeKind.TEXT, {"en": "Standard"})
MATERIAL = Definition(
    "material",
    AttributeKind.CHOICE,
    {"en": "Material"},
    choices=(("a2", {"en": "Stainless A2", "zh-Hans": "不锈钢 A2"}), ("steel", {"en": "Steel"})),
)


def test_a_number_in_another_unit_is_kept_as_written_and_in_the_own_unit() -> None:
    stored = read_value(LENGTH, "2", "in")

    assert stored == {"v": 50.8, "unit": "in", "written": 2}
    with speaking("en"):
        assert shown(LENGTH, stored) == "50.8\u00a0mm (2\u00a0in)"


@pytest.mark.parametrize(("typed", "value"), [("50", 50), ("1,250.5", 1250.5), ("0,5", 0.5), ("−40", -40), (" 7 ", 7), (3.5, 3.5), (8, 8)])
def test_numbers_are_read_as_people_write_them(typed: object, value: float) -> None:
    assert read_value(LENGTH, typed) == {"v": value, "unit": "mm"}


@pytest.mark.parametrize("typed", ["ISO\u00a04017  bis", " ISO 4017\tbis\n", "ISO\u202f4017\u200bbis"])
def test_text_is_kept_as_one_line_with_single_spaces(typed: str) -> None:
    assert read_value(FREE, typed) == {"v": "ISO 4017 bis"}


@pytest.mark.parametrize("typed", ["50 mm approx", "1e9", "", "NaN", "12.5.1", "9" * 20, True, float("inf"), float("nan"), None, [1]])
def test_what_is_no_number_is_refused(typed: object) -> None:
    with pytest.raises(ValueRefused):
        read_value(LENGTH, typed)


def test_a_unit_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueRefused) as refused:
        read_value(LENGTH, "5", "kg")

    assert refused.value.values == {"unit": "mm"}


@pytest.mark.parametrize(("typed", "code"), [("a2", "a2"), ("Stainless A2", "a2"), ("不锈钢 A2", "a2"), ("STEEL", "steel")])
def test_a_choice_is_known_by_code_and_by_name(typed: str, code: str) -> None:
    assert read_value(MATERIAL, typed)["v"] == code


@pytest.mark.parametrize(
    ("definition", "typed"), [(MATERIAL, "wood"), (FLAG, "perhaps"), (FREE, "  "), (FREE, "x" * 2_001), (FREE, "a\0b"), (FREE, "\ud800")]
)
def test_what_does_not_fit_is_refused(definition: Definition, typed: str) -> None:
    with pytest.raises(ValueRefused):
        read_value(definition, typed)


@pytest.mark.parametrize(("typed", "value"), [("yes", True), ("0", False), ("是", True), (True, True)])
def test_yes_and_no_are_booleans(typed: object, value: bool) -> None:
    assert read_value(FLAG, typed) == {"v": value}


def test_unknown_codes_and_missing_required_ones_are_faults() -> None:
    values, faults = read_values([LENGTH, FLAG], {"colour": "red", "coated": {"v": "yes", "unit": None}, "length": "long"})

    assert values == {"coated": {"v": True}}
    assert [fault.field for fault in faults] == ["attr-colour", "attr-length"]
    assert [fault.field for fault in missing([LENGTH, FLAG], values)] == ["attr-length"]


@pytest.mark.parametrize(
    "entry",
    [
        ("length", "50"),
        ("length", True),
        ("length", 10**16),
        ("coated", 1),
        ("standard", 5),
        ("standard", ""),
        ("material", "wood"),
        ("colour", "red"),
    ],
)
def test_a_stored_value_of_the_wrong_type_is_a_fault(entry: tuple[str, object]) -> None:
    known = {d.code: d for d in (LENGTH, FLAG, FREE, MATERIAL)}

    assert [fault.field for fault in stored_faults(known, {entry[0]: {"v": entry[1]}})] == [f"attr-{entry[0]}"]


measures = st.sampled_from(sorted(UNITS)).flatmap(lambda unit: st.tuples(st.just(unit), st.sampled_from(units_for(unit))))


@given(measures, st.decimals("0.001", 10**6, places=3))
def test_a_measure_survives_there_and_back(units: tuple[str, str], value: Decimal) -> None:
    one, other = units

    assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=Decimal("1e-7"))
