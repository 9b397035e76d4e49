"""What counts without scoring counts the documents that are scored: a clause and what it matches, on random clauses."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.tantivy.matching import matching
from search.query import AllOf, AnyOf, Best, Boosted, Clause, Constant, Nothing, Phrase, Plan, Term, WithBonus
from tests.search.subjects import EVERYBODY, Subject

HEX, BOLT = Term("title_en", "hex", 2.0), Term("category", "bolt", 0.9)
WORDS: list[Clause] = [
    *(Term(field, word, 0.5) for field in ("title_en", "category") for word in ("bolt", "nut", "valve", "hex", "gland", "absent")),
    Phrase("title_en", ("hex", "bolt"), 0.2),
    Nothing(),
]


def composed(parts: st.SearchStrategy[Clause]) -> st.SearchStrategy[Clause]:
    """Every kind of clause that holds others."""
    several = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        several.map(Best),
        several.map(AllOf),
        several.map(AnyOf),
        parts.map(lambda part: Boosted(part, 0.5)),
        parts.map(lambda part: Constant(part, 3.0)),
        st.tuples(parts, several).map(lambda both: WithBonus(*both)),
    )


@given(clause=st.recursive(st.sampled_from(WORDS), composed, max_leaves=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_total_is_the_number_of_hits_that_are_ranked(filled: Callable[[str], Subject], clause: Clause) -> None:
    plan = Plan(clause=clause, visibility=EVERYBODY, limit=500)
    found, expected = filled("tantivy").find(plan), filled("oracle").find(plan)

    assert found.total == len(found.hits) == expected.total
    assert {hit.variant_id for hit in found.hits} == {hit.variant_id for hit in expected.hits}


def test_a_bonus_a_boost_and_a_layer_match_nothing_more() -> None:
    assert matching(WithBonus(Boosted(Best((HEX, Best((BOLT, HEX)))), 0.5), (Term("turn", "0"),))) == AnyOf(
        (Term("title_en", "hex"), Term("category", "bolt"))
    )


def test_all_words_beside_some_of_them_are_no_list_of_their_own() -> None:
    every, some = AllOf((HEX, BOLT)), Boosted(AnyOf((HEX, BOLT)), 0.5)

    assert matching(Best((every, some))) == AnyOf((Term("title_en", "hex"), Term("category", "bolt")))


def test_what_needs_a_word_that_is_nowhere_matches_nothing() -> None:
    assert matching(Best((AllOf((HEX, Nothing())), Nothing()))) == Nothing()
