"""One contract for every engine, first part: words, and who sees what. Brute force, the embedded engine and a real server."""

from dataclasses import replace

import pytest

from search import plan as plans
from search.engines.oracle import OracleEngine
from search.query import (
    Everything,
    Facet,
    FacetKind,
    In,
    Plan,
    Selection,
)
from tests.search.rows import BY_ID, ROWS, VENDORS, make_row
from tests.search.subjects import ENGINES, EVERYBODY, Subject, numbers, search

# Words


def test_what_the_thing_is_beats_what_it_is_for(subject: Subject) -> None:
    subject.write(
        [make_row(1, titles={"en": "Bag for notebook, black"}), make_row(2, titles={"en": "Notebook 15 inch in a bag"}), make_row(3)]
    )

    assert numbers(search(subject, "notebook"))[0] == 2
    assert numbers(search(subject, "notebook bag"))[0] == 1


def test_goods_of_a_maker_that_is_named_stand_before_what_others_call_by_the_name_of_the_thing(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Monitor 27"}, brand="Pallwerk"),
            make_row(2, titles={"en": "Qianzhu SE2719H 27"}, descriptions={"en": "A monitor"}, brand="Qianzhu"),
            *(make_row(n, titles={"en": f"Paper {n}"}, brand="Qianzhu") for n in range(3, 7)),
        ]
    )

    assert numbers(search(subject, "monitor qianzhu 27"))[0] == 2


def test_a_word_that_ends_titles_does_not_say_what_the_thing_is(subject: Subject) -> None:
    """ "poe" ends more titles than "camera" does, but no category is called so."""
    subject.write(
        [
            *(make_row(n, titles={"en": f"Mast {n} with arm, Vorda Rivet"}, category_names=("Masts",)) for n in range(3, 9)),
            make_row(1, titles={"en": "Camera dome"}, category_names=("Cameras",)),
            make_row(2, titles={"en": "Outdoor Rivet"}, category_names=("Masts",)),
        ]
    )

    assert numbers(search(subject, "camera outdoor rivet"))[0] == 1


def test_a_list_that_lacks_words_begins_with_what_has_the_noun(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Office lamp for the desk, office grey"}),
            make_row(2, titles={"en": "Leaning chair"}, category_names=("Chairs and stools",)),
            make_row(3, titles={"en": "Foot rest"}, descriptions={"en": "For a chair at the office"}),
        ]
    )

    assert numbers(search(subject, "office chair leather"))[0] == 2


def test_a_number_alone_is_no_answer_where_a_thing_is_asked_for(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Safety goggles"}),
            make_row(2, titles={"en": "Battery cartridge 43"}),
            make_row(3, titles={"en": "Shoes for work"}),
        ]
    )

    assert set(numbers(search(subject, "leather goggles shoes size 43"))) == {1, 3}


@pytest.mark.parametrize("written", ["15 inch", '15"', "15in", "15寸"])
def test_inches_of_a_screen_are_rounded_as_makers_do(subject: Subject, written: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": 'Notebook 39.6 cm (15.6")'}),
            make_row(2, titles={"en": 'Notebook 43.9 cm (17.3")'}),
            make_row(3, titles={"en": 'Privacy filter for a laptop 15"'}),
            make_row(4, titles={"en": 'Notebook 15.4"'}),
            make_row(5, titles={"en": "Notebook 37.1 cm"}),
        ]
    )

    found = search(subject, f"laptop {written}")

    assert (set(numbers(found)), numbers(found)[-1], found.relaxed) == ({1, 3, 4, 5}, 3, False)


def test_beside_a_size_what_has_more_of_the_words_is_nearer(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Flash memory, 16 GB"}),
            make_row(2, titles={"en": "Memory module, 16 GB, DDR3, ECC"}),
            make_row(3, titles={"en": "Memory module, DDR3"}),
            make_row(4, titles={"en": "Flash memory"}),
            *(make_row(number, titles={"en": "Server rack"}) for number in range(5, 12)),
        ]
    )

    found = search(subject, "server memory ecc 16gb ddr3")

    assert found.relaxed
    assert numbers(found)[0] == 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("memory 16g", [1]), ("内存 16G", [1]), ("usb stick 64g", [2]), ("U盘 64G", [2]), ("hard drive 2T", [3]), ("paper 80g", [4]), ("复印纸 80克", [4]),
        ("copy paper 80 g", [4]), ("coffee 64g", [5]), ("paper 1t", [6]),
    ],
)  # fmt: skip
def test_grams_are_said_of_bytes_and_of_square_metres_beside_what_is_sold_so(subject: Subject, asked: str, found: list[int]) -> None:
    titles = ["Memory module 16 GB", "USB flash drive 64 GB", "Hard drive 2000 GB", "Copy paper 80 g/m²", "Coffee 64 g", "Paper 1 tonne"]
    subject.write([make_row(number, titles={"en": title}) for number, title in enumerate(titles, 1)])

    assert numbers(search(subject, asked)) == found


@pytest.mark.parametrize("asked", ["monitor 15.6 inch", "pipe 15 inch", "monitor 381 m"])
def test_only_whole_inches_beside_a_screen_are_rounded(subject: Subject, asked: str) -> None:
    subject.write([make_row(n, titles={"en": f'{thing} {size}'}) for n, (thing, size) in enumerate(
        [("Monitor", '15"'), ("Monitor", '15.6"'), ("Pipe", '15"'), ("Pipe", '15.6"'), ("Monitor", "381 m")], 1)])  # fmt: skip

    assert numbers(search(subject, asked)) == {"monitor 15.6 inch": [2], "pipe 15 inch": [3], "monitor 381 m": [5]}[asked]


@pytest.mark.parametrize("written", ["3000 lumens", "3000lm", "3000 ANSI lumens", "3000流明"])
def test_light_is_found_in_any_writing(subject: Subject, written: str) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Projector 3000 ANSI lumens"}),
            make_row(2, titles={"en": "Projector 150 lm"}),
            make_row(3, titles={"en": "Rack"}, sku="3000"),
        ]
    )

    found = search(subject, f"projector {written}")

    assert (numbers(found), found.relaxed) == ([1], False)


def test_what_has_every_word_stands_before_what_is_headed_by_the_noun(subject: Subject) -> None:
    subject.write(
        [
            make_row(1, titles={"en": "Ring spanner set for engines"}, descriptions={"en": "Spanner sizes to 27"}),
            make_row(2, titles={"en": "Holder for a spanner 19, chrome"}),
            make_row(3, titles={"en": "Spanner 27"}),
        ]
    )

    found = search(subject, "spanner 19 chrome")

    assert (numbers(found)[0], found.relaxed, found.total) == (2, True, 3)


def test_a_filter_does_not_change_which_words_count(subject: Subject) -> None:
    """Else the count beside a filter would not be what it finds."""
    subject.write(
        [
            *(make_row(n, titles={"en": f"Red brush {n}"}, brand="Vorda") for n in range(1, 12)),
            make_row(12, titles={"en": "Red brush 12"}, brand="Pallwerk"),
            make_row(13, titles={"en": "Red paint"}, brand="Pallwerk"),
        ]
    )
    plan = plans.build("red brush", vocabulary=subject.vocabulary(), visibility=EVERYBODY)

    found = subject.find(replace(plan, selections=(Selection("maker", In("maker", frozenset({"Pallwerk"}))),)))

    assert (numbers(found), found.total, found.relaxed) == ([12], 1, False)


@pytest.mark.parametrize(("asked", "number"), [('valve 1"', 1), ("valve 1 inch", 1), ("bolt M8x40", 4), ("bolt M6x16", 5), ('valve 3"', 3)])
def test_digits_of_a_size_are_no_words(subject: Subject, asked: str, number: int) -> None:
    """1/2 is no 1 inch, a width across flats no length, and a range that begins with 16 is not the size 16."""
    subject.write(
        [
            make_row(1, titles={"en": "Valve DN 25"}),
            make_row(2, titles={"en": "Valve 1 way 3 DN 15"}),
            make_row(3, titles={"en": "Valve DN 80"}),
            make_row(4, titles={"en": "Bolt M8 × 40"}),
            make_row(5, titles={"en": "Bolt M6 × 16"}),
            make_row(6, titles={"en": "Bolt M8 × 50, for spanner 40 mm"}),
            make_row(7, titles={"en": "Bolt M6 × 16–50"}),
        ]
    )

    found = search(subject, asked)

    assert (numbers(found), found.relaxed) == ([number], False)


def test_every_word_must_match_while_enough_do(subject: Subject) -> None:
    subject.write(
        [make_row(1, titles={"en": "Red brush"}), make_row(2, titles={"en": "Red paint"}), make_row(3, titles={"en": "Wire brush"})]
    )

    few = search(subject, "red brush")
    exact = subject.find(replace(plans.build("red brush", vocabulary=subject.vocabulary(), visibility=EVERYBODY), enough=1))

    assert (numbers(exact), exact.total, exact.relaxed) == ([1], 1, False)
    assert (numbers(few)[0], few.total, few.relaxed) == (1, 2, True), "what is only red is no brush"


def test_who_names_a_size_gets_no_other_size(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Hex bolt M8 × 40"}), make_row(2, titles={"en": "Hex bolt M8 × 50"})])

    found = search(subject, "hex bolt m8x50")

    assert (numbers(found), found.relaxed) == ([2], False)


def test_a_synonym_finds_what_the_word_would(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Hexagon head screw M8"}), make_row(2, titles={"en": "Ball valve"})])

    assert numbers(search(subject, "hex bolt")) == [1]


def test_chinese_words_find_chinese_and_english_titles(subject: Subject) -> None:
    subject.write([make_row(1, titles={"zh-Hans": "不锈钢球阀"}), make_row(2, titles={"en": "Ball valve, stainless"}), make_row(3)])

    assert set(numbers(search(subject, "球阀"))) == {1, 2}


@pytest.mark.parametrize("written", ["m8x40", "M8 × 40", "M8*40 mm", "8x40"])
def test_a_size_is_found_in_any_writing(subject: Subject, written: str) -> None:
    subject.write([make_row(1, titles={"en": "Hex bolt M8 × 40 mm"}), make_row(2, titles={"en": "Hex bolt M8 × 50 mm"})])

    assert numbers(search(subject, f"hex bolt {written}")) == [1]


@pytest.mark.parametrize("written", ["2 TB", "2tb", "2000 GB", "2048gb", "1-3 TB", "1–3tb"])
def test_sizes_of_data_are_found_in_any_writing_and_as_ranges(subject: Subject, written: str) -> None:
    subject.write(
        [make_row(1, titles={"en": "Hard disk 2TB"}), make_row(2, titles={"en": "Hard disk 500 GB"}), make_row(3, titles={"en": "2 GHz"})]
    )

    assert numbers(search(subject, f"hard disk {written}")) == [1]


@pytest.mark.parametrize("written", ["2.4 GHz", "2,4ghz", "2400 MHz"])
def test_frequencies_are_found_in_any_writing(subject: Subject, written: str) -> None:
    subject.write([make_row(1, titles={"en": "Antenna 2.4GHz"}), make_row(2, titles={"en": "Antenna 5 GHz"})])

    assert numbers(search(subject, f"antenna {written}")) == [1]


@pytest.mark.parametrize("written", ["1/2 in", '1/2"', "12.7mm", "12,7 mm"])
def test_inches_and_millimetres_meet(subject: Subject, written: str) -> None:
    subject.write([make_row(1, titles={"en": "Pipe 12.7 mm"}), make_row(2, titles={"en": "Pipe 20 mm"})])

    assert numbers(search(subject, f"pipe {written}")) == [1]


@pytest.mark.parametrize("written", ["QZ-4017-M8X40-A2", "qz4017m8x40a2", "QZ 4017 M8X40 A2", "qz-4017 m8x40/a2"])
def test_a_part_number_is_found_in_any_spelling(subject: Subject, written: str) -> None:
    mentioning = make_row(2, titles={"en": "Spanner for QZ-4017-M8X40-A2"})
    subject.write([make_row(1, sku="QZ-4017-M8X40-A2"), mentioning, make_row(3, sku="QZ-4017-M8X45-A2")])

    found = search(subject, written)

    assert numbers(found)[0] == 1, "its own code ranks before a title that mentions it"


def test_an_article_number_is_found_with_and_without_leading_zero(subject: Subject) -> None:
    subject.write([make_row(1, codes=("0883585411689",)), make_row(2, codes=("2100001000073",))])

    assert numbers(search(subject, "0883585411689")) == numbers(search(subject, "883585411689")) == [1]


def test_an_unknown_word_is_corrected_and_said(subject: Subject) -> None:
    subject.write([make_row(1, titles={"en": "Flange gasket"}), make_row(2, titles={"en": "Ball valve"})])

    plan = plans.build("flange gaskte", vocabulary=subject.vocabulary(), visibility=EVERYBODY)
    as_written = search(subject, "gaskte", correct=False)

    assert plan.correction is not None
    assert plan.correction.searched == "flange gasket"
    assert numbers(subject.find(plan)) == [1]
    assert as_written.total == 0


def test_a_known_word_is_never_corrected(subject: Subject) -> None:
    subject.write([*(make_row(n, titles={"en": "Ball valve"}) for n in range(1, 6)), make_row(9, titles={"en": "Bell"})])

    assert plans.build("bell", vocabulary=subject.vocabulary(), visibility=EVERYBODY).correction is None


def test_words_that_the_index_has_not_find_nothing(subject: Subject) -> None:
    subject.write([make_row(1)])

    assert search(subject, "qqqqqqqqqq wwwwwwww").total == 0


@pytest.mark.parametrize(
    "text", ["hex bolt m8", "valve brass", "cable gland 40 mm", "六角螺栓", "norrvik nut", "machine screw sealed", "bolt"]
)
def test_the_same_words_make_the_same_plan_and_find_the_same_goods(full: Subject, oracle: OracleEngine, text: str) -> None:
    plan = plans.build(text, vocabulary=full.vocabulary(), visibility=EVERYBODY, limit=200)
    expected = oracle.find(plans.build(text, vocabulary=oracle.vocabulary(), visibility=EVERYBODY, limit=200))

    found = full.find(plan)

    assert plan == plans.build(text, vocabulary=oracle.vocabulary(), visibility=EVERYBODY, limit=200)
    assert found.total == expected.total > 0
    assert {h.variant_id for h in found.hits} == {h.variant_id for h in expected.hits}
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(expected.hits[0].score, rel=0.15), "the same formula, but for rounded field lengths"


# Who sees what


def test_a_plan_without_visibility_is_refused(full: Subject) -> None:
    with pytest.raises(ValueError, match="visibility"):
        full.find(Plan(clause=Everything(), visibility=frozenset()))


def test_only_visible_goods_are_in_hits_totals_and_counts(full: Subject) -> None:
    facet = Facet("maker", FacetKind.KEYWORD, "maker")
    for visibility in ({"all"}, {"all", "registered"}, {"company:7"}, {"country:NO"}):
        expected = [row for row in ROWS if visibility & set(row.visibility)]

        found = search(full, visibility=visibility, limit=200, facets=[facet])

        assert found.total == len(expected) == sum(count for _, count in found.facets["maker"].counts)
        assert {hit.variant_id for hit in found.hits} == {row.variant_id for row in expected}


def test_goods_of_a_vendor_who_may_not_sell_are_nowhere(full: Subject) -> None:
    facet = Facet("vendor", FacetKind.KEYWORD, "vendor_id", size=100)

    found = search(full, vendors=VENDORS[1:], limit=200, facets=[facet])

    assert VENDORS[0] not in {hit.vendor_id for hit in found.hits}
    assert str(VENDORS[0]) not in dict(found.facets["vendor"].counts)
    assert search(full, vendors=()).total == 0


def test_a_hit_names_its_variant_product_and_vendor(full: Subject) -> None:
    found = search(full, limit=5)

    for hit in found.hits:
        row = BY_ID[hit.variant_id]
        assert (hit.product_id, hit.vendor_id, hit.version, hit.minimum) == (row.product_id, row.vendor_id, row.version, row.minimum)


def test_every_engine_is_tried_with_the_same_cases(request: pytest.FixtureRequest) -> None:
    names = dict.fromkeys(ENGINES, 0)
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        if parameters and item.path.name.startswith("test_contract"):
            for engine in ENGINES:
                names[engine] += parameters.params.get("subject") == engine

    print("contract cases per engine:", names)
    assert len(set(names.values())) == 1
    assert names["tantivy"] >= 30
