"""Reliability out of single answers, as the statements add them up where the rows are."""

from app.domain.reliability import Reliability


def reliability(answers, *, as_of, rule):
    """Return the posterior at ``as_of`` from (was right, age in days), in any order."""
    weights = {True: 0.0, False: 0.0}
    for agreed, age in answers:
        weights[agreed] += rule.left(age)
    return Reliability(
        alpha=rule.alpha + weights[True],
        beta=rule.beta + weights[False],
        as_of=as_of,
        answers=len(answers),
    )
