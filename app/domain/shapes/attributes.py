"""Attributes of answers, as HelpSteer2 has them: each dimension a whole number from 0 to 4.

Scores come from scales of any kind, so each is mapped by its place on its own scale; what
they are mapped to stands in ``scale``. Dimensions that nobody scored are null.
"""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE, lineage_of
from app.domain.shapes.row import Row
from app.domain.shapes.shape import Column, Drop, Made, Plain, Reason, Rules, Shape
from app.domain.shapes.standing import standing_of

HIGHEST = 4
SCALE = f"0-{HIGHEST}"
_OWN: tuple[Column, ...] = (
    ("prompt", Plain.TEXT),
    ("response", Plain.TEXT),
    ("scale", Plain.TEXT),
    *LINEAGE,
)
_TAKEN = frozenset(name for name, _ in _OWN)


def _columns(rules: Rules) -> tuple[Column, ...]:
    dimensions = tuple((_column(name), Plain.WHOLE) for name in rules.dimensions)
    return (*_OWN[:2], *dimensions, *_OWN[2:])


def _column(dimension: str) -> str:
    """Return the column of a dimension; one named like a column of ours is told apart."""
    return f"dimension_{dimension}" if dimension in _TAKEN else dimension


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    as_text = Rules(as_text=True)
    for answer in row.answers:
        if not answer.judgements:
            continue
        standing = standing_of(answer)
        means = {one.dimension: one.mean for one in standing.aggregates}
        scores = {name: means.get(name) for name in rules.dimensions}
        if all(score is None for score in scores.values()):
            yield Drop(Reason.NO_SCORES, answer.response_id)
            continue
        yield {
            "prompt": turns.prompt(row, answer, as_text),
            "response": answer.content,
            **{_column(name): _mapped(place) for name, place in scores.items()},
            "scale": SCALE,
            **lineage_of(row, "rating", standing),
        }


def _mapped(place: float | None) -> int | None:
    """Return the nearest whole number, halves upwards."""
    return None if place is None else int(place * HIGHEST + 0.5)


ATTRIBUTES = Shape(
    name="attributes",
    about=f"HelpSteer-like: every dimension a column, mapped to whole numbers {SCALE}.",
    columns=_columns,
    make=_make,
)
