"""Cohen's kappa against published figures, a reference, and itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from app.domain.kappa import cohen_kappa, pairwise_kappas
from app.domain.votes import Votes
from tests.ratings import pandalm_votes

VALUES = (0, 1, 2, 3)
said = st.sampled_from(["0", "1", "2", "3"])
answers = st.dictionaries(
    st.tuples(st.integers(0, 9).map(str), st.sampled_from("abcd")), said, max_size=40
)


def table(one, other):
    found = np.zeros((4, 4))
    np.add.at(found, (np.array(one, int), np.array(other, int)), 1)
    return found


def votes_of(given_answers):
    triples = ((item, rater, label) for (item, rater), label in given_answers.items())
    return Votes.of(triples, labels=("0", "1", "2", "3"))


def test_kappas_of_three_annotators_of_999_real_rows_are_the_published_ones():
    found = pairwise_kappas(pandalm_votes(), values=(0, 1, 2), weights="unweighted")
    kappas = {(pair.one, pair.other): pair.kappa for pair in found}
    assert {pair: round(kappa.value, 2) for pair, kappa in kappas.items()} == {
        ("1", "2"): 0.85,
        ("1", "3"): 0.88,
        ("2", "3"): 0.86,
    }
    assert {kappa.items for kappa in kappas.values()} == {999}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
@pytest.mark.parametrize(("weights", "theirs"), [("unweighted", None), ("quadratic", "quadratic")])
def test_kappa_is_that_of_scikit_learn(weights, theirs, pairs):
    one, other = zip(*pairs, strict=True)
    kappa = cohen_kappa(table(one, other), values=VALUES, weights=weights)
    assert kappa.items == len(pairs)
    if kappa.value is None:
        assert (kappa.undefined, len({*one, *other})) == ("nobody_differed", 1)
        return
    reference = cohen_kappa_score(one, other, labels=VALUES, weights=theirs)
    assert kappa.value == pytest.approx(reference)


def test_kappa_of_two_who_share_nothing_is_not_defined():
    kappa = cohen_kappa(np.zeros((4, 4)), values=VALUES, weights="quadratic")
    assert (kappa.value, kappa.undefined, kappa.items) == (None, "nothing_shared", 0)


def test_a_near_miss_weighs_less_than_a_far_one_where_distances_count():
    near, far = (
        cohen_kappa(table([0, 3, 1], [0, 3, said]), values=VALUES, weights="quadratic").value
        for said in (2, 3)
    )
    assert near > far


@given(answers)
def test_every_two_who_share_an_item_are_compared_once_and_over_all_they_share(given_answers):
    found = list(pairwise_kappas(votes_of(given_answers), values=VALUES, weights="quadratic"))
    raters = sorted({rater for _, rater in given_answers})
    rated = {
        rater: {item: label for (item, who), label in given_answers.items() if who == rater}
        for rater in raters
    }
    expected = [
        (one, other, len(rated[one].keys() & rated[other].keys()))
        for place, one in enumerate(raters)
        for other in raters[place + 1 :]
        if rated[one].keys() & rated[other].keys()
    ]
    assert [(pair.one, pair.other, pair.kappa.items) for pair in found] == expected
    for pair in found:
        shared = sorted(rated[pair.one].keys() & rated[pair.other].keys())
        both = [[rated[who][item] for item in shared] for who in (pair.one, pair.other)]
        alone = cohen_kappa(table(*both), values=VALUES, weights="quadratic")
        assert alone == pair.kappa


@given(answers)
def test_kappa_lies_between_minus_one_and_one_and_minds_no_direction(given_answers):
    for pair in pairwise_kappas(votes_of(given_answers), values=VALUES, weights="quadratic"):
        assert pair.kappa.value is None or -1 - 1e-9 <= pair.kappa.value <= 1
