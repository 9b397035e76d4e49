"""Two people edit one form: each field is the one's, the other's, or a choice."""

from collections.abc import Mapping

from marketplace.catalogue.merging import chosen, merge


def v(**fields: str) -> Mapping[str, list[str]]:
    return {name.replace("__", "-"): [value] for name, value in fields.items()}


def test_what_only_one_of_them_changed_is_kept_from_both() -> None:
    merged = merge(v(title="A", brand="B"), v(title="A", brand="theirs"), v(title="mine", brand="B"))

    assert (merged.values, merged.taken, merged.open) == ({"title": ["mine"], "brand": ["theirs"]}, ("brand",), ())


def test_what_both_changed_alike_is_no_question() -> None:
    merged = merge(v(title="A"), v(title="new"), v(title=" new "))

    assert (merged.taken, merged.open) == ((), ())


def test_what_both_changed_is_open_and_stays_as_typed() -> None:
    merged = merge(v(title="A"), v(title="theirs"), v(title="mine"))

    assert (merged.values["title"], merged.open) == (["mine"], ("title",))


def test_rows_of_a_list_are_one_question() -> None:
    base = v(tiers__0__from_quantity="1", tiers__0__price="5.0000")
    theirs = v(tiers__0__from_quantity="1", tiers__0__price="4.0000")
    mine = v(tiers__0__from_quantity="1", tiers__0__price="5", tiers__1__from_quantity="1,000", tiers__1__price="3")

    assert merge(base, theirs, mine).open == ("tiers",)


def test_numbers_written_otherwise_and_blank_rows_are_no_change() -> None:
    base = v(tiers__0__from_quantity="1000", tiers__0__price="5.1000")
    mine = v(tiers__0__from_quantity="1,000", tiers__0__price="5.1", tiers__1__from_quantity="", tiers__1__price="")
    theirs = v(tiers__0__from_quantity="1000", tiers__0__price="4")

    merged = merge(base, theirs, mine)

    assert (merged.taken, merged.open) == (("tiers",), ())
    assert merged.values == {"tiers-0-from_quantity": ["1000"], "tiers-0-price": ["4"]}


def test_a_number_and_its_unit_are_chosen_together() -> None:
    base, theirs = {"attr-length": ["1"], "attr-length-unit": ["mm"]}, {"attr-length": ["2"], "attr-length-unit": ["mm"]}
    mine = {"attr-length": ["1"], "attr-length-unit": ["in"]}

    assert merge(base, theirs, mine).open == ("attr-length",)


def test_a_choice_puts_the_saved_value_in() -> None:
    typed = dict(v(title="mine", tiers__0__price="1", tiers__1__price="2")) | {"take-title": ["mine"], "take-tiers": ["theirs"]}

    assert chosen(typed, v(title="theirs", tiers__0__price="9")) == {"title": ["mine"], "tiers-0-price": ["9"]}
