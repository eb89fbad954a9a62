"""Our estimates beside crowd-kit's, the reference, on real votes."""

import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene, MajorityVote

from app.domain.dawid_skene import Estimation, dawid_skene
from app.domain.majority import decisions
from tests.ratings import bluebird_gold, bluebird_votes, pandalm_votes

# crowd-kit 1.4.2 uses what pandas 3.1 is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:The (inplace|copy) keyword")


def frame_of(votes):
    return pd.DataFrame(
        {
            "task": [votes.item_names[place] for place in votes.items],
            "worker": [votes.rater_names[place] for place in votes.raters],
            "label": [votes.label_names[place] for place in votes.labels],
        }
    )


@pytest.fixture(params=[bluebird_votes, pandalm_votes], ids=["bluebirds", "pandalm"])
def votes(request):
    return request.param()


def gold_of(votes):
    """Return the truth of some bluebirds; of the others what their first rater said."""
    truth = bluebird_gold()
    first = dict(zip(votes.items[::-1], votes.labels[::-1], strict=True))
    return {
        item: truth.get(item, votes.label_names[first[place]])
        for place, item in enumerate(votes.item_names)
        if place % 10 == 0
    }


def test_the_majority_is_crowd_kits(votes):
    theirs = MajorityVote().fit_predict(frame_of(votes))
    ours = {one.item: one.majority for one in decisions(votes, dawid_skene(votes))}
    assert ours == theirs.to_dict()


@pytest.mark.parametrize("with_gold", [False, True], ids=["without gold", "with gold"])
def test_the_estimate_is_crowd_kits(votes, with_gold):
    gold = gold_of(votes) if with_gold else {}
    reference = DawidSkene()
    true_labels = pd.Series(gold) if with_gold else None
    labels = reference.fit_predict(frame_of(votes), true_labels)
    # In place of smoothing crowd-kit lets no probability fall below 10^-10. It stops where a
    # bound falls in which priors count once a vote, which is early; ours goes as far as that.
    rounds = len(reference.loss_history_)
    how = Estimation(smoothing=1e-10, trust=0, most_rounds=rounds, tolerance=0)
    ours = dawid_skene(votes, gold=gold, how=how)
    assert {one.item: one.label for one in decisions(votes, ours)} == labels.to_dict()
    theirs = reference.probas_.loc[list(votes.item_names), list(votes.label_names)]
    assert ours.posteriors == pytest.approx(theirs.to_numpy(), abs=1e-6)
