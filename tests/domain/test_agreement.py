"""Krippendorff's alpha against the figures that are published for known data."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agreement import krippendorff_alpha

PANDALM = Path(__file__).parents[1] / "data" / "pandalm" / "annotators.csv"
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers,
# twelve units, "." where an observer said nothing.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def units_of(rows, values):
    """Return each unit's counts, out of one row of answers an observer."""
    for unit in zip(*rows, strict=True):
        said = Counter(unit)
        yield [said[value] for value in values]


def textbook():
    rows = [[int(word) if word != "." else None for word in row.split()] for row in OBSERVERS]
    return list(units_of(rows, (1, 2, 3, 4, 5)))


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_textbook_is_the_published_one(level, published):
    alpha = krippendorff_alpha(textbook(), values=(1, 2, 3, 4, 5), level=level)
    assert round(alpha, 3) == published


def test_alpha_of_three_annotators_of_999_real_rows_is_the_known_one():
    with PANDALM.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 999
    answers = [[row[f"annotator{number}"] for row in rows] for number in (1, 2, 3)]
    alpha = krippendorff_alpha(
        units_of(answers, ("0", "1", "2")), values=(0, 1, 2), level="nominal"
    )
    assert round(alpha, 4) == 0.8642


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_raters_who_always_agree_have_an_alpha_of_one(level):
    units = [[2, 0, 0], [0, 3, 0], [0, 0, 2]]
    assert krippendorff_alpha(units, values=(1, 2, 3), level=level) == 1


def test_raters_who_systematically_differ_have_an_alpha_below_zero():
    assert krippendorff_alpha([[1, 1]] * 4, values=(0, 1), level="nominal") < 0


def test_a_near_miss_weighs_less_than_a_far_one_where_values_have_distances():
    near, far = ([[5, 0, 0], [0, 0, 5], unit] for unit in ([1, 1, 0], [1, 0, 1]))
    near_alpha, far_alpha = (
        krippendorff_alpha(units, values=(1, 2, 3), level="interval") for units in (near, far)
    )
    assert near_alpha > far_alpha


@pytest.mark.parametrize(
    "units",
    [
        pytest.param([], id="nothing was rated"),
        pytest.param([[1, 0], [0, 1]], id="nothing was rated twice"),
        pytest.param([[2, 0], [3, 0]], id="nobody ever said anything else"),
    ],
)
def test_alpha_is_not_defined_where_ratings_cannot_differ_or_meet(units):
    assert krippendorff_alpha(units, values=(0, 1), level="nominal") is None


def test_alpha_is_not_defined_without_any_value():
    assert krippendorff_alpha([], values=(), level="interval") is None


def test_a_unit_with_a_single_rating_changes_nothing():
    values = (1, 2, 3, 4, 5)
    alone = [*textbook(), [0, 0, 0, 0, 1]]
    with_it, without = (
        krippendorff_alpha(units, values=values, level="interval") for units in (alone, textbook())
    )
    assert with_it == pytest.approx(without, abs=1e-12)


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), max_size=12))
def test_alpha_never_exceeds_one_and_does_not_mind_the_order_of_units(units):
    alpha = krippendorff_alpha(units, values=(1, 2, 4), level="interval")
    turned = krippendorff_alpha(units[::-1], values=(1, 2, 4), level="interval")
    assert alpha is None or alpha <= 1 + 1e-12
    assert turned == (alpha if alpha is None else pytest.approx(alpha))
