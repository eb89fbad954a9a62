"""Pairs: a better and a worse answer to the same question, each pair once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from app.domain.preference import PairVerdict
from app.domain.shapes.lineage import corrections, lineage
from app.domain.shapes.row import Answer, Choice, Row
from app.domain.shapes.shape import Drop, Reason, Record, Rules
from app.domain.shapes.standing import Standing, agreement, combined, standing_of
from app.domain.shapes.weights import mean_weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts for one question; ``answer`` is whose context it is asked with.

    ``margin`` is by how much the better one is better, from 0 to 1. It is 0 where that is
    unknown: TRL's reward loss takes numbers alone, and 0 leaves it as it is without a margin.
    """

    answer: Answer
    chosen: str
    rejected: str
    margin: float
    lineage: Record


@dataclass(slots=True)
class _Told:
    """Which pairs were told already, so that none comes twice or the other way round."""

    told: set[tuple[str, str]] = field(default_factory=set)

    def fault(self, pair: Pair) -> Reason | None:
        """Return why a pair is left out, or remember it."""
        texts = (pair.chosen.strip(), pair.rejected.strip())
        if texts[0] == texts[1]:
            return Reason.EQUAL_PAIR
        if texts in self.told:
            return Reason.DUPLICATE_PAIR
        if texts[::-1] in self.told:
            return Reason.CONTRADICTION
        self.told.add(texts)
        return None


def pairs(row: Row, rules: Rules) -> Iterator[Pair | Drop]:
    """Yield the pairs of a question: corrections, then preferences, then scores.

    What people compared is not compared again by scores. Ties, and what cannot be a pair,
    come as drops.
    """
    told = _Told()
    found = 0
    for one in _candidates(row, rules):
        found += 1
        fault = told.fault(one) if isinstance(one, Pair) else None
        yield Drop(fault, one.answer.response_id) if fault and isinstance(one, Pair) else one
    if not found:
        yield Drop(Reason.NO_PAIR, row.prompt_id)


def _candidates(row: Row, rules: Rules) -> Iterator[Pair | Drop]:
    for answer in row.answers:
        yield from _of_corrections(row, answer)
    for one, other in combinations(row.answers, 2):
        choices = [choice for choice in row.choices if _compares(choice, one, other)]
        if choices:
            yield from _checked(one, other, _of_choices(row, one, other, choices))
        elif one.judgements and other.judgements:
            yield from _checked(one, other, _of_scores(row, one, other, rules))


def _of_corrections(row: Row, answer: Answer) -> Iterator[Pair | Drop]:
    standing = standing_of(answer)
    if not standing.corrections and any(one.correction for one in answer.judgements):
        yield Drop(Reason.EQUAL_PAIR, answer.response_id)
    for text, said in corrections(row, answer, standing):
        yield Pair(answer=answer, chosen=text, rejected=answer.content, margin=0.0, lineage=said)


def _compares(choice: Choice, one: Answer, other: Answer) -> bool:
    return one.response_id in choice.ranks and other.response_id in choice.ranks


def _checked(one: Answer, other: Answer, found: Pair | Drop) -> Iterator[Pair | Drop]:
    """Yield a pair where both had been told the same before: its prompt is then one."""
    if isinstance(found, Pair) and one.context != other.context:
        yield Drop(Reason.PROMPTS_DIFFER, found.answer.response_id)
    else:
        yield found


def _of_choices(row: Row, one: Answer, other: Answer, choices: Iterable[Choice]) -> Pair | Drop:
    """Return what most people said; as many on both sides, or for neither, is a tie."""
    votes = [(_vote(choice, one, other), choice) for choice in choices]
    counts = {side: sum(vote == side for vote, _ in votes) for side in (1, 0, -1)}
    most = max(counts.values())
    winners = [side for side, count in counts.items() if count == most]
    if winners not in ([1], [-1]):
        return Drop(Reason.TIE, one.response_id)
    better, worse = (one, other) if winners == [1] else (other, one)
    same = [choice for vote, choice in votes if vote == winners[0]]
    said = lineage(
        row,
        "preference",
        raters=len({choice.rater for choice in choices}),
        agreement=agreement([(vote + 1) / 2 for vote, _ in votes]),
        weight=mean_weight(same),
        validated=False,
    )
    margin = abs(counts[1] - counts[-1]) / len(votes)
    return Pair(
        answer=better,
        chosen=better.content,
        rejected=worse.content,
        margin=margin,
        lineage=said,
    )


def _vote(choice: Choice, one: Answer, other: Answer) -> int:
    """Return 1 where ``one`` is better, -1 where ``other`` is, 0 for a tie."""
    if choice.verdict in {PairVerdict.TIE, PairVerdict.BOTH_BAD}:
        return 0
    first, second = choice.ranks[one.response_id], choice.ranks[other.response_id]
    return (second > first) - (second < first)


def _of_scores(row: Row, one: Answer, other: Answer, rules: Rules) -> Pair | Drop:
    """Return the better and the worse by the dimensions that both have, else by likes."""
    standings = standing_of(one), standing_of(other)
    means = [{each.dimension: each.mean for each in of.aggregates} for of in standings]
    common = means[0].keys() & means[1].keys()
    if common:
        places = [sum(mean[name] for name in common) / len(common) for mean in means]
    elif all(of.likes or of.dislikes for of in standings):
        places = [of.likes / (of.likes + of.dislikes) for of in standings]
    else:
        return Drop(Reason.NO_PAIR, one.response_id)
    margin = places[0] - places[1]
    if abs(margin) < rules.margin or not margin:
        return Drop(Reason.TIE, one.response_id)
    better, worse = (one, other) if margin > 0 else (other, one)
    judgements = (*one.judgements, *other.judgements)
    by = combined(judgements, content="")
    said = lineage(row, "scores", raters=by.raters, agreement=_lower(standings), weight=by.weight)
    return Pair(
        answer=better,
        chosen=better.content,
        rejected=worse.content,
        margin=abs(margin),
        lineage=said,
    )


def _lower(standings: Iterable[Standing]) -> float | None:
    known = [one.agreement for one in standings if one.agreement is not None]
    return min(known) if known else None
