"""True labels and the errors of each rater, estimated together from who said what.

Source: Dawid and Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm", Applied Statistics 28 (1979), 20-28. Known (gold) items keep their label throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.domain.votes import Matrix, Votes

# The logarithm of a probability of 0 has no number.
_LEAST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """How to estimate; it stops when no probability of a label moves by more than ``tolerance``.

    ``smoothing`` is added to each count of a rater's answers, and ``trust`` to those of right
    ones: who has said little is held for right rather than for somebody whose answers mean
    anything. With neither it is the estimate of maximum likelihood, as in the paper.
    """

    smoothing: float = 0.01
    trust: float = 1.0
    most_rounds: int = 200
    tolerance: float = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consensus:
    """What the votes say together.

    ``posteriors``: items x labels. ``confusions``: raters x true labels x labels given, each
    row a distribution. ``priors``: how frequent each label is. ``likelihoods``: the logarithm
    that the rounds raise, one a round.
    """

    posteriors: Matrix
    confusions: Matrix
    priors: Matrix
    likelihoods: tuple[float, ...]
    converged: bool


def dawid_skene(
    votes: Votes, *, gold: Mapping[str, str] | None = None, how: Estimation = Estimation()
) -> Consensus:
    """Return the consensus of ``votes``, beginning with the shares of votes.

    ``gold`` maps items to labels that are known; items that nobody voted on are passed over.
    """
    known = _known(votes, gold or {})
    counts = votes.counts()
    posteriors = _clamped(counts / counts.sum(axis=1, keepdims=True), known)
    priors, confusions = _raters(votes, posteriors, how)
    reached: list[float] = []
    moved = np.inf
    while moved > how.tolerance and len(reached) < how.most_rounds:
        found, likelihood = _labels(votes, priors, confusions, known)
        reached.append(likelihood + _held_before(priors, confusions, how))
        moved = float(np.abs(found - posteriors).max(initial=0.0))
        posteriors = found
        priors, confusions = _raters(votes, posteriors, how)
    return Consensus(
        posteriors=posteriors,
        confusions=confusions,
        priors=priors,
        likelihoods=tuple(reached),
        converged=moved <= how.tolerance,
    )


def _known(votes: Votes, gold: Mapping[str, str]) -> Matrix:
    """Return for each item where its label may lie: 1 everywhere, or at its gold label only."""
    allowed = np.ones((len(votes.item_names), len(votes.label_names)))
    at = {name: place for place, name in enumerate(votes.label_names)}
    for row, name in enumerate(votes.item_names):
        if name in gold:
            allowed[row] = 0.0
            allowed[row, at[gold[name]]] = 1.0
    return allowed


def _clamped(posteriors: Matrix, known: Matrix) -> Matrix:
    single = known.sum(axis=1, keepdims=True) == 1
    return np.asarray(np.where(single, known, posteriors))


def _raters(votes: Votes, posteriors: Matrix, how: Estimation) -> tuple[Matrix, Matrix]:
    """Return the priors and every rater's confusions, given the labels (the M step)."""
    size = len(votes.label_names)
    raters = len(votes.rater_names)
    cells = votes.raters * size + votes.labels
    said = np.empty((raters, size, size))
    for true in range(size):
        weights = posteriors[votes.items, true]
        said[:, true] = np.bincount(cells, weights, minlength=raters * size).reshape(-1, size)
    said += _beforehand(size, how)
    return _shares(posteriors.sum(axis=0) + how.smoothing), _shares(said)


def _beforehand(size: int, how: Estimation) -> Matrix:
    return np.asarray(how.smoothing + how.trust * np.eye(size))


def _shares(weights: Matrix) -> Matrix:
    weights = np.maximum(weights, _LEAST)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _labels(
    votes: Votes, priors: Matrix, confusions: Matrix, known: Matrix
) -> tuple[Matrix, float]:
    """Return each item's labels, given the raters (the E step), and the log-likelihood."""
    items, size = known.shape
    logs = np.log(confusions)
    found = np.empty((items, size))
    for true in range(size):
        weights = logs[votes.raters, true, votes.labels]
        found[:, true] = np.bincount(votes.items, weights, minlength=items)
    found += np.log(priors)
    found[known == 0] = -np.inf
    # Products of many small numbers vanish; relative to the largest of a row they do not.
    largest = found.max(axis=1, keepdims=True, initial=-np.inf)
    scaled = np.exp(found - largest)
    totals = scaled.sum(axis=1, keepdims=True)
    return scaled / totals, float((np.log(totals) + largest).sum())


def _held_before(priors: Matrix, confusions: Matrix, how: Estimation) -> float:
    """Return how likely the raters were before anybody voted, as a logarithm."""
    weights = _beforehand(len(priors), how)
    return float(how.smoothing * np.log(priors).sum() + (weights * np.log(confusions)).sum())
