"""Evidence that a validator approves one author more than either explains. It is no verdict.

Sources: the one-sided binomial test, against the rate that the rest of both people's work
shows; Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995), since among many
pairs some look odd by chance.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from app.domain.beta_distribution import binomial_tail

# Everybody is taken for as approving as all are, until they have shown more than this.
_PRIOR = 2.0

Tally: TypeAlias = tuple[int, int]
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPair:
    """``approved`` of ``judged`` verdicts of a validator on an author, and how odd that is.

    ``base_rate`` is the higher of what the validator approves of others and what others
    approve of the author; ``tail`` the chance of so many approvals or more at that rate, and
    ``false_discovery`` the part of chance findings among pairs this odd. ``returned`` is the
    author's own (approved, judged) on the validator: favours may be mutual.
    """

    validator: str
    author: str
    approved: int
    judged: int
    base_rate: float
    tail: float
    false_discovery: float
    returned: Tally


def approval_pairs(verdicts: Iterable[tuple[str, str, int, int]]) -> list[ApprovalPair]:
    """Return every pair of (validator, author, approved, judged), the oddest first.

    Rows of the same pair add up; rows that judged nothing are passed over.
    """
    pairs = _tallies(((row[0], row[1]), row[2], row[3]) for row in verdicts if row[3])
    of_validators = _tallies((pair[0], *tally) for pair, tally in pairs.items())
    of_authors = _tallies((pair[1], *tally) for pair, tally in pairs.items())
    everything = _tallies(("", *tally) for tally in pairs.values()).get("", (0, 0))
    keys = sorted(pairs)
    rates = [
        _base_rate(pairs[pair], of_validators[pair[0]], of_authors[pair[1]], everything)
        for pair in keys
    ]
    tails = [
        binomial_tail(pairs[pair][0], trials=pairs[pair][1], chance=rate)
        for pair, rate in zip(keys, rates, strict=True)
    ]
    found = zip(keys, rates, tails, false_discoveries(tails), strict=True)
    evidence = (
        ApprovalPair(
            validator=validator,
            author=author,
            approved=pairs[validator, author][0],
            judged=pairs[validator, author][1],
            base_rate=rate,
            tail=tail,
            false_discovery=odd,
            returned=pairs.get((author, validator), (0, 0)),
        )
        for (validator, author), rate, tail, odd in found
    )
    return sorted(evidence, key=lambda pair: (pair.tail, pair.validator, pair.author))


def false_discoveries(tails: list[float]) -> list[float]:
    """Return, for each tail, the false discovery rate if it and all smaller ones are believed."""
    order = np.argsort(tails, kind="stable")
    scaled = np.asarray(tails)[order] * len(tails) / np.arange(1, len(tails) + 1)
    rates = np.empty(len(tails))
    # A rate is never above that of a larger tail, of which it is a part.
    rates[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return [float(rate) for rate in rates]


def _tallies(rows: Iterable[tuple[_Key, int, int]]) -> dict[_Key, Tally]:
    sums: defaultdict[_Key, list[int]] = defaultdict(lambda: [0, 0])
    for key, approved, judged in rows:
        sums[key][0] += approved
        sums[key][1] += judged
    return {key: (approved, judged) for key, (approved, judged) in sums.items()}


def _base_rate(pair: Tally, validator: Tally, author: Tally, everything: Tally) -> float:
    """Return the rate that the two people's other work explains, this pair's own left out."""
    approved, judged = _without(everything, pair)
    overall = (approved + 1) / (judged + 2)
    return max(_rate(_without(own, pair), overall) for own in (validator, author))


def _without(whole: Tally, part: Tally) -> Tally:
    return whole[0] - part[0], whole[1] - part[1]


def _rate(tally: Tally, overall: float) -> float:
    approved, judged = tally
    return (approved + _PRIOR * overall) / (judged + _PRIOR)
