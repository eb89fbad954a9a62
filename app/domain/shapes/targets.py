"""Targets: what a model should learn to say, and never a bad answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.shapes.lineage import corrections, lineage_of
from app.domain.shapes.row import Answer, Row
from app.domain.shapes.shape import Drop, Reason, Record, Rules
from app.domain.shapes.standing import standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A text to learn for an answer's question, and where it comes from."""

    answer: Answer
    content: str
    lineage: Record


def targets(row: Row, rules: Rules) -> Iterator[Target | Drop]:
    """Yield the corrections of each answer, else the answer where it is good.

    The same text to the same question is one target, and so is said once.
    """
    told: set[tuple[str, str]] = set()
    for answer in row.answers:
        if not answer.judgements:
            continue
        for found in _of(row, answer, rules):
            if isinstance(found, Drop):
                yield found
                continue
            key = (str(answer.context), found.content)
            if key not in told:
                yield found
            told.add(key)


def _of(row: Row, answer: Answer, rules: Rules) -> Iterator[Target | Drop]:
    standing = standing_of(answer)
    for text, said in corrections(row, answer, standing):
        yield Target(answer=answer, content=text, lineage=said)
    if standing.corrections:
        return
    if not standing.is_good(rules.threshold):
        yield Drop(Reason.NO_TARGET, answer.response_id)
        return
    said = lineage_of(row, "rating", standing)
    yield Target(answer=answer, content=answer.content, lineage=said)
