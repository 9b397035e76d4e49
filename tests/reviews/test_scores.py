"""The score by hand-computed cases (product.md §11)."""

import pytest

from reviews.scores import NO_SCORE, Rating, Score, score, weight


def rating(stars: int, *, age_days: float = 0.0, spend_minor: int = 100, median_minor: int = 100, would_reorder: bool = True) -> Rating:
    return Rating(stars, 4, 4, 3, 5, would_reorder, age_days, spend_minor, median_minor)


def scored(*ratings: Rating) -> Score:
    return score(ratings, prior_weight=7, prior_tenths=35, minimum=3)


def test_without_reviews_there_is_no_score() -> None:
    assert scored() == NO_SCORE


def test_below_three_reviews_the_score_is_hidden_and_the_number_is_not() -> None:
    found = scored(rating(5), rating(5))

    assert found.value is None
    assert found.n == 2


def test_three_fresh_median_reviews_are_weighed_against_the_prior() -> None:
    # (7 × 3.5 + 5 + 4 + 3) ÷ (7 + 3) = 36.5 ÷ 10
    assert scored(rating(5), rating(4), rating(3)).value == pytest.approx(3.65)


def test_a_review_counts_half_after_twelve_months() -> None:
    assert weight(rating(5, age_days=365)) == pytest.approx(0.5)
    # (24.5 + 0.5·5 + 5 + 5) ÷ (7 + 2.5) = 37 ÷ 9.5
    assert scored(rating(5, age_days=365), rating(5), rating(5)).value == pytest.approx(37 / 9.5)


def test_a_large_order_counts_three_times_at_most() -> None:
    assert weight(rating(1, spend_minor=200)) == pytest.approx(2)
    assert weight(rating(1, spend_minor=10_000)) == pytest.approx(3)
    # (24.5 + 3·1 + 5 + 5) ÷ (7 + 5) = 37.5 ÷ 12
    assert scored(rating(1, spend_minor=10_000), rating(5), rating(5)).value == pytest.approx(3.125)


def test_a_small_order_counts_less() -> None:
    assert weight(rating(5, spend_minor=25)) == pytest.approx(0.25)


def test_without_a_median_every_order_counts_alike() -> None:
    assert weight(rating(5, spend_minor=0, median_minor=0)) == pytest.approx(1)


def test_distribution_and_means_stand_beside_the_score() -> None:
    found = scored(rating(5), rating(5, would_reorder=False), rating(2), rating(1))

    assert found.distribution == (1, 1, 0, 0, 2)
    assert found.bars == [(5, 2, 50), (4, 0, 0), (3, 0, 0), (2, 1, 25), (1, 1, 25)]
    assert (found.quality, found.on_time, found.communication, found.documents) == (4, 4, 3, 5)
    assert found.would_reorder == pytest.approx(0.75)
