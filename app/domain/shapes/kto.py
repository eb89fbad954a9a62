"""TRL's unpaired preferences (KTO): answers that are good, and answers that are not.

A preference between two answers says nothing of either alone, so it makes no label; that
both are bad does.
"""

from collections.abc import Iterator

from app.domain.preference import PairVerdict
from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE, corrections, lineage, lineage_of
from app.domain.shapes.row import Answer, Row
from app.domain.shapes.shape import Column, Drop, Made, Plain, Reason, Record, Rules, Shape
from app.domain.shapes.standing import standing_of
from app.domain.shapes.weights import mean_weight


def _columns(rules: Rules) -> tuple[Column, ...]:
    kind = turns.kind(rules)
    return (("prompt", kind), ("completion", kind), ("label", Plain.FLAG), *LINEAGE)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    for answer in row.answers:
        if answer.judgements:
            yield from _of_judgements(row, answer, rules)
        else:
            yield from _of_choices(row, answer, rules)


def _of_judgements(row: Row, answer: Answer, rules: Rules) -> Iterator[Made]:
    standing = standing_of(answer)
    for text, said in corrections(row, answer, standing):
        yield _record(row, answer, rules, content=text, label=True, said=said)
    if not standing.is_bad and not standing.is_good(rules.threshold):
        yield Drop(Reason.UNDECIDED, answer.response_id)
        return
    if standing.likes == standing.dislikes > 0 and not standing.corrections:
        yield Drop(Reason.TIE, answer.response_id)
        return
    said = lineage_of(row, "correction" if standing.corrections else "rating", standing)
    label = not standing.is_bad
    yield _record(row, answer, rules, content=answer.content, label=label, said=said)


def _of_choices(row: Row, answer: Answer, rules: Rules) -> Iterator[Made]:
    """Yield an answer that is bad to everybody who compared it with another bad one."""
    about = [one for one in row.choices if answer.response_id in one.ranks]
    bad = [one for one in about if one.verdict == PairVerdict.BOTH_BAD]
    if not bad or len(bad) < len(about):
        return
    said = lineage(
        row,
        "both_bad",
        raters=len({one.rater for one in bad}),
        agreement=None,
        weight=mean_weight(bad),
        validated=False,
    )
    yield _record(row, answer, rules, content=answer.content, label=False, said=said)


def _record(
    row: Row, answer: Answer, rules: Rules, *, content: str, label: bool, said: Record
) -> Record:
    return {
        "prompt": turns.prompt(row, answer, rules),
        "completion": turns.completion(content, rules),
        "label": label,
        **said,
    }


KTO = Shape(
    name="kto",
    about="TRL KTO, unpaired: `label` true for good answers and corrections, false for bad ones.",
    columns=_columns,
    make=_make,
)
