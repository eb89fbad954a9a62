"""Dawid and Skene's estimate on real votes with a known truth, against a reference, and itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dawid_skene import Estimation, dawid_skene
from app.domain.majority import decisions
from app.domain.votes import Votes
from tests.ratings import bluebird_gold, bluebird_votes, pandalm_votes

LABELS = ("x", "y", "z")
items = st.integers(0, 7).map(str)
said = st.dictionaries(
    st.tuples(items, st.sampled_from("abcde")), st.sampled_from(LABELS), min_size=1, max_size=40
)
golds = st.dictionaries(items, st.sampled_from(LABELS), max_size=4)


def votes_of(given_answers):
    triples = ((item, rater, label) for (item, rater), label in given_answers.items())
    return Votes.of(triples, labels=LABELS)


def errors_of(labels, truth):
    return sum(labels[item] != label for item, label in truth.items()) / len(truth)


def labels_of(votes, consensus):
    return {one.item: one.label for one in decisions(votes, consensus)}


def test_the_estimate_errs_on_half_as_many_bluebirds_as_the_majority():
    votes, truth = bluebird_votes(), bluebird_gold()
    consensus = dawid_skene(votes)
    found = list(decisions(votes, consensus))
    assert consensus.converged
    assert (len(truth), len(found), [one for one in found if one.tied]) == (108, 108, [])
    majority = {one.item: one.majority for one in found}
    assert round(errors_of(majority, truth), 4) == 0.2407
    assert errors_of(labels_of(votes, consensus), truth) <= 0.112
    contradicted = [one for one in found if one.contradicts]
    right = [one for one in contradicted if one.label == truth[one.item]]
    assert len(right) > 0.9 * len(contradicted) > 0


def test_bluebirds_known_beforehand_stay_and_help_with_the_others():
    votes, truth = bluebird_votes(), bluebird_gold()
    gold = dict(sorted(truth.items())[::10])
    labels = labels_of(votes, dawid_skene(votes, gold=gold))
    assert {item: labels[item] for item in gold} == gold
    assert errors_of(labels, truth) <= 0.112


def test_majorities_of_999_real_rows_are_the_published_ones():
    votes = pandalm_votes()
    found = [one.majority for one in decisions(votes, dawid_skene(votes))]
    assert [found.count(label) for label in (*"012", None)] == [105, 422, 472, 0]


def test_a_gold_item_is_held_to_its_label_whatever_people_say():
    votes = Votes.of([("i", rater, "x") for rater in "abc"], labels=LABELS)
    consensus = dawid_skene(votes, gold={"i": "z", "nobody voted on it": "x"})
    assert consensus.posteriors.tolist() == [[0, 0, 1]]
    (one,) = decisions(votes, consensus)
    assert (one.majority, one.label, one.contradicts) == ("x", "z", True)


def test_gold_shows_whose_answers_mean_the_opposite():
    # a is always right, b and c always wrong; without gold two would outvote one.
    truth = {str(number): "xy"[number % 2] for number in range(20)}
    wrong = {"x": "y", "y": "x"}
    said = [
        (item, rater, label if rater == "a" else wrong[label])
        for item, label in truth.items()
        for rater in "abc"
    ]
    votes = Votes.of(said, labels=("x", "y"))
    gold = {item: truth[item] for item in sorted(truth)[:12]}
    assert errors_of(labels_of(votes, dawid_skene(votes)), truth) == 1
    assert labels_of(votes, dawid_skene(votes, gold=gold)) == truth


def test_a_label_or_gold_that_is_not_among_the_labels_is_refused():
    with pytest.raises(KeyError):
        Votes.of([("i", "a", "q")], labels=LABELS)
    with pytest.raises(KeyError):
        dawid_skene(Votes.of([("i", "a", "x")], labels=LABELS), gold={"i": "q"})


def test_no_votes_have_no_consensus():
    votes = Votes.of([], labels=LABELS)
    consensus = dawid_skene(votes)
    assert (consensus.posteriors.shape, consensus.converged) == ((0, 3), True)
    assert list(decisions(votes, consensus)) == []


def test_an_estimate_that_has_no_rounds_left_says_that_it_did_not_converge():
    consensus = dawid_skene(bluebird_votes(), how=Estimation(most_rounds=2))
    assert (len(consensus.likelihoods), consensus.converged) == (2, False)


def test_ties_are_named_and_no_contradiction():
    votes = Votes.of([("i", "a", "x"), ("i", "b", "z")], labels=LABELS)
    (one,) = decisions(votes, dawid_skene(votes))
    assert (one.majority, one.tied, one.label, one.votes) == (None, ("x", "z"), None, 2)
    assert (one.share, one.posterior, one.contradicts) == (0.5, pytest.approx(0.5, abs=0.01), False)


@given(said, golds)
def test_the_estimate_is_made_of_distributions_and_never_moves_gold(given_answers, gold):
    votes = votes_of(given_answers)
    consensus = dawid_skene(votes, gold=gold)
    for shares in (consensus.posteriors, consensus.confusions, consensus.priors):
        assert (shares >= 0).all()
        assert shares.sum(axis=-1) == pytest.approx(np.ones(shares.shape[:-1]))
    labels = labels_of(votes, consensus)
    assert {item: labels[item] for item in labels if item in gold} == {
        item: label for item, label in gold.items() if item in labels
    }


@given(said, golds)
def test_each_round_explains_the_votes_no_worse_than_the_one_before(given_answers, gold):
    reached = dawid_skene(votes_of(given_answers), gold=gold).likelihoods
    assert (np.diff(reached) >= -1e-8).all()


@given(said, golds, st.randoms())
def test_the_estimate_minds_no_order(given_answers, gold, random):
    shuffled = list(given_answers.items())
    random.shuffle(shuffled)
    one, other = (
        dawid_skene(votes_of(said), gold=gold) for said in (given_answers, dict(shuffled))
    )
    assert one.likelihoods == other.likelihoods
    assert (one.posteriors == other.posteriors).all()


@given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=12), st.integers(2, 5))
def test_raters_who_all_rate_everything_and_agree_are_believed(truth, raters):
    said = [
        (f"{item:02}", rater, label)
        for item, label in enumerate(truth)
        for rater in "abcde"[:raters]
    ]
    votes = Votes.of(said, labels=LABELS)
    for one in decisions(votes, dawid_skene(votes)):
        assert one.majority == one.label == truth[int(one.item)]
        assert (one.share, one.votes) == (1, raters)
