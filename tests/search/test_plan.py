"""A buyer's words into a plan, without an engine."""

from itertools import pairwise

import pytest

from search import documents, lexical, plan, units
from search.lexical import rounding, sizes
from search.lexical.concepts import concepts_of
from search.query import AllOf, Best, Boosted, Clause, Constant, Everything, In, Nothing, Selection, Sort, Term, WithBonus
from search.synonyms import TRADE, key_of
from tests.search.rows import make_row
from tests.search.written_words import CATALOGUE, Words


def terms(clause: Clause) -> list[Term]:
    """All terms of a clause that stand for words; where a size stands in its listing is none."""
    match clause:
        case Term():
            return [clause] if clause.field != "turn" else []
        case Everything() | Nothing():
            return []
        case Constant(inner, _) | Boosted(inner, _):
            return terms(inner)
        case WithBonus(inner, bonuses):
            return terms(inner) + [term for bonus in bonuses for term in terms(bonus)]
        case Best(clauses, _) | AllOf(clauses):
            return [term for inner in clauses for term in terms(inner)]
    return []


def said(text: str) -> list[tuple[str, ...]]:
    """The concepts of a text as words."""
    return [concept.words for concept in concepts_of(text, CATALOGUE, TRADE)]


def test_the_longest_synonym_is_one_concept() -> None:
    assert said("hex bolt m8x40 a2") == [("hex", "bolt"), ("m8x40",), ("a2",)]


def test_little_words_are_no_concepts_unless_nothing_else_is_said() -> None:
    assert said("bag for the notebook") == [("bag",), ("notebook",)]
    assert said("the") == [("the",)]


def test_chinese_runs_are_cut_by_the_tables() -> None:
    assert said("防割手套") == [("防割",), ("手套",)]


def test_a_known_code_is_one_concept_however_it_is_written() -> None:
    assert said("qz 4017 m8x40 a2") == [("qz", "4017", "m8x40", "a2")]
    assert said("bearing 6204-2rs") == [("bearing",), ("6204", "2rs")]


def test_a_size_or_a_count_that_others_mention_is_no_code() -> None:
    words = Words(
        title_en={"inch": 5, "port": 5, "switch": 5, "zz": 5},
        sizes={"12.7mm": 1},
        mentions={"12inch": 3, "24port": 3, "6204zz": 3},
    )
    count, switch = concepts_of("24 port switch", words, TRADE)

    assert not lexical.read("1/2 inch", words).code
    assert not lexical.read("24 port", words).code
    assert lexical.read("6204 zz", words).code
    assert (count.words, count.codes, switch.words) == (("24", "port"), (), ("switch",))
    assert plan.build("24 port switch", vocabulary=words, visibility=["all"]).enough == 1, "another number of ports is no answer"


def test_letters_are_a_code_where_they_are_written_in_one_piece() -> None:
    words = Words(title_en={"sfp": 9, "sx": 4, "d": 5}, codes={"sfpsxd": 1})

    assert lexical.read("SFP-SX-D", words).code
    assert not lexical.read("sfp sx d", words).code


def test_every_name_of_a_thing_weighs_alike_however_rare_it_is() -> None:
    clause = lexical.read("laptop", CATALOGUE).strict

    boosts = {term.value: term.boost for term in terms(clause) if term.field == "title_en"}
    rare, common = boosts["laptop"], boosts["notebook"]
    assert rare < common, "the rare word's own idf is taken back, so that it does not beat the common one"


def test_a_word_that_nobody_has_makes_all_words_impossible() -> None:
    reading = lexical.read("zzzzqqqq bolt", CATALOGUE)

    assert isinstance(reading.strict, Nothing)
    assert not isinstance(reading.clause, Nothing)


@pytest.mark.parametrize(("text", "enough"), [("hex bolt", plan.FEW), ("hex bolt m8x40", 1), ("qz4017m8x40a2", 1)])
def test_who_names_a_size_or_a_code_is_not_given_something_else(text: str, enough: int) -> None:
    assert plan.build(text, vocabulary=CATALOGUE, visibility=["all"]).enough == enough


def test_words_written_as_one_are_tried() -> None:
    clause = lexical.read("head set", CATALOGUE).clause

    assert "headset" in {term.value for term in terms(clause)}


def test_a_number_and_a_unit_that_no_table_has_are_also_one_word() -> None:
    words = Words(title_en={"600lpi": 4, "scanner": 9})

    strict = lexical.read("600 lpi scanner", words).strict

    assert {term.value for term in terms(strict)} == {"600lpi", "scanner"}


def test_without_words_everything_is_listed_newest_first() -> None:
    wanted = plan.build("  ", vocabulary=CATALOGUE, visibility=["all"], selections=[Selection("cat", In("categories", frozenset(["x"])))])

    assert wanted.clause == Everything()
    assert wanted.sort is Sort.NEWEST


def test_a_page_reaches_no_deeper_than_the_engines_go() -> None:
    assert plan.build("", vocabulary=CATALOGUE, visibility=["all"], offset=9_990, limit=24).limit == 10
    assert plan.build("", vocabulary=CATALOGUE, visibility=["all"], offset=20_000, limit=24).limit == 0


def test_a_size_is_a_size_and_its_numbers_are_a_second_choice() -> None:
    clause = lexical.read("m8x40", CATALOGUE).strict

    assert [(t.field, t.value, t.boost) for t in terms(clause)] == [("sizes", "m8x40", 1.0), ("sizes", "8x40", 0.8)]


def test_where_nothing_has_the_size_nearly_that_size_comes_first_and_never_counts_as_having_it() -> None:
    ties = Words(title_en={"tie": 20, "cable": 30}, heads={"tie": 20}, sizes={"300mm": 2, "290mm": 3, "292.1mm": 1, "200mm": 9})
    reading = lexical.read("cable tie 300 mm", ties)

    assert {"290mm", "292.1mm"} <= {term.value for term in terms(reading.clause)}
    assert "200mm" not in {term.value for term in terms(reading.clause)}
    assert not {"290mm", "292.1mm"} & {term.value for term in terms(reading.strict)}


def test_where_nothing_has_a_series_goods_with_some_of_its_numbers_come_first() -> None:
    bolts = Words(title_en={"bolt": 20}, heads={"bolt": 20}, sizes={"m8": 9, "m10": 9, "40mm": 3, "41mm": 1})
    reading = lexical.read("bolt M8x40", bolts)

    assert {"m8", "40mm", "41mm"} == {term.value for term in terms(reading.clause) if term.field == "sizes"}
    assert "41mm" not in {term.value for term in terms(reading.strict)}


@pytest.mark.parametrize(("asked", "token"), [("300mm", "285mm"), ("300mm", "292.1mm"), ("2000mm", "1900mm")])
def test_near_is_a_twentieth_in_round_sizes_and_half_inches(asked: str, token: str) -> None:
    assert token in rounding.near(asked)
    assert asked not in rounding.near(asked)
    assert len(rounding.near(asked)) < 50


def test_lengths_power_and_light_have_near_ones() -> None:
    assert "4000w" in rounding.near("3728.5w")
    assert "3100lm" in rounding.near("3000lm")
    assert rounding.near("24v") == rounding.near("m8x40") == rounding.near("dn15") == ()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ball valve 1/2", 'ball valve 1/2"'),
        ("hose 1 1/4", 'hose 1 1/4"'),
        ("valve 2/2-way", "valve 2/2-way"),
        ("motor 1/2 hp", "motor 1/2 hp"),
        ('pipe 3/4"', 'pipe 3/4"'),
        ("unc 1/4-20", "unc 1/4-20"),
        ("open 24/7", "open 24/7"),
    ],
)
def test_a_fraction_without_a_unit_is_one_of_an_inch(text: str, read: str) -> None:
    assert sizes.as_asked(text) == read


def test_a_size_of_clothes_is_never_what_the_thing_is() -> None:
    clothes = Words(title_en={"vest": 9, "xl": 9}, heads={"vest": 9, "xl": 9})

    assert {term.value for term in terms(lexical.read("vest xl", clothes).clause) if term.field == "heads"} == {"vest"}


def test_a_word_written_twice_asks_for_nothing_more() -> None:
    assert said("bolt bolt bolts m8x40 bolt m8x40") == [("bolt",), ("m8x40",)]


def test_counting_words_are_no_synonyms() -> None:
    assert ("piece",) not in {synonym.words for synonym in TRADE.find(key_of("pc"))}


def test_one_way_synonyms_go_one_way() -> None:
    assert ("screw",) in {synonym.words for synonym in TRADE.find(key_of("schraube"))}
    assert ("schraube",) not in {synonym.words for synonym in TRADE.find(key_of("screw"))}


def test_sizes_and_colours_alone_are_no_answer_to_words_that_nothing_has() -> None:
    words = Words(title_en={"black": 9, "bolt": 3, "m8x40": 2, "t": 5}, sizes={"125mm": 4, "m8x40": 2})

    for text in ("grinder 125 mm", "角磨机 125 mm", "grinder black", "grinder set 125 mm black", "t-shirt"):
        assert isinstance(lexical.read(text, words).clause, Nothing), text
    for text in ("125 mm", "black 125 mm", "grinder bolt 125 mm"):
        assert not isinstance(lexical.read(text, words).clause, Nothing), text


def test_a_maker_is_known_by_its_chinese_name() -> None:
    words = Words(title_en={"canon": 9}, brand={"canon": 40}, heads={"cartridge": 9})

    assert lexical.read("佳能 墨盒", words).makers == ("canon",)


@pytest.mark.parametrize("text", ["toner hp", "hp toner", "硒鼓 惠普"])
def test_a_maker_is_not_what_the_thing_is_wherever_it_stands(text: str) -> None:
    words = Words(title_en={"hp": 40, "toner": 9}, brand={"hp": 40}, heads={"hp": 2, "toner": 9})

    clause = str(lexical.read(text, words).clause)

    assert str(Term("heads", "toner")) in clause
    assert str(Term("heads", "hp")) not in clause


def test_a_word_that_hardly_heads_a_title_says_which_of_what_does() -> None:
    words = Words(title_en={"pallet": 11, "euro": 8, "wood": 4}, heads={"pallet": 7, "euro": 1}, title_zh={"托盘": 5})

    for text in ("pallet euro wood", "euro pallet", "托盘 euro"):
        clause = str(lexical.read(text, words).clause)
        assert str(Term("heads", "pallet")) in clause, text
        assert str(Term("heads", "euro")) not in clause, text


def test_what_reads_as_a_size_that_only_goods_called_so_have_is_their_part_number() -> None:
    def codes(sold: int) -> tuple[str, ...]:
        horsepower = units.measures("800ps")[0].tokens[0]
        words = Words(codes={"800ps": 1}, mentions={"800ps": 1}, title_en={"printer": 9}, heads={"printer": 9}, sizes={horsepower: sold})
        return tuple(code for concept in lexical.read("800ps printer", words).concepts for code in concept.codes)

    assert codes(2) == ("800ps",)
    assert codes(3) == ()


@pytest.mark.parametrize(
    ("text", "thing", "other"),
    [
        ("case for camera", "case", "camera"),
        ("camera case", "case", "camera"),
        ("camera with case", "camera", "case"),
        ("camera arm black", "arm", "camera"),
        ("camera to case adapter", "adapter", "camera"),
        ("for camera case", "case", "camera"),
    ],
)
def test_the_thing_stands_before_a_preposition_and_what_is_sold_for_others_behind_them(text: str, thing: str, other: str) -> None:
    nouns = {"case": 40, "camera": 80, "arm": 9, "adapter": 9}
    words = Words(title_en=nouns | {"black": 9}, category={"camera": 80, "case": 40}, heads=nouns)

    clause = str(lexical.read(text, words).clause)

    assert str(Term("heads", thing)) in clause
    assert str(Term("heads", other)) not in clause


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("蓝牙耳机", ("bluetooth", "headset")),
        ("无线鼠标", ("wireless", "mouse")),
        ("机械键盘", ("mechanical", "keyboard")),
        ("黑色激光鼠标", ("black", "laser", "mouse")),
        ("车载充电器", ("car", "charger")),
    ],
)
def test_goods_of_an_office_are_read_word_by_word_in_chinese(chinese: str, english: tuple[str, ...]) -> None:
    concepts = lexical.read(chinese, Words()).concepts

    assert len(concepts) == len(english)
    for concept, word in zip(concepts, english, strict=True):
        assert (word,) in {synonym.words for synonym in concept.synonyms}


def test_a_term_of_the_tables_is_read_as_one() -> None:
    colour, printer = lexical.read("彩色激光打印机", Words()).concepts

    assert ("colour",) in colour.names
    assert {("laser", "printer"), ("laserjet",)} <= set(printer.names)


def test_more_tiers_than_slots_are_refused() -> None:
    row = make_row(tiers=tuple((quantity, 100 - quantity) for quantity in range(1, 12)))

    with pytest.raises(ValueError, match="11 price tiers"):
        documents.variant_document(row)


def test_more_lead_times_than_slots_promise_the_longest_of_the_rest() -> None:
    bands = (*((up_to, up_to) for up_to in range(1, 9)), (None, 20))

    fields = documents.variant_document(make_row(lead_times=bands)).fields

    assert fields
    assert (fields["lead_5_from"], fields["lead_5_below"], fields["lead_5_days"]) == (6, documents.OPEN, 20)


def test_a_variant_that_is_not_listed_becomes_a_tombstone() -> None:
    assert documents.variant_document(make_row(listed=False)).fields is None
    assert documents.variant_document(make_row(visibility=())).fields is None


PAIRS = [left + right for left in "abcdefgh" for right in "abcdefgh"]


@pytest.mark.parametrize("text", ["a " * 100, " ".join(PAIRS)])
def test_a_long_text_makes_a_plan_that_grows_with_its_words(text: str) -> None:
    """Each way to write two words as one holds all the others: of a hundred words each two of which may be one, few are tried."""
    words = Words(title_en=dict.fromkeys(["a", "aa", *PAIRS, *(left + right for left, right in pairwise(PAIRS))], 9))

    reading = lexical.read(text, words)

    assert 0 < len(terms(reading.clause)) < 30 * len(reading.concepts)


def test_another_name_of_a_thing_is_no_letter_that_stands_anywhere() -> None:
    """A backpack of 25 l with a pocket for keys is no "L key"."""
    single = [synonym.words for synonym in TRADE.find(("hex", "key")) if any(len(word) == 1 for word in synonym.words)]

    assert single == []


def test_a_metal_in_chinese_is_also_its_commonest_alloy() -> None:
    assert {synonym.words for synonym in TRADE.find(("铜",))} >= {("copper",), ("brass",), ("黄铜",)}
