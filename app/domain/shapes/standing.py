"""Standing: what people's judgements of an answer come to, taken together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from app.domain.shapes.row import Answer, Judgement

_MIDDLE = 0.5
LIKE, DISLIKE = "like", "dislike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """The scores of a dimension; ``agreement`` is None with fewer than two raters."""

    dimension: str
    mean: float
    raters: int
    agreement: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an answer stands; ``mean`` is None without scores, ``weight`` the raters' mean."""

    likes: int
    dislikes: int
    flags: int
    raters: int
    mean: float | None
    agreement: float | None
    weight: float
    aggregates: tuple[Aggregate, ...]
    corrections: tuple[str, ...]

    @property
    def is_bad(self) -> bool:
        """Disliked by as many as liked it, flagged, in the lower half, or only corrected."""
        disliked = self.dislikes > 0 and self.dislikes >= self.likes
        is_low = self.mean is not None and self.mean < _MIDDLE
        is_unpraised = not self.likes and self.mean is None
        return disliked or is_low or self.flags > 0 or (bool(self.corrections) and is_unpraised)

    def is_good(self, threshold: float) -> bool:
        """Say whether it is liked, or scored at least ``threshold``, and not bad."""
        is_high = self.mean is not None and self.mean >= threshold
        return not self.is_bad and (self.likes > self.dislikes or is_high)


def standing_of(answer: Answer) -> Standing:
    """Return what all judgements of an answer come to."""
    return combined(answer.judgements, content=answer.content)


def combined(judgements: Sequence[Judgement], *, content: str) -> Standing:
    """Return what ``judgements`` of an answer with ``content`` come to.

    Dimensions count alike, however many people scored on each. A correction that corrects
    nothing is none.
    """
    ratings = [one.rating for one in judgements]
    aggregates = _aggregates(judgements)
    return Standing(
        likes=ratings.count(LIKE),
        dislikes=ratings.count(DISLIKE),
        flags=sum(one.flag is not None for one in judgements),
        raters=len({one.rater for one in judgements}),
        mean=fmean(one.mean for one in aggregates) if aggregates else None,
        agreement=_overall(judgements, aggregates),
        weight=fmean(one.weight for one in judgements) if judgements else 1.0,
        aggregates=aggregates,
        corrections=_corrections(judgements, content),
    )


def agreement(places: Sequence[float]) -> float | None:
    """Return 1 where all say the same, 0 where half say the lowest and half the highest.

    That is one less twice the standard deviation; None for fewer than two.
    """
    if len(places) < 2:
        return None
    middle = fmean(places)
    return 1.0 - 2.0 * sqrt(fmean((place - middle) ** 2 for place in places))


def _aggregates(judgements: Iterable[Judgement]) -> tuple[Aggregate, ...]:
    places: dict[str, list[float]] = {}
    for judgement in judgements:
        for score in judgement.scores:
            places.setdefault(score.dimension, []).append(score.place)
    return tuple(
        Aggregate(dimension=name, mean=fmean(found), raters=len(found), agreement=agreement(found))
        for name, found in sorted(places.items())
    )


def _overall(judgements: Iterable[Judgement], aggregates: Iterable[Aggregate]) -> float | None:
    """Return the mean agreement over likes and all dimensions that two or more judged."""
    likes = [float(one.rating == LIKE) for one in judgements if one.rating]
    found = [agreement(likes), *(one.agreement for one in aggregates)]
    known = [one for one in found if one is not None]
    return fmean(known) if known else None


def _corrections(judgements: Iterable[Judgement], content: str) -> tuple[str, ...]:
    said = (one.correction for one in judgements if one.selected)
    found = dict.fromkeys(text for text in said if text and text.strip() != content.strip())
    return tuple(found)
