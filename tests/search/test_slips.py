"""Slips of a typist: which word is replaced, which is only offered, and which is left alone."""

import pytest

from search import lexical, plan
from search.spelling import TOGETHER, Speller, closest, distance
from tests.search.written_words import CATALOGUE, Words


def test_a_typo_is_mended_and_said_and_a_known_word_is_not() -> None:
    mended = plan.build("hez steel", vocabulary=CATALOGUE, visibility=["all"])
    short = plan.build("hex bolt", vocabulary=CATALOGUE, visibility=["all"])
    corrected = plan.build("notebok", vocabulary=CATALOGUE, visibility=["all"])

    assert mended.correction is None, "three letters are too few to guess by, unless the neighbour tells"
    assert short.correction is None
    assert corrected.correction
    assert (corrected.correction.written, corrected.correction.searched) == ("notebok", "notebook")


@pytest.mark.parametrize(("left", "right", "slips"), [("blot", "bolt", 1), ("bolt", "bolts", 1), ("bolt", "valve", 3), ("abcd", "badc", 2)])
def test_distance_counts_slips_of_a_typist(left: str, right: str, slips: int) -> None:
    assert distance(left, right, 2) == slips


def test_a_doubled_letter_is_the_likelier_slip() -> None:
    assert closest({"gloove": {"glove": 5, "groove": 50}}) == "glove"
    assert closest({"bollt": {"bolt": 5, "bolls": 50}}) == "bolt"


def test_a_word_that_only_looks_like_a_plural_is_mended_as_it_was_written() -> None:
    words = Words(title_en={"stainless": 9, "steel": 9, "stain": 3})

    correction = lexical.read("stainles steel", words).correction

    assert correction is not None
    assert correction.searched == "stainless steel"


def test_a_word_is_mended_as_people_write_it() -> None:
    words = Words(title_en={"cooky": 9, "battery": 9})

    searched = [correction.searched for text in ("cookkies", "battary") if (correction := lexical.read(text, words).correction)]

    assert searched == ["cookies", "battery"]


def test_the_closest_word_begins_alike_before_it_is_frequent() -> None:
    assert closest({"gaskte": {"basket": 90, "gasket": 2}}) == "gasket"
    assert closest({"bolx": {"bolt": 5, "bold": 50}}) == "bold"


def test_a_rare_word_of_english_is_no_slip_for_a_frequent_one() -> None:
    known = Words(title_en={"swamp": 1, "swamo": 1, "swami": 90, "stamp": 90, "light": 9})

    assert lexical.read("swamo light", known).meant == "swami light"
    assert lexical.read("swamp light", known).meant == ""


def test_the_name_of_a_maker_is_no_slip_though_nobody_sells_its_goods_here() -> None:
    known = Words(title_en={"rich": 90, "toner": 9, "festoon": 9, "lighting": 9, "valve": 9})

    for text in ("ricoh toner", "Ricoh", "Festo valve", "Wuerth lighting"):
        reading = lexical.read(text, known)
        assert (reading.correction, reading.meant) == (None, ""), text
    assert (lexical.read("ricj toner", known).correction or pytest.fail("a slip")).searched == "rich toner"


def test_a_word_of_the_trade_is_no_slip_though_the_catalogue_lacks_it() -> None:
    known = Words(title_en={"google": 90, "mark": 9, "bolt": 5}, heads={"bolt": 5})

    assert lexical.read("goggles", known).correction is None
    assert lexical.read("dust mask", known).correction is None
    assert (lexical.read("googel", known).correction or pytest.fail("a slip")).searched == "google"


def test_a_word_that_goes_on_for_two_letters_is_no_slip() -> None:
    assert closest({"resistor": {"resist": 50}}) is None
    assert closest({"resistro": {"resistor": 50}}) == closest({"resisto": {"resistor": 50}}) == "resistor"


@pytest.mark.parametrize(
    ("written", "known", "corrected", "offered"),
    [
        ("resistor", "register", "", "register"),  # two slips, and another letter
        ("keybaord", "keyboard", "keyboard", ""),
        ("acessory", "accessory", "accessory", ""),
        ("accesorry", "accessory", "accessory", ""),  # two slips, the same letters
        ("powder", "power", "", ""),  # one slip, but a word of English, which no title has there
        ("cannon", "canon", "canon", ""),  # another, which only doubles a letter
        ("margarine", "magazine", "", "magazine"),
        ("lprtop", "laptop", "", ""),  # two slips in a short word
    ],
)
def test_a_word_is_replaced_only_by_what_it_surely_is(written: str, known: str, corrected: str, offered: str) -> None:
    reading = lexical.read(f"black {written}", Words(title_en={known: 50, "black": 9}, heads={known: 50}))

    assert (reading.correction.searched if reading.correction else "") == (f"black {corrected}" if corrected else "")
    assert reading.meant == (f"black {offered}" if offered else "")


def test_who_asks_for_exactly_the_words_is_offered_none() -> None:
    reading = lexical.read("resistor", Words(title_en={"register": 50}), correct=False)

    assert (reading.correction, reading.meant) == (None, "")


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("wather pump", "water pump"),  # a term of the tables, though washers are more frequent
        ("dvd phayer", "dvd player"),  # beside each other in titles
        ("payer dvd", "paper dvd"),  # beside nothing: the more frequent one
    ],
)
def test_the_word_that_stands_beside_its_neighbour_is_meant(written: str, searched: str) -> None:
    words = Words(
        title_en={"washer": 90, "water": 60, "pump": 40, "dvd": 40, "phaser": 200, "player": 100, "paper": 900}, joined={"dvdplayer": 1}
    )

    assert (lexical.read(written, words).correction or pytest.fail("a slip")).searched == searched


@pytest.mark.parametrize(("titles", "corrected", "offered"), [(TOGETHER, "hdmi cable", ""), (TOGETHER - 1, "", "hdmi cable")])
def test_a_word_of_english_is_a_slip_where_titles_have_the_other_beside_its_neighbour(titles: int, corrected: str, offered: str) -> None:
    reading = lexical.read("hdmi cale", Words(title_en={"hdmi": 50, "cable": 90, "case": 400}, joined={"hdmicable": titles}))

    assert (reading.correction.searched if reading.correction else "", reading.meant) == (corrected, offered)


@pytest.mark.parametrize(
    ("known", "searched"),
    [({"joined": {"hexsteel": TOGETHER}}, "hex steel"), ({"joined": {"hexsteel": TOGETHER - 1}}, ""), ({}, "")],
)
def test_three_letters_are_enough_where_the_neighbour_tells_the_word(known: dict[str, dict[str, int]], searched: str) -> None:
    reading = lexical.read("hez steel", Words(title_en={"hex": 50, "steel": 60}, **known))

    assert (reading.correction.searched if reading.correction else "") == searched
    assert not reading.meant


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("usbb", "usb"),  # a word of the trade
        ("hvac", ""),  # no HAC
        ("vasn", "vans"),  # a plural has four
        ("vansy", "vans"),
    ],
)
def test_a_longer_word_is_one_of_three_letters_only_of_the_trade_or_of_several(written: str, searched: str) -> None:
    reading = lexical.read(written, Words(title_en={"usb": 9, "hac": 90, "van": 9}))

    assert (reading.correction.searched if reading.correction else "", reading.meant) == (searched, "")


def test_words_that_are_also_written_as_one_stand_beside_each_other() -> None:
    reading = lexical.read("hed set", Words(title_en={"red": 90, "head": 50, "set": 50, "headset": 20}))

    assert (reading.correction or pytest.fail("a slip")).searched == "head set"


def test_of_two_words_that_of_the_trade_is_meant() -> None:
    assert closest({"shoqe": {"shore": 14, "shoe": 4}}, trade={"shoe"}) == "shoe"
    assert closest({"aming": {"aging": 22, "gaming": 5}}, trade={"gaming"}) == "gaming"


def test_a_slip_in_a_plural_is_a_slip_in_its_singular() -> None:
    words = Words(title_en={"shoe": 4, "window": 90})

    assert [(lexical.read(text, words).correction or pytest.fail(text)).searched for text in ("sohes", "windous")] == ["shoes", "windows"]


def test_another_first_letter_makes_another_word_of_english() -> None:
    assert closest({"hearing": {"bearing": 900}}) is None
    assert closest({"earing": {"bearing": 900}}) == closest({"ebaring": {"bearing": 900}}) == "bearing"
    assert closest({"nintendo": {}, "jamera": {"camera": 9}}) == "camera", "no word itself"
    assert Speller({"gasket": 2, "flange": 9}).near("flnge") == {"flange": 9}
    assert Speller({"gasket": 2}).near("valve") == {}


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("boks", "books"),  # a letter left out of a plural
        ("gamesx", "games"),  # a letter behind one
        ("headphonesq", "headphones"),
        ("battaries", "batteries"),
        ("swithces", "switches"),
    ],
)
def test_a_slip_in_a_plural_is_compared_with_plurals_and_said_as_one(written: str, searched: str) -> None:
    words = Words(title_en={"book": 12, "boot": 9, "game": 15, "headphone": 9, "battery": 9, "switch": 9, "same": 300})

    assert (lexical.read(written, words).correction or pytest.fail("a slip")).searched == searched


def test_a_letter_behind_a_plural_is_less_likely_than_one_left_out() -> None:
    assert closest({"headst": {"head": 900, "headset": 5}}) == "headset"


def test_swapped_letters_are_likelier_than_another_letter_but_not_than_a_word_that_is_everywhere() -> None:
    assert closest({"raido": {"raid": 40, "radio": 5}}) == "radio"
    assert closest({"ardio": {"audio": 140, "radio": 5}}) == "radio"
    assert closest({"ntebook": {"netbook": 5, "notebook": 900}}) == "notebook"


@pytest.mark.parametrize(
    ("written", "titles", "searched"),
    [
        ("afn", 50, "fan"),
        ("afn", 49, ""),  # no word that everybody sells
        ("fqn", 900, ""),  # another letter: an abbreviation, as far as anybody knows
        ("fna 12 v", 50, "fan 12 v"),
        ("fnas", 50, "fans"),
    ],
)
def test_three_letters_are_enough_where_two_of_a_word_that_very_many_sell_are_swapped(written: str, titles: int, searched: str) -> None:
    reading = lexical.read(written, Words(title_en={"fan": titles}))

    assert (reading.correction.searched if reading.correction else "") == searched


@pytest.mark.parametrize("abbreviation", ["omp", "mcb", "mcbs", "grp", "spf", "ps5", "p4s", "afn120", "fna-60", "fann-60"])
def test_an_abbreviation_or_a_part_number_that_nobody_sells_is_no_slip(abbreviation: str) -> None:
    words = Words(title_en={"gpr": 900, "sfp": 20, "mcs": 900, "mc": 90, "ps4": 900, "fan": 900}, traits={"mop": 900})

    reading = lexical.read(abbreviation, words)

    assert (reading.correction, reading.meant) == (None, "")


def test_a_little_word_is_not_what_is_offered() -> None:
    reading = lexical.read("witch", Words(title_en={"with": 900, "switch": 50}))

    assert (reading.correction, reading.meant) == (None, "switch")


@pytest.mark.parametrize(
    ("written", "searched", "offered"),
    [
        ("sp4 games", "ps4 games", ""),  # two letters swapped
        ("pps4", "ps4", ""),  # a letter too many, of a designation that the tables have
        ("ddrr4 ram", "ddr4 ram", ""),  # and of one that very many titles have
        ("rj54", "", "rj45"),  # the figures say which it is: offered
        ("ps44", "", "ps4"),
        ("ps5", "", ""),  # another figure, another thing
        ("fs4", "", ""),  # another letter, too
        ("abb7", "", ""),  # nobody but one maker has ab7
        ("xps4", "", ""),  # PS4, or XP4
        ("pps4x", "", ""),
        ("pps4-20", "", ""),  # part of a code
    ],
)
def test_a_designation_is_mended_where_its_letters_are_swapped_or_one_is_too_many(written: str, searched: str, offered: str) -> None:
    words = Words(title_en={"ps4": 9, "game": 60, "ddr4": 50, "rj45": 60, "ram": 90, "ab7": 49, "xp4": 50})

    reading = lexical.read(written, words)

    assert (reading.correction.searched if reading.correction else "", reading.meant) == (searched, offered)


def test_a_designation_that_the_catalogue_knows_is_left_alone() -> None:
    words = Words(title_en={"ps4": 900}, description={"sp4": 1})

    reading = lexical.read("sp4", words)

    assert (reading.correction, reading.meant) == (None, "")


@pytest.mark.parametrize(("written", "searched"), [("gps vatch", "gps watch"), ("vatch panel", "patch panel")])
def test_the_last_word_is_rather_what_goods_are_called_by(written: str, searched: str) -> None:
    words = Words(title_en={"gps": 60, "watch": 11, "patch": 900, "panel": 90}, heads={"watch": TOGETHER, "panel": 90})

    assert (lexical.read(written, words).correction or pytest.fail("a slip")).searched == searched


def test_a_little_word_is_not_what_a_slip_is_mended_to_where_another_is_as_close() -> None:
    reading = lexical.read("vand", Words(title_en={"and": 900, "sand": 5}))

    assert (reading.correction or pytest.fail("a slip")).searched == "sand"


def test_a_slip_in_the_name_of_a_maker_is_mended_though_nobody_sells_its_goods_here() -> None:
    known = Words(title_en={"watch": 9, "toner": 9})

    assert (lexical.read("gamrin watch", known).correction or pytest.fail("a slip")).searched == "garmin watch"
    reading = lexical.read("rico toner", known)
    assert (reading.correction, reading.meant) == (None, ""), "a word of English"


def test_nobody_writes_a_word_beside_itself() -> None:
    reading = lexical.read("oight light", Words(title_en={"light": 300, "right": 61}))

    assert (reading.correction or pytest.fail("a slip")).searched == "right light"
