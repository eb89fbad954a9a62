"""How much a feedback deserves a validator's attention, with the reasons and their numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from math import log2
from statistics import pstdev

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
# What a day of waiting weighs, for all models alike: it is the measure that the other weights
# are told in, and with several the stored keys of two models could not be compared.
AGE_PER_DAY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each factor counts at its most; a day of waiting counts ``AGE_PER_DAY``.

    A day of waiting weighs something, so nothing waits for ever behind fresh complaints.
    """

    flagged: float = 3.0
    has_correction: float = 2.0
    low_score: float = 2.0
    disliked: float = 1.0
    disagreement: float = 2.0
    uncertainty: float = 2.0
    thin_evidence: float = 1.0
    novelty: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much is known of something, each from 0 to 1; None where nobody has measured it.

    ``disagreement`` is that of those who rated it, ``uncertainty`` that of what is concluded,
    ``thin_evidence`` 1 where nobody has rated it, and ``novelty`` 1 where nothing is like it.
    """

    disagreement: float | None = None
    uncertainty: float | None = None
    thin_evidence: float | None = None
    novelty: float | None = None


UNMEASURED = Standing()
USUAL_WEIGHTS = Weights()
# What is known of it, beside what it says itself.
MEASURED = tuple(one.name for one in fields(Standing))
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What feedback says, as far as it speaks for looking at it soon.

    ``positions`` are the scores as fractions of their scales, 0 the lowest and 1 the highest.
    """

    positions: Sequence[float] = field(default_factory=tuple)
    rating: str | None = None
    has_correction: bool = False
    is_flagged: bool = False


def factors_of(said: Said, standing: Standing = UNMEASURED) -> dict[str, float]:
    """Return each factor that speaks for validating soon, from 0 to 1; those at 0 are left out."""
    factors = {
        "flagged": float(said.is_flagged),
        "has_correction": float(said.has_correction),
        "low_score": 1.0 - min(said.positions, default=1.0),
        "disliked": float(said.rating == "dislike"),
        **{name: getattr(standing, name) for name in MEASURED},
    }
    rounded = ((name, round(number or 0.0, _DIGITS)) for name, number in factors.items())
    return {name: number for name, number in rounded if number}


def weighed(factors: Mapping[str, float], weights: Weights = USUAL_WEIGHTS) -> dict[str, float]:
    """Return what each factor counts; those that count nothing are left out."""
    counted = ((name, round(getattr(weights, name) * factors[name], 3)) for name in factors)
    return {name: number for name, number in counted if number}


def unweighed(reasons: Mapping[str, float]) -> dict[str, float]:
    """Return the factors that the usual weights made ``reasons`` of."""
    return {
        name: round(number / getattr(USUAL_WEIGHTS, name), _DIGITS)
        for name, number in reasons.items()
    }


def weights_of(said: Mapping[str, float] | None) -> Weights:
    """Return the weights that somebody set; those of which nothing is said are the usual ones."""
    return Weights(**{name: float(number) for name, number in (said or {}).items()})


def disagreement(positions: Sequence[float]) -> float:
    """Return how far scores (from 0 to 1) lie apart: 0 is equal, 1 is half at either end."""
    return 2 * pstdev(positions) if positions else 0.0


def widest_disagreement(stances: Iterable[Mapping[str, float]]) -> float:
    """Return how far people lie apart on the question that they are most apart on.

    A stance has a person's answers (from 0 to 1) by question.
    """
    by_question: defaultdict[str, list[float]] = defaultdict(list)
    for stance in stances:
        for question, position in stance.items():
            by_question[question].append(position)
    return max(map(disagreement, by_question.values()), default=0.0)


def uncertainty(probability: float) -> float:
    """Return the entropy, in bits, of a yes or no that is a yes with ``probability``."""
    return sum(-part * log2(part) for part in (probability, 1 - probability) if part > 0)


def expected_share(yes: float, no: float) -> float:
    """Return which share of yes to expect after so many of either: half, while there are none.

    That is the mean of Beta(1 + yes, 1 + no).
    """
    return (1 + yes) / (2 + yes + no)


def thin_evidence(ratings: int) -> float:
    """Return 1 for nothing known, and less with each rating: 1/2, 1/3, ..."""
    return 1 / (1 + ratings)


def queue_key(reasons: Mapping[str, float], submitted: datetime) -> float:
    """Return the stored sort key.

    Age counts linearly, so the order of two items never changes while they wait: the key can
    be computed once, from the time of submission, and indexed.
    """
    return sum(reasons.values()) - AGE_PER_DAY * _days(submitted)


def explain(
    reasons: Mapping[str, float], submitted: datetime, now: datetime
) -> tuple[float, dict[str, float]]:
    """Return the priority at ``now`` and its reasons with the age among them."""
    age = round(AGE_PER_DAY * max(0.0, _days(now) - _days(submitted)), 3)
    named = {**reasons, "age": age}
    return round(sum(named.values()), 3), named


def _days(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds() / 86_400
